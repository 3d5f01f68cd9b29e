// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.4;

/// Storage of the tokens contract, 0x..4701 (src/system/tokens.c, staking.c).
contract TokensStorage {
    /// GCC wei for a whole token. `next` is in force from the epoch `nextEpoch` on (0: there is none); `last`
    /// is the last rate that was not 0, which steps are measured by.
    struct Rate {
        uint128 current;
        uint128 next;
        uint128 last;
        uint64 nextEpoch;
    }

    /// How an account's transactions of Ethereum's types are paid for; feeToken 0 is GCC.
    struct Preference {
        address sponsor;
        uint8 feeToken;
    }

    /// What a sponsor pays for; token 0: there is no grant.
    struct Grant {
        uint128 remaining;
        uint128 perTransaction;
        uint128 perGas;
        uint128 maxTip;
        address target;
        bytes4 selector;
        uint8 token;
        bool bySelector;
        uint64 notBefore;
        uint64 notAfter;
    }

    /// index: the account's place in validators, from 1; 0: none.
    struct Stake {
        uint128 amount;
        uint128 leaving;
        address delegate;
        uint64 leavesAt;
        uint32 index;
        bytes32 key;
    }

    address rateKeeper;
    uint64 epochBlocks;
    bool soulbound;

    address slasher;
    uint32 validatorsMax;
    uint32 unbondingEpochs;
    uint16 slashShare;

    uint128 stakeLeast;
    uint128 discountLeast;

    /// Of 10,000.
    uint16 discount;
    uint16 mana;
    uint16 rateStep;

    mapping(uint8 token => Rate) rates;
    mapping(address account => Preference) preferences;
    mapping(address sponsor => mapping(address user => Grant)) grants;
    /// MANA earned and not yet claimed.
    mapping(address account => uint256) accrued;
    mapping(address account => Stake) stakes;
    mapping(address delegate => uint256) votes;
    address[] validators;
}
