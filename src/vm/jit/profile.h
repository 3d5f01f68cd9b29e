/* Tells perf and gdb which compiled function is where. Off until it is asked for; process-wide. */
#ifndef GVM_VM_JIT_PROFILE_H
#define GVM_VM_JIT_PROFILE_H

#include "vm/jit/elf.h"

enum {
    GVM_JIT_PERF = 1, /* lines of /tmp/perf-PID.map, as perf reads them */
    GVM_JIT_GDB = 2,  /* the JIT interface of gdb and lldb */
};

/* Turns on what is in `sinks`, for code published from now on. GVM_ERR_IO: the map cannot be
 * written, or somebody else owns a file of its name. */
GVM_NODISCARD gvm_status gvm_jit_profile_enable(unsigned sinks);
unsigned gvm_jit_profile_sinks(void);

typedef struct gvm_jit_profiled gvm_jit_profiled;
/* Tells of published code; *symbols are not kept. NULL where there is nothing to take back (no gdb,
 * or no memory: what is not told is not missed). Thread-safe. */
gvm_jit_profiled *gvm_jit_profile_add(gvm_bytes code, const gvm_jit_symbol *symbols, size_t len);
/* Before the code's memory goes. perf's map has no way to take lines back: a later line for the
 * same place counts. NULL is allowed. */
void gvm_jit_profile_remove(gvm_jit_profiled *p);

#endif
