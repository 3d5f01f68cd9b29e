/* Speed of the interpreter on ethereum/evm-benchmarks (state tests, London), in million gas a
 * second of thread CPU time. With EVMONE_LIB naming evmone's shared library, the same calls run
 * there too, in turns, and the ratio of the medians is printed: above 1 we are faster.
 *
 * evmone analyses code at each call of its ABI, we once; so what a call with too little gas takes
 * is subtracted from its times. Its host is a table made to be fast (one contract, no calls). */
#include "evmc_peer.h"
#include "support/curve_vectors.h"
#include "support/evm_world.h"

#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <time.h>

#define ROUNDS 9
#define GAS    1000000000

static double cpu_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- the peer's world */

#define TABLE 65536

struct peer_context {
    struct peer_cell {
        gvm_hash key, value;
        uint32_t run;
    } cells[TABLE];
    uint32_t run;
    peer_tx_context tx;
};

static struct peer_cell *cell(peer_context *c, const gvm_hash *key, bool *fresh) {
    uint64_t h = (gvm_load_le64(key->b + 24) ^ gvm_load_le64(key->b)) * 0x9e3779b97f4a7c15u;
    size_t i = h >> 48;
    while (c->cells[i].run == c->run && !gvm_hash_equal(&c->cells[i].key, key)) i = (i + 1) % TABLE;
    *fresh = c->cells[i].run != c->run;
    if (*fresh) c->cells[i] = (struct peer_cell){*key, {{0}}, c->run};
    return &c->cells[i];
}
static bool peer_exists(peer_context *c, const gvm_address *a) {
    (void)c, (void)a;
    return true;
}
static gvm_hash peer_get_storage(peer_context *c, const gvm_address *a, const gvm_hash *key) {
    (void)a;
    bool fresh;
    return cell(c, key, &fresh)->value;
}
/* All slots begin at zero: added, modified in the same run, or taken back. */
static int peer_set_storage(peer_context *c, const gvm_address *a, const gvm_hash *key,
                            const gvm_hash *value) {
    (void)a;
    bool fresh;
    struct peer_cell *at = cell(c, key, &fresh);
    bool was = !gvm_hash_is_zero(&at->value), is = !gvm_hash_is_zero(value);
    at->value = *value;
    return !was && is ? 1 : was && !is ? 7 : 0;
}
static gvm_hash peer_zero(peer_context *c, const gvm_address *a) {
    (void)c, (void)a;
    return (gvm_hash){{0}};
}
static size_t peer_code_size(peer_context *c, const gvm_address *a) {
    (void)c, (void)a;
    return 0;
}
static size_t peer_copy_code(peer_context *c, const gvm_address *a, size_t from, uint8_t *out,
                             size_t len) {
    (void)c, (void)a, (void)from, (void)out, (void)len;
    return 0;
}
static bool peer_selfdestruct(peer_context *c, const gvm_address *a, const gvm_address *b) {
    (void)c, (void)a, (void)b;
    return true;
}
static peer_result peer_call(peer_context *c, const peer_message *m) {
    (void)c, (void)m;
    GVM_ASSERT(!"no case calls");
    return (peer_result){0};
}
static peer_tx_context peer_get_tx(peer_context *c) {
    return c->tx;
}
static gvm_hash peer_block_hash(peer_context *c, int64_t n) {
    (void)c, (void)n;
    return (gvm_hash){{0}};
}
static void peer_log(peer_context *c, const gvm_address *a, const uint8_t *p, size_t n,
                     const gvm_hash *t, size_t k) {
    (void)c, (void)a, (void)p, (void)n, (void)t, (void)k;
}
static int peer_access_account(peer_context *c, const gvm_address *a) {
    (void)c, (void)a;
    return 1;
}
static int peer_access_storage(peer_context *c, const gvm_address *a, const gvm_hash *key) {
    (void)a;
    bool fresh;
    (void)cell(c, key, &fresh);
    return !fresh;
}
static gvm_hash peer_get_transient(peer_context *c, const gvm_address *a, const gvm_hash *key) {
    (void)key;
    return peer_zero(c, a);
}
static void peer_set_transient(peer_context *c, const gvm_address *a, const gvm_hash *key,
                               const gvm_hash *value) {
    (void)c, (void)a, (void)key, (void)value;
}
static const peer_host host = {
    peer_exists,         peer_get_storage,    peer_set_storage,   peer_zero,
    peer_code_size,      peer_zero,           peer_copy_code,     peer_selfdestruct,
    peer_call,           peer_get_tx,         peer_block_hash,    peer_log,
    peer_access_account, peer_access_storage, peer_get_transient, peer_set_transient};

/* ---- one case */

typedef struct bench_case {
    char name[96];
    gvm_address to;
    gvm_buf code, input;
} bench_case;

static peer_vm *peer;
static peer_context context;

static int64_t run_peer(const bench_case *b, int64_t gas) {
    peer_message msg = {.gas = gas,
                        .recipient = b->to,
                        .sender = evm_sender,
                        .input = b->input.ptr,
                        .input_len = b->input.len,
                        .code_address = b->to,
                        .code = b->code.ptr,
                        .code_len = b->code.len};
    context.run++;
    peer_result r =
        peer->execute(peer, &host, &context, PEER_LONDON, &msg, b->code.ptr, b->code.len);
    int64_t used = gas - r.gas_left;
    if (r.release != NULL) r.release(&r);
    return used;
}

static int64_t run_ours(evm_world *w, const bench_case *b, int64_t gas) {
    evm_world_call(w, &b->to, gas, gvm_buf_bytes(&b->input));
    return gas - w->result.gas_left;
}

static double time_ours(evm_world *w, const bench_case *b, int64_t gas, unsigned n) {
    double start = cpu_now();
    for (unsigned i = 0; i < n; i++) (void)run_ours(w, b, gas);
    return (cpu_now() - start) / n;
}
static double time_peer(const bench_case *b, int64_t gas, unsigned n) {
    double start = cpu_now();
    for (unsigned i = 0; i < n; i++) (void)run_peer(b, gas);
    return (cpu_now() - start) / n;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double median(double *v, size_t n) {
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

static double log_sum, worst = 1e9;
static unsigned compared;

/* How often to run what takes so long, for about 20 ms. */
static unsigned turns(double once) {
    return once > 0.02 ? 1 : (unsigned)(0.02 / (once + 1e-9)) + 1;
}

static void measure(const bench_case *b) {
    evm_world w;
    evm_world_open(&w, GVM_FORK_LONDON);
    evm_world_put(&w, &b->to, 0, gvm_buf_bytes(&b->code));
    int64_t gas = run_ours(&w, b, GAS);
    double once = time_ours(&w, b, GAS, 1), ours[ROUNDS], theirs[ROUNDS];
    unsigned n = turns(once);
    if (peer != NULL && run_peer(b, GAS) != gas)
        printf("%-40s the gas differs: %lld here, %lld there\n", b->name, (long long)gas,
               (long long)run_peer(b, GAS));
    double analysis = peer != NULL ? time_peer(b, 0, 200) : 0;
    unsigned peer_n = peer != NULL ? turns(time_peer(b, GAS, 1)) : 0;
    for (int i = 0; i < ROUNDS; i++) {
        ours[i] = time_ours(&w, b, GAS, n);
        if (peer != NULL) theirs[i] = time_peer(b, GAS, peer_n) - analysis;
    }
    double mine = median(ours, ROUNDS);
    printf("%-40s %10lld gas %9.1f Mgas/s", b->name, (long long)gas, (double)gas / mine / 1e6);
    if (peer != NULL) {
        double other = median(theirs, ROUNDS), ratio = other / mine;
        printf("   evmone %9.1f   ratio %.2f", (double)gas / other / 1e6, ratio);
        log_sum += log(ratio < 2 ? ratio : 2);
        if (ratio < worst) worst = ratio;
        compared++;
    }
    printf("\n");
    fflush(stdout);
    evm_world_close(&w);
}

/* ---- the set */

static void run_test(const char *name, yyjson_val *test) {
    yyjson_val *tx = yyjson_obj_get(test, "transaction"), *data = yyjson_obj_get(tx, "data");
    bench_case b = {.input = {0}};
    gvm_buf to = vector_hex(tx, "to");
    GVM_ASSERT(to.len == sizeof b.to);
    memcpy(b.to.b, to.ptr, sizeof b.to);
    yyjson_val *pre = yyjson_obj_get(test, "pre");
    b.code = vector_hex(yyjson_obj_get(pre, yyjson_get_str(yyjson_obj_get(tx, "to"))), "code");
    yyjson_val *labels = yyjson_obj_get(yyjson_obj_get(test, "_info"), "labels");
    size_t i, n;
    yyjson_val *item;
    yyjson_arr_foreach(data, i, n, item) {
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        const char *label = yyjson_get_str(yyjson_obj_get(labels, index));
        snprintf(b.name, sizeof b.name, "%s/%s", name, label != NULL ? label : index);
        gvm_buf_clear(&b.input);
        (void)vector_hex_text(&b.input, yyjson_get_str(item));
        measure(&b);
    }
    gvm_buf_free(&to);
    gvm_buf_free(&b.code);
    gvm_buf_free(&b.input);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void run_folder(const char *folder, const char *only) {
    char path[512], *names[64];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%s", vector_root(), folder);
    DIR *d = opendir(path);
    if (d == NULL) return;
    for (struct dirent *e; (e = readdir(d)) != NULL && count < 64;)
        if (strstr(e->d_name, ".json") != NULL) names[count++] = strdup(e->d_name);
    closedir(d);
    qsort(names, count, sizeof *names, by_name);
    for (size_t k = 0; k < count; k++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[k]);
        free(names[k]);
        if (only != NULL && strstr(path, only) == NULL) continue;
        yyjson_doc *doc = vector_json(path);
        size_t i, n;
        yyjson_val *key, *test;
        yyjson_obj_foreach(yyjson_doc_get_root(doc), i, n, key, test)
            run_test(yyjson_get_str(key), test);
        yyjson_doc_free(doc);
    }
}

static void load_peer(void) {
    const char *path = getenv("EVMONE_LIB");
    if (path == NULL) {
        printf("(EVMONE_LIB is not set: no comparison)\n");
        return;
    }
    void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (lib == NULL) {
        printf("(%s: no comparison)\n", dlerror());
        return;
    }
    peer_vm *(*create)(void);
    *(void **)&create = dlsym(lib, "evmc_create_evmone");
    if (create != NULL) peer = create();
    if (peer != NULL && peer->abi_version != 12) peer = NULL;
    if (peer != NULL) printf("peer: %s %s\n", peer->name, peer->version);
}

/* One argument: a part of a case's path, to run that alone. */
int main(int argc, char **argv) {
    vector_need("ethereum/evm-benchmarks");
    load_peer();
    const char *only = argc > 1 ? argv[1] : NULL;
    run_folder("ethereum/evm-benchmarks/main", only);
    run_folder("ethereum/evm-benchmarks/micro", only);
    if (compared > 0)
        printf("%u cases, geometric mean of the ratios %.3f (none counted as more than 2), worst "
               "%.2f\n",
               compared, exp(log_sum / compared), worst);
    return 0;
}
