/* ethereum/tests ABITests: the arguments encode to the result, and the result decodes to the
 * arguments. */
#include "codec/abi.h"
#include "codec/hex.h"
#include "codec/json.h"
#include "support/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* The test's arguments are JSON; those of byte types are plain characters. */
static void put_argument(gvm_buf *out, yyjson_val *arg, const gvm_abi_type *type) {
    if (yyjson_is_arr(arg)) {
        size_t i, n;
        yyjson_val *item;
        gvm_buf_put(out, '[');
        yyjson_arr_foreach(arg, i, n, item) {
            if (i > 0) gvm_buf_put(out, ',');
            put_argument(out, item, type->element);
        }
        gvm_buf_put(out, ']');
    } else if (yyjson_is_uint(arg)) {
        gvm_buf_printf(out, "%llu", (unsigned long long)yyjson_get_uint(arg));
    } else if (type->kind == GVM_ABI_FIXED_BYTES || type->kind == GVM_ABI_BYTES) {
        gvm_hex_put_data(out, gvm_bytes_make(yyjson_get_str(arg), yyjson_get_len(arg)));
    } else {
        gvm_buf_str(out, yyjson_get_str(arg));
    }
}

static bool holds(const gvm_json_at *test, gvm_arena *arena) {
    gvm_buf types = {0}, text = {0}, want = {0}, got = {0};
    gvm_json_at list, args;
    gvm_error err = {0};
    assert_int_equal(gvm_json_get(&list, test, "types", &err), GVM_OK);
    assert_int_equal(gvm_json_get(&args, test, "args", &err), GVM_OK);
    size_t i, n;
    yyjson_val *item;
    yyjson_arr_foreach(list.val, i, n, item) {
        gvm_buf_printf(&types, "%s%s", i > 0 ? "," : "", yyjson_get_str(item));
    }
    const gvm_abi_type *t;
    assert_int_equal(gvm_abi_parse_types(&t, arena, gvm_buf_bytes(&types), &err), GVM_OK);
    assert_int_equal(t->count, yyjson_arr_size(args.val));
    gvm_abi_value v, back;
    assert_int_equal(gvm_abi_value_init(&v, arena, t), GVM_OK);
    for (i = 0; i < t->count; i++) {
        gvm_buf_clear(&text);
        put_argument(&text, yyjson_arr_get(args.val, i), t->fields[i].type);
        gvm_bytes s = gvm_buf_bytes(&text);
        assert_int_equal(gvm_abi_value_parse(&v.items[i], arena, t->fields[i].type, s, &err),
                         GVM_OK);
    }
    gvm_bytes result;
    assert_int_equal(gvm_json_get_string(&result, test, "result", &err), GVM_OK);
    assert_int_equal(gvm_hex_decode(&want, result, GVM_HEX_PREFIX_OPTIONAL), GVM_OK);
    assert_int_equal(gvm_abi_encode(&got, &v), GVM_OK);
    bool ok = gvm_bytes_equal(gvm_buf_bytes(&got), gvm_buf_bytes(&want));
    ok =
        ok && gvm_abi_decode(&back, arena, t, gvm_buf_bytes(&want), GVM_ABI_STRICT, &err) == GVM_OK;
    if (ok) {
        gvm_buf_clear(&text);
        gvm_buf_clear(&got);
        gvm_abi_value_put(&text, &v);
        gvm_abi_value_put(&got, &back);
        ok = gvm_bytes_equal(gvm_buf_bytes(&text), gvm_buf_bytes(&got));
    }
    gvm_buf_free(&types);
    gvm_buf_free(&text);
    gvm_buf_free(&want);
    gvm_buf_free(&got);
    return ok;
}

static void run_file(void *ctx, const char *name, gvm_bytes data) {
    size_t *tally = ctx;
    yyjson_doc *doc;
    gvm_error err = {0};
    gvm_arena arena = {0};
    assert_int_equal(gvm_json_parse(&doc, data, NULL, &err), GVM_OK);
    gvm_json_at root = gvm_json_root(doc), test;
    gvm_json_iter it;
    assert_int_equal(gvm_json_each(&it, &root, GVM_JSON_OBJECT, &err), GVM_OK);
    while (gvm_json_step(&it, &test)) {
        tally[0]++;
        if (holds(&test, &arena)) continue;
        tally[1]++;
        print_error("wrong: %s: %s\n", name, test.key);
    }
    gvm_arena_free(&arena);
    yyjson_doc_free(doc);
}

static void test_all(void **state) {
    (void)state;
    size_t tally[2] = {0};
    (void)vectors_each("ethereum/ethereum-tests/ABITests", ".json", NULL, run_file, tally);
    print_message("ABITests: %zu cases, %zu wrong\n", tally[0], tally[1]);
    assert_int_equal(tally[1], 0);
    assert_true(tally[0] >= 3);
}

int main(void) {
    vectors_require("ethereum/ethereum-tests/ABITests");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
