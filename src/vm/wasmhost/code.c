/* Contracts by code hash: one table for the process, bounded in bytes. A line is never freed, so
 * that an account's hint may be stale: a line that now holds another contract says so by its hash.
 *
 * What a contract has in memory is of two kinds. Its types, exports and the like are made from the
 * module by validating it again; its compiled code, where it is left on disk, comes and goes by the
 * page. So when the sum of both is over the bound, pages go first and contracts after them, those
 * used least recently before others, and an eighth of the bound at a time. Of a line with users
 * only pages go: whoever runs there touches them again. */
#include "vm/wasmhost/code.h"

#include "vm/container.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <zstd.h>

typedef struct gvm_wasm_line {
    gvm_hash hash;
    gvm_wasm_contract *contract; /* NULL: empty */
    size_t bytes;
    uint32_t users;
    struct gvm_wasm_line *next_in_bucket;
    struct gvm_wasm_line *newer, *older; /* all lines, by their last use; empty ones are oldest */
} gvm_wasm_line;

#define BUCKETS 1024u

static struct {
    pthread_mutex_t lock;
    gvm_wasm_line *buckets[BUCKETS];
    gvm_wasm_line *newest, *oldest;
    size_t bytes, limit;
    gvm_wasm_disk *disk;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER, .limit = GVM_WASM_CACHE_BYTES};

gvm_status gvm_wasm_unpack(uint8_t **out, gvm_bytes frame, uint64_t size) {
    uint8_t *p = malloc(size > 0 ? size : 1);
    if (p == NULL) return GVM_ERR_NOMEM;
    size_t got = ZSTD_decompress(p, size, frame.ptr, frame.len);
    if (ZSTD_isError(got) || got != size) {
        free(p);
        return GVM_ERR_SYNTAX;
    }
    *out = p;
    return GVM_OK;
}

static gvm_wasm_line **bucket_of(const gvm_hash *hash) {
    return &cache.buckets[gvm_load_le32(hash->b) % BUCKETS];
}

/* ---- by last use */

static void unlink_line(gvm_wasm_line *l) {
    *(l->newer != NULL ? &l->newer->older : &cache.newest) = l->older;
    *(l->older != NULL ? &l->older->newer : &cache.oldest) = l->newer;
    l->newer = l->older = NULL;
}
static void link_newest(gvm_wasm_line *l) {
    l->older = cache.newest;
    *(cache.newest != NULL ? &cache.newest->newer : &cache.oldest) = l;
    cache.newest = l;
}
static void link_oldest(gvm_wasm_line *l) {
    l->newer = cache.oldest;
    *(cache.oldest != NULL ? &cache.oldest->older : &cache.newest) = l;
    cache.oldest = l;
}

static void empty(gvm_wasm_line *line) {
    gvm_wasm_line **at = bucket_of(&line->hash);
    while (*at != line) at = &(*at)->next_in_bucket;
    *at = line->next_in_bucket;
    cache.bytes -= line->bytes;
    gvm_wasm_contract_delete(line->contract);
    line->contract = NULL;
    unlink_line(line);
    link_oldest(line);
}

static size_t sum(void) {
    return cache.bytes + gvm_wasm_lazy_resident_sum();
}

static void shrink(size_t limit) {
    if (sum() <= limit) return;
    size_t goal = limit - limit / 8;
    for (gvm_wasm_line *l = cache.oldest; l != NULL && sum() > goal; l = l->newer)
        if (l->contract != NULL && gvm_wasm_lazy_resident(l->contract->module) != 0)
            gvm_wasm_lazy_drop(l->contract->module);
    gvm_wasm_line *newer;
    for (gvm_wasm_line *l = cache.oldest; l != NULL && sum() > goal; l = newer) {
        newer = l->newer;
        if (l->contract != NULL && l->users == 0) empty(l);
    }
}

static gvm_wasm_contract *use(gvm_wasm_line *line) {
    line->users++;
    if (cache.newest != line) {
        unlink_line(line);
        link_newest(line);
    }
    return line->contract;
}

static gvm_wasm_line *find(const gvm_hash *hash) {
    gvm_wasm_line *line = *bucket_of(hash);
    while (line != NULL && !gvm_hash_equal(&line->hash, hash)) line = line->next_in_bucket;
    return line;
}

static gvm_status load(gvm_wasm_contract **out, gvm_bytes code, const gvm_hash *code_hash) {
    if (code.len < GVM_CONTAINER_PREFIX) return GVM_ERR_CORRUPT;
    gvm_bytes module =
        gvm_bytes_make(code.ptr + GVM_CONTAINER_PREFIX, code.len - GVM_CONTAINER_PREFIX);
    uint8_t *unpacked = NULL;
    if (code.ptr[2] == 1) {
        uint64_t size;
        if (!gvm_container_unpacked(&size, module)) return GVM_ERR_CORRUPT;
        gvm_status status = gvm_wasm_unpack(&unpacked, module, size);
        if (status != GVM_OK) return status == GVM_ERR_NOMEM ? status : GVM_ERR_CORRUPT;
        module = gvm_bytes_make(unpacked, size);
    }
    gvm_status status = gvm_wasm_contract_load_kept(out, module, cache.disk, code_hash);
    free(unpacked);
    return status == GVM_OK || status == GVM_ERR_NOMEM ? status : GVM_ERR_CORRUPT;
}

/* An empty line, or a new one; unlinked. */
static gvm_wasm_line *vacant(void) {
    gvm_wasm_line *line = cache.oldest;
    if (line == NULL || line->contract != NULL) return calloc(1, sizeof *line);
    unlink_line(line);
    return line;
}

/* Puts a contract into the cache, unless another thread was faster. Locked. */
static gvm_wasm_line *keep(gvm_wasm_contract *contract, const gvm_hash *hash) {
    gvm_wasm_line *line = find(hash);
    if (line != NULL) {
        gvm_wasm_contract_delete(contract);
        return line;
    }
    line = vacant();
    if (line == NULL) return NULL;
    line->hash = *hash;
    line->contract = contract;
    line->bytes = sizeof *contract + gvm_wasm_module_memory(contract->module);
    contract->line = line;
    gvm_wasm_line **bucket = bucket_of(hash);
    line->next_in_bucket = *bucket;
    *bucket = line;
    cache.bytes += line->bytes;
    link_newest(line);
    return line;
}

gvm_status gvm_wasm_code_get(gvm_wasm_contract **out, void **hint, const gvm_hash *code_hash,
                             gvm_bytes code) {
    gvm_status status = GVM_OK;
    (void)pthread_mutex_lock(&cache.lock);
    gvm_wasm_line *line = hint != NULL ? *hint : NULL;
    if (line == NULL || line->contract == NULL || !gvm_hash_equal(&line->hash, code_hash))
        line = find(code_hash);
    if (line != NULL) *out = use(line);
    (void)pthread_mutex_unlock(&cache.lock);
    if (line == NULL) {
        gvm_wasm_contract *contract;
        GVM_TRY(load(&contract, code, code_hash));
        (void)pthread_mutex_lock(&cache.lock);
        line = keep(contract, code_hash);
        if (line != NULL) {
            *out = use(line);
            shrink(cache.limit);
        } else {
            gvm_wasm_contract_delete(contract);
            status = GVM_ERR_NOMEM;
        }
        (void)pthread_mutex_unlock(&cache.lock);
    }
    if (status == GVM_OK && hint != NULL) *hint = line;
    return status;
}

void gvm_wasm_code_put(gvm_wasm_contract *c) {
    (void)pthread_mutex_lock(&cache.lock);
    size_t bytes = sizeof *c + gvm_wasm_module_memory(c->module); /* a second form may have come */
    cache.bytes += bytes - c->line->bytes;
    c->line->bytes = bytes;
    c->line->users--;
    shrink(cache.limit);
    (void)pthread_mutex_unlock(&cache.lock);
}

void gvm_wasm_cache_limit(size_t bytes) {
    (void)pthread_mutex_lock(&cache.lock);
    cache.limit = bytes;
    shrink(bytes);
    (void)pthread_mutex_unlock(&cache.lock);
}

size_t gvm_wasm_cache_bytes(void) {
    (void)pthread_mutex_lock(&cache.lock);
    size_t bytes = sum();
    (void)pthread_mutex_unlock(&cache.lock);
    return bytes;
}

void gvm_wasm_cache_disk(gvm_wasm_disk *disk) {
    (void)pthread_mutex_lock(&cache.lock);
    cache.disk = disk;
    (void)pthread_mutex_unlock(&cache.lock);
}
