// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.4;

/// Storage of the identities contract, 0x..4720.
contract IdentitiesStorage {
    /// Bits 0 to 16 and 128 to 255: permissions. Bit 127: the word says all (else the account holds what new
    /// accounts do); bit 126: some expire; bit 125: the account's own secp256k1 key counts no longer.
    mapping(address account => uint256) permissions;
    /// A permission is held before this block timestamp; 0: for ever.
    mapping(address account => mapping(uint256 permission => uint64)) expiries;
}
