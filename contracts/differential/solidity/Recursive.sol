// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Calls itself and a peer in every way that there is.
contract Recursive {
    address public peer;
    bool public locked;
    uint256 public total;
    mapping(uint256 => uint256) public visits;

    event Visited(uint256 indexed depth, address indexed by, uint256 got);
    event Caught(uint256 indexed depth, bytes reason);

    error Bottom(uint256 seed);
    error Reentered(uint256 depth);

    function join(address other) external {
        require(peer == address(0), "joined already");
        peer = other;
    }

    function run(uint256 depth, uint256 seed) external returns (uint256 got) {
        visits[depth] += 1;
        if (depth == 0) {
            if (seed % 5 == 0) revert Bottom(seed);
            got = seed;
        } else {
            got = below(depth - 1, uint256(keccak256(abi.encode(seed, depth))), seed % 4);
        }
        unchecked {
            total += got;
        }
        emit Visited(depth, msg.sender, got);
    }

    /// What run would meet, without changing anything.
    function peek(uint256 depth, uint256 seed) public view returns (uint256) {
        if (depth == 0) {
            require(seed % 11 != 0, "nothing to see");
            return visits[seed % 8];
        }
        uint256 next = uint256(keccak256(abi.encode(seed, depth)));
        return Recursive(seed % 2 == 0 ? peer : address(this)).peek(depth - 1, next) + 1;
    }

    /// Locked while it runs.
    function enter(uint256 depth) external returns (uint256) {
        if (locked) revert Reentered(depth);
        if (depth == 0) return 0;
        locked = true;
        uint256 got = Recursive(depth % 2 == 0 ? address(this) : peer).enter(depth - 1);
        locked = false;
        return got + 1;
    }

    function below(uint256 depth, uint256 seed, uint256 how) private returns (uint256) {
        if (how == 0) return Recursive(peer).run(depth, seed);
        if (how == 1) return peek(depth, seed);
        bytes memory input = abi.encodeCall(this.run, (depth, seed));
        (bool done, bytes memory output) = how == 2 ? address(this).call(input) : peer.delegatecall(input);
        if (done) return abi.decode(output, (uint256));
        emit Caught(depth, output);
        return output.length;
    }
}
