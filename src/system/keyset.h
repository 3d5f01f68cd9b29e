/* Keys of accounts: the seven schemes, addresses, sets of keys (M-of-N), and whether an
 * authorisation holds.
 *
 *     scheme                     key                  signature
 *     1 secp256k1                33, compressed       a form byte, then
 *                                                       00: r || s || yParity (65), over the hash
 *                                                       01: the same over the EIP-712 form
 *     2 Ed25519                  32                   64, over the hash
 *     3 P-256                    33, compressed       a form byte, then
 *                                                       00: r || s (64), over the hash
 *                                                       02: RLP([authenticator data, client data
 *                                                           JSON, r || s]), a WebAuthn assertion
 *                                                           whose challenge is the hash
 *     4 ML-DSA-65                1,952                3,309, over the hash, empty context
 *     5 Ed25519 with ML-DSA-65   both: 1,984          both: 3,373, both over the hash
 *     6 M-of-N                   RLP([m, [[scheme, key], ...]])
 *                                                     RLP([[index, signature], ...]), m of them
 *     7 BIP-340                  32, x alone          64, over the hash
 *
 * In a set the keys are ascending (by scheme, then by bytes), none twice, none a set; 1 <= m <= n
 * <= 16. Indices count from 0 and ascend. ECDSA's s is in the lower half. So for each signature of
 * a signer there is one encoding.
 *
 * What rules an account is one key of these: the one that its address is the hash of, or the one
 * that it registered, of which the state holds the commitment.
 *
 * Everything here is about public data, takes variable time, allocates nothing and is thread-safe.
 */
#ifndef GVM_SYSTEM_KEYSET_H
#define GVM_SYSTEM_KEYSET_H

#include "base/bytes.h"

typedef enum gvm_scheme {
#define X(name, id, key, signature, gas, text) GVM_SCHEME_##name = id,
#include "system/schemes.inc"
#undef X
    GVM_SCHEME_END
} gvm_scheme;

enum {
    GVM_KEYSET_MAX = 16,
    GVM_AUTH_SIGNATURES_MAX = 16, /* of one transaction */
    GVM_KEY_BYTES_MAX = 32768,    /* no set is longer */
    GVM_WEBAUTHN_PART_MAX = 1024, /* of authenticator data, and of client data */
};

/* The leading byte of a signature of schemes 1 and 3. */
enum { GVM_FORM_PLAIN = 0, GVM_FORM_TYPED_DATA = 1, GVM_FORM_WEBAUTHN = 2 };

typedef struct gvm_key {
    uint8_t scheme;
    gvm_bytes bytes; /* borrowed */
} gvm_key;

typedef struct gvm_keyset {
    uint32_t threshold, count;
    gvm_key keys[GVM_KEYSET_MAX]; /* point into what was decoded */
} gvm_keyset;

/* "Ed25519"; NULL where there is no such scheme. */
const char *gvm_scheme_name(unsigned scheme);

/* ---- keys and sets */

/* Lengths, prefixes, and for a set everything that its encoding can be wrong in. No arithmetic on
 * curves. GVM_ERR_AUTH_SCHEME, GVM_ERR_AUTH_KEY, GVM_ERR_AUTH_KEY_SET. */
GVM_NODISCARD gvm_status gvm_key_check_shape(gvm_key key, gvm_error *err);
/* That, and every point is on its curve (and for Ed25519 one that a signature can hold under): what
 * registration asks. Also GVM_ERR_POINT. */
GVM_NODISCARD gvm_status gvm_key_check(gvm_key key, gvm_error *err);
/* The address that the key owns by itself. As gvm_key_check_shape; GVM_ERR_POINT where a secp256k1
 * key is not on the curve. */
GVM_NODISCARD gvm_status gvm_key_address(gvm_address *out, gvm_key key);
/* BLAKE3(scheme || key): what state keeps of a registered key. */
void gvm_key_commitment(gvm_hash *out, gvm_key key);
/* Whether the account's own secp256k1 key may still act alone under this key: it is the key, or a
 * member of a set with m = 1. The key must have passed gvm_key_check_shape. */
bool gvm_key_holds_account(gvm_key key, const gvm_address *account);

/* GVM_ERR_AUTH_KEY_SET, with its reason, unless `in` is the canonical encoding of a set. */
GVM_NODISCARD gvm_status gvm_keyset_decode(gvm_keyset *out, gvm_bytes in, gvm_error *err);
/* Appends the encoding; keys are written in the order in which they stand. */
void gvm_keyset_encode(gvm_buf *out, const gvm_keyset *set);
/* Puts the keys into ascending order. */
void gvm_keyset_sort(gvm_keyset *set);

/* ---- authorisations */

typedef struct gvm_auth {
    gvm_key key;
    gvm_bytes signature; /* borrowed */
} gvm_auth;

/* What was signed. */
typedef struct gvm_auth_digest {
    gvm_hash hash;
    bool has_typed_data; /* else form 01 is refused: GVM_ERR_AUTH_FORM */
    gvm_hash typed_data; /* the EIP-712 digest: Keccak-256(0x1901 || domain || struct) */
} gvm_auth_digest;

/* What checking an authorisation costs, and how many signatures it holds (of a set: m); checks its
 * shape on the way. Of gvm_key_check_shape, GVM_ERR_AUTH_SIGNATURE_SIZE, GVM_ERR_AUTH_FORM,
 * GVM_ERR_AUTH_HIGH_S, GVM_ERR_AUTH_INDEX, GVM_ERR_AUTH_ORDER, GVM_ERR_AUTH_TOO_FEW,
 * GVM_ERR_AUTH_TOO_MANY, GVM_ERR_AUTH_ENCODING. */
GVM_NODISCARD gvm_status gvm_auth_measure(uint64_t *gas, size_t *signatures, const gvm_auth *auth,
                                          gvm_error *err);
/* Whether every signature in it holds over the digest. As gvm_auth_measure, and
 * GVM_ERR_AUTH_SIGNATURE, GVM_ERR_AUTH_WEBAUTHN. */
GVM_NODISCARD gvm_status gvm_auth_verify(const gvm_auth *auth, const gvm_auth_digest *digest,
                                         gvm_error *err);
/* The list of one account: shape, number and order. What rules an account is one key, so a list
 * holds one authorisation; why another does not pass is told as exactly as can be:
 * GVM_ERR_AUTH_MISSING, GVM_ERR_AUTH_MIXED (several schemes), GVM_ERR_AUTH_ORDER,
 * GVM_ERR_AUTH_SPARE. */
GVM_NODISCARD gvm_status gvm_auth_list_measure(uint64_t *gas, size_t *signatures,
                                               const gvm_auth *auths, size_t count, gvm_error *err);
/* Whether the key may act for the account. registered: the commitment that the account has in
 * state, or NULL where it has none. GVM_ERR_AUTH_POLICY. Cheap, so it can be asked again whenever
 * the state moves. */
GVM_NODISCARD gvm_status gvm_auth_check_policy(gvm_key key, const gvm_address *account,
                                               const gvm_hash *registered, gvm_error *err);

/* n authorisations, each with its digest. Answers the status of the first (by index) that does not
 * hold, and its index in *failed; GVM_OK where all hold. */
GVM_NODISCARD gvm_status gvm_auth_verify_batch(size_t *failed, const gvm_auth *auths,
                                               const gvm_auth_digest *digests, size_t n,
                                               gvm_error *err);

/* ---- the schemes by themselves, for whoever has keys and signatures without forms around them.
 * All answer GVM_OK, or GVM_ERR_AUTH_KEY, GVM_ERR_AUTH_HIGH_S, GVM_ERR_AUTH_SIGNATURE. */

/* r || s || yParity */
GVM_NODISCARD gvm_status gvm_scheme_verify_secp256k1(const uint8_t key[33], const gvm_hash *hash,
                                                     const uint8_t signature[65]);
/* r || s */
GVM_NODISCARD gvm_status gvm_scheme_verify_p256(const uint8_t key[33], const gvm_hash *hash,
                                                const uint8_t signature[64]);

#endif
