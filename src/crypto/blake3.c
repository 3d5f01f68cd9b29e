/* BLAKE3 is a binary tree over chunks of 1,024 bytes, left subtrees complete. Input comes from the
 * left, so it is enough to keep the chaining values of the complete subtrees so far, one for each
 * bit of the number of chunks:
 *
 *       after 7 chunks:     [0123]  [45]  [6]        stack, largest first
 *
 * The last node of all gets the ROOT flag, and nobody knows which it is before the end. So merges
 * are lazy: two subtrees are joined only when the next one arrives. Long inputs are taken in groups
 * of up to 64 chunks that form complete subtrees; their chunks, and then each level of their
 * parents, go through the lanes of blake3_lanes.c together. */
#include "crypto/blake3.h"

#include "crypto/blake3_lanes.h"

#include <stdatomic.h>

enum { CHUNK = 1024, BLOCK = 64, GROUP = 64 };

static const uint32_t iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* ---- many inputs of equal length */

static void one_input(uint32_t out[8], const uint8_t *in, const gvm_blake3_job *job,
                      uint64_t counter) {
    memcpy(out, job->key, 32);
    for (size_t block = 0; block < job->blocks; block++) {
        uint32_t flags = job->flags | (block == 0 ? job->flags_first : 0) |
                         (block == job->blocks - 1 ? job->flags_last : 0);
        gvm_blake3_compress(out, NULL, in + BLOCK * block, BLOCK, counter, flags);
    }
}

static size_t widest_usable(void) {
    static atomic_size_t widest;
    size_t found = atomic_load_explicit(&widest, memory_order_relaxed);
    if (found != 0) return found;
    for (size_t i = 0; i < gvm_blake3_form_count; i++)
        if (gvm_blake3_forms[i].usable()) found = i + 1;
    atomic_store_explicit(&widest, found, memory_order_relaxed);
    return found;
}

static void many_inputs(uint32_t (*out)[8], const uint8_t *in, size_t n, gvm_blake3_job job) {
    size_t stride = BLOCK * job.blocks;
    for (size_t i = widest_usable(); i-- > 0;) {
        const gvm_blake3_form *form = &gvm_blake3_forms[i];
        for (; n >= form->width; n -= form->width) {
            form->run(out, in, &job);
            out += form->width;
            in += form->width * stride;
            job.counter += form->width * job.counter_add;
        }
    }
    for (; n > 0; n--, out++, in += stride, job.counter += job.counter_add)
        one_input(*out, in, &job, job.counter);
}

/* ---- the tree */

static void next_chunk(gvm_blake3_state *s, uint64_t index) {
    memcpy(s->chunk_cv, s->key, sizeof s->chunk_cv);
    s->chunk_index = index;
    s->block_len = s->blocks_done = 0;
    memset(s->block, 0, sizeof s->block);
}

static void start(gvm_blake3_state *s, const uint32_t key[8], uint32_t flags) {
    memcpy(s->key, key, sizeof s->key);
    s->flags = flags;
    s->stack_len = 0;
    next_chunk(s, 0);
}

static uint32_t start_flag(const gvm_blake3_state *s) {
    return s->blocks_done == 0 ? GVM_BLAKE3_CHUNK_START : 0;
}

/* Fills the chunk; in.len is at most what it has room for. A full block waits until more comes: it
 * may be the last. */
static void fill_chunk(gvm_blake3_state *s, gvm_bytes in) {
    while (in.len > 0) {
        if (s->block_len == BLOCK) {
            gvm_blake3_compress(s->chunk_cv, NULL, s->block, BLOCK, s->chunk_index,
                                s->flags | start_flag(s));
            s->blocks_done++;
            s->block_len = 0;
            memset(s->block, 0, sizeof s->block);
        }
        size_t room = BLOCK - s->block_len, n = in.len < room ? in.len : room;
        memcpy(s->block + s->block_len, in.ptr, n);
        s->block_len += (uint32_t)n;
        in = gvm_bytes_make(in.ptr + n, in.len - n);
    }
}

static void parent(const gvm_blake3_state *s, uint32_t out[8], const uint32_t children[2][8]) {
    uint32_t cv[8];
    memcpy(cv, s->key, sizeof cv);
    gvm_blake3_compress(cv, NULL, (const uint8_t *)children, BLOCK, 0,
                        s->flags | GVM_BLAKE3_PARENT);
    memcpy(out, cv, sizeof cv);
}

/* Joins complete subtrees as far as `chunks`, the number of chunks on the stack, says that they are
 * complete. */
static void merge(gvm_blake3_state *s, uint64_t chunks) {
    while (s->stack_len > (uint32_t)__builtin_popcountll(chunks)) {
        parent(s, s->stack[s->stack_len - 2], (const uint32_t(*)[8]) & s->stack[s->stack_len - 2]);
        s->stack_len--;
    }
}

static void push(gvm_blake3_state *s, const uint32_t cv[8], uint64_t chunks_before) {
    merge(s, chunks_before);
    memcpy(s->stack[s->stack_len++], cv, 32);
}

/* Ends a full chunk after which more input comes. */
static void end_chunk(gvm_blake3_state *s) {
    gvm_blake3_compress(s->chunk_cv, NULL, s->block, s->block_len, s->chunk_index,
                        s->flags | start_flag(s) | GVM_BLAKE3_CHUNK_END);
    push(s, s->chunk_cv, s->chunk_index);
    next_chunk(s, s->chunk_index + 1);
}

/* Takes `n` whole chunks, a complete subtree (n a power of two, 2 .. GROUP), and pushes the halves
 * of it: the subtree itself may be the root. */
static void take_group(gvm_blake3_state *s, const uint8_t *in, size_t n) {
    uint32_t cvs[GROUP][8], parents[GROUP / 2][8];
    many_inputs(cvs, in, n,
                (gvm_blake3_job){.key = s->key,
                                 .blocks = CHUNK / BLOCK,
                                 .counter = s->chunk_index,
                                 .counter_add = 1,
                                 .flags = s->flags,
                                 .flags_first = GVM_BLAKE3_CHUNK_START,
                                 .flags_last = GVM_BLAKE3_CHUNK_END});
    uint64_t half = n / 2;
    for (; n > 2; n /= 2) {
        many_inputs(
            parents, (const uint8_t *)cvs, n / 2,
            (gvm_blake3_job){.key = s->key, .blocks = 1, .flags = s->flags | GVM_BLAKE3_PARENT});
        memcpy(cvs, parents, n / 2 * 32);
    }
    push(s, cvs[0], s->chunk_index);
    push(s, cvs[1], s->chunk_index + half);
    s->chunk_index += 2 * half;
}

void gvm_blake3_init(gvm_blake3_state *s) {
    start(s, iv, 0);
}

void gvm_blake3_init_keyed(gvm_blake3_state *s, const uint8_t key[32]) {
    uint32_t words[8];
    memcpy(words, key, sizeof words);
    start(s, words, GVM_BLAKE3_KEYED_HASH);
    gvm_wipe(words, sizeof words);
}

void gvm_blake3_init_derive_key(gvm_blake3_state *s, gvm_bytes context) {
    uint32_t words[8];
    start(s, iv, GVM_BLAKE3_DERIVE_KEY_CONTEXT);
    gvm_blake3_update(s, context);
    gvm_blake3_output(s, (uint8_t *)words, sizeof words, 0);
    start(s, words, GVM_BLAKE3_DERIVE_KEY_MATERIAL);
}

void gvm_blake3_update(gvm_blake3_state *s, gvm_bytes in) {
    size_t filled = (size_t)s->blocks_done * BLOCK + s->block_len;
    if (filled != 0) {
        size_t n = in.len < CHUNK - filled ? in.len : CHUNK - filled;
        fill_chunk(s, gvm_bytes_make(in.ptr, n));
        in = gvm_bytes_make(in.ptr + n, in.len - n);
        if (in.len == 0) return;
        end_chunk(s);
    }
    while (in.len > CHUNK) {
        size_t n = GROUP;
        while (n * CHUNK > in.len || (s->chunk_index & (n - 1)) != 0) n /= 2;
        if (n >= 2) {
            take_group(s, in.ptr, n);
        } else {
            fill_chunk(s, gvm_bytes_make(in.ptr, CHUNK));
            end_chunk(s);
        }
        in = gvm_bytes_make(in.ptr + n * CHUNK, in.len - n * CHUNK);
    }
    if (in.len > 0) {
        fill_chunk(s, in);
        merge(s, s->chunk_index);
    }
}

void gvm_blake3_output(const gvm_blake3_state *s, uint8_t *out, size_t out_len, uint64_t offset) {
    /* the last node, not yet compressed: its chaining value, block and flags */
    uint32_t cv[8], pair[2][8];
    uint8_t block[BLOCK];
    uint32_t block_len = BLOCK, flags = s->flags, left = s->stack_len;
    uint64_t counter = 0;
    memcpy(cv, s->key, sizeof cv);
    if (s->block_len != 0 || left == 0) {
        memcpy(cv, s->chunk_cv, sizeof cv);
        memcpy(block, s->block, sizeof block);
        block_len = s->block_len;
        counter = s->chunk_index;
        flags |= start_flag(s) | GVM_BLAKE3_CHUNK_END;
    } else {
        left -= 2;
        memcpy(block, s->stack[left], sizeof block);
        flags |= GVM_BLAKE3_PARENT;
    }
    while (left > 0) {
        gvm_blake3_compress(cv, NULL, block, block_len, counter, flags);
        memcpy(pair[0], s->stack[--left], 32);
        memcpy(pair[1], cv, 32);
        memcpy(block, pair, sizeof block);
        memcpy(cv, s->key, sizeof cv);
        block_len = BLOCK, counter = 0, flags = s->flags | GVM_BLAKE3_PARENT;
    }
    size_t skip = offset % BLOCK;
    for (counter = offset / BLOCK; out_len > 0; counter++, skip = 0) {
        uint32_t words[16];
        gvm_blake3_compress(cv, words, block, block_len, counter, flags | GVM_BLAKE3_ROOT);
        size_t n = out_len < BLOCK - skip ? out_len : BLOCK - skip;
        memcpy(out, (const uint8_t *)words + skip, n);
        out += n, out_len -= n;
    }
}

/* ---- at once */

void gvm_blake3(gvm_hash *out, gvm_bytes in) {
    gvm_blake3_state s;
    gvm_blake3_init(&s);
    gvm_blake3_update(&s, in);
    gvm_blake3_output(&s, out->b, sizeof out->b, 0);
}

void gvm_blake3_keyed(gvm_hash *out, const uint8_t key[32], gvm_bytes in) {
    gvm_blake3_state s;
    gvm_blake3_init_keyed(&s, key);
    gvm_blake3_update(&s, in);
    gvm_blake3_output(&s, out->b, sizeof out->b, 0);
    gvm_wipe(&s, sizeof s);
}

void gvm_blake3_derive_key(uint8_t *out, size_t out_len, gvm_bytes context, gvm_bytes material) {
    gvm_blake3_state s;
    gvm_blake3_init_derive_key(&s, context);
    gvm_blake3_update(&s, material);
    gvm_blake3_output(&s, out, out_len, 0);
    gvm_wipe(&s, sizeof s);
}
