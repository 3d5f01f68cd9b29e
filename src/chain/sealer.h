/* Who orders transactions where one node does it alone: a development chain, or a single authority.
 * When to seal is the caller's affair (at once after a transaction, on an interval, on demand);
 * this says what goes into the next block and what time it carries. Time comes in as an argument.
 */
#ifndef GVM_CHAIN_SEALER_H
#define GVM_CHAIN_SEALER_H

#include "chain/pool.h"

typedef struct gvm_sealer gvm_sealer;

typedef struct gvm_sealer_options {
    gvm_address coinbase;
    uint64_t gas_limit; /* to be held or moved towards; 0: as the head's */
    uint8_t extra[32], extra_len;
} gvm_sealer_options;

/* Chain and pool must outlive it. All functions may be called from any thread. */
GVM_NODISCARD gvm_status gvm_sealer_new(gvm_sealer **out, gvm_chain *chain, gvm_pool *pool,
                                        const gvm_sealer_options *options);
void gvm_sealer_delete(gvm_sealer *s);

/* Seals one block with what is pending, possibly nothing. `now` is in seconds since 1970. hash may
 * be NULL. */
GVM_NODISCARD gvm_status gvm_sealer_seal(gvm_sealer *s, gvm_hash *hash, uint64_t now,
                                         gvm_error *err);
/* Seals block after block until nothing is pending that a block would take; none where nothing is
 * pending. */
GVM_NODISCARD gvm_status gvm_sealer_seal_pending(gvm_sealer *s, uint64_t now, gvm_error *err);
/* The block that would be sealed now (gvm_chain_preview). */
GVM_NODISCARD gvm_status gvm_sealer_preview(gvm_sealer *s, gvm_stored_block *out,
                                            gvm_pool_picker **picker, uint64_t now, gvm_error *err);
/* The timestamp that a block sealed now would carry. */
uint64_t gvm_sealer_timestamp(gvm_sealer *s, uint64_t now);

/* ---- development */
/* Moves the clock of coming blocks; returns the seconds that it is ahead of `now` in all. */
int64_t gvm_sealer_increase_time(gvm_sealer *s, int64_t seconds);
/* The next block carries exactly this time, and the clock goes on from there. GVM_ERR_RANGE: not
 * after the head's. */
GVM_NODISCARD gvm_status gvm_sealer_set_next_timestamp(gvm_sealer *s, uint64_t timestamp,
                                                       gvm_error *err);
/* Offsets as they are now, for snapshots. */
int64_t gvm_sealer_time_offset(gvm_sealer *s);
void gvm_sealer_set_time_offset(gvm_sealer *s, int64_t offset);
void gvm_sealer_set_coinbase(gvm_sealer *s, const gvm_address *coinbase);
void gvm_sealer_set_gas_limit(gvm_sealer *s, uint64_t gas_limit);
/* Of the next block alone. */
void gvm_sealer_set_next_base_fee(gvm_sealer *s, gvm_u256 base_fee);
void gvm_sealer_set_next_prev_randao(gvm_sealer *s, const gvm_hash *prev_randao);

#endif
