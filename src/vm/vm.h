/* The machine room: frames, calls and the loop that runs them, once for every engine.
 *
 *      exec ──▶ gvm_vm_execute(message) ──▶ loop:  top frame's engine runs ──▶ ends, or asks for a
 * call ▲                                   │ └── pops, or pushes a frame ◀───────┘
 *
 * An engine never calls another: `run` returns GVM_STEP_CALL with vm->pending filled in
 * (gvm_host_call, gvm_host_create), the loop runs the callee, and calls the caller's `run` again
 * with frame->child filled in. So a chain of calls 1,024 deep uses no native stack, and engines mix
 * freely. Everything that touches the outside goes through vm/host.h.
 *
 * Memory: frames live in one array by depth; each depth keeps its EVM stack and its linear memory
 * buffer from use to use, so a call allocates nothing once warm. A callee's output stays in the
 * callee's buffers, which the next call at that depth overwrites: it is the caller's return data
 * exactly as long as the EVM says. */
#ifndef GVM_VM_VM_H
#define GVM_VM_VM_H

#include "base/arena.h"
#include "state/state.h"
#include "vm/rules.h"

#define GVM_CALL_DEPTH 1024

typedef enum gvm_outcome {
#define X(name, code, text) GVM_OUT_##name,
#include "vm/outcome.inc"
#undef X
    GVM_OUT_COUNT
} gvm_outcome;

/* The public status code (0 to 7), and the text that the field knows. */
int gvm_outcome_code(gvm_outcome o);
const char *gvm_outcome_text(gvm_outcome o);
const char *gvm_outcome_name(gvm_outcome o);

/* The block in which code runs. Numbers that a fork does not know stay 0. */
typedef struct gvm_block_env {
    uint64_t number, timestamp, gas_limit, chain_id, slot_number;
    gvm_address coinbase;
    gvm_hash prev_randao; /* Paris and later */
    gvm_u256 difficulty;  /* before Paris */
    gvm_u256 base_fee, blob_base_fee;
    /* BLOCKHASH for number-256 .. number-1; NULL: all zero. Failure is the host's, not the
     * contract's. */
    gvm_status (*block_hash)(void *ctx, gvm_hash *out, uint64_t number);
    void *block_hash_ctx;
} gvm_block_env;

typedef struct gvm_tx_env {
    gvm_address origin;
    gvm_u256 gas_price;          /* effective */
    const gvm_hash *blob_hashes; /* borrowed */
    size_t blob_hash_count;
} gvm_tx_env;

typedef enum gvm_call_kind {
    GVM_CALL,
    GVM_CALLCODE,
    GVM_DELEGATECALL,
    GVM_STATICCALL,
    GVM_CREATE,
    GVM_CREATE2,
    GVM_SELFDESTRUCT, /* shown to tracers alone: sender gives value to recipient */
} gvm_call_kind;
static inline bool gvm_kind_creates(gvm_call_kind k) {
    return k == GVM_CREATE || k == GVM_CREATE2;
}

/* What is asked of a callee. */
typedef struct gvm_message {
    gvm_call_kind kind;
    bool is_static;
    int64_t gas;
    gvm_address sender;    /* CALLER as the callee sees it */
    gvm_address recipient; /* whose storage and balance (for creation: the new address, filled in by
                              the loop) */
    gvm_address code_address; /* whose code */
    gvm_u256 value; /* CALLVALUE; moved only for GVM_CALL, GVM_CALLCODE (to oneself) and creation */
    gvm_bytes input;            /* calldata, or init code; must live until the callee has ended */
    gvm_hash salt;              /* GVM_CREATE2 */
    const gvm_address *creator; /* creation: who CALLER is to the init code; NULL: sender */
    bool code_paid; /* creation of WebAssembly: its bytes were paid for when they were staged */
} gvm_message;

typedef struct gvm_result {
    gvm_outcome outcome;
    int64_t gas_left; /* 0 unless the outcome gives gas back */
    gvm_bytes output; /* return data, or revert data. After creation: empty on success. Valid until
                         the next call */
    gvm_address created; /* creation: the address */
} gvm_result;

/* A linear buffer that a depth keeps: EVM memory. Bytes from len to cap are not defined. */
typedef struct gvm_memory {
    uint8_t *ptr;
    size_t len, cap;
} gvm_memory;
/* Grows to len bytes, new ones zero. len is a multiple of 32 and already paid for. false: no memory
 * (host failure). */
bool gvm_memory_grow(gvm_memory *m, size_t len);

typedef struct gvm_vm gvm_vm;
typedef struct gvm_frame gvm_frame;

typedef enum gvm_step {
    GVM_STEP_DONE, /* frame->result says how */
    GVM_STEP_CALL, /* vm->pending is to be run; then run() again with frame->child filled in */
} gvm_step;

/* An engine: how code of one kind runs. */
typedef struct gvm_engine {
    const char *name;
    /* Prepares a new frame (code, input, gas and so on are set). An outcome other than SUCCESS ends
     * it at once. */
    gvm_outcome (*enter)(gvm_frame *f);
    /* Runs from the start, or from where it left off. frame->gas is exact at each return. */
    gvm_step (*run)(gvm_frame *f);
    /* Releases what enter and run took, for frames that end in any way (also unwound by
     * cancellation). NULL: nothing. */
    void (*leave)(gvm_frame *f);
    /* A creation's output is a container (vm/container.h), whose price and size it has settled
     * itself; else vm.c takes 200 gas a byte and EIP-170's limit holds. */
    bool deposits_itself;
    /* What the engine keeps with the machine from one execution to the next: given back after
     * unusual ones, and at the end. NULL: nothing is kept. */
    void (*trim)(struct gvm_vm *vm);
    void (*free)(struct gvm_vm *vm);
} gvm_engine;

extern const gvm_engine gvm_evm_engine;  /* vm/evm: any code that no other engine claims */
extern const gvm_engine gvm_wasm_engine; /* vm/wasmhost: WebAssembly, `ghost` rules */
extern const gvm_engine gvm_zvm_engine;  /* vm/zvm: native bytecode, `ghost` rules */

/* How engines that have both run. Results and gas are equal. */
typedef enum gvm_engine_mode {
    GVM_ENGINE_JIT, /* compiled, where there is a compiler */
    GVM_ENGINE_INTERP
} gvm_engine_mode;

/* Why the last frame that failed did so, where its outcome does not say all: a refused container
 * (offset and reason), a trap (function and offset). */
typedef struct gvm_reason {
    gvm_outcome outcome; /* SUCCESS: there is none */
    uint32_t depth;
    char text[200];
} gvm_reason;

struct gvm_frame {
    gvm_vm *vm;
    const gvm_engine *engine;
    gvm_message msg;
    int64_t gas;
    uint32_t depth; /* 0 for the outermost */
    bool is_static;
    gvm_entry *self; /* msg.recipient's account */
    gvm_bytes code;
    gvm_hash code_hash; /* zero for init code */
    void **code_object; /* where the engine may keep its analysis with an account's code; NULL for
                           init code */
    gvm_checkpoint checkpoint;
    gvm_result result; /* set by the engine with GVM_STEP_DONE: outcome and output */
    gvm_result child;  /* the callee's result, when run() is called again */
    gvm_bytes
        return_data; /* output of the last callee; empty at first and after a successful creation */
    gvm_memory *memory; /* this depth's buffer; len 0 at entry */
    gvm_buf *calldata;  /* this depth's buffer for calldata that an engine makes for a callee */
    uint8_t
        *stack; /* this depth's 1,024 words of 32 bytes, 64-byte aligned; the engine's to lay out */
    void *engine_data;   /* the engine's own; NULL at entry */
    uint32_t resume;     /* the engine's own; 0 at entry */
    uint64_t scratch[8]; /* the engine's own (saved program counter, pending output range, ...);
                            zero at entry */
};

/* Contracts of native code: precompiles, and later the system contracts. */
typedef struct gvm_native {
    const char *name;
    /* Price in gas for this input; INT64_MAX where it cannot be paid. */
    int64_t (*gas)(const gvm_rules *rules, gvm_bytes input);
    /* Runs it. Output goes to out (cleared before). false: failure, which takes all gas. */
    bool (*run)(gvm_buf *out, gvm_bytes input, const gvm_rules *rules);
} gvm_native;
/* The native code at an address under the rules, or NULL. */
typedef const gvm_native *gvm_native_lookup(const gvm_rules *rules, const gvm_address *address);

/* System contracts: native code that runs as frames of an engine of its own, under the `ghost`
 * rules alone, only for GVM_CALL and GVM_STATICCALL to an account that holds the one byte 0xfe and
 * is called as itself (not borrowed, not by delegation). The engine for an address, or NULL. */
typedef const gvm_engine *gvm_system_lookup(const gvm_address *address);

/* An instruction as tracers see it. stack_top is the topmost word, the stack grows upwards in
 * memory: word i below it is at stack_top[-i]. cost is all that the instruction takes, gas for a
 * callee included (not for a creation's); where the gas does not suffice, as much of it as was
 * known. */
typedef struct gvm_trace_step {
    uint64_t pc;
    uint8_t opcode;
    uint8_t run;     /* the EVM's byte for the same, whatever the engine's own; 0xfe: none */
    uint8_t in, out; /* words that it takes and leaves */
    bool announced;
    const char *name; /* NULL: the byte is no instruction */
    uint32_t stack_height;
    int64_t gas; /* before the instruction */
    int64_t cost;
    int64_t refund;
    const gvm_u256 *stack_top;
} gvm_trace_step;

/* A call of a host function by WebAssembly code, once it has run (a call out: once it is asked
 * for). cost holds the gas for a callee, as an instruction's does. */
typedef struct gvm_trace_host {
    const char *module, *name;
    const char *type; /* parameters, then ">" and the result: i is i32, I is i64 */
    uint32_t offset;  /* of the call, in the module's bytes */
    int64_t gas;      /* before */
    int64_t cost;
    const uint64_t *args;
    uint32_t arg_count;
    gvm_outcome outcome;
} gvm_trace_host;

/* Called around frames and, by engines that are run in their tracing build, at each instruction.
 * Any may be NULL. */
typedef struct gvm_tracer {
    void *ctx;
    bool want_steps; /* engines run their tracing build */
    /* f is NULL for calls that get no frame of an engine (natives, empty code, refused); depth as
     * of the callee. */
    void (*enter)(void *ctx, const gvm_vm *vm, const gvm_message *msg, uint32_t depth);
    void (*leave)(void *ctx, const gvm_vm *vm, const gvm_result *result, int64_t gas_used,
                  uint32_t depth);
    /* Before an instruction, once its price is known and nothing is done yet. */
    void (*step)(void *ctx, const gvm_frame *f, const gvm_trace_step *step);
    /* An instruction fails: one that was announced (step->announced), or one that never got so far
     * (not enough stack or gas). */
    void (*fault)(void *ctx, const gvm_frame *f, const gvm_trace_step *step, gvm_outcome outcome);
    /* A host function was called. */
    void (*host_call)(void *ctx, const gvm_frame *f, const gvm_trace_host *call);
    /* A frame of WebAssembly ends: its memory as it leaves it. */
    void (*memory)(void *ctx, const gvm_frame *f, gvm_bytes memory);
    /* A frame logs; it may be undone later. */
    void (*log)(void *ctx, const gvm_frame *f, const gvm_log *log);
} gvm_tracer;

struct gvm_vm {
    gvm_state *state;
    const gvm_rules *rules;
    gvm_block_env block;
    gvm_tx_env tx;
    gvm_native_lookup *natives; /* NULL: none */
    gvm_system_lookup *system;  /* NULL: none */
    gvm_arena scratch;          /* system contracts' frames take from it, last in, first out */
    gvm_tracer *tracer;         /* NULL: none */
    const _Atomic bool *cancel; /* looked at now and then; NULL: never cancelled */
    gvm_message pending;        /* the call that GVM_STEP_CALL asks for */
    gvm_outcome refused;        /* pending is refused before it starts (depth, balance, nonce): else
                                   GVM_OUT_SUCCESS */
    struct gvm_frame_stack *frames;
    gvm_buf native_output;
    gvm_engine_mode mode;
    gvm_reason reason;          /* of this execution; kept until the next */
    struct gvm_wasm_host *wasm; /* vm/wasmhost's own; NULL until the first of its frames */
    gvm_outcome host_failure;   /* sticky: HOST_FAILURE or CANCELLED, else SUCCESS */
};

/* The engine is found by the code's first bytes (vm/container.h), in a table of vm.c. */
GVM_NODISCARD gvm_status gvm_vm_init(gvm_vm *vm, gvm_state *state);
void gvm_vm_free(gvm_vm *vm);

/* Says why frame f is about to fail with `outcome`. */
void gvm_vm_explain(gvm_frame *f, gvm_outcome outcome, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The outcome's text for people, with the reason of this execution where it is of this depth. */
#define GVM_OUTCOME_TEXT 256
const char *gvm_vm_outcome_text(char out[GVM_OUTCOME_TEXT], const gvm_vm *vm, gvm_outcome outcome,
                                uint32_t depth);

/* EIP-7702: the code is a delegation designator (0xef0100 and an address); *target gets the
 * address. */
static inline bool gvm_delegation_target(gvm_address *target, gvm_bytes code) {
    if (code.len != 23 || code.ptr[0] != 0xef || code.ptr[1] != 0x01 || code.ptr[2] != 0x00)
        return false;
    memcpy(target->b, code.ptr + 3, 20);
    return true;
}

/* Runs the outermost message to its end. The caller has taken intrinsic gas, warmed what a
 * transaction warms, and raised the sender's nonce; this moves the value and, when the outcome is
 * not SUCCESS, reverts everything since its start. For creation msg->recipient is computed here
 * from sender and nonce - 1 (GVM_CREATE). Returns GVM_OK with *out filled in for anything a
 * contract can do; else the reason why the result counts for nothing. */
GVM_NODISCARD gvm_status gvm_vm_execute(gvm_vm *vm, gvm_result *out, const gvm_message *msg);

#endif
