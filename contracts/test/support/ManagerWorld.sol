// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RequestManager} from "../../src/RequestManager.sol";
import {MintableToken} from "../../src/tokens/MintableToken.sol";
import {TestBase} from "./TestBase.sol";

/// @dev The getter of a request, with names.
struct RequestView {
    address sender;
    address sourceTokenAddress;
    uint256 targetChainId;
    uint256 amount;
    uint32 validUntil;
    uint256 lpFee;
    uint256 protocolFee;
    uint32 activeClaims;
    uint96 withdrawClaimId;
    address filler;
    bytes32 fillId;
}

/// @dev The getter of a claim, with names.
struct ClaimView {
    bytes32 requestId;
    address claimer;
    uint96 claimerStake;
    address lastChallenger;
    uint96 challengerStakeTotal;
    uint256 withdrawnAmount;
    uint256 termination;
    bytes32 fillId;
}

/// @notice One request manager with a token, a target chain and actors with means.
abstract contract ManagerWorld is TestBase {
    uint96 internal constant STAKE = 10;
    uint256 internal constant CLAIM_EXTENSION = 1 days;
    uint256 internal constant CLAIM_PERIOD = 1 hours;
    uint256 internal constant CHALLENGE_EXTENSION = 30 minutes;
    uint256 internal constant FINALITY = 2 hours;
    uint256 internal constant VALIDITY = 4 hours;
    uint256 internal constant TARGET_CHAIN = 10;
    uint256 internal constant AMOUNT = 1000e18;
    uint256 internal constant LIMIT = 10_000e18;
    uint256 internal constant WEALTH = 1e6 ether;
    bytes32 internal constant FILL_ID = keccak256("the block of the fill");
    bytes32 internal constant OTHER_FILL_ID = keccak256("another block");
    uint96 internal constant EXPIRED = type(uint96).max;

    RequestManager internal manager;
    MintableToken internal token;

    address internal owner = _actor("owner");
    address internal user = _actor("user");
    address internal receiver = _actor("receiver");
    address internal targetToken = _actor("target token");
    address internal lp = _actor("lp");
    address internal thief = _actor("thief");
    address internal alice = _actor("alice");
    address internal bob = _actor("bob");
    address internal l1 = _actor("l1");

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(1000);
        token = new MintableToken("Token", "TOK", 18);
        vm.startPrank(owner);
        manager = new RequestManager(STAKE, CLAIM_EXTENSION, CLAIM_PERIOD, CHALLENGE_EXTENSION);
        manager.updateFees(300_000, 1000, 2000);
        manager.updateToken(address(token), LIMIT, 2000e18);
        manager.updateChain(TARGET_CHAIN, FINALITY, 1e13, 500_000);
        manager.addAllowedLp(lp);
        manager.addAllowedLp(thief);
        manager.addCaller(l1);
        vm.stopPrank();
        token.mint(user, WEALTH);
        vm.prank(user);
        token.approve(address(manager), type(uint256).max);
        address[6] memory bidders = [lp, thief, alice, bob, user, owner];
        for (uint256 i; i < bidders.length; ++i) {
            vm.deal(bidders[i], 1e30);
        }
    }

    function _create() internal returns (bytes32) {
        return _create(AMOUNT);
    }

    function _create(uint256 amount) internal returns (bytes32) {
        vm.prank(user);
        return manager.createRequest(TARGET_CHAIN, address(token), targetToken, receiver, amount, VALIDITY);
    }

    function _claim(address claimer, bytes32 requestId, bytes32 fillId) internal returns (uint96) {
        vm.prank(claimer);
        return manager.claimRequest{value: STAKE}(requestId, fillId);
    }

    /// @dev A request and the LP's claim to it.
    function _claimed() internal returns (bytes32 requestId, uint96 claimId) {
        requestId = _create();
        claimId = _claim(lp, requestId, FILL_ID);
    }

    function _bid(address bidder, uint96 claimId, uint256 value) internal {
        vm.prank(bidder);
        manager.challengeClaim{value: value}(claimId);
    }

    function _withdraw(address caller, uint96 claimId) internal returns (address) {
        vm.prank(caller);
        return manager.withdraw(claimId);
    }

    function _resolve(bytes32 requestId, bytes32 fillId, address filler) internal {
        vm.prank(l1);
        manager.resolveRequest(requestId, fillId, block.chainid, filler);
    }

    function _invalidate(bytes32 requestId, bytes32 fillId) internal {
        vm.prank(l1);
        manager.invalidateFill(requestId, fillId, block.chainid);
    }

    /// @dev To the end of the claim as it stands.
    function _terminate(uint96 claimId) internal {
        vm.warp(_viewClaim(claimId).termination);
    }

    function _viewRequest(bytes32 requestId) internal view returns (RequestView memory) {
        return abi.decode(_read(abi.encodeCall(manager.requests, (requestId))), (RequestView));
    }

    function _viewClaim(uint96 claimId) internal view returns (ClaimView memory) {
        return abi.decode(_read(abi.encodeCall(manager.claims, (claimId))), (ClaimView));
    }

    /// @dev A struct is decoded from the same words as the getter's separate values, which do not fit the stack.
    function _read(bytes memory call) private view returns (bytes memory data) {
        (, data) = address(manager).staticcall(call);
    }

    function _collected() internal view returns (uint256 collected) {
        (,, collected) = manager.tokens(address(token));
    }

    function _refuse(bytes memory revertData) internal {
        vm.expectRevert(revertData);
    }
}
