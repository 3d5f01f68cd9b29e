/* The log index: in which blocks an address logged, and in which a topic stands (at any place). A
 * query intersects the lists of its criteria and reads only the receipts of the blocks that are
 * left. */
#ifndef GVM_CHAIN_LOGS_H
#define GVM_CHAIN_LOGS_H

#include "exec/receipt.h"
#include "store/store.h"

/* Adds (or takes out) what the block's receipts logged. */
GVM_NODISCARD gvm_status gvm_logs_index(gvm_store_txn *txn, uint64_t number,
                                        const gvm_receipt *receipts, size_t count, bool add);

/* A filter as eth_getLogs has it: any of the addresses (none: all), and at each place any of the
 * topics (none: all). */
typedef struct gvm_log_filter {
    uint64_t from, to; /* block numbers, inclusive */
    const gvm_address *addresses;
    size_t address_count;
    struct {
        const gvm_hash *any;
        size_t count;
    } topics[4];
    unsigned topic_places; /* logs with fewer topics than this do not match */
} gvm_log_filter;

bool gvm_log_matches(const gvm_log_filter *filter, const gvm_log *log);

/* The numbers of blocks in [from, to] that may hold matches, ascending, at most `max`: *numbers is
 * the caller's to free(). Without any criterion every number is given. *more: there may be others
 * after the last. */
GVM_NODISCARD gvm_status gvm_logs_candidates(gvm_store_txn *txn, uint64_t **numbers, size_t *count,
                                             bool *more, const gvm_log_filter *filter, size_t max);

#endif
