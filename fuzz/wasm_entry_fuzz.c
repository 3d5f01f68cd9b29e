/* Entries of the cache of compiled code: whatever the bytes, what the parser accepts lies inside
 * them, is consistent, and is not believed without its seal; an entry that is sealed anew by
 * somebody who has the key, and attached to a module, is refused or has that module's shape. */
#include "vm/wasmhost/code_entry.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* (module (func (result i32) (i32.const 1)) (func)) */
static const uint8_t module_bytes[] = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01,
                                       0x08, 0x02, 0x60, 0x00, 0x01, 0x7f, 0x60, 0x00, 0x00,
                                       0x03, 0x03, 0x02, 0x00, 0x01, 0x0a, 0x09, 0x02, 0x04,
                                       0x00, 0x41, 0x01, 0x0b, 0x02, 0x00, 0x0b};

static volatile unsigned sink;
static void touch(gvm_bytes b) {
    for (size_t i = 0; i < b.len; i++) sink += b.ptr[i];
}

/* Lengths and offsets as they are, code that is never run. */
static void attach(const gvm_wasm_entry *e, gvm_bytes file) {
    gvm_wasm_module *m;
    gvm_wasm_native n = e->n;
    if (gvm_wasm_load(&m, NULL, gvm_bytes_make(module_bytes, sizeof module_bytes), NULL) != GVM_OK)
        return;
    n.entries = calloc(n.entries_len + 1u, sizeof *n.entries);
    GVM_ASSERT(n.entries != NULL);
    for (uint32_t i = 0; i < n.entries_len; i++) n.entries[i] = gvm_load_le32(e->entries + 4u * i);
    uint8_t *tables = file.len == 0 ? NULL
                                    : (uint8_t *)(uintptr_t)file.ptr + e->image +
                                          (uint64_t)e->pages * GVM_WASM_IMAGE_PAGE;
    if (gvm_wasm_image_tables(m, &n) == e->tables && gvm_wasm_image_equal(m, &n, tables)) {
        n.code.ptr = file.ptr + e->image;
        n.places = gvm_wasm_image_places(m, tables);
        if (gvm_wasm_module_attach(m, &n) == GVM_OK) {
            gvm_wasm_func_report r;
            GVM_ASSERT(n.entries_len == 2 && gvm_wasm_module_func(m, &r, 1));
        }
    }
    free(n.entries);
    gvm_wasm_module_delete(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_wasm_entry e = {0};
    gvm_wasm_entry_keys keys;
    static const uint8_t secret[32] = {7};
    gvm_bytes file = gvm_bytes_make(data, size);
    if (gvm_wasm_entry_parse(&e, file, size) != GVM_OK) {
        /* A head alone, as one that is read first: the rest may be as long as it says. */
        if (size >= 80 && gvm_wasm_entry_parse(&e, file, e.total) == GVM_OK) {
            uint32_t head = gvm_wasm_entry_head_len(data);
            GVM_ASSERT(head != 0 && head <= size);
            touch(gvm_bytes_make(e.entries, 4ull * e.n.entries_len));
        }
        return 0;
    }
    uint32_t head = gvm_wasm_entry_head_len(data);
    GVM_ASSERT(head != 0 && head <= e.image && e.image <= size && e.total == size);
    GVM_ASSERT(e.image + (uint64_t)e.pages * GVM_WASM_IMAGE_PAGE + e.tables == size);
    GVM_ASSERT(e.n.code.len != 0 && e.n.code.len <= (uint64_t)e.pages * GVM_WASM_IMAGE_PAGE);
    touch(gvm_bytes_make(e.identity, 32));
    touch(gvm_bytes_make(e.seals, (e.pages + 1u) * 32u));
    touch(gvm_bytes_make(e.entries, 4ull * e.n.entries_len));
    touch(gvm_bytes_make(data + e.image, size - (size_t)e.image));
    gvm_wasm_entry_keys_derive(&keys, secret);
    gvm_hash identity;
    memcpy(identity.b, e.identity, sizeof identity.b);
    GVM_ASSERT(!gvm_wasm_entry_is(&e, gvm_bytes_make(data, head), &keys, &identity));
    attach(&e, file);
    return 0;
}
