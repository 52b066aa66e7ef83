// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {RequestCounter} from "./RequestCounter.sol";

/// @title Settings of chains and tokens, and the fees that follow from them
/// @notice All fees are in base units of the source token; PPM are parts per million.
abstract contract FeeSettings is RequestCounter {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev One word.
    struct ChainSettings {
        uint64 finalityPeriod;
        uint128 transferCost;
        uint32 targetWeightPPM;
    }

    /// @dev One word.
    struct TokenSettings {
        uint128 transferLimit;
        uint128 ethInToken;
    }

    uint256 private constant ONE_MILLION = 1_000_000;
    uint256 private constant MAX_PPM = 999_999;

    /// @dev What divides `PPM * PPM * ethInToken`: two factors of a million and the 1e18 wei of one ether.
    uint256 private constant MIN_LP_FEE_DIVISOR = 1e30;

    /// @notice Margin on top of the cost of a transfer, in the minimum LP fee.
    uint32 public minFeePPM;

    /// @notice The LP's share of the amount.
    uint32 public lpFeePPM;

    /// @notice The protocol's share of the amount.
    uint32 public protocolFeePPM;

    /// @dev What this chain, as the source, adds to the cost of a transfer, in wei times a million: at most
    /// 1e6 * (2**128 - 1), less than 160 bits. Kept in the word of the rates, which every request reads.
    uint160 private _sourceCost;

    mapping(uint256 chainId => ChainSettings) private _chains;
    mapping(address token => TokenSettings) private _tokens;
    mapping(address token => uint256) private _collectedProtocolFees;

    /// @notice The fee rates changed.
    /// @param minFeePPM Margin on top of the cost of a transfer.
    /// @param lpFeePPM The LP's share of the amount.
    /// @param protocolFeePPM The protocol's share of the amount.
    event FeesUpdated(uint32 minFeePPM, uint32 lpFeePPM, uint32 protocolFeePPM);

    /// @notice The settings of a token changed.
    /// @param tokenAddress The token.
    /// @param transferLimit Largest amount of one request.
    /// @param ethInToken Base units of the token that are worth one ether.
    event TokenUpdated(address indexed tokenAddress, uint256 transferLimit, uint256 ethInToken);

    /// @notice The settings of a chain changed.
    /// @param chainId The chain.
    /// @param finalityPeriod Seconds until a proof from that chain can arrive; zero: not a target chain.
    /// @param transferCost Cost of a transfer on that chain, in wei.
    /// @param targetWeightPPM Share of the target side's cost in the minimum LP fee.
    event ChainUpdated(uint256 indexed chainId, uint256 finalityPeriod, uint256 transferCost, uint256 targetWeightPPM);

    /// @notice A rate or weight is above 999 999 parts per million.
    /// @param ppm The rate or weight.
    error PPMTooLarge(uint256 ppm);

    /// @notice The total does not even cover the minimum LP fee.
    /// @param total Amount and fees together.
    /// @param minLpFee The minimum LP fee.
    error TotalTooSmall(uint256 total, uint256 minLpFee);

    /// @notice No protocol fees have been collected in that token.
    /// @param token The token.
    error NoProtocolFees(address token);

    /// @notice Sets the fee rates.
    /// @param newMinFeePPM Margin on top of the cost of a transfer; may exceed a million.
    /// @param newLpFeePPM The LP's share of the amount.
    /// @param newProtocolFeePPM The protocol's share of the amount.
    function updateFees(uint32 newMinFeePPM, uint32 newLpFeePPM, uint32 newProtocolFeePPM) external onlyOwner {
        _requirePPM(newLpFeePPM);
        _requirePPM(newProtocolFeePPM);
        minFeePPM = newMinFeePPM;
        lpFeePPM = newLpFeePPM;
        protocolFeePPM = newProtocolFeePPM;
        emit FeesUpdated(newMinFeePPM, newLpFeePPM, newProtocolFeePPM);
    }

    /// @notice Sets the limit and the price of a token.
    /// @param tokenAddress The token.
    /// @param transferLimit Largest amount of one request, at most 2**128 - 1.
    /// @param ethInToken Base units of the token that are worth one ether, at most 2**128 - 1.
    function updateToken(address tokenAddress, uint256 transferLimit, uint256 ethInToken) external onlyOwner {
        _tokens[tokenAddress] = TokenSettings(transferLimit.toUint128(), ethInToken.toUint128());
        emit TokenUpdated(tokenAddress, transferLimit, ethInToken);
    }

    /// @notice Sets finality and costs of a chain.
    /// @param chainId The chain, at most 2**64 - 1.
    /// @param finalityPeriod Seconds until a proof from that chain can arrive, at most 2**64 - 1; zero: not a target.
    /// @param transferCost Cost of a transfer on that chain in wei, at most 2**128 - 1.
    /// @param targetWeightPPM Share of the target side's cost in the minimum LP fee.
    function updateChain(uint256 chainId, uint256 finalityPeriod, uint256 transferCost, uint256 targetWeightPPM)
        external
        onlyOwner
    {
        _requirePPM(targetWeightPPM);
        _chains[chainId.toUint64()] =
            ChainSettings(finalityPeriod.toUint64(), transferCost.toUint128(), uint32(targetWeightPPM));
        if (chainId == block.chainid) _sourceCost = uint160((ONE_MILLION - targetWeightPPM) * transferCost);
        emit ChainUpdated(chainId, finalityPeriod, transferCost, targetWeightPPM);
    }

    /// @notice Pays out the protocol fees collected in a token.
    /// @param token The token.
    /// @param recipient Who gets them.
    function withdrawProtocolFees(address token, address recipient) external onlyOwner {
        uint256 amount = _collectedProtocolFees[token];
        if (amount == 0) revert NoProtocolFees(token);
        _collectedProtocolFees[token] = 0;
        IERC20(token).safeTransfer(recipient, amount);
    }

    /// @notice Settings of a chain.
    /// @param chainId The chain.
    /// @return finalityPeriod Seconds until a proof from that chain can arrive.
    /// @return transferCost Cost of a transfer on that chain, in wei.
    /// @return targetWeightPPM Share of the target side's cost in the minimum LP fee.
    function chains(uint256 chainId)
        external
        view
        returns (uint256 finalityPeriod, uint256 transferCost, uint256 targetWeightPPM)
    {
        ChainSettings storage chain = _chains[chainId];
        return (chain.finalityPeriod, chain.transferCost, chain.targetWeightPPM);
    }

    /// @notice Settings and books of a token.
    /// @param token The token.
    /// @return transferLimit Largest amount of one request.
    /// @return ethInToken Base units of the token that are worth one ether.
    /// @return collectedProtocolFees Protocol fees not yet paid out to the owner.
    function tokens(address token)
        external
        view
        returns (uint256 transferLimit, uint256 ethInToken, uint256 collectedProtocolFees)
    {
        TokenSettings storage settings = _tokens[token];
        return (settings.transferLimit, settings.ethInToken, _collectedProtocolFees[token]);
    }

    /// @notice LP fee and protocol fee together.
    /// @param targetChainId Chain of the fill.
    /// @param token The source token.
    /// @param amount Amount of the request.
    /// @return The total fee.
    function totalFee(uint256 targetChainId, address token, uint256 amount) external view returns (uint256) {
        return lpFee(targetChainId, token, amount) + protocolFee(amount);
    }

    /// @notice Largest amount that can be requested when amount and fees together are the given sum.
    /// @param targetChainId Chain of the fill.
    /// @param token The source token.
    /// @param amount Amount and fees together.
    /// @return The amount without fees.
    function transferableAmount(uint256 targetChainId, address token, uint256 amount) external view returns (uint256) {
        uint256 minimum = minLpFee(targetChainId, token);
        if (amount <= minimum) revert TotalTooSmall(amount, minimum);
        uint256 transferable = amount * ONE_MILLION / (ONE_MILLION + lpFeePPM + protocolFeePPM);
        if (_share(transferable, lpFeePPM) >= minimum) return transferable;
        return (amount - minimum) * ONE_MILLION / (ONE_MILLION + protocolFeePPM);
    }

    /// @notice Fee of the LP: its share of the amount, or the minimum.
    /// @param targetChainId Chain of the fill.
    /// @param token The source token.
    /// @param amount Amount of the request.
    /// @return The LP fee.
    function lpFee(uint256 targetChainId, address token, uint256 amount) public view returns (uint256) {
        return Math.max(minLpFee(targetChainId, token), _share(amount, lpFeePPM));
    }

    /// @notice The least an LP gets: the cost of its transactions and a margin.
    /// @param targetChainId Chain of the fill.
    /// @param token The source token.
    /// @return The minimum LP fee.
    function minLpFee(uint256 targetChainId, address token) public view returns (uint256) {
        return _minLpFee(_chains[targetChainId], _tokens[token].ethInToken);
    }

    /// @notice Fee of the protocol.
    /// @param amount Amount of the request.
    /// @return The protocol fee.
    function protocolFee(uint256 amount) public view returns (uint256) {
        return _share(amount, protocolFeePPM);
    }

    function _chainSettings(uint256 chainId) internal view returns (ChainSettings storage) {
        return _chains[chainId];
    }

    function _tokenSettings(address token) internal view returns (TokenSettings storage) {
        return _tokens[token];
    }

    function _bookProtocolFee(address token, uint256 amount) internal {
        if (amount != 0) _collectedProtocolFees[token] += amount;
    }

    /// @dev The product may exceed 256 bits although the fee does not, hence mulDiv.
    function _minLpFee(ChainSettings storage target, uint256 ethInToken) internal view returns (uint256) {
        uint256 cost = _sourceCost + uint256(target.targetWeightPPM) * target.transferCost;
        return Math.mulDiv(cost * (minFeePPM + ONE_MILLION), ethInToken, MIN_LP_FEE_DIVISOR);
    }

    function _share(uint256 amount, uint256 ppm) internal pure returns (uint256) {
        return amount * ppm / ONE_MILLION;
    }

    function _requirePPM(uint256 ppm) private pure {
        if (ppm > MAX_PPM) revert PPMTooLarge(ppm);
    }
}
