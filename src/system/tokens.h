/* The four tokens below the contracts: what fee rules, RPC and the system contracts read and write.
 *
 * Token ids: 1 GCC (the native balance), 2 SPIRIT, 3 MANA, 4 GHOST; 18 decimals each. The front at
 * 0x..4701 keeps rates, preferences, grants, accrued MANA and stakes; the face 0x..4710 + id is the
 * token's ERC-20 contract, and keeps balances (but GCC's), supply and allowances. Layouts:
 * contracts/system/Tokens.sol and TokenFace.sol, and the constants below.
 *
 * Every function takes a gvm_cells of any contract (system/cells.h): of a frame it pays gas, of a
 * vm it is free and journaled (exec), of a reader it reads committed state (RPC). Failures are
 * sticky in the cells given. */
#ifndef GVM_SYSTEM_TOKENS_H
#define GVM_SYSTEM_TOKENS_H

#include "system/cells.h"

typedef enum gvm_token {
    GVM_TOKEN_GCC = 1,
    GVM_TOKEN_SPIRIT,
    GVM_TOKEN_MANA,
    GVM_TOKEN_GHOST,
    GVM_TOKEN_END
} gvm_token;

static inline bool gvm_token_exists(uint64_t token) {
    return token >= GVM_TOKEN_GCC && token < GVM_TOKEN_END;
}
extern const gvm_address gvm_tokens_address; /* 0x..4701 */
gvm_address gvm_token_face(gvm_token token); /* 0x..4711 to 4714 */
/* "SPIRIT", "GhostChain Coin". */
const char *gvm_token_symbol(gvm_token token);
const char *gvm_token_name(gvm_token token);
/* 10^18, a whole token. */
gvm_u256 gvm_token_unit(void);

/* ---- layout of a face */
#define GVM_FACE_SLOT_BALANCES   0 /* mapping(address => uint256) */
#define GVM_FACE_SLOT_SUPPLY     1 /* uint256, as of the last block's end */
#define GVM_FACE_SLOT_ALLOWANCES 2 /* mapping(address => mapping(address => uint256)) */
#define GVM_FACE_SLOT_NONCES     3 /* mapping(address => uint256), EIP-2612 */
#define GVM_FACE_SLOT_CAP        4 /* uint256; all ones: none */
#define GVM_FACE_SLOT_BURNED     5 /* uint256, since genesis, as of the last block's end */
#define GVM_FACE_SLOT_MINTED_NOW 6 /* uint256, in this block by contract calls; 0 between blocks \
                                    */
#define GVM_FACE_SLOT_BURNED_NOW 7 /* likewise */

/* ---- layout of the front */
#define GVM_TOKENS_SLOT_RATE_KEEPER 0 /* address rateKeeper; uint64 epochBlocks; bool soulbound */
#define GVM_TOKENS_SLOT_STAKING                                         \
    1 /* address slasher; uint32 validatorsMax; uint32 unbondingEpochs; \
         uint16 slashBasisPoints */
#define GVM_TOKENS_SLOT_LEAST       2 /* uint128 stakeLeast; uint128 discountLeast */
#define GVM_TOKENS_SLOT_SHARES      3 /* uint16 discount, mana, rateStep: basis points */
#define GVM_TOKENS_SLOT_RATES       4 /* mapping(uint8 => Rate) */
#define GVM_TOKENS_SLOT_PREFERENCES 5 /* mapping(address => Preference) */
#define GVM_TOKENS_SLOT_GRANTS      6 /* mapping(address sponsor => mapping(address user => Grant)) */
#define GVM_TOKENS_SLOT_ACCRUED     7  /* mapping(address => uint256) */
#define GVM_TOKENS_SLOT_STAKES      8  /* mapping(address => Stake) */
#define GVM_TOKENS_SLOT_VOTES       9  /* mapping(address => uint256) */
#define GVM_TOKENS_SLOT_VALIDATORS  10 /* address[] */

/* ---- parameters of the economy: the genesis writes them, nothing changes them but the keeper's
 * address */
typedef struct gvm_token_params {
    gvm_address rate_keeper, slasher;
    uint64_t epoch_blocks;
    bool soulbound; /* GHOST cannot be transferred */
    uint32_t validators_max, unbonding_epochs;
    gvm_u256 stake_least, discount_least; /* SPIRIT */
    /* Of 10,000. slash: of a validator's stake. discount: of the base fee. mana: of the burned base
     * fee, as MANA. rate_step: most that a rate moves at once. */
    uint16_t slash, discount, mana, rate_step;
} gvm_token_params;
/* FORMATS' defaults: epochs of 100 blocks, 100 validators, 100,000 SPIRIT, 10 % slash, 1,000 SPIRIT
 * for 10 % discount, 5 % MANA, steps of 10 %. */
gvm_token_params gvm_token_params_default(void);
gvm_token_params gvm_tokens_params(gvm_cells *cells);
/* The MANA share alone: what each transaction asks. */
uint16_t gvm_tokens_mana_share(gvm_cells *cells);
void gvm_tokens_set_params(gvm_cells *cells, const gvm_token_params *params);

/* ---- balances */
/* MANA counts what has accrued. */
gvm_u256 gvm_token_balance(gvm_cells *cells, gvm_token token, const gvm_address *account);
/* No log, no permission, no cap, no supply. take: false where the account has less, and nothing
 * happened; MANA that has accrued moves to the balance first where it is needed (*claimed says how
 * much; may be NULL). */
bool gvm_token_take(gvm_cells *cells, gvm_u256 *claimed, gvm_token token,
                    const gvm_address *account, gvm_u256 amount);
void gvm_token_give(gvm_cells *cells, gvm_token token, const gvm_address *account, gvm_u256 amount);

/* ---- fee preferences: how transactions of Ethereum's types are paid for. One slot. */
typedef struct gvm_token_preference {
    gvm_token fee_token; /* GCC where none is set */
    gvm_address sponsor; /* whose grant is tried first; zero: none */
} gvm_token_preference;
gvm_token_preference gvm_tokens_preference(gvm_cells *cells, const gvm_address *account);

/* ---- rates: GCC wei for 10^18 of the token, fixed for the block cells->number. 0: not accepted;
 * GCC's is 10^18. Epoch of a block: number / epoch_blocks. */
gvm_u256 gvm_tokens_rate(gvm_cells *cells, gvm_token token);
uint64_t gvm_tokens_epoch(gvm_cells *cells);
/* For the genesis: in force at once. */
void gvm_tokens_set_rate(gvm_cells *cells, gvm_token token, gvm_u256 rate);
/* A MANA rate at which MANA earned would pay for the gas that earns it is refused. */
bool gvm_tokens_rate_allowed(const gvm_token_params *params, gvm_token token, gvm_u256 rate);

/* ---- grants: a sponsor pays a user's fees. Amounts count in the grant's token, prices in GCC wei
 * a unit of gas; the greatest number says no bound. */
typedef struct gvm_token_grant {
    gvm_u256 remaining;       /* in all, still */
    gvm_u256 per_transaction; /* most for one transaction */
    gvm_u256 per_gas;         /* most per gas, tip included */
    gvm_u256 max_tip;         /* most per gas for the tip */
    gvm_address target;       /* the transaction's `to`; zero: any, creations too */
    uint8_t selector[4];      /* the first four bytes of its data */
    bool by_selector;
    gvm_token token;
    uint64_t not_before, not_after; /* block timestamps, inclusive; 0: none */
} gvm_token_grant;
/* false: there is none. */
bool gvm_tokens_grant(gvm_cells *cells, gvm_token_grant *out, const gvm_address *sponsor,
                      const gvm_address *user);

/* What a transaction asks of a grant, all of it at its greatest. */
typedef struct gvm_grant_use {
    gvm_token token;
    gvm_u256 amount;         /* the greatest fee, in the token */
    gvm_u256 gas_price, tip; /* effective, GCC wei a unit of gas */
    const gvm_address *to;   /* NULL: creation, or a name not yet resolved */
    gvm_bytes data;
    uint64_t now;
} gvm_grant_use;
typedef enum gvm_grant_verdict {
#define X(name, text) GVM_GRANT_##name,
#include "system/grant_verdicts.inc"
#undef X
} gvm_grant_verdict;
gvm_grant_verdict gvm_grant_check(const gvm_token_grant *grant, const gvm_grant_use *use);
const char *gvm_grant_verdict_text(gvm_grant_verdict verdict);
/* Takes what was really paid, once it is known, from what remains; never more than that. */
void gvm_tokens_grant_spend(gvm_cells *cells, const gvm_address *sponsor, const gvm_address *user,
                            gvm_u256 amount);

/* ---- MANA that a payer earns by transactions; balances count it, claim() logs it */
void gvm_tokens_accrue(gvm_cells *cells, const gvm_address *account, gvm_u256 amount);

/* ---- supply: cells that change once, at the block's end */
gvm_u256 gvm_token_supply(gvm_cells *cells, gvm_token token);
gvm_u256 gvm_token_cap(gvm_cells *cells, gvm_token token);
gvm_u256 gvm_token_burned(gvm_cells *cells, gvm_token token);
/* What a block made and burned outside of the tokens contract's own mint, burn and slash: base and
 * blob fees, self-destructed balances, withdrawals, accrued MANA. By token id. */
typedef struct gvm_token_flows {
    gvm_u256 made[GVM_TOKEN_END], burned[GVM_TOKEN_END];
} gvm_token_flows;
/* Adds flows and what calls minted and burned in the block to the supplies, and begins anew. */
void gvm_tokens_end_block(gvm_cells *cells, const gvm_token_flows *flows);
/* Development methods and the genesis: moves the supply with a balance that was set. */
void gvm_token_adjust_supply(gvm_cells *cells, gvm_token token, gvm_u256 before, gvm_u256 after);

#endif
