/* The index is open addressing with linear probing, at most half full. Deletion moves later members
 * of the same run back instead of leaving marks, so a table that lives long stays as fast as a new
 * one. */
#define _GNU_SOURCE
#include "base/map.h"
#include "base/rng.h"

#include <stdlib.h>

static inline uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* In wyhash's manner: each 16 bytes, keyed, are multiplied and folded; the last 16 may overlap
 * those before. */
uint64_t gvm_map_hash(const void *key, size_t len, uint64_t salt) {
    const uint64_t k0 = 0xa0761d6478bd642f, k1 = 0xe7037ed1a0b428db, k2 = 0x8ebc6af09c88c6e3;
    const uint8_t *p = key;
    uint64_t h = salt ^ k0;
    if (len < 16) {
        uint8_t pad[16] = {0};
        memcpy(pad, p, len);
        return fold(fold(gvm_load_le64(pad) ^ k1 ^ salt, gvm_load_le64(pad + 8) ^ h), k2 ^ len);
    }
    size_t i = 0;
    for (; i + 16 < len; i += 16) {
        h = fold(gvm_load_le64(p + i) ^ k1 ^ salt, gvm_load_le64(p + i + 8) ^ h);
    }
    h = fold(gvm_load_le64(p + len - 16) ^ k1 ^ salt, gvm_load_le64(p + len - 8) ^ h);
    return fold(h ^ salt, k2 ^ len);
}

static inline bool same_key(const uint8_t *a, const uint8_t *b, size_t len) {
    switch (len) {
    case 20: return memcmp(a, b, 20) == 0;
    case 32: return memcmp(a, b, 32) == 0;
    case 52: return memcmp(a, b, 52) == 0;
    default: return memcmp(a, b, len) == 0;
    }
}

#define ENTRY(slot) ((uint32_t)(slot)-1)
#define TAG(hash)   ((hash) >> 32 << 32)

/* The hash bits in a slot are the high 32; the place comes from the low ones, so the two tell
 * different things. */
static inline uint64_t home(const gvm_map *m, uint64_t hash) {
    return hash & m->mask;
}

void gvm_map_init(gvm_map *m, size_t key_len, size_t value_size) {
    GVM_ASSERT(key_len >= 1 && key_len <= 255 && value_size <= 1 << 20);
    *m = (gvm_map){.key_len = (uint32_t)key_len, .salt = gvm_process_salt()};
    m->value_at = value_size == 0 ? 0 : (uint32_t)((key_len + 7) & ~(size_t)7);
    m->stride =
        (uint32_t)(value_size == 0 ? key_len : m->value_at + ((value_size + 7) & ~(size_t)7));
}

void gvm_map_free(gvm_map *m) {
    for (int s = 0; s < GVM_MAP_SEGMENTS; s++) free(m->segments[s]);
    free(m->index);
    gvm_map fresh = {
        .key_len = m->key_len, .value_at = m->value_at, .stride = m->stride, .salt = m->salt};
    *m = fresh;
}

/* The slot that holds `key`, or the free one where it would go. The index must exist. */
static uint64_t find(const gvm_map *m, const uint8_t *key, uint64_t hash) {
    uint64_t i = home(m, hash);
    for (;; i = (i + 1) & m->mask) {
        uint64_t slot = m->index[i];
        if (slot == 0) return i;
        if (TAG(slot) == TAG(hash) && same_key(gvm_map_entry_at(m, ENTRY(slot)), key, m->key_len))
            return i;
    }
}

void *gvm_map_get(const gvm_map *m, const void *key) {
    if (m->count == 0) return NULL;
    uint64_t slot = m->index[find(m, key, gvm_map_hash(key, m->key_len, m->salt))];
    return slot == 0 ? NULL : gvm_map_value_at(m, ENTRY(slot));
}

static bool grow_index(gvm_map *m, uint64_t slots) {
    if (slots <= m->mask + 1 && m->index != NULL) return true;
    uint64_t *index = calloc(slots, sizeof *index);
    if (index == NULL) return false;
    free(m->index);
    m->index = index;
    m->mask = slots - 1;
    for (uint32_t e = 0; e < m->count; e++) {
        uint64_t hash = gvm_map_hash(gvm_map_entry_at(m, e), m->key_len, m->salt);
        uint64_t i = home(m, hash);
        while (index[i] != 0) i = (i + 1) & m->mask;
        index[i] = TAG(hash) | (e + 1);
    }
    return true;
}

/* Segment 0 holds entries 0 to 15, segment s >= 1 the 8 << s from 8 << s on. */
static bool make_segment_of(gvm_map *m, size_t i) {
    unsigned s = i >> 4 == 0 ? 0 : 64 - (unsigned)__builtin_clzll(i >> 4);
    if (s >= GVM_MAP_SEGMENTS) return false;
    if (m->segments[s] == NULL) m->segments[s] = malloc((s == 0 ? 16 : (size_t)8 << s) * m->stride);
    return m->segments[s] != NULL;
}

gvm_status gvm_map_reserve(gvm_map *m, size_t count) {
    if (count > (size_t)16 << (GVM_MAP_SEGMENTS - 1)) return GVM_ERR_NOMEM;
    uint64_t slots = 32;
    while (slots < 2 * (uint64_t)count) slots *= 2;
    if (!grow_index(m, slots)) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < count; i = i == 0 ? 16 : 2 * i) {
        if (!make_segment_of(m, i)) return GVM_ERR_NOMEM;
    }
    return GVM_OK;
}

void *gvm_map_put(gvm_map *m, bool *created, const void *key) {
    uint64_t hash = gvm_map_hash(key, m->key_len, m->salt);
    uint64_t place = 0;
    if (created != NULL) *created = false;
    if (m->index != NULL) {
        place = find(m, key, hash);
        if (m->index[place] != 0) return gvm_map_value_at(m, ENTRY(m->index[place]));
    }
    if (m->index == NULL || 2 * ((uint64_t)m->count + 1) > m->mask + 1) {
        if (!grow_index(m, m->index == NULL ? 32 : 2 * (m->mask + 1))) return NULL;
        place = find(m, key, hash);
    }
    if ((m->count & (m->count - 1)) == 0 || m->count < 16) {
        if (!make_segment_of(m, m->count)) return NULL;
    }
    uint8_t *entry = gvm_map_entry_at(m, m->count);
    memset(entry, 0, m->stride);
    memcpy(entry, key, m->key_len);
    m->count++;
    m->index[place] = TAG(hash) | m->count;
    if (created != NULL) *created = true;
    return entry + m->value_at;
}

/* Frees slot i and closes the gap: a later member of the run moves back where its home allows. */
static void free_slot(gvm_map *m, uint64_t i) {
    uint64_t gap = i;
    for (uint64_t k = (i + 1) & m->mask; m->index[k] != 0; k = (k + 1) & m->mask) {
        const uint8_t *key = gvm_map_entry_at(m, ENTRY(m->index[k]));
        uint64_t from = home(m, gvm_map_hash(key, m->key_len, m->salt));
        if (((k - from) & m->mask) >= ((k - gap) & m->mask)) {
            m->index[gap] = m->index[k];
            gap = k;
        }
    }
    m->index[gap] = 0;
}

bool gvm_map_remove(gvm_map *m, const void *key) {
    if (m->count == 0) return false;
    uint64_t i = find(m, key, gvm_map_hash(key, m->key_len, m->salt));
    if (m->index[i] == 0) return false;
    uint32_t e = ENTRY(m->index[i]), last = m->count - 1;
    free_slot(m, i);
    if (e != last) {
        uint8_t *from = gvm_map_entry_at(m, last);
        uint64_t k = find(m, from, gvm_map_hash(from, m->key_len, m->salt));
        m->index[k] = TAG(m->index[k]) | (e + 1);
        memcpy(gvm_map_entry_at(m, e), from, m->stride);
    }
    m->count = last;
    return true;
}

void gvm_map_truncate(gvm_map *m, size_t count) {
    if (count == 0) {
        gvm_map_clear(m);
        return;
    }
    while (m->count > count) {
        const uint8_t *key = gvm_map_entry_at(m, m->count - 1);
        free_slot(m, find(m, key, gvm_map_hash(key, m->key_len, m->salt)));
        m->count--;
    }
}

void gvm_map_clear(gvm_map *m) {
    if (m->index == NULL) return;
    if ((uint64_t)m->count * 16 <
        m->mask) { /* few in a large index: one at a time is less than the whole of it */
        while (m->count > 0) {
            const uint8_t *key = gvm_map_entry_at(m, m->count - 1);
            free_slot(m, find(m, key, gvm_map_hash(key, m->key_len, m->salt)));
            m->count--;
        }
    } else {
        memset(m->index, 0, (m->mask + 1) * sizeof *m->index);
        m->count = 0;
    }
}

static int by_key(const void *a, const void *b, void *ctx) {
    const gvm_map *m = ctx;
    return memcmp(gvm_map_entry_at(m, *(const uint32_t *)a),
                  gvm_map_entry_at(m, *(const uint32_t *)b), m->key_len);
}

void gvm_map_sorted(const gvm_map *m, uint32_t *order) {
    for (uint32_t i = 0; i < m->count; i++) order[i] = i;
    if (m->count > 1) qsort_r(order, m->count, sizeof *order, by_key, (void *)(uintptr_t)m);
}
