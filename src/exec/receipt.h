/* What a transaction leaves behind (Yellow Paper 4.3.1, EIP-658, EIP-2718). */
#ifndef GVM_EXEC_RECEIPT_H
#define GVM_EXEC_RECEIPT_H

#include "codec/rlp.h"
#include "vm/vm.h"

typedef struct gvm_bloom {
    uint8_t b[256];
} gvm_bloom;

/* The rest of the receipt of a transaction of type 0x47. */
typedef struct gvm_receipt_ghost {
    bool called;    /* else it created a contract, or its name did not resolve */
    gvm_address to; /* whom it called, a name resolved */
    gvm_address payer;
    uint8_t fee_token;
    gvm_u256 fee_paid; /* in that token */
    gvm_u256 mana;     /* that accrued to the payer */
} gvm_receipt_ghost;

typedef struct gvm_receipt {
    uint8_t type;        /* the transaction's */
    gvm_outcome outcome; /* of the outermost message; SUCCESS is status 1 */
    bool has_root;       /* before Byzantium: root instead of status */
    bool created;        /* `contract` is the address of a new contract (also where it failed) */
    gvm_hash root;
    gvm_address contract;
    uint64_t gas_used, cumulative_gas, blob_gas_used;
    gvm_u256 gas_price; /* effective */
    gvm_u256 blob_gas_price;
    const gvm_log *logs; /* the state's, until its next transaction; see gvm_receipt_keep */
    size_t log_count;
    gvm_bytes output;        /* return or revert data; valid until the vm's next message */
    gvm_bytes reason;        /* text: why it failed, where the outcome does not say all (a refused
                                container, a trap); not part of the encoding. Valid as output */
    gvm_receipt_ghost ghost; /* type 0x47; else zero */
} gvm_receipt;

/* Adds the logs to *bloom. */
void gvm_bloom_add(gvm_bloom *bloom, const gvm_log *logs, size_t count);
static inline bool gvm_receipt_succeeded(const gvm_receipt *r) {
    return r->outcome == GVM_OUT_SUCCESS;
}
/* Appends RLP([status or root, cumulative gas, bloom, logs]), after the type byte for typed ones:
 * what the receipts trie holds. Type 0x47 has a fifth item, gvm_receipt_ghost_encode. */
void gvm_receipt_encode(gvm_buf *out, const gvm_receipt *r);
/* [to_resolved, payer, fee_token, fee_paid, mana]; to_resolved is empty where nobody was called. */
void gvm_receipt_ghost_encode(gvm_buf *out, const gvm_receipt_ghost *g);
GVM_NODISCARD gvm_status gvm_receipt_ghost_decode(gvm_receipt_ghost *out, gvm_rlp_reader *in);
/* Appends RLP of a list of logs: whose hash state tests compare. */
void gvm_logs_encode(gvm_buf *out, const gvm_log *logs, size_t count);
/* Copies logs, output and reason into the arena, so that they live as long as it does. */
struct gvm_arena;
GVM_NODISCARD gvm_status gvm_receipt_keep(gvm_receipt *r, struct gvm_arena *arena);

#endif
