#include "codec/abi.h"
#include "codec/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static gvm_arena arena;

static int fresh_arena(void **state) {
    (void)state;
    gvm_arena_free(&arena);
    return 0;
}

static void assert_hex(gvm_bytes got, const char *want) {
    gvm_buf text = {0};
    gvm_hex_put(&text, got);
    gvm_buf_put(&text, 0);
    assert_string_equal((char *)text.ptr, want);
    gvm_buf_free(&text);
}

static gvm_abi_entry signature(const char *text) {
    gvm_abi_entry e;
    gvm_error err = {0};
    gvm_status status = gvm_abi_parse_signature(&e, &arena, gvm_bytes_str(text), &err);
    if (status != GVM_OK) print_error("%s: %s\n", text, gvm_error_text(&err));
    assert_int_equal(status, GVM_OK);
    return e;
}

static void assert_text(const gvm_abi_value *v, const char *want) {
    gvm_buf text = {0};
    gvm_abi_value_put(&text, v);
    gvm_buf_put(&text, 0);
    assert_string_equal((char *)text.ptr, want);
    gvm_buf_free(&text);
}

#define Z8  "00000000"
#define Z56 Z8 Z8 Z8 Z8 Z8 Z8 Z8
#define Z60 Z56 "0000"
#define Z62 Z60 "00"

/* The examples of the Contract ABI Specification, sections "Examples", "Use of Dynamic Types". */
static const struct {
    const char *signature, *args[4], *text, *call;
} examples[] = {
    {"baz(uint32,bool)", {"69", "true"}, "(69,true)", "cdcd77c0" Z62 "45" Z62 "01"},
    {"bar(bytes3[2])",
     {"[0x616263,0x646566]"},
     "([0x616263,0x646566])",
     "fce353f6"
     "616263" Z56 "00"
     "646566" Z56 "00"},
    {"sam(bytes,bool,uint256[])",
     {"0x64617665", "true", "[1, 2, 3]"},
     "(0x64617665,true,[1,2,3])",
     "a5643bf2" Z62 "60" Z62 "01" Z62 "a0" Z62 "04"
     "64617665" Z56 Z62 "03" Z62 "01" Z62 "02" Z62 "03"},
    {"f(uint256,uint32[],bytes10,bytes)",
     {"0x123", "[0x456, 0x789]", "0x31323334353637383930", "0x48656c6c6f2c20776f726c6421"},
     "(291,[1110,1929],0x31323334353637383930,0x48656c6c6f2c20776f726c6421)",
     "8be65246" Z60 "0123" Z62 "80"
     "31323334353637383930" Z8 Z8 Z8 Z8 Z8 "0000" Z62 "e0" Z62 "02" Z60 "0456" Z60 "0789" Z62 "0d"
     "48656c6c6f2c20776f726c6421" Z8 Z8 Z8 Z8 "000000"},
    {"g(uint256[][],string[])",
     {"[[1,2],[3]]", "[\"one\", two, \"three\"]"},
     "([[1,2],[3]],[\"one\",\"two\",\"three\"])",
     "2289b18c" Z62 "40" Z60 "0140" Z62 "02" Z62 "40" Z62 "a0" Z62 "02" Z62 "01" Z62 "02" Z62
     "01" Z62 "03" Z62 "03" Z62 "60" Z62 "a0" Z62 "e0" Z62 "03"
     "6f6e65" Z56 "00" Z62 "03"
     "74776f" Z56 "00" Z62 "05"
     "7468726565" Z8 Z8 Z8 Z8 Z8 Z8 "000000"},
};

static void test_examples_of_the_specification(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        gvm_abi_entry e = signature(examples[i].signature);
        assert_string_equal(e.signature, examples[i].signature);
        gvm_abi_value v, back;
        gvm_error err = {0};
        assert_int_equal(
            gvm_abi_args_parse(&v, &arena, e.inputs, examples[i].args, e.inputs->count, &err),
            GVM_OK);
        assert_text(&v, examples[i].text);
        gvm_buf call = {0};
        assert_int_equal(gvm_abi_encode_call(&call, &e, &v), GVM_OK);
        assert_hex(gvm_buf_bytes(&call), examples[i].call);
        gvm_bytes args = gvm_bytes_make(call.ptr + 4, call.len - 4);
        assert_int_equal(gvm_abi_decode(&back, &arena, e.inputs, args, GVM_ABI_STRICT, &err),
                         GVM_OK);
        assert_text(&back, examples[i].text);
        /* Cut anywhere it is refused (lenient: bytes may miss their padding). */
        for (size_t cut = 0; cut < args.len; cut++) {
            gvm_bytes part = gvm_bytes_make(args.ptr, cut);
            assert_int_not_equal(
                gvm_abi_decode(&back, &arena, e.inputs, part, GVM_ABI_STRICT, NULL), GVM_OK);
            gvm_status loose = gvm_abi_decode(&back, &arena, e.inputs, part, GVM_ABI_LENIENT, NULL);
            if (cut + 32 <= args.len) assert_int_not_equal(loose, GVM_OK);
        }
        gvm_buf_put(&call, 0);
        args = gvm_bytes_make(call.ptr + 4, call.len - 4);
        assert_int_equal(gvm_abi_decode(&back, &arena, e.inputs, args, GVM_ABI_STRICT, NULL),
                         GVM_ERR_TRAILING);
        assert_int_equal(gvm_abi_decode(&back, &arena, e.inputs, args, GVM_ABI_LENIENT, NULL),
                         GVM_OK);
        gvm_buf_free(&call);
    }
}

static void test_types(void **state) {
    (void)state;
    static const struct {
        const char *text, *canonical; /* NULL: refused */
        gvm_status status;
    } cases[] = {
        {"uint", "uint256", GVM_OK},
        {"int", "int256", GVM_OK},
        {"uint8[2][]", "uint8[2][]", GVM_OK},
        {" ( address , bytes32 [ ] ) [ 3 ] ", "(address,bytes32[])[3]", GVM_OK},
        {"tuple(uint a, (bool b, string memory c) d)", "(uint256,(bool,string))", GVM_OK},
        {"function", "function", GVM_OK},
        {"()", "()", GVM_OK},
        {"address payable", "address", GVM_OK},
        {"bytes0", NULL, GVM_ERR_SYNTAX},
        {"bytes33", NULL, GVM_ERR_SYNTAX},
        {"uint7", NULL, GVM_ERR_SYNTAX},
        {"uint264", NULL, GVM_ERR_SYNTAX},
        {"uint08", NULL, GVM_ERR_SYNTAX},
        {"uint256[", NULL, GVM_ERR_SYNTAX},
        {"uint256]", NULL, GVM_ERR_SYNTAX},
        {"uint256[-1]", NULL, GVM_ERR_SYNTAX},
        {"uint256[01]", NULL, GVM_ERR_SYNTAX},
        {"(uint256", NULL, GVM_ERR_SYNTAX},
        {"uint256)", NULL, GVM_ERR_SYNTAX},
        {"(uint256,)", NULL, GVM_ERR_SYNTAX},
        {"uint256,uint256", NULL, GVM_ERR_SYNTAX},
        {"", NULL, GVM_ERR_SYNTAX},
        {"Uint", NULL, GVM_ERR_SYNTAX},
        {"fixed128x18", NULL, GVM_ERR_UNSUPPORTED},
        {"()[1000000]", NULL, GVM_ERR_UNSUPPORTED},
        {"uint256[99999][99999]", NULL, GVM_ERR_LIMIT},
        {"uint256[][][][][][][][][][][][][][][][]", "uint256[][][][][][][][][][][][][][][][]",
         GVM_OK},
        {"uint256[][][][][][][][][][][][][][][][][]", NULL, GVM_ERR_LIMIT},
        {"((((((((((((((((uint8))))))))))))))))", "((((((((((((((((uint8))))))))))))))))", GVM_OK},
        {"(((((((((((((((((uint8)))))))))))))))))", NULL, GVM_ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gvm_abi_type *t;
        gvm_status got = gvm_abi_parse_type(&t, &arena, gvm_bytes_str(cases[i].text), NULL);
        if (got != cases[i].status) print_error("%s: %s\n", cases[i].text, gvm_status_name(got));
        assert_int_equal(got, cases[i].status);
        if (got != GVM_OK) continue;
        gvm_buf name = {0};
        gvm_abi_put_type(&name, t);
        gvm_buf_put(&name, 0);
        assert_string_equal((char *)name.ptr, cases[i].canonical);
        gvm_buf_free(&name);
        gvm_abi_value v;
        assert_int_equal(gvm_abi_value_init(&v, &arena, t), GVM_OK);
    }
    gvm_error err = {0};
    const gvm_abi_type *t;
    assert_int_equal(gvm_abi_parse_type(&t, &arena, gvm_bytes_str("(bool,uint9)"), &err),
                     GVM_ERR_SYNTAX);
    assert_string_equal(
        err.text,
        "ABI type \"(bool,uint9)\", character 7: expected a type, such as uint256, address, "
        "bytes32[] or (bool,string)");
}

static void test_numbers_at_their_edges(void **state) {
    (void)state;
    static const struct {
        const char *type, *text;
        gvm_status status;
    } cases[] = {
        {"uint8", "255", GVM_OK},
        {"uint8", "256", GVM_ERR_RANGE},
        {"uint8", "-1", GVM_ERR_RANGE},
        {"int8", "127", GVM_OK},
        {"int8", "128", GVM_ERR_RANGE},
        {"int8", "-128", GVM_OK},
        {"int8", "-129", GVM_ERR_RANGE},
        {"int256", "-57896044618658097711785492504343953926634992332820282019728792003956564819968",
         GVM_OK},
        {"int256", "-57896044618658097711785492504343953926634992332820282019728792003956564819969",
         GVM_ERR_RANGE},
        {"int256", "57896044618658097711785492504343953926634992332820282019728792003956564819967",
         GVM_OK},
        {"uint256",
         "115792089237316195423570985008687907853269984665640564039457584007913129639935", GVM_OK},
        {"uint256",
         "115792089237316195423570985008687907853269984665640564039457584007913129639936",
         GVM_ERR_RANGE},
        {"uint256", "1.5", GVM_ERR_SYNTAX},
        {"uint256", "", GVM_ERR_SYNTAX},
        {"bool", "1", GVM_ERR_SYNTAX},
        {"address", "0x1234", GVM_ERR_SYNTAX},
        {"bytes4", "0x123456", GVM_ERR_SYNTAX},
        {"bytes4", "0x12345678", GVM_OK},
        {"bytes", "0x123", GVM_ERR_SYNTAX},
        {"uint8[2]", "[1]", GVM_ERR_SYNTAX},
        {"uint8[2]", "[1,2,3]", GVM_ERR_SYNTAX},
        {"uint8[]", "[1,2", GVM_ERR_SYNTAX},
        {"uint8[]", "[1]]", GVM_ERR_SYNTAX},
        {"uint8[]", "1", GVM_ERR_SYNTAX},
        {"(uint8,string)[]", "[(1,\"a,)]\\\"\\x41\\n\"),(2,)]", GVM_OK},
        {"string", "no quotes, [needed]", GVM_OK},
        {"string", "\"open", GVM_ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gvm_abi_type *t;
        gvm_abi_value v;
        assert_int_equal(gvm_abi_parse_type(&t, &arena, gvm_bytes_str(cases[i].type), NULL),
                         GVM_OK);
        gvm_error err = {0};
        gvm_status got = gvm_abi_value_parse(&v, &arena, t, gvm_bytes_str(cases[i].text), &err);
        if (got != cases[i].status)
            print_error("%s %s: %s\n", cases[i].type, cases[i].text, err.text);
        assert_int_equal(got, cases[i].status);
        if (got != GVM_OK) assert_true(err.text[0] != '\0');
        if (got != GVM_OK || t->kind > GVM_ABI_INT || cases[i].text[1] == 'x') continue;
        assert_text(&v, cases[i].text);
    }
    const gvm_abi_type *t;
    gvm_abi_value v;
    assert_int_equal(gvm_abi_parse_type(&t, &arena, gvm_bytes_str("(uint8,string)[]"), NULL),
                     GVM_OK);
    gvm_bytes text = gvm_bytes_str("[(1,\"a,)]\\\"\\x41\\n\"),(2,)]");
    assert_int_equal(gvm_abi_value_parse(&v, &arena, t, text, NULL), GVM_OK);
    assert_text(&v, "[(1,\"a,)]\\\"A\\n\"),(2,\"\")]");
}

static gvm_status decode(const char *types, const char *hex, gvm_abi_mode mode) {
    const gvm_abi_type *t;
    gvm_abi_value v;
    gvm_buf data = {0};
    assert_int_equal(gvm_abi_parse_types(&t, &arena, gvm_bytes_str(types), NULL), GVM_OK);
    assert_int_equal(gvm_hex_decode(&data, gvm_bytes_str(hex), GVM_HEX_PREFIX_NONE), GVM_OK);
    gvm_status status = gvm_abi_decode(&v, &arena, t, gvm_buf_bytes(&data), mode, NULL);
    gvm_buf_free(&data);
    return status;
}

#define F64 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void test_hostile_data(void **state) {
    (void)state;
    assert_int_equal(decode("bool", Z62 "02", GVM_ABI_LENIENT), GVM_ERR_RANGE);
    assert_int_equal(decode("uint8", Z60 "0100", GVM_ABI_LENIENT), GVM_ERR_RANGE);
    assert_int_equal(decode("int8", Z62 "80", GVM_ABI_LENIENT), GVM_ERR_RANGE);
    assert_int_equal(decode("int8", F64, GVM_ABI_STRICT), GVM_OK);
    assert_int_equal(decode("address",
                            "0000000000000000000000010000000000000000000000000000000000000000",
                            GVM_ABI_LENIENT),
                     GVM_ERR_RANGE);
    assert_int_equal(decode("bytes3", "61626364" Z56, GVM_ABI_LENIENT), GVM_ERR_RANGE);
    assert_int_equal(decode("bytes", F64, GVM_ABI_LENIENT), GVM_ERR_TRUNCATED);
    assert_int_equal(decode("bytes", Z62 "20" F64, GVM_ABI_LENIENT), GVM_ERR_TRUNCATED);
    assert_int_equal(decode("uint256[]", Z62 "20" F64, GVM_ABI_LENIENT), GVM_ERR_TRUNCATED);
    assert_int_equal(decode("uint256[]", Z62 "20" Z62 "02" Z62 "01", GVM_ABI_LENIENT),
                     GVM_ERR_TRUNCATED);
    assert_int_equal(decode("uint256[]", Z62 "40" F64 Z62 "00", GVM_ABI_LENIENT), GVM_OK);
    assert_int_equal(decode("uint256[]", Z62 "40" F64 Z62 "00", GVM_ABI_STRICT),
                     GVM_ERR_NON_CANONICAL);
    assert_int_equal(decode("bytes", Z62 "20" Z62 "01" F64, GVM_ABI_LENIENT), GVM_OK);
    assert_int_equal(decode("bytes", Z62 "20" Z62 "01" F64, GVM_ABI_STRICT), GVM_ERR_NON_CANONICAL);

    /* Ten levels of arrays whose 64 offsets all lead to the same place: 64^10 values in 21 kB. */
    gvm_buf bomb = {0};
    gvm_hash word;
    word = gvm_u256_to_hash(gvm_u256_from_u64(32));
    gvm_buf_append(&bomb, word.b, 32);
    for (int level = 0; level < 10; level++) {
        word = gvm_u256_to_hash(gvm_u256_from_u64(64));
        gvm_buf_append(&bomb, word.b, 32);
        word = gvm_u256_to_hash(gvm_u256_from_u64(64 * 32));
        for (int i = 0; i < 64; i++) gvm_buf_append(&bomb, word.b, 32);
    }
    memset(gvm_buf_extend(&bomb, 32), 0, 32);
    const gvm_abi_type *t;
    gvm_abi_value v;
    assert_int_equal(
        gvm_abi_parse_types(&t, &arena, gvm_bytes_str("uint8[][][][][][][][][][][]"), NULL),
        GVM_OK);
    assert_int_equal(gvm_abi_decode(&v, &arena, t, gvm_buf_bytes(&bomb), GVM_ABI_LENIENT, NULL),
                     GVM_ERR_LIMIT);
    gvm_buf_free(&bomb);
}

static const char erc20_part[] =
    "{\"contractName\": \"T\", \"abi\": "
    "[{\"type\":\"constructor\",\"inputs\":[{\"name\":\"n\",\"type\":\"string\"}],"
    "\"stateMutability\":\"nonpayable\"},"
    "{\"type\":\"event\",\"name\":\"Transfer\",\"anonymous\":false,\"inputs\":["
    "{\"indexed\":true,\"name\":\"from\",\"type\":\"address\"},{\"indexed\":true,\"name\":\"to\","
    "\"type\":\"address\"},"
    "{\"indexed\":false,\"name\":\"value\",\"type\":\"uint256\"}]},"
    "{\"type\":\"function\",\"name\":\"balanceOf\",\"stateMutability\":\"view\","
    "\"inputs\":[{\"name\":\"who\",\"type\":\"address\"}],\"outputs\":[{\"name\":\"\",\"type\":"
    "\"uint256\"}]},"
    "{\"inputs\":[{\"components\":[{\"name\":\"a\",\"type\":\"uint256\"},{\"name\":\"b\",\"type\":"
    "\"uint256[]\"},"
    "{\"components\":[{\"name\":\"x\",\"type\":\"uint256\"},{\"name\":\"y\",\"type\":\"uint256\"}],"
    "\"name\":\"c\","
    "\"type\":\"tuple[]\"}],\"name\":\"s\",\"type\":\"tuple\"},{\"components\":[{\"name\":\"x\","
    "\"type\":\"uint256\"},"
    "{\"name\":\"y\",\"type\":\"uint256\"}],\"name\":\"t\",\"type\":\"tuple\"},{\"name\":\"a\","
    "\"type\":\"uint256\"}],"
    "\"name\":\"f\",\"outputs\":[],\"type\":\"function\"},"
    "{\"type\":\"error\",\"name\":\"InsufficientBalance\",\"inputs\":[{\"name\":\"available\","
    "\"type\":\"uint256\"},"
    "{\"name\":\"required\",\"type\":\"uint256\"}]},{\"type\":\"receive\",\"stateMutability\":"
    "\"payable\"}]}";

/* The JSON of f is the specification's own ("Handling tuple types"). */
static void test_json(void **state) {
    (void)state;
    gvm_abi_contract c;
    gvm_error err = {0};
    gvm_status status = gvm_abi_parse_json(&c, &arena, gvm_bytes_str(erc20_part), &err);
    if (status != GVM_OK) print_error("%s\n", err.text);
    assert_int_equal(status, GVM_OK);
    assert_int_equal(c.count, 6);
    const gvm_abi_entry *f = gvm_abi_find(&c, GVM_ABI_FUNCTION, "f");
    assert_non_null(f);
    assert_string_equal(f->signature,
                        "f((uint256,uint256[],(uint256,uint256)[]),(uint256,uint256),uint256)");
    assert_string_equal(f->inputs->fields[0].type->fields[2].name, "c");
    const gvm_abi_entry *b = gvm_abi_find(&c, GVM_ABI_FUNCTION, "balanceOf(address)");
    assert_hex(gvm_bytes_make(b->hash.b, 4), "70a08231");
    assert_string_equal(b->mutability, "view");
    assert_ptr_equal(gvm_abi_find_selector(&c, GVM_ABI_FUNCTION, b->hash.b), b);
    assert_int_equal(b->outputs->count, 1);
    const gvm_abi_entry *t = gvm_abi_find(&c, GVM_ABI_EVENT, "Transfer");
    assert_hex(gvm_bytes_make(t->hash.b, 32),
               "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    assert_ptr_equal(gvm_abi_find_topic(&c, &t->hash), t);
    assert_true(t->inputs->fields[0].indexed && t->inputs->fields[1].indexed &&
                !t->inputs->fields[2].indexed);
    assert_null(gvm_abi_find(&c, GVM_ABI_EVENT, "f"));

    /* A custom error with its values ("Errors": InsufficientBalance(uint256,uint256) is
     * 0xcf479181). */
    const gvm_abi_entry *e = gvm_abi_find(&c, GVM_ABI_ERROR, "InsufficientBalance");
    assert_hex(gvm_bytes_make(e->hash.b, 4), "cf479181");
    gvm_buf data = {0}, text = {0};
    assert_int_equal(
        gvm_hex_decode(&data, gvm_bytes_str("cf479181" Z62 "00" Z62 "0a"), GVM_HEX_PREFIX_NONE),
        GVM_OK);
    assert_int_equal(gvm_abi_put_revert(&text, &c, gvm_buf_bytes(&data)), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&text), gvm_bytes_str("InsufficientBalance(0,10)")));
    gvm_buf_free(&data);
    gvm_buf_free(&text);

    assert_int_equal(
        gvm_abi_parse_json(&c, &arena, gvm_bytes_str("[{\"type\":\"function\"}]"), &err),
        GVM_ERR_NOT_FOUND);
    assert_string_equal(err.text, "[0].name: missing");
    const char *odd =
        "[{\"type\":\"function\",\"name\":\"f\",\"inputs\":[{\"type\":\"uint8) returns (bool\"}]}]";
    assert_int_equal(gvm_abi_parse_json(&c, &arena, gvm_bytes_str(odd), &err), GVM_ERR_SYNTAX);
}

static void test_signatures(void **state) {
    (void)state;
    gvm_abi_entry e = signature("transfer(address,uint256)(bool)");
    assert_hex(gvm_bytes_make(e.hash.b, 4), "a9059cbb");
    assert_int_equal(e.outputs->count, 1);
    e = signature("function balanceOf(address who) external view returns (uint256 amount);");
    assert_string_equal(e.signature, "balanceOf(address)");
    assert_string_equal(e.mutability, "view");
    assert_string_equal(e.outputs->fields[0].name, "amount");
    e = signature("event Transfer(address indexed from, address indexed to, uint256 value)");
    assert_int_equal(e.kind, GVM_ABI_EVENT);
    assert_true(e.inputs->fields[1].indexed);
    e = signature("error()");
    assert_int_equal(e.kind, GVM_ABI_FUNCTION);
    assert_string_equal(e.name, "error");
    e = signature("constructor(string name) payable");
    assert_int_equal(e.kind, GVM_ABI_CONSTRUCTOR);
    static const char *const bad[] = {
        "",
        "f",
        "f(",
        "f(uint256",
        "f() maybe",
        "(uint256)",
        "1f()",
        "f()()()",
        "event E(uint indexed a, uint indexed b, uint indexed c, uint indexed d)",
        "f(uint indexed a)"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(gvm_abi_parse_signature(&e, &arena, gvm_bytes_str(bad[i]), NULL),
                         GVM_ERR_SYNTAX);
    }
    uint8_t selector[4];
    gvm_abi_selector(selector, "Panic(uint256)");
    assert_hex(gvm_bytes_make(selector, 4), "4e487b71");
}

/* docs.soliditylang.org, "Panic via assert and Error via require": the bytes of revert("Not enough
 * Ether provided."). */
static void test_reverts(void **state) {
    (void)state;
    static const char ether[] = "08c379a0" Z62 "20" Z62 "1a"
                                "4e6f7420656e6f7567682045746865722070726f76696465642e000000000000";
    gvm_buf data = {0}, text = {0};
    gvm_abi_put_error(&data, "Not enough Ether provided.");
    assert_hex(gvm_buf_bytes(&data), ether);
    assert_int_equal(gvm_abi_put_revert(&text, NULL, gvm_buf_bytes(&data)), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&text), gvm_bytes_str("Not enough Ether provided.")));
    gvm_buf_clear(&data);
    gvm_buf_clear(&text);
    gvm_abi_put_panic(&data, 0x11);
    assert_hex(gvm_buf_bytes(&data), "4e487b71" Z62 "11");
    assert_int_equal(gvm_abi_put_revert(&text, NULL, gvm_buf_bytes(&data)), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&text),
                                gvm_bytes_str("Panic(0x11): arithmetic overflow or underflow")));
    gvm_buf_clear(&text);
    assert_int_equal(gvm_abi_put_revert(&text, NULL, gvm_bytes_make("\x12\x34", 2)), GVM_OK);
    assert_true(gvm_bytes_equal(gvm_buf_bytes(&text), gvm_bytes_str("0x1234")));
    gvm_buf_clear(&text);
    assert_int_equal(gvm_abi_put_revert(&text, NULL, gvm_bytes_make(data.ptr, 0)), GVM_OK);
    assert_int_equal(text.len, 0);
    gvm_buf_free(&data);
    gvm_buf_free(&text);
}

static void test_logs(void **state) {
    (void)state;
    gvm_abi_entry e =
        signature("event E(uint8 indexed a, string indexed s, bytes d, uint16[] indexed l)");
    static const char *const args[] = {"7", "hello", "0xaabb", "[1,2]"};
    gvm_abi_value v, back;
    assert_int_equal(gvm_abi_args_parse(&v, &arena, e.inputs, args, 4, NULL), GVM_OK);
    gvm_hash topics[4];
    size_t n;
    gvm_buf data = {0};
    assert_int_equal(gvm_abi_encode_log(topics, &n, &data, &e, &v), GVM_OK);
    assert_int_equal(n, 4);
    assert_hex(gvm_bytes_make(topics[1].b, 32), Z62 "07");
    /* keccak256("hello"), and of the words 1 and 2: as web3.keccak gives them. */
    assert_hex(gvm_bytes_make(topics[2].b, 32),
               "1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8");
    assert_hex(gvm_bytes_make(topics[3].b, 32),
               "e90b7bceb6e7df5418fb78d8ee546e97c83a08bbccc01a0644d599ccd2a7c2e0");
    assert_hex(gvm_buf_bytes(&data), Z62 "20" Z62 "02"
                                         "aabb" Z60);
    assert_int_equal(gvm_abi_decode_log(&back, &arena, &e, topics, n, gvm_buf_bytes(&data),
                                        GVM_ABI_STRICT, NULL),
                     GVM_OK);
    assert_text(&back,
                "(7,0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8,0xaabb,"
                "0xe90b7bceb6e7df5418fb78d8ee546e97c83a08bbccc01a0644d599ccd2a7c2e0)");
    assert_int_equal(gvm_abi_decode_log(&back, &arena, &e, topics, 3, gvm_buf_bytes(&data),
                                        GVM_ABI_STRICT, NULL),
                     GVM_ERR_ARGUMENT);
    topics[0].b[0] ^= 1;
    assert_int_equal(gvm_abi_decode_log(&back, &arena, &e, topics, n, gvm_buf_bytes(&data),
                                        GVM_ABI_STRICT, NULL),
                     GVM_ERR_ARGUMENT);
    gvm_buf_free(&data);
}

/* Nothing at all encodes to nothing, also into a buffer that holds nothing yet. */
static void test_no_arguments(void **state) {
    (void)state;
    gvm_abi_entry e = signature("f()");
    gvm_abi_value v;
    gvm_buf out = {0};
    assert_int_equal(gvm_abi_args_parse(&v, &arena, e.inputs, NULL, 0, NULL), GVM_OK);
    assert_int_equal(gvm_abi_encode(&out, &v), GVM_OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(
        gvm_abi_decode(&v, &arena, e.inputs, gvm_buf_bytes(&out), GVM_ABI_STRICT, NULL), GVM_OK);
    assert_int_equal(v.count, 0);
    gvm_buf_free(&out);
}

static void test_arguments_by_number(void **state) {
    (void)state;
    gvm_abi_entry e = signature("f(uint8 amount,bool)");
    static const char *const args[] = {"300", "true"};
    gvm_abi_value v;
    gvm_error err = {0};
    assert_int_equal(gvm_abi_args_parse(&v, &arena, e.inputs, args, 1, &err), GVM_ERR_ARGUMENT);
    assert_string_equal(err.text, "2 arguments needed for (uint8,bool), 1 given");
    assert_int_equal(gvm_abi_args_parse(&v, &arena, e.inputs, args, 2, &err), GVM_ERR_RANGE);
    assert_string_equal(
        err.text, "argument 1 amount: expected uint8: the number does not fit, found \"300\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_examples_of_the_specification, fresh_arena),
        cmocka_unit_test_setup(test_types, fresh_arena),
        cmocka_unit_test_setup(test_numbers_at_their_edges, fresh_arena),
        cmocka_unit_test_setup(test_hostile_data, fresh_arena),
        cmocka_unit_test_setup(test_json, fresh_arena),
        cmocka_unit_test_setup(test_signatures, fresh_arena),
        cmocka_unit_test_setup(test_reverts, fresh_arena),
        cmocka_unit_test_setup(test_logs, fresh_arena),
        cmocka_unit_test_setup(test_no_arguments, fresh_arena),
        cmocka_unit_test_setup_teardown(test_arguments_by_number, fresh_arena, fresh_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
