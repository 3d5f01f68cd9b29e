/* Hexadecimal text, in the forms that Ethereum's interfaces use.
 *
 * Two forms share the digits and must not be mixed up (execution-apis, "Hex value encoding"):
 *   data      "0x" and two digits a byte: "0x", "0x00ff"
 *   quantity  "0x" and the number without leading zeros: "0x0", "0xff"
 * Text comes in and goes out without a terminating NUL except where a function says so. Digits of
 * either case are read, lower case is written. Mixed-case addresses with a checksum (EIP-55) need
 * Keccak: see crypto/address.h. */
#ifndef GVM_CODEC_HEX_H
#define GVM_CODEC_HEX_H

#include "base/bytes.h"
#include "base/u256.h"

typedef enum gvm_hex_prefix {
    GVM_HEX_PREFIX_REQUIRED, /* "0x" must be there */
    GVM_HEX_PREFIX_OPTIONAL,
    GVM_HEX_PREFIX_NONE, /* bare digits only */
} gvm_hex_prefix;

typedef enum gvm_hex_zeros {
    GVM_HEX_STRICT, /* a quantity as the interfaces define it: at least one digit, no leading zero
                     */
    GVM_HEX_LOOSE,  /* leading zeros pass, and "0x" is 0: test fixtures and people write these */
} gvm_hex_zeros;

/* The value of one digit, or -1. */
int gvm_hex_digit(uint8_t c);

/* ---- writing */

/* Writes 2 * in.len digits, no prefix, no NUL. */
void gvm_hex_encode(char *out, gvm_bytes in);
/* Appends the digits alone. */
void gvm_hex_put(gvm_buf *out, gvm_bytes in);
/* Appends the data form, "0x" first. */
void gvm_hex_put_data(gvm_buf *out, gvm_bytes in);
/* Appends the quantity form. */
void gvm_hex_put_u64(gvm_buf *out, uint64_t v);
void gvm_hex_put_word(gvm_buf *out, const gvm_hash *v);

/* The same into a caller's array, NUL-terminated; return the length without the NUL. */
#define GVM_HEX_U64_SIZE     19
#define GVM_HEX_WORD_SIZE    67
#define GVM_HEX_ADDRESS_SIZE 43
size_t gvm_hex_quantity_u64(char out[GVM_HEX_U64_SIZE], uint64_t v);
size_t gvm_hex_quantity_word(char out[GVM_HEX_WORD_SIZE], const gvm_hash *v);
size_t gvm_hex_data_hash(char out[GVM_HEX_WORD_SIZE], const gvm_hash *v);
size_t gvm_hex_data_address(char out[GVM_HEX_ADDRESS_SIZE], const gvm_address *v);

/* ---- reading: GVM_ERR_SYNTAX for a wrong prefix, a byte that is no digit, an odd number of digits
 */

/* Appends the bytes that `text` (data form) stands for. On failure *out is as before. Also
 * GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_hex_decode(gvm_buf *out, gvm_bytes text, gvm_hex_prefix prefix);
/* Exactly `len` bytes; GVM_ERR_RANGE where the text holds more or fewer. */
GVM_NODISCARD gvm_status gvm_hex_decode_fixed(uint8_t *out, size_t len, gvm_bytes text,
                                              gvm_hex_prefix prefix);
GVM_NODISCARD gvm_status gvm_hex_decode_hash(gvm_hash *out, gvm_bytes text); /* prefix required */
GVM_NODISCARD gvm_status gvm_hex_decode_address(gvm_address *out,
                                                gvm_bytes text); /* prefix required */

/* Quantities, "0x" required. GVM_ERR_RANGE where the number does not fit; with GVM_HEX_STRICT also
 * GVM_ERR_NON_CANONICAL for a leading zero and GVM_ERR_SYNTAX for "0x". */
GVM_NODISCARD gvm_status gvm_hex_parse_u64(uint64_t *out, gvm_bytes text, gvm_hex_zeros zeros);
GVM_NODISCARD gvm_status gvm_hex_parse_word(gvm_hash *out, gvm_bytes text, gvm_hex_zeros zeros);

static inline GVM_NODISCARD gvm_status gvm_hex_parse_u256(gvm_u256 *out, gvm_bytes text,
                                                          gvm_hex_zeros zeros) {
    gvm_hash word;
    GVM_TRY(gvm_hex_parse_word(&word, text, zeros));
    *out = gvm_u256_from_hash(&word);
    return GVM_OK;
}
static inline void gvm_hex_put_u256(gvm_buf *out, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    gvm_hex_put_word(out, &word);
}
static inline size_t gvm_hex_quantity_u256(char out[GVM_HEX_WORD_SIZE], gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    return gvm_hex_quantity_word(out, &word);
}

#endif
