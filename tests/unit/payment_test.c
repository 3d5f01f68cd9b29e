#include "exec/payment.h"

#include "exec/execute.h"
#include "exec/ghost_tx.h"
#include "support/ghost_world.h"
#include "system/identities.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define GWEI 1000000000ull

static gvm_u256 n(uint64_t v) {
    return gvm_u256_from_u64(v);
}
static gvm_u256 whole(uint64_t v) {
    return gvm_u256_mul(n(v), gvm_token_unit());
}
#define assert_amount(v, expected)            \
    do {                                      \
        char text_[80];                       \
        gvm_u256_to_decimal(text_, v);        \
        assert_string_equal(text_, expected); \
    } while (0)

/* The table of docs/fees.md. */
static void the_worked_table(void **state) {
    (void)state;
    static const struct {
        uint64_t base, tip, blob_price, gas, blob_gas;
        uint16_t discount;
        const char *rate, *paid, *tip_paid, *burned, *mana;
    } rows[] = {
        {7 * GWEI, GWEI, 0, 21000, 0, 0, "1000000000000000000", "168000000000000", "21000000000000",
         "147000000000000", "7350000000000"},
        {7 * GWEI, GWEI, 0, 21000, 0, 1000, "1000000000000000000", "153300000000000",
         "21000000000000", "132300000000000", "6615000000000"},
        {7 * GWEI, GWEI, 0, 21000, 0, 0, "10000000000000000000", "16800000000000", "2100000000000",
         "14700000000000", "7350000000000"},
        {7 * GWEI, GWEI, 0, 21000, 0, 1000, "10000000000000000000", "15330000000000",
         "2100000000000", "13230000000000", "6615000000000"},
        {7 * GWEI, GWEI, 0, 21000, 0, 0, "100000000000000000", "1680000000000000",
         "210000000000000", "1470000000000000", "7350000000000"},
        {7 * GWEI, GWEI, 0, 21000, 0, 0, "1000000000000000000000", "168000000000", "21000000000",
         "147000000000", "7350000000000"},
        {1, 0, 0, 21001, 0, 0, "1000000000000000000000", "22", "0", "22", "1050"},
        {3, 1, 0, 21001, 0, 1000, "1000000000000000000", "77704", "21001", "56703", "2835"},
        {7 * GWEI, GWEI, 5, 21000, 131072, 1000, "10000000000000000000", "15330000065536",
         "2100000000000", "13230000065536", "6615000000000"},
        {7 * GWEI, GWEI, 0, 33333, 0, 1000, "3000000000000000001", "81110300000000",
         "11110999999999", "69999300000001", "10499895000000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gvm_payment p = {.token = GVM_TOKEN_SPIRIT,
                         .discount = rows[i].discount,
                         .mana = 500,
                         .base = n(rows[i].base),
                         .tip = n(rows[i].tip),
                         .blob_price = n(rows[i].blob_price)};
        assert_int_equal(gvm_u256_parse(&p.rate, rows[i].rate, strlen(rows[i].rate)), GVM_OK);
        if (gvm_u256_eq(p.rate, gvm_token_unit())) p.token = GVM_TOKEN_GCC;
        gvm_fee fee = gvm_fee_of(&p, rows[i].gas, rows[i].blob_gas);
        assert_amount(fee.paid, rows[i].paid);
        assert_amount(fee.tip, rows[i].tip_paid);
        assert_amount(fee.burned, rows[i].burned);
        assert_amount(fee.mana, rows[i].mana);
    }
}

/* ---- transactions */

static const gvm_address producer = {{0xbb}}, code_at = {{0xc0, [19] = 7}};

typedef struct world {
    ghost_world w;
    gvm_cells tokens;
    gvm_exec_block block;
    gvm_receipt receipt;
    gvm_error err;
} world;

static void open_world(world *x) {
    static const uint8_t stop = 0;
    ghost_world_open(&x->w);
    assert_int_equal(
        gvm_state_memory_set(x->w.accounts, &code_at, 1, n(0), gvm_bytes_make(&stop, 1)), GVM_OK);
    gvm_state_reset(x->w.state, gvm_state_memory_reader(x->w.accounts));
    x->block = (gvm_exec_block){0};
    x->w.vm.block.coinbase = producer;
    x->w.vm.block.base_fee = n(7 * GWEI);
    x->tokens = gvm_cells_of_vm(&x->w.vm, &gvm_tokens_address);
    gvm_token_params params = gvm_token_params_default();
    gvm_state_begin_tx(x->w.state);
    gvm_tokens_set_params(&x->tokens, &params);
    gvm_tokens_set_rate(&x->tokens, GVM_TOKEN_SPIRIT, whole(10));
    gvm_tokens_set_rate(&x->tokens, GVM_TOKEN_GHOST, whole(1000));
    for (uint8_t i = 1; i < 4; i++) {
        gvm_address a = ghost_account(i);
        gvm_token_give(&x->tokens, GVM_TOKEN_SPIRIT, &a, whole(500));
    }
    gvm_state_end_tx(x->w.state, true);
}

static gvm_u256 balance(world *x, gvm_token token, const gvm_address *account) {
    x->tokens.outcome = GVM_OUT_SUCCESS;
    return gvm_token_balance(&x->tokens, token, account);
}

static gvm_tx transfer_of(world *x, uint8_t from, const gvm_address *to) {
    gvm_address sender = ghost_account(from);
    return (gvm_tx){.type = GVM_TX_DYNAMIC_FEE,
                    .replay_protected = true,
                    .chain_id = 1337,
                    .nonce = gvm_state_entry(x->w.state, &sender)->nonce,
                    .gas_limit = 60000,
                    .max_fee = n(20 * GWEI),
                    .max_priority_fee = n(GWEI),
                    .to = *to,
                    .sender = sender};
}

static gvm_status run(world *x, const gvm_tx *tx) {
    x->err = (gvm_error){0};
    return gvm_exec_tx(&x->w.vm, &x->block, &x->receipt, tx, 0, &x->err);
}

static void set_preference(world *x, uint8_t account, const char *token, const char *sponsor) {
    x->w.sender = ghost_account(account);
    (void)GHOST_CALL(&x->w, &gvm_tokens_address, "setFeeToken(uint8)", token);
    assert_string_equal(x->w.text, "");
    (void)GHOST_CALL(&x->w, &gvm_tokens_address, "setSponsor(address)", sponsor);
    assert_string_equal(x->w.text, "");
    assert_int_equal(x->w.result.outcome, GVM_OUT_SUCCESS);
}
#define NOBODY "0x0000000000000000000000000000000000000000"

static void who_chose_nothing_pays_as_on_ethereum(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_address a = ghost_account(1), b = ghost_account(9);
    gvm_u256 before = balance(&x, GVM_TOKEN_GCC, &a);
    gvm_tx tx = transfer_of(&x, 1, &b);
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_int_equal(x.receipt.gas_used, 21000);
    assert_amount(gvm_u256_sub(before, balance(&x, GVM_TOKEN_GCC, &a)), "168000000000000");
    assert_amount(balance(&x, GVM_TOKEN_GCC, &producer), "21000000000000");
    assert_amount(balance(&x, GVM_TOKEN_MANA, &a), "0"); /* no code was called */
    assert_amount(x.block.flows.burned[GVM_TOKEN_GCC], "147000000000000");
    tx = transfer_of(&x, 1, &code_at);
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_amount(balance(&x, GVM_TOKEN_MANA, &a), "7350000000000");
    ghost_world_close(&x.w);
}

static void fees_in_another_token(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_address a = ghost_account(1);
    set_preference(&x, 1, "2", NOBODY);
    gvm_u256 gcc = balance(&x, GVM_TOKEN_GCC, &a), spirit = balance(&x, GVM_TOKEN_SPIRIT, &a);
    gvm_tx tx = transfer_of(&x, 1, &code_at);
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_true(gvm_u256_eq(gcc, balance(&x, GVM_TOKEN_GCC, &a)));
    assert_amount(gvm_u256_sub(spirit, balance(&x, GVM_TOKEN_SPIRIT, &a)), "16800000000000");
    assert_amount(balance(&x, GVM_TOKEN_SPIRIT, &producer), "2100000000000");
    assert_amount(balance(&x, GVM_TOKEN_GCC, &producer), "0");
    assert_amount(x.block.flows.burned[GVM_TOKEN_SPIRIT], "14700000000000");
    assert_amount(x.block.flows.made[GVM_TOKEN_MANA], "7350000000000");
    /* a token that is taken no more */
    gvm_tokens_set_rate(&x.tokens, GVM_TOKEN_SPIRIT, n(0));
    tx = transfer_of(&x, 1, &code_at);
    assert_int_equal(run(&x, &tx), GVM_ERR_TX_FEE_TOKEN);
    /* too little of the token, though there is GCC enough */
    set_preference(&x, 1, "4", NOBODY);
    tx = transfer_of(&x, 1, &code_at);
    assert_int_equal(run(&x, &tx), GVM_ERR_TX_FUNDS);
    ghost_world_close(&x.w);
}

static void a_discount_for_spirit(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_address a = ghost_account(1), b = ghost_account(9);
    gvm_token_give(&x.tokens, GVM_TOKEN_SPIRIT, &a, whole(500));
    gvm_u256 gcc = balance(&x, GVM_TOKEN_GCC, &a);
    gvm_tx tx = transfer_of(&x, 1, &b);
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_amount(gvm_u256_sub(gcc, balance(&x, GVM_TOKEN_GCC, &a)), "153300000000000");
    assert_amount(balance(&x, GVM_TOKEN_GCC, &producer), "21000000000000");
    ghost_world_close(&x.w);
}

/* What the sender spends while it runs cannot be the fee: that was taken before. */
static void the_fee_token_is_spent_meanwhile(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_address a = ghost_account(1), face = gvm_token_face(GVM_TOKEN_SPIRIT);
    set_preference(&x, 1, "2", NOBODY);
    uint8_t data[68] = {0xa9, 0x05, 0x9c, 0xbb}; /* transfer(address,uint256): all 500 */
    gvm_u256_to_be(data + 4, n(0x77));
    gvm_u256_to_be(data + 36, whole(500));
    gvm_tx tx = transfer_of(&x, 1, &face);
    tx.data = gvm_bytes_make(data, sizeof data);
    tx.gas_limit = 200000;
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_int_equal(x.receipt.outcome, GVM_OUT_REVERT);
    gvm_u256 paid = gvm_u256_sub(whole(500), balance(&x, GVM_TOKEN_SPIRIT, &a));
    assert_true(gvm_u256_eq(paid, gvm_u256_div(n(x.receipt.gas_used * 8 * GWEI), n(10))));
    ghost_world_close(&x.w);
}

static void grant(world *x, const char *per_gas, const char *tip, const char *remaining) {
    char text[400];
    x->w.sender = ghost_account(2);
    (void)snprintf(text, sizeof text, "(%s,%s,%s,%s," NOBODY ",0x00000000,false,1,0,0)", remaining,
                   remaining, per_gas, tip);
    (void)GHOST_CALL(&x->w, &gvm_tokens_address,
                     "grant(address,(uint128,uint128,uint128,uint128,address,bytes4,bool,uint8,"
                     "uint64,uint64))",
                     "0xac00000000000000000000000000000000000001", text);
    assert_string_equal(x->w.text, "");
    assert_int_equal(x->w.result.outcome, GVM_OUT_SUCCESS);
}

static void sponsors(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_address user = ghost_account(1), sponsor = ghost_account(2);
    set_preference(&x, 1, "1", "0xac00000000000000000000000000000000000002");
    grant(&x, "20000000000", "1000000000", "2400000000000000");
    gvm_u256 his = balance(&x, GVM_TOKEN_GCC, &sponsor), mine = balance(&x, GVM_TOKEN_GCC, &user);
    gvm_tx tx = transfer_of(&x, 1, &code_at);
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_true(gvm_u256_eq(mine, balance(&x, GVM_TOKEN_GCC, &user)));
    assert_amount(gvm_u256_sub(his, balance(&x, GVM_TOKEN_GCC, &sponsor)), "168000000000000");
    assert_amount(balance(&x, GVM_TOKEN_MANA, &sponsor), "7350000000000"); /* the payer earns */
    gvm_token_grant left;
    assert_true(gvm_tokens_grant(&x.tokens, &left, &sponsor, &user));
    assert_amount(left.remaining, "2232000000000000");
    /* a tip over the bound, or less left than it may cost: the sender pays */
    tx = transfer_of(&x, 1, &code_at);
    tx.max_priority_fee = n(2 * GWEI);
    his = balance(&x, GVM_TOKEN_GCC, &sponsor);
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_true(gvm_u256_eq(his, balance(&x, GVM_TOKEN_GCC, &sponsor)));
    tx = transfer_of(&x, 1, &code_at);
    tx.gas_limit = 120000; /* 2.4e15 at most */
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_true(gvm_u256_eq(his, balance(&x, GVM_TOKEN_GCC, &sponsor)));
    /* a transaction of Ghost's own that counts on the grant is invalid instead */
    gvm_ghost g = {.fee_token = 1, .sponsored = true, .sponsor = sponsor};
    tx = transfer_of(&x, 1, &code_at);
    tx.type = GVM_TX_GHOST;
    tx.ghost = &g;
    tx.gas_limit = 120000;
    assert_int_equal(run(&x, &tx), GVM_ERR_TX_SPONSOR);
    tx.gas_limit = 100000;
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_true(gvm_u256_lt(balance(&x, GVM_TOKEN_GCC, &sponsor), his));
    assert_memory_equal(x.receipt.ghost.payer.b, sponsor.b, 20);
    ghost_world_close(&x.w);
}

/* From the moment an account registered another key, its secp256k1 key counts nowhere. */
static void an_old_key_is_refused(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_address a = ghost_account(1), b = ghost_account(9);
    gvm_hash commitment = {{1}};
    gvm_tx tx = transfer_of(&x, 1, &b);
    assert_int_equal(run(&x, &tx), GVM_OK);
    gvm_cells cells = gvm_cells_of_vm(&x.w.vm, &gvm_identities_address);
    gvm_identity_set_key(&cells, &a, &commitment, false);
    static const uint8_t types[] = {GVM_TX_LEGACY, GVM_TX_ACCESS_LIST, GVM_TX_DYNAMIC_FEE,
                                    GVM_TX_SET_CODE};
    for (size_t i = 0; i < sizeof types; i++) {
        gvm_tx_auth auth = {.chain_id = n(1337), .r = n(1), .s = n(1)};
        tx = transfer_of(&x, 1, &b);
        tx.type = types[i];
        tx.gas_limit = 100000;
        if (tx.type == GVM_TX_SET_CODE) tx.auths = &auth, tx.auth_count = 1;
        assert_int_equal(run(&x, &tx), GVM_ERR_TX_KEY_REPLACED);
    }
    gvm_identity_set_key(&cells, &a, &commitment, true);
    tx = transfer_of(&x, 1, &b);
    assert_int_equal(run(&x, &tx), GVM_OK);
    ghost_world_close(&x.w);
}

/* DeployContract and ExecuteContract are asked of the sender, once. */
static void permission_to_deploy_and_call(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_address a = ghost_account(1), b = ghost_account(9);
    gvm_cells cells = gvm_cells_of_vm(&x.w.vm, &gvm_identities_address);
    gvm_u256 slot = gvm_cell_map_address(gvm_cell(GVM_IDENTITIES_SLOT_PERMISSIONS), &a);
    static const struct {
        uint64_t bits;
        bool calls, deploys;
    } rows[] = {
        {0, false, false},
        {1 << GVM_PERMISSION_EXECUTE_CONTRACT, true, false},
        {1 << GVM_PERMISSION_DEPLOY_CONTRACT, true, true},
        {1 << GVM_PERMISSION_ADMIN_ACCESS, true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gvm_cells_store(&cells, slot, gvm_permissions_word(n(rows[i].bits)));
        gvm_tx tx = transfer_of(&x, 1, &code_at);
        assert_int_equal(run(&x, &tx), GVM_OK);
        assert_int_equal(x.receipt.outcome, rows[i].calls ? GVM_OUT_SUCCESS : GVM_OUT_DENIED);
        assert_int_equal(x.receipt.gas_used, rows[i].calls ? 21000 : 60000);
        tx = transfer_of(&x, 1, &code_at);
        tx.create = true;
        tx.gas_limit = 100000;
        assert_int_equal(run(&x, &tx), GVM_OK);
        assert_int_equal(x.receipt.outcome, rows[i].deploys ? GVM_OUT_SUCCESS : GVM_OUT_DENIED);
        tx = transfer_of(&x, 1, &b); /* a payment calls no code */
        assert_int_equal(run(&x, &tx), GVM_OK);
        assert_int_equal(x.receipt.outcome, GVM_OUT_SUCCESS);
    }
    ghost_world_close(&x.w);
}

static void calls_by_name(void **state) {
    (void)state;
    world x;
    open_world(&x);
    gvm_ghost g = {.fee_token = 1, .name = gvm_bytes_str("nobody.ghost")};
    gvm_tx tx = transfer_of(&x, 1, &code_at);
    tx.type = GVM_TX_GHOST;
    tx.ghost = &g;
    assert_int_equal(run(&x, &tx), GVM_OK);
    assert_int_equal(x.receipt.outcome, GVM_OUT_REVERT);
    assert_false(x.receipt.ghost.called);
    ghost_world_close(&x.w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_table),
        cmocka_unit_test(who_chose_nothing_pays_as_on_ethereum),
        cmocka_unit_test(fees_in_another_token),
        cmocka_unit_test(a_discount_for_spirit),
        cmocka_unit_test(the_fee_token_is_spent_meanwhile),
        cmocka_unit_test(sponsors),
        cmocka_unit_test(an_old_key_is_refused),
        cmocka_unit_test(permission_to_deploy_and_call),
        cmocka_unit_test(calls_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
