/* Memory for machine code: written, then made executable, never both. */
#ifndef GVM_VM_JIT_CODE_H
#define GVM_VM_JIT_CODE_H

#include "base/bytes.h"

/* Copies code to fresh memory and makes it executable, visible to every thread that learns of it
 * afterwards: NULL where the system refuses. */
void *gvm_jit_publish(gvm_bytes code);
void gvm_jit_free(void *code, size_t len);

#endif
