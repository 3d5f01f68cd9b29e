/* Hierarchical deterministic keys: BIP-32 on secp256k1 with its text form (xprv, xpub), and SLIP-10
 * on Ed25519. Nodes with secret keys are the caller's to wipe. Thread-safe. */
#ifndef GVM_CRYPTO_BIP32_H
#define GVM_CRYPTO_BIP32_H

#include "base/bytes.h"

#define GVM_BIP32_HARDENED 0x80000000u

typedef struct gvm_bip32_node {
    uint8_t key[32];        /* secret key; zeros where has_secret is false */
    uint8_t public_key[64]; /* x || y */
    uint8_t chain_code[32];
    uint8_t parent[4]; /* the parent's fingerprint; zeros for a master */
    uint32_t index;    /* which child; the highest bit: hardened */
    uint8_t depth;
    bool has_secret;
} gvm_bip32_node;

/* seed: 16 to 64 bytes, else GVM_ERR_RANGE. GVM_ERR_KEY where the seed gives no valid key (chance
 * 2^-127). */
GVM_NODISCARD gvm_status gvm_bip32_master(gvm_bip32_node *out, gvm_bytes seed);
/* `out` may be `parent`. GVM_ERR_KEY for a hardened child of a node without a secret, or where the
 * child does not exist (chance 2^-127: take the next index); GVM_ERR_LIMIT below depth 255. */
GVM_NODISCARD gvm_status gvm_bip32_child(gvm_bip32_node *out, const gvm_bip32_node *parent,
                                         uint32_t index);
/* Follows a path like "m/44'/60'/0'/0/7" (h or H may stand for '). GVM_ERR_SYNTAX where it is not
 * one; else as above. */
GVM_NODISCARD gvm_status gvm_bip32_derive(gvm_bip32_node *out, const gvm_bip32_node *master,
                                          gvm_bytes path);
/* Takes the secret out of a node. */
void gvm_bip32_neuter(gvm_bip32_node *node);

enum { GVM_BIP32_TEXT_SIZE = 112 };
/* xprv... or xpub... (main network), NUL-terminated. */
void gvm_bip32_encode(char out[GVM_BIP32_TEXT_SIZE], const gvm_bip32_node *node);
/* GVM_ERR_SYNTAX for text that is not Base58 of 82 bytes or has another version,
 * GVM_ERR_NON_CANONICAL for a wrong checksum, GVM_ERR_KEY for a key that is not valid or
 * contradicts the other fields. */
GVM_NODISCARD gvm_status gvm_bip32_decode(gvm_bip32_node *out, gvm_bytes text);

/* SLIP-10 for Ed25519: every step is hardened, written with ' or h. Gives the secret key and,
 * unless NULL, the chain code. GVM_ERR_SYNTAX also for a step that is not hardened; GVM_ERR_RANGE
 * for the seed as above. */
GVM_NODISCARD gvm_status gvm_slip10_ed25519(uint8_t key[32], uint8_t *chain_code, gvm_bytes seed,
                                            gvm_bytes path);

#endif
