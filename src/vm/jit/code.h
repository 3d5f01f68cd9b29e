/* Memory for machine code: written, then made executable, never both. */
#ifndef GVM_VM_JIT_CODE_H
#define GVM_VM_JIT_CODE_H

#include "base/bytes.h"

/* Copies code to fresh memory and makes it executable, visible to every thread that learns of it
 * afterwards: NULL where the system refuses. `owner` is what gvm_jit_find answers. */
void *gvm_jit_publish(gvm_bytes code, const void *owner);
/* Lists memory that the caller mapped, as if it had been published; gvm_jit_free unmaps it. false:
 * no memory. */
bool gvm_jit_adopt(void *at, size_t len, const void *owner);
void gvm_jit_free(void *code, size_t len);
/* The owner of the published code that holds `pc`, or NULL. Takes no lock and may be called from a
 * signal handler; the answer is sure for code that cannot be freed meanwhile. */
const void *gvm_jit_find(uintptr_t pc);

#endif
