// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Many calls of one account in one transaction
/// @notice Code for an account that delegates to it (EIP-7702): the account calls itself, and is the caller of each
/// call of the batch. Calls are tried one by one; one that fails undoes itself and nothing else.
/// @dev It keeps nothing in storage, has no owner and nothing that could be initialised: whoever calls an account that
/// delegates to it can do no more than pay it.
contract BatchExecutor {
    /// @dev A call as the account would make it in a transaction of its own.
    struct Call {
        address to;
        uint256 value;
        uint256 gas;
        bytes data;
    }

    /// @notice The longest reason of a failure that is told, in bytes; what is beyond is cut.
    uint256 public constant MAX_REASON = 256;

    /// @notice A call failed; its value stays with the account.
    /// @param index Number of the call in its batch.
    /// @param reason What the called contract said, cut to `MAX_REASON`; nothing when it ran out of gas.
    event CallFailed(uint256 indexed index, bytes reason);

    /// @notice Somebody else than the account itself wants to act for it.
    /// @param caller Who wants to.
    error NotTheAccount(address caller);

    /// @notice The account takes native currency from anyone, as one without code does; 2300 gas suffice.
    receive() external payable {}

    /// @notice Tries calls in their order. For the account itself only.
    /// @dev A call gets its `gas` and no more, so that one that burns all it gets leaves the others theirs: a batch
    /// needs the sum of these, 64/63 of it, and some thousands for each call that might fail.
    /// @param calls The calls, each with the gas it may use.
    function execute(Call[] calldata calls) external {
        if (msg.sender != address(this)) revert NotTheAccount(msg.sender);
        for (uint256 i; i < calls.length; ++i) {
            Call calldata one = calls[i];
            if (!_try(one.to, one.value, one.gas, one.data)) emit CallFailed(i, _reason());
        }
    }

    /// @dev Solidity's own call would copy all that comes back, at this contract's expense. The copy of the data is
    /// left behind in free memory: the next call overwrites it.
    function _try(address to, uint256 value, uint256 gas_, bytes calldata data) private returns (bool succeeded) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            succeeded := call(gas_, to, value, free, data.length, 0, 0)
        }
    }

    /// @dev What the latest call returned, up to `MAX_REASON` bytes; in free memory, as above.
    function _reason() private pure returns (bytes memory reason) {
        uint256 limit = MAX_REASON;
        assembly ("memory-safe") {
            let size := returndatasize()
            if gt(size, limit) { size := limit }
            reason := mload(0x40)
            mstore(reason, size)
            returndatacopy(add(reason, 0x20), 0, size)
            mstore(0x40, add(reason, 0x120))
        }
    }
}
