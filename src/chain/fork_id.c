#include "chain/fork_id.h"

enum { MOST = GVM_FORK_COUNT + GVM_OTHER_FORKS + GVM_BLOB_STEPS };

/* The reflected CRC-32 of IEEE 802.3, without the final inversion. */
static uint32_t crc(uint32_t c, const uint8_t *p, size_t len) {
    for (size_t i = 0; i < len; i++) {
        c ^= p[i];
        for (int k = 0; k < 8; k++) c = (c >> 1) ^ (c & 1 ? 0xedb88320u : 0);
    }
    return c;
}

/* Into an ascending list without doubles. */
static void add(uint64_t *list, size_t *n, uint64_t v, uint64_t above, uint64_t most) {
    if (v == GVM_NEVER || v <= above || v > most) return;
    size_t i = 0;
    while (i < *n && list[i] < v) i++;
    if (i < *n && list[i] == v) return;
    memmove(&list[i + 1], &list[i], (*n - i) * sizeof *list);
    list[i] = v;
    *n += 1;
}

static uint32_t pass(uint32_t c, const uint64_t *list, size_t n) {
    uint8_t word[8];
    for (size_t i = 0; i < n; i++) {
        gvm_store_be64(word, list[i]);
        c = crc(c, word, sizeof word);
    }
    return c;
}

void gvm_fork_id(uint8_t out[4], const gvm_chain_config *config, const gvm_hash *genesis,
                 uint64_t genesis_time, uint64_t number, uint64_t timestamp) {
    uint64_t blocks[MOST], times[MOST];
    size_t block_count = 0, time_count = 0;
    for (size_t f = 0; f <= GVM_FORK_LONDON; f++)
        add(blocks, &block_count, config->begins[f], 0, number);
    for (size_t i = 0; i < GVM_OTHER_FORKS; i++)
        add(blocks, &block_count, config->other_forks[i], 0, number);
    for (size_t f = GVM_FORK_SHANGHAI; f < GVM_FORK_COUNT; f++)
        add(times, &time_count, config->begins[f], genesis_time, timestamp);
    for (size_t i = 0; i < GVM_BLOB_STEPS; i++)
        add(times, &time_count, config->blobs[i].time, genesis_time, timestamp);
    uint32_t c = crc(0xffffffffu, genesis->b, sizeof genesis->b);
    c = pass(c, blocks, block_count);
    c = pass(c, times, time_count);
    gvm_store_be32(out, ~c);
}
