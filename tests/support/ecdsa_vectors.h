/* Wycheproof's ECDSA verification files (DER, P1363 and Bitcoin forms), for any curve of 32-byte
 * numbers. */
#ifndef GVM_TESTS_SUPPORT_ECDSA_VECTORS_H
#define GVM_TESTS_SUPPORT_ECDSA_VECTORS_H

#include "base/bytes.h"

typedef bool ecdsa_verify(const gvm_hash *message, const uint8_t r[32], const uint8_t s[32],
                          const uint8_t x[32], const uint8_t y[32]);

/* The leftmost 32 bytes of the hash by its Wycheproof or ACVP name ("SHA-256", "SHA2-512/256",
 * "SHAKE-128"); a shorter hash is the number that it is, left-padded. */
void ecdsa_hash(gvm_hash *out, const char *name, gvm_bytes message);
/* DER (strictly) to two 32-byte numbers. False where it is not DER, or a number is negative or
 * longer. */
bool ecdsa_parse_der(uint8_t r[32], uint8_t s[32], gvm_bytes der);
/* Runs crypto/wycheproof/<name>; prints each disagreement; returns their number and adds to *cases.
 */
size_t ecdsa_wycheproof(const char *name, ecdsa_verify *verify, size_t *cases);

#endif
