/* WebAssembly contracts in the machine: deployment, the interface, host functions, and calls
 * between engines. What is expected is written in docs/wasm.md and docs/wasm-host.md, or is what
 * the EVM does for the same instruction. Everything runs interpreted and compiled. */
#include "vm/container.h"
#include "vm/trace/call_tracer.h"
#include "vm/trace/record.h"
#include "vm/trace/struct_log.h"
#include "vm/wasmhost/wasmhost.h"

#include "support/evm_world.h"
#include "support/hex.h"
#include "support/wasm_contract.h"
#include "support/zvm_translate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <yyjson.h>
#include <zstd.h>

#include <cmocka.h>

#define GAS INT64_C(100000000)

typedef struct world {
    evm_world w;
    gvm_address last; /* created */
} world;

static void open_world(world *t, gvm_engine_mode mode) {
    evm_world_open(&t->w, GVM_FORK_OSAKA);
    t->w.vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    t->w.vm.mode = mode;
    gvm_state_begin_tx(t->w.state);
}
static void close_world(world *t) {
    evm_world_close(&t->w);
}

static void create(world *t, gvm_bytes input, int64_t gas) {
    gvm_message msg = {.kind = GVM_CREATE2, .gas = gas, .sender = evm_sender, .input = input};
    assert_int_equal(gvm_vm_execute(&t->w.vm, &t->w.result, &msg), GVM_OK);
    t->last = t->w.result.created;
}
static void call(world *t, gvm_bytes input, int64_t gas) {
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = gas,
                       .sender = evm_sender,
                       .recipient = t->last,
                       .code_address = t->last,
                       .input = input};
    assert_int_equal(gvm_vm_execute(&t->w.vm, &t->w.result, &msg), GVM_OK);
}
static void assert_outcome(const world *t, gvm_outcome outcome) {
    if (t->w.result.outcome != outcome) print_message("reason: %s\n", t->w.vm.reason.text);
    assert_string_equal(gvm_outcome_name(t->w.result.outcome), gvm_outcome_name(outcome));
}

static void deploys_and_runs(void **state) {
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        world t;
        wasm_contract c = {.pages = 1};
        gvm_buf module = {0};
        open_world(&t, (gvm_engine_mode)mode);
        /* init keeps its first 32 bytes of constructor data in slot 0 */
        wc_host(&c, &c.init, "ghost.input_copy", 64, 0, 32);
        wc_host(&c, &c.init, "ghost.storage_store", 0, 64);
        wc_i32(&c.init, 0);
        /* invoke returns slot 0 */
        wc_host(&c, &c.invoke, "ghost.storage_load", 0, 32);
        wc_host(&c, &c.invoke, "ghost.output", 32, 32);
        wc_i32(&c.invoke, 0);
        wc_custom(&c, "ghost.end", gvm_bytes_make(NULL, 0));
        wc_finish(&c, &module);
        size_t len = module.len;
        uint8_t argument[32] = {[31] = 77};
        gvm_buf_append(&module, argument, sizeof argument);
        create(&t, gvm_buf_bytes(&module), GAS);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        gvm_bytes code = gvm_state_code(t.w.state, gvm_state_entry(t.w.state, &t.last));
        assert_int_equal(code.len, len + 3);
        assert_memory_equal(code.ptr, "\xef\x47\0\0asm", 7);
        assert_true(GAS - t.w.result.gas_left >=
                    (int64_t)code.len * 200 + 50000 + 2 * (int64_t)len);
        call(&t, gvm_bytes_make(NULL, 0), GAS);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        assert_int_equal(t.w.result.output.len, 32);
        assert_memory_equal(t.w.result.output.ptr, argument, 32);
        gvm_buf_free(&module);
        wc_free(&c);
        close_world(&t);
    }
}

/* ---- refusals */

/* Deploys what `build` makes; the outcome and a part of the reason. */
static void check_deploy(void (*build)(wasm_contract *), gvm_outcome outcome, const char *reason) {
    world t;
    wasm_contract c = {.pages = 1};
    gvm_buf module = {0};
    open_world(&t, GVM_ENGINE_JIT);
    build(&c);
    wc_finish(&c, &module);
    create(&t, gvm_buf_bytes(&module), GAS);
    assert_outcome(&t, outcome);
    bool takes_all = outcome != GVM_OUT_SUCCESS && outcome != GVM_OUT_REVERT;
    assert_int_equal(t.w.result.gas_left == 0, takes_all);
    if (reason != NULL && strstr(t.w.vm.reason.text, reason) == NULL)
        fail_msg("reason: '%s', expected '%s'", t.w.vm.reason.text, reason);
    gvm_buf_free(&module);
    wc_free(&c);
    close_world(&t);
}
static void with_nothing(wasm_contract *c) {
    (void)c;
}
static void with_unknown_flag(wasm_contract *c) {
    wc_custom(c, "ghost.flags", gvm_bytes_make("\2\0\0\0", 4));
}
static void with_short_flags(wasm_contract *c) {
    wc_custom(c, "ghost.flags", gvm_bytes_make("\1", 1));
}
static void with_bad_body(wasm_contract *c) {
    wc_op(&c->invoke, 0x6a);
}
static void with_start_that_calls(wasm_contract *c) {
    wc_host(c, &c->start, "ghost.caller", 0);
    wc_i32(&c->init, 0);
}
static void with_failing_init(wasm_contract *c) {
    wc_i32(&c->init, 1);
}

static void deployment_refuses(void **state) {
    (void)state;
    check_deploy(with_nothing, GVM_OUT_SUCCESS, NULL);
    check_deploy(with_unknown_flag, GVM_OUT_BAD_CONTAINER, "ghost.flags: unknown bits 0x2");
    check_deploy(with_short_flags, GVM_OUT_BAD_CONTAINER, "ghost.flags");
    check_deploy(with_bad_body, GVM_OUT_BAD_CONTAINER, "at 0x");
    check_deploy(with_failing_init, GVM_OUT_REVERT, NULL);
    check_deploy(with_start_that_calls, GVM_OUT_TRAP, "called by the start function");
}

/* A module given by its bytes behind magic and version. */
static void check_raw(const char *hex, gvm_outcome outcome, const char *reason) {
    static uint8_t bytes[4096] = "\0asm\1\0\0";
    world t;
    open_world(&t, GVM_ENGINE_JIT);
    size_t len = 8 + hex_bytes(bytes + 8, sizeof bytes - 8, hex);
    create(&t, gvm_bytes_make(bytes, len), GAS);
    assert_outcome(&t, outcome);
    if (strstr(t.w.vm.reason.text, reason) == NULL)
        fail_msg("reason: '%s', expected '%s'", t.w.vm.reason.text, reason);
    close_world(&t);
}

static void interface_is_checked(void **state) {
    (void)state;
    /* types: () -> i32, () -> (), (i32) -> i32; memory of a page; function 0 of a type; exports */
#define TYPES  \
    "010d03"   \
    "6000017f" \
    "600000"   \
    "60017f017f"
#define MEMORY "0503010001"
#define CODE0    \
    "0a06010400" \
    "4100"       \
    "0b"
#define INVOKE \
    "06"       \
    "696e766f6b65"
#define ENTRY \
    "0f"      \
    "757365725f656e747279706f696e74"
#define EXPORT_MEMORY \
    "06"              \
    "6d656d6f7279"    \
    "0200"
    check_raw(TYPES "03020100" MEMORY "070a01" INVOKE "0000" CODE0, GVM_OUT_BAD_CONTAINER,
              "export memory: missing");
    check_raw(TYPES "03020100" MEMORY "070a01" EXPORT_MEMORY CODE0, GVM_OUT_BAD_CONTAINER,
              "neither");
    check_raw(TYPES "03020100" MEMORY "071302" EXPORT_MEMORY INVOKE "0000" CODE0, GVM_OUT_SUCCESS,
              "");
    check_raw(TYPES "03020101" MEMORY "071302" EXPORT_MEMORY INVOKE "0000"
                    "0a040102000b",
              GVM_OUT_BAD_CONTAINER, "export invoke: not a function of type () -> i32");
    check_raw(TYPES "0303020002" MEMORY "072503" EXPORT_MEMORY INVOKE "0000" ENTRY "0001"
                    "0a0b02"
                    "0400"
                    "4100"
                    "0b"
                    "0400"
                    "4100"
                    "0b",
              GVM_OUT_BAD_CONTAINER, "both");
    check_raw(TYPES "020901"
                    "0465766578"
                    "03"
                    "666f6f"
                    "0001",
              GVM_OUT_BAD_CONTAINER, "");
    /* import ghost.nothing, ghost.caller of type () -> (), env.memory */
    check_raw("0104016000"
              "00"
              "0211"
              "01"
              "0567686f7374"
              "076e6f7468696e67"
              "0000",
              GVM_OUT_BAD_CONTAINER, "import ghost.nothing: no such function");
    check_raw("0104016000"
              "00"
              "0210"
              "01"
              "0567686f7374"
              "0663616c6c6572"
              "0000",
              GVM_OUT_BAD_CONTAINER, "import ghost.caller: its type is i");
    check_raw("020f01"
              "03656e76"
              "066d656d6f7279"
              "020001",
              GVM_OUT_BAD_CONTAINER, "import env.memory: not a function");
    check_raw("ff", GVM_OUT_BAD_CONTAINER, "at 0x8");
}

static void deployment_costs(void **state) {
    (void)state;
    world t;
    wasm_contract c = {.pages = 1};
    gvm_buf module = {0};
    open_world(&t, GVM_ENGINE_JIT);
    wc_finish(&c, &module);
    int64_t len = (int64_t)module.len, price = (len + 3) * 200 + 50000 + 2 * len;
    create(&t, gvm_buf_bytes(&module), GAS);
    assert_outcome(&t, GVM_OUT_SUCCESS);
    assert_int_equal(GAS - t.w.result.gas_left, price);
    gvm_hash salt = {{1}};
    for (int64_t gas = price - 1; gas <= price; gas++) {
        gvm_message msg = {.kind = GVM_CREATE2,
                           .gas = gas,
                           .sender = evm_sender,
                           .salt = salt,
                           .input = gvm_buf_bytes(&module)};
        assert_int_equal(gvm_vm_execute(&t.w.vm, &t.w.result, &msg), GVM_OK);
        assert_outcome(&t, gas < price ? GVM_OUT_OUT_OF_GAS : GVM_OUT_SUCCESS);
    }
    gvm_buf_free(&module);
    wc_free(&c);
    close_world(&t);
}

static void compressed_modules(void **state) {
    (void)state;
    world t;
    wasm_contract c = {.pages = 1};
    gvm_buf module = {0}, input = {0};
    open_world(&t, GVM_ENGINE_JIT);
    wc_host(&c, &c.init, "ghost.input_copy", 64, 0, 32);
    wc_host(&c, &c.init, "ghost.storage_store", 0, 64);
    wc_i32(&c.init, 0);
    wc_host(&c, &c.invoke, "ghost.storage_load", 0, 32);
    wc_host(&c, &c.invoke, "ghost.output", 32, 32);
    wc_i32(&c.invoke, 0);
    uint8_t zeros[2000] = {0};
    wc_data(&c, 128, gvm_bytes_make(zeros, sizeof zeros));
    wc_finish(&c, &module);
    gvm_buf_append(&input, "\xef\x47\1", 3);
    uint8_t *room = gvm_buf_extend(&input, ZSTD_compressBound(module.len));
    size_t packed = ZSTD_compress(room, ZSTD_compressBound(module.len), module.ptr, module.len, 19);
    assert_false(ZSTD_isError(packed));
    input.len = 3 + packed;
    uint8_t argument[32] = {[31] = 9};
    gvm_buf_append(&input, argument, sizeof argument);
    create(&t, gvm_buf_bytes(&input), GAS);
    assert_outcome(&t, GVM_OUT_SUCCESS);
    gvm_bytes code = gvm_state_code(t.w.state, gvm_state_entry(t.w.state, &t.last));
    assert_int_equal(code.len, 3 + packed);
    assert_memory_equal(code.ptr, input.ptr, code.len);
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_outcome(&t, GVM_OUT_SUCCESS);
    assert_memory_equal(t.w.result.output.ptr, argument, 32);

    /* every single cut and damaged head of the frame is refused, never run */
    for (size_t cut = 3; cut < 3 + packed; cut += cut < 40 ? 1 : 7) {
        create(&t, gvm_bytes_make(input.ptr, cut), GAS);
        assert_outcome(&t, GVM_OUT_BAD_CONTAINER);
    }
    for (size_t bit = 0; bit < 8 * 7; bit++) {
        input.ptr[3 + bit / 8] ^= (uint8_t)(1u << bit % 8);
        create(&t, gvm_buf_bytes(&input), GAS);
        if (t.w.result.outcome != GVM_OUT_COLLISION) assert_outcome(&t, GVM_OUT_BAD_CONTAINER);
        input.ptr[3 + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    gvm_buf_free(&module);
    gvm_buf_free(&input);
    wc_free(&c);
    close_world(&t);
}

/* ---- the same from either side: contracts in both engines, called in all four ways */

static const gvm_address caller_at = {{0xca, [19] = 1}}, callee_at = {{0xce, [19] = 2}};

typedef enum deed {
    DEED_CONTEXT, /* returns caller, self, value */
    DEED_STORE,
    DEED_CLEAR, /* a refund */
    DEED_LOG,
    DEED_REVERT,
    DEED_TRAP,
    DEED_TRANSIENT,
    DEED_CREATE,
    DEED_WARM, /* balance of a cold account, a cold slot */
    DEED_COUNT
} deed;

static const char *const evm_deeds[DEED_COUNT] = {
    [DEED_CONTEXT] = "33600052"
                     "30602052"
                     "34604052"
                     "60606000f3",
    [DEED_STORE] = "602a600155"
                   "600054600052"
                   "60206000f3",
    [DEED_CLEAR] = "6000600055"
                   "00",
    [DEED_LOG] = "7f"
                 "1111111111111111111111111111111111111111111111111111111111111111"
                 "600052"
                 "6007"
                 "7f"
                 "1111111111111111111111111111111111111111111111111111111111111111"
                 "60206000a2"
                 "00",
    [DEED_REVERT] = "60aa600052"
                    "602a600155"
                    "60206000fd",
    [DEED_TRAP] = "602a600155"
                  "fe",
    [DEED_TRANSIENT] = "60035c600052"
                       "602a60035d"
                       "60206000f3",
    [DEED_CREATE] = "60006000"
                    "6001f0"
                    "600052"
                    "60206000f3", /* CREATE(1, 0, 0) */
    [DEED_WARM] = "73"
                  "00000000000000000000000000000000000000bb"
                  "31600052"
                  "600554602052"
                  "60406000f3",
};

static void wasm_deed(wasm_contract *c, deed d) {
    uint8_t word[32] = {0};
    c->pages = 1;
    switch (d) {
    case DEED_CONTEXT:
        wc_host(c, &c->invoke, "ghost.caller", 12);
        wc_host(c, &c->invoke, "ghost.self", 44);
        wc_host(c, &c->invoke, "ghost.value", 64);
        wc_host(c, &c->invoke, "ghost.output", 0, 96);
        break;
    case DEED_STORE:
        wc_data_byte(c, 31, 1);
        wc_data_byte(c, 63, 42);
        wc_host(c, &c->invoke, "ghost.storage_store", 0, 32);
        wc_host(c, &c->invoke, "ghost.storage_load", 64, 96);
        wc_host(c, &c->invoke, "ghost.output", 96, 32);
        break;
    case DEED_CLEAR: wc_host(c, &c->invoke, "ghost.storage_store", 0, 32); break;
    case DEED_LOG:
        memset(word, 0x11, sizeof word);
        wc_data(c, 0, gvm_bytes_make(word, sizeof word));
        wc_data_byte(c, 63, 7);
        wc_host(c, &c->invoke, "ghost.emit_event", 0, 2, 0, 32);
        break;
    case DEED_REVERT:
        wc_data_byte(c, 31, 1);
        wc_data_byte(c, 63, 42);
        wc_data_byte(c, 95, 0xaa);
        wc_host(c, &c->invoke, "ghost.storage_store", 0, 32);
        wc_host(c, &c->invoke, "ghost.revert", 64, 32);
        break;
    case DEED_TRAP:
        wc_data_byte(c, 31, 1);
        wc_data_byte(c, 63, 42);
        wc_host(c, &c->invoke, "ghost.storage_store", 0, 32);
        wc_op(&c->invoke, 0x00);
        break;
    case DEED_TRANSIENT:
        wc_data_byte(c, 31, 3);
        wc_data_byte(c, 63, 42);
        wc_host(c, &c->invoke, "ghost.transient_load", 0, 96);
        wc_host(c, &c->invoke, "ghost.transient_store", 0, 32);
        wc_host(c, &c->invoke, "ghost.output", 96, 32);
        break;
    case DEED_CREATE:
        wc_data_byte(c, 31, 1);
        wc_host(c, &c->invoke, "ghost.create", 0, 0, 0, 108);
        wc_op(&c->invoke, 0x1a);
        wc_host(c, &c->invoke, "ghost.output", 96, 32);
        break;
    case DEED_WARM:
        wc_data_byte(c, 19, 0xbb);
        wc_data_byte(c, 63, 5);
        wc_host(c, &c->invoke, "ghost.balance", 0, 64);
        wc_host(c, &c->invoke, "ghost.storage_load", 32, 96);
        wc_host(c, &c->invoke, "ghost.output", 64, 64);
        break;
    default: break;
    }
    wc_i32(&c->invoke, 0);
}

static const struct {
    gvm_call_kind kind;
    const char *evm; /* behind input and output ranges, up to the address */
    const char *op;
    const char *host;
} ways[] = {
    {GVM_CALL, "600373", "f1", "ghost.call"}, /* with 3 wei */
    {GVM_STATICCALL, "73", "fa", "ghost.static_call"},
    {GVM_DELEGATECALL, "73", "f4", "ghost.delegate_call"},
};

/* Calls callee_at, returns the success bit as a word and the return data. */
static void evm_caller(gvm_buf *code, size_t way) {
    char hex[400];
    (void)snprintf(hex, sizeof hex,
                   "6000600060006000%sce000000000000000000000000000000000000025a%s600052"
                   "3d600060203e3d6020016000f3",
                   ways[way].evm, ways[way].op);
    uint8_t bytes[200];
    gvm_buf_append(code, bytes, hex_bytes(bytes, sizeof bytes, hex));
}
static void wasm_caller(wasm_contract *c, size_t way) {
    gvm_buf *b = &c->invoke;
    c->pages = 1;
    wc_data(c, 0, gvm_bytes_make(callee_at.b, 20));
    wc_data_byte(c, 63, 3);
    wc_i32(b, 159);
    if (way == 0)
        wc_host(c, b, ways[way].host, 0, 32, UINT64_MAX, 0, 0);
    else
        wc_host(c, b, ways[way].host, 0, UINT64_MAX, 0, 0);
    wc_op(b, 0x45, 0x3a, 0, 0); /* i32.eqz, i32.store8 */
    wc_i32(b, 160);
    wc_i32(b, 0);
    wc_host(c, b, "ghost.return_data_size");
    wc_op(b, 0x10, (uint8_t)wc_import(c, "ghost.return_data_copy"));
    wc_i32(b, 128);
    wc_host(c, b, "ghost.return_data_size");
    wc_i32(b, 32);
    wc_op(b, 0x6a, 0x10, (uint8_t)wc_import(c, "ghost.output"));
    wc_i32(b, 0);
}

static void put_wasm(world *t, const gvm_address *at, wasm_contract *c, uint64_t balance) {
    gvm_buf code = {0}, module = {0};
    wc_finish(c, &module);
    gvm_buf_append(&code, "\xef\x47\0", 3);
    gvm_buf_append(&code, module.ptr, module.len);
    evm_world_put(&t->w, at, balance, gvm_buf_bytes(&code));
    gvm_buf_free(&code);
    gvm_buf_free(&module);
    wc_free(c);
}
static void put_evm(world *t, const gvm_address *at, const char *hex, uint64_t balance) {
    static uint8_t code[24576];
    evm_world_put(&t->w, at, balance, gvm_bytes_make(code, hex_bytes(code, sizeof code, hex)));
}

/* EVM code, translated where the account is to be the ZVM's. */
static void put_stack_code(world *t, const gvm_address *at, gvm_bytes evm, bool zvm,
                           uint64_t balance) {
    gvm_buf inner = {0}, code = {0};
    if (zvm) {
        assert_true(zvm_from_evm(&inner, evm, GVM_FORK_OSAKA, true));
        zvm_put_deployed(&code, gvm_buf_bytes(&inner));
        evm = gvm_buf_bytes(&code);
    }
    evm_world_put(&t->w, at, balance, evm);
    gvm_buf_free(&inner);
    gvm_buf_free(&code);
}

/* Everything that a transaction leaves behind, but for gas. */
static void describe(world *t, gvm_buf *out) {
    gvm_buf_printf(out, "%s ", gvm_outcome_name(t->w.result.outcome));
    for (size_t i = 0; i < t->w.result.output.len; i++)
        gvm_buf_printf(out, "%02x", t->w.result.output.ptr[i]);
    const gvm_address *all[] = {&caller_at, &callee_at, &evm_sender};
    for (size_t i = 0; i < 3; i++) {
        gvm_entry *e = gvm_state_entry(t->w.state, all[i]);
        gvm_buf_printf(out, "\nbalance %llx nonce %llx warm %d",
                       (unsigned long long)e->balance.w[0], (unsigned long long)e->nonce,
                       gvm_entry_is_warm(e, gvm_state_tx(t->w.state)));
        for (uint64_t k = 0; k < 6; k++) {
            gvm_u256 key = gvm_u256_from_u64(k);
            gvm_slot *s = gvm_state_slot(t->w.state, e, &key);
            gvm_u256 transient = gvm_state_transient(t->w.state, e, &key);
            gvm_buf_printf(out, " %llx%s/%llx", (unsigned long long)s->current.w[0],
                           s->warm_tx == gvm_state_tx(t->w.state) ? "w" : "",
                           (unsigned long long)transient.w[0]);
        }
    }
    size_t count;
    const gvm_log *logs = gvm_state_logs(t->w.state, &count);
    for (size_t i = 0; i < count; i++) {
        gvm_buf_printf(out, "\nlog %02x%02x %u %02x %02x %zu", logs[i].address.b[0],
                       logs[i].address.b[19], logs[i].topic_count, logs[i].topics[0].b[0],
                       logs[i].topics[1].b[31], logs[i].data.len);
    }
    gvm_buf_printf(out, "\nrefund %lld", (long long)gvm_state_refund(t->w.state));
    gvm_address cold = {{[19] = 0xbb}};
    gvm_buf_printf(out, " cold %d",
                   gvm_entry_is_warm(gvm_state_entry(t->w.state, &cold), gvm_state_tx(t->w.state)));
}

typedef enum kind { KIND_EVM, KIND_WASM, KIND_ZVM, KINDS } kind;

/* A world with caller and callee of any kind; slot 0 of both holds 17. */
static void open_pair(world *t, gvm_engine_mode mode, kind calls, kind called, size_t way, deed d) {
    wasm_contract c = {0}, k = {0};
    gvm_buf code = {0};
    uint8_t bytes[400];
    gvm_u256 zero = gvm_u256_zero(), value = gvm_u256_from_u64(17);
    open_world(t, mode);
    if (calls == KIND_WASM) {
        wasm_caller(&c, way);
        put_wasm(t, &caller_at, &c, 100);
    } else {
        evm_caller(&code, way);
        put_stack_code(t, &caller_at, gvm_buf_bytes(&code), calls == KIND_ZVM, 100);
        gvm_buf_free(&code);
    }
    if (called == KIND_WASM) {
        wasm_deed(&k, d);
        put_wasm(t, &callee_at, &k, 100);
    } else {
        size_t len = hex_bytes(bytes, sizeof bytes, evm_deeds[d]);
        put_stack_code(t, &callee_at, gvm_bytes_make(bytes, len), called == KIND_ZVM, 100);
    }
    assert_int_equal(gvm_state_memory_set_slot(t->w.accounts, &caller_at, zero, value), GVM_OK);
    assert_int_equal(gvm_state_memory_set_slot(t->w.accounts, &callee_at, zero, value), GVM_OK);
    gvm_state_reset(t->w.state, gvm_state_memory_reader(t->w.accounts));
    gvm_state_begin_tx(t->w.state);
    t->last = caller_at;
}

static void engines_call_each_other(void **state) {
    (void)state;
    for (int d = 0; d < DEED_COUNT; d++)
        for (size_t way = 0; way < 3; way++) {
            gvm_buf expected = {0}, found = {0};
            for (int mode = 0; mode < 2; mode++)
                for (int pair = 0; pair < KINDS * KINDS; pair++) {
                    world t;
                    open_pair(&t, (gvm_engine_mode)mode, (kind)(pair % KINDS), (kind)(pair / KINDS),
                              way, (deed)d);
                    call(&t, gvm_bytes_make(NULL, 0), GAS);
                    gvm_buf *out = pair + mode == 0 ? &expected : &found;
                    gvm_buf_clear(out);
                    describe(&t, out);
                    gvm_buf_put(out, 0);
                    if (pair + mode > 0 && strcmp((char *)expected.ptr, (char *)found.ptr) != 0)
                        fail_msg("deed %d, way %zu, pair %d (%s):\n%s\n--- expected\n%s", d, way,
                                 pair, t.w.vm.reason.text, (char *)found.ptr, (char *)expected.ptr);
                    close_world(&t);
                }
            gvm_buf_free(&expected);
            gvm_buf_free(&found);
        }
}

/* What each kind creates: an EVM contract, a module, a container; each answers the word 42. */
static void created_code(gvm_buf *out, kind what) {
    uint8_t bytes[64];
    if (what == KIND_EVM) { /* PUSH10 runtime, MSTORE, RETURN(22, 10) */
        gvm_buf_append(out, bytes,
                       hex_bytes(bytes, sizeof bytes, "69602a60005260206000f3600052600a6016f3"));
    } else if (what == KIND_ZVM) {
        gvm_buf code = {0};
        size_t len = hex_bytes(bytes, sizeof bytes, "602a60005260206000f3");
        assert_true(zvm_from_evm(&code, gvm_bytes_make(bytes, len), GVM_FORK_OSAKA, true));
        gvm_zvm_container_put(out, 0, gvm_buf_bytes(&code), gvm_bytes_make(NULL, 0));
        gvm_buf_free(&code);
    } else {
        wasm_contract c = {.pages = 1};
        wc_data_byte(&c, 31, 42);
        wc_host(&c, &c.invoke, "ghost.output", 0, 32);
        wc_i32(&c.invoke, 0);
        wc_finish(&c, out);
        wc_free(&c);
    }
}

/* The calldata is created with 5 wei; answers the address. */
static void put_creator(world *t, kind who) {
    uint8_t bytes[64];
    if (who == KIND_WASM) {
        wasm_contract c = {.pages = 1};
        gvm_buf *b = &c.invoke;
        wc_data_byte(&c, 31, 5);
        wc_i32(b, 1024);
        wc_i32(b, 0);
        wc_host(&c, b, "ghost.input_size");
        wc_op(b, 0x10, (uint8_t)wc_import(&c, "ghost.input_copy"));
        wc_i32(b, 0);
        wc_i32(b, 1024);
        wc_host(&c, b, "ghost.input_size");
        wc_i32(b, 76);
        wc_op(b, 0x10, (uint8_t)wc_import(&c, "ghost.create"), 0x1a);
        wc_host(&c, b, "ghost.output", 64, 32);
        wc_i32(b, 0);
        put_wasm(t, &caller_at, &c, 100);
        return;
    }
    size_t len = hex_bytes(bytes, sizeof bytes,
                           "36600060003736600060"
                           "05f060005260206000f3");
    put_stack_code(t, &caller_at, gvm_bytes_make(bytes, len), who == KIND_ZVM, 100);
}

static void engines_create_each_other(void **state) {
    (void)state;
    for (int mode = 0; mode < 2; mode++)
        for (int pair = 0; pair < KINDS * KINDS; pair++) {
            world t;
            gvm_buf input = {0};
            gvm_address made;
            open_world(&t, (gvm_engine_mode)mode);
            put_creator(&t, (kind)(pair % KINDS));
            gvm_state_begin_tx(t.w.state);
            created_code(&input, (kind)(pair / KINDS));
            t.last = caller_at;
            call(&t, gvm_buf_bytes(&input), GAS);
            assert_outcome(&t, GVM_OUT_SUCCESS);
            assert_int_equal(t.w.result.output.len, 32);
            memcpy(made.b, t.w.result.output.ptr + 12, 20);
            gvm_entry *e = gvm_state_entry(t.w.state, &made);
            gvm_bytes code = gvm_state_code(t.w.state, e);
            assert_int_equal(e->balance.w[0], 5);
            static const char *const heads[KINDS] = {"\x60\x2a\x60", "\xef\x47\0", "\xef\x47\2"};
            assert_true(code.len > 3 && memcmp(code.ptr, heads[pair / KINDS], 3) == 0);
            t.last = made;
            call(&t, gvm_bytes_make(NULL, 0), GAS);
            assert_outcome(&t, GVM_OUT_SUCCESS);
            assert_int_equal(t.w.result.output.ptr[31], 42);
            /* and where it may not: the same from a static frame */
            gvm_message msg = {.kind = GVM_STATICCALL,
                               .is_static = true,
                               .gas = GAS,
                               .sender = evm_sender,
                               .recipient = caller_at,
                               .code_address = caller_at,
                               .input = gvm_buf_bytes(&input)};
            assert_int_equal(gvm_vm_execute(&t.w.vm, &t.w.result, &msg), GVM_OK);
            assert_outcome(&t, GVM_OUT_STATIC_VIOLATION);
            gvm_buf_free(&input);
            close_world(&t);
        }
}

/* ---- gas at the border */

/* Puts a contract that does what `build` writes and returns 0, calls it, tells the gas it used. */
static int64_t run_one(world *t, gvm_engine_mode mode, void (*build)(wasm_contract *, gvm_buf *),
                       gvm_outcome outcome, int64_t gas) {
    wasm_contract c = {.pages = 1};
    open_world(t, mode);
    build(&c, &c.invoke);
    wc_i32(&c.invoke, 0);
    put_wasm(t, &caller_at, &c, 1000);
    t->last = caller_at;
    call(t, gvm_bytes_make("0123456789abcdefghijklmnopqrstuvwxyz", 36), gas);
    assert_outcome(t, outcome);
    return gas - t->w.result.gas_left;
}

static void do_nothing(wasm_contract *c, gvm_buf *b) {
    (void)c, (void)b;
}
static void do_keccak(wasm_contract *c, gvm_buf *b) {
    wc_host(c, b, "ghost.keccak256", 0, 65, 128);
}
static void do_cold_balance(wasm_contract *c, gvm_buf *b) {
    wc_host(c, b, "ghost.balance", 0, 32);
    wc_host(c, b, "ghost.balance", 0, 32);
}
static void do_cold_load(wasm_contract *c, gvm_buf *b) {
    wc_host(c, b, "ghost.storage_load", 0, 32);
    wc_host(c, b, "ghost.storage_load", 0, 32);
}
static void do_event(wasm_contract *c, gvm_buf *b) {
    wc_host(c, b, "ghost.emit_event", 0, 3, 0, 10);
}
static void do_exp(wasm_contract *c, gvm_buf *b) {
    wc_data(c, 0, gvm_bytes_make("\1\1\1\1", 4));
    wc_host(c, b, "ghost.exp", 0, 0, 64);
}

/* What the host function costs is the whole of the difference, but for the instructions around it:
 * less than 2 gas each. */
static void host_functions_cost_what_the_table_says(void **state) {
    (void)state;
    static const struct {
        void (*build)(wasm_contract *, gvm_buf *);
        int64_t gas;
    } cases[] = {
        {do_keccak, 30 + 3 * 6},        {do_cold_balance, 2600 + 100}, {do_cold_load, 2100 + 100},
        {do_event, 375 + 3 * 375 + 80}, {do_exp, 10 + 32 * 50},
    };
    for (int mode = 0; mode < 2; mode++) {
        world t;
        int64_t nothing = run_one(&t, (gvm_engine_mode)mode, do_nothing, GVM_OUT_SUCCESS, GAS);
        close_world(&t);
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            int64_t gas =
                run_one(&t, (gvm_engine_mode)mode, cases[i].build, GVM_OUT_SUCCESS, GAS) - nothing;
            if (gas < cases[i].gas || gas > cases[i].gas + 4)
                fail_msg("case %zu: %lld gas, expected %lld", i, (long long)gas,
                         (long long)cases[i].gas);
            close_world(&t);
        }
    }
}

/* Runs with each amount of gas around what it needs: both modes agree on where it begins to fit. */
static void gas_ends_at_the_same_place(void **state) {
    (void)state;
    world t;
    int64_t need = run_one(&t, GVM_ENGINE_JIT, do_cold_load, GVM_OUT_SUCCESS, GAS);
    close_world(&t);
    for (int mode = 0; mode < 2; mode++)
        for (int64_t gas = need - 60; gas < need + 3; gas++) {
            gvm_outcome outcome = gas < need ? GVM_OUT_OUT_OF_GAS : GVM_OUT_SUCCESS;
            int64_t used = run_one(&t, (gvm_engine_mode)mode, do_cold_load, outcome, gas);
            assert_int_equal(used, gas < need ? gas : need);
            close_world(&t);
        }
}

/* ---- hostile pointers: every row, every pointer and length */

static void pointers_are_checked(void **state) {
    (void)state;
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    static const uint32_t bad[] = {65536, 65535, 0x7fffffff, 0x80000000, 0xffffffff, 65536 - 19};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].since == 0) continue;
        for (size_t k = 0; rows[i].roles[k] != '\0'; k++) {
            if (strchr("aAwWxdL<>ts", rows[i].roles[k]) == NULL) continue;
            for (size_t v = 0; v < sizeof bad / sizeof bad[0]; v++) {
                if (bad[v] == 65536 - 19 && strchr("L<>", rows[i].roles[k]) != NULL) continue;
                if (bad[v] <= 65536 && rows[i].roles[k] == 's') continue;
                world t;
                wasm_contract c = {.pages = 1};
                char name[80];
                (void)snprintf(name, sizeof name, "%s.%s", rows[i].module, rows[i].name);
                uint32_t index = wc_import(&c, name);
                for (size_t p = 0; rows[i].roles[p] != '\0'; p++) {
                    bool count_role = rows[i].roles[p] == 'n' || rows[i].roles[p] == 'c';
                    if (rows[i].type[p] == 'I')
                        wc_i64(&c.invoke, 0);
                    else
                        wc_i32(&c.invoke, p == k ? bad[v] : count_role ? 2 : 512);
                }
                wc_op(&c.invoke, 0x10, (uint8_t)index);
                if (strchr(rows[i].type, '>') != NULL) wc_op(&c.invoke, 0x1a);
                wc_i32(&c.invoke, 0);
                open_world(&t, (gvm_engine_mode)(v & 1));
                put_wasm(&t, &caller_at, &c, 1000);
                t.last = caller_at;
                call(&t, gvm_bytes_make(NULL, 0), GAS);
                if (t.w.result.outcome != GVM_OUT_TRAP)
                    fail_msg("%s, parameter %zu at %u: %s", name, k, bad[v],
                             gvm_outcome_name(t.w.result.outcome));
                close_world(&t);
            }
        }
    }
}

/* ---- static mode */

static void static_mode_refuses_writes(void **state) {
    (void)state;
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].since == 0) continue;
        world t;
        wasm_contract c = {.pages = 1};
        char name[80];
        (void)snprintf(name, sizeof name, "%s.%s", rows[i].module, rows[i].name);
        uint32_t index = wc_import(&c, name);
        for (size_t p = 0; rows[i].roles[p] != '\0'; p++) {
            if (rows[i].type[p] == 'I')
                wc_i64(&c.invoke, 0);
            else
                wc_i32(&c.invoke, rows[i].roles[p] == 'n' || rows[i].roles[p] == 'c' ? 0 : 512);
        }
        wc_op(&c.invoke, 0x10, (uint8_t)index);
        if (strchr(rows[i].type, '>') != NULL) wc_op(&c.invoke, 0x1a);
        wc_i32(&c.invoke, 0);
        open_world(&t, GVM_ENGINE_JIT);
        put_wasm(&t, &caller_at, &c, 1000);
        gvm_message msg = {.kind = GVM_STATICCALL,
                           .is_static = true,
                           .gas = GAS,
                           .sender = evm_sender,
                           .recipient = caller_at,
                           .code_address = caller_at};
        assert_int_equal(gvm_vm_execute(&t.w.vm, &t.w.result, &msg), GVM_OK);
        if ((t.w.result.outcome == GVM_OUT_STATIC_VIOLATION) != rows[i].writes)
            fail_msg("%s: %s (%s)", name, gvm_outcome_name(t.w.result.outcome), t.w.vm.reason.text);
        close_world(&t);
    }
}

/* ---- re-entry */

#define CALLER_HEX "ca00000000000000000000000000000000000001"
#define CALLEE_HEX "ce00000000000000000000000000000000000002"

/* Calls callee_at with all gas and no value, and returns its status and what it returned. */
static void write_forwarder(wasm_contract *c) {
    gvm_buf *b = &c->invoke;
    c->pages = 1;
    wc_data(c, 0, gvm_bytes_make(callee_at.b, 20));
    wc_host_to(c, b, 128, false, "ghost.call", 0, 32, UINT64_MAX, 0, 0);
    wc_host_to(c, b, 132, false, "ghost.reentrant");
    wc_i32(b, 136);
    wc_i32(b, 0);
    wc_host(c, b, "ghost.return_data_size");
    wc_op(b, 0x10, (uint8_t)wc_import(c, "ghost.return_data_copy"));
    wc_i32(b, 128);
    wc_host(c, b, "ghost.return_data_size");
    wc_i32(b, 8);
    wc_op(b, 0x6a, 0x10, (uint8_t)wc_import(c, "ghost.output"));
    wc_i32(b, 0);
}

/* Keeps how frames ended, innermost first. */
typedef struct seen {
    gvm_outcome outcomes[2200];
    uint32_t depths[2200];
    size_t count;
    uint32_t deepest;
} seen;
static void see_enter(void *ctx, const gvm_vm *vm, const gvm_message *msg, uint32_t depth) {
    (void)vm, (void)msg;
    seen *s = ctx;
    if (depth > s->deepest) s->deepest = depth;
}
static void see_leave(void *ctx, const gvm_vm *vm, const gvm_result *result, int64_t gas_used,
                      uint32_t depth) {
    (void)vm, (void)gas_used;
    seen *s = ctx;
    if (s->count == sizeof s->outcomes / sizeof s->outcomes[0]) return;
    s->depths[s->count] = depth;
    s->outcomes[s->count++] = result->outcome;
}

static void declared_guard_refuses_reentry(void **state) {
    (void)state;
    for (int guarded = 0; guarded < 2; guarded++) {
        world t;
        seen s = {0};
        gvm_tracer tracer = {.ctx = &s, .enter = see_enter, .leave = see_leave};
        wasm_contract c = {0};
        open_world(&t, GVM_ENGINE_JIT);
        write_forwarder(&c);
        if (guarded) wc_custom(&c, "ghost.flags", gvm_bytes_make("\1\0\0\0", 4));
        put_wasm(&t, &caller_at, &c, 1000);
        /* calls back with 10,000 gas: enough to run, not to call on */
        put_evm(&t, &callee_at,
                "60206000600060006000"
                "73" CALLER_HEX "612710f1"
                "600052"
                "60206000f3",
                0);
        t.last = caller_at;
        t.w.vm.tracer = &tracer;
        call(&t, gvm_bytes_make(NULL, 0), GAS);
        assert_outcome(&t, GVM_OUT_SUCCESS); /* the outer frame is no re-entry */
        /* the innermost caller_at frame: refused before any code, or run until its own end */
        size_t at = 0;
        while (at < s.count && s.depths[at] != 2) at++;
        assert_string_equal(gvm_outcome_name(s.outcomes[at]), guarded ? "DENIED" : "SUCCESS");
        assert_int_equal(gvm_outcome_code(s.outcomes[at]), guarded ? 6 : 0);
        assert_int_equal(t.w.result.output.ptr[4], 0); /* outermost: not reentrant */
        close_world(&t);
    }
}

/* Borrowed code is no re-entry of the borrower; coming back through it is. */
static void guard_looks_through_proxies(void **state) {
    (void)state;
    world t;
    wasm_contract c = {0};
    static const gvm_address logic_at = {{0x10, [19] = 9}};
    open_world(&t, GVM_ENGINE_JIT);
    write_forwarder(&c);
    wc_custom(&c, "ghost.flags", gvm_bytes_make("\1\0\0\0", 4));
    put_wasm(&t, &logic_at, &c, 0);
    /* caller_at delegates to logic_at, which calls callee_at, which calls caller_at */
    put_evm(&t, &caller_at,
            "6000600060006000"
            "731000000000000000000000000000000000000009"
            "5af4"
            "600052"
            "3d600060203e3d6020016000f3",
            0);
    put_evm(&t, &callee_at,
            "60006000600060006000"
            "73" CALLER_HEX "5af1"
            "600052"
            "60206000f3",
            0);
    seen s = {0};
    gvm_tracer tracer = {.ctx = &s, .enter = see_enter, .leave = see_leave};
    t.w.vm.tracer = &tracer;
    t.last = caller_at;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_outcome(&t, GVM_OUT_SUCCESS);
    assert_int_equal(t.w.result.output.ptr[31], 1); /* the outer delegation ran */
    assert_int_equal(s.depths[0], 4);
    assert_int_equal(s.outcomes[0], GVM_OUT_DENIED); /* the inner one did not */
    close_world(&t);
}

/* ---- depth */

static const char evm_hop[] = "60006000600060006000"
                              "73%s"
                              "5af1"
                              "50"
                              "00";

/* Two contracts that call each other with all their gas; which of them is WebAssembly. */
static void run_chain(world *t, seen *s, unsigned wasm, int64_t gas) {
    static gvm_tracer tracer;
    char hex[200];
    const gvm_address *at[2] = {&caller_at, &callee_at};
    tracer = (gvm_tracer){.ctx = s, .enter = see_enter, .leave = see_leave};
    *s = (seen){0};
    open_world(t, GVM_ENGINE_JIT);
    for (int i = 0; i < 2; i++) {
        if (wasm >> i & 1) {
            wasm_contract c = {.pages = 1};
            wc_data(&c, 0, gvm_bytes_make(at[!i]->b, 20));
            wc_host(&c, &c.invoke, "ghost.call", 0, 32, UINT64_MAX, 0, 0);
            wc_op(&c.invoke, 0x1a);
            wc_i32(&c.invoke, 0);
            put_wasm(t, at[i], &c, 0);
        } else {
            (void)snprintf(hex, sizeof hex, evm_hop, i == 0 ? CALLEE_HEX : CALLER_HEX);
            put_evm(t, at[i], hex, 0);
        }
    }
    t->last = caller_at;
    t->w.vm.tracer = &tracer;
    call(t, gvm_bytes_make(NULL, 0), gas);
}

static long peak_kib(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void chains_reach_depth_1024(void **state) {
    (void)state;
    static seen first, s;
    world t;
    run_chain(&t, &first, 0, INT64_C(1) << 40);
    close_world(&t);
    assert_int_equal(first.deepest, 1025);
    assert_int_equal(first.outcomes[0], GVM_OUT_CALL_DEPTH);
    for (unsigned wasm = 1; wasm < 4; wasm++) {
        long before = peak_kib();
        run_chain(&t, &s, wasm, INT64_C(1) << 40);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        print_message("chain of depth %u, %s: peak memory %ld KiB, before %ld\n", s.deepest - 1,
                      wasm == 3 ? "WebAssembly alone" : "alternating", peak_kib(), before);
        close_world(&t);
        assert_int_equal(s.deepest, first.deepest);
        assert_int_equal(s.count, first.count);
        assert_memory_equal(s.outcomes, first.outcomes, s.count * sizeof s.outcomes[0]);
    }
}

/* As a transaction may: 63/64 of the gas a frame, until one cannot call. WebAssembly's entry costs
 * more, so its chains are a little shorter; all end alike. */
static void chains_end_by_gas_alike(void **state) {
    (void)state;
    static seen first, s;
    world t;
    run_chain(&t, &first, 0, 16777216 - 21000);
    close_world(&t);
    for (unsigned wasm = 1; wasm < 4; wasm++) {
        run_chain(&t, &s, wasm, 16777216 - 21000);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        close_world(&t);
        print_message("63/64 ends the chain at depth %u, all-EVM at %u\n", s.deepest,
                      first.deepest);
        assert_true(s.deepest <= first.deepest && s.deepest + 64 > first.deepest);
        assert_int_equal(s.outcomes[0], first.outcomes[0]);
        assert_int_equal(s.outcomes[s.count - 1], first.outcomes[first.count - 1]);
    }
}

/* ---- pages */

/* A contract with `pages` that grows by `more`, returns what memory.grow said, then calls itself
 * where `deeper`. */
static void grow_and_call(wasm_contract *c, uint32_t pages, uint32_t more, bool deeper) {
    gvm_buf *b = &c->invoke;
    c->pages = pages;
    wc_i32(b, 0);
    wc_i32(b, more);
    wc_op(b, 0x40, 0, 0x36, 2, 0); /* memory.grow, i32.store */
    wc_data(c, 64, gvm_bytes_make(caller_at.b, 20));
    if (deeper) wc_host_to(c, b, 4, false, "ghost.call", 64, 128, UINT64_MAX, 0, 0);
    wc_host(c, b, "ghost.output", 0, 8);
    wc_i32(b, 0);
}

static void pages_of_all_frames_count(void **state) {
    (void)state;
    for (int mode = 0; mode < 2; mode++) {
        world t;
        static seen s;
        gvm_tracer tracer = {.ctx = &s, .enter = see_enter, .leave = see_leave};
        /* growth within the cheap pages costs GROW_PAGE, 1,000 gas */
        wasm_contract c = {0};
        open_world(&t, (gvm_engine_mode)mode);
        grow_and_call(&c, 1, 0, false);
        put_wasm(&t, &caller_at, &c, 0);
        t.last = caller_at;
        call(&t, gvm_bytes_make(NULL, 0), GAS);
        int64_t without = GAS - t.w.result.gas_left;
        close_world(&t);
        c = (wasm_contract){0};
        open_world(&t, (gvm_engine_mode)mode);
        grow_and_call(&c, 1, 100, false);
        put_wasm(&t, &caller_at, &c, 0);
        t.last = caller_at;
        call(&t, gvm_bytes_make(NULL, 0), GAS);
        assert_int_equal(GAS - t.w.result.gas_left - without, 100 * 1000);
        assert_int_equal(gvm_load_le32(t.w.result.output.ptr), 1);
        close_world(&t);

        /* 256 pages a frame: the seventeenth frame would pass 4,096 pages and ends at entry */
        c = (wasm_contract){0};
        s = (seen){0};
        open_world(&t, (gvm_engine_mode)mode);
        grow_and_call(&c, 256, 0, true);
        put_wasm(&t, &caller_at, &c, 0);
        t.last = caller_at;
        t.w.vm.tracer = &tracer;
        call(&t, gvm_bytes_make(NULL, 0), INT64_C(1) << 50);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        assert_int_equal(s.deepest, 16);
        assert_int_equal(s.outcomes[0], GVM_OUT_MEMORY_LIMIT);
        assert_int_equal(gvm_outcome_code(s.outcomes[0]), 4);
        close_world(&t);

        /* 1 page and 255 more by growth, the same sum: there growth fails, and the frame goes on.
         * 16 frames of 256; the seventeenth cannot even enter with its one page */
        c = (wasm_contract){0};
        s = (seen){0};
        open_world(&t, (gvm_engine_mode)mode);
        grow_and_call(&c, 1, 254, true);
        put_wasm(&t, &caller_at, &c, 0);
        t.last = caller_at;
        t.w.vm.tracer = &tracer;
        call(&t, gvm_bytes_make(NULL, 0), INT64_C(1) << 50);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        /* 16 * 255 = 4,080; then 16 frames of one page whose growth fails; then none */
        assert_int_equal(s.deepest, 32);
        assert_int_equal(s.outcomes[0], GVM_OUT_MEMORY_LIMIT);
        /* and when all have left, everything is free again */
        t.w.vm.tracer = NULL;
        call(&t, gvm_bytes_make(NULL, 0), INT64_C(1) << 50);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        close_world(&t);
    }
}

/* The first 512 pages cost 100 gas each at entry, the next 256 twice that, then four times. */
static void pages_double_their_price(void **state) {
    (void)state;
    world t;
    static const uint64_t price[] = {25600, 25600, 51200, 102400, 204800};
    static seen s;
    gvm_tracer tracer = {.ctx = &s, .enter = see_enter, .leave = see_leave};
    for (uint32_t frames = 1; frames <= 4; frames++) {
        /* gas for entry by entry: what is asked for and 64/63 of it for the frame above */
        int64_t gas = 0;
        for (uint32_t i = frames; i-- > 0;) gas = (gas + 3000) * 64 / 63 + (int64_t)price[i];
        wasm_contract c = {0};
        s = (seen){0};
        open_world(&t, GVM_ENGINE_JIT);
        grow_and_call(&c, 256, 0, true);
        put_wasm(&t, &caller_at, &c, 0);
        t.last = caller_at;
        t.w.vm.tracer = &tracer;
        call(&t, gvm_bytes_make(NULL, 0), gas);
        assert_int_equal(s.deepest, frames);
        assert_int_equal(s.outcomes[0], GVM_OUT_OUT_OF_GAS);
        close_world(&t);
    }
}

/* ---- entry by state alone */

/* A module of more than 24,576 bytes: loading it costs 4 gas a word beyond, once a transaction. */
static void large_code_is_paid_when_loaded(void **state) {
    (void)state;
    static uint8_t filler[60000];
    world t;
    wasm_contract c = {.pages = 1};
    open_world(&t, GVM_ENGINE_JIT);
    wc_custom(&c, "filler", gvm_bytes_make(filler, sizeof filler));
    put_wasm(&t, &callee_at, &c, 0);
    size_t size = gvm_state_code(t.w.state, gvm_state_entry(t.w.state, &callee_at)).len - 3;
    int64_t load = (int64_t)((size - 24576 + 31) / 32) * 4;
    /* calls it twice; EXTCODESIZE; returns gas before and after each */
    put_evm(&t, &caller_at,
            "60006000600060006000"
            "73" CALLEE_HEX "5a"
            "5a600052"
            "f1"
            "5a602052"
            "50"
            "60006000600060006000"
            "73" CALLEE_HEX "5a"
            "f1"
            "5a604052"
            "50"
            "73" CALLEE_HEX "3b"
            "5a606052"
            "50"
            "60806000f3",
            0);
    t.last = caller_at;
    gvm_state_begin_tx(t.w.state);
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_outcome(&t, GVM_OUT_SUCCESS);
    uint64_t g[4]; /* between the second and third reading lie 22 gas more of instructions */
    for (int i = 0; i < 4; i++) g[i] = gvm_load_be64(t.w.result.output.ptr + 32 * i + 24);
    assert_int_equal((g[0] - g[1]) - (g[1] - g[2]), 2500 + load - 22);
    assert_true(g[2] - g[3] < 130); /* EXTCODESIZE, warm */
    /* the outermost frame pays too */
    t.last = callee_at;
    gvm_state_begin_tx(t.w.state);
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    int64_t first = GAS - t.w.result.gas_left;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_int_equal(first - (GAS - t.w.result.gas_left), load);
    close_world(&t);
}

/* CREATE from EVM code: EIP-3860's limit holds for its own kind of init code alone. */
static void evm_code_creates_large_modules(void **state) {
    (void)state;
    static uint8_t filler[60000];
    for (int wasm = 0; wasm < 2; wasm++) {
        world t;
        wasm_contract c = {.pages = 1};
        gvm_buf input = {0};
        open_world(&t, GVM_ENGINE_JIT);
        put_evm(&t, &caller_at,
                "36600060003736600060"
                "00f060005260206000f3",
                0);
        if (wasm) {
            wc_custom(&c, "filler", gvm_bytes_make(filler, sizeof filler));
            wc_finish(&c, &input);
        } else {
            gvm_buf_append(&input, filler, sizeof filler);
        }
        t.last = caller_at;
        call(&t, gvm_buf_bytes(&input), GAS);
        if (wasm) {
            assert_outcome(&t, GVM_OUT_SUCCESS);
            gvm_address made;
            memcpy(made.b, t.w.result.output.ptr + 12, 20);
            gvm_bytes code = gvm_state_code(t.w.state, gvm_state_entry(t.w.state, &made));
            assert_int_equal(code.len, input.len + 3);
        } else {
            assert_outcome(&t, GVM_OUT_INITCODE_TOO_LARGE);
        }
        gvm_buf_free(&input);
        wc_free(&c);
        close_world(&t);
    }
}

/* EIP-7702: an account that delegates to WebAssembly runs it as itself. */
static void delegations_run(void **state) {
    (void)state;
    world t;
    wasm_contract c = {0};
    open_world(&t, GVM_ENGINE_JIT);
    wasm_deed(&c, DEED_CONTEXT);
    put_wasm(&t, &callee_at, &c, 0);
    put_evm(&t, &caller_at, "ef0100" CALLEE_HEX, 0);
    t.last = caller_at;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_outcome(&t, GVM_OUT_SUCCESS);
    assert_memory_equal(t.w.result.output.ptr + 44, caller_at.b, 20);
    close_world(&t);
}

/* Without Ghost's rules none of this is there. */
static void ethereum_rules_know_nothing_of_it(void **state) {
    (void)state;
    world t;
    wasm_contract c = {.pages = 1};
    gvm_buf module = {0};
    open_world(&t, GVM_ENGINE_JIT);
    t.w.vm.rules = gvm_rules_get(GVM_FORK_OSAKA);
    wc_finish(&c, &module);
    create(&t, gvm_buf_bytes(&module), GAS); /* 00: STOP */
    assert_outcome(&t, GVM_OUT_SUCCESS);
    assert_int_equal(gvm_state_code(t.w.state, gvm_state_entry(t.w.state, &t.last)).len, 0);
    put_wasm(&t, &caller_at, &c, 0);
    t.last = caller_at;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_outcome(&t, GVM_OUT_INVALID_OPCODE);
    gvm_buf_free(&module);
    close_world(&t);
}

/* ---- traps */

static void traps_say_where(void **state) {
    (void)state;
    static const struct {
        uint8_t code[16], len;
        gvm_outcome outcome;
        int status;
        const char *reason;
    } cases[] = {
        {{0x00}, 1, GVM_OUT_TRAP, 3, "unreachable in invoke (function 0) at 0x"},
        {{0x41, 0, 0x41, 0, 0x6d, 0x1a}, 6, GVM_OUT_TRAP, 3, "integer divide by zero in invoke"},
        {{0x41, 0x7f, 0x28, 2, 0, 0x1a}, 6, GVM_OUT_TRAP, 3, "out of bounds memory access"},
        {{0x10, 0, 0x1a}, 3, GVM_OUT_WASM_STACK, 4, "call stack exhausted in invoke"},
        {{0x03, 0x40, 0x0c, 0, 0x0b}, 5, GVM_OUT_OUT_OF_GAS, 2, ""},
    };
    for (int mode = 0; mode < 2; mode++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            world t;
            wasm_contract c = {.pages = 1};
            open_world(&t, (gvm_engine_mode)mode);
            gvm_buf_append(&c.invoke, cases[i].code, cases[i].len);
            wc_i32(&c.invoke, 0);
            put_wasm(&t, &caller_at, &c, 0);
            t.last = caller_at;
            call(&t, gvm_bytes_make(NULL, 0), 1000000);
            assert_outcome(&t, cases[i].outcome);
            assert_int_equal(gvm_outcome_code(t.w.result.outcome), cases[i].status);
            assert_int_equal(t.w.result.gas_left, 0);
            assert_non_null(strstr(t.w.vm.reason.text, cases[i].reason));
            close_world(&t);
        }
}

/* ---- what the functions answer: the EVM's words for the same questions */

static const struct {
    const char *evm;  /* leaves a word */
    const char *host; /* writes it (address: its last 20 bytes) or returns it */
    char form;        /* a: address, w: word, i, I: numbers */
} questions[] = {
    {"33", "ghost.caller", 'a'},
    {"32", "ghost.origin", 'a'},
    {"30", "ghost.self", 'a'},
    {"34", "ghost.value", 'w'},
    {"3a", "ghost.gas_price", 'w'},
    {"48", "ghost.base_fee", 'w'},
    {"4a", "ghost.blob_base_fee", 'w'},
    {"43", "ghost.block_number", 'I'},
    {"42", "ghost.block_timestamp", 'I'},
    {"45", "ghost.block_gas_limit", 'I'},
    {"46", "ghost.chain_id", 'I'},
    {"41", "ghost.coinbase", 'a'},
    {"44", "ghost.prevrandao", 'w'},
    {"36", "ghost.input_size", 'i'},
    {"3d", "ghost.return_data_size", 'i'},
    {"33", "vm_hooks.msg_sender", 'a'},
    {"34", "vm_hooks.msg_value", 'w'},
    {"30", "vm_hooks.contract_address", 'a'},
    {"32", "vm_hooks.tx_origin", 'a'},
    {"3a", "vm_hooks.tx_gas_price", 'w'},
    {"48", "vm_hooks.block_basefee", 'w'},
    {"41", "vm_hooks.block_coinbase", 'a'},
    {"43", "vm_hooks.block_number", 'I'},
    {"42", "vm_hooks.block_timestamp", 'I'},
    {"45", "vm_hooks.block_gas_limit", 'I'},
    {"46", "vm_hooks.chainid", 'I'},
    {"3d", "vm_hooks.return_data_size", 'i'},
    {"612710", "vm_hooks.tx_ink_price", 'i'},
    {"6000", "vm_hooks.msg_reentrant", 'i'},
    {"6000", "ghost.reentrant", 'i'},
};

static gvm_status hash_of_block(void *ctx, gvm_hash *out, uint64_t number) {
    (void)ctx;
    *out = (gvm_hash){{0xb1, [31] = (uint8_t)number}};
    return GVM_OK;
}

static void set_env(world *t, gvm_hash *blobs) {
    gvm_vm *vm = &t->w.vm;
    vm->block.timestamp = 1234567890123;
    vm->block.coinbase = (gvm_address){{0xcb, 1}};
    vm->block.prev_randao = (gvm_hash){{0xad, [31] = 2}};
    vm->block.base_fee = gvm_u256_from_u64(7);
    vm->block.blob_base_fee = gvm_u256_from_u64(3);
    vm->block.block_hash = hash_of_block;
    vm->tx.gas_price = gvm_u256_from_u64(11);
    vm->tx.blob_hashes = blobs;
    vm->tx.blob_hash_count = 1;
}

/* Runs contract and EVM code in equal worlds, each at caller_at, called with 5 wei; outputs equal.
 */
static void check_equal(const char *what, wasm_contract *c, const char *evm) {
    gvm_hash blobs[1] = {{{1, [31] = 9}}};
    uint8_t expected[512];
    size_t len = 0;
    for (int round = 0; round < 2; round++) {
        world t;
        open_world(&t, GVM_ENGINE_JIT);
        put_evm(&t, &callee_at, "600160020300", 77);
        if (round == 0)
            put_evm(&t, &caller_at, evm, 55);
        else
            put_wasm(&t, &caller_at, c, 55);
        set_env(&t, blobs);
        gvm_message msg = {.kind = GVM_CALL,
                           .gas = GAS,
                           .sender = evm_sender,
                           .recipient = caller_at,
                           .code_address = caller_at,
                           .value = gvm_u256_from_u64(5),
                           .input = gvm_bytes_str("0123456789abcdefghijklmnopqrstuvwxyz")};
        assert_int_equal(gvm_vm_execute(&t.w.vm, &t.w.result, &msg), GVM_OK);
        assert_outcome(&t, GVM_OUT_SUCCESS);
        if (round == 0) {
            len = t.w.result.output.len;
            assert_true(len > 0 && len <= sizeof expected);
            memcpy(expected, t.w.result.output.ptr, len);
        } else if (t.w.result.output.len != len ||
                   memcmp(t.w.result.output.ptr, expected, len) != 0) {
            gvm_buf text = {0};
            for (size_t i = 0; i < len; i++) gvm_buf_printf(&text, "%02x", expected[i]);
            gvm_buf_str(&text, "\nfound    ");
            for (size_t i = 0; i < t.w.result.output.len; i++)
                gvm_buf_printf(&text, "%02x", t.w.result.output.ptr[i]);
            gvm_buf_put(&text, 0);
            fail_msg("%s: expected %s", what, (char *)text.ptr);
        }
        close_world(&t);
    }
}

static void the_world_looks_as_from_the_evm(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        wasm_contract c = {.pages = 1};
        gvm_buf *b = &c.invoke;
        char hex[100];
        char form = questions[i].form;
        (void)snprintf(hex, sizeof hex,
                       "%s600052"
                       "60206000f3",
                       questions[i].evm);
        if (form == 'a') wc_host(&c, b, questions[i].host, 44u);
        if (form == 'w') wc_host(&c, b, questions[i].host, 32u);
        /* numbers: little-endian in memory, so byte by byte into the word's end */
        for (uint32_t k = 0; (form == 'i' || form == 'I') && k < (form == 'I' ? 8 : 4); k++) {
            wc_i32(b, 63 - k);
            wc_host(&c, b, questions[i].host);
            if (form == 'I') {
                wc_i64(b, 8 * k);
                wc_op(b, 0x88, 0x3c, 0, 0); /* i64.shr_u, i64.store8 */
            } else {
                wc_i32(b, 8 * k);
                wc_op(b, 0x76, 0x3a, 0, 0);
            }
        }
        wc_host(&c, b, "ghost.output", 32u, 32u);
        wc_i32(b, 0);
        check_equal(questions[i].host, &c, hex);
    }
}

static void accounts_and_data_look_as_from_the_evm(void **state) {
    (void)state;
    /* BALANCE, EXTCODEHASH, EXTCODECOPY of callee_at, BLOCKHASH(990), BLOBHASH(0), BLOBHASH(1) */
    wasm_contract c = {.pages = 1};
    gvm_buf *b = &c.invoke;
    wc_data(&c, 0, gvm_bytes_make(callee_at.b, 20));
    wc_host(&c, b, "ghost.balance", 0u, 64u);
    wc_host(&c, b, "ghost.code_hash", 0u, 96u);
    wc_host(&c, b, "ghost.code_copy", 0u, 128u, 2u, 32u);
    wc_host(&c, b, "ghost.block_hash", UINT64_C(990), 160u);
    wc_host(&c, b, "ghost.blob_hash", 0u, 192u);
    wc_host(&c, b, "ghost.blob_hash", 1u, 224u);
    wc_host(&c, b, "ghost.input_copy", 256u, 20u, 32u);
    wc_host(&c, b, "ghost.output", 64u, 224u);
    wc_i32(b, 0);
    check_equal("accounts", &c,
                "73" CALLEE_HEX "31600052"
                "73" CALLEE_HEX "3f602052"
                "602060026040"
                "73" CALLEE_HEX "3c"
                "6103de40606052"
                "600049608052"
                "60014960a052"
                "6020601460c037"
                "60e06000f3");
}

static void numbers_are_the_evms(void **state) {
    (void)state;
    static const struct {
        const char *ghost, *hook, *op;
        int operands;
    } ops[] = {
        {"ghost.mul", NULL, "02", 2},
        {"ghost.div", "vm_hooks.math_div", "04", 2},
        {"ghost.mod", "vm_hooks.math_mod", "06", 2},
        {"ghost.exp", "vm_hooks.math_pow", "0a", 2},
        {"ghost.addmod", "vm_hooks.math_add_mod", "08", 3},
        {"ghost.mulmod", "vm_hooks.math_mul_mod", "09", 3},
    };
    static const char *const words[][3] = {
        {"00000000000000000000000000000000000000000000000000000000000000ff",
         "0000000000000000000000000000000000000000000000000000000000000007",
         "0000000000000000000000000000000000000000000000000000000000000000"},
        {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
         "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe",
         "8000000000000000000000000000000000000000000000000000000000000003"},
        {"123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
         "0000000000000000000000000000000000000000000000000000000000000000",
         "00000000000000000000000000000000fedcba9876543210fedcba9876543210"},
    };
    for (size_t o = 0; o < sizeof ops / sizeof ops[0]; o++)
        for (size_t v = 0; v < 3; v++)
            for (int hook = 0; hook < (ops[o].hook != NULL ? 2 : 1); hook++) {
                wasm_contract c = {.pages = 1};
                gvm_buf *b = &c.invoke;
                char hex[400] = "";
                for (int k = 0; k < 3; k++) {
                    uint8_t word[32];
                    wc_data(&c, (uint32_t)k * 32,
                            gvm_bytes_make(word, hex_bytes(word, 32, words[v][k])));
                }
                for (int k = ops[o].operands; k-- > 0;) {
                    strcat(hex, "7f");
                    strcat(hex, words[v][k]);
                }
                strcat(hex, ops[o].op);
                strcat(hex, "60005260206000f3");
                uint32_t at = hook ? 0 : 128;
                const char *name = hook ? ops[o].hook : ops[o].ghost;
                if (hook && ops[o].operands == 2) wc_host(&c, b, name, 0u, 32u);
                if (hook && ops[o].operands == 3) wc_host(&c, b, name, 0u, 32u, 64u);
                if (!hook && ops[o].operands == 2) wc_host(&c, b, name, 0u, 32u, at);
                if (!hook && ops[o].operands == 3) wc_host(&c, b, name, 0u, 32u, 64u, at);
                wc_host(&c, b, "ghost.output", at, 32u);
                wc_i32(b, 0);
                check_equal(name, &c, hex);
            }
}

static void hashes_and_text(void **state) {
    (void)state;
    /* KECCAK256 of 36 bytes of calldata; the same by the hook and by env */
    static const char *const names[] = {"ghost.keccak256", "env.keccak256", "env.hash",
                                        "vm_hooks.native_keccak256"};
    for (size_t i = 0; i < 4; i++) {
        wasm_contract c = {.pages = 1};
        wc_host(&c, &c.invoke, "ghost.input_copy", 0u, 0u, 36u);
        wc_host(&c, &c.invoke, "env.log", 0u, 36u);
        wc_host(&c, &c.invoke, names[i], 0u, 36u, 64u);
        wc_host(&c, &c.invoke, "ghost.output", 64u, 32u);
        wc_i32(&c.invoke, 0);
        check_equal(names[i], &c,
                    "366000600037"
                    "36600020"
                    "600052"
                    "60206000f3");
    }
    /* abort as AssemblyScript calls it: Error(string) */
    world t;
    wasm_contract c = {.pages = 1};
    open_world(&t, GVM_ENGINE_INTERP);
    wc_data(&c, 12, gvm_bytes_make("\6\0\0\0n\0o\0!\0", 10));
    wc_data(&c, 28, gvm_bytes_make("\10\0\0\0a\0.\0t\0s\0", 12));
    wc_host(&c, &c.invoke, "env.abort", 16u, 32u, 12u, 34u);
    wc_i32(&c.invoke, 0);
    put_wasm(&t, &caller_at, &c, 0);
    t.last = caller_at;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_outcome(&t, GVM_OUT_REVERT);
    assert_int_equal(t.w.result.output.len, 100);
    assert_memory_equal(t.w.result.output.ptr, "\x08\xc3\x79\xa0", 4);
    assert_int_equal(t.w.result.output.ptr[35], 32);
    assert_int_equal(t.w.result.output.ptr[67], 16);
    assert_memory_equal(t.w.result.output.ptr + 68, "no! (a.ts:12:34)", 16);
    assert_true(t.w.result.gas_left > 0);
    close_world(&t);
}

/* ---- Stylus */

static uint64_t slot_of(world *t, uint64_t key) {
    gvm_u256 k = gvm_u256_from_u64(key);
    return gvm_state_slot(t->w.state, gvm_state_entry(t->w.state, &caller_at), &k)->current.w[0];
}

static void run_stylus(world *t, wasm_contract *c, gvm_outcome outcome) {
    c->pages = 1;
    c->stylus = true;
    wc_i32(&c->invoke, 0);
    put_wasm(t, &caller_at, c, 100);
    t->last = caller_at;
    call(t, gvm_bytes_str("0123456789"), GAS);
    assert_outcome(t, outcome);
}

static void stylus_storage_is_cached_until_the_flush(void **state) {
    (void)state;
    enum { NOTHING, FLUSH, CALL, CREATE, EXIT };
    for (int end = NOTHING; end <= EXIT; end++) {
        world t;
        wasm_contract c = {0};
        gvm_buf *b = &c.invoke;
        open_world(&t, GVM_ENGINE_JIT);
        wc_data_byte(&c, 31, 1);  /* key 1 */
        wc_data_byte(&c, 63, 42); /* value 42 */
        wc_host(&c, b, "vm_hooks.storage_load_bytes32", 0u, 64u);
        wc_host(&c, b, "vm_hooks.storage_cache_bytes32", 0u, 32u);
        wc_host(&c, b, "vm_hooks.storage_load_bytes32", 0u, 64u);
        wc_host(&c, b, "ghost.storage_load", 0u, 96u); /* storage itself: not yet */
        wc_host(&c, b, "vm_hooks.write_result", 64u, 64u);
        if (end == FLUSH) wc_host(&c, b, "vm_hooks.storage_flush_cache", 0u);
        if (end == CALL) {
            wc_host(&c, b, "vm_hooks.call_contract", 128u, 0u, 0u, 128u, UINT64_MAX, 256u);
            wc_op(b, 0x1a);
        }
        if (end == CREATE) wc_host(&c, b, "vm_hooks.create1", 0u, 0u, 128u, 200u, 256u);
        if (end == EXIT) wc_host(&c, b, "vm_hooks.exit_early", 0u);
        if (end == EXIT) wc_op(b, 0x00);
        run_stylus(&t, &c, GVM_OUT_SUCCESS);
        assert_int_equal(t.w.result.output.len, 64);
        assert_int_equal(t.w.result.output.ptr[31], 42);
        assert_int_equal(t.w.result.output.ptr[63], 0);
        assert_int_equal(slot_of(&t, 1), end == NOTHING || end == EXIT ? 0 : 42);
        close_world(&t);
    }
}

static void stylus_hooks_work(void **state) {
    (void)state;
    world t;
    wasm_contract c = {0};
    gvm_buf *b = &c.invoke;
    /* arguments, a call that returns, one that reverts, code, a log, a creation */
    open_world(&t, GVM_ENGINE_JIT);
    put_evm(&t, &callee_at, "60aa60005360016000f3", 7); /* returns aa */
    wc_host(&c, b, "vm_hooks.read_args", 0u);
    wc_data(&c, 32, gvm_bytes_make(callee_at.b, 20));
    wc_host_to(&c, b, 64u, false, "vm_hooks.call_contract", 32u, 0u, 10u, 1024u, UINT64_MAX, 68u);
    wc_host_to(&c, b, 72u, false, "vm_hooks.read_return_data", 76u, 0u, 100u);
    wc_host_to(&c, b, 80u, false, "vm_hooks.static_call_contract", 32u, 0u, 0u, UINT64_C(3), 84u);
    wc_host_to(&c, b, 88u, false, "vm_hooks.account_code", 32u, 8u, 100u, 92u);
    wc_host_to(&c, b, 96u, false, "vm_hooks.account_code_size", 32u);
    wc_host(&c, b, "vm_hooks.account_balance", 32u, 104u);
    wc_host(&c, b, "vm_hooks.emit_log", 0u, 40u, 1u);
    wc_host(&c, b, "vm_hooks.transient_store_bytes32", 0u, 0u);
    wc_host(&c, b, "vm_hooks.transient_load_bytes32", 0u, 136u);
    wc_host(&c, b, "vm_hooks.create2", 0u, 0u, 1024u, 1024u, 168u, 188u);
    wc_host(&c, b, "vm_hooks.pay_for_memory_grow", 1u);
    wc_host(&c, b, "vm_hooks.write_result", 0u, 192u);
    run_stylus(&t, &c, GVM_OUT_SUCCESS);
    const uint8_t *o = t.w.result.output.ptr;
    assert_int_equal(t.w.result.output.len, 192);
    assert_memory_equal(o, "0123456789", 10);
    assert_int_equal(gvm_load_le32(o + 64), 0); /* success */
    assert_int_equal(gvm_load_le32(o + 68), 1); /* one byte */
    assert_int_equal(gvm_load_le32(o + 72), 1); /* copied */
    assert_int_equal(o[76], 0xaa);
    assert_int_equal(gvm_load_le32(o + 80), 2); /* out of gas: failure */
    assert_int_equal(gvm_load_le32(o + 84), 0);
    assert_int_equal(gvm_load_le32(o + 88), 2); /* what there is behind 8 of 10 bytes */
    assert_memory_equal(o + 92, "\x00\xf3", 2);
    assert_int_equal(gvm_load_le32(o + 96), 10);
    assert_int_equal(o[135], 7);
    assert_memory_equal(o + 136, o, 32);
    assert_false(gvm_address_is_zero((const gvm_address *)(o + 168)));
    size_t count;
    const gvm_log *logs = gvm_state_logs(t.w.state, &count);
    assert_int_equal(count, 1);
    assert_int_equal(logs[0].topic_count, 1);
    assert_int_equal(logs[0].data.len, 8);
    close_world(&t);
    /* more than four topics; a status that says failure */
    wasm_contract bad = {0}, early = {0};
    open_world(&t, GVM_ENGINE_JIT);
    wc_host(&bad, &bad.invoke, "vm_hooks.emit_log", 0u, 200u, 5u);
    run_stylus(&t, &bad, GVM_OUT_TRAP);
    close_world(&t);
    open_world(&t, GVM_ENGINE_JIT);
    wc_host(&early, &early.invoke, "vm_hooks.exit_early", 7u);
    run_stylus(&t, &early, GVM_OUT_REVERT);
    close_world(&t);
}

/* ---- traces */

/* Whole transactions, twice from one snapshot: entries, host calls, memory and exits are equal. */
static void both_engines_leave_one_record(void **state) {
    (void)state;
    for (int d = 0; d < DEED_COUNT; d++)
        for (size_t way = 0; way < 3; way++)
            for (int pair = 1; pair < 4; pair++) {
                gvm_trace_record records[2];
                char apart[GVM_RECORD_TEXT];
                for (int mode = 0; mode < 2; mode++) {
                    world t;
                    gvm_trace_record_init(&records[mode]);
                    open_pair(&t, (gvm_engine_mode)mode, pair & 1, pair >> 1, way, (deed)d);
                    t.w.vm.tracer = &records[mode].tracer;
                    call(&t, gvm_bytes_make(NULL, 0), GAS);
                    close_world(&t);
                }
                if (!gvm_trace_record_equal(&records[0], &records[1], apart))
                    fail_msg("deed %d, way %zu, pair %d: %s", d, way, pair, apart);
                gvm_buf_put(&records[0].text, 0);
                assert_non_null(strstr((char *)records[0].text.ptr, "host ghost."));
                assert_non_null(strstr((char *)records[0].text.ptr, "memory 65536:"));
                records[1].text.ptr[records[1].text.len / 2] ^= 1;
                assert_false(gvm_trace_record_equal(&records[0], &records[1], apart));
                gvm_trace_record_free(&records[0]);
                gvm_trace_record_free(&records[1]);
            }
}

static void traces_show_frames_and_host_calls(void **state) {
    (void)state;
    world t;
    gvm_call_tracer calls;
    gvm_struct_log steps;
    gvm_buf out = {0};
    /* EVM calls WebAssembly, which stores and traps */
    gvm_call_tracer_init(&calls, 0);
    open_pair(&t, GVM_ENGINE_JIT, false, true, 0, DEED_TRAP);
    t.w.vm.tracer = &calls.tracer;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_int_equal(gvm_call_tracer_write(&calls, &out, GAS, 1), GVM_OK);
    gvm_buf_put(&out, 0);
    assert_non_null(
        strstr((char *)out.ptr, "\"error\":\"trap: unreachable in invoke (function 1)"));
    gvm_call_tracer_free(&calls);
    close_world(&t);
    gvm_buf_clear(&out);
    /* the host calls of its frames, where asked for */
    gvm_call_tracer_init(&calls, GVM_CALL_TRACER_HOST);
    open_pair(&t, GVM_ENGINE_JIT, KIND_WASM, KIND_WASM, 0, DEED_STORE);
    t.w.vm.tracer = &calls.tracer;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_int_equal(gvm_call_tracer_write(&calls, &out, GAS, 1), GVM_OK);
    gvm_buf_put(&out, 0);
    yyjson_doc *doc = yyjson_read((char *)out.ptr, out.len - 1, 0);
    yyjson_val *outer = yyjson_doc_get_root(doc);
    yyjson_val *inner = yyjson_arr_get(yyjson_obj_get(outer, "calls"), 0);
    yyjson_val *host = yyjson_arr_get_last(yyjson_obj_get(outer, "hostCalls"));
    assert_string_equal(yyjson_get_str(yyjson_obj_get(host, "name")), "ghost.output");
    assert_string_equal(yyjson_get_str(yyjson_obj_get(host, "position")), "0x1");
    host = yyjson_arr_get_first(yyjson_obj_get(inner, "hostCalls"));
    assert_string_equal(yyjson_get_str(yyjson_obj_get(host, "name")), "ghost.storage_store");
    assert_string_equal(yyjson_get_str(yyjson_obj_get(host, "gasUsed")), "0x5654");
    assert_string_equal(yyjson_get_str(yyjson_arr_get(yyjson_obj_get(host, "args"), 1)), "0x20");
    yyjson_doc_free(doc);
    gvm_call_tracer_free(&calls);
    close_world(&t);
    gvm_buf_clear(&out);
    gvm_struct_log_init(&steps, 0, 0);
    open_pair(&t, GVM_ENGINE_JIT, false, true, 0, DEED_STORE);
    t.w.vm.tracer = &steps.tracer;
    call(&t, gvm_bytes_make(NULL, 0), GAS);
    assert_int_equal(gvm_struct_log_write(&steps, &out, 1), GVM_OK);
    gvm_buf_put(&out, 0);
    const char *at = strstr((char *)out.ptr, "\"op\":\"CALL\"");
    assert_non_null(at);
    at = strstr(at, "\"op\":\"ghost.storage_store\"");
    assert_non_null(at);
    assert_non_null(strstr(at, "\"gasCost\":22100,\"depth\":2,\"stack\":[\"0x0\",\"0x20\"]"));
    at = strstr(at, "\"op\":\"ghost.storage_load\"");
    assert_non_null(at);
    assert_non_null(strstr(at, "\"gasCost\":2100,\"depth\":2"));
    assert_non_null(strstr(at, "\"op\":\"RETURN\""));
    gvm_struct_log_free(&steps);
    gvm_buf_free(&out);
    close_world(&t);
}

/* ---- the page */

static const char *module_of[] = {"ghost", "env", "vm_hooks"};

static void put_type(gvm_buf *out, const gvm_wasm_hostcall *row) {
    const char *mark = strchr(row->type, '>');
    size_t params = mark != NULL ? (size_t)(mark - row->type) : strlen(row->type);
    gvm_buf_str(out, "(");
    for (size_t i = 0; i < params; i++)
        gvm_buf_printf(out, "%s%s", i > 0 ? ", " : "", row->type[i] == 'I' ? "i64" : "i32");
    gvm_buf_str(out, ")");
    if (mark != NULL) gvm_buf_printf(out, " -> %s", mark[1] == 'I' ? "i64" : "i32");
}

static void put_tables(gvm_buf *out) {
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    for (size_t m = 0; m < 3; m++) {
        gvm_buf_printf(out,
                       "\n## Module `%s`\n\n| function | type | gas | static | |\n"
                       "| --- | --- | --- | --- | --- |\n",
                       module_of[m]);
        for (size_t i = 0; i < count; i++) {
            const gvm_wasm_hostcall *r = &rows[i];
            if (strcmp(r->module, module_of[m]) != 0) continue;
            if (r->since == 0) {
                gvm_buf_printf(out, "| `%s` | | | | kept for later; refused until then |\n",
                               r->name);
                continue;
            }
            gvm_buf_printf(out, "| `%s` | `", r->name);
            put_type(out, r);
            gvm_buf_printf(out, "` | %lld", (long long)r->gas);
            if (r->word_gas > 0) gvm_buf_printf(out, " + %lld/word", (long long)r->word_gas);
            gvm_buf_printf(out, " | %s | %s |\n", r->writes ? "no" : "yes", r->text);
        }
    }
    gvm_buf_str(out, "\n");
}

static void page_is_current(void **state) {
    (void)state;
    static const char path[] = "docs/wasm-host.md", from[] = "<!-- tables -->\n",
                      to[] = "<!-- end -->";
    static char text[65536];
    gvm_buf all = {0};
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    char *head = strstr(text, from), *tail = strstr(text, to);
    assert_true(head != NULL && tail != NULL);
    head += sizeof from - 1;
    gvm_buf_append(&all, text, (size_t)(head - text));
    put_tables(&all);
    gvm_buf_str(&all, tail);
    if (getenv("GVM_WRITE") != NULL) {
        f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(all.ptr, 1, all.len, f), all.len);
        (void)fclose(f);
    } else if (all.len != strlen(text) || memcmp(all.ptr, text, all.len) != 0) {
        fail_msg("%s differs from the table: run GVM_WRITE=1 build/tests/unit_wasmhost_test", path);
    }
    gvm_buf_free(&all);
}

/* Every row says what the door needs: a role for each parameter, lengths for buffers. */
static void rows_make_sense(void **state) {
    (void)state;
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    for (size_t i = 0; i < count; i++) {
        const gvm_wasm_hostcall *r = &rows[i];
        if (r->since == 0) continue;
        const char *mark = strchr(r->type, '>');
        size_t params = mark != NULL ? (size_t)(mark - r->type) : strlen(r->type);
        if (strlen(r->roles) != params || params > 8) fail_msg("%s: roles", r->name);
        unsigned buffers = 0, lengths = 0;
        for (size_t k = 0; k < params; k++) {
            char role = r->roles[k];
            buffers += role == '<' || role == '>';
            lengths += role == 'n';
            if ((role == 'V') != (r->type[k] == 'I')) fail_msg("%s: %zu is no i64", r->name, k);
            if (role == 't' && r->roles[k + 1] != 'c') fail_msg("%s: topics", r->name);
        }
        if (buffers != lengths) fail_msg("%s: lengths", r->name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->name, rows[k].name) == 0 && strcmp(r->module, rows[k].module) == 0)
                fail_msg("%s: twice", r->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deploys_and_runs),
        cmocka_unit_test(deployment_refuses),
        cmocka_unit_test(interface_is_checked),
        cmocka_unit_test(deployment_costs),
        cmocka_unit_test(compressed_modules),
        cmocka_unit_test(engines_call_each_other),
        cmocka_unit_test(engines_create_each_other),
        cmocka_unit_test(host_functions_cost_what_the_table_says),
        cmocka_unit_test(gas_ends_at_the_same_place),
        cmocka_unit_test(pointers_are_checked),
        cmocka_unit_test(static_mode_refuses_writes),
        cmocka_unit_test(declared_guard_refuses_reentry),
        cmocka_unit_test(guard_looks_through_proxies),
        cmocka_unit_test(chains_reach_depth_1024),
        cmocka_unit_test(chains_end_by_gas_alike),
        cmocka_unit_test(pages_of_all_frames_count),
        cmocka_unit_test(pages_double_their_price),
        cmocka_unit_test(large_code_is_paid_when_loaded),
        cmocka_unit_test(evm_code_creates_large_modules),
        cmocka_unit_test(delegations_run),
        cmocka_unit_test(ethereum_rules_know_nothing_of_it),
        cmocka_unit_test(traps_say_where),
        cmocka_unit_test(the_world_looks_as_from_the_evm),
        cmocka_unit_test(accounts_and_data_look_as_from_the_evm),
        cmocka_unit_test(numbers_are_the_evms),
        cmocka_unit_test(hashes_and_text),
        cmocka_unit_test(stylus_storage_is_cached_until_the_flush),
        cmocka_unit_test(stylus_hooks_work),
        cmocka_unit_test(both_engines_leave_one_record),
        cmocka_unit_test(traces_show_frames_and_host_calls),
        cmocka_unit_test(page_is_current),
        cmocka_unit_test(rows_make_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
