/* The ZVM is the EVM's machine with another table of instructions: containers are unwrapped here,
 * and what is inside runs on the loops of vm/evm/ (same words, memory, frames, prices, cache of
 * translated code, tracing build). So a ZVM loop is as fast as the EVM's by construction, and what
 * the official tests say of the EVM's arithmetic holds for the ZVM's. */
#include "vm/vm.h"

#include "vm/evm/evm.h"
#include "vm/zvm/container.h"
#include "vm/zvm/opcodes.h"

enum { /* frame.scratch, behind what the loops use */
       SAVED_CONTAINER = GVM_EVM_SCRATCH_USED,
       SAVED_CONTAINER_LEN,
};

static bool creates(const gvm_frame *f) {
    return gvm_kind_creates(f->msg.kind);
}

static gvm_outcome enter_creation(gvm_frame *f) {
    gvm_zvm_container c;
    gvm_error err;
    gvm_status status = gvm_zvm_container_check(&c, f->code, &err);
    if (status == GVM_ERR_NOMEM) return GVM_OUT_HOST_FAILURE;
    if (status != GVM_OK) {
        gvm_vm_explain(f, GVM_OUT_BAD_CONTAINER, "%.190s", gvm_error_text(&err));
        return GVM_OUT_BAD_CONTAINER;
    }
    f->scratch[SAVED_CONTAINER] = (uint64_t)(uintptr_t)c.whole.ptr;
    f->scratch[SAVED_CONTAINER_LEN] = c.whole.len;
    bool runs = (c.flags & GVM_ZVM_CONSTRUCTS) != 0;
    f->code = runs ? c.code : gvm_bytes_make(NULL, 0);
    f->msg.input = c.rest;
    return gvm_evm_enter(f, gvm_zvm_opcode_set());
}

static gvm_outcome enter(gvm_frame *f) {
    if (creates(f)) return enter_creation(f);
    gvm_zvm_container c;
    gvm_bytes inside = f->code.len < GVM_ZVM_PREFIX ? f->code
                                                    : gvm_bytes_make(f->code.ptr + GVM_ZVM_PREFIX,
                                                                     f->code.len - GVM_ZVM_PREFIX);
    /* only a genesis can hold one that deployment would have refused */
    if (gvm_zvm_container_parse(&c, inside, NULL) != GVM_OK) return GVM_OUT_BAD_CONTAINER;
    f->code = c.code;
    return gvm_evm_enter(f, gvm_zvm_opcode_set());
}

/* What is stored goes into this depth's memory, whose bytes nobody sees any more. */
static gvm_outcome leave_code(gvm_frame *f) {
    const uint8_t *container = (const uint8_t *)(uintptr_t)f->scratch[SAVED_CONTAINER];
    size_t len = (size_t)f->scratch[SAVED_CONTAINER_LEN];
    size_t whole = (GVM_ZVM_PREFIX + len + 31) / 32 * 32;
    if (!gvm_memory_grow(f->memory, whole)) return GVM_OUT_HOST_FAILURE;
    static const uint8_t prefix[GVM_ZVM_PREFIX] = {0xef, 0x47, 0x02};
    memcpy(f->memory->ptr, prefix, sizeof prefix);
    memcpy(f->memory->ptr + sizeof prefix, container, len);
    f->result.output = gvm_bytes_make(f->memory->ptr, sizeof prefix + len);
    return GVM_OUT_SUCCESS;
}

static gvm_step run(gvm_frame *f) {
    gvm_step step = gvm_evm_run(f);
    if (step == GVM_STEP_DONE && creates(f) && f->result.outcome == GVM_OUT_SUCCESS)
        f->result.outcome = leave_code(f);
    return step;
}

const gvm_engine gvm_zvm_engine = {
    .name = "zvm", .enter = enter, .run = run, .leave = gvm_evm_leave};
