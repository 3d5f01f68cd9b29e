#include "vm/evm/opcodes.h"

#include <pthread.h>

static const struct {
    const char *name;
    gvm_fork since;
    gvm_opcode_row row;
} known[256] = {
#define END   GVM_OPF_END
#define SPLIT GVM_OPF_SPLIT
#define LATE  GVM_OPF_LATE
#define X(id, byte, in_, out_, immediate_, fork, price_, flags_) \
    [byte] = {#id, GVM_FORK_##fork, {price_, in_, out_, immediate_, flags_, byte, true}},
#include "vm/evm/opcodes.inc"
#undef X
#undef END
#undef SPLIT
#undef LATE
};

static gvm_opcode_set sets[GVM_FORK_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool is_known(gvm_fork fork, unsigned byte) {
    return known[byte].name != NULL && known[byte].since <= fork;
}

static void fill(void) {
    for (int fork = 0; fork < GVM_FORK_COUNT; fork++) {
        gvm_opcode_set *set = &sets[fork];
        set->end = GVM_OP_STOP;
        for (unsigned b = 0; b < 256; b++) {
            set->rows[b] = is_known((gvm_fork)fork, b)
                               ? known[b].row
                               : (gvm_opcode_row){.flags = GVM_OPF_END, .run = GVM_OP_INVALID};
            set->names[b] = known[b].name;
            if (b >= GVM_OP_PUSH1 && b <= GVM_OP_PUSH32) set->rows[b].flags |= GVM_OPF_SKIP;
        }
        set->rows[GVM_OP_INVALID].defined = false;
    }
}

const gvm_opcode_set *gvm_opcode_set_of(gvm_fork fork) {
    (void)pthread_once(&once, fill);
    return &sets[fork];
}

const gvm_opcode_row *gvm_opcode_rows(gvm_fork fork) {
    return gvm_opcode_set_of(fork)->rows;
}

const char *gvm_opcode_name(gvm_fork fork, uint8_t byte) {
    if (!is_known(fork, byte)) return NULL;
    if (byte == GVM_OP_DIFFICULTY && fork >= GVM_FORK_PARIS) return "PREVRANDAO";
    return known[byte].name;
}

const char *gvm_opcode_any_name(uint8_t byte) {
    return known[byte].name;
}

bool gvm_opcode_decode_single(unsigned *n, uint8_t immediate) {
    *n = (immediate + 145u) & 255;
    return immediate <= 90 || immediate >= 128;
}

bool gvm_opcode_decode_pair(unsigned *n, unsigned *m, uint8_t immediate) {
    unsigned k = immediate ^ 143u, q = k / 16, r = k % 16;
    *n = (q < r ? q : r) + 1;
    *m = q < r ? r + 1 : 29 - q;
    return immediate <= 81 || immediate >= 128;
}
