/* An account as the state trie holds it (Yellow Paper 4.1). */
#ifndef GVM_STATE_ACCOUNT_H
#define GVM_STATE_ACCOUNT_H

#include "base/u256.h"

typedef struct gvm_account {
    uint64_t nonce;
    gvm_u256 balance;
    gvm_hash code_hash;    /* Keccak-256 of the code; GVM_EMPTY_CODE_HASH for none */
    gvm_hash storage_root; /* GVM_EMPTY_ROOT for no storage */
} gvm_account;

/* Keccak-256 of nothing. */
#define GVM_EMPTY_CODE_HASH                                                        \
    ((gvm_hash){{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, \
                 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, \
                 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}})
/* Keccak-256 of the RLP of the empty string: the root of a trie without entries. */
#define GVM_EMPTY_ROOT                                                             \
    ((gvm_hash){{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, \
                 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, \
                 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}})

static inline bool gvm_account_has_code(const gvm_account *a) {
    return !gvm_hash_equal(&a->code_hash, &GVM_EMPTY_CODE_HASH);
}
/* EIP-161: no nonce, no balance, no code. */
static inline bool gvm_account_is_empty(const gvm_account *a) {
    return a->nonce == 0 && gvm_u256_is_zero(a->balance) && !gvm_account_has_code(a);
}

#endif
