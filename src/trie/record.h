/* A kept branch in memory and as bytes (private to src/trie).
 *
 * Bytes: u8 length of the extension in nibbles (high bit: references have lengths), the extension
 * packed two nibbles in a byte (the last low one zero), u16 children, u16 which of them are leaves
 * (both little-endian, bit i = child i), then the references in order: 32 bytes each, or with the
 * high bit set a length byte before each. */
#ifndef GVM_TRIE_RECORD_H
#define GVM_TRIE_RECORD_H

#include "trie/trie.h"

typedef struct gvm_trie_kept {
    gvm_trie_path at; /* of the branch; its children are one nibble longer */
    uint8_t slot;     /* length of the slot's path; the extension is nibbles [slot, at.len) */
    uint16_t mask, leaves;
    gvm_trie_ref ref[16];
} gvm_trie_kept;

enum { GVM_TRIE_RECORD_MAX = 1 + 32 + 4 + 16 * 33 };

size_t gvm_trie_record_write(uint8_t out[GVM_TRIE_RECORD_MAX], const gvm_trie_kept *b);
/* `slot` is where the record was found. GVM_ERR_CORRUPT. */
GVM_NODISCARD gvm_status gvm_trie_record_read(gvm_trie_kept *b, gvm_bytes record,
                                              const gvm_trie_path *slot);

/* Appends a nibble. len < 64. */
static inline void gvm_trie_path_push(gvm_trie_path *p, unsigned nibble) {
    if (p->len & 1)
        p->nibble[p->len >> 1] = (uint8_t)(p->nibble[p->len >> 1] | nibble);
    else
        p->nibble[p->len >> 1] = (uint8_t)(nibble << 4);
    p->len++;
}
/* The first `len` nibbles of a key. */
static inline gvm_trie_path gvm_trie_path_of(const uint8_t *key, size_t len) {
    gvm_trie_path p = {{0}, (uint8_t)len};
    memcpy(p.nibble, key, (len + 1) / 2);
    if (len & 1) p.nibble[len / 2] &= 0xf0;
    return p;
}

#endif
