// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.4;

/// Storage of the contracts contract, 0x..4740.
contract ContractsStorage {
    /// A staged piece of a module. It counts before `expires` (a block timestamp); 0: there is none.
    struct Chunk {
        address stager;
        uint64 expires;
    }

    mapping(address chunk => Chunk) chunks;
}
