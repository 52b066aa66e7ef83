// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A token in the manner of USDT, for local chains and tests
/// @notice Its functions return nothing, and an allowance must be set to zero before it is set to another value.
contract NonReturningToken {
    /// @notice Name of the token.
    string public name;

    /// @notice Symbol of the token.
    string public symbol;

    /// @notice Decimals of the token.
    uint8 public immutable decimals;

    /// @notice All tokens there are.
    uint256 public totalSupply;

    /// @notice Tokens of an account.
    mapping(address account => uint256) public balanceOf;

    /// @notice How much a spender may take from an owner.
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    /// @notice Tokens moved.
    /// @param from From whom; zero: new tokens.
    /// @param to To whom.
    /// @param value How many.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// @notice An allowance was set.
    /// @param owner Whose tokens.
    /// @param spender Who may take them.
    /// @param value How many.
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice The balance does not suffice.
    error InsufficientBalance();

    /// @notice The allowance does not suffice.
    error InsufficientAllowance();

    /// @notice The allowance must be zero before it is set to another value.
    error AllowanceNotZero();

    /// @notice Makes a token without supply.
    /// @param name_ Name of the token.
    /// @param symbol_ Symbol of the token.
    /// @param decimals_ Decimals of the token.
    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
    }

    /// @notice Makes tokens from nothing.
    /// @param to Who gets them.
    /// @param value How many base units.
    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    /// @notice Moves tokens of the caller.
    /// @param to Who gets them.
    /// @param value How many.
    function transfer(address to, uint256 value) external {
        _transfer(msg.sender, to, value);
    }

    /// @notice Moves tokens that the caller may take.
    /// @param from Whose tokens.
    /// @param to Who gets them.
    /// @param value How many.
    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= value, InsufficientAllowance());
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        _transfer(from, to, value);
    }

    /// @notice Lets a spender take tokens of the caller.
    /// @param spender Who may take them.
    /// @param value How many.
    function approve(address spender, uint256 value) external {
        require(value == 0 || allowance[msg.sender][spender] == 0, AllowanceNotZero());
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function _transfer(address from, address to, uint256 value) private {
        require(balanceOf[from] >= value, InsufficientBalance());
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
