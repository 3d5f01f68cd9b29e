/* Loads any bytes, in both profiles, whole and in pieces of the input's own choice: one verdict,
 * one place, one code. */
#include "vm/wasm/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static gvm_status load(gvm_wasm_module **m, gvm_wasm_refusal *r, gvm_bytes bytes,
                       const gvm_wasm_limits *limits, uint32_t seed) {
    gvm_wasm_loader *l = gvm_wasm_loader_new(limits);
    GVM_ASSERT(l != NULL);
    gvm_status status = GVM_OK;
    for (size_t at = 0; at < bytes.len && status == GVM_OK;) {
        size_t n = bytes.len - at;
        if (seed != 0) {
            seed = seed * 1664525u + 1013904223u;
            size_t piece = (seed >> 24) % 7 + 1;
            if (piece < n) n = piece;
        }
        status = gvm_wasm_loader_feed(l, NULL, gvm_bytes_make(bytes.ptr + at, n));
        const gvm_wasm_refusal *x = gvm_wasm_loader_refusal(l);
        GVM_ASSERT(status == GVM_OK || (x->offset >= at && x->offset < at + n));
        at += n;
    }
    if (status == GVM_OK) status = gvm_wasm_loader_finish(l, m);
    *r = *gvm_wasm_loader_refusal(l);
    gvm_wasm_loader_delete(l);
    return status;
}

static void compare(gvm_bytes bytes, const gvm_wasm_limits *limits) {
    gvm_wasm_module *a = NULL, *b = NULL;
    gvm_wasm_refusal x, y;
    gvm_status status = load(&a, &x, bytes, limits, 0);
    GVM_ASSERT(load(&b, &y, bytes, limits, (uint32_t)bytes.len + 1) == status);
    GVM_ASSERT(memcmp(&x, &y, sizeof x) == 0);
    if (status != GVM_OK) return;
    GVM_ASSERT(a->words.len == b->words.len);
    GVM_ASSERT(a->words.len == 0 ||
               memcmp(a->words.at, b->words.at, a->words.len * sizeof *a->words.at) == 0);
    gvm_wasm_module_delete(a);
    gvm_wasm_module_delete(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    gvm_bytes bytes = gvm_bytes_make(data, len);
    compare(bytes, &gvm_wasm_limits_core);
    compare(bytes, &gvm_wasm_limits_contract);
    return 0;
}
