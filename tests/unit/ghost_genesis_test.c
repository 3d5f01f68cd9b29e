/* The ghost object of a genesis file: what it puts into the first state, and what is refused with
 * which words. */
#include "support/system_world.h"

#include <setjmp.h>

#include <cmocka.h>

#define HEAD                                            \
    "{\"config\":{\"chainId\":7},\"difficulty\":\"0\"," \
    "\"alloc\":{\"1000000000000000000000000000000000000001\":{\"balance\":\"300\"}},\"ghost\":"

static gvm_status parse(gvm_genesis *g, const char *object, gvm_error *err) {
    gvm_buf text = {0};
    gvm_buf_printf(&text, "%s%s}", HEAD, object);
    *err = (gvm_error){0};
    gvm_status status = gvm_genesis_parse(g, gvm_buf_bytes(&text), err);
    gvm_buf_free(&text);
    return status;
}

static void refused(const char *object, const char *why) {
    gvm_genesis g;
    gvm_error err;
    assert_int_equal(parse(&g, object, &err), GVM_ERR_CONFIG);
    if (strstr(err.text, why) == NULL) fail_msg("%s: expected \"%s\"", err.text, why);
}

static void refusals(void **state) {
    (void)state;
    refused("3", "an object");
    refused("{\"token\":{}}", "ghost.token");
    refused("{\"tokens\":{\"spirits\":{}}}", "ghost.tokens.spirits");
    refused("{\"tokens\":{\"gcc\":{\"rate\":1}}}", "ghost.tokens.gcc.rate");
    refused("{\"tokens\":{\"gcc\":{\"holders\":{}}}}", "ghost.tokens.gcc.holders");
    refused("{\"tokens\":{\"mana\":{\"soulbound\":true}}}", "ghost.tokens.mana.soulbound");
    refused("{\"tokens\":{\"ghost\":{\"soulbound\":1}}}", "ghost.tokens.ghost.soulbound");
    refused("{\"tokens\":{\"mana\":{\"cap\":-1}}}", "ghost.tokens.mana.cap");
    refused("{\"tokens\":{\"mana\":{\"rate\":\"0x100000000000000000000000000000000\"}}}",
            "in its range");
    refused("{\"tokens\":{\"mana\":{\"rate\":\"20000000000000000000\"}}}", "pay for the gas");
    refused("{\"tokens\":{\"mana\":{\"holders\":{\"0x12\":1}}}}", "an address of 20 bytes");
    refused("{\"tokens\":{\"gcc\":{\"cap\":299}}}", "GCC have more than its cap");
    refused("{\"tokens\":{\"spirit\":{\"cap\":5,\"holders\":"
            "{\"1000000000000000000000000000000000000001\":6}}}}",
            "SPIRIT have more than its cap");
    refused("{\"fees\":{\"discount\":10001}}", "ghost.fees.discount");
    refused("{\"fees\":{\"epochBlocks\":0}}", "above 0");
    refused("{\"fees\":{\"tax\":1}}", "ghost.fees.tax");
    refused("{\"staking\":{\"validators\":1001}}", "ghost.staking.validators");
    refused("{\"roles\":{\"king\":\"0x1000000000000000000000000000000000000001\"}}",
            "ghost.roles.king");
    refused("{\"roles\":{\"slasher\":\"0x10\"}}", "ghost.roles.slasher");
    refused("{\"permissions\":{\"1000000000000000000000000000000000000001\":[\"Mint\"]}}",
            "a permission's name");
    refused("{\"permissions\":{\"1000000000000000000000000000000000000001\":[17]}}",
            "a permission's name");
    refused("{\"permissions\":{\"1000000000000000000000000000000000000001\":[256]}}",
            "a permission's name");
}

static void system_address_is_taken(void **state) {
    (void)state;
    static const char text[] = "{\"config\":{\"chainId\":7},\"alloc\":{"
                               "\"0000000000000000000000000000000000004701\":{\"balance\":\"1\"}},"
                               "\"ghost\":{}}";
    gvm_genesis g;
    gvm_error err = {0};
    assert_int_equal(gvm_genesis_parse(&g, gvm_bytes_str(text), &err), GVM_ERR_CONFIG);
    assert_non_null(strstr(err.text, "0x..4701 is a system contract's"));
}

static void what_it_says_stands(void **state) {
    (void)state;
    gvm_genesis g;
    gvm_error err;
    assert_int_equal(
        parse(&g,
              "{\"tokens\":{\"spirit\":{\"cap\":1000,\"rate\":\"7\",\"holders\":{"
              "\"1000000000000000000000000000000000000001\":\"0x20\","
              "\"1000000000000000000000000000000000000002\":5}},\"ghost\":{\"soulbound\":true}},"
              "\"fees\":{\"epochBlocks\":3,\"discount\":1,\"discountLeast\":2,\"mana\":4,"
              "\"rateStep\":5},\"staking\":{\"least\":6,\"validators\":7,\"unbondingEpochs\":8,"
              "\"slash\":9},\"roles\":{\"rateKeeper\":"
              "\"1000000000000000000000000000000000000003\",\"slasher\":"
              "\"1000000000000000000000000000000000000004\"},\"permissions\":{"
              "\"1000000000000000000000000000000000000001\":[\"MintTokens\",200]}}",
              &err),
        GVM_OK);
    assert_true(g.config.ghost);
    gvm_state_memory *accounts;
    gvm_state *s;
    assert_int_equal(gvm_state_memory_new(&accounts), GVM_OK);
    gvm_state_diff diff = gvm_genesis_diff(&g);
    assert_int_equal(gvm_state_memory_apply(accounts, &diff), GVM_OK);
    gvm_state_reader reader = gvm_state_memory_reader(accounts);
    assert_int_equal(gvm_state_new(&s, reader), GVM_OK);
    gvm_cells cells = gvm_cells_of_reader(&reader, &gvm_tokens_address, 0, 0);
    gvm_token_params p = gvm_tokens_params(&cells);
    gvm_address one = system_who(1), three = system_who(3), four = system_who(4);
    assert_true(gvm_address_equal(&p.rate_keeper, &three));
    assert_true(gvm_address_equal(&p.slasher, &four));
    assert_true(p.soulbound);
    assert_int_equal(p.epoch_blocks, 3);
    assert_int_equal(p.discount, 1);
    assert_int_equal(p.discount_least.w[0], 2);
    assert_int_equal(p.mana, 4);
    assert_int_equal(p.rate_step, 5);
    assert_int_equal(p.stake_least.w[0], 6);
    assert_int_equal(p.validators_max, 7);
    assert_int_equal(p.unbonding_epochs, 8);
    assert_int_equal(p.slash, 9);
    assert_int_equal(gvm_token_supply(&cells, GVM_TOKEN_GCC).w[0], 300);
    assert_int_equal(gvm_token_supply(&cells, GVM_TOKEN_SPIRIT).w[0], 37);
    assert_int_equal(gvm_token_cap(&cells, GVM_TOKEN_SPIRIT).w[0], 1000);
    assert_int_equal(gvm_token_balance(&cells, GVM_TOKEN_SPIRIT, &one).w[0], 32);
    assert_int_equal(gvm_token_balance(&cells, GVM_TOKEN_GCC, &one).w[0], 300);
    assert_int_equal(gvm_tokens_rate(&cells, GVM_TOKEN_SPIRIT).w[0], 7);
    assert_int_equal(gvm_tokens_rate(&cells, GVM_TOKEN_MANA).w[0], 100000000000000000u);
    assert_true(gvm_identity_has_permission(&cells, &one, GVM_PERMISSION_MINT_TOKENS));
    assert_true(gvm_identity_has_permission(&cells, &one, 200));
    assert_true(gvm_identity_has_permission(&cells, &one, GVM_PERMISSION_TRANSFER_TOKENS));
    assert_false(gvm_identity_has_permission(&cells, &one, GVM_PERMISSION_BURN_TOKENS));
    assert_false(gvm_identity_has_permission(&cells, &three, GVM_PERMISSION_MINT_TOKENS));
    assert_true(gvm_cells_ok(&cells));
    for (size_t i = 0; i < gvm_system_count(); i++) {
        gvm_entry *e = gvm_state_entry(s, &gvm_system_at(i)->address);
        gvm_bytes code = gvm_state_code(s, e);
        assert_int_equal(e->nonce, 1);
        assert_int_equal(code.len, 1);
        assert_int_equal(code.ptr[0], 0xfe);
    }
    gvm_state_delete(s);
    gvm_state_memory_delete(accounts);
    gvm_genesis_free(&g);
}

/* Without the object nothing of it is there; config.ghost alone is the object with its defaults. */
static void without_and_by_default(void **state) {
    (void)state;
    static const char plain[] = "{\"config\":{\"chainId\":7},\"alloc\":{}}";
    static const char marked[] = "{\"config\":{\"chainId\":7,\"ghost\":true},\"alloc\":{}}";
    gvm_genesis g, h;
    gvm_error err;
    assert_int_equal(gvm_genesis_parse(&g, gvm_bytes_str(plain), &err), GVM_OK);
    assert_false(g.config.ghost);
    assert_int_equal(g.alloc_count, 0);
    gvm_genesis_free(&g);
    assert_int_equal(gvm_genesis_parse(&g, gvm_bytes_str(marked), &err), GVM_OK);
    assert_true(g.config.ghost);
    assert_int_equal(parse(&h, "{}", &err), GVM_OK);
    assert_int_equal(g.alloc_count + 1, h.alloc_count);
    gvm_genesis_free(&g);
    gvm_genesis_free(&h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(system_address_is_taken),
        cmocka_unit_test(what_it_says_stands),
        cmocka_unit_test(without_and_by_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
