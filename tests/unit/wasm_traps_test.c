/* Guard pages and the process's signals: what is ours becomes a trap, all else goes to whoever had
 * the signal before, whether the host's handler came before ours or after; and memories without
 * guard pages give the same results. */
#include "support/wasm_build.h"
#include "support/wasm_traps.h"
#include "vm/wasm/runtime.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool guarded; /* the process can */
static volatile int host_faults;
static sigjmp_buf host_back;
static uint8_t *host_page; /* cannot be touched */

static void host_handler(int number) {
    (void)number;
    host_faults++;
    siglongjmp(host_back, 1);
}

/* (memory 1 3), exports: l(i32) -> i64 load; s(i32) stores 16 bytes of ones; g(i32) -> i32 grows;
 * o(i32) -> i32 load8 with offset 0xffffffff; m the memory. */
static gvm_wasm_module *load(void) {
    gvm_buf b = {0}, code = {0}, body = {0};
    gvm_wasm_module *m = NULL;
    wb_begin(&b);
    WB_SECTION(&b, WB_TYPE, 3, FUNC, 1, I32, 1, I64, FUNC, 1, I32, 0, FUNC, 1, I32, 1, I32);
    WB_SECTION(&b, WB_FUNCTION, 4, 0, 1, 2, 2);
    WB_SECTION(&b, WB_MEMORY, 1, 1, 1, 3);
    WB_SECTION(&b, WB_EXPORT, 5, 1, 'l', 0, 0, 1, 's', 0, 1, 1, 'g', 0, 2, 1, 'o', 0, 3, 1, 'm', 2,
               0);
    wb_u32(&code, 4);
    WB_RAW(&body, 0, 0x20, 0, 0x29, 0, 0, 0x0b);
    wb_sized(&code, &body);
    WB_RAW(&body, 0, 0x20, 0, 0xfd, 0x0c, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
           255, 255, 255, 255, 255, 0xfd, 0x0b, 0, 0, 0x0b);
    wb_sized(&code, &body);
    WB_RAW(&body, 0, 0x20, 0, 0x40, 0, 0x0b);
    wb_sized(&code, &body);
    WB_RAW(&body, 0, 0x20, 0, 0x2d, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b);
    wb_sized(&code, &body);
    wb_section(&b, WB_CODE, &code);
    assert_int_equal(gvm_wasm_load(&m, NULL, gvm_buf_bytes(&b), NULL), GVM_OK);
    gvm_buf_free(&b);
    gvm_buf_free(&code);
    gvm_buf_free(&body);
    assert_int_equal(gvm_wasm_module_compile(m), GVM_OK);
    return m;
}

typedef struct world {
    gvm_wasm_module *m;
    gvm_wasm_store *s;
    gvm_wasm_exec *e;
    gvm_wasm_instance *i;
} world;

/* The host has a handler of its own before traps are enabled. */
static void enable(void) {
    if (host_page == NULL) {
        struct sigaction host = {.sa_handler = host_handler};
        host_page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_int_equal(sigaction(SIGSEGV, &host, NULL), 0);
    }
    guarded = wasm_traps_again();
}

static void make(world *w) {
    w->m = load();
    w->s = gvm_wasm_store_new();
    w->e = gvm_wasm_exec_new(1 << 16);
    assert_int_equal(gvm_wasm_instantiate(w->s, &w->i, w->e, NULL, w->m, NULL, 0), GVM_OK);
}
static void drop(world *w) {
    gvm_wasm_store_delete(w->s);
    gvm_wasm_exec_delete(w->e);
    gvm_wasm_module_delete(w->m);
}
static gvm_status call(world *w, const char *name, uint32_t arg, uint64_t *result) {
    gvm_wasm_extern x;
    gvm_wasm_value a = {.i32 = arg}, r = {.i64 = 0};
    assert_true(gvm_wasm_instance_export(w->i, &x, gvm_bytes_str(name)));
    gvm_status status = gvm_wasm_call(w->e, &r, x.func, &a);
    if (result != NULL) *result = r.i64;
    return status;
}

static void assert_bounds(world *w, const char *name, uint32_t arg, uint32_t offset) {
    assert_int_equal(call(w, name, arg, NULL), GVM_ERR_WASM_TRAP);
    const gvm_wasm_trap *t = gvm_wasm_exec_trap(w->e);
    assert_int_equal(t->code, GVM_WASM_TRAP_MEMORY_BOUNDS);
    assert_ptr_equal(t->module, w->m);
    assert_int_equal(t->offset, offset);
}

/* Every edge of the memory, before and after growth; the same in both forms. */
static void check_edges(world *w) {
    uint64_t r;
    size_t len;
    uint32_t at_load = 0, at_store = 0, at_far = 0;
    /* Where the instructions are, as the interpreter says. */
    gvm_wasm_exec_interpret(w->e, true);
    assert_int_equal(call(w, "l", 65529, NULL), GVM_ERR_WASM_TRAP);
    at_load = gvm_wasm_exec_trap(w->e)->offset;
    assert_int_equal(call(w, "s", 65521, NULL), GVM_ERR_WASM_TRAP);
    at_store = gvm_wasm_exec_trap(w->e)->offset;
    assert_int_equal(call(w, "o", 0, NULL), GVM_ERR_WASM_TRAP);
    at_far = gvm_wasm_exec_trap(w->e)->offset;
    gvm_wasm_exec_interpret(w->e, false);
    for (uint32_t pages = 1; pages <= 3; pages++) {
        uint32_t end = pages * GVM_WASM_PAGE;
        assert_int_equal(call(w, "l", end - 8, &r), GVM_OK);
        assert_int_equal(r, 0);
        assert_bounds(w, "l", end - 7, at_load);
        assert_bounds(w, "l", end, at_load);
        assert_bounds(w, "l", 0x7fffffff, at_load);
        assert_bounds(w, "l", 0xffffffff, at_load);
        assert_bounds(w, "o", 0xffffffff, at_far);
        assert_bounds(w, "o", 0, at_far);
        assert_bounds(w, "s", end - 15, at_store);
        const uint8_t *memory = gvm_wasm_memory_data(gvm_wasm_instance_memory(w->i), &len);
        assert_int_equal(len, end);
        for (uint32_t k = end - 15; k < end; k++) assert_int_equal(memory[k], 0);
        assert_int_equal(call(w, "s", end - 16, NULL), GVM_OK);
        assert_int_equal(call(w, "l", end - 8, &r), GVM_OK);
        assert_true(r == UINT64_MAX);
        assert_int_equal(call(w, "g", 1, &r), GVM_OK);
        assert_int_equal((uint32_t)r, pages < 3 ? pages : UINT32_MAX);
    }
}

static void edges_trap(void **state) {
    (void)state;
    world w;
    enable();
    make(&w);
    assert_int_equal(gvm_wasm_instance_memory(w.i)->guarded, guarded);
    for (unsigned k = 0; k < 3; k++) { /* used memories are as new */
        check_edges(&w);
        gvm_wasm_store_reset(w.s);
        assert_int_equal(gvm_wasm_instantiate(w.s, &w.i, w.e, NULL, w.m, NULL, 0), GVM_OK);
    }
    assert_int_equal(host_faults, 0);
    drop(&w);
}

/* Past the pool memories are compared, and modules run in both forms beside each other. */
static void pool_ends_unseen(void **state) {
    (void)state;
    world w;
    enable();
    make(&w);
    gvm_wasm_instance *first = w.i, *last = w.i;
    for (unsigned k = 0; k < 1100; k++)
        assert_int_equal(gvm_wasm_instantiate(w.s, &last, w.e, NULL, w.m, NULL, 0), GVM_OK);
    assert_false(gvm_wasm_instance_memory(last)->guarded);
    w.i = last;
    check_edges(&w);
    w.i = first;
    check_edges(&w);
    drop(&w);
    make(&w); /* what was given back can be taken */
    assert_int_equal(gvm_wasm_instance_memory(w.i)->guarded, guarded);
    drop(&w);
}

static void touch_host_page(void) {
    int before = host_faults;
    if (sigsetjmp(host_back, 1) == 0) {
        *(volatile uint8_t *)host_page = 1;
        fail();
    }
    assert_int_equal(host_faults, before + 1);
}

/* The host's handler was there first. */
static void former_handler_gets_the_rest(void **state) {
    (void)state;
    world w;
    enable();
    if (!guarded) skip(); /* and cmocka has the signal */
    touch_host_page();
    make(&w);
    assert_int_equal(call(&w, "l", 65529, NULL), GVM_ERR_WASM_TRAP);
    touch_host_page();
    assert_int_equal(call(&w, "l", 65529, NULL), GVM_ERR_WASM_TRAP);
    drop(&w);
}

static struct sigaction ours;
static volatile int later_faults, handed_on;
static void later_handler(int number, siginfo_t *info, void *context) {
    if (info->si_addr == host_page) {
        later_faults++;
        siglongjmp(host_back, 1);
    }
    handed_on++;
    ours.sa_sigaction(number, info, context);
}

/* The host's handler comes after ours, and hands on what it does not know. */
static void later_handler_hands_on(void **state) {
    (void)state;
    world w;
    enable();
    struct sigaction later = {.sa_sigaction = later_handler, .sa_flags = SA_SIGINFO};
    if (!guarded) skip();
    assert_int_equal(sigaction(SIGSEGV, &later, &ours), 0);
    make(&w);
    assert_int_equal(call(&w, "l", 65529, NULL), GVM_ERR_WASM_TRAP);
    assert_int_equal(handed_on, 1);
    if (sigsetjmp(host_back, 1) == 0) {
        *(volatile uint8_t *)host_page = 1;
        fail();
    }
    assert_int_equal(later_faults, 1);
    assert_int_equal(call(&w, "l", 65530, NULL), GVM_ERR_WASM_TRAP);
    assert_int_equal(handed_on, 2);
    drop(&w);
    assert_int_equal(sigaction(SIGSEGV, &ours, NULL), 0);
}

enum crash { CRASH_NULL, CRASH_IN_GUARD, CRASH_SENT };

/* How a child ends that enables traps, sees one, and then does this. No handler was there before.
 */
static int crash(enum crash how) {
    pid_t child = fork();
    if (child == 0) {
        world w;
        size_t len;
        alarm(20);
        signal(SIGSEGV, SIG_DFL);
        if (gvm_wasm_traps_enable() != GVM_OK) _exit(77);
        make(&w);
        if (call(&w, "l", 65529, NULL) != GVM_ERR_WASM_TRAP) _exit(1);
        uint8_t *at = gvm_wasm_memory_data(gvm_wasm_instance_memory(w.i), &len);
        if (how == CRASH_NULL) at = NULL;
        if (how == CRASH_SENT)
            raise(SIGSEGV);
        else /* the address of the second is ours, the code is not */
            ((volatile uint8_t *)at)[how == CRASH_IN_GUARD ? len : 0] = 1;
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void real_faults_still_crash(void **state) {
    (void)state;
    int first = crash(CRASH_NULL);
    if (first == -77) skip();
    assert_int_equal(first, SIGSEGV);
    assert_int_equal(crash(CRASH_IN_GUARD), SIGSEGV);
    assert_int_equal(crash(CRASH_SENT), SIGSEGV);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_faults_still_crash), cmocka_unit_test(edges_trap),
        cmocka_unit_test(pool_ends_unseen),        cmocka_unit_test(former_handler_gets_the_rest),
        cmocka_unit_test(later_handler_hands_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
