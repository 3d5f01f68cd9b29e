/* What the tool reads before it asks anybody: amounts, URLs, blocks, keys, code. Expectations are
 * by definition (one GCC is 10^18 wei, one gwei 10^9) and, for keys, those of the usual test
 * mnemonic. */
#include "service/client/amount.h"
#include "service/client/client.h"
#include "service/client/fetch.h"
#include "service/client/files.h"
#include "service/client/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void amounts_that_are(void **state) {
    (void)state;
    static const struct {
        const char *text, *wei;
    } rows[] = {
        {"0", "0"},
        {"7", "7"},
        {"7wei", "7"},
        {"0x1f", "31"},
        {"1gwei", "1000000000"},
        {"1.5gcc", "1500000000000000000"},
        {"1.5 GCC", "1500000000000000000"},
        {".5ether", "500000000000000000"},
        {"2.eth", "2000000000000000000"},
        {"0.000000000000000001gcc", "1"},
        {"1.0000000000000000000000gcc", "1000000000000000000"},
        {"1.0", "1"},
        {"115792089237316195423570985008687907853269984665640564039457584007913129639935",
         "115792089237316195423570985008687907853269984665640564039457584007913129639935"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gvm_u256 wei;
        char text[80];
        assert_int_equal(gvm_amount_parse(&wei, rows[i].text, NULL), GVM_OK);
        (void)gvm_u256_to_decimal(text, wei);
        assert_string_equal(text, rows[i].wei);
    }
}

static void amounts_that_are_not(void **state) {
    (void)state;
    static const char *const rows[] = {"",       "gcc",   ".",  ".gcc",   "1.2.3gcc",        "-1",
                                       "1,5gcc", "1.5",   "0x", "1.5wei", "1 apple",         " 1",
                                       "0xg",    "1gccs", "1g", "1e3",    "0.0000000001gwei"};
    gvm_u256 wei;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(gvm_amount_parse(&wei, rows[i], NULL), GVM_ERR_SYNTAX);
    assert_int_equal(
        gvm_amount_parse(
            &wei, "115792089237316195423570985008687907853269984665640564039457584007913129639936",
            NULL),
        GVM_ERR_RANGE);
    assert_int_equal(
        gvm_amount_parse(&wei, "1000000000000000000000000000000000000000000000000000000000000gcc",
                         NULL),
        GVM_ERR_RANGE);
}

static void amounts_shown(void **state) {
    (void)state;
    static const struct {
        uint64_t v;
        unsigned decimals;
        const char *text;
    } rows[] = {{0, 18, "0"},
                {1, 18, "0.000000000000000001"},
                {1500000000000000000, 18, "1.5"},
                {1000000000000000000, 18, "1"},
                {1875000000, 9, "1.875"},
                {12, 0, "12"},
                {120, 0, "120"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gvm_buf out = {0};
        gvm_amount_put(&out, gvm_u256_from_u64(rows[i].v), rows[i].decimals);
        gvm_buf_put(&out, '\0');
        assert_string_equal((const char *)out.ptr, rows[i].text);
        gvm_buf_free(&out);
    }
}

static void urls(void **state) {
    (void)state;
    static const struct {
        const char *text, *host, *port, *path;
        gvm_status status;
    } rows[] = {
        {"http://127.0.0.1:8545", "127.0.0.1", "8545", "/", GVM_OK},
        {"http://node/rpc?x=1#y", "node", "80", "/rpc?x=1", GVM_OK},
        {"http://[::1]:8545/", "::1", "8545", "/", GVM_OK},
        {"http://[::1]", "::1", "80", "/", GVM_OK},
        {"https://node", "", "", "", GVM_ERR_UNSUPPORTED},
        {"ws://node", "", "", "", GVM_ERR_UNSUPPORTED},
        {"http://a:b@node", "", "", "", GVM_ERR_UNSUPPORTED},
        {"node:8545", "", "", "", GVM_ERR_SYNTAX},
        {"http://", "", "", "", GVM_ERR_SYNTAX},
        {"http://:8545", "", "", "", GVM_ERR_SYNTAX},
        {"http://node:", "", "", "", GVM_ERR_SYNTAX},
        {"http://node:0", "", "", "", GVM_ERR_SYNTAX},
        {"http://node:65536", "", "", "", GVM_ERR_SYNTAX},
        {"http://node:1234567", "", "", "", GVM_ERR_SYNTAX},
        {"http://[::1", "", "", "", GVM_ERR_SYNTAX},
        {"http://[::1]x", "", "", "", GVM_ERR_SYNTAX},
        {"http://node?x", "", "", "", GVM_ERR_SYNTAX},
        {"http://no de/", "", "", "", GVM_ERR_SYNTAX},
        {"http://node/\r\nX: y", "", "", "", GVM_ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gvm_fetch_url url;
        assert_int_equal(gvm_fetch_parse_url(&url, rows[i].text, NULL), rows[i].status);
        if (rows[i].status != GVM_OK) continue;
        assert_string_equal(url.host, rows[i].host);
        assert_string_equal(url.port, rows[i].port);
        assert_string_equal(url.path, rows[i].path);
    }
}

static void blocks(void **state) {
    (void)state;
    char out[GVM_CLIENT_BLOCK_SIZE];
    bool is_hash;
    static const char hash[] = "0x00000000000000000000000000000000000000000000000000000000000000ff";
    assert_int_equal(gvm_client_block(out, &is_hash, "latest", NULL), GVM_OK);
    assert_string_equal(out, "\"latest\"");
    assert_int_equal(gvm_client_block(out, &is_hash, "31", NULL), GVM_OK);
    assert_string_equal(out, "\"0x1f\"");
    assert_int_equal(gvm_client_block(out, &is_hash, "0x01F", NULL), GVM_OK);
    assert_string_equal(out, "\"0x1f\"");
    assert_false(is_hash);
    assert_int_equal(gvm_client_block(out, &is_hash, hash, NULL), GVM_OK);
    assert_true(is_hash);
    assert_int_equal(gvm_client_block(out, NULL, "18446744073709551616", NULL), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_client_block(out, NULL, "la\"test", NULL), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_client_block(out, NULL, "", NULL), GVM_ERR_SYNTAX);
}

static void parameters(void **state) {
    (void)state;
    static const struct {
        const char *text, *json;
    } rows[] = {{"latest", "\"latest\""}, {"0x10", "\"0x10\""},   {"10", "10"},
                {"true", "true"},         {"[1,2]", "[1,2]"},     {"{\"a\":1}", "{\"a\":1}"},
                {"\"x\"", "\"x\""},       {"a\"b", "\"a\\\"b\""}, {"", "\"\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gvm_buf out = {0};
        gvm_client_put_param(&out, rows[i].text);
        gvm_buf_put(&out, '\0');
        assert_string_equal((const char *)out.ptr, rows[i].json);
        gvm_buf_free(&out);
    }
}

static void signers(void **state) {
    (void)state;
    static const char words[] = "test test test test test test test test test test test junk";
    static const uint8_t bob[20] = {0x70, 0x99, 0x79, 0x70, 0xc5, 0x18, 0x12, 0xdc, 0x3a, 0x01,
                                    0x0c, 0x7d, 0x01, 0xb5, 0x0e, 0x0d, 0x17, 0xdc, 0x79, 0xc8};
    gvm_signer s;
    assert_int_equal(gvm_signer_open(&s, &(gvm_signer_source){.mnemonic = words, .index = 1}, NULL),
                     GVM_OK);
    assert_true(s.has_key);
    assert_memory_equal(s.address.b, bob, 20);
    gvm_signer_wipe(&s);
    assert_false(s.has_key);
    gvm_signer_source zero = {
        .private_key = "0000000000000000000000000000000000000000000000000000000000000000"};
    assert_int_equal(gvm_signer_open(&s, &zero, NULL), GVM_ERR_KEY);
    assert_int_equal(gvm_signer_open(&s, &(gvm_signer_source){0}, NULL), GVM_ERR_CONFIG);
    gvm_signer_source two = {.mnemonic = words, .private_key = "00"};
    assert_int_equal(gvm_signer_open(&s, &two, NULL), GVM_ERR_CONFIG);
}

static void code(void **state) {
    (void)state;
    gvm_buf out = {0};
    assert_int_equal(gvm_files_code(&out, "0x6001", NULL), GVM_OK);
    assert_int_equal(gvm_files_code(&out, " 60 01\n02 ", NULL), GVM_OK);
    assert_int_equal(gvm_files_code(&out, "{\"bytecode\":\"0xaa\"}", NULL), GVM_OK);
    assert_int_equal(gvm_files_code(&out, "{\"bytecode\":{\"object\":\"bb\"}}", NULL), GVM_OK);
    assert_int_equal(gvm_files_code(&out, "{\"evm\":{\"bytecode\":{\"object\":\"cc\"}}}", NULL),
                     GVM_OK);
    static const uint8_t all[] = {0x60, 0x01, 0x60, 0x01, 0x02, 0xaa, 0xbb, 0xcc};
    assert_int_equal(out.len, sizeof all);
    assert_memory_equal(out.ptr, all, sizeof all);
    assert_int_equal(gvm_files_code(&out, "0x600", NULL), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_files_code(&out, "{}", NULL), GVM_ERR_SYNTAX);
    /* a library that is not linked */
    assert_int_equal(gvm_files_code(&out, "{\"bytecode\":\"0x73__$ab$__\"}", NULL), GVM_ERR_SYNTAX);
    assert_int_equal(gvm_files_code(&out, "@/nonexistent", NULL), GVM_ERR_NOT_FOUND);
    gvm_buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_that_are), cmocka_unit_test(amounts_that_are_not),
        cmocka_unit_test(amounts_shown),    cmocka_unit_test(urls),
        cmocka_unit_test(blocks),           cmocka_unit_test(parameters),
        cmocka_unit_test(signers),          cmocka_unit_test(code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
