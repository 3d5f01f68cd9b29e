#include "chain/pow.h"

#include "chain/process.h"

enum {
    DIFFICULTY_MIN = 131072,
    BOMB_PERIOD = 100000,
    OMMERS_MAX = 2,
    OMMER_GENERATIONS = 6,
};

uint64_t gvm_pow_bomb_delay(gvm_fork fork) {
    if (fork >= GVM_FORK_LONDON) return 9700000;
    if (fork >= GVM_FORK_ISTANBUL) return 9000000;
    if (fork >= GVM_FORK_CONSTANTINOPLE) return 5000000;
    return fork >= GVM_FORK_BYZANTIUM ? 3000000 : 0;
}

/* How many 2048ths of the parent's difficulty are added: from +2 down to -99. */
static int64_t steps(gvm_fork fork, const gvm_header *parent, uint64_t timestamp) {
    enum { LOWEST = -99 };
    uint64_t seconds = timestamp - parent->timestamp;
    if (fork < GVM_FORK_HOMESTEAD) return seconds < 13 ? 1 : -1;
    bool ommers = !gvm_hash_equal(&parent->ommers_hash, &gvm_empty_ommers_hash);
    uint64_t period = fork >= GVM_FORK_BYZANTIUM ? 9 : 10;
    int64_t base = fork >= GVM_FORK_BYZANTIUM && ommers ? 2 : 1;
    return seconds / period > 200                        ? LOWEST
           : base - (int64_t)(seconds / period) < LOWEST ? LOWEST
                                                         : base - (int64_t)(seconds / period);
}

gvm_u256 gvm_pow_difficulty_delayed(gvm_fork fork, uint64_t delay, const gvm_header *parent,
                                    uint64_t number, uint64_t timestamp) {
    int64_t n = steps(fork, parent, timestamp);
    gvm_u256 step = gvm_u256_shr_u64(parent->difficulty, 11);
    gvm_u256 change = gvm_u256_mul(step, gvm_u256_from_u64((uint64_t)(n < 0 ? -n : n)));
    gvm_u256 d =
        n < 0 ? gvm_u256_sub(parent->difficulty, change) : gvm_u256_add(parent->difficulty, change);
    gvm_u256 min = gvm_u256_from_u64(DIFFICULTY_MIN);
    if (gvm_u256_lt(d, min)) d = min;
    uint64_t counted = number > delay ? number - delay : 0;
    if (counted / BOMB_PERIOD >= 2)
        d = gvm_u256_add(d, gvm_u256_shl_u64(gvm_u256_from_u64(1), counted / BOMB_PERIOD - 2));
    return d;
}

gvm_u256 gvm_pow_difficulty(const gvm_chain_config *config, const gvm_header *parent,
                            uint64_t number, uint64_t timestamp) {
    gvm_fork fork = gvm_config_fork(config, number, timestamp, false);
    return gvm_pow_difficulty_delayed(fork, gvm_pow_bomb_delay(fork), parent, number, timestamp);
}

static gvm_status check_difficulty(const gvm_chain_config *config, const gvm_header *h,
                                   const gvm_header *parent, gvm_error *err) {
    gvm_u256 expected = gvm_pow_difficulty(config, parent, h->number, h->timestamp);
    if (gvm_u256_eq(h->difficulty, expected)) return GVM_OK;
    char want[80], found[80];
    gvm_u256_to_decimal(want, expected);
    gvm_u256_to_decimal(found, h->difficulty);
    return gvm_error_set(err, GVM_ERR_BLOCK_DIFFICULTY, "difficulty: expected %s, found %s", want,
                         found);
}

static gvm_status check_ommer(const gvm_chain_config *config, const gvm_header *ommer,
                              gvm_ancestry ancestry, gvm_error *err) {
    gvm_hash hash;
    GVM_TRY(gvm_header_hash(&hash, ommer));
    const gvm_block *parent = NULL;
    for (unsigned i = 1; i <= OMMER_GENERATIONS + 1; i++) {
        const gvm_block *ancestor = ancestry.at(ancestry.ctx, i);
        if (ancestor == NULL) break;
        if (gvm_hash_equal(&ancestor->hash, &hash))
            return gvm_error_set(err, GVM_ERR_BLOCK_OMMERS, "an ommer is an ancestor");
        if (i > 1 && gvm_hash_equal(&ancestor->hash, &ommer->parent_hash)) parent = ancestor;
        for (size_t k = 0; i <= OMMER_GENERATIONS && k < ancestor->ommer_count; k++) {
            gvm_hash known;
            GVM_TRY(gvm_header_hash(&known, &ancestor->ommers[k]));
            if (gvm_hash_equal(&known, &hash))
                return gvm_error_set(err, GVM_ERR_BLOCK_OMMERS, "an ommer is in the chain already");
        }
    }
    if (parent == NULL)
        return gvm_error_set(err, GVM_ERR_BLOCK_OMMERS,
                             "an ommer's parent is not among the ancestors");
    GVM_TRY(gvm_block_check_header(config, ommer, &parent->header, &parent->hash, err));
    return check_difficulty(config, ommer, &parent->header, err);
}

gvm_status gvm_pow_check(const gvm_chain_config *config, const gvm_block *block,
                         gvm_ancestry ancestry, gvm_error *err) {
    const gvm_block *parent = ancestry.at(ancestry.ctx, 1);
    GVM_TRY(check_difficulty(config, &block->header, &parent->header, err));
    if (block->ommer_count > OMMERS_MAX)
        return gvm_error_set(err, GVM_ERR_BLOCK_OMMERS, "%zu ommers, at most 2",
                             block->ommer_count);
    for (size_t i = 0; i < block->ommer_count; i++) {
        for (size_t k = 0; k < i; k++) {
            gvm_hash a, b;
            GVM_TRY(gvm_header_hash(&a, &block->ommers[i]));
            GVM_TRY(gvm_header_hash(&b, &block->ommers[k]));
            if (gvm_hash_equal(&a, &b))
                return gvm_error_set(err, GVM_ERR_BLOCK_OMMERS, "the same ommer twice");
        }
        GVM_TRY(check_ommer(config, &block->ommers[i], ancestry, err));
    }
    return GVM_OK;
}
