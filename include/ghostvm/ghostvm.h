/* libghostvm: Ethereum's machine and state, to be embedded.
 *
 * A ledger holds accounts with their storage and code in one Merkle-Patricia trie, on disk or in
 * memory. Messages are executed on it under the rules of any fork from Frontier to Osaka; what they
 * change waits until it is committed (one atomic, durable step, which gives the new root) or
 * discarded. Every committed version stays readable and provable.
 *
 *     gvm_ledger *ledger;
 *     gvm_ledger_open(&ledger, "state", NULL, 0);
 *     gvm_ledger_set_account(ledger, alice, 0, balance, NULL, 0);
 *     gvm_message_params m = {.fork = "osaka", .kind = GVM_MESSAGE_CREATE, .gas = 1000000};
 *     ...
 *     gvm_ledger_execute(ledger, &m, &result);
 *     gvm_ledger_commit(ledger, root);
 *     gvm_ledger_close(ledger);
 *
 * Shapes. An address is 20 bytes; a hash, a storage key and a storage value are 32 bytes; numbers
 * of 256 bits (balances, values) are 32 bytes, big-endian. Ownership. Arguments are borrowed for
 * the call. Results that point into the ledger say how long they last. Threads. One thread at a
 * time for each ledger; different ledgers are independent. Errors. Functions return GVM_LIB_OK (0)
 * or a negative gvm_lib_status; gvm_ledger_error gives the reason in words. Caveats. A folder
 * belongs to one process at a time. A ledger's version is not a block: the library knows no
 * transactions, no fees and no blocks; the node (ghostd) does. */
#ifndef GHOSTVM_H
#define GHOSTVM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef GVM_API
#if defined(__GNUC__)
#define GVM_API __attribute__((visibility("default")))
#else
#define GVM_API
#endif
#endif

typedef enum gvm_lib_status {
    GVM_LIB_OK = 0,
    GVM_LIB_NO_MEMORY = -1,
    GVM_LIB_ARGUMENT = -2,  /* an argument is not valid: the message says which */
    GVM_LIB_NOT_FOUND = -3, /* no such account, version or code */
    GVM_LIB_BUSY = -4,      /* another process has the folder */
    GVM_LIB_IO = -5,
    GVM_LIB_CORRUPT = -6,
    GVM_LIB_NO_SPACE = -7,
    GVM_LIB_PROOF = -8,  /* the proof does not hold */
    GVM_LIB_FAILED = -9, /* anything else: the message says what */
} gvm_lib_status;

/* "0.1.0". Static storage. */
GVM_API const char *gvm_lib_version(void);
/* A sentence for a gvm_lib_status. Static storage. */
GVM_API const char *gvm_lib_status_text(int status);

typedef struct gvm_ledger gvm_ledger;

/* Opens the ledger in `folder`, which is made where it is missing; NULL: a new one in memory.
 * Commits survive the death of the process, and power cuts as of the last second or
 * gvm_ledger_sync. On failure *out is NULL and the reason is written to error (NUL-terminated; may
 * be NULL with size 0). BUSY, IO, CORRUPT, NO_MEMORY. */
GVM_API int gvm_ledger_open(gvm_ledger **out, const char *folder, char *error, size_t error_size);
/* What was not committed is gone. NULL is allowed. */
GVM_API void gvm_ledger_close(gvm_ledger *ledger);
/* Why the last call on this ledger failed. Valid until the next. */
GVM_API const char *gvm_ledger_error(const gvm_ledger *ledger);

/* ---- accounts, as they are with what is not committed yet */
typedef struct gvm_account_info {
    uint64_t nonce;
    uint8_t balance[32];
    uint8_t code_hash[32]; /* Keccak-256 of the code */
    uint64_t code_size;
} gvm_account_info;

/* NOT_FOUND: there is none, *out is then all zero but for the hash of no code. */
GVM_API int gvm_ledger_get_account(gvm_ledger *ledger, gvm_account_info *out,
                                   const uint8_t address[20]);
/* The code; *code is valid until the next commit or discard. An account without code gives size 0.
 */
GVM_API int gvm_ledger_get_code(gvm_ledger *ledger, const uint8_t **code, size_t *size,
                                const uint8_t address[20]);
/* Makes or changes an account. code NULL: the code stays as it is. Storage stays. */
GVM_API int gvm_ledger_set_account(gvm_ledger *ledger, const uint8_t address[20], uint64_t nonce,
                                   const uint8_t balance[32], const uint8_t *code,
                                   size_t code_size);
GVM_API int gvm_ledger_get_storage(gvm_ledger *ledger, uint8_t value[32], const uint8_t address[20],
                                   const uint8_t key[32]);
GVM_API int gvm_ledger_set_storage(gvm_ledger *ledger, const uint8_t address[20],
                                   const uint8_t key[32], const uint8_t value[32]);

/* ---- execution */
typedef enum gvm_message_kind {
    GVM_MESSAGE_CALL = 0,
    GVM_MESSAGE_STATIC_CALL = 1,
    GVM_MESSAGE_CREATE =
        2, /* input is init code; the address follows from sender and its nonce, which is raised */
} gvm_message_kind;

typedef struct gvm_message_params {
    const char *fork; /* "osaka", "cancun", "london", ...; NULL: "osaka" */
    gvm_message_kind kind;
    uint8_t sender[20], to[20]; /* to: ignored for creation */
    uint8_t value[32];
    int64_t gas; /* what the message may use; there is no intrinsic gas */
    const uint8_t *input;
    size_t input_size;
    /* what the block instructions answer */
    uint64_t chain_id, number, timestamp, gas_limit;
    uint8_t coinbase[20], prev_randao[32], base_fee[32], gas_price[32];
} gvm_message_params;

typedef struct gvm_log_entry {
    uint8_t address[20];
    uint32_t topic_count;
    uint8_t topics[4][32];
    const uint8_t *data;
    size_t data_size;
} gvm_log_entry;

typedef struct gvm_message_result {
    int status_code; /* 0 success, 1 revert, 2 out of gas, 3 trap or invalid instruction, 4 stack,
                        depth or memory limit, 5 static violation, 6 permission denied, 7 bad
                        container */
    const char *status_text; /* static storage */
    int64_t gas_left;        /* 0 unless status_code is 0 or 1 */
    int64_t gas_refund;      /* the refund counter; to be limited by the fork's rule */
    const uint8_t *output;   /* return or revert data; valid until the next call on the ledger */
    size_t output_size;
    uint8_t created[20];       /* creation: the address */
    const gvm_log_entry *logs; /* valid until the next execute */
    size_t log_count;
} gvm_message_result;

/* Runs one message as a transaction of its own (access lists empty but for sender, target and
 * precompiles). GVM_LIB_OK for anything a contract can do: see status_code. Effects of a message
 * that succeeded join what is not committed. */
GVM_API int gvm_ledger_execute(gvm_ledger *ledger, const gvm_message_params *params,
                               gvm_message_result *result);

/* ---- versions */
/* The root with what is not committed yet. */
GVM_API int gvm_ledger_root(gvm_ledger *ledger, uint8_t root[32]);
/* Makes everything since the last commit durable as the next version; root may be NULL. */
GVM_API int gvm_ledger_commit(gvm_ledger *ledger, uint8_t root[32]);
GVM_API int gvm_ledger_discard(gvm_ledger *ledger);
/* The number of the last committed version; 0: nothing was committed yet (the empty state). */
GVM_API uint64_t gvm_ledger_version(const gvm_ledger *ledger);
/* Goes back: later versions are gone, and what is not committed. NOT_FOUND. */
GVM_API int gvm_ledger_rewind(gvm_ledger *ledger, uint64_t version);
/* Waits until all commits are on the disk. */
GVM_API int gvm_ledger_sync(gvm_ledger *ledger);

/* ---- proofs (EIP-1186), of the last committed version */
typedef struct gvm_proof gvm_proof;
/* Proves the account, and the slot where key is not NULL. To be freed with gvm_proof_free. */
GVM_API int gvm_ledger_prove(gvm_ledger *ledger, gvm_proof **out, const uint8_t address[20],
                             const uint8_t key[32]);
GVM_API void gvm_proof_free(gvm_proof *proof);
/* The nodes, from the root on; account nodes, then storage nodes. Valid as long as the proof. */
GVM_API size_t gvm_proof_account_nodes(const gvm_proof *proof);
GVM_API size_t gvm_proof_storage_nodes(const gvm_proof *proof);
GVM_API const uint8_t *gvm_proof_node(const gvm_proof *proof, size_t index, size_t *size);
/* Checks one path of nodes against a root: of an account, key is Keccak-256 of the address and the
 * value RLP of [nonce, balance, storage root, code hash]; of a slot, key is Keccak-256 of the slot
 * and the value RLP of a number. GVM_LIB_OK with *value pointing into nodes, or with *value NULL
 * where the proof shows that there is none; GVM_LIB_PROOF. */
GVM_API int gvm_proof_verify(const uint8_t **value, size_t *value_size, const uint8_t root[32],
                             const uint8_t hashed_key[32], const uint8_t *const *nodes,
                             const size_t *sizes, size_t count);
/* Keccak-256. */
GVM_API void gvm_lib_keccak256(uint8_t out[32], const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
