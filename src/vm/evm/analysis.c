#include "vm/evm/analysis.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- jump destinations */

static void mark_jumpdests(uint64_t *bits, gvm_bytes code, const gvm_opcode_set *set) {
    for (size_t pc = 0; pc < code.len; pc++) {
        const gvm_opcode_row *row = &set->rows[code.ptr[pc]];
        if ((row->flags & GVM_OPF_SKIP) != 0)
            pc += row->immediate;
        else if (row->run == GVM_OP_JUMPDEST)
            bits[pc >> 6] |= UINT64_C(1) << (pc & 63);
    }
}

static size_t code_bytes(size_t len) {
    return sizeof(gvm_evm_code) + (len + 63) / 64 * sizeof(uint64_t);
}

gvm_evm_code *gvm_evm_code_new(gvm_bytes code, const gvm_opcode_set *set) {
    gvm_evm_code *c = calloc(1, code_bytes(code.len));
    if (c == NULL) return NULL;
    c->len = code.len;
    c->set = set;
    mark_jumpdests(c->jumpdests, code, set);
    return c;
}

void gvm_evm_code_delete(gvm_evm_code *c) {
    if (c == NULL) return;
    free(atomic_load(&c->program));
    free(c);
}

/* ---- translation */

#define BLOCK_INSTRUCTIONS 256 /* so that a block's gas and stack growth fit their fields */
#define MOST_ENTRIES       65536
#define STACK_LIMIT        1024

typedef struct builder {
    gvm_bytes code;
    const gvm_evm_code *c;
    const gvm_opcode_row *rows;
    uint32_t jumpdest_gas;
    gvm_evm_slot *slots;
    gvm_u256 *pool;
    uint32_t *targets;
    size_t slot_count, pool_count;
    gvm_evm_slot *block;
    size_t entries; /* JUMPDESTs before the block's own: a head and a GOTO each, just before it */
    uint32_t gas;
    int height, need, growth;
    unsigned instructions;
} builder;

static gvm_evm_slot *emit(builder *b, unsigned op, unsigned a, uint32_t value) {
    gvm_evm_slot *s = &b->slots[b->slot_count++];
    *s = (gvm_evm_slot){(uint16_t)op, (uint16_t)a, value};
    return s;
}

static void block_begin(builder *b) {
    b->block = emit(b, GVM_SLOT_BLOCK, 0, 0);
    b->gas = 0;
    b->height = b->need = b->growth = 0;
    b->instructions = 0;
}

static void block_end(builder *b) {
    int room = STACK_LIMIT - b->growth - b->need;
    bool possible = room >= 0;
    b->block->a = (uint16_t)(possible ? b->need : STACK_LIMIT + 1);
    b->block->b = b->gas | (uint32_t)(possible ? room : 0) << GVM_BLOCK_GAS_BITS;
    for (uint32_t i = 1; i <= b->entries; i++) {
        gvm_evm_slot *entry = b->block - 2 * i;
        *entry = *b->block;
        entry->b += i * b->jumpdest_gas;
    }
    b->entries = 0;
    b->block = NULL;
}

static void count(builder *b, uint32_t price, int in, int out) {
    b->gas += price;
    if (in - b->height > b->need) b->need = in - b->height;
    b->height += out - in;
    if (b->height > b->growth) b->growth = b->height;
    b->instructions++;
}

static gvm_u256 immediate_value(gvm_bytes code, size_t pc, size_t n) {
    uint8_t be[32] = {0};
    for (size_t i = 0; i < n && pc + i < code.len; i++) be[32 - n + i] = code.ptr[pc + i];
    return gvm_u256_from_be(be);
}

static void emit_push(builder *b, gvm_u256 v) {
    if (gvm_u256_fits_u64(v) && v.w[0] <= UINT32_MAX) {
        emit(b, GVM_SLOT_PUSH_SMALL, 0, (uint32_t)v.w[0]);
    } else {
        b->pool[b->pool_count] = v;
        emit(b, GVM_SLOT_PUSH_POOL, 0, (uint32_t)b->pool_count++);
    }
}

/* A jump behind a push of its destination: one slot, holding the target's pc until the second pass.
 */
static bool fuse_jump(builder *b, uint8_t op) {
    gvm_evm_slot *last = &b->slots[b->slot_count - 1];
    bool known_target = last->op == GVM_SLOT_PUSH_SMALL && last != b->block;
    if (!known_target) return false;
    bool conditional = op == GVM_OP_JUMPI;
    if (gvm_evm_is_jumpdest(b->c, last->b))
        last->op = conditional ? GVM_SLOT_JUMP_TO_IF : GVM_SLOT_JUMP_TO;
    else
        last->op = conditional ? GVM_SLOT_JUMP_NOWHERE_IF : GVM_SLOT_JUMP_NOWHERE;
    return true;
}

/* DUPN, SWAPN, EXCHANGE (EIP-8024); false: the immediate is not valid. */
static bool emit_deep(builder *b, uint8_t op, uint8_t immediate) {
    unsigned n, m = 0;
    if (op == GVM_OP_EXCHANGE ? !gvm_opcode_decode_pair(&n, &m, immediate)
                              : !gvm_opcode_decode_single(&n, immediate))
        return false;
    unsigned reach = op == GVM_OP_DUPN ? n : op == GVM_OP_SWAPN ? n + 1 : m + 1;
    count(b, b->rows[op].price, (int)reach, (int)reach + (op == GVM_OP_DUPN));
    emit(b, op, n, m);
    return true;
}

/* Instructions that are the ZVM's alone; false: not one, or the immediate is not valid. */
static bool emit_zvm(builder *b, uint8_t op, uint8_t n) {
    const gvm_opcode_row *row = &b->rows[op];
    if (row->run == GVM_RUN_GHOST) {
        count(b, row->price, row->in, row->out);
        emit(b, GVM_RUN_GHOST, op, 0);
        return true;
    }
    if (!gvm_opcode_depth_valid(row->run, n)) return false;
    if (row->run == GVM_RUN_LOG_AT) {
        count(b, row->price + n * (uint32_t)GVM_LOG_TOPIC_GAS, 2 + n, 0);
        emit(b, GVM_OP_LOG0 + n, 0, 0);
    } else if (row->run == GVM_RUN_DUP_AT) {
        count(b, row->price, n, n + 1);
        emit(b, GVM_OP_DUPN, n, 0);
    } else {
        count(b, row->price, n + 1, n + 1);
        emit(b, GVM_OP_SWAPN, n, 0);
    }
    return true;
}

/* The instruction at pc; returns the pc behind it. */
static size_t translate_one(builder *b, size_t pc) {
    uint8_t op = b->code.ptr[pc];
    const gvm_opcode_row *row = &b->rows[op];
    size_t next = pc + 1 + row->immediate;
    bool ends = row->flags & GVM_OPF_END, splits = row->flags & GVM_OPF_SPLIT;
    bool zvm = row->run >= GVM_RUN_DUP_AT && row->run <= GVM_RUN_GHOST;
    if (zvm || (row->run >= GVM_OP_DUPN && row->run <= GVM_OP_EXCHANGE)) {
        uint8_t immediate = pc + 1 < b->code.len ? b->code.ptr[pc + 1] : 0;
        if (!(zvm ? emit_zvm(b, op, immediate) : emit_deep(b, op, immediate))) {
            emit(b, GVM_OP_INVALID, 0, 0);
            ends = true;
            if ((row->flags & GVM_OPF_SKIP) == 0) next = pc + 1;
        }
    } else {
        count(b, row->price, row->in, row->out);
        if (row->run == GVM_OP_PUSH0 || row->immediate > 0)
            emit_push(b, immediate_value(b->code, pc + 1, row->immediate));
        else if (row->run == GVM_OP_PC)
            emit_push(b, gvm_u256_from_u64(pc));
        else if (row->run == GVM_OP_CODESIZE)
            emit_push(b, gvm_u256_from_u64(b->code.len));
        else if (row->run == GVM_OP_JUMPDEST)
            ; /* the block's head says it all */
        else if (!((row->run == GVM_OP_JUMP || row->run == GVM_OP_JUMPI) && fuse_jump(b, row->run)))
            emit(b, row->run, 0, 0);
    }
    if (ends || splits || b->instructions >= BLOCK_INSTRUCTIONS) block_end(b);
    if (splits || (!ends && b->block == NULL)) block_begin(b);
    return next;
}

/* At a JUMPDEST: begins its block. A row of them is one block with several heads, which differ in
 * the gas for the JUMPDESTs that are still to come. Returns the pc of the row's last. */
static size_t enter_jumpdests(builder *b, size_t pc) {
    if (b->block != NULL && b->instructions > 0) block_end(b);
    if (b->block != NULL) b->slot_count--; /* an empty block: begins here again */
    size_t last = pc;
    while (last + 1 < b->code.len && b->code.ptr[last + 1] == b->code.ptr[pc] &&
           last - pc < MOST_ENTRIES)
        last++;
    b->jumpdest_gas = b->rows[b->code.ptr[pc]].price;
    uint32_t body = (uint32_t)(b->slot_count + 2 * (last - pc) + 1);
    for (size_t at = pc; at < last; at++) {
        b->targets[at] = (uint32_t)b->slot_count;
        emit(b, GVM_SLOT_BLOCK, 0, 0);
        emit(b, GVM_SLOT_GOTO, 0, body);
    }
    b->targets[last] = (uint32_t)b->slot_count;
    block_begin(b);
    b->entries = last - pc;
    return last;
}

static void translate(builder *b) {
    emit(b, GVM_OP_INVALID, 0, 0);
    block_begin(b);
    for (size_t pc = 0; pc < b->code.len;) {
        if (gvm_evm_is_jumpdest(b->c, pc)) pc = enter_jumpdests(b, pc);
        if (b->block == NULL) { /* unreachable */
            const gvm_opcode_row *row = &b->rows[b->code.ptr[pc]];
            pc += (row->flags & GVM_OPF_SKIP) != 0 ? 1u + row->immediate : 1;
        } else {
            pc = translate_one(b, pc);
        }
    }
    if (b->block != NULL) block_end(b);
    emit(b, GVM_OP_STOP, 0, 0);
    for (size_t i = 0; i < b->slot_count; i++) {
        gvm_evm_slot *s = &b->slots[i];
        if (s->op == GVM_SLOT_JUMP_TO || s->op == GVM_SLOT_JUMP_TO_IF) s->b = b->targets[s->b];
    }
}

/* How many slots and pool values the code can need at most. */
static void bounds(const builder *b, size_t *slots, size_t *pool) {
    size_t instructions = 0, heads = 2;
    *pool = 0;
    for (size_t pc = 0; pc < b->code.len; instructions++) {
        const gvm_opcode_row *row = &b->rows[b->code.ptr[pc++]];
        if (row->run == GVM_OP_JUMPDEST || (row->flags & GVM_OPF_SPLIT) != 0) heads++;
        if ((row->flags & GVM_OPF_SKIP) != 0) {
            if (row->immediate > 4) ++*pool;
            pc += row->immediate;
        }
    }
    *slots = instructions + heads + instructions / BLOCK_INSTRUCTIONS + 2;
}

static void line_grow(struct gvm_evm_line *line, size_t bytes);

bool gvm_evm_code_translate(gvm_evm_code *c, gvm_bytes code) {
    if (atomic_load_explicit(&c->program, memory_order_acquire) != NULL) return true;
    if (code.len >= 1u << 24) return false;
    builder b = {.code = code, .c = c, .rows = c->set->rows};
    size_t slots, pool;
    bounds(&b, &slots, &pool);
    size_t head = (sizeof(gvm_evm_program) + 31) / 32 * 32;
    size_t bytes =
        head + pool * sizeof(gvm_u256) + slots * sizeof(gvm_evm_slot) + code.len * sizeof(uint32_t);
    uint8_t *memory = malloc(bytes);
    if (memory == NULL) return false;
    b.pool = (gvm_u256 *)(void *)(memory + head);
    b.slots = (gvm_evm_slot *)(void *)(b.pool + pool);
    b.targets = (uint32_t *)(void *)(b.slots + slots);
    memset(b.targets, 0, code.len * sizeof(uint32_t));
    translate(&b);
    GVM_ASSERT(b.slot_count <= slots && b.pool_count <= pool);
    gvm_evm_program *p = (gvm_evm_program *)(void *)memory, *none = NULL;
    *p = (gvm_evm_program){b.slots, b.pool, b.targets, bytes};
    if (!atomic_compare_exchange_strong(&c->program, &none, p))
        free(memory);
    else if (c->line != NULL)
        line_grow(c->line, bytes);
    return true;
}

/* ---- the cache */

#define LINES   8192u
#define BUCKETS 8192u
#define NO_LINE UINT32_MAX
#define LOCKED  (INT32_MIN / 2) /* added to refs while a line changes hands */

typedef struct gvm_evm_line {
    _Atomic int32_t refs; /* negative: no hands on it */
    _Atomic bool recent;
    const gvm_opcode_set *set;
    gvm_hash hash;
    gvm_evm_code *code; /* NULL: the line is free */
    size_t bytes;
    uint32_t next; /* in its bucket, or among the free */
} gvm_evm_line;

static struct {
    pthread_mutex_t lock;
    gvm_evm_line *lines; /* LINES of them, never freed */
    uint32_t *buckets;
    uint32_t used; /* lines ever used */
    uint32_t free, hand;
    size_t bytes, limit;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER, .free = NO_LINE, .limit = GVM_EVM_CACHE_BYTES};

static uint32_t bucket_of(const gvm_hash *hash, const gvm_opcode_set *set) {
    return (gvm_load_le32(hash->b + 4) ^ (uint32_t)((uintptr_t)set / sizeof *set)) % BUCKETS;
}

/* Takes a reference if the line holds this code. Safe on any line at any time: while refs is above
 * zero nobody changes it. */
static bool line_try(gvm_evm_line *line, const gvm_hash *hash, const gvm_opcode_set *set) {
    bool good = atomic_fetch_add_explicit(&line->refs, 1, memory_order_acquire) >= 0 &&
                line->code != NULL && line->set == set && gvm_hash_equal(&line->hash, hash);
    if (!good) {
        atomic_fetch_sub_explicit(&line->refs, 1, memory_order_release);
        return false;
    }
    if (!atomic_load_explicit(&line->recent, memory_order_relaxed))
        atomic_store_explicit(&line->recent, true, memory_order_relaxed);
    return true;
}

/* With the lock held: nobody holds the line, and nobody can. */
static bool line_lock(gvm_evm_line *line) {
    int32_t zero = 0;
    return atomic_compare_exchange_strong(&line->refs, &zero, LOCKED);
}
static void line_unlock(gvm_evm_line *line) {
    atomic_fetch_sub_explicit(&line->refs, LOCKED, memory_order_release);
}

static void unlink_line(uint32_t id) {
    gvm_evm_line *line = &cache.lines[id];
    uint32_t *at = &cache.buckets[bucket_of(&line->hash, line->set)];
    while (*at != id) at = &cache.lines[*at].next;
    *at = line->next;
}

/* Empties lines that were not used lately until `room` fits and a line is free. Goes round at most
 * twice: what is held stays. */
static void evict(size_t room) {
    for (uint32_t turns = 0; turns < 2 * cache.used; turns++) {
        if (cache.bytes + room <= cache.limit && (cache.free != NO_LINE || cache.used < LINES))
            return;
        uint32_t id = cache.hand;
        cache.hand = (cache.hand + 1) % cache.used;
        gvm_evm_line *line = &cache.lines[id];
        if (line->code == NULL || atomic_exchange(&line->recent, false) || !line_lock(line))
            continue;
        unlink_line(id);
        cache.bytes -= line->bytes;
        gvm_evm_code_delete(line->code);
        line->code = NULL;
        line->next = cache.free;
        cache.free = id;
        line_unlock(line);
    }
}

static bool cache_open(void) {
    if (cache.lines != NULL) return true;
    cache.buckets = malloc(BUCKETS * sizeof *cache.buckets);
    cache.lines = calloc(LINES, sizeof *cache.lines);
    if (cache.buckets == NULL || cache.lines == NULL) {
        free(cache.buckets);
        free(cache.lines);
        cache.lines = NULL;
        return false;
    }
    memset(cache.buckets, 0xff, BUCKETS * sizeof *cache.buckets);
    return true;
}

/* With the lock held: a line that holds c, with one reference; NULL: there is no place. */
static gvm_evm_line *insert(gvm_evm_code *c, const gvm_hash *hash, const gvm_opcode_set *set) {
    size_t bytes = code_bytes(c->len);
    evict(bytes);
    uint32_t id = cache.free;
    if (id != NO_LINE)
        cache.free = cache.lines[id].next;
    else if (cache.used < LINES)
        id = cache.used++;
    else
        return NULL;
    gvm_evm_line *line = &cache.lines[id];
    if (!line_lock(line)) { /* somebody looks at it with a stale hint just now */
        line->next = cache.free;
        cache.free = id;
        return NULL;
    }
    uint32_t *bucket = &cache.buckets[bucket_of(hash, set)];
    line->set = set;
    line->hash = *hash;
    line->code = c;
    line->bytes = bytes;
    line->next = *bucket;
    *bucket = id;
    cache.bytes += bytes;
    c->line = line;
    atomic_fetch_add(&line->refs, 1);
    line_unlock(line);
    return line;
}

static gvm_evm_line *find(const gvm_hash *hash, const gvm_opcode_set *set) {
    uint32_t id = cache.buckets[bucket_of(hash, set)];
    while (id != NO_LINE && !line_try(&cache.lines[id], hash, set)) id = cache.lines[id].next;
    return id == NO_LINE ? NULL : &cache.lines[id];
}

gvm_evm_code *gvm_evm_code_acquire(void **hint, const gvm_hash *code_hash,
                                   const gvm_opcode_set *set, gvm_bytes code) {
    gvm_evm_line *line = hint != NULL ? *hint : NULL;
    if (line != NULL && line_try(line, code_hash, set)) return line->code;
    gvm_evm_code *c = NULL;
    pthread_mutex_lock(&cache.lock);
    if (cache_open() && (line = find(code_hash, set)) == NULL) {
        c = gvm_evm_code_new(code, set);
        line = c != NULL ? insert(c, code_hash, set) : NULL;
    }
    pthread_mutex_unlock(&cache.lock);
    if (line == NULL) return c; /* out of memory, or the frame's own */
    if (hint != NULL) *hint = line;
    return line->code;
}

void gvm_evm_code_release(gvm_evm_code *c) {
    if (c == NULL) return;
    if (c->line == NULL)
        gvm_evm_code_delete(c);
    else
        atomic_fetch_sub_explicit(&c->line->refs, 1, memory_order_release);
}

static void line_grow(gvm_evm_line *line, size_t bytes) {
    pthread_mutex_lock(&cache.lock);
    line->bytes += bytes;
    cache.bytes += bytes;
    evict(0);
    pthread_mutex_unlock(&cache.lock);
}

void gvm_evm_cache_limit(size_t bytes) {
    pthread_mutex_lock(&cache.lock);
    cache.limit = bytes;
    if (cache.used > 0) evict(0);
    pthread_mutex_unlock(&cache.lock);
}

size_t gvm_evm_cache_bytes(void) {
    pthread_mutex_lock(&cache.lock);
    size_t bytes = cache.bytes;
    pthread_mutex_unlock(&cache.lock);
    return bytes;
}
