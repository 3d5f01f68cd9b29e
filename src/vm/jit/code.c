#include "vm/jit/code.h"

#include <sys/mman.h>

void *gvm_jit_publish(gvm_bytes code) {
    void *p = mmap(NULL, code.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    memcpy(p, code.ptr, code.len);
    /* Instruction caches that do not watch memory are told before anyone can jump there. */
    __builtin___clear_cache((char *)p, (char *)p + code.len);
    if (mprotect(p, code.len, PROT_READ | PROT_EXEC) != 0) {
        munmap(p, code.len);
        return NULL;
    }
    return p;
}

void gvm_jit_free(void *code, size_t len) {
    if (code != NULL) munmap(code, len);
}
