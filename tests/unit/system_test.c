/* What holds for every system contract, by the framework: value, static mode, arguments, borrowed
 * code, prices; and that the tables make sense. */
#include "support/system_world.h"

#include "system/describe.h"

#include <setjmp.h>

#include <cmocka.h>

#define E18 "000000000000000000"

static void value_is_refused(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    w.value = 1;
    assert_string_equal(system_call(&w, 0, 0x4712, "symbol", NULL), "NotPayable");
    assert_string_equal(system_call(&w, 0, 0x4701, "transfer", "2", system_name(1), "5", NULL),
                        "NotPayable");
    w.value = 0;
    assert_string_equal(system_call(&w, 0, 0x4712, "symbol", NULL), "\"SPIRIT\"");
    /* The value of a refused call went back. */
    assert_string_equal(system_call(&w, 0, 0x4711, "balanceOf", system_name(0), NULL), "1000" E18);
    system_world_close(&w);
}

static void static_calls_write_nothing(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    w.is_static = true;
    assert_string_equal(system_call(&w, 0, 0x4712, "transfer", system_name(1), "5", NULL),
                        "STATIC_VIOLATION");
    assert_int_equal(w.gas_used, w.gas);
    assert_string_equal(system_call(&w, 0, 0x4712, "decimals", NULL), "18");
    /* Every function of every contract that is no view is refused before it looks at anything. */
    for (size_t i = 0; i < gvm_system_count(); i++) {
        const gvm_sys_entry *e = gvm_system_at(i);
        size_t count;
        const gvm_sys_item *items = gvm_system_items(&count, e->contract);
        for (size_t k = 0; k < count; k++) {
            if (items[k].row->what != GVM_SYS_FUNCTION || items[k].row->kind == GVM_SYS_VIEW)
                continue;
            assert_int_equal(system_send(&w, 0, &e->address, gvm_bytes_make(items[k].selector, 4)),
                             GVM_OUT_STATIC_VIOLATION);
        }
    }
    system_world_close(&w);
}

static const char *raw(system_world *w, unsigned number, const char *signature, const void *args,
                       size_t len) {
    uint8_t in[256];
    gvm_address to = gvm_system_address(number);
    gvm_abi_selector(in, signature);
    memcpy(in + 4, args, len);
    gvm_outcome outcome = system_send(w, 0, &to, gvm_bytes_make(in, 4 + len));
    if (outcome != GVM_OUT_REVERT) return gvm_outcome_name(outcome);
    return system_error_of(gvm_system_entry(&to)->contract, w->result.output)->abi.name;
}

static void arguments_are_exact(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    uint8_t args[97] = {[12] = 0x10, [31] = 1, [63] = 5};
    const char *transfer = "transfer(address,uint256)";
    assert_string_equal(raw(&w, 0x4712, transfer, args, 64), "SUCCESS");
    assert_string_equal(raw(&w, 0x4712, transfer, args, 63), "InvalidArguments");
    assert_string_equal(raw(&w, 0x4712, transfer, args, 65), "InvalidArguments");
    assert_string_equal(raw(&w, 0x4712, transfer, args, 96), "InvalidArguments");
    assert_string_equal(raw(&w, 0x4712, transfer, args, 0), "InvalidArguments");
    args[11] = 1; /* a bit above the address */
    assert_string_equal(raw(&w, 0x4712, transfer, args, 64), "InvalidArguments");
    args[11] = 0;
    assert_string_equal(raw(&w, 0x4712, "transfer(address,uint255)", args, 64), "UnknownFunction");
    uint8_t token[32] = {[30] = 1, [31] = 2}; /* 258 is no uint8 */
    assert_string_equal(raw(&w, 0x4701, "totalSupply(uint8)", token, 32), "InvalidArguments");
    gvm_address front = gvm_system_address(0x4701);
    assert_int_equal(system_send(&w, 0, &front, gvm_bytes_make(NULL, 0)), GVM_OUT_REVERT);
    assert_int_equal(w.result.output.len, 36);
    assert_int_equal(system_send(&w, 0, &front, gvm_bytes_make("abc", 3)), GVM_OUT_REVERT);
    assert_memory_equal(w.result.output.ptr + 4, "abc\0", 4);
    system_world_close(&w);
}

/* Runs EVM code at 0xc0.. that forwards its calldata by `opcode` to 0x..4712 and returns the
 * success flag; the flag of the call, or -1 where the frame itself failed. */
static int forward(system_world *w, uint8_t opcode, const gvm_address *at, gvm_bytes input) {
    /* CALLDATACOPY(0, 0, size); call; MSTORE(0, flag); RETURN(0, 32) */
    const uint8_t with_value[] = {0x36, 0x5f, 0x5f, 0x37,   0x5f, 0x5f, 0x36, 0x5f, 0x5f, 0x61,
                                  0x47, 0x12, 0x5a, opcode, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};
    const uint8_t without[] = {0x36, 0x5f, 0x5f,   0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x61, 0x47,
                               0x12, 0x5a, opcode, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};
    bool value = opcode == 0xf1 || opcode == 0xf2;
    gvm_bytes code = value ? gvm_bytes_make(with_value, sizeof with_value)
                           : gvm_bytes_make(without, sizeof without);
    gvm_state_begin_tx(w->state);
    gvm_state_set_code(w->state, gvm_state_entry(w->state, at), code);
    gvm_state_end_tx(w->state, true);
    gvm_outcome outcome = system_send(w, 0, at, input);
    if (outcome != GVM_OUT_SUCCESS || w->result.output.len != 32) return -1;
    return w->result.output.ptr[31];
}

static void borrowed_code_fails(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    gvm_address at = {{0xc0}}, face = gvm_system_address(0x4712);
    uint8_t symbol[4];
    gvm_abi_selector(symbol, "symbol()");
    gvm_bytes in = gvm_bytes_make(symbol, sizeof symbol);
    assert_int_equal(forward(&w, 0xf1, &at, in), 1); /* CALL */
    assert_int_equal(forward(&w, 0xfa, &at, in), 1); /* STATICCALL */
    assert_int_equal(forward(&w, 0xf4, &at, in), 0); /* DELEGATECALL */
    assert_int_equal(forward(&w, 0xf2, &at, in), 0); /* CALLCODE */
    /* EIP-7702: an account that delegates to the contract runs the byte 0xfe. */
    uint8_t designator[23] = {0xef, 0x01, 0x00};
    memcpy(designator + 3, face.b, 20);
    gvm_address account = system_who(7);
    gvm_state_begin_tx(w.state);
    gvm_state_set_code(w.state, gvm_state_entry(w.state, &account),
                       gvm_bytes_make(designator, sizeof designator));
    gvm_state_end_tx(w.state, true);
    assert_int_equal(system_send(&w, 0, &account, in), GVM_OUT_INVALID_OPCODE);
    system_world_close(&w);
}

static void other_rules_have_none(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    uint8_t symbol[4];
    gvm_abi_selector(symbol, "symbol()");
    gvm_address face = gvm_system_address(0x4712);
    w.vm.rules = gvm_rules_get(GVM_FORK_OSAKA);
    assert_int_equal(system_send(&w, 0, &face, gvm_bytes_make(symbol, 4)), GVM_OUT_INVALID_OPCODE);
    system_world_close(&w);
}

/* BALANCE of the address in the calldata, and gas around it. */
static void addresses_are_warm(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    /* GAS; BALANCE(calldata word); POP; GAS; SWAP1; SUB; MSTORE; RETURN */
    const uint8_t code[] = {0x5a, 0x5f, 0x35, 0x31, 0x50, 0x5a, 0x90,
                            0x03, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};
    gvm_address at = {{0xc0}};
    gvm_state_begin_tx(w.state);
    gvm_state_set_code(w.state, gvm_state_entry(w.state, &at), gvm_bytes_make(code, sizeof code));
    gvm_state_end_tx(w.state, true);
    const unsigned warm = 100 + 2 + 3 + 2 + 2; /* PUSH0, CALLDATALOAD, POP, GAS */
    for (size_t i = 0; i < gvm_system_count(); i++) {
        uint8_t in[32] = {0};
        memcpy(in + 12, gvm_system_at(i)->address.b, 20);
        assert_int_equal(system_send(&w, 0, &at, gvm_bytes_make(in, 32)), GVM_OUT_SUCCESS);
        assert_int_equal(gvm_u256_from_be(w.result.output.ptr).w[0], warm);
    }
    uint8_t other[32] = {[30] = 0x48};
    assert_int_equal(system_send(&w, 0, &at, gvm_bytes_make(other, 32)), GVM_OUT_SUCCESS);
    assert_int_equal(gvm_u256_from_be(w.result.output.ptr).w[0], warm + 2500);
    system_world_close(&w);
}

/* Base, calldata words, cold slot, output word. */
static void prices_are_exact(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    (void)system_call(&w, 0, 0x4712, "balanceOf", system_name(1), NULL);
    assert_int_equal(w.gas_used, 100 + 2 * 6 + 2100 + 3);
    (void)system_call(&w, 0, 0x4701, "balanceOf", "2", system_name(1), NULL);
    assert_int_equal(w.gas_used, 100 + 3 * 6 + 2100 + 3);
    /* transfer: permission slot, two balance slots that change, log of three topics and a word */
    (void)system_call(&w, 0, 0x4712, "transfer", system_name(1), "5", NULL);
    assert_int_equal(w.gas_used, 5000 + 3 * 6 + 2100 + 2 * (2100 + 2900) + 375 * 4 + 8 * 32 + 3);
    w.gas = w.gas_used;
    assert_string_equal(system_call(&w, 0, 0x4712, "transfer", system_name(1), "5", NULL), "true");
    w.gas--;
    assert_string_equal(system_call(&w, 0, 0x4712, "transfer", system_name(1), "5", NULL),
                        "OUT_OF_GAS");
    w.gas = 99;
    assert_string_equal(system_call(&w, 0, 0x4712, "symbol", NULL), "OUT_OF_GAS");
    system_world_close(&w);
}

/* Out of gas at every point of a transfer leaves nothing behind. */
static void every_point_of_failure(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    (void)system_call(&w, 0, 0x4713, "transfer", system_name(1), "7", NULL);
    int64_t needed = w.gas_used;
    for (int64_t gas = 0; gas < needed; gas += 17) {
        w.gas = gas;
        assert_string_equal(system_call(&w, 0, 0x4713, "transfer", system_name(1), "7", NULL),
                            "OUT_OF_GAS");
    }
    w.gas = 1000000;
    assert_string_equal(system_call(&w, 0, 0x4713, "balanceOf", system_name(1), NULL),
                        "1000000000000000000007");
    system_world_close(&w);
}

static void reserved_addresses_say_so(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    for (unsigned number = 0x4760; number <= 0x4780; number += 0x10) {
        gvm_address to = gvm_system_address(number);
        assert_int_equal(system_send(&w, 0, &to, gvm_bytes_make("1234", 4)), GVM_OUT_REVERT);
        uint8_t expected[36] = {0};
        gvm_abi_selector(expected, "NotAvailable(address)");
        memcpy(expected + 16, to.b, 20);
        assert_int_equal(w.result.output.len, sizeof expected);
        assert_memory_equal(w.result.output.ptr, expected, sizeof expected);
    }
    system_world_close(&w);
}

static void permissions_of_the_table(void **state) {
    (void)state;
    system_world w;
    system_world_open(&w);
    gvm_cells cells = system_cells(&w);
    gvm_address admin = system_who(0), plain = system_who(1);
    for (unsigned p = 0; p < 256; p++) {
        bool is_one = p < GVM_PERMISSION_BUILT_IN || p >= GVM_PERMISSION_APPLICATION;
        assert_int_equal(gvm_identity_has_permission(&cells, &admin, p), is_one);
    }
    static const unsigned fresh[] = {
        GVM_PERMISSION_RESOLVE_DOMAIN,  GVM_PERMISSION_REGISTER_DOMAIN,
        GVM_PERMISSION_UPDATE_DOMAIN, /* implied */
        GVM_PERMISSION_CREATE_IDENTITY, GVM_PERMISSION_TRANSFER_TOKENS,
        GVM_PERMISSION_DEPLOY_CONTRACT, GVM_PERMISSION_EXECUTE_CONTRACT};
    gvm_u256 expected = gvm_u256_zero();
    for (size_t i = 0; i < sizeof fresh / sizeof fresh[0]; i++)
        expected.w[0] |= (uint64_t)1 << fresh[i];
    assert_true(gvm_u256_eq(gvm_identity_permissions(&cells, &plain), expected));
    for (unsigned p = 0; p < 256; p++)
        assert_int_equal(gvm_identity_has_permission(&cells, &plain, p),
                         p < 64 && (expected.w[0] >> p & 1) != 0);
    system_world_close(&w);
}

/* Every revert of a contract can be decoded from its own ABI, and selectors do not clash. */
static void tables_make_sense(void **state) {
    (void)state;
    for (size_t i = 0; i < gvm_system_count(); i++) {
        size_t count;
        const gvm_sys_item *items = gvm_system_items(&count, gvm_system_at(i)->contract);
        for (size_t a = 0; a < count; a++) {
            const gvm_sys_row *row = items[a].row;
            assert_true(row->doc != NULL && row->doc[0] != 0);
            if (row->what == GVM_SYS_FUNCTION) {
                assert_true(row->gas >= 20 && row->run != NULL);
                assert_true(row->permission < GVM_PERMISSION_BUILT_IN);
            }
            for (size_t b = 0; b < a; b++)
                if (items[b].row->what == row->what && row->what != GVM_SYS_STRUCT)
                    assert_memory_not_equal(items[a].abi.hash.b, items[b].abi.hash.b, 4);
        }
    }
}

/* ---- what is generated from the tables stands in the tree */

static void same_file(const char *path, const gvm_buf *expected) {
    static char found[1 << 20];
    FILE *f = fopen(path, "rb");
    if (f == NULL) fail_msg("%s: missing; run scripts/system-contracts", path);
    size_t len = fread(found, 1, sizeof found, f);
    (void)fclose(f);
    if (len != expected->len || memcmp(found, expected->ptr, len) != 0)
        fail_msg("%s differs from the tables: run scripts/system-contracts", path);
}

static void generated_files_are_current(void **state) {
    (void)state;
    gvm_buf text = {0};
    for (size_t i = 0; i < gvm_system_count(); i++) {
        const gvm_sys_contract *c = gvm_system_at(i)->contract;
        char path[128];
        if (c->unavailable) continue;
        (void)snprintf(path, sizeof path, "contracts/interfaces/I%s.sol", c->name);
        gvm_buf_clear(&text);
        gvm_system_put_interface(&text, c);
        same_file(path, &text);
    }
    gvm_buf_clear(&text);
    gvm_system_put_docs(&text);
    same_file("docs/system-contracts.md", &text);
    gvm_buf_free(&text);
}

/* The JSON ABI, read back by the ABI's own reader, has the same selectors, topics and shapes. */
static void json_abi_is_the_table(void **state) {
    (void)state;
    for (size_t i = 0; i < gvm_system_count(); i++) {
        const gvm_sys_contract *c = gvm_system_at(i)->contract;
        gvm_arena arena = {0};
        gvm_abi_contract parsed;
        gvm_buf text = {0};
        size_t count, k = 0;
        const gvm_sys_item *items = gvm_system_items(&count, c);
        gvm_system_put_abi(&text, c);
        assert_int_equal(gvm_abi_parse_json(&parsed, &arena, gvm_buf_bytes(&text), NULL), GVM_OK);
        for (size_t a = 0; a < count; a++) {
            if (items[a].row->what == GVM_SYS_STRUCT) continue;
            const gvm_abi_entry *e = &parsed.entries[k++];
            assert_string_equal(e->signature, items[a].abi.signature);
            for (size_t m = 0; m < e->inputs->count; m++)
                assert_int_equal(e->inputs->fields[m].indexed,
                                 items[a].abi.inputs->fields[m].indexed);
        }
        assert_int_equal(k, parsed.count);
        gvm_buf_free(&text);
        gvm_arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_is_refused),          cmocka_unit_test(static_calls_write_nothing),
        cmocka_unit_test(arguments_are_exact),       cmocka_unit_test(borrowed_code_fails),
        cmocka_unit_test(other_rules_have_none),     cmocka_unit_test(addresses_are_warm),
        cmocka_unit_test(prices_are_exact),          cmocka_unit_test(every_point_of_failure),
        cmocka_unit_test(reserved_addresses_say_so), cmocka_unit_test(permissions_of_the_table),
        cmocka_unit_test(tables_make_sense),         cmocka_unit_test(generated_files_are_current),
        cmocka_unit_test(json_abi_is_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
