/* A thousand contracts of 50 kB each, called one after the other, round and round, with what
 * contracts may take in memory bounded to 64 MB: the worst order for a cache that forgets what was
 * used least recently. Goals: under 150 MB of anonymous memory, and at least 20,000 calls a second
 * on one core.
 *
 * Every contract is different code: 112 functions of arithmetic, branches, loops and memory, of
 * which a call (by its calldata) runs eight, with a storage read. As in a node, code is a view of a
 * mapped file and compiled code is on disk. Prints the same without the disk's help too. */
#include "base/clock.h"
#include "crypto/keccak.h"
#include "support/evm_world.h"
#include "support/wasm_contract.h"
#include "vm/wasmhost/code.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CONTRACTS = 1000, FUNCTIONS = 112, CALLED = 8, BOUND = 64 << 20, ROUNDS = 11 };

/* ---- the contracts */

/* (param i32) (result i32), no locals; about 290 bytes, with constants of its own. */
static void put_function(gvm_buf *code, gvm_rng *r) {
    gvm_buf f = {0};
    gvm_buf_put(&f, 1); /* one local group: two i32 */
    WB_RAW(&f, 2, I32);
    wc_i32(&f, (uint32_t)gvm_rng_below(r, 1 << 20));
    wc_op(&f, 0x21, 1); /* local.set 1 */
    for (int i = 0; i < 6; i++) {
        /* x = rotl(x * c ^ y, k) + (x >> k'); y = load(a + (x & 1023)) or store */
        wc_op(&f, 0x20, 0);
        wc_i32(&f, (uint32_t)gvm_rng_next(r) | 1);
        wc_op(&f, 0x6c, 0x20, 1, 0x73);
        wc_i32(&f, (uint32_t)gvm_rng_below(r, 32));
        wc_op(&f, 0x77, 0x20, 0);
        wc_i32(&f, (uint32_t)gvm_rng_below(r, 32));
        wc_op(&f, 0x76, 0x6a, 0x21, 0);
        wc_op(&f, 0x20, 0);
        wc_i32(&f, 1020);
        wc_op(&f, 0x71, 0x28, 2, 0x80, 0x08, 0x21, 1); /* y = load(1024 + (x & 1020)) */
        wc_op(&f, 0x20, 0);
        wc_i32(&f, (uint32_t)gvm_rng_next(r));
        wc_op(&f, 0x4b, 0x04, EMPTY, 0x20, 0); /* if x > c: store(1024 + (x & 1020), y + c) */
        wc_i32(&f, 1020);
        wc_op(&f, 0x71, 0x20, 1);
        wc_i32(&f, (uint32_t)gvm_rng_next(r));
        wc_op(&f, 0x6a, 0x36, 2, 0x80, 0x08, 0x0b);
    }
    /* a loop of four */
    wc_i32(&f, 4);
    wc_op(&f, 0x21, 2, 0x03, EMPTY, 0x20, 0, 0x20, 1, 0x6a);
    wc_i32(&f, (uint32_t)gvm_rng_next(r));
    wc_op(&f, 0x73, 0x21, 0, 0x20, 2);
    wc_i32(&f, 1);
    wc_op(&f, 0x6b, 0x22, 2, 0x0d, 0, 0x0b, 0x20, 0, 0x0b);
    wb_sized(code, &f);
    gvm_buf_free(&f);
}

/* Calls functions by the first bytes of calldata, loads slot 0, returns a word. */
static void put_invoke(gvm_buf *code, const uint32_t imports[3]) {
    gvm_buf f = {0};
    gvm_buf_put(&f, 0);
    wc_i32(&f, 0);
    wc_i32(&f, 0);
    wc_i32(&f, 32);
    wc_op(&f, 0x10, (uint8_t)imports[0]); /* ghost.input_copy(0, 0, 32) */
    wc_i32(&f, 64);
    wc_i32(&f, 96);
    wc_op(&f, 0x10, (uint8_t)imports[1]); /* ghost.storage_load(64, 96) */
    for (uint32_t i = 0; i < CALLED; i++) {
        wc_i32(&f, 0); /* store(0, call_indirect(load(0) ^ i, load8(i))) */
        wc_i32(&f, 0);
        wc_op(&f, 0x28, 2, 0);
        wc_i32(&f, i * 4);
        wc_op(&f, 0x2d, 0, 0, 0x11, 4, 0, 0x36, 2, 0);
    }
    wc_i32(&f, 0);
    wc_i32(&f, 32);
    wc_op(&f, 0x10, (uint8_t)imports[2]); /* ghost.output(0, 32) */
    wc_i32(&f, 0);
    gvm_buf_put(&f, 0x0b);
    wb_sized(code, &f);
    gvm_buf_free(&f);
}

static void put_module(gvm_buf *out, uint64_t seed) {
    static const char *const names[] = {"input_copy", "storage_load", "output"};
    static const uint32_t imports[3] = {0, 1, 2};
    gvm_buf s = {0};
    gvm_rng r;
    gvm_rng_init(&r, seed);
    wb_begin(out);
    WB_SECTION(out, WB_TYPE, 5, FUNC, 3, I32, I32, I32, 0, FUNC, 2, I32, I32, 0, FUNC, 2, I32, I32,
               0, FUNC, 0, 1, I32, FUNC, 1, I32, 1, I32);
    wb_u32(&s, 3);
    for (uint32_t i = 0; i < 3; i++) {
        wb_name(&s, "ghost");
        wb_name(&s, names[i]);
        gvm_buf_put(&s, 0);
        wb_u32(&s, i);
    }
    wb_section(out, WB_IMPORT, &s);
    wb_u32(&s, FUNCTIONS + 1);
    gvm_buf_put(&s, 3);
    for (int i = 0; i < FUNCTIONS; i++) gvm_buf_put(&s, 4);
    wb_section(out, WB_FUNCTION, &s);
    gvm_buf_put(&s, 1);
    WB_RAW(&s, 0x70, 0);
    wb_u32(&s, 256);
    wb_section(out, WB_TABLE, &s);
    WB_SECTION(out, WB_MEMORY, 1, 0, 1);
    wb_u32(&s, 2);
    wb_name(&s, "memory");
    WB_RAW(&s, 2, 0);
    wb_name(&s, "invoke");
    WB_RAW(&s, 0, 3);
    wb_section(out, WB_EXPORT, &s);
    WB_RAW(&s, 1, 0, 0x41, 0, 0x0b); /* the table: each function, those at the end twice */
    wb_u32(&s, 256);
    for (uint32_t i = 0; i < 256; i++) wb_u32(&s, 4 + i % FUNCTIONS);
    wb_section(out, WB_ELEMENT, &s);
    wb_u32(&s, FUNCTIONS + 1);
    put_invoke(&s, imports);
    for (int i = 0; i < FUNCTIONS; i++) put_function(&s, &r);
    wb_section(out, WB_CODE, &s);
    gvm_buf_free(&s);
}

/* ---- the world: code in a file, as the node's store has it */

typedef struct world {
    gvm_hash hashes[CONTRACTS];
    gvm_bytes codes[CONTRACTS];
    uint8_t *mapped;
    size_t mapped_len;
} world;

static gvm_address address_of(uint32_t i) {
    gvm_address a = {{0xc0}};
    gvm_store_be32(a.b + 16, i);
    return a;
}

static gvm_status read_account(void *ctx, gvm_account *out, const gvm_address *address) {
    const world *w = ctx;
    *out =
        (gvm_account){.code_hash = GVM_EMPTY_CODE_HASH, .storage_root = GVM_EMPTY_ROOT, .nonce = 1};
    if (address->b[0] == 0xc0) out->code_hash = w->hashes[gvm_load_be32(address->b + 16)];
    return GVM_OK;
}
static gvm_status read_storage(void *ctx, gvm_u256 *out, const gvm_address *address,
                               const gvm_u256 *key) {
    (void)ctx, (void)address, (void)key;
    *out = gvm_u256_from_u64(7);
    return GVM_OK;
}
static gvm_status read_code(void *ctx, gvm_bytes *out, const gvm_hash *code_hash) {
    const world *w = ctx;
    for (uint32_t i = 0; i < CONTRACTS; i++) {
        if (gvm_hash_equal(&w->hashes[i], code_hash)) {
            *out = w->codes[i];
            return GVM_OK;
        }
    }
    return GVM_ERR_NOT_FOUND;
}

static void make_world(world *w, const char *path) {
    FILE *f = fopen(path, "wb");
    GVM_ASSERT(f != NULL);
    size_t lens[CONTRACTS], at = 0;
    for (uint32_t i = 0; i < CONTRACTS; i++) {
        gvm_buf code = {0};
        gvm_buf_append(&code, "\xef\x47\0", 3);
        put_module(&code, i + 1);
        GVM_ASSERT(gvm_buf_status(&code) == GVM_OK);
        GVM_ASSERT(fwrite(code.ptr, 1, code.len, f) == code.len);
        gvm_keccak256(&w->hashes[i], gvm_buf_bytes(&code));
        lens[i] = code.len;
        w->mapped_len += code.len;
        gvm_buf_free(&code);
    }
    GVM_ASSERT(fclose(f) == 0);
    int fd = open(path, O_RDONLY);
    w->mapped = mmap(NULL, w->mapped_len, PROT_READ, MAP_SHARED, fd, 0);
    GVM_ASSERT(w->mapped != MAP_FAILED);
    (void)close(fd);
    for (uint32_t i = 0; i < CONTRACTS; i++) {
        w->codes[i] = gvm_bytes_make(w->mapped + at, lens[i]);
        at += lens[i];
    }
}

static double anonymous_mb(void) {
    char line[128];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    GVM_ASSERT(f != NULL);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "RssAnon: %ld", &kb) == 1) break;
    (void)fclose(f);
    return (double)kb / 1024;
}

/* ---- rounds */

static void call(gvm_vm *vm, gvm_state *state, uint32_t i, uint64_t salt) {
    uint8_t input[32];
    gvm_rng r;
    gvm_rng_init(&r, salt);
    gvm_rng_fill(&r, input, sizeof input);
    gvm_message msg = {.kind = GVM_CALL,
                       .gas = 10000000,
                       .sender = evm_sender,
                       .recipient = address_of(i),
                       .code_address = address_of(i),
                       .input = gvm_bytes_make(input, sizeof input)};
    gvm_result result;
    gvm_state_begin_tx(state);
    GVM_ASSERT(gvm_vm_execute(vm, &result, &msg) == GVM_OK);
    GVM_ASSERT(result.outcome == GVM_OUT_SUCCESS);
    gvm_state_end_tx(state, true);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A block of one call each; the same functions in every round, or others each time. */
static double rounds(world *w, int count, bool others, double *peak) {
    gvm_state_reader reader = {w, read_account, read_storage, read_code};
    gvm_state *state;
    gvm_vm vm;
    double rates[ROUNDS];
    GVM_ASSERT(gvm_state_new(&state, reader) == GVM_OK);
    GVM_ASSERT(gvm_vm_init(&vm, state) == GVM_OK);
    vm.rules = gvm_rules_ghost(GVM_FORK_OSAKA);
    vm.block.gas_limit = 30000000;
    for (int k = 0; k < count; k++) {
        gvm_state_reset(state, reader);
        uint64_t start = gvm_clock_monotonic(&gvm_clock_os);
        for (uint32_t i = 0; i < CONTRACTS; i++)
            call(&vm, state, i, i + (others ? (uint64_t)k * CONTRACTS : 0));
        rates[k] = CONTRACTS * 1e9 / (double)(gvm_clock_monotonic(&gvm_clock_os) - start);
        double mb = anonymous_mb();
        if (mb > *peak) *peak = mb;
    }
    gvm_vm_free(&vm);
    gvm_state_delete(state);
    qsort(rates, (size_t)count, sizeof rates[0], by_size);
    return rates[count / 2];
}

static void row(const char *what, double rate, double peak) {
    printf("%-52s %9.0f calls/s  %4.2f of the goal   %6.1f MB anonymous at most\n", what, rate,
           rate / 20000, peak);
}

int main(void) {
    char folder[] = "/tmp/wasm-many-XXXXXX", path[128], disk[128], command[160];
    GVM_ASSERT(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/codes", folder);
    (void)snprintf(disk, sizeof disk, "%s/wasm-code", folder);
    static world w;
    make_world(&w, path);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max < 8192 ? files.rlim_max : 8192;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    printf("%d contracts of %.1f kB, bound of %d MB; goals: 20,000 calls/s, under 150 MB\n",
           CONTRACTS, (double)w.mapped_len / CONTRACTS / 1e3, BOUND >> 20);
    double peak = anonymous_mb();
    row("(before the first call)", 0, peak);

    gvm_wasm_cache_limit(BOUND);
    peak = 0;
    double rate = rounds(&w, 1, false, &peak);
    row("loaded and compiled each time", rate, peak);

    gvm_wasm_disk *kept;
    gvm_error err = {.code = GVM_OK};
    GVM_ASSERT(gvm_wasm_disk_open(&kept, disk, &gvm_entropy_os, &err) == GVM_OK);
    gvm_wasm_cache_disk(kept);
    gvm_wasm_cache_limit(0);
    gvm_wasm_cache_limit(BOUND);
    peak = 0;
    (void)rounds(&w, 1, false, &peak); /* writes the entries */
    rate = rounds(&w, 3, false, &peak);
    row("loaded each time, compiled code from disk, whole", rate, peak);

    if (gvm_wasm_traps_enable() == GVM_OK) {
        gvm_wasm_cache_limit(0);
        gvm_wasm_cache_limit(BOUND);
        peak = 0;
        rate = rounds(&w, 1, false, &peak);
        row("the first round with pages from disk: compiled", rate, peak);
        gvm_wasm_cache_limit(0);
        gvm_wasm_cache_limit(BOUND);
        rate = rounds(&w, 1, false, &peak);
        row("the first round of a process that finds its entries", rate, peak);
        rate = rounds(&w, ROUNDS, false, &peak);
        row("after that, pages from disk as they are touched", rate, peak);
        printf("  %.1f MB held by contracts, of it %.1f MB pages\n",
               (double)gvm_wasm_cache_bytes() / (1 << 20),
               (double)gvm_wasm_lazy_resident_sum() / (1 << 20));
        rate = rounds(&w, ROUNDS, true, &peak);
        row("the same, other functions of a contract each time", rate, peak);
        gvm_wasm_cache_limit(BOUND / 2);
        rate = rounds(&w, 11, false, &peak);
        row("the first again, with a bound of 32 MB", rate, peak);
    }
    gvm_wasm_disk_counts counts;
    gvm_wasm_disk_count(kept, &counts);
    printf("  entries: %llu written, %llu loaded (%llu by the page), %llu missing, %llu refused\n",
           (unsigned long long)counts.written, (unsigned long long)counts.loaded,
           (unsigned long long)counts.lazy, (unsigned long long)counts.missing,
           (unsigned long long)counts.refused);
    gvm_wasm_cache_limit(0);
    gvm_wasm_cache_disk(NULL);
    gvm_wasm_disk_close(kept);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : 1;
}
