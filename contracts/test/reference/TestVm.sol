// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @dev The cheat codes these tests use, so that they need no library beyond forge itself.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 privateKey) external pure returns (address);
    function chainId(uint256 newChainId) external;
    function deal(address account, uint256 newBalance) external;
    function getRecordedLogs() external returns (Log[] memory);
    function label(address account, string calldata name) external;
    function pauseGasMetering() external;
    function prank(address sender) external;
    function recordLogs() external;
    function roll(uint256 newHeight) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function toString(uint256 value) external pure returns (string memory);
    function warp(uint256 newTimestamp) external;
}

/// @notice What every test here shares: the cheat codes, a seeded source of choices, and time that is re-read.
/// @dev With the IR pipeline the optimiser may keep `block.timestamp` over a `warp`; `_now` asks an outside call.
abstract contract TestVm {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// forge finds test contracts by this mark and by their function names.
    bool public constant IS_TEST = true;

    uint256 private _seed;
    uint256 private _drawn;

    function _seedWith(uint256 seed) internal {
        _seed = seed;
        _drawn = 0;
    }

    function _random() internal returns (uint256) {
        return uint256(keccak256(abi.encode(_seed, _drawn++)));
    }

    /// @return A number below `limit`.
    function _below(uint256 limit) internal returns (uint256) {
        return _random() % limit;
    }

    /// @return True in `percent` of 100 cases.
    function _chance(uint256 percent) internal returns (bool) {
        return _below(100) < percent;
    }

    /// @return A number from 0 to 2**bits - 1 whose length in bits, not its value, is evenly spread: small numbers,
    /// large ones and the very largest all come up.
    function _magnitude(uint256 bits) internal returns (uint256) {
        if (_chance(5)) {
            return (uint256(1) << bits) - 1;
        }
        uint256 length = _below(bits + 1);
        return length == 0 ? 0 : _random() >> (256 - length);
    }

    function _now() internal view returns (uint256) {
        return TestClock(address(this)).clock();
    }

    function clock() external view returns (uint256) {
        return block.timestamp;
    }
}

interface TestClock {
    function clock() external view returns (uint256);
}
