/* Block headers (Yellow Paper 4.4; EIP-1559, 4399, 4788, 4844, 4895, 7685). */
#ifndef GVM_CHAIN_HEADER_H
#define GVM_CHAIN_HEADER_H

#include "codec/rlp.h"
#include "exec/receipt.h"

/* How many of the fields that came with later forks a header has; they came in this order. */
enum {
    GVM_HEADER_FRONTIER = 0,
    GVM_HEADER_LONDON = 1,   /* base_fee */
    GVM_HEADER_SHANGHAI = 2, /* withdrawals_root */
    GVM_HEADER_CANCUN = 5,   /* blob_gas_used, excess_blob_gas, parent_beacon_root */
    GVM_HEADER_PRAGUE = 6,   /* requests_hash */
};

typedef struct gvm_header {
    gvm_hash parent_hash, ommers_hash;
    gvm_address coinbase;
    gvm_hash state_root, transactions_root, receipts_root;
    gvm_bloom bloom;
    gvm_u256 difficulty;
    uint64_t number, gas_limit, gas_used, timestamp;
    uint8_t extra[32]; /* at most 32 bytes: longer ones do not decode */
    uint8_t extra_len;
    gvm_hash mix_hash; /* prev_randao from Paris on */
    uint8_t nonce[8];
    uint8_t later; /* GVM_HEADER_...: how many of these are there */
    gvm_u256 base_fee;
    gvm_hash withdrawals_root;
    uint64_t blob_gas_used, excess_blob_gas;
    gvm_hash parent_beacon_root;
    gvm_hash requests_hash;
} gvm_header;

/* Keccak-256 of the RLP of no ommers. */
extern const gvm_hash gvm_empty_ommers_hash;

/* Takes one header off the reader; strict. Any number of later fields from none to all decodes,
 * whether the fork has them is for validation. Codes of codec/rlp.h; GVM_ERR_HEADER_EXTRA (extra
 * data over 32 bytes), GVM_ERR_RANGE. */
GVM_NODISCARD gvm_status gvm_header_decode(gvm_header *out, gvm_rlp_reader *in);
void gvm_header_encode(gvm_buf *out, const gvm_header *h);
GVM_NODISCARD gvm_status gvm_header_hash(gvm_hash *out, const gvm_header *h);
/* How many later fields a block of that fork must have. */
uint8_t gvm_header_fields_of(gvm_fork fork);

#endif
