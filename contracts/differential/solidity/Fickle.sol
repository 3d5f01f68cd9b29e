// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// A token that says whether it paid as it was told to. It is this contract beside pairs of every language.
contract Fickle {
    bool public pays = true;
    mapping(address => uint256) public balanceOf;

    function set(bool to) external {
        pays = to;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        if (pays) balanceOf[to] += value;
        return pays;
    }

    function transferFrom(address, address to, uint256 value) external returns (bool) {
        if (pays) balanceOf[to] += value;
        return pays;
    }
}
