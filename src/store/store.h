/* An ordered key-value store: named tables, snapshot readers that never wait, one writer whose
 * batch is one atomic commit. Two backends with the same semantics: LMDB on disk, and a
 * copy-on-write tree in memory.
 *
 * Keys are 1 to GVM_STORE_KEY_MAX bytes in memcmp order (a prefix before what it begins); values
 * are 0 bytes to 1 GiB.
 *
 * Readers. A read transaction sees the store as it was when it began (or was renewed). It costs
 * about a microsecond, so take one for a piece of work and give it back: while it lives, the disk
 * space of everything replaced since cannot be used again. The rule of the house: none lives over
 * GVM_STORE_READER_MS or over a write to a socket; long work copies what it needs or calls
 * gvm_store_read_renew. A watchdog aborts readers older than `reader_limit_ms`: their next
 * operation answers GVM_ERR_TIMEOUT (renew or end them), and bytes got from them before may change
 * underfoot, though they stay readable: who may be late calls gvm_store_read_valid after use, or
 * copies. A read transaction may wander between threads but not be used by two at once.
 *
 * Writers. gvm_store_write_begin waits for the writer before it. The transaction belongs to the
 * thread that began it. It reads its own writes. Any failure of put or commit leaves the store as
 * it was before the transaction.
 *
 * Keys and values handed in are copied; they must not point into the store.
 *
 * Pointers from get and cursors stay valid until the transaction ends or is renewed and, in a write
 * transaction, until the next put or del. After a put or del in its transaction a cursor must be
 * positioned again by one of the seeks (next and prev answer GVM_ERR_STATE).
 *
 * Durability. GVM_STORE_PROCESS: a commit is in the kernel's hands when it returns, so it survives
 * the death of the process at any instruction; it is synced each second, and after a power cut or a
 * crash of the kernel the store opens as it was at the last sync, whole transactions only.
 * GVM_STORE_POWER: a commit is on the disk when it returns.
 *
 * Errors that every operation on disk can give: GVM_ERR_IO, GVM_ERR_CORRUPT, GVM_ERR_NOMEM. */
#ifndef GVM_STORE_STORE_H
#define GVM_STORE_STORE_H

#include "base/bytes.h"

typedef enum gvm_table {
#define X(name, text) GVM_TABLE_##name,
#include "store/tables.inc"
#undef X
    GVM_TABLE_COUNT
} gvm_table;

enum {
    GVM_STORE_KEY_MAX = 511,
    GVM_STORE_READER_MS = 1000, /* no read transaction should live longer */
    GVM_STORE_FORMAT = 1, /* of the folder as a whole; tables' contents are their owners' affair */
};
#define GVM_STORE_VALUE_MAX ((size_t)1 << 30)

typedef struct gvm_store gvm_store;
typedef struct gvm_store_txn gvm_store_txn;
typedef struct gvm_store_cursor gvm_store_cursor;

typedef enum gvm_store_grade { GVM_STORE_PROCESS, GVM_STORE_POWER } gvm_store_grade;

/* Zero means the default of every field. */
typedef struct gvm_store_options {
    gvm_store_grade grade;
    uint32_t sync_ms;         /* grade process: time between syncs (1000) */
    uint32_t reader_limit_ms; /* the watchdog aborts older readers (5000) */
    size_t map_initial; /* address space to reserve, bytes (256 GiB, less where it is not to be
                           had); grows */
    bool ephemeral;     /* the folder dies with the process: nothing is ever synced */
    bool verify;        /* check the structure of every page at open, however large the file */
} gvm_store_options;

/* What opening found, for the log. */
typedef struct gvm_store_report {
    bool created;     /* a new store */
    bool unclean;     /* the last process did not close it */
    bool rolled_back; /* the machine went down: opened as it was at the last sync */
    uint64_t pages_checked;
} gvm_store_report;

typedef struct gvm_store_stats {
    uint64_t file_bytes; /* size of the data file (memory: bytes of live items) */
    uint64_t map_bytes;  /* address space reserved */
    uint64_t used_bytes; /* highest page ever used (memory: as file_bytes) */
    uint64_t commits;    /* since open */
    uint64_t grown;      /* times that the map grew since open */
    uint64_t readers;    /* read transactions now */
    uint64_t oldest_ms;  /* age of the oldest of them */
    uint64_t expired;    /* readers that the watchdog aborted since open */
    uint64_t syncs;      /* since open */
} gvm_store_stats;

/* Opens the store in `folder`, which is made (its parent must exist) with mode 0700. `options` and
 * `report` may be NULL. GVM_ERR_BUSY: another process has it (the text names its pid).
 * GVM_ERR_PERMISSION, GVM_ERR_CORRUPT (the text says what was found where), GVM_ERR_FORMAT_VERSION,
 * GVM_ERR_FULL, GVM_ERR_IO. Nothing is changed on disk unless GVM_OK. */
GVM_NODISCARD gvm_status gvm_store_open(gvm_store **out, gvm_store_report *report,
                                        const char *folder, const gvm_store_options *options,
                                        gvm_error *err);
GVM_NODISCARD gvm_status gvm_store_open_memory(gvm_store **out);
/* Syncs and closes. No transaction may be open. NULL is allowed. */
void gvm_store_close(gvm_store *store);

/* Makes everything committed so far durable against power cuts. */
GVM_NODISCARD gvm_status gvm_store_sync(gvm_store *store, gvm_error *err);
void gvm_store_stats_get(gvm_store *store, gvm_store_stats *stats);
/* Aborts read transactions older than limit_ms (0: all) as the watchdog does; returns how many. */
size_t gvm_store_expire(gvm_store *store, uint64_t limit_ms);
const char *gvm_table_name(gvm_table table);

/* ---- transactions */
GVM_NODISCARD gvm_status gvm_store_read_begin(gvm_store_txn **out, gvm_store *store);
/* Moves to the newest commit and restarts the age; cursors must be positioned again. Where it
 * fails, only gvm_store_read_end may follow. */
GVM_NODISCARD gvm_status gvm_store_read_renew(gvm_store_txn *txn);
/* False where the watchdog aborted it: what was read through its pointers may be wrong. */
bool gvm_store_read_valid(const gvm_store_txn *txn);
/* Milliseconds since begin or renewal. */
uint64_t gvm_store_read_age(const gvm_store_txn *txn);
void gvm_store_read_end(gvm_store_txn *txn);

GVM_NODISCARD gvm_status gvm_store_write_begin(gvm_store_txn **out, gvm_store *store);
/* Ends the transaction whatever it returns. GVM_ERR_FULL: no space on disk. */
GVM_NODISCARD gvm_status gvm_store_write_commit(gvm_store_txn *txn, gvm_error *err);
/* NULL is allowed. */
void gvm_store_write_abort(gvm_store_txn *txn);
bool gvm_store_txn_writes(const gvm_store_txn *txn);

/* ---- operations; `txn` of either kind where it only reads */
/* GVM_ERR_NOT_FOUND. */
GVM_NODISCARD gvm_status gvm_store_get(gvm_store_txn *txn, gvm_bytes *value, gvm_table table,
                                       gvm_bytes key);
/* Inserts or replaces. GVM_ERR_LIMIT: key or value of a size that is not allowed. GVM_ERR_FULL:
 * disk or map; the transaction can only be aborted then. */
GVM_NODISCARD gvm_status gvm_store_put(gvm_store_txn *txn, gvm_table table, gvm_bytes key,
                                       gvm_bytes value);
/* As put, for a key greater than every key of the table (faster, denser); else GVM_ERR_ARGUMENT. */
GVM_NODISCARD gvm_status gvm_store_append(gvm_store_txn *txn, gvm_table table, gvm_bytes key,
                                          gvm_bytes value);
/* GVM_ERR_NOT_FOUND where there is none. */
GVM_NODISCARD gvm_status gvm_store_del(gvm_store_txn *txn, gvm_table table, gvm_bytes key);

/* ---- cursors. Each move gives GVM_ERR_NOT_FOUND where no such entry is, and leaves the cursor
 * unpositioned then. */
GVM_NODISCARD gvm_status gvm_store_cursor_open(gvm_store_cursor **out, gvm_store_txn *txn,
                                               gvm_table table);
/* Before its transaction ends. NULL is allowed. */
void gvm_store_cursor_close(gvm_store_cursor *cursor);
/* First entry with a key >= `key` (the empty key: first of the table). */
GVM_NODISCARD gvm_status gvm_store_seek(gvm_store_cursor *cursor, gvm_bytes key);
/* Last entry with a key < `key` (the empty key: last of the table). */
GVM_NODISCARD gvm_status gvm_store_seek_before(gvm_store_cursor *cursor, gvm_bytes key);
GVM_NODISCARD gvm_status gvm_store_next(gvm_store_cursor *cursor);
GVM_NODISCARD gvm_status gvm_store_prev(gvm_store_cursor *cursor);
/* The entry under the cursor; only after a move that gave GVM_OK. */
gvm_bytes gvm_store_cursor_key(const gvm_store_cursor *cursor);
gvm_bytes gvm_store_cursor_value(const gvm_store_cursor *cursor);
/* Whether the key under the cursor begins with `prefix`. */
bool gvm_store_cursor_in(const gvm_store_cursor *cursor, gvm_bytes prefix);

#endif
