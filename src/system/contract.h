/* What a system contract is made of, and what its functions have at hand.
 *
 * A contract is a table (<contract>.inc: structs, functions, events, errors, in Solidity's words)
 * and a C function for each of the table's functions. From the table come dispatch, checks of
 * arguments, value, static mode and permission, the JSON ABI, the Solidity interface and the
 * documentation. A contract's file begins and ends so:
 *
 *      #include "system/contract.h"
 *      #define GVM_ROWS "system/tokens.inc"
 *      #include "system/declare.inc"       // prototypes fn_<id>, enums EV_<ID>, ERR_<ID>
 *      static bool fn_transfer(gvm_sys *c) { ... }
 *      #include "system/define.inc"        // static const gvm_sys_row rows[], ROW_COUNT
 *      const gvm_sys_contract gvm_sys_tokens = {GVM_SYS_TABLE, .name = "Tokens", ...};
 *
 * and a line in contracts.inc gives it its address. Rows of the table:
 *
 *      STRUCT(Name, "uint256 a, address b", "documentation")
 *      FUNCTION(id, VIEW | WRITE | PAYABLE, gas, PERMISSION or NONE,
 *               "transfer(uint8 token, address to, uint256 amount) returns (bool done)",
 * "documentation") EVENT(ID, "Transfer(address indexed from, address indexed to, uint256 value)",
 * "documentation") ERROR(ID, "InsufficientBalance(uint256 have)", "documentation")
 *
 * A struct's name may stand in any signature. `gas` is the function's own price, taken before
 * anything else together with 6 a word of calldata; cells, logs, calls and results pay for
 * themselves.
 *
 * A function returns true when it is done or has asked for a call, and false where it reverts;
 * failures of cells (out of gas, ...) are sticky in c->cells and win over both. */
#ifndef GVM_SYSTEM_CONTRACT_H
#define GVM_SYSTEM_CONTRACT_H

#include "codec/abi.h"
#include "system/cells.h"

typedef struct gvm_sys gvm_sys;

typedef enum gvm_sys_what {
    GVM_SYS_FUNCTION,
    GVM_SYS_EVENT,
    GVM_SYS_ERROR,
    GVM_SYS_STRUCT
} gvm_sys_what;

typedef enum gvm_sys_kind {
    GVM_SYS_VIEW,   /* no value; also in static calls */
    GVM_SYS_WRITE,  /* no value; refused in static calls */
    GVM_SYS_PAYABLE /* as WRITE, with value */
} gvm_sys_kind;

#define GVM_PERMISSION_NONE (-1)

typedef struct gvm_sys_row {
    gvm_sys_what what;
    gvm_sys_kind kind;
    int16_t permission; /* what the caller must hold (system/permissions.h), or NONE */
    int32_t gas;
    const char *text; /* the signature; of a struct, its fields */
    const char *doc;
    const char *name; /* of a struct */
    bool (*run)(gvm_sys *c);
} gvm_sys_row;

typedef struct gvm_sys_contract {
    const gvm_sys_row *rows;
    size_t row_count;
    const char *name;  /* "Tokens": the interface is I<name> */
    const char *about; /* sentences for the interface and the docs */
    bool unavailable;  /* every call reverts NotAvailable(address) */
    /* What its storage holds in a new chain, beside what the genesis file says; NULL: nothing. */
    void (*genesis)(gvm_cells *cells);
} gvm_sys_contract;

/* A function that runs. */
struct gvm_sys {
    gvm_frame *frame;
    const gvm_sys_contract *contract;
    const gvm_sys_row *row;
    uint32_t index;     /* which of the contract's addresses was called (contracts.inc) */
    gvm_cells cells;    /* the contract's own storage; sticky failure */
    gvm_arena *arena;   /* until the frame ends */
    gvm_abi_value args; /* the tuple of arguments, checked */
    /* Nested calls: the function is run again with `stage` as it was set, and the callee's result.
     */
    uint32_t stage;
    void *local; /* the function's own, NULL at first; allocate it in the arena */
    gvm_result child;
    /* the framework's */
    const struct gvm_sys_entry *entry;
    gvm_arena_mark mark;
    bool calling, reverted;
};

/* ---- who and what */
static inline const gvm_address *gvm_sys_sender(const gvm_sys *c) {
    return &c->frame->msg.sender;
}
static inline const gvm_address *gvm_sys_self(const gvm_sys *c) {
    return &c->frame->msg.recipient;
}
static inline uint64_t gvm_sys_now(const gvm_sys *c) {
    return c->frame->vm->block.timestamp;
}
static inline gvm_u256 gvm_sys_arg_u256(const gvm_sys *c, size_t i) {
    return gvm_abi_u256(&c->args.items[i]);
}
/* For arguments of at most 64 bits. */
static inline uint64_t gvm_sys_arg_u64(const gvm_sys *c, size_t i) {
    return gvm_abi_u256(&c->args.items[i]).w[0];
}
static inline bool gvm_sys_arg_bool(const gvm_sys *c, size_t i) {
    return gvm_sys_arg_u64(c, i) != 0;
}
static inline gvm_address gvm_sys_arg_address(const gvm_sys *c, size_t i) {
    return gvm_abi_address(&c->args.items[i]);
}
/* bytesN: left-aligned, as the ABI has it. */
static inline gvm_hash gvm_sys_arg_word(const gvm_sys *c, size_t i) {
    return c->args.items[i].word;
}
/* bytes and string; a view of the calldata. */
static inline gvm_bytes gvm_sys_arg_bytes(const gvm_sys *c, size_t i) {
    return c->args.items[i].bytes;
}

/* ---- values that go out: results, members of events and errors */
typedef struct gvm_sys_value {
    enum { GVM_SYS_WORD, GVM_SYS_BYTES } kind;
    gvm_u256 word;
    gvm_bytes bytes;
} gvm_sys_value;
static inline gvm_sys_value gvm_sys_u256(gvm_u256 v) {
    return (gvm_sys_value){.kind = GVM_SYS_WORD, .word = v};
}
static inline gvm_sys_value gvm_sys_u64(uint64_t v) {
    return gvm_sys_u256(gvm_u256_from_u64(v));
}
static inline gvm_sys_value gvm_sys_address(const gvm_address *v) {
    return gvm_sys_u256(gvm_u256_from_address(v));
}
static inline gvm_sys_value gvm_sys_word(const gvm_hash *v) {
    return gvm_sys_u256(gvm_u256_from_hash(v));
}
static inline gvm_sys_value gvm_sys_bytes(gvm_bytes v) {
    return (gvm_sys_value){.kind = GVM_SYS_BYTES, .bytes = v};
}
#define GVM_SYS_VALUES(...) \
    (gvm_sys_value[]){__VA_ARGS__}, sizeof((gvm_sys_value[]){__VA_ARGS__}) / sizeof(gvm_sys_value)

/* ---- ends of a function. Each is what the function returns. */
/* Results; none at all is plain `return true`. */
bool gvm_sys_return(gvm_sys *c, const gvm_sys_value *values, size_t count);
static inline bool gvm_sys_return_u256(gvm_sys *c, gvm_u256 v) {
    gvm_sys_value value = gvm_sys_u256(v);
    return gvm_sys_return(c, &value, 1);
}
static inline bool gvm_sys_return_bool(gvm_sys *c, bool v) {
    return gvm_sys_return_u256(c, gvm_u256_from_u64(v));
}
static inline bool gvm_sys_return_address(gvm_sys *c, const gvm_address *v) {
    return gvm_sys_return_u256(c, gvm_u256_from_address(v));
}
static inline bool gvm_sys_return_bytes(gvm_sys *c, gvm_bytes v) {
    gvm_sys_value value = gvm_sys_bytes(v);
    return gvm_sys_return(c, &value, 1);
}
/* Results of other shapes: a zeroed tuple of the function's results in the arena (NULL where memory
 * is out, which is sticky), to be filled in and returned. */
gvm_abi_value *gvm_sys_result(gvm_sys *c);
bool gvm_sys_return_tuple(gvm_sys *c, const gvm_abi_value *tuple);

/* Reverts with a custom error: GVM_E_* of every contract, or ERR_* of this one. */
bool gvm_sys_revert(gvm_sys *c, unsigned error, const gvm_sys_value *values, size_t count);
static inline bool gvm_sys_revert_plain(gvm_sys *c, unsigned error) {
    return gvm_sys_revert(c, error, NULL, 0);
}
/* Reverts with the data of a callee that failed. */
bool gvm_sys_revert_data(gvm_sys *c, gvm_bytes data);

typedef enum gvm_sys_error {
#define ERROR(id, signature, doc) GVM_E_##id,
#include "system/errors.inc"
#undef ERROR
    GVM_E_COUNT
} gvm_sys_error;

/* ---- acts */
/* Logs EV_* of this contract in its own name: 375, 375 a topic, 8 a byte. */
void gvm_sys_log(gvm_sys *c, unsigned event, const gvm_sys_value *values, size_t count);
/* Logs in any system contract's name. */
void gvm_sys_log_raw(gvm_sys *c, const gvm_address *address, const gvm_hash *topics,
                     uint32_t topic_count, gvm_bytes data);
/* Asks for a call of another contract: `return gvm_sys_call(...)`. Once it has ended the function
 * is run again with c->stage == stage and c->child. `gas` as of CALL (all but a 64th at the most).
 * The input must be the arena's or the calldata's. */
bool gvm_sys_call(gvm_sys *c, uint32_t stage, gvm_call_kind kind, const gvm_address *to,
                  gvm_u256 value, gvm_bytes input, uint64_t gas);
/* Asks for a creation, likewise: the address is in c->child.created. CALLER, as the init code sees
 * it, is whoever called the contract. The init code must be the arena's. Price: CREATE's;
 * `code_paid`: the 200 gas a byte of a WebAssembly module are not taken again. */
bool gvm_sys_create(gvm_sys *c, uint32_t stage, gvm_u256 value, gvm_bytes init_code,
                    bool code_paid);
/* Calldata in the arena: selector of a canonical signature, and arguments. */
gvm_bytes gvm_sys_encode_call(gvm_sys *c, const char *signature, const gvm_sys_value *values,
                              size_t count);
/* Takes gas, sticky. */
static inline void gvm_sys_charge(gvm_sys *c, int64_t gas) {
    gvm_cells_charge(&c->cells, gas);
}
/* The cells of another system contract; after use, gvm_cells_join(&c->cells, &other). */
static inline gvm_cells gvm_sys_cells_at(const gvm_sys *c, const gvm_address *address) {
    return gvm_cells_at(&c->cells, address);
}

#endif
