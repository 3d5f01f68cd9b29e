/* What vm_hooks have of their own: a cache of storage between the module and the chain, results of
 * unknown length, the way out.
 *
 * Stores go into the cache and reach storage when it is flushed: by the module, and before every
 * call and creation, which also forget it (the callee may come back and change what it holds). What
 * is not flushed when the frame ends is lost. */
#include "base/u256.h"
#include "vm/wasmhost/host.h"

#include <stdlib.h>

#define CALL(name) gvm_outcome gvm_wasm_call_##name(gvm_wasm_call_args *a)
#define OK         GVM_OUT_SUCCESS
#define TRY(expr)                                         \
    do {                                                  \
        gvm_outcome outcome_ = (expr);                    \
        if (outcome_ != GVM_OUT_SUCCESS) return outcome_; \
    } while (0)
enum { CACHED_GAS = 100 };

typedef struct gvm_wasm_cached {
    gvm_u256 key, value, stored;
    bool known; /* `stored` is what storage holds */
} gvm_wasm_cached;

void gvm_wasm_cache_free(gvm_wasm_slot_cache *cache) {
    free(cache->at);
    free(cache->index);
    *cache = (gvm_wasm_slot_cache){0};
}

void gvm_wasm_cache_clear(gvm_wasm_slot_cache *cache) {
    if (cache->len > 0) memset(cache->index, 0, cache->slots * sizeof *cache->index);
    cache->len = 0;
}

/* Where the key is in the index, or where it would go. Keys are mostly hashes or small numbers; a
 * multiplication spreads both. An attacker who lets them collide pays for each. */
static uint32_t place_of(const gvm_wasm_slot_cache *cache, const gvm_u256 *key) {
    uint64_t h = key->w[0] * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 1; i < 4; i++) h = (h ^ (h >> 29) ^ key->w[i]) * UINT64_C(0xbf58476d1ce4e5b9);
    h ^= h >> 32;
    uint32_t at = (uint32_t)h & (cache->slots - 1);
    while (cache->index[at] != 0 && !gvm_u256_eq(cache->at[cache->index[at] - 1].key, *key))
        at = (at + 1) & (cache->slots - 1);
    return at;
}

static gvm_wasm_cached *find(gvm_wasm_slot_cache *cache, const gvm_u256 *key) {
    if (cache->len == 0) return NULL;
    uint32_t at = cache->index[place_of(cache, key)];
    return at == 0 ? NULL : &cache->at[at - 1];
}

static bool make_room(gvm_wasm_slot_cache *cache) {
    if (cache->len < cache->cap) return true;
    uint32_t cap = cache->cap == 0 ? 16 : cache->cap * 2;
    gvm_wasm_cached *at = realloc(cache->at, cap * sizeof *at);
    if (at == NULL) return false;
    cache->at = at;
    uint32_t *index = calloc((size_t)cap * 2, sizeof *index);
    if (index == NULL) return false;
    free(cache->index);
    cache->index = index;
    cache->cap = cap;
    cache->slots = cap * 2;
    for (uint32_t i = 0; i < cache->len; i++) index[place_of(cache, &at[i].key)] = i + 1;
    return true;
}

static gvm_wasm_cached *add(gvm_wasm_slot_cache *cache, const gvm_u256 *key) {
    if (!make_room(cache)) return NULL;
    gvm_wasm_cached *s = &cache->at[cache->len++];
    *s = (gvm_wasm_cached){.key = *key};
    cache->index[place_of(cache, key)] = cache->len;
    return s;
}

CALL(cached_load) {
    gvm_u256 key = gvm_u256_from_be(a->p[0]);
    gvm_wasm_cached *s = find(&a->c->cache, &key);
    if (s != NULL) {
        if (!gvm_gas_take(a->f, CACHED_GAS)) return GVM_OUT_OUT_OF_GAS;
    } else {
        gvm_u256 value;
        TRY(gvm_host_sload(a->f, &value, &key));
        s = add(&a->c->cache, &key);
        if (s == NULL) return GVM_OUT_HOST_FAILURE;
        s->value = s->stored = value;
        s->known = true;
    }
    gvm_u256_to_be(a->p[1], s->value);
    return OK;
}

CALL(cached_store) {
    gvm_u256 key = gvm_u256_from_be(a->p[0]);
    gvm_wasm_cached *s = find(&a->c->cache, &key);
    if (s == NULL) s = add(&a->c->cache, &key);
    if (s == NULL) return GVM_OUT_HOST_FAILURE;
    s->value = gvm_u256_from_be(a->p[1]);
    return OK;
}

gvm_outcome gvm_wasm_cache_flush(gvm_wasm_context *c, bool forget) {
    for (uint32_t i = 0; i < c->cache.len; i++) {
        gvm_wasm_cached *s = &c->cache.at[i];
        if (s->known && gvm_u256_eq(s->value, s->stored)) continue;
        TRY(gvm_host_sstore(c->frame, &s->key, &s->value));
        s->stored = s->value;
        s->known = true;
    }
    if (forget) gvm_wasm_cache_clear(&c->cache);
    return OK;
}
CALL(cache_flush) {
    return gvm_wasm_cache_flush(a->c, a->v[0] != 0);
}

/* ---- input, output */

CALL(read_args) {
    uint8_t *to;
    gvm_bytes in = a->c->calldata;
    TRY(gvm_wasm_take_copy(a, in.len));
    TRY(gvm_wasm_guest(a, &to, a->v[0], in.len));
    if (in.len > 0) memcpy(to, in.ptr, in.len);
    return OK;
}

CALL(exit_early) {
    a->ends = true;
    return a->v[0] == 0 ? GVM_OUT_SUCCESS : GVM_OUT_REVERT;
}

/* Copies what there is of [offset, offset + size) to parameter `to`, and says how much. */
static gvm_outcome copy_some(gvm_wasm_call_args *a, size_t to, gvm_bytes from, uint64_t offset,
                             uint64_t size) {
    uint8_t *p;
    uint64_t have = offset < from.len ? from.len - offset : 0;
    if (have > size) have = size;
    TRY(gvm_wasm_take_copy(a, have));
    TRY(gvm_wasm_guest(a, &p, a->v[to], have));
    if (have > 0) memcpy(p, from.ptr + offset, have);
    a->result = have;
    return OK;
}
CALL(read_return_data) {
    return copy_some(a, 0, a->f->return_data, a->v[1], a->v[2]);
}
CALL(account_code) {
    gvm_address address;
    gvm_bytes code;
    memcpy(address.b, a->p[0], 20);
    TRY(gvm_host_code(a->f, &code, &address));
    return copy_some(a, 3, code, a->v[1], a->v[2]);
}

/* ---- ink */

CALL(ink_left) {
    uint64_t gas = (uint64_t)a->f->gas;
    a->result = gas > UINT64_MAX / 10000 ? UINT64_MAX : gas * 10000;
    return OK;
}
CALL(ink_price) {
    a->result = 10000;
    return OK;
}
