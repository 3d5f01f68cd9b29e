/* Expected values: EIP-155's own example, and a type 4 transaction of the official Prague tests. */
#include "codec/hex.h"
#include "exec/intrinsic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char eip155[] =
    "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000"
    "8025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f76"
    "1aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";
static const char set_code[] =
    "0x04f8c101808007832dc6c0948ad5c1bd95f0b2147ec55508372980dcd9a5c37b8080c0f85cf85a809409"
    "6fec08774bc2a36c61daa00d11da4a0395f4bb8080a01e47e961cc521742f840e5c2417f9bfcb344b27757"
    "e8e5b320a65545e8d7316ba073e70d604ad26877ca9f5feab050ff10dab63bb1174850f09fbdb6e42e78a4"
    "2180a0dba2948f942a994b7c191da91eb5bc8600f4f25cfa21bb590bea66e6a0f8137ea01b503e0f77310b"
    "b446d23e54a2eb37b62833b478f4ab255a8061e270498a1252";

static gvm_buf unhex(const char *text) {
    gvm_buf b = {0};
    assert_int_equal(gvm_hex_decode(&b, gvm_bytes_str(text), GVM_HEX_PREFIX_REQUIRED), GVM_OK);
    return b;
}

static void expect_address(const gvm_address *found, const char *expected) {
    char text[GVM_HEX_ADDRESS_SIZE];
    (void)gvm_hex_data_address(text, found);
    assert_string_equal(text, expected);
}

static void expect_round_trip(const gvm_tx *tx, gvm_bytes raw) {
    gvm_buf again = {0};
    gvm_tx_encode(&again, tx);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&again), raw));
    gvm_buf_clear(&again);
    gvm_tx_encode_item(&again, tx);
    gvm_rlp_reader r = gvm_rlp_reader_make(gvm_buf_bytes(&again));
    gvm_tx item;
    assert_int_equal(gvm_tx_decode_item(&item, &r, NULL), GVM_OK);
    assert_true(gvm_rlp_done(&r));
    assert_true(gvm_hash_equal(&item.hash, &tx->hash));
    gvm_tx_free(&item);
    gvm_buf_free(&again);
}

static void test_eip155_example(void **state) {
    (void)state;
    gvm_buf raw = unhex(eip155);
    gvm_tx tx;
    gvm_hash digest;
    char text[GVM_HEX_WORD_SIZE];
    assert_int_equal(gvm_tx_decode(&tx, gvm_buf_bytes(&raw), NULL), GVM_OK);
    assert_int_equal(tx.chain_id, 1);
    assert_int_equal(tx.nonce, 9);
    assert_int_equal(tx.gas_limit, 21000);
    assert_int_equal(tx.max_fee.w[0], 20000000000);
    assert_int_equal(gvm_tx_signing_hash(&digest, &tx), GVM_OK);
    (void)gvm_hex_data_hash(text, &digest);
    assert_string_equal(text, "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    assert_int_equal(gvm_tx_recover(&tx, gvm_rules_get(GVM_FORK_OSAKA)), GVM_OK);
    expect_address(&tx.sender, "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
    expect_round_trip(&tx, gvm_buf_bytes(&raw));
    gvm_tx_free(&tx);
    gvm_buf_free(&raw);
}

static void test_set_code(void **state) {
    (void)state;
    gvm_buf raw = unhex(set_code);
    gvm_tx tx;
    gvm_address authority;
    assert_int_equal(gvm_tx_decode(&tx, gvm_buf_bytes(&raw), NULL), GVM_OK);
    assert_int_equal(tx.auth_count, 1);
    assert_int_equal(gvm_tx_auth_recover(&authority, &tx.auths[0]), GVM_OK);
    expect_address(&authority, "0x8ad5c1bd95f0b2147ec55508372980dcd9a5c37b");
    assert_int_equal(gvm_tx_recover(&tx, gvm_rules_get(GVM_FORK_PRAGUE)), GVM_OK);
    expect_address(&tx.sender, "0xdc2617addc43dd285f9fe635a0b2cbb8af508381");
    expect_round_trip(&tx, gvm_buf_bytes(&raw));
    assert_int_equal(gvm_intrinsic_gas(&tx, gvm_rules_get(GVM_FORK_PRAGUE)).gas, 21000 + 25000);
    gvm_tx_free(&tx);
    gvm_buf_free(&raw);
}

/* Whatever byte is changed or cut off: decoding answers, and what it takes encodes to the same. */
static void test_damage(void **state) {
    (void)state;
    gvm_buf raw = unhex(set_code);
    for (size_t i = 0; i < raw.len; i++) {
        gvm_tx tx;
        gvm_buf copy = {0};
        gvm_buf_append(&copy, raw.ptr, raw.len);
        copy.ptr[i] ^= 0x41;
        if (gvm_tx_decode(&tx, gvm_buf_bytes(&copy), NULL) == GVM_OK) {
            expect_round_trip(&tx, gvm_buf_bytes(&copy));
            gvm_tx_free(&tx);
        }
        assert_int_not_equal(gvm_tx_decode(&tx, gvm_bytes_make(raw.ptr, i), NULL), GVM_OK);
        gvm_buf_free(&copy);
    }
    gvm_buf_free(&raw);
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *raw;
        gvm_status status;
    } cases[] = {
        {"0x", GVM_ERR_TRUNCATED},
        {"0x00c0", GVM_ERR_TX_TYPE},
        {"0x05c0", GVM_ERR_TX_TYPE},
        {"0xc0", GVM_ERR_TX_TOO_FEW_FIELDS},
        {"0xca80808080808080808080", GVM_ERR_TX_TOO_MANY_FIELDS},
        {"0xc9808080808080808080", GVM_ERR_TX_SIGNATURE}, /* v = 0 */
        {"0xc9008080808080801b8080", GVM_ERR_TRAILING},
        {"0xc900808080808080801b", GVM_ERR_NON_CANONICAL}, /* nonce written as a zero byte */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gvm_buf raw = unhex(cases[i].raw);
        gvm_tx tx;
        assert_string_equal(gvm_status_name(gvm_tx_decode(&tx, gvm_buf_bytes(&raw), NULL)),
                            gvm_status_name(cases[i].status));
        gvm_buf_free(&raw);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eip155_example),
        cmocka_unit_test(test_set_code),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
