// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

/// Storage of the names contract, 0x0000000000000000000000000000000000004730. Native code works on it; this file says
/// where each field is, for proofs and explorers.
contract NamesStorage {
    /// A name below a top-level domain. Free where owner is zero.
    struct Name {
        address owner;
        uint40 expires;
        uint32 ownerIndex; // in owned[owner]
        uint8 tld;
        address manager;
        uint40 created;
        uint32 tldIndex; // in listed[tld]
        uint24 version; // raised by each registration; records and sub-names belong to one
        string label;
    }

    /// A name below another name; void where parentVersion is no longer the parent's.
    struct Subname {
        address owner;
        uint32 version;
        uint32 parentVersion;
        uint32 index; // in children[parent][parentVersion]
        bytes32 parent;
        string label;
        address manager;
    }

    /// A top-level domain: how often something below it changed, and the price of a year where it was set.
    struct Tld {
        uint64 serial;
        uint128 price;
    }

    mapping(bytes32 node => Name) names;
    mapping(bytes32 node => Subname) subnames;
    mapping(bytes32 node => mapping(uint32 version => bytes32[])) children;
    mapping(bytes32 node => mapping(uint32 version => uint256)) recordTypes;
    /// By type: time to live (4 octets), then each record's length (2 octets) and data, big-endian.
    mapping(bytes32 node => mapping(uint32 version => mapping(uint16 rtype => bytes))) records;
    mapping(bytes32 commitment => uint64) commitments;
    mapping(address owner => bytes32[]) owned;
    mapping(uint8 tld => Tld) tlds;
    mapping(uint8 tld => bytes32[]) listed;
    mapping(bytes32 node => address) approvals;
    mapping(address owner => mapping(address operator => bool)) operators;
    mapping(address account => bytes32) primary;
    mapping(bytes32 reverseNode => address) reverseAccounts;
    uint64 commitmentLeast;
    uint64 commitmentMost;
}
