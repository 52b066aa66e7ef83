// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IRequestManager} from "./IRequestManager.sol";

/// @dev The one question the request manager asks a messenger.
interface ICallAllowed {
    function callAllowed(address caller, address courier) external view returns (bool);
}

/// @title The request manager in its most obvious form.
/// @notice Written for the tests from the text of `protocol.md` sections 3 and 6, without a look at `src/`. Nothing
/// is packed, nothing is cached, every rule is one line one can hold against the specification. Where it disagrees
/// with the packed contract, one of the two misreads the specification.
contract ReferenceRequestManager is IRequestManager, Ownable, Pausable {
    using SafeERC20 for IERC20;

    uint256 public constant MIN_VALIDITY_PERIOD = 30 minutes;
    uint256 public constant MAX_VALIDITY_PERIOD = 48 hours;
    uint96 public constant CLAIM_ID_WITHDRAWN_EXPIRED = type(uint96).max;

    /// Amounts and fees above this are refused ("up to 2**128 - 1 must work, beyond that a clear error").
    uint256 private constant MAX_AMOUNT = type(uint128).max;
    uint256 private constant MAX_PPM = 999_999;
    uint256 private constant MILLION = 1_000_000;

    uint96 public immutable claimStake;
    uint256 public immutable claimRequestExtension;
    uint256 public immutable claimPeriod;
    uint256 public immutable challengePeriodExtension;

    uint96 public currentNonce;
    uint32 public minFeePPM;
    uint32 public lpFeePPM;
    uint32 public protocolFeePPM;

    mapping(address lp => bool) public allowedLps;
    mapping(uint256 chainId => address[2]) public callers;
    mapping(bytes32 requestId => mapping(bytes32 fillId => bool)) public isInvalidFill;

    mapping(bytes32 requestId => Request) private _requests;
    mapping(uint96 claimId => Claim) private _claims;
    mapping(uint96 claimId => mapping(address challenger => uint256)) private _challengerStakes;
    mapping(uint256 chainId => Chain) private _chains;
    mapping(address token => Token) private _tokens;

    constructor(
        uint96 claimStake_,
        uint256 claimRequestExtension_,
        uint256 claimPeriod_,
        uint256 challengePeriodExtension_
    ) Ownable(msg.sender) {
        claimStake = claimStake_;
        claimRequestExtension = claimRequestExtension_;
        claimPeriod = claimPeriod_;
        challengePeriodExtension = challengePeriodExtension_;
    }

    modifier restricted(uint256 chainId) {
        if (chainId == block.chainid) {
            require(msg.sender == callers[chainId][0], "restricted: not the caller");
        } else {
            require(callers[chainId][1] != address(0), "restricted: no messenger");
            ICallAllowed messenger = ICallAllowed(callers[chainId][1]);
            require(messenger.callAllowed(callers[chainId][0], msg.sender), "restricted: not allowed");
        }
        _;
    }

    // ------------------------------------------------------------------ requests

    function createRequest(
        uint256 targetChainId,
        address sourceToken,
        address targetToken,
        address targetAddress,
        uint256 amount,
        uint256 validityPeriod
    ) external whenNotPaused returns (bytes32 requestId) {
        require(_chains[targetChainId].finalityPeriod != 0, "target chain not supported");
        require(targetChainId <= type(uint64).max, "chain id too large");
        require(validityPeriod >= MIN_VALIDITY_PERIOD, "validity period too short");
        require(validityPeriod <= MAX_VALIDITY_PERIOD, "validity period too long");
        require(amount <= _tokens[sourceToken].transferLimit, "above the transfer limit");

        currentNonce = currentNonce + 1;
        requestId =
            keccak256(abi.encodePacked(block.chainid, targetChainId, targetToken, targetAddress, amount, currentNonce));

        Request storage request = _requests[requestId];
        request.sender = msg.sender;
        request.sourceTokenAddress = sourceToken;
        request.targetChainId = targetChainId;
        request.amount = amount;
        request.validUntil = uint32(block.timestamp + validityPeriod);
        request.lpFee = lpFee(targetChainId, sourceToken, amount);
        request.protocolFee = protocolFee(amount);
        require(amount <= MAX_AMOUNT && request.lpFee <= MAX_AMOUNT, "amount too large");

        uint256 deposit = request.amount + request.lpFee + request.protocolFee;
        IERC20(sourceToken).safeTransferFrom(msg.sender, address(this), deposit);
        _emitRequestCreated(requestId, targetToken, targetAddress);
    }

    function withdrawExpiredRequest(bytes32 requestId) external {
        Request storage request = _requests[requestId];
        require(request.sender != address(0), "unknown request");
        require(request.withdrawClaimId == 0, "already withdrawn");
        require(block.timestamp >= request.validUntil, "not expired");
        require(request.activeClaims == 0, "active claims");

        request.withdrawClaimId = CLAIM_ID_WITHDRAWN_EXPIRED;
        uint256 deposit = request.amount + request.lpFee + request.protocolFee;
        IERC20(request.sourceTokenAddress).safeTransfer(request.sender, deposit);
        emit DepositWithdrawn(requestId, request.sender);
    }

    // ------------------------------------------------------------------ claims

    function claimRequest(bytes32 requestId, bytes32 fillId) external payable returns (uint96) {
        return _claim(msg.sender, requestId, fillId);
    }

    function claimRequest(address claimer, bytes32 requestId, bytes32 fillId) external payable returns (uint96) {
        return _claim(claimer, requestId, fillId);
    }

    function challengeClaim(uint96 claimId) external payable {
        Claim storage claim = _claims[claimId];
        Request storage request = _requests[claim.requestId];
        require(claim.claimer != address(0), "unknown claim");
        require(block.timestamp < claim.termination, "claim has terminated");
        require(request.filler == address(0), "request is resolved");
        require(!isInvalidFill[claim.requestId][claim.fillId], "fill is invalid");
        // Once money has left, the shares of the others are fixed: a new stake would count on money that is gone.
        require(claim.withdrawnAmount == 0, "claim is paid out");

        uint256 extension = challengePeriodExtension;
        uint256 claimerStake = claim.claimerStake;
        uint256 challengerStake = claim.challengerStakeTotal;
        if (claimerStake > challengerStake) {
            require(msg.sender != claim.claimer, "claimer is ahead");
            require(msg.value >= claimerStake - challengerStake + 1, "stake too low");
            if (challengerStake == 0) {
                extension = challengePeriodExtension + _chains[request.targetChainId].finalityPeriod;
            }
            _challengerStakes[claimId][msg.sender] += msg.value;
            claim.challengerStakeTotal = _toStake(challengerStake + msg.value);
            claim.lastChallenger = msg.sender;
        } else {
            require(msg.sender == claim.claimer, "challengers are ahead");
            require(msg.value >= challengerStake - claimerStake + claimStake, "stake too low");
            claim.claimerStake = _toStake(claimerStake + msg.value);
        }
        if (block.timestamp + extension > claim.termination) {
            claim.termination = block.timestamp + extension;
        }
        _emitClaimMade(claimId);
    }

    function withdraw(uint96 claimId) external returns (address) {
        return _withdraw(msg.sender, claimId);
    }

    function withdraw(address participant, uint96 claimId) external returns (address) {
        return _withdraw(participant, claimId);
    }

    // ------------------------------------------------------------------ decisions from L1

    function resolveRequest(bytes32 requestId, bytes32 fillId, uint256 resolutionChainId, address filler)
        external
        restricted(resolutionChainId)
    {
        _requests[requestId].filler = filler;
        _requests[requestId].fillId = fillId;
        isInvalidFill[requestId][fillId] = false;
        emit RequestResolved(requestId, filler, fillId);
    }

    function invalidateFill(bytes32 requestId, bytes32 fillId, uint256 resolutionChainId)
        external
        restricted(resolutionChainId)
    {
        require(_requests[requestId].filler == address(0), "request is resolved");
        require(!isInvalidFill[requestId][fillId], "already invalid");
        isInvalidFill[requestId][fillId] = true;
        emit FillInvalidatedResolved(requestId, fillId);
    }

    // ------------------------------------------------------------------ the owner's settings

    function updateFees(uint32 minFeePPM_, uint32 lpFeePPM_, uint32 protocolFeePPM_) external onlyOwner {
        require(lpFeePPM_ <= MAX_PPM && protocolFeePPM_ <= MAX_PPM, "PPM too large");
        minFeePPM = minFeePPM_;
        lpFeePPM = lpFeePPM_;
        protocolFeePPM = protocolFeePPM_;
        emit FeesUpdated(minFeePPM_, lpFeePPM_, protocolFeePPM_);
    }

    function updateToken(address token, uint256 transferLimit, uint256 ethInToken) external onlyOwner {
        _tokens[token].transferLimit = transferLimit;
        _tokens[token].ethInToken = ethInToken;
        emit TokenUpdated(token, transferLimit, ethInToken);
    }

    function updateChain(uint256 chainId, uint256 finalityPeriod, uint256 transferCost, uint256 targetWeightPPM)
        external
        onlyOwner
    {
        require(targetWeightPPM <= MAX_PPM, "PPM too large");
        _chains[chainId] = Chain(finalityPeriod, transferCost, targetWeightPPM);
        emit ChainUpdated(chainId, finalityPeriod, transferCost, targetWeightPPM);
    }

    function withdrawProtocolFees(address token, address recipient) external onlyOwner {
        uint256 collected = _tokens[token].collectedProtocolFees;
        require(collected != 0, "nothing collected");
        _tokens[token].collectedProtocolFees = 0;
        IERC20(token).safeTransfer(recipient, collected);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function addAllowedLp(address lp) external onlyOwner {
        allowedLps[lp] = true;
        emit LpAdded(lp);
    }

    function removeAllowedLp(address lp) external onlyOwner {
        allowedLps[lp] = false;
        emit LpRemoved(lp);
    }

    function addCaller(address caller) external onlyOwner {
        _addCaller(block.chainid, caller, address(0));
    }

    function addCaller(uint256 chainId, address caller, address messenger) external onlyOwner {
        _addCaller(chainId, caller, messenger);
    }

    // ------------------------------------------------------------------ views

    function isWithdrawn(bytes32 requestId) external view returns (bool) {
        require(_requests[requestId].sender != address(0), "unknown request");
        return _requests[requestId].withdrawClaimId != 0;
    }

    function requests(bytes32 requestId) external view returns (Request memory) {
        return _requests[requestId];
    }

    function claims(uint96 claimId) external view returns (Claim memory) {
        return _claims[claimId];
    }

    function chains(uint256 chainId) external view returns (Chain memory) {
        return _chains[chainId];
    }

    function tokens(address token) external view returns (Token memory) {
        return _tokens[token];
    }

    /// @notice What a challenger has put into a claim and not yet taken out (for the tests only).
    function challengerStakeOf(uint96 claimId, address challenger) external view returns (uint256) {
        return _challengerStakes[claimId][challenger];
    }

    function totalFee(uint256 targetChainId, address token, uint256 amount) external view returns (uint256) {
        return lpFee(targetChainId, token, amount) + protocolFee(amount);
    }

    function transferableAmount(uint256 targetChainId, address token, uint256 total) external view returns (uint256) {
        uint256 minimum = minLpFee(targetChainId, token);
        require(total > minimum, "does not cover the fees");
        uint256 t = total * MILLION / (MILLION + lpFeePPM + protocolFeePPM);
        if (t * lpFeePPM / MILLION >= minimum) {
            return t;
        }
        return (total - minimum) * MILLION / (MILLION + protocolFeePPM);
    }

    function lpFee(uint256 targetChainId, address token, uint256 amount) public view returns (uint256) {
        uint256 minimum = minLpFee(targetChainId, token);
        uint256 share = amount * lpFeePPM / MILLION;
        return share > minimum ? share : minimum;
    }

    function minLpFee(uint256 targetChainId, address token) public view returns (uint256) {
        Chain storage source = _chains[block.chainid];
        Chain storage target = _chains[targetChainId];
        uint256 cost =
            (MILLION - source.targetWeightPPM) * source.transferCost + target.targetWeightPPM * target.transferCost;
        // The product may need more than 256 bits although the fee does not.
        return Math.mulDiv(cost * (MILLION + minFeePPM), _tokens[token].ethInToken, 1e30);
    }

    function protocolFee(uint256 amount) public view returns (uint256) {
        return amount * protocolFeePPM / MILLION;
    }

    /// @notice The first of the four withdrawal rules that applies, and what it says (public for the tests).
    /// @return rule 1 to 4, or 0 when the claim is not decided yet.
    function verdict(uint96 claimId) public view returns (uint8 rule, bool valid) {
        Claim storage claim = _claims[claimId];
        Request storage request = _requests[claim.requestId];
        if (request.filler != address(0)) {
            return (1, request.filler == claim.claimer && request.fillId == claim.fillId);
        }
        if (isInvalidFill[claim.requestId][claim.fillId]) {
            return (2, false);
        }
        if (request.withdrawClaimId == CLAIM_ID_WITHDRAWN_EXPIRED) {
            return (3, false);
        }
        if (request.withdrawClaimId != 0) {
            Claim storage winner = _claims[request.withdrawClaimId];
            return (3, winner.claimer == claim.claimer && winner.fillId == claim.fillId);
        }
        if (block.timestamp >= claim.termination) {
            return (4, claim.claimerStake > claim.challengerStakeTotal);
        }
        return (0, false);
    }

    // ------------------------------------------------------------------ internals

    function _claim(address claimer, bytes32 requestId, bytes32 fillId) private returns (uint96 claimId) {
        Request storage request = _requests[requestId];
        require(request.sender != address(0), "unknown request");
        require(block.timestamp < request.validUntil + claimRequestExtension, "too late to claim");
        require(request.withdrawClaimId == 0, "already withdrawn");
        require(msg.value == claimStake, "wrong stake");
        require(claimer != address(0) && allowedLps[claimer], "claimer not allowed");
        require(fillId != bytes32(0), "no fill id");

        currentNonce = currentNonce + 1;
        claimId = currentNonce;
        request.activeClaims = request.activeClaims + 1;

        Claim storage claim = _claims[claimId];
        claim.requestId = requestId;
        claim.claimer = claimer;
        claim.claimerStake = claimStake;
        claim.termination = block.timestamp + claimPeriod;
        claim.fillId = fillId;
        _emitClaimMade(claimId);
    }

    function _withdraw(address participant, uint96 claimId) private returns (address recipient) {
        Claim storage claim = _claims[claimId];
        Request storage request = _requests[claim.requestId];
        uint256 stakes = uint256(claim.claimerStake) + claim.challengerStakeTotal;
        require(claim.claimer != address(0), "unknown claim");
        require(claim.withdrawnAmount < stakes, "everything is paid out");
        (uint8 rule, bool valid) = verdict(claimId);
        require(rule != 0, "not decided yet");

        uint256 payout;
        if (valid) {
            // When L1 decides anew after challengers have taken theirs, the claimer can only get what is left.
            recipient = claim.claimer;
            payout = stakes - claim.withdrawnAmount;
        } else if (claim.challengerStakeTotal > 0) {
            recipient = participant;
            payout = _takeChallengerShare(participant, claimId);
        } else {
            recipient = owner();
            payout = claim.claimerStake;
        }

        if (claim.withdrawnAmount == 0) {
            request.activeClaims = request.activeClaims - 1;
        }
        claim.withdrawnAmount = claim.withdrawnAmount + payout;
        require(claim.withdrawnAmount <= stakes, "more than the stakes");
        emit ClaimStakeWithdrawn(claimId, claim.requestId, recipient);

        if (valid && request.withdrawClaimId == 0) {
            _payDeposit(request, claimId, claim.requestId, claim.claimer);
        }
        (bool sent,) = recipient.call{value: payout}("");
        require(sent, "payment refused");
    }

    function _takeChallengerShare(address participant, uint96 claimId) private returns (uint256) {
        Claim storage claim = _claims[claimId];
        uint256 stake = _challengerStakes[claimId][participant];
        require(stake != 0, "no stake");
        _challengerStakes[claimId][participant] = 0;
        if (participant == claim.lastChallenger) {
            return 2 * stake + claim.claimerStake - claim.challengerStakeTotal;
        }
        return 2 * stake;
    }

    function _payDeposit(Request storage request, uint96 claimId, bytes32 requestId, address claimer) private {
        request.withdrawClaimId = claimId;
        _tokens[request.sourceTokenAddress].collectedProtocolFees += request.protocolFee;
        IERC20(request.sourceTokenAddress).safeTransfer(claimer, request.amount + request.lpFee);
        emit DepositWithdrawn(requestId, claimer);
    }

    function _addCaller(uint256 chainId, address caller, address messenger) private {
        require(caller != address(0), "zero caller");
        require(callers[chainId][0] == address(0), "chain has a caller");
        callers[chainId] = [caller, messenger];
    }

    function _toStake(uint256 value) private pure returns (uint96) {
        require(value <= type(uint96).max, "stake too large");
        return uint96(value);
    }

    function _emitRequestCreated(bytes32 requestId, address targetToken, address targetAddress) private {
        Request storage request = _requests[requestId];
        emit RequestCreated(
            requestId,
            request.targetChainId,
            request.sourceTokenAddress,
            targetToken,
            request.sender,
            targetAddress,
            request.amount,
            currentNonce,
            request.validUntil,
            request.lpFee,
            request.protocolFee
        );
    }

    function _emitClaimMade(uint96 claimId) private {
        Claim storage claim = _claims[claimId];
        emit ClaimMade(
            claim.requestId,
            claimId,
            claim.claimer,
            claim.claimerStake,
            claim.lastChallenger,
            claim.challengerStakeTotal,
            claim.termination,
            claim.fillId
        );
    }
}
