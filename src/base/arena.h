/* A bump allocator: memory that lives as long as a request, a transaction or a block, freed all at
 * once.
 *
 * Chunks double up to 1 MiB and are kept on reset, so that a steady user allocates from the system
 * no more. Addresses stay valid until reset or rewind. One thread at a time. */
#ifndef GVM_BASE_ARENA_H
#define GVM_BASE_ARENA_H

#include "base/bytes.h"

typedef struct gvm_arena {
    struct gvm_arena_chunk *first, *current;
    size_t used; /* of the current chunk */
} gvm_arena;

typedef struct gvm_arena_mark {
    struct gvm_arena_chunk *chunk;
    size_t used;
} gvm_arena_mark;

/* Zero-initialise to start. */
void gvm_arena_free(gvm_arena *a);
/* Everything allocated is gone; the memory is kept for the next use, down to `keep` bytes. */
void gvm_arena_reset(gvm_arena *a, size_t keep);
/* Aligned to 16 bytes, not initialised; NULL where memory is out or size overflows. size 0 gives a
 * valid pointer. */
void *gvm_arena_alloc(gvm_arena *a, size_t size);
void *gvm_arena_zalloc(gvm_arena *a, size_t size);
/* A copy of the bytes; *out.ptr is never NULL on success. */
GVM_NODISCARD gvm_status gvm_arena_copy(gvm_arena *a, gvm_bytes *out, gvm_bytes in);
/* What was allocated after the mark is gone at rewind. */
gvm_arena_mark gvm_arena_here(const gvm_arena *a);
void gvm_arena_rewind(gvm_arena *a, gvm_arena_mark mark);

#endif
