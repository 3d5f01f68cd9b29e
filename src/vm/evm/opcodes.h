/* Instructions as tables. The loops of interpreter.c run any set of instructions whose rows say
 * which of the EVM's each byte stands for: the EVM's own, one set a fork, made from opcodes.inc,
 * and the ZVM's (vm/zvm/opcodes.h), which adds a few that the EVM has no byte for. */
#ifndef GVM_VM_EVM_OPCODES_H
#define GVM_VM_EVM_OPCODES_H

#include "vm/rules.h"

typedef enum gvm_opcode {
#define X(name, byte, in, out, immediate, fork, price, flags) GVM_OP_##name = byte,
#include "vm/evm/opcodes.inc"
#undef X
} gvm_opcode;

enum {
    GVM_OPF_END = 1,
    GVM_OPF_SPLIT = 2,
    GVM_OPF_LATE = 4,
    GVM_OPF_SKIP = 8, /* its immediate holds no jump destination */
};

/* What no byte of the EVM stands for; the ZVM's rows run them. */
enum {
    GVM_RUN_DUP_AT = 0xc0, /* immediate n: DUPn */
    GVM_RUN_SWAP_AT,       /* immediate n: SWAPn */
    GVM_RUN_LOG_AT,        /* immediate n: LOGn */
    GVM_RUN_GHOST,         /* a Ghost operation (vm/ghost_ops.h) */
};

/* What the interpreter asks about a byte of code in one set. */
typedef struct gvm_opcode_row {
    uint16_t price;
    uint8_t in, out;   /* words popped and pushed */
    uint8_t immediate; /* bytes that follow and are not code */
    uint8_t flags;
    uint8_t run;  /* the EVM's byte for it, or GVM_RUN_...; GVM_OP_INVALID where the set lacks it */
    bool defined; /* the set knows it */
} gvm_opcode_row;

typedef struct gvm_opcode_set {
    gvm_opcode_row rows[256];
    const char *names[256]; /* as tracers print them; NULL: none */
    uint8_t end;            /* what runs behind the code's end: STOP's byte */
} gvm_opcode_set;

/* The EVM's under one fork. Static storage. */
const gvm_opcode_set *gvm_opcode_set_of(gvm_fork fork);
/* Its 256 rows, indexed by byte. */
const gvm_opcode_row *gvm_opcode_rows(gvm_fork fork);

/* The name as the tools of the field print it ("KECCAK256", "PUSH1"; byte 0x44 is "DIFFICULTY"
 * before Paris and "PREVRANDAO" from then on); NULL for a byte that the fork does not know. Static
 * storage. */
const char *gvm_opcode_name(gvm_fork fork, uint8_t byte);

/* The name in any fork, as geth prints it (0x44 is always "DIFFICULTY"); NULL for a byte that never
 * was an instruction. */
const char *gvm_opcode_any_name(uint8_t byte);

/* The ZVM's immediate of GVM_RUN_DUP_AT, SWAP_AT, LOG_AT: from 1; topics 0 to 4. */
#define GVM_LOG_TOPIC_GAS 375
static inline bool gvm_opcode_depth_valid(uint8_t run, uint8_t n) {
    return run == GVM_RUN_LOG_AT ? n <= 4 : n >= 1;
}

/* EIP-8024's immediates. *n is 17..235; *n, *m with 1 <= *n < *m. false: not a valid immediate. */
bool gvm_opcode_decode_single(unsigned *n, uint8_t immediate);
bool gvm_opcode_decode_pair(unsigned *n, unsigned *m, uint8_t immediate);

#endif
