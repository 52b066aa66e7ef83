// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRequestManager} from "../reference/IRequestManager.sol";
import {Lockstep} from "./Lockstep.sol";

/// @notice At the edges of the packed words values are kept whole or refused, never cut.
contract RequestManagerLimitsTest is Lockstep {
    uint256 private constant HIGH = type(uint128).max;

    function setUp() public {
        _deploy(10, 1 days, 1 hours, 30 minutes);
        _installMessenger();
        _applyAsOwner(abi.encodeCall(IRequestManager.updateChain, (LARGEST_CHAIN_ID, 1 hours, 0, 0)));
        _applyAsOwner(abi.encodeCall(IRequestManager.updateToken, (address(tokenList[0]), HIGH, 0)));
        _applyAsOwner(abi.encodeCall(IRequestManager.addAllowedLp, (actors[1])));
    }

    /// @notice Several of the largest deposits, with the largest fees, go in and out whole.
    function test_LargestAmountsAndFeesAreKeptWhole() public {
        _applyAsOwner(abi.encodeCall(IRequestManager.updateFees, (0, 999_999, 999_999)));
        for (uint256 i = 0; i < 3; i++) {
            require(_request(LARGEST_CHAIN_ID, HIGH), "the largest amount is accepted");
            _claimAndWithdraw(requestIds[i]);
        }
        _compareEverything();
        _compareSettings();
        require(plain.tokens(address(tokenList[0])).collectedProtocolFees > 2 * HIGH, "fees add up beyond 128 bits");
        _applyAsOwner(abi.encodeCall(IRequestManager.withdrawProtocolFees, (address(tokenList[0]), actors[3])));
        _compareSettings();
    }

    /// @notice An LP fee of just 2**128 - 1 is kept, one more is refused.
    function test_MinimumFeeOfMoreThan128BitsIsRefused() public {
        // 1e6 * cost * 1e6 * 1e18 / 1e30 = cost
        _applyAsOwner(abi.encodeCall(IRequestManager.updateToken, (address(tokenList[0]), HIGH, 1e18)));
        _applyAsOwner(abi.encodeCall(IRequestManager.updateChain, (HOME_CHAIN_ID, 1, HIGH, 0)));
        require(_request(LARGEST_CHAIN_ID, 1), "the largest fee is accepted");
        _compareEverything();
        _applyAsOwner(abi.encodeCall(IRequestManager.updateFees, (1, 0, 0)));
        require(!_request(LARGEST_CHAIN_ID, 1), "a larger fee is refused");
    }

    /// @notice A chain id of more than 64 bits never passes for the chain with the same lower bits.
    function test_LongChainIdIsNoOtherChain() public {
        uint256 long = (uint256(1) << 64) + LARGEST_CHAIN_ID;
        require(!_request(long, 1), "not supported");
        _apply(actors[0], 0, abi.encodeCall(IRequestManager.updateChain, (10, 1 hours, 1, 1)));
        vm.prank(actors[0]);
        (bool ok,) =
            address(packed).call(abi.encodeCall(IRequestManager.updateChain, ((uint256(1) << 64) + 10, 2 hours, 2, 2)));
        require(!ok || packed.chains((uint256(1) << 64) + 10).finalityPeriod == 2 hours, "kept or refused");
        _compareSettings();
    }

    /// @notice A setting too long for its word is refused with an error, or kept whole; it is never cut.
    function testFuzz_SettingsAreNeverCut(uint256 seed) public {
        _seedWith(seed);
        (uint256 limit, uint256 ethInToken) = (_magnitude(140), _magnitude(130));
        (uint256 finality, uint256 cost) = (_magnitude(100), _magnitude(140));
        vm.startPrank(actors[0]);
        bytes memory data = abi.encodeCall(IRequestManager.updateToken, (address(tokenList[1]), limit, ethInToken));
        (bool ok,) = address(packed).call(data);
        IRequestManager.Token memory token = packed.tokens(address(tokenList[1]));
        require(!ok || (token.transferLimit == limit && token.ethInToken == ethInToken), "token is kept whole");

        data = abi.encodeCall(IRequestManager.updateChain, (137, finality, cost, 7));
        (ok,) = address(packed).call(data);
        IRequestManager.Chain memory chain = packed.chains(137);
        require(!ok || (chain.finalityPeriod == finality && chain.transferCost == cost), "chain is kept whole");
        vm.stopPrank();
    }

    /// @notice A stake that does not fit is refused, not cut to its lower bits; on either side.
    function testFuzz_StakesAreNeverCut(uint96 low, uint8 above) public {
        uint96 claimId = _requestAndClaim();
        uint256 stake = (uint256(1) + above) * 2 ** 96 + low;
        require(!_bid(actors[2], stake, claimId), "too large a challenge is refused");
        bytes memory data = abi.encodeWithSignature("claimRequest(bytes32,bytes32)", requestIds[0], fillIds[0]);
        (bool ok,) = _apply(actors[1], (uint256(1) + above) * 2 ** 96 + 10, data);
        require(!ok, "a claim stake with more bits is refused");
        require(_bid(actors[2], 11, claimId), "a challenge");
        require(!_bid(actors[1], stake, claimId), "too large a counter-challenge is refused");
        _compareEverything();
    }

    /// @notice Stakes that fit, but whose sum does not, are refused as well.
    function test_SumsOfStakesAreNeverCut() public {
        uint96 claimId = _requestAndClaim();
        require(_bid(actors[2], type(uint96).max, claimId), "the largest challenge is accepted");
        require(!_bid(actors[1], type(uint96).max, claimId), "the claimer's sum would not fit");
        uint96 other = _requestAndClaim();
        require(_bid(actors[2], 11, other), "a challenge");
        require(_bid(actors[1], type(uint96).max - 10, other), "the largest sum of a claimer is accepted");
        require(!_bid(actors[2], type(uint96).max, other), "the challengers' sum would not fit");
        _compareEverything();
    }

    /// @notice A claim is accepted in the last second of the extension, and not in the next.
    function test_ClaimsEndToTheSecond() public {
        require(_request(LARGEST_CHAIN_ID, 1), "a request");
        bytes memory data = abi.encodeWithSignature("claimRequest(bytes32,bytes32)", requestIds[0], fillIds[0]);
        vm.warp(START + 30 minutes + 1 days - 1);
        (bool ok,) = _apply(actors[1], 10, data);
        require(ok, "in the last second");
        vm.warp(START + 30 minutes + 1 days);
        (ok,) = _apply(actors[1], 10, data);
        require(!ok, "a second later");
    }

    function _requestAndClaim() private returns (uint96 claimId) {
        require(_request(LARGEST_CHAIN_ID, 1), "a request");
        bytes32 requestId = requestIds[requestIds.length - 1];
        bytes memory data = abi.encodeWithSignature("claimRequest(bytes32,bytes32)", requestId, fillIds[0]);
        (, bytes memory result) = _apply(actors[1], 10, data);
        claimId = abi.decode(result, (uint96));
        claimIds.push(claimId);
    }

    function _bid(address bidder, uint256 stake, uint96 claimId) private returns (bool ok) {
        (ok,) = _apply(bidder, stake, abi.encodeCall(IRequestManager.challengeClaim, (claimId)));
    }

    function _applyAsOwner(bytes memory data) private {
        (bool ok,) = _apply(actors[0], 0, data);
        require(ok, "the owner's setting is accepted");
    }

    function _request(uint256 chainId, uint256 amount) private returns (bool) {
        (bool ok, bytes memory result) = _apply(
            actors[2],
            0,
            abi.encodeCall(
                IRequestManager.createRequest,
                (chainId, address(tokenList[0]), address(1), actors[3], amount, 30 minutes)
            )
        );
        if (ok) {
            requestIds.push(abi.decode(result, (bytes32)));
        }
        return ok;
    }

    function _claimAndWithdraw(bytes32 requestId) private {
        bytes memory data = abi.encodeWithSignature("claimRequest(bytes32,bytes32)", requestId, fillIds[0]);
        (, bytes memory result) = _apply(actors[1], 10, data);
        uint96 claimId = abi.decode(result, (uint96));
        claimIds.push(claimId);
        vm.warp(_now() + 1 hours);
        (bool ok,) = _apply(actors[1], 0, abi.encodeWithSignature("withdraw(uint96)", claimId));
        require(ok, "the claim is paid");
    }
}
