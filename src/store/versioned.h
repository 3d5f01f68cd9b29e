/* Tables whose entries have versions: what a key held after each block, newest first.
 *
 *   stored key = key ‖ ~block (8 bytes, big-endian)      stored value: what it held from that block
 * on; empty: nothing
 *
 * So the version valid at block N is the first entry at or after key ‖ ~N, if it still has that
 * key: head and history cost the same, one lookup. Keys of a table must be prefix-free (fixed
 * length, or encoded so). Blocks are numbers below 2^64 - 1. */
#ifndef GVM_STORE_VERSIONED_H
#define GVM_STORE_VERSIONED_H

#include "store/store.h"

enum { GVM_VERSION_LEN = 8, GVM_VERSIONED_KEY_MAX = 128 };

/* What `key` held after `block`; `cursor` is over the table. GVM_ERR_NOT_FOUND: nothing. */
GVM_NODISCARD gvm_status gvm_versioned_get(gvm_store_cursor *cursor, gvm_bytes *value,
                                           gvm_bytes key, uint64_t block);
/* After gvm_versioned_get gave GVM_OK: the next older version of that key (empty: it held nothing),
 * and so on. GVM_ERR_NOT_FOUND: there is none. */
GVM_NODISCARD gvm_status gvm_versioned_older(gvm_store_cursor *cursor, gvm_bytes *value,
                                             gvm_bytes key);
/* The first key >= `from` that begins with `prefix` and held something after `block`. The result
 * points into the store. GVM_ERR_NOT_FOUND. */
GVM_NODISCARD gvm_status gvm_versioned_next(gvm_store_cursor *cursor, gvm_bytes *key,
                                            gvm_bytes *value, gvm_bytes from, gvm_bytes prefix,
                                            uint64_t block);
/* Writes the version of `block`; empty value: the key holds nothing from there on. `append` where
 * the caller knows that nothing in the table comes after. */
GVM_NODISCARD gvm_status gvm_versioned_put(gvm_store_txn *txn, gvm_table table, gvm_bytes key,
                                           uint64_t block, gvm_bytes value, bool append);
/* Removes the version of exactly `block`, if there. */
GVM_NODISCARD gvm_status gvm_versioned_undo(gvm_store_txn *txn, gvm_table table, gvm_bytes key,
                                            uint64_t block);
/* Makes `block` the oldest that can be asked for `key`: removes the versions before the one valid
 * at `block`, and that one too where it holds nothing. Adds to *removed. */
GVM_NODISCARD gvm_status gvm_versioned_forget(gvm_store_txn *txn, size_t *removed,
                                              gvm_store_cursor *cursor, gvm_table table,
                                              gvm_bytes key, uint64_t block);

#endif
