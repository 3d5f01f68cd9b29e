#include "base/arena.h"

#include <stdlib.h>

#define FIRST_CHUNK   4096u
#define LARGEST_CHUNK (1u << 20)

typedef struct gvm_arena_chunk {
    struct gvm_arena_chunk *next;
    size_t size; /* of data */
    _Alignas(16) uint8_t data[];
} chunk;

void gvm_arena_free(gvm_arena *a) {
    for (chunk *c = a->first; c != NULL;) {
        chunk *next = c->next;
        free(c);
        c = next;
    }
    *a = (gvm_arena){0};
}

void gvm_arena_reset(gvm_arena *a, size_t keep) {
    size_t kept = 0;
    for (chunk **link = &a->first; *link != NULL;) {
        chunk *c = *link;
        if (kept + c->size > keep && c != a->first) {
            *link = c->next;
            free(c);
        } else {
            kept += c->size;
            link = &c->next;
        }
    }
    a->current = a->first;
    a->used = 0;
}

void *gvm_arena_alloc(gvm_arena *a, size_t size) {
    if (size > SIZE_MAX / 2) return NULL;
    size = (size + 15) & ~(size_t)15;
    while (a->current != NULL) {
        if (size <= a->current->size - a->used) {
            void *p = a->current->data + a->used;
            a->used += size;
            return p;
        }
        if (a->current->next == NULL) break;
        a->current = a->current->next;
        a->used = 0;
    }
    size_t want = a->current == NULL ? FIRST_CHUNK : a->current->size * 2;
    if (want > LARGEST_CHUNK) want = LARGEST_CHUNK;
    if (want < size) want = size;
    chunk *c = malloc(sizeof *c + want);
    if (c == NULL) return NULL;
    c->next = NULL;
    c->size = want;
    if (a->current == NULL)
        a->first = c;
    else
        a->current->next = c;
    a->current = c;
    a->used = size;
    return c->data;
}

void *gvm_arena_zalloc(gvm_arena *a, size_t size) {
    void *p = gvm_arena_alloc(a, size);
    if (p != NULL) memset(p, 0, size);
    return p;
}

gvm_status gvm_arena_copy(gvm_arena *a, gvm_bytes *out, gvm_bytes in) {
    uint8_t *p = gvm_arena_alloc(a, in.len);
    if (p == NULL) return GVM_ERR_NOMEM;
    if (in.len > 0) memcpy(p, in.ptr, in.len);
    *out = gvm_bytes_make(p, in.len);
    return GVM_OK;
}

gvm_arena_mark gvm_arena_here(const gvm_arena *a) {
    return (gvm_arena_mark){a->current, a->used};
}

void gvm_arena_rewind(gvm_arena *a, gvm_arena_mark mark) {
    a->current = mark.chunk != NULL ? mark.chunk : a->first;
    a->used = mark.used;
}
