/* EIP-2124's own figures for the main network, and go-ethereum's for its forks by time. */
#include "chain/fork_id.h"
#include "support/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static gvm_chain_config mainnet(void) {
    gvm_chain_config c;
    gvm_config_init(&c, 1, GVM_FORK_FRONTIER);
    static const uint64_t blocks[] = {0,       1150000, 2463000, 2675000,  4370000,
                                      7280000, 7280000, 9069000, 12244000, 12965000};
    for (size_t f = 0; f <= GVM_FORK_LONDON; f++) c.begins[f] = blocks[f];
    static const uint64_t others[] = {1920000, 2675000, 9200000, 13773000, 15050000};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) c.other_forks[i] = others[i];
    c.begins[GVM_FORK_SHANGHAI] = 1681338455;
    c.begins[GVM_FORK_CANCUN] = c.blobs[0].time = 1710338135;
    return c;
}

static void test_main_network(void **state) {
    (void)state;
    static const struct {
        uint64_t number, time;
        uint8_t id[4];
    } cases[] = {
        {0, 0, {0xfc, 0x64, 0xec, 0x04}},
        {1149999, 0, {0xfc, 0x64, 0xec, 0x04}},
        {1150000, 0, {0x97, 0xc2, 0xc3, 0x4c}},
        {1920000, 0, {0x91, 0xd1, 0xf9, 0x48}},
        {2463000, 0, {0x7a, 0x64, 0xda, 0x13}},
        {2675000, 0, {0x3e, 0xdd, 0x5b, 0x10}},
        {4370000, 0, {0xa0, 0x0b, 0xc3, 0x24}},
        {7280000, 0, {0x66, 0x8d, 0xb0, 0xaf}},
        {9069000, 0, {0x87, 0x9d, 0x6e, 0x30}},
        {9200000, 0, {0xe0, 0x29, 0xe9, 0x91}},
        {12244000, 0, {0x0e, 0xb4, 0x40, 0xf6}},
        {12965000, 0, {0xb7, 0x15, 0x07, 0x7d}},
        {13773000, 0, {0x20, 0xc3, 0x27, 0xfc}},
        {15050000, 0, {0xf0, 0xaf, 0xd0, 0xe3}},
        {20000000, 1681338455, {0xdc, 0xe9, 0x6c, 0x2d}},
        {30000000, 1710338135, {0x9f, 0x3d, 0x22, 0x54}},
    };
    gvm_hash genesis = {{0xd4, 0xe5, 0x67, 0x40, 0xf8, 0x76, 0xae, 0xf8, 0xc0, 0x10, 0xb8,
                         0x6a, 0x40, 0xd5, 0xf5, 0x67, 0x45, 0xa1, 0x18, 0xd0, 0x90, 0x6a,
                         0x34, 0xe6, 0x9a, 0xec, 0x8c, 0x0d, 0xb1, 0xcb, 0x8f, 0xa3}};
    gvm_chain_config c = mainnet();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t id[4];
        gvm_fork_id(id, &c, &genesis, 0, cases[i].number, cases[i].time);
        assert_memory_equal(id, cases[i].id, 4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_main_network)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
