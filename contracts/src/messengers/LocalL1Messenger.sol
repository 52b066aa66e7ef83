// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {LocalMessenger} from "./LocalMessenger.sol";

/// @title L1 end of a local bridge, one for each local L2
/// @notice Sends for the Resolver to an L2's RequestManager; delivers to the Resolver what that L2's FillManager sent.
/// The way up takes three steps, as on an optimistic rollup: the relayer posts a root of what the L2 has sent, anyone
/// proves that a message is under it, and anyone executes the message once the proof has matured.
/// @dev The leaves are the hashes of the messages 0 to `count - 1`, in this order. A node is the hash of its two
/// children, the smaller first; the odd one at the end of a level moves up unchanged. A message's hash is made of more
/// than two words, so that no node passes for a leaf.
contract LocalL1Messenger is LocalMessenger {
    /// @dev What the L2 has sent up to some moment.
    struct Root {
        bytes32 root;
        uint256 count;
    }

    /// @notice Seconds between a message's proof and its execution.
    uint256 public immutable proofMaturity;

    /// @notice Number of roots posted; their indices are 0 to `rootCount - 1`.
    uint256 public rootCount;

    /// @notice Each posted root, and how many messages it covers.
    mapping(uint256 index => Root) public roots;

    /// @notice When a message was proven, zero: it was not.
    mapping(bytes32 messageHash => uint256) public provenAt;

    /// @notice A root was posted.
    /// @param index Number of the root.
    /// @param root Root of the tree of message hashes.
    /// @param count How many messages it covers.
    event RootPosted(uint256 indexed index, bytes32 root, uint256 count);

    /// @notice A message was proven to have been sent.
    /// @param nonce Number of the message at the other end.
    /// @param messageHash Hash of the message.
    event MessageProven(uint256 indexed nonce, bytes32 messageHash);

    /// @notice The message has been proven already.
    /// @param nonce Number of the message.
    error AlreadyProven(uint256 nonce);

    /// @notice The root does not cover the message, or the proof does not lead from the message to it.
    /// @param nonce Number of the message.
    error InvalidProof(uint256 nonce);

    /// @notice The message has not been proven.
    /// @param nonce Number of the message.
    error NotProven(uint256 nonce);

    /// @notice The message's proof is too young.
    /// @param nonce Number of the message.
    /// @param maturesAt From when on the message can be executed.
    error NotMature(uint256 nonce, uint256 maturesAt);

    /// @notice Pairs the messenger with its relayer; the deployer becomes the owner.
    /// @param relayer_ The only account that may post roots.
    /// @param proofMaturity_ Seconds between a message's proof and its execution.
    constructor(address relayer_, uint256 proofMaturity_) LocalMessenger(relayer_) {
        proofMaturity = proofMaturity_;
    }

    /// @notice Tells what the L2 has sent so far.
    /// @param root Root of the tree of message hashes.
    /// @param count How many messages it covers.
    function postRoot(bytes32 root, uint256 count) external onlyRelayer {
        uint256 index = rootCount++;
        roots[index] = Root(root, count);
        emit RootPosted(index, root, count);
    }

    /// @notice Proves that a message was sent on the L2; its maturity begins.
    /// @param nonce Number of the message at the other end.
    /// @param sender Who sent it there.
    /// @param target Contract to be called here.
    /// @param message ABI-encoded call.
    /// @param rootIndex Number of a root that covers the message.
    /// @param proof The siblings on the way from the message to that root.
    function proveMessage(
        uint256 nonce,
        address sender,
        address target,
        bytes calldata message,
        uint256 rootIndex,
        bytes32[] calldata proof
    ) external {
        bytes32 messageHash = hashMessage(nonce, sender, target, message);
        if (provenAt[messageHash] != 0) revert AlreadyProven(nonce);
        Root memory root = roots[rootIndex];
        // A root that was not posted covers nothing.
        if (nonce >= root.count || !MerkleProof.verifyCalldata(proof, root.root, messageHash)) {
            revert InvalidProof(nonce);
        }
        provenAt[messageHash] = block.timestamp;
        emit MessageProven(nonce, messageHash);
    }

    /// @notice Delivers a message whose proof has matured. When the call fails it can be tried again.
    /// @param nonce Number of the message at the other end.
    /// @param sender Who sent it there.
    /// @param target Contract to be called here.
    /// @param message ABI-encoded call.
    function executeMessage(uint256 nonce, address sender, address target, bytes calldata message) external {
        uint256 proven = provenAt[hashMessage(nonce, sender, target, message)];
        if (proven == 0) revert NotProven(nonce);
        if (block.timestamp < proven + proofMaturity) revert NotMature(nonce, proven + proofMaturity);
        _deliver(nonce, sender, target, message);
    }
}
