#include "vm/wasmhost/code_entry.h"

#include "crypto/blake3.h"

#define PAGE GVM_WASM_IMAGE_PAGE
enum { SEAL = 32, FIXED = 80 };

static const uint8_t magic[8] = {'G', 'V', 'M', 'W', 'A', 'S', 'M', 1};

void gvm_wasm_entry_keys_derive(gvm_wasm_entry_keys *out, const uint8_t secret[32]) {
    gvm_bytes material = gvm_bytes_make(secret, 32);
    gvm_blake3_derive_key(out->head, sizeof out->head,
                          gvm_bytes_str("GhostVM 2026-11-21 compiled code, heads"), material);
    gvm_blake3_derive_key(out->piece, sizeof out->piece,
                          gvm_bytes_str("GhostVM 2026-11-21 compiled code, pieces"), material);
}

static uint64_t whole_pages(uint64_t len) {
    return (len + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

/* ---- seals */

static void seal_piece(uint8_t out[SEAL], const gvm_hash *identity, uint64_t index, gvm_bytes piece,
                       const gvm_wasm_entry_keys *keys) {
    gvm_blake3_state s;
    uint8_t number[8];
    gvm_store_le64(number, index);
    gvm_blake3_init_keyed(&s, keys->piece);
    gvm_blake3_update(&s, gvm_bytes_make(identity->b, sizeof identity->b));
    gvm_blake3_update(&s, gvm_bytes_make(number, sizeof number));
    gvm_blake3_update(&s, piece);
    gvm_blake3_output(&s, out, SEAL, 0);
}

bool gvm_wasm_entry_piece(const uint8_t seal[32], const gvm_hash *identity, uint64_t index,
                          gvm_bytes piece, const gvm_wasm_entry_keys *keys) {
    uint8_t found[SEAL];
    seal_piece(found, identity, index, piece, keys);
    return gvm_equal_ct(found, seal, SEAL);
}

bool gvm_wasm_entry_is(const gvm_wasm_entry *e, gvm_bytes head, const gvm_wasm_entry_keys *keys,
                       const gvm_hash *identity) {
    gvm_hash seal;
    if (memcmp(e->identity, identity->b, sizeof identity->b) != 0) return false;
    gvm_blake3_keyed(&seal, keys->head, gvm_bytes_make(head.ptr, head.len - SEAL));
    return gvm_equal_ct(seal.b, head.ptr + head.len - SEAL, SEAL);
}

/* ---- reading */

uint32_t gvm_wasm_entry_head_len(const uint8_t first[16]) {
    uint32_t len = gvm_load_le32(first + 8);
    bool good = memcmp(first, magic, sizeof magic) == 0 && len >= FIXED + SEAL + SEAL &&
                len <= GVM_WASM_ENTRY_MAX;
    return good ? len : 0;
}

gvm_status gvm_wasm_entry_parse(gvm_wasm_entry *out, gvm_bytes bytes, uint64_t total_len) {
    const uint8_t *p = bytes.ptr;
    if (bytes.len < FIXED) return GVM_ERR_CORRUPT;
    uint64_t head = gvm_wasm_entry_head_len(p);
    if (head == 0 || head > bytes.len) return GVM_ERR_CORRUPT;
    uint32_t form = gvm_load_le32(p + 12), code = gvm_load_le32(p + 16);
    *out = (gvm_wasm_entry){
        .n = {.code = {NULL, code},
              .form = form == 0 ? GVM_WASM_CHECKED : GVM_WASM_GUARDED,
              .enter = gvm_load_le32(p + 20),
              .done = gvm_load_le32(p + 24),
              .trap = gvm_load_le32(p + 28),
              .entries_len = gvm_load_le32(p + 32),
              .places_len = gvm_load_le32(p + 36)},
        .tables = gvm_load_le64(p + 40),
        .identity = p + 48,
        .seals = p + FIXED,
        .pages = (uint32_t)(whole_pages(code) / PAGE),
        .image = whole_pages(head),
    };
    if (form > 1 || code == 0 || code > GVM_WASM_ENTRY_MAX || out->tables > GVM_WASM_ENTRY_MAX ||
        out->tables % PAGE != 0)
        return GVM_ERR_CORRUPT;
    uint64_t seals = (uint64_t)(out->pages + 1u) * SEAL;
    if (head != FIXED + seals + (uint64_t)out->n.entries_len * 4 + SEAL) return GVM_ERR_CORRUPT;
    for (uint64_t i = head; i < out->image && i < bytes.len; i++)
        if (p[i] != 0) return GVM_ERR_CORRUPT;
    out->entries = out->seals + seals;
    out->total = out->image + (uint64_t)out->pages * PAGE + out->tables;
    return out->total == total_len && total_len <= GVM_WASM_ENTRY_MAX ? GVM_OK : GVM_ERR_CORRUPT;
}

/* ---- writing */

static void put_u32(gvm_buf *out, uint32_t v) {
    uint8_t b[4];
    gvm_store_le32(b, v);
    gvm_buf_append(out, b, sizeof b);
}

gvm_status gvm_wasm_entry_put(gvm_buf *out, const gvm_wasm_module *m, gvm_wasm_form form,
                              const gvm_hash *identity, const gvm_wasm_entry_keys *keys) {
    const gvm_wasm_native *n = gvm_wasm_module_native(m, form);
    if (n == NULL) return GVM_ERR_STATE;
    uint64_t code = gvm_wasm_image_code(n->code.len), tables = gvm_wasm_image_tables(m, n);
    uint64_t pages = code / PAGE;
    uint64_t head = FIXED + (pages + 1) * SEAL + (uint64_t)n->entries_len * 4 + SEAL;
    uint64_t image_at = whole_pages(head), total = image_at + code + tables;
    if (total > GVM_WASM_ENTRY_MAX) return GVM_ERR_LIMIT;
    size_t start = out->len;
    if (gvm_buf_extend(out, (size_t)total) == NULL) return GVM_ERR_NOMEM;
    uint8_t *base = out->ptr + start, *image = base + image_at;
    memset(base, 0, (size_t)image_at);
    gvm_wasm_image_put(image, m, n);

    out->len = start; /* the head is appended over what was just made room for */
    gvm_buf_append(out, magic, sizeof magic);
    put_u32(out, (uint32_t)head);
    put_u32(out, form == GVM_WASM_GUARDED);
    put_u32(out, (uint32_t)n->code.len);
    put_u32(out, n->enter);
    put_u32(out, n->done);
    put_u32(out, n->trap);
    put_u32(out, n->entries_len);
    put_u32(out, n->places_len);
    put_u32(out, (uint32_t)tables);
    put_u32(out, (uint32_t)(tables >> 32));
    gvm_buf_append(out, identity->b, sizeof identity->b);
    for (uint64_t i = 0; i <= pages; i++) {
        uint8_t seal[SEAL];
        uint64_t len = i < pages ? PAGE : tables;
        seal_piece(seal, identity, i, gvm_bytes_make(image + i * PAGE, (size_t)len), keys);
        gvm_buf_append(out, seal, sizeof seal);
    }
    for (uint32_t i = 0; i < n->entries_len; i++) put_u32(out, n->entries[i]);
    gvm_hash seal;
    gvm_blake3_keyed(&seal, keys->head, gvm_bytes_make(base, out->len - start));
    gvm_buf_append(out, seal.b, sizeof seal.b);
    GVM_ASSERT(out->len - start == head && out->ptr + start == base);
    out->len = start + (size_t)total;
    return GVM_OK;
}
