/* A call of a WebAssembly contract whose module is loaded allocates nothing: not the frame, not the
 * instance, not host functions, not a call on to another contract. */
#include "support/evm_world.h"
#include "support/wasm_contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned long allocations;

/* libc's own, counted. The sanitizers have theirs. */
#if defined(__GLIBC__) && !defined(GVM_SANITIZED)
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t count, size_t len);
void *__libc_realloc(void *at, size_t len);
void *malloc(size_t len) {
    allocations++;
    return __libc_malloc(len);
}
void *calloc(size_t count, size_t len) {
    allocations++;
    return __libc_calloc(count, len);
}
void *realloc(void *at, size_t len) {
    allocations++;
    return __libc_realloc(at, len);
}
#endif

static const gvm_address callee = {{0xce, [19] = 2}};

static void call_once(evm_world *w) {
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = 10000000,
                       .sender = evm_sender,
                       .recipient = evm_contract,
                       .code_address = evm_contract,
                       .input = gvm_bytes_str("calldata")};
    gvm_checkpoint before = gvm_state_checkpoint(w->state);
    assert_int_equal(gvm_vm_execute(&w->vm, &w->result, &msg), GVM_OK);
    assert_int_equal(w->result.outcome, GVM_OUT_SUCCESS);
    gvm_state_revert(w->state, before);
}

/* Copies its input, hashes it, reads and writes a slot, calls `to` where it is given, returns. */
static void put_contract(evm_world *w, const gvm_address *at, const gvm_address *to) {
    wasm_contract c = {.pages = 2};
    gvm_buf code = {0};
    gvm_buf *b = &c.invoke;
    wc_host(&c, b, "ghost.input_copy", 0u, 0u, 8u);
    wc_host(&c, b, "ghost.keccak256", 0u, 8u, 64u);
    wc_host(&c, b, "ghost.storage_load", 64u, 96u);
    wc_host(&c, b, "ghost.storage_store", 64u, 64u);
    if (to != NULL) {
        wc_data(&c, 256, gvm_bytes_make(to->b, 20));
        wc_host(&c, b, "ghost.call", 256u, 288u, UINT64_C(100000), 0u, 8u);
        wc_op(b, 0x1a);
        wc_host(&c, b, "ghost.return_data_copy", 320u, 0u, 32u);
    }
    wc_host(&c, b, "ghost.output", 64u, 32u);
    wc_i32(b, 0);
    gvm_buf_append(&code, "\xef\x47\0", 3);
    wc_finish(&c, &code);
    evm_world_put(w, at, 0, gvm_buf_bytes(&code));
    gvm_buf_free(&code);
    wc_free(&c);
}

static void calls_allocate_nothing(void **state) {
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        evm_world w;
        evm_world_open(&w, GVM_FORK_OSAKA);
        w.vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
        w.vm.mode = (gvm_engine_mode)mode;
        put_contract(&w, &callee, NULL);
        put_contract(&w, &evm_contract, &callee);
        gvm_state_begin_tx(w.state);
        for (int i = 0; i < 3; i++) call_once(&w); /* loads, fills the pools */
        unsigned long before = allocations;
        for (int i = 0; i < 100; i++) call_once(&w);
        assert_int_equal(allocations - before, 0);
        evm_world_close(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(calls_allocate_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
