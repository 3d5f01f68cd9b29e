/* The encoders write RLP by hand: every length is known before, so a node is written once, front to
 * back, without a general encoder's passes. */
#include "trie/node.h"

#include "crypto/keccak.h"

const gvm_hash gvm_trie_empty_root = {{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
                                       0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
                                       0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
                                       0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};

size_t gvm_nibbles_common(const uint8_t *a, const uint8_t *b, size_t from, size_t limit) {
    size_t i = from;
    if (i & 1 && i < limit) {
        if (gvm_nibble(a, i) != gvm_nibble(b, i)) return i;
        i++;
    }
    while (i + 2 <= limit && a[i >> 1] == b[i >> 1]) i += 2;
    while (i < limit && gvm_nibble(a, i) == gvm_nibble(b, i)) i++;
    return i;
}

/* ---- RLP headers. `base` is 0x80 for strings and 0xc0 for lists. */

static size_t header_size(size_t len) {
    if (len < 56) return 1;
    size_t n = 1;
    for (; len; len >>= 8) n++;
    return n;
}

static uint8_t *header_write(uint8_t *p, uint8_t base, size_t len) {
    if (len < 56) {
        *p++ = (uint8_t)(base + len);
        return p;
    }
    unsigned bytes = (unsigned)header_size(len) - 1;
    *p++ = (uint8_t)(base + 55 + bytes);
    for (unsigned i = bytes; i-- > 0;) *p++ = (uint8_t)(len >> (8 * i));
    return p;
}

static size_t string_size(gvm_bytes s) {
    return s.len == 1 && s.ptr[0] < 0x80 ? 1 : header_size(s.len) + s.len;
}

static uint8_t *string_write(uint8_t *p, gvm_bytes s) {
    if (!(s.len == 1 && s.ptr[0] < 0x80)) p = header_write(p, 0x80, s.len);
    if (s.len) memcpy(p, s.ptr, s.len);
    return p + s.len;
}

static size_t ref_size(const gvm_trie_ref *ref) {
    return ref->len == 32 ? 33 : ref->len == 0 ? 1 : ref->len;
}

static uint8_t *ref_write(uint8_t *p, const gvm_trie_ref *ref) {
    if (ref->len == 32)
        *p++ = 0xa0;
    else if (ref->len == 0)
        *p++ = 0x80;
    memcpy(p, ref->b, 32);
    return p + ref->len;
}

/* ---- nodes */

void gvm_trie_encode_leaf(gvm_buf *out, gvm_bytes key, size_t from, gvm_bytes value) {
    bool odd = from & 1;
    size_t tail = key.len - (from + 1) / 2, path = 1 + tail;
    uint8_t first = odd ? (uint8_t)(0x30 | gvm_nibble(key.ptr, from)) : 0x20;
    size_t body = (path == 1 ? 1 : header_size(path) + path) + string_size(value);
    uint8_t *p = gvm_buf_extend(out, header_size(body) + body);
    if (!p) return;
    p = header_write(p, 0xc0, body);
    if (path > 1) p = header_write(p, 0x80, path);
    *p++ = first;
    if (tail) memcpy(p, key.ptr + (from + 1) / 2, tail);
    string_write(p + tail, value);
}

size_t gvm_trie_encode_extension(uint8_t out[GVM_TRIE_EXTENSION_MAX], const uint8_t *key,
                                 size_t from, size_t to, const gvm_trie_ref *child) {
    size_t count = to - from, path = 1 + count / 2;
    GVM_ASSERT(count > 0 && path <= 256);
    size_t body = (path == 1 ? 1 : header_size(path) + path) + ref_size(child);
    uint8_t *p = header_write(out, 0xc0, body);
    if (path > 1) p = header_write(p, 0x80, path);
    *p++ = count & 1 ? (uint8_t)(0x10 | gvm_nibble(key, from)) : 0;
    for (size_t i = from + (count & 1); i < to; i += 2)
        *p++ = (uint8_t)(gvm_nibble(key, i) << 4 | gvm_nibble(key, i + 1));
    uint8_t last[33];
    size_t n = (size_t)(ref_write(last, child) - last);
    memcpy(p, last, n);
    return (size_t)(p + n - out);
}

size_t gvm_trie_encode_branch(uint8_t out[GVM_TRIE_BRANCH_MAX], const gvm_trie_ref ref[16]) {
    size_t body = 1;
    for (int i = 0; i < 16; i++) body += ref_size(&ref[i]);
    uint8_t *p = header_write(out, 0xc0, body);
    /* ref_write copies 32 bytes whatever the length; what follows the last reference is at most 31
     * bytes short. */
    for (int i = 0; i < 15; i++) p = ref_write(p, &ref[i]);
    uint8_t last[33];
    size_t n = (size_t)(ref_write(last, &ref[15]) - last);
    memcpy(p, last, n);
    p += n;
    *p++ = 0x80;
    return (size_t)(p - out);
}

void gvm_trie_encode_branch_value(gvm_buf *out, const gvm_trie_ref ref[16], gvm_bytes value) {
    size_t body = string_size(value);
    for (int i = 0; i < 16; i++) body += ref_size(&ref[i]);
    size_t total = header_size(body) + body;
    uint8_t *p = gvm_buf_extend(out, total + 32);
    if (!p) return;
    out->len -= 32;
    p = header_write(p, 0xc0, body);
    for (int i = 0; i < 16; i++) p = ref_write(p, &ref[i]);
    string_write(p, value);
}

/* ---- references */

void gvm_trie_ref_make(gvm_trie_ref *ref, gvm_bytes node) {
    if (node.len < 32) {
        ref->len = (uint8_t)node.len;
        memcpy(ref->b, node.ptr, node.len);
        return;
    }
    ref->len = 32;
    gvm_hash h;
    gvm_keccak256(&h, node);
    memcpy(ref->b, h.b, 32);
}

void gvm_trie_ref_root(gvm_hash *root, const gvm_trie_ref *ref) {
    if (ref->len == 32)
        memcpy(root->b, ref->b, 32);
    else if (ref->len == 0)
        *root = gvm_trie_empty_root;
    else
        gvm_keccak256(root, gvm_bytes_make(ref->b, ref->len));
}
