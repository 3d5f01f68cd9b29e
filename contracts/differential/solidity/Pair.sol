// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

interface IToken {
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}

/// A market of two tokens with a constant product and 0.3 % taken from what comes in.
contract Pair {
    address public token0;
    address public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private swaps;
    uint256 public totalSupply;
    mapping(address => uint256) public sharesOf;

    uint256 private constant LOCKED_SHARES = 1000;

    event Added(address indexed by, uint256 amount0, uint256 amount1, uint256 shares);
    event Removed(address indexed by, uint256 amount0, uint256 amount1, uint256 shares);
    event Swapped(address indexed by, bool indexed zeroForOne, uint256 amountIn, uint256 amountOut);

    error SameToken(address token);
    error NoAmount();
    error NoLiquidity();
    error TooLittle(uint256 got, uint256 wanted);
    error TooMuch(uint256 reserve);
    error NotEnoughShares(uint256 have, uint256 needed);

    constructor(address first, address second) {
        if (first == second) revert SameToken(first);
        token0 = first;
        token1 = second;
    }

    function reserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, swaps);
    }

    function quote(bool zeroForOne, uint256 amountIn) public view returns (uint256) {
        (uint256 inside, uint256 outside) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        if (amountIn == 0) revert NoAmount();
        if (inside == 0 || outside == 0) revert NoLiquidity();
        uint256 paid = amountIn * 997;
        return (paid * outside) / (inside * 1000 + paid);
    }

    /// Shares as a part of all of them, in 1e18ths; rounds down without overflow.
    function part(address account) external view returns (uint256) {
        return (sharesOf[account] * 1e18) / totalSupply;
    }

    function add(uint256 amount0, uint256 amount1, uint256 least) external returns (uint256 shares) {
        if (amount0 == 0 || amount1 == 0) revert NoAmount();
        uint256 supply = totalSupply;
        if (supply == 0) {
            shares = root(amount0 * amount1);
            if (shares <= LOCKED_SHARES) revert NoLiquidity();
            shares -= LOCKED_SHARES;
            sharesOf[address(0)] = LOCKED_SHARES;
            supply = LOCKED_SHARES;
        } else {
            uint256 by0 = (amount0 * supply) / reserve0;
            uint256 by1 = (amount1 * supply) / reserve1;
            shares = by0 < by1 ? by0 : by1;
        }
        if (shares < least) revert TooLittle(shares, least);
        sharesOf[msg.sender] += shares;
        totalSupply = supply + shares;
        require(IToken(token0).transferFrom(msg.sender, address(this), amount0), "token0 did not pay");
        require(IToken(token1).transferFrom(msg.sender, address(this), amount1), "token1 did not pay");
        set(reserve0 + amount0, reserve1 + amount1);
        emit Added(msg.sender, amount0, amount1, shares);
    }

    function remove(uint256 shares, uint256 least0, uint256 least1) external returns (uint256 amount0, uint256 amount1) {
        uint256 have = sharesOf[msg.sender];
        if (have < shares) revert NotEnoughShares(have, shares);
        uint256 supply = totalSupply;
        amount0 = (shares * reserve0) / supply;
        amount1 = (shares * reserve1) / supply;
        if (amount0 < least0) revert TooLittle(amount0, least0);
        if (amount1 < least1) revert TooLittle(amount1, least1);
        sharesOf[msg.sender] = have - shares;
        totalSupply = supply - shares;
        set(reserve0 - amount0, reserve1 - amount1);
        require(IToken(token0).transfer(msg.sender, amount0), "token0 did not pay");
        require(IToken(token1).transfer(msg.sender, amount1), "token1 did not pay");
        emit Removed(msg.sender, amount0, amount1, shares);
    }

    function swap(bool zeroForOne, uint256 amountIn, uint256 least) external returns (uint256 amountOut) {
        amountOut = quote(zeroForOne, amountIn);
        if (amountOut < least) revert TooLittle(amountOut, least);
        (address inside, address outside) = zeroForOne ? (token0, token1) : (token1, token0);
        require(IToken(inside).transferFrom(msg.sender, address(this), amountIn), "token did not pay");
        if (zeroForOne) set(reserve0 + amountIn, reserve1 - amountOut);
        else set(reserve0 - amountOut, reserve1 + amountIn);
        unchecked {
            swaps++;
        }
        require(IToken(outside).transfer(msg.sender, amountOut), "token did not pay");
        emit Swapped(msg.sender, zeroForOne, amountIn, amountOut);
    }

    /// Takes in what was sent here without a swap.
    function sync() external {
        set(IToken(token0).balanceOf(address(this)), IToken(token1).balanceOf(address(this)));
    }

    function set(uint256 new0, uint256 new1) private {
        if (new0 > type(uint112).max) revert TooMuch(new0);
        if (new1 > type(uint112).max) revert TooMuch(new1);
        reserve0 = uint112(new0);
        reserve1 = uint112(new1);
    }

    function root(uint256 v) private pure returns (uint256 x) {
        if (v < 4) return v == 0 ? 0 : 1;
        x = v;
        uint256 next = v / 2 + 1;
        while (next < x) {
            x = next;
            next = (v / next + next) / 2;
        }
    }
}
