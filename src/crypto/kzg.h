/* KZG commitments to blobs: EIP-4844 (one proof a blob) and EIP-7594 (PeerDAS: a proof for each
 * cell of the extended blob), with the trusted setup of Ethereum's mainnet, which is compiled in.
 * Functions are those of the consensus specifications (deneb/polynomial-commitments.md,
 * fulu/polynomial-commitments-sampling.md).
 *
 * A blob is 4,096 field elements of 32 big-endian bytes, each below the order of BLS12-381's
 * groups. A commitment and a proof are compressed points of G1. Cell i of 128 is 64 elements of the
 * blob extended to 8,192; cells 0 to 63 are the blob itself.
 *
 * What the setup costs: verification of a proof needs two of its points (1 ms, once);
 * verification of cells needs 64 more (2 ms, once); making commitments and proofs needs 4,096 (0.15
 * s, once); making cell proofs needs a table of 8,192 points that is computed at the first call
 * (about 2 s, once). Calls are thread-safe.
 *
 * Verifications answer GVM_OK, or GVM_ERR_PROOF where all is well-formed but does not hold.
 * Malformed input:
 *
 *     GVM_ERR_RANGE          a field element not below the order; a cell index above 127
 *     GVM_ERR_POINT          a point not on the curve or not in the subgroup
 *     GVM_ERR_NON_CANONICAL  the flags of a compressed point contradict the rest
 *     GVM_ERR_ARGUMENT       fewer than 64 cells to recover from, over 128, or not ascending
 *     GVM_ERR_NOMEM          memory is out
 *
 * Times depend on the values. */
#ifndef GVM_CRYPTO_KZG_H
#define GVM_CRYPTO_KZG_H

#include "base/bytes.h"

#define GVM_KZG_POINT      48
#define GVM_KZG_ELEMENT    32
#define GVM_KZG_BLOB       131072
#define GVM_KZG_CELL       2048
#define GVM_KZG_CELL_COUNT 128

/* ---- EIP-4844 */

/* 0x01 and the last 31 bytes of the commitment's SHA-256. */
void gvm_kzg_versioned_hash(gvm_hash *out, const uint8_t commitment[48]);

/* The precompile at 0x0a: versioned hash, z, y, commitment, proof in; 4096 and the group's order,
 * 32 bytes each, out. GVM_ERR_PROOF also where the versioned hash is not that of the commitment. */
GVM_NODISCARD gvm_status gvm_kzg_point_evaluation(uint8_t out[64], const uint8_t in[192]);

/* The committed polynomial's value at z is y. */
GVM_NODISCARD gvm_status gvm_kzg_verify_proof(const uint8_t commitment[48], const uint8_t z[32],
                                              const uint8_t y[32], const uint8_t proof[48]);

GVM_NODISCARD gvm_status gvm_kzg_blob_to_commitment(uint8_t out[48],
                                                    const uint8_t blob[GVM_KZG_BLOB]);

/* The blob's polynomial at z, and the proof of that. */
GVM_NODISCARD gvm_status gvm_kzg_compute_proof(uint8_t proof[48], uint8_t y[32],
                                               const uint8_t blob[GVM_KZG_BLOB],
                                               const uint8_t z[32]);

/* The proof that goes with a blob: at the point that blob and commitment determine. */
GVM_NODISCARD gvm_status gvm_kzg_compute_blob_proof(uint8_t proof[48],
                                                    const uint8_t blob[GVM_KZG_BLOB],
                                                    const uint8_t commitment[48]);
GVM_NODISCARD gvm_status gvm_kzg_verify_blob_proof(const uint8_t blob[GVM_KZG_BLOB],
                                                   const uint8_t commitment[48],
                                                   const uint8_t proof[48]);

/* n blobs, n commitments and n proofs, each after the other; GVM_OK for none. */
GVM_NODISCARD gvm_status gvm_kzg_verify_blob_proof_batch(const uint8_t *blobs,
                                                         const uint8_t *commitments,
                                                         const uint8_t *proofs, size_t n);

/* ---- EIP-7594 */

/* The 128 cells of a blob, and (where `proofs` is not NULL) the 128 proofs. */
GVM_NODISCARD gvm_status gvm_kzg_compute_cells_and_proofs(
    uint8_t cells[GVM_KZG_CELL_COUNT * GVM_KZG_CELL],
    uint8_t proofs[GVM_KZG_CELL_COUNT * GVM_KZG_POINT], const uint8_t blob[GVM_KZG_BLOB]);

/* n cells with their proofs: cell i is number indices[i] of the blob of commitment i. All four
 * arrays have n members; equal commitments may stand there many times. GVM_OK for none. */
GVM_NODISCARD gvm_status gvm_kzg_verify_cell_proof_batch(const uint8_t *commitments,
                                                         const uint64_t *indices,
                                                         const uint8_t *cells,
                                                         const uint8_t *proofs, size_t n);

/* All cells and (where `proofs` is not NULL) proofs from n cells, 64 <= n <= 128, of ascending
 * indices. GVM_ERR_PROOF where the cells are not of one blob. */
GVM_NODISCARD gvm_status
gvm_kzg_recover_cells_and_proofs(uint8_t cells[GVM_KZG_CELL_COUNT * GVM_KZG_CELL],
                                 uint8_t proofs[GVM_KZG_CELL_COUNT * GVM_KZG_POINT],
                                 const uint64_t *indices, const uint8_t *known_cells, size_t n);

#endif
