/* Authority: EIP-55's and EIP-1014's own examples; CREATE addresses that are on the main network.
 */
#include "crypto/address.h"
#include "crypto/keccak.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static gvm_address address_of(const char *hex) {
    gvm_address a;
    assert_int_equal(hex_bytes(a.b, 20, hex), 20);
    return a;
}

static void test_eip55(void **state) {
    (void)state;
    static const char *examples[] = {
        "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        gvm_address a = address_of(examples[i] + 2), b;
        char text[GVM_ADDRESS_CHECKSUM_SIZE];
        gvm_address_checksum(text, &a);
        assert_string_equal(text, examples[i]);
        assert_int_equal(gvm_address_parse(&b, gvm_bytes_str(text)), GVM_OK);
        assert_true(gvm_address_equal(&a, &b));
    }
}

static void test_parse_refuses(void **state) {
    (void)state;
    gvm_address a;
    /* one letter of the wrong case */
    assert_int_equal(
        gvm_address_parse(&a, gvm_bytes_str("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed")),
        GVM_ERR_NON_CANONICAL);
    static const char *wrong[] = {
        "",
        "0x",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0X52908400098527886E0F7030069857D2E4169EE7",
        "0x52908400098527886E0F7030069857D2E4169EE",
        "0x52908400098527886E0F7030069857D2E4169EE77",
        "0x52908400098527886E0F7030069857D2E4169EEg",
        "ghost52908400098527886E0F7030069857D2E4169EE",
        "GHOST52908400098527886E0F7030069857D2E4169EE7",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gvm_address_parse(&a, gvm_bytes_str(wrong[i])), GVM_ERR_SYNTAX);
}

static void test_ghost_form(void **state) {
    (void)state;
    gvm_address a = address_of("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), b;
    char text[GVM_ADDRESS_GHOST_SIZE];
    gvm_address_ghost(text, &a);
    assert_string_equal(text, "ghost5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
    assert_int_equal(gvm_address_parse(&b, gvm_bytes_str(text)), GVM_OK);
    assert_true(gvm_address_equal(&a, &b));
}

static void test_create(void **state) {
    (void)state;
    static const char *wants[] = {
        "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d", "343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91", "fffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c"};
    gvm_address sender = address_of("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"), got;
    for (uint64_t nonce = 0; nonce < 4; nonce++) {
        gvm_address_create(&got, &sender, nonce);
        assert_true(hex_equal(got.b, 20, wants[nonce]));
    }
}

static void test_create_is_hash_of_rlp(void **state) {
    (void)state;
    /* the nonce's encoding by the rules of the Yellow Paper, appendix B */
    static const struct {
        uint64_t nonce;
        const char *list;
    } cases[] = {
        {0x7f, "d6947f000000000000000000000000000000000000007f"},
        {0x80, "d7947f000000000000000000000000000000000000008180"},
        {0x100, "d8947f00000000000000000000000000000000000000820100"},
        {0xffffffff, "da947f0000000000000000000000000000000000000084ffffffff"},
        {UINT64_MAX, "de947f0000000000000000000000000000000000000088ffffffffffffffff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gvm_address sender = {{0x7f}}, got;
        uint8_t rlp[40];
        gvm_hash want;
        gvm_keccak256(&want, gvm_bytes_make(rlp, hex_bytes(rlp, sizeof rlp, cases[i].list)));
        gvm_address_create(&got, &sender, cases[i].nonce);
        assert_memory_equal(got.b, want.b + 12, 20);
    }
}

static void test_eip1014(void **state) {
    (void)state;
    static const struct {
        const char *sender, *salt, *code, *want;
    } cases[] = {
        {"0000000000000000000000000000000000000000",
         "0000000000000000000000000000000000000000000000000000000000000000", "00",
         "4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"},
        {"deadbeef00000000000000000000000000000000",
         "0000000000000000000000000000000000000000000000000000000000000000", "00",
         "b928f69bb1d91cd65274e3c79d8986362984fda3"},
        {"deadbeef00000000000000000000000000000000",
         "000000000000000000000000feed000000000000000000000000000000000000", "00",
         "d04116cdd17bebe565eb2422f2497e06cc1c9833"},
        {"0000000000000000000000000000000000000000",
         "0000000000000000000000000000000000000000000000000000000000000000", "deadbeef",
         "70f2b2914a2a4b783faefb75f459a580616fcb5e"},
        {"00000000000000000000000000000000deadbeef",
         "00000000000000000000000000000000000000000000000000000000cafebabe", "deadbeef",
         "60f3f640a8508fc6a86d45df051962668e1e8ac7"},
        {"0000000000000000000000000000000000000000",
         "0000000000000000000000000000000000000000000000000000000000000000", "",
         "e33c0c7f7df4809055c3eba6c09cfe4baf1bd9e0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gvm_address sender = address_of(cases[i].sender), got;
        gvm_hash salt, code_hash;
        uint8_t code[64];
        hex_bytes(salt.b, 32, cases[i].salt);
        gvm_keccak256(&code_hash,
                      gvm_bytes_make(code, hex_bytes(code, sizeof code, cases[i].code)));
        gvm_address_create2(&got, &sender, &salt, &code_hash);
        assert_true(hex_equal(got.b, 20, cases[i].want));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eip55),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_ghost_form),
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_create_is_hash_of_rlp),
        cmocka_unit_test(test_eip1014),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
