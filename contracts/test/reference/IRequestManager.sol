// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title The request manager as `protocol.md` section 3 writes it down.
/// @notice Taken from the specification, not from `src/`: the tests talk to both implementations through it, so a
/// signature that drifts in `src/` shows up as a failing call. Ownership and pausing are OpenZeppelin's.
interface IRequestManager {
    struct Request {
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

    struct Claim {
        bytes32 requestId;
        address claimer;
        uint96 claimerStake;
        address lastChallenger;
        uint96 challengerStakeTotal;
        uint256 withdrawnAmount;
        uint256 termination;
        bytes32 fillId;
    }

    struct Chain {
        uint256 finalityPeriod;
        uint256 transferCost;
        uint256 targetWeightPPM;
    }

    struct Token {
        uint256 transferLimit;
        uint256 ethInToken;
        uint256 collectedProtocolFees;
    }

    event RequestCreated(
        bytes32 indexed requestId,
        uint256 targetChainId,
        address sourceTokenAddress,
        address targetTokenAddress,
        address indexed sourceAddress,
        address targetAddress,
        uint256 amount,
        uint96 nonce,
        uint32 validUntil,
        uint256 lpFee,
        uint256 protocolFee
    );
    event DepositWithdrawn(bytes32 requestId, address receiver);
    event ClaimMade(
        bytes32 indexed requestId,
        uint96 claimId,
        address claimer,
        uint96 claimerStake,
        address lastChallenger,
        uint96 challengerStakeTotal,
        uint256 termination,
        bytes32 fillId
    );
    event ClaimStakeWithdrawn(uint96 claimId, bytes32 indexed requestId, address stakeRecipient);
    event RequestResolved(bytes32 requestId, address filler, bytes32 fillId);
    event FillInvalidatedResolved(bytes32 requestId, bytes32 fillId);
    event FeesUpdated(uint32 minFeePPM, uint32 lpFeePPM, uint32 protocolFeePPM);
    event TokenUpdated(address indexed tokenAddress, uint256 transferLimit, uint256 ethInToken);
    event ChainUpdated(uint256 indexed chainId, uint256 finalityPeriod, uint256 transferCost, uint256 targetWeightPPM);
    event LpAdded(address lp);
    event LpRemoved(address lp);

    function createRequest(
        uint256 targetChainId,
        address sourceToken,
        address targetToken,
        address targetAddress,
        uint256 amount,
        uint256 validityPeriod
    ) external returns (bytes32);

    function withdrawExpiredRequest(bytes32 requestId) external;

    function claimRequest(bytes32 requestId, bytes32 fillId) external payable returns (uint96);

    function claimRequest(address claimer, bytes32 requestId, bytes32 fillId) external payable returns (uint96);

    function challengeClaim(uint96 claimId) external payable;

    function withdraw(uint96 claimId) external returns (address);

    function withdraw(address participant, uint96 claimId) external returns (address);

    function resolveRequest(bytes32 requestId, bytes32 fillId, uint256 resolutionChainId, address filler) external;

    function invalidateFill(bytes32 requestId, bytes32 fillId, uint256 resolutionChainId) external;

    function isWithdrawn(bytes32 requestId) external view returns (bool);

    function isInvalidFill(bytes32 requestId, bytes32 fillId) external view returns (bool);

    function totalFee(uint256 targetChainId, address token, uint256 amount) external view returns (uint256);

    function lpFee(uint256 targetChainId, address token, uint256 amount) external view returns (uint256);

    function minLpFee(uint256 targetChainId, address token) external view returns (uint256);

    function protocolFee(uint256 amount) external view returns (uint256);

    function transferableAmount(uint256 targetChainId, address token, uint256 amount) external view returns (uint256);

    function claimStake() external view returns (uint96);

    function claimRequestExtension() external view returns (uint256);

    function claimPeriod() external view returns (uint256);

    function challengePeriodExtension() external view returns (uint256);

    function MIN_VALIDITY_PERIOD() external view returns (uint256);

    function MAX_VALIDITY_PERIOD() external view returns (uint256);

    function CLAIM_ID_WITHDRAWN_EXPIRED() external view returns (uint96);

    function currentNonce() external view returns (uint96);

    function minFeePPM() external view returns (uint32);

    function lpFeePPM() external view returns (uint32);

    function protocolFeePPM() external view returns (uint32);

    function updateFees(uint32 minFeePPM, uint32 lpFeePPM, uint32 protocolFeePPM) external;

    function updateToken(address token, uint256 transferLimit, uint256 ethInToken) external;

    function updateChain(uint256 chainId, uint256 finalityPeriod, uint256 transferCost, uint256 targetWeightPPM)
        external;

    function withdrawProtocolFees(address token, address recipient) external;

    function pause() external;

    function unpause() external;

    function addAllowedLp(address lp) external;

    function removeAllowedLp(address lp) external;

    function allowedLps(address lp) external view returns (bool);

    function addCaller(address caller) external;

    function addCaller(uint256 chainId, address caller, address messenger) external;

    function callers(uint256 chainId, uint256 index) external view returns (address);

    // The tuples of `protocol.md`: a struct of value types is encoded exactly like the tuple of its fields.
    function requests(bytes32 requestId) external view returns (Request memory);

    function claims(uint96 claimId) external view returns (Claim memory);

    function chains(uint256 chainId) external view returns (Chain memory);

    function tokens(address token) external view returns (Token memory);
}
