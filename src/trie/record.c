#include "trie/record.h"

size_t gvm_trie_path_key(uint8_t out[GVM_TRIE_PATH_KEY_MAX], const gvm_trie_path *path) {
    uint32_t bits = 0, held = 0;
    size_t n = 0;
    for (size_t i = 0; i <= path->len; i++) {
        bits = bits << 5 | (i < path->len ? gvm_nibble(path->nibble, i) + 1 : 0);
        held += 5;
        while (held >= 8) {
            held -= 8;
            out[n++] = (uint8_t)(bits >> held);
        }
    }
    if (held) out[n++] = (uint8_t)(bits << (8 - held));
    return n;
}

size_t gvm_trie_record_write(uint8_t out[GVM_TRIE_RECORD_MAX], const gvm_trie_kept *b) {
    unsigned ext = b->at.len - b->slot;
    bool lengths = false;
    for (unsigned i = 0; i < 16; i++)
        if (b->mask >> i & 1 && b->ref[i].len != 32) lengths = true;
    uint8_t *p = out;
    *p++ = (uint8_t)(ext | (lengths ? 0x80u : 0u));
    for (unsigned i = 0; i < ext; i += 2) {
        unsigned low = i + 1 < ext ? gvm_nibble(b->at.nibble, b->slot + i + 1) : 0;
        *p++ = (uint8_t)(gvm_nibble(b->at.nibble, b->slot + i) << 4 | low);
    }
    *p++ = (uint8_t)b->mask;
    *p++ = (uint8_t)(b->mask >> 8);
    *p++ = (uint8_t)b->leaves;
    *p++ = (uint8_t)(b->leaves >> 8);
    for (unsigned i = 0; i < 16; i++) {
        if (!(b->mask >> i & 1)) continue;
        if (lengths) *p++ = b->ref[i].len;
        memcpy(p, b->ref[i].b, b->ref[i].len);
        p += b->ref[i].len;
    }
    return (size_t)(p - out);
}

gvm_status gvm_trie_record_read(gvm_trie_kept *b, gvm_bytes record, const gvm_trie_path *slot) {
    const uint8_t *p = record.ptr, *end = p + record.len;
    if (record.len < 5) return GVM_ERR_CORRUPT;
    bool lengths = *p & 0x80;
    unsigned ext = *p++ & 0x7f;
    if (slot->len + ext > 63 || (size_t)(end - p) < (ext + 1) / 2 + 4) return GVM_ERR_CORRUPT;
    b->slot = slot->len;
    b->at = *slot;
    for (unsigned i = 0; i < ext; i++) gvm_trie_path_push(&b->at, gvm_nibble(p, i));
    p += (ext + 1) / 2;
    b->mask = (uint16_t)(p[0] | p[1] << 8);
    b->leaves = (uint16_t)(p[2] | p[3] << 8);
    p += 4;
    if ((b->leaves & ~b->mask) != 0 || (b->mask & (b->mask - 1)) == 0) return GVM_ERR_CORRUPT;
    for (unsigned i = 0; i < 16; i++) {
        b->ref[i].len = 0;
        if (!(b->mask >> i & 1)) continue;
        size_t len = 32;
        if (lengths) len = p < end ? *p++ : 0;
        if (len == 0 || len > 32 || (size_t)(end - p) < len) return GVM_ERR_CORRUPT;
        b->ref[i].len = (uint8_t)len;
        memcpy(b->ref[i].b, p, len);
        p += len;
    }
    return p == end ? GVM_OK : GVM_ERR_CORRUPT;
}
