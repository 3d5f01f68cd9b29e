// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.4;

/// Storage of the identities contract, 0x0000000000000000000000000000000000004720.
contract IdentitiesStorage {
    /// There where controller is not zero. The id is the first 16 bytes of BLAKE3(first public key).
    struct Identity {
        address controller;
        uint48 created;
        uint48 updated;
        bool deactivated;
        bool revoked;
    }

    /// A key of the identity's document: kind as the schemes of accounts, 8 BLS12-381, 9 X25519; purposes are bits:
    /// 1 authentication, 2 assertionMethod, 4 keyAgreement, 8 capabilityInvocation, 16 capabilityDelegation.
    struct Method {
        uint8 kind;
        uint8 purposes;
        bytes key;
    }

    struct Service {
        string name;
        string kind;
        string endpoint;
    }

    struct Guardians {
        uint8 threshold;
        address[] members;
    }

    /// A new key for an account that lost its own. readyAt is 0 until enough guardians support it.
    struct Recovery {
        bytes32 key;
        uint64 readyAt;
        bool keepsOwn;
        uint8 support;
        uint256 supporters; // bits by place in the list of guardians
    }

    /// Bits 0 to 16 and 128 to 255: permissions. Bit 127: the word says all (else the account holds what new
    /// accounts do); bit 126: some expire; bit 125: the account's own secp256k1 key counts no longer.
    mapping(address account => uint256 word) permissions;
    /// A permission is held before this block timestamp; 0: for ever.
    mapping(address account => mapping(uint256 permission => uint64 until)) expiries;
    /// BLAKE3(scheme ‖ key) of the key that rules the account; zero: the one that its address is the hash of.
    mapping(address account => bytes32 commitment) keys;
    mapping(bytes16 id => Identity) identities;
    mapping(address account => bytes16 id) ids;
    mapping(bytes16 id => Method[]) methods;
    mapping(bytes16 id => Service[]) services;
    mapping(bytes16 id => string[]) aliases;
    mapping(bytes16 id => mapping(address delegate => uint64 until)) delegates;
    mapping(address account => Guardians) guardians;
    mapping(address account => Recovery) recoveries;
    mapping(bytes32 role => uint256 permissions) roles;
    mapping(bytes32 role => mapping(address account => uint64 until)) members;
}
