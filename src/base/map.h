/* Hash map from byte keys of one length (an address, a slot, an address and a slot) to values of
 * one size.
 *
 * Entries lie densely in the order in which they were added; a separate index of 8-byte slots finds
 * them. So a walk is a plain loop in insertion order, the same on every machine and run, and the
 * newest entries can be dropped at once, which is what reverting a journal wants. Entries live in
 * segments that double in size: a value never moves while its entry exists. The hash is keyed per
 * process against chosen collisions; nothing visible depends on it. Reading allocates nothing;
 * readers may share a map that nobody writes. */
#ifndef GVM_BASE_MAP_H
#define GVM_BASE_MAP_H

#include "base/bytes.h"

#define GVM_MAP_SEGMENTS 28 /* 16 << 27 entries at most */

typedef struct gvm_map {
    uint32_t key_len, value_at, stride; /* of an entry: key, padding, value */
    uint32_t count;
    uint64_t mask;   /* of the index: slots - 1, or 0 before the first put */
    uint64_t *index; /* high half: hash bits; low half: entry + 1, 0 = free */
    uint64_t salt;
    uint8_t *segments[GVM_MAP_SEGMENTS];
} gvm_map;

/* Allocates nothing. key_len 1 to 255; value_size may be 0 (a set); values are aligned to 8. */
void gvm_map_init(gvm_map *m, size_t key_len, size_t value_size);
void gvm_map_free(gvm_map *m);
/* Forgets the entries, keeps the memory. */
void gvm_map_clear(gvm_map *m);

/* The value of `key`, or NULL. For a set: any non-NULL pointer. */
void *gvm_map_get(const gvm_map *m, const void *key);
/* The value of `key`, added (zeroed) where it was absent, as *created (may be NULL) then says.
 * NULL: out of memory. */
void *gvm_map_put(gvm_map *m, bool *created, const void *key);
/* Removes `key`; the newest entry takes its place (its value moves there). Tells whether it was
 * there. */
bool gvm_map_remove(gvm_map *m, const void *key);
/* Drops the newest entries until `count` remain. */
void gvm_map_truncate(gvm_map *m, size_t count);
/* Makes room for `count` entries in all; GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_map_reserve(gvm_map *m, size_t count);

static inline size_t gvm_map_count(const gvm_map *m) {
    return m->count;
}
/* Entry number i < count, in insertion order (as long as nothing was removed out of the middle). */
static inline uint8_t *gvm_map_entry_at(const gvm_map *m, size_t i) {
    size_t high = i >> 4;
    if (high == 0) return m->segments[0] + i * m->stride;
    unsigned s = 64 - (unsigned)__builtin_clzll(high);
    return m->segments[s] + (i - ((size_t)8 << s)) * m->stride;
}
static inline const void *gvm_map_key_at(const gvm_map *m, size_t i) {
    return gvm_map_entry_at(m, i);
}
static inline void *gvm_map_value_at(const gvm_map *m, size_t i) {
    return gvm_map_entry_at(m, i) + m->value_at;
}
/* Writes the numbers of all entries to order[count], sorted by key (memcmp). */
void gvm_map_sorted(const gvm_map *m, uint32_t *order);

/* The map's hash, for other tables: of `len` bytes, keyed. */
uint64_t gvm_map_hash(const void *key, size_t len, uint64_t salt);

#endif
