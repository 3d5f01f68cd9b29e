#include "vm/wasm/names.h"

static bool read_leb(const uint8_t **p, const uint8_t *end, uint32_t *out) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (*p == end) return false;
        uint8_t byte = *(*p)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = (uint32_t)value;
            return value <= UINT32_MAX;
        }
    }
    return false;
}

/* Subsection 1 of the section: a count, then index and name of each. */
gvm_wasm_names gvm_wasm_names_of(const gvm_wasm_module *m) {
    gvm_bytes section;
    gvm_wasm_names none = {NULL, NULL, 0};
    if (!gvm_wasm_module_custom(m, &section, gvm_bytes_str("name"))) return none;
    const uint8_t *p = section.ptr, *end = p + section.len;
    while (p != end) {
        uint8_t id = *p++;
        uint32_t size, count;
        if (!read_leb(&p, end, &size) || size > (size_t)(end - p)) return none;
        if (id == 1) {
            const uint8_t *stop = p + size;
            return read_leb(&p, stop, &count) ? (gvm_wasm_names){p, stop, count} : none;
        }
        p += size;
    }
    return none;
}

bool gvm_wasm_names_next(gvm_wasm_names *n, uint32_t *index, gvm_bytes *name) {
    uint32_t len;
    if (n->left == 0 || !read_leb(&n->at, n->end, index) || !read_leb(&n->at, n->end, &len) ||
        len > (size_t)(n->end - n->at))
        return false;
    *name = gvm_bytes_make(n->at, len);
    n->at += len;
    n->left--;
    return true;
}
