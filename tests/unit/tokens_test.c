/* The tokens contract and the faces: what each function does, what it refuses and to whom, and
 * random sequences against a plain model. */
#include "support/system_world.h"

#include "base/rng.h"
#include "system/staking.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define E18       "000000000000000000"
#define FRONT     0x4701
#define FACE(t)   (0x4710u + (t))
#define IS(x, y)  assert_string_equal(x, y)
#define CALL(...) system_call(&w, __VA_ARGS__, NULL)
#define MAX128    "340282366920938463463374607431768211455"
#define MAX256    "115792089237316195423570985008687907853269984665640564039457584007913129639935"

static void set_word(system_world *w, unsigned number, gvm_u256 slot, gvm_u256 value) {
    gvm_address a = gvm_system_address(number);
    gvm_cells cells = gvm_cells_of_vm(&w->vm, &a);
    gvm_state_begin_tx(w->state);
    gvm_cells_store(&cells, slot, value);
    gvm_state_end_tx(w->state, true);
}

/* Exactly these permissions, none by default. */
static void allow_only(system_world *w, unsigned who, uint64_t bits) {
    gvm_address a = system_who(who);
    set_word(w, 0x4720, gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), &a),
             gvm_permissions_word(gvm_u256_from_u64(bits)));
}
#define BIT(name) ((uint64_t)1 << GVM_PERMISSION_##name)

static void end_block(system_world *w) {
    gvm_cells cells = system_cells(w);
    gvm_token_flows none = {0};
    gvm_state_begin_tx(w->state);
    gvm_tokens_end_block(&cells, &none);
    gvm_state_end_tx(w->state, true);
    w->vm.block.number++;
}

/* ---- ERC-20 */

static void metadata(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    static const char *const symbols[] = {NULL, "\"GCC\"", "\"SPIRIT\"", "\"MANA\"", "\"GHOST\""};
    static const char *const caps[] = {NULL, "1000000000" E18, "100000000" E18, MAX256,
                                       "1000000" E18};
    for (unsigned t = 1; t <= 4; t++) {
        char id[2] = {(char)('0' + t), 0};
        gvm_address face = gvm_system_address(FACE(t));
        IS(CALL(0, FACE(t), "symbol"), symbols[t]);
        IS(CALL(0, FACE(t), "decimals"), "18");
        IS(CALL(0, FACE(t), "token"), id);
        IS(CALL(0, FACE(t), "cap"), caps[t]);
        IS(CALL(0, FRONT, "cap", id), caps[t]);
        assert_int_equal(strcasecmp(CALL(0, FRONT, "face", id), system_hex(&face)), 0);
    }
    IS(CALL(0, FACE(1), "name"), "\"GhostChain Coin\"");
    IS(CALL(0, FACE(1), "totalSupply"), "10000" E18);
    IS(CALL(0, FACE(2), "totalSupply"), "5000000" E18);
    IS(CALL(0, FRONT, "totalSupply", "4"), "5000" E18);
    IS(CALL(0, FRONT, "totalSupply", "0"), "UnknownToken 0");
    IS(CALL(0, FRONT, "balanceOf", "5", system_name(0)), "UnknownToken 5");
    system_world_close(&w);
}

static void transfers(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    const char *to = system_name(8), *zero = "0x0000000000000000000000000000000000000000";
    for (unsigned t = 1; t <= 4; t++) {
        char id[2] = {(char)('0' + t), 0}, expected[200];
        const char *empty = t == 1 ? "1000" E18 : "0";
        IS(CALL(0, FACE(t), "balanceOf", to), empty);
        IS(CALL(0, FACE(t), "transfer", to, "5" E18), "true");
        assert_int_equal(w.log_count, 1);
        assert_int_equal(w.logs[0].address.b[19], 0x10 + t);
        assert_int_equal(w.logs[0].topic_count, 3);
        assert_int_equal(gvm_u256_from_hash(&w.logs[0].topics[1]).w[0] & 0xff, 0);
        IS(CALL(0, FRONT, "transfer", id, to, "2" E18), "true");
        assert_int_equal(w.logs[0].address.b[19], 0x10 + t);
        IS(CALL(0, FRONT, "balanceOf", id, to), t == 1 ? "1007" E18 : "7" E18);
        IS(CALL(8, FACE(t), "transfer", system_name(9), t == 1 ? "1007" E18 : "7" E18), "true");
        (void)snprintf(expected, sizeof expected, "ERC20InsufficientBalance %s 0 1",
                       CALL(0, FACE(t), "balanceOf", to)[0] == '0' ? "" : "?");
        assert_null(strstr(expected, "?"));
        assert_memory_equal(CALL(8, FACE(t), "transfer", system_name(9), "1"),
                            "ERC20InsufficientBalance 0x", 27);
        assert_int_equal(w.log_count, 0);
        assert_memory_equal(CALL(0, FACE(t), "transfer", zero, "1"), "ERC20InvalidReceiver 0x0",
                            24);
        IS(CALL(9, FACE(t), "transfer", system_name(9), "1"), "true"); /* to oneself */
        IS(CALL(9, FACE(t), "balanceOf", system_name(9)), t == 1 ? "2007" E18 : "7" E18);
    }
    system_world_close(&w);
}

static void allowances(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    const char *owner = system_name(0), *spender = system_name(6), *to = system_name(7);
    for (unsigned t = 1; t <= 4; t++) {
        char id[2] = {(char)('0' + t), 0};
        assert_memory_equal(CALL(6, FACE(t), "transferFrom", owner, to, "1"),
                            "ERC20InsufficientAllowance 0x", 29);
        IS(CALL(0, FACE(t), "approve", spender, "10"), "true");
        IS(CALL(0, FRONT, "allowance", id, owner, spender), "10");
        IS(CALL(6, FACE(t), "transferFrom", owner, to, "4"), "true");
        IS(CALL(6, FRONT, "transferFrom", id, owner, to, "5"), "true");
        IS(CALL(0, FACE(t), "allowance", owner, spender), "1");
        assert_memory_equal(CALL(6, FACE(t), "transferFrom", owner, to, "2"),
                            "ERC20InsufficientAllowance 0x", 29);
        assert_memory_equal(CALL(7, FACE(t), "transferFrom", owner, to, "1"),
                            "ERC20InsufficientAllowance 0x", 29);
        IS(CALL(0, FRONT, "approve", id, spender, MAX256), "true");
        IS(CALL(6, FACE(t), "transferFrom", owner, to, "100"), "true");
        IS(CALL(0, FACE(t), "allowance", owner, spender), MAX256);
        assert_memory_equal(
            CALL(0, FACE(t), "approve", "0x0000000000000000000000000000000000000000", "1"),
            "ERC20InvalidSpender 0x0", 23);
    }
    system_world_close(&w);
}

static void soulbound_ghost(void **state) {
    (void)state;
    gvm_ghost_genesis gh;
    system_world w;
    system_world_defaults(&gh);
    gh.params.soulbound = true;
    system_world_open_with(&w, &gh);
    gvm_ghost_genesis_free(&gh);
    IS(CALL(0, FACE(4), "transfer", system_name(1), "1"), "Soulbound 4");
    IS(CALL(0, FRONT, "transfer", "4", system_name(1), "1"), "Soulbound 4");
    IS(CALL(0, FACE(4), "approve", system_name(1), "1"), "true");
    IS(CALL(1, FACE(4), "transferFrom", system_name(0), system_name(1), "1"), "Soulbound 4");
    IS(CALL(0, FACE(3), "transfer", system_name(1), "1"), "true");
    system_world_close(&w);
}

/* ---- permissions: each function that asks for one, with it alone and with all others */

static const struct {
    unsigned permission;
    unsigned number;
    const char *name, *args[4];
} guarded[] = {
    {GVM_PERMISSION_TRANSFER_TOKENS, 0x4712, "transfer", {"1", "1"}},
    {GVM_PERMISSION_TRANSFER_TOKENS, 0x4711, "transfer", {"1", "1"}},
    {GVM_PERMISSION_TRANSFER_TOKENS, 0x4701, "transfer", {"2", "1", "1"}},
    {GVM_PERMISSION_MINT_TOKENS, 0x4713, "mint", {"1", "1"}},
    {GVM_PERMISSION_MINT_TOKENS, 0x4701, "mint", {"1", "1", "1"}},
    {GVM_PERMISSION_BURN_TOKENS, 0x4714, "burn", {"1"}},
    {GVM_PERMISSION_BURN_TOKENS, 0x4701, "burn", {"1", "1"}},
    {GVM_PERMISSION_STAKE_TOKENS, 0x4701, "stake", {"1"}},
};

static const char *call_guarded(system_world *pw, size_t i) {
    system_world *const w_ = pw;
    const char *a[4] = {NULL};
    size_t n = 0;
    const char *name = guarded[i].name;
    for (; n < 4 && guarded[i].args[n] != NULL; n++) a[n] = guarded[i].args[n];
    /* The receiver stands in the first place at a face, in the second at the front. */
    bool has_to = strcmp(name, "transfer") == 0 || strcmp(name, "mint") == 0;
    if (has_to) a[guarded[i].number == 0x4701 ? 1 : 0] = system_name(5);
    return system_call(w_, 2, guarded[i].number, name, a[0], a[1], a[2], NULL);
}

static void permissions(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof guarded / sizeof guarded[0]; i++) {
        system_world w;
        char refused[100];
        system_world_open(&w);
        uint64_t bit = (uint64_t)1 << guarded[i].permission;
        uint64_t all = ((uint64_t)1 << GVM_PERMISSION_BUILT_IN) - 1;
        gvm_address me = system_who(2);
        (void)snprintf(refused, sizeof refused, "MissingPermission %s %u", system_hex(&me),
                       guarded[i].permission);
        allow_only(&w, 2, bit);
        assert_int_equal(strncmp(call_guarded(&w, i), "Missing", 7) == 0, false);
        assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
        allow_only(&w, 2, all & ~bit & ~BIT(ADMIN_ACCESS));
        assert_int_equal(strcasecmp(call_guarded(&w, i), refused), 0);
        allow_only(&w, 2, BIT(ADMIN_ACCESS));
        (void)call_guarded(&w, i);
        assert_int_equal(w.result.outcome, GVM_OUT_SUCCESS);
        allow_only(&w, 2, 0);
        assert_int_equal(strcasecmp(call_guarded(&w, i), refused), 0);
        system_world_close(&w);
    }
}

/* A permission ends at its second; the owner's permission counts for transferFrom too. */
static void permissions_expire(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    gvm_address me = system_who(2);
    gvm_u256 word = gvm_permissions_word(gvm_u256_from_u64(BIT(MINT_TOKENS)));
    word.w[GVM_PERMISSION_WORD_EXPIRES >> 6] |= (uint64_t)1 << (GVM_PERMISSION_WORD_EXPIRES & 63);
    set_word(&w, 0x4720, gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), &me),
             word);
    gvm_u256 outer = gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_EXPIRIES), &me);
    set_word(&w, 0x4720, gvm_cell_map(outer, gvm_u256_from_u64(GVM_PERMISSION_MINT_TOKENS)),
             gvm_u256_from_u64(1700000010));
    w.vm.block.timestamp = 1700000009;
    IS(CALL(2, FACE(3), "mint", system_name(1), "1"), "");
    w.vm.block.timestamp = 1700000010;
    assert_memory_equal(CALL(2, FACE(3), "mint", system_name(1), "1"), "MissingPermission", 17);
    IS(CALL(1, FACE(2), "approve", system_name(3), "9"), "true");
    allow_only(&w, 1, 0);
    assert_memory_equal(CALL(3, FACE(2), "transferFrom", system_name(1), system_name(3), "1"),
                        "MissingPermission", 17);
    system_world_close(&w);
}

/* ---- supply */

static void mint_and_burn(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    const char *to = system_name(8);
    for (unsigned t = 1; t <= 4; t++) {
        char id[2] = {(char)('0' + t), 0}, before[90];
        (void)snprintf(before, sizeof before, "%s", CALL(0, FACE(t), "totalSupply"));
        IS(CALL(0, FACE(t), "mint", to, "30"), "");
        assert_int_equal(w.logs[0].address.b[19], 0x10 + t);
        IS(CALL(0, FRONT, "mint", id, to, "12"), "");
        IS(CALL(0, FACE(t), "burn", "2"), "");
        IS(CALL(0, FACE(t), "totalSupply"), before); /* as of the block's start */
        end_block(&w);
        assert_string_not_equal(CALL(0, FACE(t), "totalSupply"), before);
        IS(CALL(0, FACE(t), "totalBurned"), "2");
        IS(CALL(0, FACE(t), "balanceOf", to), t == 1 ? "1000"
                                                       "000000000000000042"
                                                     : "42");
    }
    IS(CALL(0, FACE(2), "totalSupply"), "5000000"
                                        "000000000000000040");
    IS(CALL(0, FACE(1), "totalSupply"), "10000"
                                        "000000000000000040");
    system_world_close(&w);
}

/* The cap binds what is outstanding: within a block, at its last unit, and again after burning. */
static void caps(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    const char *to = system_name(8);
    IS(CALL(0, FACE(4), "mint", to,
            "995000"
            "000000000000000001"),
       "CapExceeded 4 5000" E18 " 1000000" E18);
    IS(CALL(0, FACE(4), "mint", to,
            "994999"
            "999999999999999999"),
       "");
    IS(CALL(0, FACE(4), "mint", to, "1"), "");
    assert_memory_equal(CALL(0, FACE(4), "mint", to, "1"), "CapExceeded 4", 13);
    assert_memory_equal(CALL(0, FACE(4), "mint", to, MAX256), "CapExceeded 4", 13);
    end_block(&w);
    assert_memory_equal(CALL(0, FACE(4), "mint", to, "1"), "CapExceeded 4", 13);
    IS(CALL(0, FACE(4), "burn", "1"), "");
    end_block(&w);
    IS(CALL(0, FACE(4), "mint", to, "1"), "");
    assert_memory_equal(CALL(0, FACE(4), "mint", to, "1"), "CapExceeded 4", 13);
    assert_memory_equal(CALL(0, FACE(3), "mint", to, MAX256), "CapExceeded 3", 13); /* overflow */
    IS(CALL(0, FACE(1), "mint", to, "999990000" E18), "");
    assert_memory_equal(CALL(0, FACE(1), "mint", to, "1"), "CapExceeded 1", 13);
    system_world_close(&w);
}

/* ---- MANA */

static void mana(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    gvm_address who = system_who(8);
    gvm_cells cells = system_cells(&w);
    gvm_state_begin_tx(w.state);
    gvm_tokens_accrue(&cells, &who, gvm_u256_from_u64(100));
    gvm_tokens_accrue(&cells, &who, gvm_u256_from_u64(20));
    gvm_state_end_tx(w.state, true);
    const char *me = system_name(8);
    IS(CALL(0, FACE(3), "balanceOf", me), "120");
    IS(CALL(0, FRONT, "accrued", me), "120");
    /* Spending more than the balance claims first, with a log of its own. */
    IS(CALL(8, FACE(3), "transfer", system_name(9), "50"), "true");
    assert_int_equal(w.log_count, 2);
    IS(CALL(0, FRONT, "accrued", me), "0");
    IS(CALL(0, FACE(3), "balanceOf", me), "70");
    gvm_state_begin_tx(w.state);
    gvm_tokens_accrue(&cells, &who, gvm_u256_from_u64(7));
    gvm_state_end_tx(w.state, true);
    assert_memory_equal(CALL(8, FACE(3), "transfer", system_name(9), "78"),
                        "ERC20InsufficientBalance 0x", 27);
    IS(CALL(0, FRONT, "accrued", me), "7");
    IS(CALL(8, FRONT, "claim"), "7");
    assert_int_equal(w.log_count, 1);
    IS(CALL(8, FRONT, "claim"), "0");
    assert_int_equal(w.log_count, 0);
    IS(CALL(0, FACE(3), "balanceOf", me), "77");
    system_world_close(&w);
}

/* ---- preferences and grants */

static const char *terms(const char *remaining, unsigned token, const char *rest) {
    static char text[400];
    (void)snprintf(text, sizeof text,
                   "(%s," MAX128 "," MAX128 "," MAX128
                   ",0x0000000000000000000000000000000000000000,0x00000000,false,%u,%s)",
                   remaining, token, rest);
    return text;
}

static void preferences(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    gvm_address who = system_who(1), sponsor = system_who(3);
    gvm_cells cells = system_cells(&w);
    assert_int_equal(gvm_tokens_preference(&cells, &who).fee_token, GVM_TOKEN_GCC);
    IS(CALL(1, FRONT, "setFeeToken", "2"), "");
    assert_int_equal(gvm_tokens_preference(&cells, &who).fee_token, GVM_TOKEN_SPIRIT);
    IS(CALL(1, FRONT, "setSponsor", system_name(3)), "");
    gvm_token_preference p = gvm_tokens_preference(&cells, &who);
    assert_int_equal(p.fee_token, GVM_TOKEN_SPIRIT);
    assert_true(gvm_address_equal(&p.sponsor, &sponsor));
    IS(CALL(1, FRONT, "setFeeToken", "1"), "");
    assert_int_equal(gvm_tokens_preference(&cells, &who).fee_token, GVM_TOKEN_GCC);
    IS(CALL(1, FRONT, "setFeeToken", "0"), "UnknownToken 0");
    IS(CALL(1, FRONT, "setFeeToken", "9"), "UnknownToken 9");
    IS(CALL(0, FRONT, "setRate", "3", "0"), "");
    IS(CALL(1, FRONT, "setFeeToken", "3"), "");
    w.vm.block.number += 100;
    IS(CALL(1, FRONT, "setFeeToken", "3"), "TokenNotAccepted 3");
    system_world_close(&w);
}

static bool sponsored_by(system_world *w, const gvm_address *user, const gvm_address *sponsor) {
    gvm_cells cells = system_cells(w);
    gvm_token_preference p = gvm_tokens_preference(&cells, user);
    return gvm_address_equal(&p.sponsor, sponsor);
}

static void grants(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    gvm_address sponsor = system_who(3), user = system_who(8), other = system_who(4);
    gvm_cells cells = system_cells(&w);
    gvm_token_grant g;
    assert_false(gvm_tokens_grant(&cells, &g, &sponsor, &user));
    IS(CALL(3, FRONT, "grant", system_name(8), terms("1000", 2, "5,1700000100")), "");
    assert_int_equal(w.log_count, 2); /* granted, and the user has a sponsor */
    assert_true(gvm_tokens_grant(&cells, &g, &sponsor, &user));
    assert_int_equal(g.remaining.w[0], 1000);
    assert_int_equal(g.token, GVM_TOKEN_SPIRIT);
    assert_int_equal(g.not_before, 5);
    assert_int_equal(g.not_after, 1700000100);
    assert_true(sponsored_by(&w, &user, &sponsor));
    /* Another sponsor does not displace one whose grant lives. */
    IS(CALL(4, FRONT, "grant", system_name(8), terms("7", 1, "0,0")), "");
    assert_true(sponsored_by(&w, &user, &sponsor));
    gvm_state_begin_tx(w.state);
    gvm_tokens_grant_spend(&cells, &sponsor, &user, gvm_u256_from_u64(400));
    gvm_state_end_tx(w.state, true);
    assert_true(gvm_tokens_grant(&cells, &g, &sponsor, &user));
    assert_int_equal(g.remaining.w[0], 600);
    gvm_state_begin_tx(w.state);
    gvm_tokens_grant_spend(&cells, &sponsor, &user, gvm_u256_from_u64(601));
    gvm_state_end_tx(w.state, true);
    assert_true(gvm_tokens_grant(&cells, &g, &sponsor, &user));
    assert_true(gvm_u256_is_zero(g.remaining));
    IS(CALL(4, FRONT, "grant", system_name(8), terms("7", 1, "0,0")), "");
    assert_true(sponsored_by(&w, &user, &other));
    IS(CALL(4, FRONT, "revoke", system_name(8)), "");
    assert_false(gvm_tokens_grant(&cells, &g, &other, &user));
    assert_memory_equal(CALL(4, FRONT, "revoke", system_name(8)), "NoGrant 0x", 10);
    /* What could never pay is refused. */
    IS(CALL(4, FRONT, "grant", system_name(8), terms("0", 1, "0,0")), "InvalidGrant");
    IS(CALL(4, FRONT, "grant", system_name(8), terms("1", 0, "0,0")), "InvalidGrant");
    IS(CALL(4, FRONT, "grant", system_name(8), terms("1", 5, "0,0")), "InvalidGrant");
    IS(CALL(4, FRONT, "grant", system_name(8), terms("1", 1, "9,8")), "InvalidGrant");
    IS(CALL(4, FRONT, "grant", system_name(8), terms("1", 1, "0,1699999999")), "InvalidGrant");
    IS(CALL(4, FRONT, "grant", system_name(4), terms("1", 1, "0,0")), "InvalidGrant");
    assert_non_null(strstr(CALL(0, FRONT, "grantOf", system_name(3), system_name(8)), "(0,"));
    system_world_close(&w);
}

static void grant_bounds(void **state) {
    (void)state;
    gvm_address target = system_who(6), stranger = system_who(7);
    const gvm_token_grant g = {.remaining = gvm_u256_from_u64(1000),
                               .per_transaction = gvm_u256_from_u64(100),
                               .per_gas = gvm_u256_from_u64(10),
                               .max_tip = gvm_u256_from_u64(2),
                               .target = target,
                               .selector = {1, 2, 3, 4},
                               .by_selector = true,
                               .token = GVM_TOKEN_MANA,
                               .not_before = 50,
                               .not_after = 60};
    const uint8_t data[] = {1, 2, 3, 4, 5}, wrong[] = {1, 2, 3, 5};
    const gvm_grant_use good = {.token = GVM_TOKEN_MANA,
                                .amount = gvm_u256_from_u64(100),
                                .gas_price = gvm_u256_from_u64(10),
                                .tip = gvm_u256_from_u64(2),
                                .to = &target,
                                .data = gvm_bytes_make(data, sizeof data),
                                .now = 50};
#define CHECK(verdict, ...)                                                   \
    do {                                                                      \
        gvm_grant_use use = good;                                             \
        gvm_token_grant grant = g;                                            \
        __VA_ARGS__;                                                          \
        assert_int_equal(gvm_grant_check(&grant, &use), GVM_GRANT_##verdict); \
    } while (0)
    CHECK(COVERS, (void)0);
    CHECK(COVERS, use.now = 60);
    CHECK(TOO_EARLY, use.now = 49);
    CHECK(TOO_LATE, use.now = 61);
    CHECK(COVERS, grant.not_after = 0; use.now = UINT64_MAX);
    CHECK(TOKEN, use.token = GVM_TOKEN_GCC);
    CHECK(NONE, grant.token = (gvm_token)0);
    CHECK(TARGET, use.to = &stranger);
    CHECK(TARGET, use.to = NULL);
    CHECK(COVERS, grant.target = (gvm_address){{0}}; use.to = &stranger);
    CHECK(SELECTOR, grant.target = (gvm_address){{0}}; use.to = NULL);
    CHECK(COVERS, grant.target = (gvm_address){{0}}; grant.by_selector = false; use.to = NULL);
    CHECK(SELECTOR, use.data = gvm_bytes_make(wrong, sizeof wrong));
    CHECK(SELECTOR, use.data = gvm_bytes_make(data, 3));
    CHECK(TIP, use.tip = gvm_u256_from_u64(3));
    CHECK(PER_GAS, use.gas_price = gvm_u256_from_u64(11));
    CHECK(PER_TRANSACTION, use.amount = gvm_u256_from_u64(101));
    CHECK(REMAINING, grant.remaining = gvm_u256_from_u64(99));
    CHECK(COVERS, grant.remaining = gvm_u256_from_u64(100));
    CHECK(TIP, use.tip = gvm_u256_max());
    gvm_u256 none = gvm_cell_get(gvm_u256_max(), 0, 16);
    CHECK(COVERS, grant.max_tip = none; use.tip = gvm_u256_max());
#undef CHECK
}

/* ---- rates */

static void rates(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w); /* block 1000: epoch 10 */
    IS(CALL(0, FRONT, "epoch"), "10");
    IS(CALL(0, FRONT, "rate", "1"), "1" E18);
    IS(CALL(0, FRONT, "rate", "2"), "10" E18);
    IS(CALL(0, FRONT, "rate", "3"), "100000000000000000");
    IS(CALL(0, FRONT, "rate", "4"), "1000" E18);
    assert_memory_equal(CALL(1, FRONT, "setRate", "2", "10" E18), "NotRateKeeper 0x", 16);
    assert_memory_equal(CALL(0, FRONT, "setRate", "1", "1" E18), "RateRefused", 11);
    assert_memory_equal(CALL(0, FRONT, "setRate", "2", "11000000000000000001"), "RateStep", 8);
    assert_memory_equal(CALL(0, FRONT, "setRate", "2", "8999999999999999999"), "RateStep", 8);
    IS(CALL(0, FRONT, "setRate", "2", "9" E18), "");
    IS(CALL(0, FRONT, "setRate", "2", "11" E18),
       ""); /* replaces it: measured by what is in force */
    IS(CALL(0, FRONT, "nextRate", "2"), "11" E18 " 11");
    w.vm.block.number = 1099;
    IS(CALL(0, FRONT, "rate", "2"), "10" E18);
    w.vm.block.number = 1100;
    IS(CALL(0, FRONT, "rate", "2"), "11" E18);
    IS(CALL(0, FRONT, "nextRate", "2"), "0 0");
    /* Not accepted, and accepted again: steps go on from the last rate. */
    IS(CALL(0, FRONT, "setRate", "2", "0"), "");
    w.vm.block.number = 1200;
    IS(CALL(0, FRONT, "rate", "2"), "0");
    assert_memory_equal(CALL(0, FRONT, "setRate", "2", "1"), "RateStep 11", 11);
    IS(CALL(0, FRONT, "setRate", "2", "12100000000000000000"), "");
    w.vm.block.number = 1300;
    IS(CALL(0, FRONT, "rate", "2"), "12100000000000000000");
    IS(CALL(0, FRONT, "setRateKeeper", system_name(5)), "");
    assert_memory_equal(CALL(0, FRONT, "setRate", "2", "12" E18), "NotRateKeeper", 13);
    IS(CALL(5, FRONT, "setRate", "2", "12" E18), "");
    /* 5 % of the fee as MANA: at 20 GCC each it would pay for the gas. */
    gvm_token_params p = gvm_token_params_default();
    gvm_u256 twenty = gvm_u256_mul(gvm_token_unit(), gvm_u256_from_u64(20));
    assert_false(gvm_tokens_rate_allowed(&p, GVM_TOKEN_MANA, twenty));
    assert_true(
        gvm_tokens_rate_allowed(&p, GVM_TOKEN_MANA, gvm_u256_sub(twenty, gvm_u256_from_u64(1))));
    assert_true(gvm_tokens_rate_allowed(&p, GVM_TOKEN_SPIRIT, twenty));
    system_world_close(&w);
}

/* ---- staking */

static void staking(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    const char *key = "0x0101010101010101010101010101010101010101010101010101010101010101";
    allow_only(&w, 1, BIT(STAKE_TOKENS) | BIT(TRANSFER_TOKENS));
    allow_only(&w, 2, BIT(STAKE_TOKENS));
    gvm_cells cells = system_cells(&w);
    assert_memory_equal(CALL(1, FRONT, "register", key), "StakeTooSmall 0 100000" E18, 40);
    IS(CALL(1, FRONT, "stake",
            "99999"
            "999999999999999999"),
       "");
    assert_memory_equal(CALL(1, FRONT, "register", key), "StakeTooSmall", 13);
    IS(CALL(1, FRONT, "stake", "1"), "");
    IS(CALL(1, FRONT, "register",
            "0x0000000000000000000000000000000000000000000000000000000000000000"),
       "InvalidKey");
    IS(CALL(1, FRONT, "register", key), "");
    assert_int_equal(gvm_stake_validator_count(&cells), 1);
    IS(CALL(1, FACE(2), "balanceOf", system_name(1)), "900000" E18);
    IS(CALL(2, FRONT, "stake", "5" E18), "");
    IS(CALL(2, FRONT, "votesOf", system_name(2)), "5" E18);
    IS(CALL(2, FRONT, "delegate", system_name(1)), "");
    IS(CALL(2, FRONT, "votesOf", system_name(2)), "0");
    IS(CALL(2, FRONT, "votesOf", system_name(1)), "100005" E18);
    IS(CALL(2, FRONT, "stake", "1" E18), ""); /* goes to the delegate at once */
    IS(CALL(2, FRONT, "votesOf", system_name(1)), "100006" E18);
    assert_non_null(strstr(CALL(0, FRONT, "validators"), "100006" E18));
    /* slashing: 10 % of the stake, burned; below the least it leaves the set */
    assert_memory_equal(CALL(1, FRONT, "slash", system_name(1)), "NotSlasher 0x", 13);
    assert_memory_equal(CALL(0, FRONT, "slash", system_name(2)), "NotAValidator 0x", 16);
    IS(CALL(0, FRONT, "slash", system_name(1)), "10000" E18);
    assert_int_equal(gvm_stake_validator_count(&cells), 0);
    IS(CALL(2, FRONT, "votesOf", system_name(1)), "90006" E18);
    end_block(&w);
    IS(CALL(0, FACE(2), "totalBurned"), "10000" E18);
    IS(CALL(0, FACE(2), "totalSupply"), "4990000" E18);
    /* unbonding */
    assert_memory_equal(CALL(1, FRONT, "unstake", "90001" E18), "StakeTooSmall", 13);
    IS(CALL(1, FRONT, "unstake", "90000" E18), "");
    assert_memory_equal(CALL(1, FRONT, "withdraw"), "StakeLeaving 17", 15);
    w.vm.block.number = 1699;
    assert_memory_equal(CALL(1, FRONT, "withdraw"), "StakeLeaving 17", 15);
    w.vm.block.number = 1700;
    IS(CALL(1, FRONT, "withdraw"), "90000" E18);
    IS(CALL(1, FRONT, "withdraw"), "NothingLeaving");
    IS(CALL(1, FACE(2), "balanceOf", system_name(1)), "990000" E18);
    IS(CALL(2, FRONT, "votesOf", system_name(1)), "6" E18);
    system_world_close(&w);
}

/* The set is full at its most; leaving from the middle keeps everybody's place. */
static void validator_set(void **state) {
    (void)state;
    gvm_ghost_genesis gh;
    system_world w;
    system_world_defaults(&gh);
    gh.params.validators_max = 3;
    gh.params.stake_least = gvm_u256_from_u64(10);
    system_world_open_with(&w, &gh);
    gvm_ghost_genesis_free(&gh);
    gvm_cells cells = system_cells(&w);
    const char *key = "0x0101010101010101010101010101010101010101010101010101010101010101";
    for (unsigned i = 1; i <= 4; i++) {
        allow_only(&w, i, BIT(STAKE_TOKENS));
        IS(CALL(i, FRONT, "stake", "10"), "");
        IS(CALL(i, FRONT, "register", key), i < 4 ? "" : "TooManyValidators 3");
    }
    IS(CALL(1, FRONT, "resign"), "");
    assert_memory_equal(CALL(1, FRONT, "resign"), "NotAValidator", 13);
    IS(CALL(4, FRONT, "register", key), "");
    IS(CALL(2, FRONT, "unstake", "1"), ""); /* below the least */
    assert_int_equal(gvm_stake_validator_count(&cells), 2);
    IS(CALL(3, FRONT, "resign"), "");
    assert_int_equal(gvm_stake_validator_count(&cells), 1);
    gvm_address last = system_who(4);
    gvm_validator v = gvm_stake_validator(&cells, 0);
    assert_true(gvm_address_equal(&v.account, &last));
    IS(CALL(4, FRONT, "resign"), "");
    assert_int_equal(gvm_stake_validator_count(&cells), 0);
    system_world_close(&w);
}

/* ---- random sequences against a plain model */

enum { PEOPLE = 6 };
typedef struct model {
    uint64_t balance[5][PEOPLE], allowance[5][PEOPLE][PEOPLE], accrued[PEOPLE];
    uint64_t supply[5], minted[5], burned[5], cap[5];
} model;

static const char *dec(uint64_t n) {
    static char ring[8][24];
    static unsigned at;
    char *out = ring[at++ % 8];
    (void)snprintf(out, 24, "%llu", (unsigned long long)n);
    return out;
}

static bool model_take(model *m, unsigned t, unsigned who, uint64_t amount) {
    if (t == 3 && m->balance[3][who] < amount) {
        if (m->balance[3][who] + m->accrued[who] < amount) return false;
        m->balance[3][who] += m->accrued[who];
        m->accrued[who] = 0;
    }
    if (m->balance[t][who] < amount) return false;
    m->balance[t][who] -= amount;
    return true;
}

static void step(system_world *pw, model *m, gvm_rng *rng) {
    system_world w = *pw;
    unsigned t = 1 + (unsigned)gvm_rng_below(rng, 4), a = (unsigned)gvm_rng_below(rng, PEOPLE),
             b = (unsigned)gvm_rng_below(rng, PEOPLE), c = (unsigned)gvm_rng_below(rng, PEOPLE);
    uint64_t n = gvm_rng_below(rng, 400);
    char id[2] = {(char)('0' + t), 0};
    bool front = gvm_rng_below(rng, 2) != 0, ok = false;
    gvm_address who = system_who(a);
    switch (gvm_rng_below(rng, 9)) {
    case 0:
    case 1:
        front ? CALL(a, FRONT, "transfer", id, system_name(b), dec(n))
              : CALL(a, FACE(t), "transfer", system_name(b), dec(n));
        ok = model_take(m, t, a, n);
        if (ok) m->balance[t][b] += n;
        break;
    case 2:
        front ? CALL(a, FRONT, "approve", id, system_name(b), dec(n))
              : CALL(a, FACE(t), "approve", system_name(b), dec(n));
        m->allowance[t][a][b] = n;
        ok = true;
        break;
    case 3:
        front ? CALL(a, FRONT, "transferFrom", id, system_name(b), system_name(c), dec(n))
              : CALL(a, FACE(t), "transferFrom", system_name(b), system_name(c), dec(n));
        ok = m->allowance[t][b][a] >= n && model_take(m, t, b, n);
        if (ok) {
            m->allowance[t][b][a] -= n;
            m->balance[t][c] += n;
        }
        break;
    case 4:
        front ? CALL(a, FRONT, "mint", id, system_name(b), dec(n))
              : CALL(a, FACE(t), "mint", system_name(b), dec(n));
        ok = a == 0 && m->supply[t] + m->minted[t] + n <= m->cap[t];
        if (ok) {
            m->minted[t] += n;
            m->balance[t][b] += n;
        }
        break;
    case 5:
        front ? CALL(a, FRONT, "burn", id, dec(n)) : CALL(a, FACE(t), "burn", dec(n));
        ok = a == 0 && model_take(m, t, a, n);
        if (ok) m->burned[t] += n;
        break;
    case 6:
        CALL(a, FRONT, "claim");
        m->balance[3][a] += m->accrued[a];
        m->accrued[a] = 0;
        ok = true;
        break;
    case 7: {
        gvm_cells cells = system_cells(&w);
        gvm_token_flows flows = {0};
        gvm_state_begin_tx(w.state);
        gvm_tokens_accrue(&cells, &who, gvm_u256_from_u64(n));
        flows.made[3] = gvm_u256_from_u64(n);
        gvm_tokens_end_block(&cells, &flows);
        gvm_state_end_tx(w.state, true);
        m->accrued[a] += n;
        m->minted[3] += n;
        for (unsigned k = 1; k < 5; k++) {
            m->supply[k] += m->minted[k] - m->burned[k];
            m->minted[k] = m->burned[k] = 0;
        }
        *pw = w;
        return;
    }
    default: { /* a failed transaction leaves nothing */
        w.gas = 5000 + (int64_t)gvm_rng_below(rng, 4000);
        CALL(a, FACE(t), "transfer", system_name(b), dec(n));
        w.gas = 10000000;
        assert_int_not_equal(w.result.outcome, GVM_OUT_SUCCESS);
        *pw = w;
        return;
    }
    }
    assert_int_equal(w.result.outcome == GVM_OUT_SUCCESS, ok);
    *pw = w;
}

static void compare(system_world *w, const model *m) {
    gvm_cells cells = system_cells(w);
    for (unsigned t = 1; t < 5; t++) {
        uint64_t sum = 0;
        for (unsigned i = 0; i < PEOPLE; i++) {
            gvm_address who = system_who(i);
            uint64_t expected = m->balance[t][i] + (t == 3 ? m->accrued[i] : 0);
            assert_int_equal(gvm_token_balance(&cells, (gvm_token)t, &who).w[0], expected);
            sum += expected;
        }
        assert_int_equal(gvm_token_supply(&cells, (gvm_token)t).w[0], m->supply[t]);
        assert_int_equal(sum, m->supply[t] + m->minted[t] - m->burned[t]);
        assert_true(m->supply[t] + m->minted[t] <= m->cap[t] + m->burned[t] || t == 3);
    }
}

/* Small numbers, so that every bound is met often. */
static void random_sequences(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        gvm_rng rng;
        gvm_ghost_genesis gh;
        system_world w;
        model m = {0};
        gvm_rng_init(&rng, seed);
        gvm_ghost_genesis_init(&gh);
        gvm_address first = system_who(0);
        gvm_ghost_genesis_allow(&gh, &first, GVM_PERMISSION_ADMIN_ACCESS);
        for (unsigned t = 2; t < 5; t++) {
            for (unsigned i = 0; i < PEOPLE; i++) {
                gvm_address who = system_who(i);
                m.balance[t][i] = gvm_rng_below(&rng, 500);
                m.supply[t] += m.balance[t][i];
                gvm_ghost_genesis_hold(&gh, (gvm_token)t, &who, gvm_u256_from_u64(m.balance[t][i]));
            }
            m.cap[t] = t == 3 ? UINT64_MAX / 2 : m.supply[t] + 1500;
            gh.caps[t] = gvm_u256_from_u64(m.cap[t]);
        }
        gh.caps[1] = gvm_u256_max();
        system_world_open_with(&w, &gh);
        gvm_ghost_genesis_free(&gh);
        m.cap[1] = 3000;
        gvm_state_begin_tx(w.state);
        for (unsigned i = 0; i < 10; i++) {
            gvm_address who = system_who(i);
            if (i < PEOPLE) m.supply[1] += m.balance[1][i] = gvm_rng_below(&rng, 500);
            gvm_state_set_balance(w.state, gvm_state_entry(w.state, &who),
                                  gvm_u256_from_u64(i < PEOPLE ? m.balance[1][i] : 0));
        }
        gvm_state_end_tx(w.state, false);
        set_word(&w, FACE(1), gvm_cell(GVM_FACE_SLOT_SUPPLY), gvm_u256_from_u64(m.supply[1]));
        set_word(&w, FACE(1), gvm_cell(GVM_FACE_SLOT_CAP), gvm_u256_from_u64(m.cap[1]));
        for (unsigned i = 0; i < 500; i++) {
            step(&w, &m, &rng);
            compare(&w, &m);
        }
        system_world_close(&w);
    }
}

/* Stakes, votes and the set against a model: votes are the sum of the stakes that name somebody,
 * the contract holds what is staked and what leaves, and places in the set fit. */
typedef struct stakes {
    uint64_t amount[PEOPLE], leaving[PEOPLE], leaves_at[PEOPLE], votes[PEOPLE], burned;
    unsigned delegate[PEOPLE];
    bool has_delegate[PEOPLE], member[PEOPLE];
} stakes;
enum { LEAST = 100, SET = 3, UNBONDING = 7 };

static unsigned members(const stakes *m) {
    unsigned n = 0;
    for (unsigned i = 0; i < PEOPLE; i++) n += m->member[i];
    return n;
}

static bool stake_step(system_world *pw, stakes *m, gvm_rng *rng) {
    system_world w = *pw;
    unsigned a = (unsigned)gvm_rng_below(rng, PEOPLE), b = (unsigned)gvm_rng_below(rng, PEOPLE);
    uint64_t n = gvm_rng_below(rng, 150), epoch = w.vm.block.number / 100;
    bool ok = false;
    switch (gvm_rng_below(rng, 8)) {
    case 0:
    case 1:
        CALL(a, FRONT, "stake", dec(n));
        ok = true;
        if (!m->has_delegate[a]) m->delegate[a] = a;
        m->has_delegate[a] = true;
        m->amount[a] += n;
        m->votes[m->delegate[a]] += n;
        break;
    case 2:
        CALL(a, FRONT, "unstake", dec(n));
        ok = m->amount[a] >= n;
        if (!ok) break;
        if (!m->has_delegate[a]) m->delegate[a] = a;
        m->has_delegate[a] = true;
        m->amount[a] -= n;
        m->leaving[a] += n;
        m->leaves_at[a] = epoch + UNBONDING;
        m->votes[m->delegate[a]] -= n;
        if (m->amount[a] < LEAST) m->member[a] = false;
        break;
    case 3:
        CALL(a, FRONT, "withdraw");
        ok = m->leaving[a] > 0 && epoch >= m->leaves_at[a];
        if (ok) m->leaving[a] = 0;
        break;
    case 4:
        CALL(a, FRONT, "delegate", system_name(b));
        ok = true;
        if (m->has_delegate[a]) m->votes[m->delegate[a]] -= m->amount[a];
        m->votes[b] += m->amount[a];
        m->delegate[a] = b;
        m->has_delegate[a] = true;
        break;
    case 5:
        CALL(a, FRONT, "register",
             "0x0101010101010101010101010101010101010101010101010101010101010101");
        ok = m->amount[a] >= LEAST && (m->member[a] || members(m) < SET);
        if (ok) m->member[a] = true;
        break;
    case 6:
        CALL(a, FRONT, "resign");
        ok = m->member[a];
        m->member[a] = false;
        break;
    default:
        CALL(0, FRONT, "slash", system_name(a));
        ok = m->member[a];
        if (ok) {
            uint64_t staked = m->amount[a] / 10, leaving = m->leaving[a] / 10;
            m->amount[a] -= staked;
            m->leaving[a] -= leaving;
            m->votes[m->delegate[a]] -= staked;
            m->burned += staked + leaving;
            if (m->amount[a] < LEAST) m->member[a] = false;
        }
        break;
    }
    bool agrees = (w.result.outcome == GVM_OUT_SUCCESS) == ok;
    w.vm.block.number += gvm_rng_below(rng, 100);
    *pw = w;
    return agrees;
}

static void compare_stakes(system_world *w, const stakes *m) {
    gvm_cells cells = system_cells(w);
    uint64_t locked = 0, count = gvm_stake_validator_count(&cells);
    for (unsigned i = 0; i < PEOPLE; i++) {
        gvm_address who = system_who(i);
        locked += m->amount[i] + m->leaving[i];
        assert_int_equal(gvm_stake_votes(&cells, &who).w[0], m->votes[i]);
        bool found = false;
        for (uint64_t k = 0; k < count; k++) {
            gvm_validator v = gvm_stake_validator(&cells, k);
            found |= gvm_address_equal(&v.account, &who);
        }
        assert_int_equal(found, m->member[i]);
    }
    assert_int_equal(count, members(m));
    assert_int_equal(gvm_token_balance(&cells, GVM_TOKEN_SPIRIT, &gvm_tokens_address).w[0], locked);
}

static void random_stakes(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        gvm_rng rng;
        gvm_ghost_genesis gh;
        system_world w;
        stakes m = {0};
        gvm_rng_init(&rng, seed);
        system_world_defaults(&gh);
        gvm_address last = system_who(5);
        gvm_ghost_genesis_hold(&gh, GVM_TOKEN_SPIRIT, &last, gvm_u256_from_u64(1000000));
        gh.params.stake_least = gvm_u256_from_u64(LEAST);
        gh.params.validators_max = SET;
        for (unsigned i = 1; i < PEOPLE; i++) {
            gvm_address who = system_who(i);
            gvm_ghost_genesis_allow(&gh, &who, GVM_PERMISSION_STAKE_TOKENS);
        }
        system_world_open_with(&w, &gh);
        gvm_ghost_genesis_free(&gh);
        for (unsigned i = 0; i < 400; i++) {
            assert_true(stake_step(&w, &m, &rng));
            compare_stakes(&w, &m);
        }
        end_block(&w);
        gvm_cells cells = system_cells(&w);
        assert_int_equal(gvm_token_burned(&cells, GVM_TOKEN_SPIRIT).w[0], m.burned);
        system_world_close(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata),      cmocka_unit_test(transfers),
        cmocka_unit_test(allowances),    cmocka_unit_test(soulbound_ghost),
        cmocka_unit_test(permissions),   cmocka_unit_test(permissions_expire),
        cmocka_unit_test(mint_and_burn), cmocka_unit_test(caps),
        cmocka_unit_test(mana),          cmocka_unit_test(preferences),
        cmocka_unit_test(grants),        cmocka_unit_test(grant_bounds),
        cmocka_unit_test(rates),         cmocka_unit_test(staking),
        cmocka_unit_test(validator_set), cmocka_unit_test(random_sequences),
        cmocka_unit_test(random_stakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
