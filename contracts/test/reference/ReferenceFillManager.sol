// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @dev The fill manager as `protocol.md` section 4 writes it down.
interface IFillManager {
    event RequestFilled(
        bytes32 indexed requestId,
        bytes32 fillId,
        uint256 indexed sourceChainId,
        address indexed targetTokenAddress,
        address filler,
        uint256 amount
    );
    event FillInvalidated(bytes32 indexed requestId, bytes32 indexed fillId);
    event LpAdded(address lp);
    event LpRemoved(address lp);

    function fillRequest(
        uint256 sourceChainId,
        address targetToken,
        address targetReceiver,
        uint256 amount,
        uint96 nonce
    ) external returns (bytes32 fillId);

    function invalidateFill(
        uint256 sourceChainId,
        address targetToken,
        address targetReceiver,
        uint256 amount,
        uint96 nonce,
        bytes32 fillId
    ) external;

    function fills(bytes32 requestId) external view returns (bytes32);

    function setResolver(address resolver) external;

    function l1Resolver() external view returns (address);

    function messenger() external view returns (address);

    function addAllowedLp(address lp) external;

    function removeAllowedLp(address lp) external;

    function allowedLps(address lp) external view returns (bool);
}

interface ISendMessage {
    function sendMessage(address target, bytes calldata message) external;
}

interface IResolve {
    function resolve(bytes32 requestId, bytes32 fillId, uint256 fillChainId, uint256 sourceChainId, address filler)
        external;
}

/// @title The fill manager in its most obvious form, written for the tests from the text of `protocol.md` section 4.
contract ReferenceFillManager is IFillManager, Ownable {
    using SafeERC20 for IERC20;

    address public messenger;
    address public l1Resolver;
    mapping(bytes32 requestId => bytes32 fillId) public fills;
    mapping(address lp => bool) public allowedLps;

    constructor(address messenger_) Ownable(msg.sender) {
        messenger = messenger_;
    }

    function setResolver(address resolver) external onlyOwner {
        require(l1Resolver == address(0), "set once");
        l1Resolver = resolver;
    }

    function addAllowedLp(address lp) external onlyOwner {
        allowedLps[lp] = true;
        emit LpAdded(lp);
    }

    function removeAllowedLp(address lp) external onlyOwner {
        allowedLps[lp] = false;
        emit LpRemoved(lp);
    }

    function fillRequest(
        uint256 sourceChainId,
        address targetToken,
        address targetReceiver,
        uint256 amount,
        uint96 nonce
    ) external returns (bytes32 fillId) {
        require(allowedLps[msg.sender], "not an allowed LP");
        bytes32 requestId = _id(sourceChainId, targetToken, targetReceiver, amount, nonce);
        require(fills[requestId] == bytes32(0), "filled already");
        fillId = blockhash(block.number - 1);
        fills[requestId] = fillId;
        IERC20(targetToken).safeTransferFrom(msg.sender, targetReceiver, amount);
        _send(requestId, fillId, sourceChainId, msg.sender);
        emit RequestFilled(requestId, fillId, sourceChainId, targetToken, msg.sender, amount);
    }

    function invalidateFill(
        uint256 sourceChainId,
        address targetToken,
        address targetReceiver,
        uint256 amount,
        uint96 nonce,
        bytes32 fillId
    ) external {
        bytes32 requestId = _id(sourceChainId, targetToken, targetReceiver, amount, nonce);
        require(fills[requestId] != fillId, "the fill exists");
        require(fillId != blockhash(block.number - 1), "the fill can still be made");
        _send(requestId, fillId, sourceChainId, address(0));
        emit FillInvalidated(requestId, fillId);
    }

    function _send(bytes32 requestId, bytes32 fillId, uint256 sourceChainId, address filler) private {
        require(l1Resolver != address(0), "no resolver");
        bytes memory message =
            abi.encodeCall(IResolve.resolve, (requestId, fillId, block.chainid, sourceChainId, filler));
        ISendMessage(messenger).sendMessage(l1Resolver, message);
    }

    function _id(uint256 sourceChainId, address targetToken, address targetReceiver, uint256 amount, uint96 nonce)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(sourceChainId, block.chainid, targetToken, targetReceiver, amount, nonce));
    }
}
