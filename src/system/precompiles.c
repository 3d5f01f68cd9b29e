#include "system/precompiles.h"

#include "crypto/blake2b.h"
#include "crypto/bls12_381.h"
#include "crypto/bn254.h"
#include "crypto/kzg.h"
#include "crypto/modexp.h"
#include "crypto/p256.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"
#include "system/precompile_gas.h"

#define FIXED_GAS(name, price)                                           \
    static int64_t name##_gas(const gvm_rules *rules, gvm_bytes input) { \
        (void)rules, (void)input;                                        \
        return price;                                                    \
    }

/* The first len bytes of the input, zeros behind its end. */
static void padded(uint8_t *out, size_t len, gvm_bytes input) {
    size_t n = input.len < len ? input.len : len;
    if (n > 0) memcpy(out, input.ptr, n);
    memset(out + n, 0, len - n);
}

static void put_word(gvm_buf *out, bool value) {
    uint8_t *p = gvm_buf_extend(out, 32);
    if (p == NULL) return;
    memset(p, 0, 32);
    p[31] = value;
}

/* ---- 1: secp256k1 recovery. Nothing comes out where nothing is recovered. */

FIXED_GAS(ecrecover, 3000)
static bool ecrecover(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    uint8_t in[128];
    gvm_hash message;
    gvm_address signer;
    padded(in, sizeof in, input);
    memcpy(message.b, in, 32);
    if (gvm_secp256k1_ecrecover(&signer, &message, in + 32, in + 64, in + 96) != GVM_OK)
        return true;
    uint8_t *p = gvm_buf_extend(out, 32);
    if (p == NULL) return true;
    memset(p, 0, 12);
    memcpy(p + 12, signer.b, 20);
    return true;
}

/* ---- 2, 3, 4: hashes, copy */

static int64_t sha256_gas(const gvm_rules *rules, gvm_bytes input) {
    (void)rules;
    return gvm_precompile_gas_words(input.len, 60, 12);
}
static bool sha256(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    gvm_hash h;
    gvm_sha256(&h, input);
    gvm_buf_append(out, h.b, sizeof h.b);
    return true;
}

static int64_t ripemd160_gas(const gvm_rules *rules, gvm_bytes input) {
    (void)rules;
    return gvm_precompile_gas_words(input.len, 600, 120);
}
static bool ripemd160(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    uint8_t word[32] = {0};
    gvm_ripemd160(word + 12, input);
    gvm_buf_append(out, word, sizeof word);
    return true;
}

static int64_t identity_gas(const gvm_rules *rules, gvm_bytes input) {
    (void)rules;
    return gvm_precompile_gas_words(input.len, 15, 3);
}
static bool identity(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    gvm_buf_append(out, input.ptr, input.len);
    return true;
}

/* ---- 5: big modular powers */

#define MODEXP_OSAKA_LONGEST 1024 /* EIP-7823 */

static int64_t modexp_gas(const gvm_rules *rules, gvm_bytes input) {
    return gvm_precompile_gas_modexp(rules, input);
}
static bool modexp(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    gvm_modexp_lengths len = gvm_precompile_modexp_lengths(input);
    uint64_t most = rules->fork >= GVM_FORK_OSAKA ? MODEXP_OSAKA_LONGEST : GVM_MODEXP_LONGEST;
    bool nothing = len.modulus == 0 && rules->fork < GVM_FORK_OSAKA;
    if (nothing) return true;
    if (len.base > most || len.exponent > most || len.modulus > most) return false;
    size_t total = (size_t)(len.base + len.exponent + len.modulus);
    gvm_bytes operands = gvm_bytes_make(NULL, 0);
    if (input.len > 96) operands = gvm_bytes_make(input.ptr + 96, input.len - 96);
    gvm_buf scratch = {0};
    uint8_t *p = gvm_buf_extend(&scratch, total + 1);
    uint8_t *result = gvm_buf_extend(out, (size_t)len.modulus);
    bool good = true;
    if (p != NULL && !out->failed && len.modulus > 0) {
        padded(p, total, operands);
        good = gvm_modexp_var(result, gvm_bytes_make(p, len.base),
                              gvm_bytes_make(p + len.base, len.exponent),
                              gvm_bytes_make(p + len.base + len.exponent, len.modulus)) == GVM_OK;
    }
    out->failed |= scratch.failed;
    gvm_buf_free(&scratch);
    return good;
}

/* ---- 6, 7, 8: BN254; cheaper from Istanbul (EIP-1108) */

static int64_t bn254_add_gas(const gvm_rules *rules, gvm_bytes input) {
    (void)input;
    return rules->fork >= GVM_FORK_ISTANBUL ? 150 : 500;
}
static bool bn254_add(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    uint8_t in[128], point[64];
    padded(in, sizeof in, input);
    if (gvm_bn254_add(point, in) != GVM_OK) return false;
    gvm_buf_append(out, point, sizeof point);
    return true;
}

static int64_t bn254_mul_gas(const gvm_rules *rules, gvm_bytes input) {
    (void)input;
    return rules->fork >= GVM_FORK_ISTANBUL ? 6000 : 40000;
}
static bool bn254_mul(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    uint8_t in[96], point[64];
    padded(in, sizeof in, input);
    if (gvm_bn254_mul(point, in) != GVM_OK) return false;
    gvm_buf_append(out, point, sizeof point);
    return true;
}

static int64_t bn254_pairing_gas(const gvm_rules *rules, gvm_bytes input) {
    int64_t pairs = (int64_t)(input.len / GVM_BN254_PAIR);
    return rules->fork >= GVM_FORK_ISTANBUL ? 45000 + pairs * 34000 : 100000 + pairs * 80000;
}
static bool bn254_pairing(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    bool one;
    if (input.len % GVM_BN254_PAIR != 0 ||
        gvm_bn254_pairing_check(&one, input.ptr, input.len / GVM_BN254_PAIR) != GVM_OK)
        return false;
    put_word(out, one);
    return true;
}

/* ---- 9: BLAKE2b's F, a gas a round */

static int64_t blake2f_gas(const gvm_rules *rules, gvm_bytes input) {
    (void)rules;
    return input.len == GVM_BLAKE2B_F_INPUT ? gvm_load_be32(input.ptr) : 0;
}
static bool blake2f(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    uint8_t h[GVM_BLAKE2B_F_OUTPUT];
    if (gvm_blake2b_f_bytes(h, input) != GVM_OK) return false;
    gvm_buf_append(out, h, sizeof h);
    return true;
}

/* ---- 0x0a: KZG point evaluation (EIP-4844) */

FIXED_GAS(point_evaluation, 50000)
static bool point_evaluation(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    uint8_t constants[64];
    if (input.len != 192 || gvm_kzg_point_evaluation(constants, input.ptr) != GVM_OK) return false;
    gvm_buf_append(out, constants, sizeof constants);
    return true;
}

/* ---- 0x0b to 0x11: BLS12-381 (EIP-2537). Lengths are exact. */

#define BLS_FIXED(name, price, in_len, out_len)                                     \
    FIXED_GAS(bls_##name, price)                                                    \
    static bool bls_##name(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) { \
        (void)rules;                                                                \
        uint8_t result[out_len];                                                    \
        if (input.len != (in_len)) return false;                                    \
        if (gvm_bls12_381_##name(result, input.ptr) != GVM_OK) return false;        \
        gvm_buf_append(out, result, sizeof result);                                 \
        return true;                                                                \
    }
BLS_FIXED(g1_add, 375, 2 * GVM_BLS12_381_G1, GVM_BLS12_381_G1)
BLS_FIXED(g2_add, 600, 2 * GVM_BLS12_381_G2, GVM_BLS12_381_G2)
BLS_FIXED(map_fp_to_g1, 5500, 64, GVM_BLS12_381_G1)
BLS_FIXED(map_fp2_to_g2, 23800, 128, GVM_BLS12_381_G2)

/* Memory that runs out is the machine's fault, not the contract's: it marks `out`. */
static bool bls_done(gvm_buf *out, gvm_status status) {
    if (status == GVM_ERR_NOMEM) out->failed = true;
    return status == GVM_OK || status == GVM_ERR_NOMEM;
}

#define BLS_MSM(name, group, term, out_len)                                              \
    static int64_t bls_##name##_gas(const gvm_rules *rules, gvm_bytes input) {           \
        (void)rules;                                                                     \
        return gvm_precompile_gas_msm_##group(input.len / (term));                       \
    }                                                                                    \
    static bool bls_##name(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {      \
        (void)rules;                                                                     \
        uint8_t result[out_len];                                                         \
        if (input.len == 0 || input.len % (term) != 0) return false;                     \
        gvm_status status = gvm_bls12_381_##name(result, input.ptr, input.len / (term)); \
        if (status == GVM_OK) gvm_buf_append(out, result, sizeof result);                \
        return bls_done(out, status);                                                    \
    }
BLS_MSM(g1_msm, g1, GVM_BLS12_381_G1_TERM, GVM_BLS12_381_G1)
BLS_MSM(g2_msm, g2, GVM_BLS12_381_G2_TERM, GVM_BLS12_381_G2)

static int64_t bls_pairing_gas(const gvm_rules *rules, gvm_bytes input) {
    (void)rules;
    return 37700 + (int64_t)(input.len / GVM_BLS12_381_PAIR) * 32600;
}
static bool bls_pairing(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    bool one;
    if (input.len == 0 || input.len % GVM_BLS12_381_PAIR != 0) return false;
    gvm_status status =
        gvm_bls12_381_pairing_check(&one, input.ptr, input.len / GVM_BLS12_381_PAIR);
    if (status == GVM_OK) put_word(out, one);
    return bls_done(out, status);
}

/* ---- 0x100: P-256. Nothing comes out where the signature is not good. */

FIXED_GAS(p256_verify, 6900)
static bool p256_verify(gvm_buf *out, gvm_bytes input, const gvm_rules *rules) {
    (void)rules;
    if (input.len != 160) return true;
    const uint8_t *in = input.ptr;
    gvm_hash message;
    memcpy(message.b, in, 32);
    if (gvm_p256_verify_var(&message, in + 32, in + 64, in + 96, in + 128)) put_word(out, true);
    return true;
}

/* ---- the table */

#define P256_ADDRESS 0x100

static const struct {
    unsigned address;
    gvm_fork since;
    gvm_native native;
} table[] = {
#define ROW(address, fork, name)    \
    {                               \
        address, GVM_FORK_##fork, { \
#name, name##_gas, name \
        }                           \
    }
    ROW(0x01, FRONTIER, ecrecover),       ROW(0x02, FRONTIER, sha256),
    ROW(0x03, FRONTIER, ripemd160),       ROW(0x04, FRONTIER, identity),
    ROW(0x05, BYZANTIUM, modexp),         ROW(0x06, BYZANTIUM, bn254_add),
    ROW(0x07, BYZANTIUM, bn254_mul),      ROW(0x08, BYZANTIUM, bn254_pairing),
    ROW(0x09, ISTANBUL, blake2f),         ROW(0x0a, CANCUN, point_evaluation),
    ROW(0x0b, PRAGUE, bls_g1_add),        ROW(0x0c, PRAGUE, bls_g1_msm),
    ROW(0x0d, PRAGUE, bls_g2_add),        ROW(0x0e, PRAGUE, bls_g2_msm),
    ROW(0x0f, PRAGUE, bls_pairing),       ROW(0x10, PRAGUE, bls_map_fp_to_g1),
    ROW(0x11, PRAGUE, bls_map_fp2_to_g2), ROW(P256_ADDRESS, OSAKA, p256_verify),
#undef ROW
};
#define ROWS (sizeof table / sizeof *table)
_Static_assert(ROWS <= GVM_PRECOMPILE_MOST, "the list of addresses is too short");

const gvm_native *gvm_precompile_lookup(const gvm_rules *rules, const gvm_address *address) {
    const uint8_t *b = address->b;
    if ((gvm_load_le64(b) | gvm_load_le64(b + 8) | b[16] | b[17]) != 0) return NULL;
    unsigned number = (unsigned)b[18] << 8 | b[19];
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].address == number)
            return table[i].since <= rules->fork ? &table[i].native : NULL;
    return NULL;
}

size_t gvm_precompile_addresses(gvm_address out[GVM_PRECOMPILE_MOST], const gvm_rules *rules) {
    size_t n = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (table[i].since > rules->fork) continue;
        out[n] = (gvm_address){{0}};
        out[n].b[18] = (uint8_t)(table[i].address >> 8);
        out[n++].b[19] = (uint8_t)table[i].address;
    }
    return n;
}
