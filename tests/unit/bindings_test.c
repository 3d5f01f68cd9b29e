#include "service/client/bindings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Selectors and the topic are those that ERC-20 contracts are known by. */
static const char json[] =
    "{\"abi\": [{\"type\":\"constructor\",\"inputs\":[{\"type\":\"uint256[3]\",\"name\":\"a\"}],"
    "\"stateMutability\":\"payable\"},"
    "{\"type\":\"function\",\"name\":\"transfer\",\"inputs\":[{\"type\":\"address\",\"name\":"
    "\"to\"},"
    "{\"type\":\"uint256\",\"name\":\"amount\"}],\"outputs\":[{\"type\":\"bool\",\"name\":\"\"}],"
    "\"stateMutability\":\"nonpayable\"},"
    "{\"type\":\"function\",\"name\":\"transfer\",\"inputs\":[],\"outputs\":[],"
    "\"stateMutability\":\"payable\"},"
    "{\"type\":\"receive\",\"stateMutability\":\"payable\"},"
    "{\"type\":\"error\",\"name\":\"Error\",\"inputs\":[{\"type\":\"string\",\"name\":\"\"}]},"
    "{\"type\":\"event\",\"name\":\"Transfer\",\"inputs\":["
    "{\"type\":\"address\",\"name\":\"from\",\"indexed\":true},"
    "{\"type\":\"address\",\"name\":\"to\",\"indexed\":true},"
    "{\"type\":\"uint256\",\"name\":\"value\",\"indexed\":false}]}]}";

typedef struct made {
    gvm_arena arena;
    gvm_abi_contract contract;
    gvm_buf text;
} made;

static void open_abi(made *m) {
    *m = (made){0};
    assert_int_equal(gvm_abi_parse_json(&m->contract, &m->arena, gvm_bytes_str(json), NULL),
                     GVM_OK);
}
static void close_abi(made *m) {
    gvm_buf_free(&m->text);
    gvm_arena_free(&m->arena);
}
static void has(made *m, const char *expected) {
    gvm_buf_put(&m->text, '\0');
    if (strstr((const char *)m->text.ptr, expected) == NULL)
        fail_msg("no \"%s\" in:\n%s", expected, (const char *)m->text.ptr);
    m->text.len--;
}

static void c_header(void **state) {
    (void)state;
    made m;
    open_abi(&m);
    gvm_bindings_put_c(&m.text, &m.contract, "t.abi.json");
    has(&m, "#define SELECTOR_transfer 0xa9059cbbu\n");
    has(&m, "#define ERROR_Error 0x08c379a0u\n");
    has(&m, "static const bytes32 EVENT_Transfer __attribute__((unused)) = {{\n"
            "    0xdd, 0xf2, 0x52, 0xad, 0x1b, 0xe2, 0xc8, 0x9b, 0x69, 0xc2, 0xb0, 0x68, 0xfc, "
            "0x37, 0x8d, 0xaa,\n"
            "    0x95, 0x2b, 0xa7, 0xf1, 0x63, 0xc4, 0xa1, 0x16, 0x28, 0xf5, 0x5a, 0x4d, 0xf5, "
            "0x23, 0xb3, 0xef}};\n");
    has(&m, "METHOD(transfer);\nMETHOD(transfer_2);\nCONSTRUCTOR();\nMETHOD(receive);\n");
    has(&m, "X(SELECTOR_transfer, transfer, 2, false)");
    has(&m, "X(SELECTOR_transfer_2, transfer_2, 0, true)");
    has(&m, "GHOST_OTHERWISE(whole) GHOST_RECEIVE(whole) GHOST_NONE(whole)\n");
    has(&m, "GHOST_INIT(3, true)\n");
    close_abi(&m);
}

static void interface(void **state) {
    (void)state;
    made m;
    open_abi(&m);
    gvm_bindings_put_c_interface(&m.text, &m.contract, "t.abi.json", "token");
    has(&m, "#define token_transfer 0xa9059cbbu\n");
    assert_null(strstr((const char *)m.text.ptr, "METHOD"));
    close_abi(&m);
}

static void assemblyscript(void **state) {
    (void)state;
    made m;
    open_abi(&m);
    gvm_bindings_put_as(&m.text, &m.contract, "t.abi.json");
    has(&m, "export const SELECTOR_transfer: u32 = 0xa9059cbb;\n");
    has(&m, "export const EVENT_Transfer: StaticArray<u8> = [\n    0xdd, 0xf2, ");
    gvm_buf_clear(&m.text);
    gvm_bindings_put_as_router(&m.text, &m.contract, "t.abi.json", "./t");
    has(&m, "import * as contract from \"./t\";\n");
    has(&m, "case 0xa9059cbb: // transfer(address,uint256)\n                __enter(2, false);\n"
            "                contract.transfer();\n");
    has(&m, "__enter(3, true);\n    contract.constructor_();\n");
    close_abi(&m);
}

static void abi_text(void **state) {
    (void)state;
    gvm_buf out = {0};
    assert_int_equal(gvm_bindings_abi_json(
                         &out, gvm_bytes_str("{ \"abi\": [ {\"type\": \"receive\"} ] }"), NULL),
                     GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&out), gvm_bytes_str("[{\"type\":\"receive\"}]")));
    assert_int_not_equal(gvm_bindings_abi_json(&out, gvm_bytes_str("{}"), NULL), GVM_OK);
    gvm_buf_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c_header),
        cmocka_unit_test(interface),
        cmocka_unit_test(assemblyscript),
        cmocka_unit_test(abi_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
