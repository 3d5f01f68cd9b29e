#include "vm/zvm/opcodes.h"

#include <pthread.h>
#include <strings.h>

#define YES true
#define NO  false
static const gvm_zvm_opcode_info known[256] = {
#define X(name, byte, immediate, in, out, price, deployable, run, flags, text) \
    [byte] = {#name, text, immediate, deployable},
#include "vm/zvm/zvm_opcodes.inc"
#undef X
};
#undef YES
#undef NO

static gvm_opcode_set set;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(void) {
    for (unsigned b = 0; b < 256; b++)
        set.rows[b] = (gvm_opcode_row){.flags = GVM_OPF_END, .run = GVM_OP_INVALID};
#define END   GVM_OPF_END
#define SPLIT GVM_OPF_SPLIT
#define LATE  GVM_OPF_LATE
#define X(name, byte, immediate_, in_, out_, price_, deployable, run_, flags_, text)   \
    set.rows[byte] =                                                                   \
        (gvm_opcode_row){price_,                                                       \
                         in_,                                                          \
                         out_,                                                         \
                         immediate_,                                                   \
                         (uint8_t)((flags_) | ((immediate_) != 0 ? GVM_OPF_SKIP : 0)), \
                         (uint8_t)(run_),                                              \
                         (int)(run_) != (int)GVM_OP_INVALID};
#include "vm/zvm/zvm_opcodes.inc"
#undef X
#undef END
#undef SPLIT
#undef LATE
    for (unsigned b = 0; b < 256; b++) set.names[b] = known[b].name;
    set.end = GVM_ZVM_HALT;
}

const gvm_opcode_set *gvm_zvm_opcode_set(void) {
    (void)pthread_once(&once, fill);
    return &set;
}

const gvm_zvm_opcode_info *gvm_zvm_opcode_of(uint8_t byte) {
    return &known[byte];
}

int gvm_zvm_opcode_by_name(gvm_bytes name) {
    for (int b = 0; b < 256; b++) {
        const char *n = known[b].name;
        if (n != NULL && strlen(n) == name.len &&
            strncasecmp(n, (const char *)name.ptr, name.len) == 0)
            return b;
    }
    return -1;
}
