/* Host functions with hostile arguments: a contract of calls whose functions, numbers and pointers
 * the fuzzer picks, run interpreted and compiled in worlds of their own. Both must leave the same
 * record (entries, host calls with arguments and gas, memory, exits), the same refund, and every
 * frame's account and page given back. */
#include "support/evm_world.h"
#include "support/wasm_contract.h"
#include "system/precompiles.h"
#include "system/system.h"
#include "vm/trace/record.h"

#include <stdio.h>
#include <stdlib.h>

static const gvm_address callee = {{0xce, [19] = 2}};

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

static uint8_t next(input *in) {
    if (in->left == 0) return 0;
    in->left--;
    return *in->at++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Places that matter, or any number. */
static uint32_t pick(input *in) {
    static const uint32_t places[] = {
        0,     1,     19,     20,         31,         32,         64,         96,
        128,   255,   256,    4096,       65503,      65504,      65516,      65535,
        65536, 65537, 131072, 0x7fffffff, 0x80000000, 0xfffffffb, 0xfffffffc, 0xffffffff};
    enum { PLACES = sizeof places / sizeof places[0] };
    uint8_t b = next(in);
    if (b < PLACES) return places[b];
    if (b < 128) return (uint32_t)b * 4;
    if (b < 200) return next(in);
    return (uint32_t)next(in) | (uint32_t)next(in) << 8 | (uint32_t)next(in) << 16 |
           (uint32_t)next(in) << 24;
}

static void write_call(wasm_contract *c, gvm_buf *b, input *in) {
    size_t count;
    const gvm_wasm_hostcall *rows = gvm_wasm_hostcalls(&count);
    const gvm_wasm_hostcall *row = &rows[next(in) % count];
    char name[80];
    if (row->since == 0) return;
    (void)snprintf(name, sizeof name, "%s.%s", row->module, row->name);
    uint32_t index = wc_import(c, name);
    const char *mark = strchr(row->type, '>');
    if (mark != NULL && mark[1] == 'i') wc_i32(b, 512 + (uint32_t)(next(in) & 15) * 4);
    for (const char *t = row->type; *t != '\0' && *t != '>'; t++) {
        if (*t == 'I')
            wc_i64(b, (uint64_t)pick(in) << (next(in) & 31));
        else
            wc_i32(b, pick(in));
    }
    gvm_buf_put(b, 0x10);
    wb_u32(b, index);
    if (mark != NULL && mark[1] == 'i') wc_op(b, 0x36, 2, 0);
    if (mark != NULL && mark[1] == 'I') wc_op(b, 0x1a);
}

static void build(gvm_buf *code, input in) {
    wasm_contract c = {0};
    uint8_t flags = next(&in);
    c.pages = 1 + (flags & 1);
    c.stylus = (flags & 2) != 0;
    unsigned calls = next(&in) % 24;
    for (unsigned i = 0; i < calls; i++) write_call(&c, &c.invoke, &in);
    if (c.invoke.len > 0) wc_i32(&c.invoke, (flags & 4) != 0);
    wc_data(&c, 0, gvm_bytes_make(in.at, in.left < 512 ? in.left : 512));
    wc_data(&c, 4096, gvm_bytes_make(callee.b, 20));
    if (flags & 8) wc_custom(&c, "ghost.flags", gvm_bytes_make("\1\0\0\0", 4));
    gvm_buf_append(code, "\xef\x47\0", 3);
    wc_finish(&c, code);
    wc_free(&c);
}

static void run(gvm_trace_record *record, int64_t *refund, gvm_engine_mode mode, gvm_bytes code,
                bool is_static) {
    /* calls back with what it gets, then reverts with 40 bytes where its input is not empty */
    static const uint8_t other[] = {0x60, 0x00, 0x60, 0x00, 0x60, 0x00, 0x60, 0x00, 0x60, 0x00,
                                    0x33, 0x61, 0xff, 0xff, 0xf1, 0x50, 0x36, 0x60, 0x18, 0x57,
                                    0x00, 0x00, 0x00, 0x00, 0x5b, 0x60, 0x28, 0x60, 0x00, 0xfd};
    evm_world w;
    evm_world_open(&w, GVM_FORK_OSAKA);
    w.vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    w.vm.system = gvm_system_find;
    w.vm.natives = gvm_precompile_lookup;
    w.vm.mode = mode;
    for (size_t i = 0; i < gvm_system_count(); i++)
        GVM_ASSERT(gvm_state_memory_set(w.accounts, &gvm_system_at(i)->address, 1, gvm_u256_zero(),
                                        gvm_bytes_make("\xfe", 1)) == GVM_OK);
    evm_world_put(&w, &callee, 5, gvm_bytes_make(other, sizeof other));
    evm_world_put(&w, &evm_contract, 1000, code);
    w.vm.tracer = &record->tracer;
    gvm_state_begin_tx(w.state);
    gvm_message msg = {.kind = is_static ? GVM_STATICCALL : GVM_CALL,
                       .is_static = is_static,
                       .gas = 3000000,
                       .sender = evm_sender,
                       .recipient = evm_contract,
                       .code_address = evm_contract,
                       .input = gvm_bytes_str("calldata of the call, 36 bytes long")};
    GVM_ASSERT(gvm_vm_execute(&w.vm, &w.result, &msg) == GVM_OK);
    GVM_ASSERT(w.result.gas_left >= 0 && w.result.gas_left <= 3000000);
    GVM_ASSERT(gvm_state_entry(w.state, &evm_contract)->live == 0);
    GVM_ASSERT(w.vm.wasm == NULL || gvm_wasm_host_pages(w.vm.wasm) == 0);
    *refund = gvm_state_refund(w.state);
    evm_world_close(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_buf code = {0};
    gvm_trace_record records[2];
    int64_t refunds[2];
    char apart[GVM_RECORD_TEXT];
    if (size < 3) return 0;
    build(&code, (input){data + 1, size - 1});
    for (int mode = 0; mode < 2; mode++) {
        gvm_trace_record_init(&records[mode]);
        run(&records[mode], &refunds[mode], (gvm_engine_mode)mode, gvm_buf_bytes(&code),
            data[0] & 1);
    }
    if (!gvm_trace_record_equal(&records[0], &records[1], apart) || refunds[0] != refunds[1]) {
        fprintf(stderr, "%s\n", apart);
        abort();
    }
    for (int mode = 0; mode < 2; mode++) gvm_trace_record_free(&records[mode]);
    gvm_buf_free(&code);
    return 0;
}
