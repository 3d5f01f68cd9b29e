/* Creation: what the input holds, what it costs, whether it is a contract. The price is taken
 * before anything is looked at closely: finding a raw module's end reads section headers alone,
 * finding a frame's end its block headers. */
#include "vm/wasmhost/deploy.h"

#include "vm/container.h"

#include <stdlib.h>
#include <zstd.h>

enum { BYTE_GAS = 200, CHECK_GAS = 50000, UNPACKED_BYTE_GAS = 2 };

static gvm_outcome refuse(gvm_wasm_context *c, const char *why) {
    gvm_vm_explain(c->frame, GVM_OUT_BAD_CONTAINER, "%s", why);
    return GVM_OUT_BAD_CONTAINER;
}

/* ---- where a raw module ends */

static bool read_leb(gvm_bytes in, size_t *at, uint32_t *out) {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (*at >= in.len) return false;
        uint8_t b = in.ptr[(*at)++];
        v |= (uint64_t)(b & 0x7f) << shift;
        if ((b & 0x80) == 0) {
            *out = (uint32_t)v;
            return v <= UINT32_MAX;
        }
    }
    return false;
}

/* Whether the custom section's payload is the name "ghost.end" and nothing behind. */
static bool is_end_mark(gvm_bytes payload) {
    static const char name[] = "ghost.end";
    size_t at = 0;
    uint32_t len;
    return read_leb(payload, &at, &len) && len == sizeof name - 1 && payload.len - at == len &&
           memcmp(payload.ptr + at, name, len) == 0;
}

/* Behind the end mark, else the whole input (which is then refused or not as it stands). */
static size_t module_end(gvm_bytes in) {
    size_t at = 8;
    while (at < in.len) {
        uint8_t id = in.ptr[at++];
        uint32_t len;
        if (!read_leb(in, &at, &len) || len > in.len - at) return in.len;
        if (id == 0 && is_end_mark(gvm_bytes_make(in.ptr + at, len))) return at + len;
        at += len;
    }
    return in.len;
}

/* ---- parts of the input */

typedef struct parts {
    gvm_bytes stored;  /* module or frame, without a prefix */
    uint64_t unpacked; /* length of the module */
    bool packed;
    gvm_bytes arguments; /* constructor data */
} parts;

static gvm_outcome split(gvm_wasm_context *c, parts *out) {
    gvm_bytes in = c->frame->code;
    out->packed = in.ptr[0] == 0xef;
    size_t end;
    if (out->packed) {
        in = gvm_bytes_make(in.ptr + GVM_CONTAINER_PREFIX, in.len - GVM_CONTAINER_PREFIX);
        if (!gvm_container_unpacked(&out->unpacked, in))
            return refuse(c, "zstd frame: no frame, no declared size, or over 1 MiB");
        end = ZSTD_findFrameCompressedSize(in.ptr, in.len);
        if (ZSTD_isError(end)) return refuse(c, "zstd frame: not well-formed");
    } else {
        end = module_end(in);
        out->unpacked = end;
    }
    out->stored = gvm_bytes_make(in.ptr, end);
    out->arguments = gvm_bytes_make(in.ptr + end, in.len - end);
    if (out->unpacked > GVM_WASM_MODULE_MAX) return refuse(c, "the module is over 1 MiB");
    return GVM_OUT_SUCCESS;
}

static gvm_outcome pay(gvm_frame *f, const parts *p) {
    int64_t stored = (int64_t)(p->stored.len + GVM_CONTAINER_PREFIX) * BYTE_GAS;
    if (!f->msg.code_paid && !gvm_gas_take(f, stored)) return GVM_OUT_CODE_DEPOSIT_OUT_OF_GAS;
    int64_t checking = CHECK_GAS + (int64_t)p->unpacked * UNPACKED_BYTE_GAS;
    return gvm_gas_take(f, checking) ? GVM_OUT_SUCCESS : GVM_OUT_OUT_OF_GAS;
}

static gvm_outcome validate(gvm_wasm_context *c, const parts *p) {
    gvm_error err = {0};
    uint8_t *unpacked = NULL;
    gvm_bytes module = p->stored;
    if (p->packed) {
        gvm_status status = gvm_wasm_unpack(&unpacked, p->stored, p->unpacked);
        if (status == GVM_ERR_NOMEM) return GVM_OUT_HOST_FAILURE;
        if (status != GVM_OK) return refuse(c, "zstd frame: not well-formed");
        module = gvm_bytes_make(unpacked, p->unpacked);
    }
    gvm_status status = gvm_wasm_contract_load(&c->contract, module, &err);
    free(unpacked);
    if (status == GVM_ERR_NOMEM) return GVM_OUT_HOST_FAILURE;
    if (status != GVM_OK) return refuse(c, gvm_error_text(&err));
    c->owns_contract = true;
    return GVM_OUT_SUCCESS;
}

gvm_outcome gvm_wasm_deploy(gvm_wasm_context *c) {
    parts p = {0};
    gvm_outcome outcome = split(c, &p);
    if (outcome == GVM_OUT_SUCCESS) outcome = pay(c->frame, &p);
    if (outcome == GVM_OUT_SUCCESS) outcome = validate(c, &p);
    if (outcome != GVM_OUT_SUCCESS) return outcome;
    const uint8_t prefix[GVM_CONTAINER_PREFIX] = {0xef, 0x47, p.packed ? 1 : 0};
    gvm_buf_append(&c->deposit, prefix, sizeof prefix);
    gvm_buf_append(&c->deposit, p.stored.ptr, p.stored.len);
    if (c->deposit.failed) return GVM_OUT_HOST_FAILURE;
    c->calldata = p.arguments;
    return GVM_OUT_SUCCESS;
}
