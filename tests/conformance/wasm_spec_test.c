/* The WebAssembly specification's own tests: every command about the binary format passes, and
 * every module of the suite, good or bad, gets the same verdict, place and code whether it is fed
 * whole or byte by byte. */
#include "service/conformance/spectest.h"
#include "support/vectors.h"
#include "support/wasm_traps.h"
#include "vm/wasm/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SUITE "wasm/spec-2.0"

static void tell(void *ctx, const gvm_spectest_verdict *v) {
    (void)ctx;
    if (v->outcome == GVM_SPECTEST_FAILED)
        fprintf(stderr, "%s:%lld: %s: %s\n", v->script, (long long)v->line, v->type, v->why);
}

static void run(gvm_spectest_engine engine) {
    wasm_traps_if_wanted();
    gvm_spectest_totals t = {0};
    gvm_spectest_options options = {.engine = engine, .tell = tell};
    gvm_error err = {.code = GVM_OK};
    gvm_status status = gvm_spectest_run(&t, vectors_path(SUITE "/json.tar.zst"), &options, &err);
    if (status != GVM_OK) fail_msg("%s", gvm_error_text(&err));
    printf("%llu passed, %llu failed, %llu skipped\n", (unsigned long long)t.passed,
           (unsigned long long)t.failed, (unsigned long long)t.skipped);
    assert_int_equal(t.scripts, 123);
    assert_int_equal(t.failed, 0);
    assert_int_equal(t.skipped, 986); /* modules in the text format */
    assert_int_equal(t.passed, 42610);
}

static void interpreter_passes(void **state) {
    (void)state;
    run(GVM_SPECTEST_INTERPRETER);
}

static void compiled_code_passes(void **state) {
    (void)state;
#if defined(__x86_64__) || defined(__aarch64__)
    run(GVM_SPECTEST_COMPILED);
#else
    skip();
#endif
}

static void compiled_code_passes_without_avx(void **state) {
    (void)state;
#if defined(__x86_64__)
    gvm_wasm_leave_avx(true);
    run(GVM_SPECTEST_COMPILED);
    gvm_wasm_leave_avx(false);
#else
    skip();
#endif
}

static void both_agree(void **state) {
    (void)state;
#if defined(__x86_64__) || defined(__aarch64__)
    run(GVM_SPECTEST_BOTH);
#else
    skip();
#endif
}

static gvm_status load(gvm_wasm_module **m, gvm_wasm_refusal *refusal, gvm_bytes data,
                       size_t step) {
    gvm_wasm_loader *l = gvm_wasm_loader_new(&gvm_wasm_limits_core);
    assert_non_null(l);
    gvm_status status = GVM_OK;
    size_t at = 0, taken = 0;
    for (; at < data.len && status == GVM_OK; at += taken) {
        size_t n = data.len - at < step ? data.len - at : step;
        status = gvm_wasm_loader_feed(l, &taken, gvm_bytes_make(data.ptr + at, n));
        /* The byte that decides is in the feed that refuses. */
        if (status != GVM_OK) {
            assert_true(gvm_wasm_loader_refusal(l)->offset >= at);
            assert_true(gvm_wasm_loader_refusal(l)->offset < at + n);
        }
    }
    if (status == GVM_OK) status = gvm_wasm_loader_finish(l, m);
    *refusal = *gvm_wasm_loader_refusal(l);
    gvm_wasm_loader_delete(l);
    return status;
}

static void compare(void *ctx, const char *name, gvm_bytes data) {
    (void)ctx;
    gvm_wasm_module *whole = NULL, *bytes = NULL;
    gvm_wasm_refusal a, b;
    gvm_status status = load(&whole, &a, data, SIZE_MAX);
    if (load(&bytes, &b, data, 1) != status) fail_msg("%s: another verdict", name);
    if (memcmp(&a, &b, sizeof a) != 0)
        fail_msg("%s: %llu %s, not %llu %s", name, (unsigned long long)b.offset, b.text,
                 (unsigned long long)a.offset, a.text);
    if (status != GVM_OK) return;
    assert_int_equal(whole->words.len, bytes->words.len);
    if (whole->words.len != 0)
        assert_memory_equal(whole->words.at, bytes->words.at,
                            whole->words.len * sizeof *whole->words.at);
    assert_int_equal(whole->origins.len, bytes->origins.len);
    if (whole->origins.len != 0)
        assert_memory_equal(whole->origins.at, bytes->origins.at,
                            whole->origins.len * sizeof *whole->origins.at);
    gvm_wasm_module_delete(whole);
    gvm_wasm_module_delete(bytes);
}

static void splits_change_nothing(void **state) {
    (void)state;
    assert_true(vectors_each(SUITE, ".wasm", NULL, compare, NULL) > 3000);
}

int main(void) {
    vectors_require(SUITE "/json.tar.zst");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interpreter_passes),
        cmocka_unit_test(compiled_code_passes),
        cmocka_unit_test(compiled_code_passes_without_avx),
        cmocka_unit_test(both_agree),
        cmocka_unit_test(splits_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
