/* The signatures contract at 0x..4750. Every function is a price and a call of crypto/ or
 * system/keyset: the price is taken first. A signature or key that is not well-formed is one that
 * does not hold (false), so a contract has one thing to look at; only where there is no answer to
 * give (no shared key, no address) a function reverts. */
#include "crypto/blake3.h"
#include "crypto/bls_signature.h"
#include "crypto/ed25519.h"
#include "crypto/frost.h"
#include "crypto/mldsa.h"
#include "crypto/mlkem.h"
#include "crypto/p256.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "system/contract.h"
#include "system/keyset.h"

#define GVM_ROWS "system/signatures.inc"
#include "system/declare.inc"

/* On top of the rows' own, a word of 32 bytes: what each hash takes of a message. */
enum {
    SHA256_WORD = 12,
    BLAKE3_WORD = 4,
    SHA512_WORD = 6,   /* Ed25519 */
    SHAKE256_WORD = 6, /* ML-DSA */
    /* BLS as EIP-2537: a pair, and hashing to G2 (two maps and an addition). In the rows are what
     * a product of pairings costs whatever its length and the pair of the signature; of
     * verifyAggregateSame also the other pair and the hash. */
    BLS_PAIR = 32600,
    BLS_HASH = 48200,
    BLS_KEY = 5500, /* decompression, subgroup check, addition */
    BATCH_CHECK = 100,
    PARSE_WORD = 3, /* reading a key or signature in its encoding */
    /* FROST: what a suite costs beyond BIP-340's price, which the row has. */
    FROST_ED25519 = 4500,
    FROST_SECP256K1 = 1500,
};

static int64_t words(gvm_bytes b) {
    return (int64_t)((b.len + 31) / 32);
}

/* Takes gas; whether there was enough. */
static bool pay(gvm_sys *c, int64_t gas) {
    gvm_sys_charge(c, gas);
    return gvm_cells_ok(&c->cells);
}

static bool answer(gvm_sys *c, bool holds) {
    return gvm_sys_return_bool(c, holds);
}

/* ---- one signature */

static bool fn_verify_ed25519(gvm_sys *c) {
    gvm_hash key = gvm_sys_arg_word(c, 0);
    gvm_bytes message = gvm_sys_arg_bytes(c, 1), signature = gvm_sys_arg_bytes(c, 2);
    if (!pay(c, words(message) * SHA512_WORD)) return true;
    return answer(c, signature.len == 64 &&
                         gvm_ed25519_verify(key.b, message, signature.ptr) == GVM_OK);
}

static bool fn_verify_p256(gvm_sys *c) {
    gvm_bytes key = gvm_sys_arg_bytes(c, 0), signature = gvm_sys_arg_bytes(c, 2);
    gvm_hash hash = gvm_sys_arg_word(c, 1);
    uint8_t point[64];
    if (signature.len != 64 || gvm_p256_parse_public_key(point, key) != GVM_OK)
        return answer(c, false);
    return answer(c,
                  gvm_p256_verify_var(&hash, signature.ptr, signature.ptr + 32, point, point + 32));
}

static bool fn_verify_secp256k1(gvm_sys *c) {
    gvm_bytes key = gvm_sys_arg_bytes(c, 0), signature = gvm_sys_arg_bytes(c, 2);
    gvm_hash hash = gvm_sys_arg_word(c, 1);
    uint8_t point[64];
    if (signature.len != 64 || gvm_secp256k1_parse_public_key(point, key) != GVM_OK)
        return answer(c, false);
    return answer(c,
                  gvm_secp256k1_verify(point, &hash, signature.ptr, signature.ptr + 32) == GVM_OK);
}

static bool ml_dsa(gvm_sys *c, gvm_bytes key, gvm_bytes message, gvm_bytes context,
                   gvm_bytes signature) {
    if (!pay(c, (words(message) + words(context)) * SHAKE256_WORD)) return true;
    return answer(c, key.len == GVM_MLDSA_PUBLIC_KEY && signature.len == GVM_MLDSA_SIGNATURE &&
                         gvm_mldsa_verify(key.ptr, message, context, signature.ptr) == GVM_OK);
}

static bool fn_verify_ml_dsa65(gvm_sys *c) {
    return ml_dsa(c, gvm_sys_arg_bytes(c, 0), gvm_sys_arg_bytes(c, 1), gvm_bytes_make(NULL, 0),
                  gvm_sys_arg_bytes(c, 2));
}

static bool fn_verify_ml_dsa65_context(gvm_sys *c) {
    return ml_dsa(c, gvm_sys_arg_bytes(c, 0), gvm_sys_arg_bytes(c, 1), gvm_sys_arg_bytes(c, 2),
                  gvm_sys_arg_bytes(c, 3));
}

static bool fn_verify_schnorr(gvm_sys *c) {
    gvm_hash key = gvm_sys_arg_word(c, 0);
    gvm_bytes message = gvm_sys_arg_bytes(c, 1), signature = gvm_sys_arg_bytes(c, 2);
    if (!pay(c, words(message) * SHA256_WORD)) return true;
    return answer(c, signature.len == 64 &&
                         gvm_schnorr_verify(key.b, message, signature.ptr) == GVM_OK);
}

static bool fn_verify_threshold(gvm_sys *c) {
    enum { ED25519 = 1, SECP256K1 = 2, TAPROOT = 3 };
    uint64_t suite = gvm_sys_arg_u64(c, 0);
    gvm_bytes key = gvm_sys_arg_bytes(c, 1), message = gvm_sys_arg_bytes(c, 2),
              signature = gvm_sys_arg_bytes(c, 3);
    if (suite < ED25519 || suite > TAPROOT)
        return gvm_sys_revert(c, ERR_UNKNOWN_SUITE, GVM_SYS_VALUES(gvm_sys_u64(suite)));
    int64_t more = suite == ED25519 ? FROST_ED25519 : suite == SECP256K1 ? FROST_SECP256K1 : 0;
    if (!pay(c, words(message) * SHA256_WORD + more)) return true;
    if (suite == SECP256K1)
        return answer(c, key.len == 33 && signature.len == 65 &&
                             gvm_frost_secp256k1_verify(key.ptr, message, signature.ptr) == GVM_OK);
    if (key.len != 32 || signature.len != 64) return answer(c, false);
    return answer(c, (suite == ED25519
                          ? gvm_frost_ed25519_verify(key.ptr, message, signature.ptr)
                          : gvm_schnorr_verify(key.ptr, message, signature.ptr)) == GVM_OK);
}

/* ---- BLS */

/* An array of byte strings of one size, side by side in the arena; NULL where one has another
 * size or memory is out (sticky). */
static void *gather(gvm_sys *c, const gvm_abi_value *array, size_t size) {
    uint8_t *all = gvm_arena_alloc(c->arena, array->count * size);
    if (all == NULL) gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    for (size_t i = 0; all != NULL && i < array->count; i++) {
        if (array->items[i].bytes.len != size) return NULL;
        memcpy(all + i * size, array->items[i].bytes.ptr, size);
    }
    return all;
}

/* What a check that may run out of memory gave. */
static bool bls_answer(gvm_sys *c, gvm_status status) {
    if (status == GVM_ERR_NOMEM) gvm_cells_fail(&c->cells, GVM_OUT_HOST_FAILURE);
    return answer(c, status == GVM_OK);
}

static bool fn_verify_aggregate(gvm_sys *c) {
    const gvm_abi_value *keys = &c->args.items[0], *messages = &c->args.items[1];
    gvm_bytes signature = gvm_sys_arg_bytes(c, 2);
    size_t n = keys->count;
    if (n == 0 || n != messages->count || signature.len != sizeof(gvm_bls_signature))
        return answer(c, false);
    int64_t gas = (int64_t)n * (BLS_PAIR + BLS_HASH + BLS_KEY);
    for (size_t i = 0; i < n; i++) gas += words(messages->items[i].bytes) * SHA256_WORD;
    if (!pay(c, gas)) return true;
    gvm_bls_public_key *all = gather(c, keys, sizeof *all);
    gvm_bytes *texts = gvm_arena_alloc(c->arena, n * sizeof *texts);
    if (all == NULL || texts == NULL) return answer(c, false);
    for (size_t i = 0; i < n; i++) texts[i] = messages->items[i].bytes;
    gvm_bls_signature s;
    memcpy(s.b, signature.ptr, sizeof s.b);
    return bls_answer(c, gvm_bls_aggregate_verify(all, texts, n, &s));
}

static bool fn_verify_aggregate_same(gvm_sys *c) {
    const gvm_abi_value *keys = &c->args.items[0];
    gvm_bytes message = gvm_sys_arg_bytes(c, 1), signature = gvm_sys_arg_bytes(c, 2);
    size_t n = keys->count;
    if (n == 0 || signature.len != sizeof(gvm_bls_signature)) return answer(c, false);
    if (!pay(c, (int64_t)n * BLS_KEY + words(message) * SHA256_WORD)) return true;
    gvm_bls_public_key *all = gather(c, keys, sizeof *all);
    if (all == NULL) return answer(c, false);
    gvm_bls_signature s;
    memcpy(s.b, signature.ptr, sizeof s.b);
    return bls_answer(c, gvm_bls_fast_aggregate_verify(all, n, message, &s));
}

/* ---- in the form of transactions */

/* `paid`: what of the price has been taken. false: it does not hold, or the gas is out. */
static bool holds(gvm_sys *c, const gvm_auth *auth, const gvm_hash *hash, int64_t paid) {
    gvm_auth_digest digest = {.hash = *hash};
    uint64_t gas;
    size_t signatures;
    if (!pay(c, (words(auth->key.bytes) + words(auth->signature)) * PARSE_WORD)) return false;
    if (gvm_auth_measure(&gas, &signatures, auth, NULL) != GVM_OK) return false;
    if (!pay(c, (int64_t)gas - paid)) return false;
    return gvm_auth_verify(auth, &digest, NULL) == GVM_OK;
}

static bool fn_verify_multisig(gvm_sys *c) {
    gvm_hash hash = gvm_sys_arg_word(c, 1);
    gvm_auth auth = {{GVM_SCHEME_MULTI, gvm_sys_arg_bytes(c, 0)}, gvm_sys_arg_bytes(c, 2)};
    return answer(c, holds(c, &auth, &hash, c->row->gas));
}

static bool fn_verify(gvm_sys *c) {
    gvm_hash hash = gvm_sys_arg_word(c, 2);
    gvm_auth auth = {{(uint8_t)gvm_sys_arg_u64(c, 0), gvm_sys_arg_bytes(c, 1)},
                     gvm_sys_arg_bytes(c, 3)};
    return answer(c, holds(c, &auth, &hash, 0));
}

static bool fn_verify_batch(gvm_sys *c) {
    const gvm_abi_value *checks = &c->args.items[0];
    for (size_t i = 0; i < checks->count; i++) {
        const gvm_abi_value *check = checks->items[i].items;
        gvm_auth auth = {{(uint8_t)gvm_abi_u256(&check[0]).w[0], check[1].bytes}, check[3].bytes};
        if (!pay(c, BATCH_CHECK)) return true;
        if (!holds(c, &auth, &check[2].word, 0)) return answer(c, false);
    }
    return answer(c, true);
}

/* ---- keys */

static gvm_key key_arg(const gvm_sys *c) {
    return (gvm_key){(uint8_t)gvm_sys_arg_u64(c, 0), gvm_sys_arg_bytes(c, 1)};
}

static bool fn_address_of(gvm_sys *c) {
    gvm_key key = key_arg(c);
    gvm_address address;
    if (!pay(c, words(key.bytes) * (BLAKE3_WORD + PARSE_WORD))) return true;
    if (gvm_key_address(&address, key) != GVM_OK) return gvm_sys_revert_plain(c, ERR_INVALID_KEY);
    return gvm_sys_return_address(c, &address);
}

static bool fn_commitment_of(gvm_sys *c) {
    gvm_key key = key_arg(c);
    gvm_hash commitment;
    if (!pay(c, words(key.bytes) * (BLAKE3_WORD + PARSE_WORD))) return true;
    if (gvm_key_check_shape(key, NULL) != GVM_OK) return gvm_sys_revert_plain(c, ERR_INVALID_KEY);
    gvm_key_commitment(&commitment, key);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&commitment)));
}

/* ---- hashes, and the key encapsulation */

static bool fn_sha256_hash(gvm_sys *c) {
    gvm_bytes data = gvm_sys_arg_bytes(c, 0);
    gvm_hash h;
    if (!pay(c, words(data) * SHA256_WORD)) return true;
    gvm_sha256(&h, data);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&h)));
}

static bool fn_blake3_hash(gvm_sys *c) {
    gvm_bytes data = gvm_sys_arg_bytes(c, 0);
    gvm_hash h;
    if (!pay(c, words(data) * BLAKE3_WORD)) return true;
    gvm_blake3(&h, data);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&h)));
}

static bool fn_decapsulate_ml_kem768(gvm_sys *c) {
    gvm_bytes key = gvm_sys_arg_bytes(c, 0), ciphertext = gvm_sys_arg_bytes(c, 1);
    gvm_hash shared;
    if (ciphertext.len != GVM_MLKEM_CIPHERTEXT)
        return gvm_sys_revert_plain(c, ERR_INVALID_CIPHERTEXT);
    if (key.len != GVM_MLKEM_SECRET_KEY ||
        gvm_mlkem_decapsulate(shared.b, key.ptr, ciphertext.ptr) != GVM_OK)
        return gvm_sys_revert_plain(c, ERR_INVALID_KEY);
    return gvm_sys_return(c, GVM_SYS_VALUES(gvm_sys_word(&shared)));
}

#include "system/define.inc"

const gvm_sys_contract gvm_sys_signatures = {
    GVM_SYS_TABLE,
    .name = "Signatures",
    .about = "Verification of signatures of every scheme that accounts have, of threshold and "
             "aggregate signatures, hashes, and decapsulation. Nothing here has state.",
};
