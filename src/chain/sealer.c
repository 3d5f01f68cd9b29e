#include "chain/sealer.h"

#include "crypto/keccak.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

struct gvm_sealer {
    gvm_chain *chain;
    gvm_pool *pool;
    gvm_sealer_options options;
    pthread_mutex_t lock; /* over what follows; and one block is sealed at a time */
    int64_t offset;       /* of coming blocks' time from the caller's now */
    bool has_next_time, has_next_base_fee, has_next_randao;
    uint64_t next_time;
    gvm_u256 next_base_fee;
    gvm_hash next_randao;
};

gvm_status gvm_sealer_new(gvm_sealer **out, gvm_chain *chain, gvm_pool *pool,
                          const gvm_sealer_options *options) {
    gvm_sealer *s = calloc(1, sizeof *s);
    if (s == NULL) return GVM_ERR_NOMEM;
    s->chain = chain;
    s->pool = pool;
    s->options = *options;
    (void)pthread_mutex_init(&s->lock, NULL);
    *out = s;
    return GVM_OK;
}

void gvm_sealer_delete(gvm_sealer *s) {
    if (s == NULL) return;
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static uint64_t shifted(uint64_t now, int64_t offset) {
    return offset < 0 && (uint64_t)-offset > now ? 0 : now + (uint64_t)offset;
}

static uint64_t timestamp_locked(const gvm_sealer *s, const gvm_header *head, uint64_t now) {
    if (s->has_next_time) return s->next_time;
    uint64_t t = shifted(now, s->offset);
    return t > head->timestamp ? t : head->timestamp + 1;
}

/* What the next block is made of. The mix is a hash of the parent's: the same blocks again give the
 * same chain. */
static gvm_status prepare(gvm_sealer *s, gvm_seal *seal, gvm_pool_picker **picker, uint64_t now) {
    gvm_header head;
    gvm_hash head_hash;
    gvm_chain_head(s->chain, &head, &head_hash);
    *seal = (gvm_seal){
        .timestamp = timestamp_locked(s, &head, now),
        .coinbase = s->options.coinbase,
        .gas_limit = s->options.gas_limit,
        .base_fee = s->has_next_base_fee ? &s->next_base_fee : NULL,
        .free_gas_limit = true,
        .extra_len = s->options.extra_len,
        .next = gvm_pool_picker_next,
        .done = gvm_pool_picker_done,
        .keep = gvm_pool_picker_keep,
    };
    memcpy(seal->extra, s->options.extra, sizeof seal->extra);
    if (s->has_next_randao)
        seal->prev_randao = s->next_randao;
    else
        gvm_keccak256(&seal->prev_randao, gvm_bytes_make(head_hash.b, 32));
    gvm_header next;
    const gvm_chain_config *config = gvm_chain_config_of(s->chain);
    gvm_block_next_header(&next, config, &head, &head_hash, seal->timestamp);
    gvm_u256 blob_fee = gvm_u256_zero();
    gvm_blob_params params = gvm_config_blobs(config, seal->timestamp);
    if (params.update_fraction != 0)
        blob_fee = gvm_blob_base_fee(next.excess_blob_gas, params.update_fraction);
    GVM_TRY(gvm_pool_pick(s->pool, picker, seal->base_fee != NULL ? *seal->base_fee : next.base_fee,
                          blob_fee));
    seal->ctx = *picker;
    return GVM_OK;
}

static gvm_status seal_locked(gvm_sealer *s, gvm_hash *hash, uint64_t now, gvm_error *err) {
    gvm_seal seal;
    gvm_pool_picker *picker = NULL;
    GVM_TRY(prepare(s, &seal, &picker, now));
    gvm_status status = gvm_chain_seal(s->chain, hash, &seal, err);
    gvm_pool_picker_free(picker);
    GVM_TRY(status);
    if (s->has_next_time) s->offset = (int64_t)(s->next_time - now);
    s->has_next_time = s->has_next_base_fee = s->has_next_randao = false;
    return GVM_OK;
}

gvm_status gvm_sealer_seal(gvm_sealer *s, gvm_hash *hash, uint64_t now, gvm_error *err) {
    (void)pthread_mutex_lock(&s->lock);
    gvm_status status = seal_locked(s, hash, now, err);
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

gvm_status gvm_sealer_seal_pending(gvm_sealer *s, uint64_t now, gvm_error *err) {
    gvm_status status = GVM_OK;
    size_t pending, queued, before = SIZE_MAX;
    (void)pthread_mutex_lock(&s->lock);
    for (;;) {
        gvm_pool_count(s->pool, &pending, &queued);
        if (pending == 0 || pending >= before) break; /* what is left does not fit a block now */
        before = pending;
        status = seal_locked(s, NULL, now, err);
        if (status != GVM_OK) break;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return status;
}

gvm_status gvm_sealer_preview(gvm_sealer *s, gvm_stored_block *out, gvm_pool_picker **picker,
                              uint64_t now, gvm_error *err) {
    gvm_seal seal;
    *picker = NULL;
    (void)pthread_mutex_lock(&s->lock);
    gvm_status status = prepare(s, &seal, picker, now);
    gvm_u256 base_fee = s->next_base_fee;
    if (seal.base_fee != NULL) seal.base_fee = &base_fee;
    (void)pthread_mutex_unlock(&s->lock);
    if (status == GVM_OK) status = gvm_chain_preview(s->chain, out, &seal, err);
    if (status != GVM_OK) {
        gvm_pool_picker_free(*picker);
        *picker = NULL;
    }
    return status;
}

uint64_t gvm_sealer_timestamp(gvm_sealer *s, uint64_t now) {
    gvm_header head;
    gvm_chain_head(s->chain, &head, NULL);
    (void)pthread_mutex_lock(&s->lock);
    uint64_t t = timestamp_locked(s, &head, now);
    (void)pthread_mutex_unlock(&s->lock);
    return t;
}

/* ---- development */

int64_t gvm_sealer_increase_time(gvm_sealer *s, int64_t seconds) {
    int64_t sum;
    (void)pthread_mutex_lock(&s->lock);
    if (!__builtin_add_overflow(s->offset, seconds, &sum)) s->offset = sum;
    sum = s->offset;
    (void)pthread_mutex_unlock(&s->lock);
    return sum;
}

gvm_status gvm_sealer_set_next_timestamp(gvm_sealer *s, uint64_t timestamp, gvm_error *err) {
    gvm_header head;
    gvm_chain_head(s->chain, &head, NULL);
    if (timestamp <= head.timestamp || timestamp > INT64_MAX)
        return gvm_error_set(err, GVM_ERR_RANGE,
                             "timestamp %" PRIu64 " is not after that of the head, %" PRIu64,
                             timestamp, head.timestamp);
    (void)pthread_mutex_lock(&s->lock);
    s->next_time = timestamp;
    s->has_next_time = true;
    (void)pthread_mutex_unlock(&s->lock);
    return GVM_OK;
}

int64_t gvm_sealer_time_offset(gvm_sealer *s) {
    return gvm_sealer_increase_time(s, 0);
}

void gvm_sealer_set_time_offset(gvm_sealer *s, int64_t offset) {
    (void)pthread_mutex_lock(&s->lock);
    s->offset = offset;
    s->has_next_time = false;
    (void)pthread_mutex_unlock(&s->lock);
}

void gvm_sealer_set_coinbase(gvm_sealer *s, const gvm_address *coinbase) {
    (void)pthread_mutex_lock(&s->lock);
    s->options.coinbase = *coinbase;
    (void)pthread_mutex_unlock(&s->lock);
}

void gvm_sealer_set_gas_limit(gvm_sealer *s, uint64_t gas_limit) {
    (void)pthread_mutex_lock(&s->lock);
    s->options.gas_limit = gas_limit;
    (void)pthread_mutex_unlock(&s->lock);
}

void gvm_sealer_set_next_base_fee(gvm_sealer *s, gvm_u256 base_fee) {
    (void)pthread_mutex_lock(&s->lock);
    s->next_base_fee = base_fee;
    s->has_next_base_fee = true;
    (void)pthread_mutex_unlock(&s->lock);
}

void gvm_sealer_set_next_prev_randao(gvm_sealer *s, const gvm_hash *prev_randao) {
    (void)pthread_mutex_lock(&s->lock);
    s->next_randao = *prev_randao;
    s->has_next_randao = true;
    (void)pthread_mutex_unlock(&s->lock);
}
