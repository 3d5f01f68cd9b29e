/* Compiled code that comes from elsewhere, a page at a time, when it is touched.
 *
 * A module that was validated once needs little to be called: its types, its exports, the entries
 * of its functions. The rest is large and mostly idle, so it can be left where it is kept:
 *
 *      | code, in pages          | words | origins | places |
 *        a page when it runs       all three when one is read
 *
 * The address space is reserved without access. A touch is a fault, which gvm_wasm_traps_enable's
 * handler brings here; the piece is read, checked by its source, and only then put in place with
 * its last permission (code: executable, the tables: readable), so nobody ever sees half of it.
 * What was put in place can be dropped at any time: who needs it again will touch it again. */
#define _GNU_SOURCE
#include "vm/jit/code.h"
#include "vm/wasm/runtime.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE GVM_WASM_IMAGE_PAGE

struct gvm_wasm_lazy {
    uint8_t *at;
    size_t code_len, tables_len; /* multiples of PAGE */
    gvm_wasm_image image;
    uint8_t *loaded; /* a byte for each page of code */
    bool tables;
    atomic_size_t resident;
};

/* Held for a few system calls, in the handler too: a thread that holds it touches nothing lazy. */
static atomic_flag busy = ATOMIC_FLAG_INIT;
static uint8_t scratch[PAGE];
static atomic_size_t resident_sum;

static void take_lock(void) {
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) (void)sched_yield();
}
static void give_lock(void) {
    atomic_flag_clear_explicit(&busy, memory_order_release);
}

/* What was there a moment ago is gone or altered. Nothing can run on, and nothing may be guessed.
 */
_Noreturn static void stop(void) {
    static const char text[] = "ghostvm: compiled code was altered or taken away while in use\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    abort();
}

static void count(gvm_wasm_lazy *z, size_t bytes) {
    atomic_fetch_add_explicit(&z->resident, bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&resident_sum, bytes, memory_order_relaxed);
}

static void load_code(gvm_wasm_lazy *z, size_t page) {
    uint8_t *to = z->at + page * PAGE;
    if (!z->image.read(z->image.ctx, scratch, page * PAGE, PAGE) ||
        mprotect(to, PAGE, PROT_READ | PROT_WRITE) != 0)
        stop();
    memcpy(to, scratch, PAGE);
    __builtin___clear_cache((char *)to, (char *)to + PAGE);
    if (mprotect(to, PAGE, PROT_READ | PROT_EXEC) != 0) stop();
    z->loaded[page] = 1;
    count(z, PAGE);
}

/* Readers do not need the executable bit to be kept out: so this is made beside, and moved. */
static void load_tables(gvm_wasm_lazy *z) {
    size_t len = z->tables_len;
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || !z->image.read(z->image.ctx, p, z->code_len, len) ||
        mprotect(p, len, PROT_READ) != 0 ||
        mremap(p, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, z->at + z->code_len) == MAP_FAILED)
        stop();
    z->tables = true;
    count(z, len);
}

bool gvm_wasm_lazy_fault(uintptr_t at, bool fetch) {
    const gvm_wasm_machine *x = gvm_jit_find(at);
    if (x == NULL || x->lazy == NULL) return false;
    gvm_wasm_lazy *z = x->lazy;
    size_t offset = at - (uintptr_t)z->at;
    if (fetch && offset >= z->code_len) return false;
    take_lock();
    if (offset >= z->code_len) {
        if (!z->tables) load_tables(z);
    } else if (!z->loaded[offset / PAGE]) {
        load_code(z, offset / PAGE);
    }
    give_lock();
    return true;
}

void gvm_wasm_lazy_drop(gvm_wasm_module *m) {
    for (unsigned i = 0; i < 2; i++) {
        gvm_wasm_machine *x = atomic_load(&m->machines[i]);
        if (x == NULL || x->lazy == NULL) continue;
        gvm_wasm_lazy *z = x->lazy;
        take_lock();
        size_t len = z->code_len + z->tables_len;
        if (mprotect(z->at, len, PROT_NONE) == 0 && madvise(z->at, len, MADV_DONTNEED) == 0) {
            memset(z->loaded, 0, z->code_len / PAGE);
            z->tables = false;
            atomic_fetch_sub(&resident_sum, atomic_exchange(&z->resident, 0));
        }
        give_lock();
    }
}

size_t gvm_wasm_lazy_resident(const gvm_wasm_module *m) {
    size_t sum = 0;
    for (unsigned i = 0; i < 2; i++) {
        const gvm_wasm_machine *x = atomic_load(&m->machines[i]);
        if (x != NULL && x->lazy != NULL) sum += atomic_load(&x->lazy->resident);
    }
    return sum;
}

size_t gvm_wasm_lazy_resident_sum(void) {
    return atomic_load_explicit(&resident_sum, memory_order_relaxed);
}

void gvm_wasm_lazy_delete(gvm_wasm_lazy *z) {
    if (z == NULL) return;
    gvm_jit_free(z->at, z->code_len + z->tables_len);
    atomic_fetch_sub(&resident_sum, atomic_load(&z->resident));
    if (z->image.close != NULL) z->image.close(z->image.ctx);
    free(z->loaded);
    free(z);
}

size_t gvm_wasm_image_code(size_t code_len) {
    return (code_len + PAGE - 1) & ~(size_t)(PAGE - 1);
}

size_t gvm_wasm_image_tables(const gvm_wasm_module *m, const gvm_wasm_native *n) {
    size_t len = (size_t)m->words.len * sizeof *m->words.at +
                 (size_t)m->origins.len * sizeof *m->origins.at +
                 (size_t)n->places_len * sizeof *n->places;
    return (len + PAGE - 1) & ~(size_t)(PAGE - 1);
}

void gvm_wasm_image_put(uint8_t *out, const gvm_wasm_module *m, const gvm_wasm_native *n) {
    size_t code = gvm_wasm_image_code(n->code.len);
    const struct {
        const void *at;
        size_t len;
    } parts[] = {{m->words.at, (size_t)m->words.len * sizeof *m->words.at},
                 {m->origins.at, (size_t)m->origins.len * sizeof *m->origins.at},
                 {n->places, (size_t)n->places_len * sizeof *n->places}};
    memset(out, 0, code + gvm_wasm_image_tables(m, n));
    memcpy(out, n->code.ptr, n->code.len);
    out += code;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].len != 0) memcpy(out, parts[i].at, parts[i].len);
        out += parts[i].len;
    }
}

bool gvm_wasm_image_equal(const gvm_wasm_module *m, const gvm_wasm_native *n,
                          const uint8_t *tables) {
    size_t words = (size_t)m->words.len * sizeof *m->words.at;
    size_t origins = (size_t)m->origins.len * sizeof *m->origins.at;
    return gvm_wasm_native_fits(m, n) && (words == 0 || memcmp(tables, m->words.at, words) == 0) &&
           (origins == 0 || memcmp(tables + words, m->origins.at, origins) == 0);
}

uint32_t *gvm_wasm_image_places(const gvm_wasm_module *m, uint8_t *tables) {
    return (uint32_t *)(void *)(tables + (size_t)m->words.len * sizeof *m->words.at +
                                (size_t)m->origins.len * sizeof *m->origins.at);
}

/* The module's own tables give way to the image's, which are equal. */
static void point_at(gvm_wasm_module *m, gvm_wasm_machine *x, uint8_t *tables) {
    if (m->words.cap != 0) free(m->words.at);
    if (m->origins.cap != 0) free(m->origins.at);
    m->words.cap = m->origins.cap = 0;
    m->words.at = (gvm_wasm_word *)(void *)tables;
    tables += (size_t)m->words.len * sizeof *m->words.at;
    m->origins.at = (gvm_wasm_origin *)(void *)tables;
    tables += (size_t)m->origins.len * sizeof *m->origins.at;
    x->n.places = (uint32_t *)(void *)tables;
    for (uint32_t i = 0; i < m->codes.len; i++)
        m->codes.at[i].entry = m->words.at + m->codes.at[i].first + 1;
}

bool gvm_wasm_image_possible(void) {
    return gvm_wasm_guards_memory() && sysconf(_SC_PAGESIZE) == (long)PAGE;
}

gvm_status gvm_wasm_module_attach_image(gvm_wasm_module *m, const gvm_wasm_native *n,
                                        const gvm_wasm_image *image) {
    if (!gvm_wasm_image_possible()) return GVM_ERR_UNSUPPORTED;
    if (gvm_wasm_module_any_machine(m) != NULL) return GVM_ERR_STATE;
    if (!gvm_wasm_native_fits(m, n)) return GVM_ERR_CORRUPT;
    gvm_wasm_machine *x = calloc(1, sizeof *x);
    gvm_wasm_lazy *z = calloc(1, sizeof *z);
    uint32_t *entries = malloc((n->entries_len + 1u) * sizeof *entries);
    if (x == NULL || z == NULL || entries == NULL) goto fail;
    z->code_len = gvm_wasm_image_code(n->code.len);
    z->tables_len = gvm_wasm_image_tables(m, n);
    z->loaded = calloc(1, z->code_len / PAGE);
    if (z->loaded == NULL) goto fail;
    void *p = mmap(NULL, z->code_len + z->tables_len, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) goto fail;
    z->at = p;
    memcpy(entries, n->entries, n->entries_len * sizeof *entries);
    x->module = m;
    x->n = *n;
    x->n.entries = entries;
    x->code = x->n.code.ptr = z->at;
    x->lazy = z;
    if (!gvm_jit_adopt(z->at, z->code_len + z->tables_len, x)) {
        munmap(z->at, z->code_len + z->tables_len);
        goto fail;
    }
    z->image = *image;
    point_at(m, x, z->at + z->code_len);
    atomic_store_explicit(&m->machines[n->form], x, memory_order_release);
    gvm_wasm_module_tell(x);
    return GVM_OK;
fail:
    if (z != NULL) free(z->loaded);
    free(z);
    free(x);
    free(entries);
    return GVM_ERR_NOMEM;
}

/* ---- what a module holds */

size_t gvm_wasm_module_memory(const gvm_wasm_module *m) {
    size_t sum = sizeof *m + m->arena.total;
#define ADD(vec) sum += (size_t)m->vec.cap * sizeof *m->vec.at
    ADD(types), ADD(funcs), ADD(tables), ADD(memories), ADD(globals), ADD(imports), ADD(exports);
    ADD(elements), ADD(element_items), ADD(data), ADD(data_bytes), ADD(customs), ADD(codes);
    ADD(words), ADD(origins);
#undef ADD
    for (unsigned i = 0; i < 2; i++) {
        const gvm_wasm_machine *x = atomic_load(&m->machines[i]);
        if (x == NULL) continue;
        sum += sizeof *x + x->n.entries_len * sizeof *x->n.entries;
        if (x->lazy != NULL)
            sum += sizeof *x->lazy + x->lazy->code_len / PAGE;
        else
            sum += x->n.code.len + x->n.places_len * sizeof *x->n.places;
    }
    return sum;
}

#define TRIM(vec)                                                            \
    do {                                                                     \
        void *p_ = m->vec.cap == 0 || m->vec.len == 0                        \
                       ? NULL                                                \
                       : realloc(m->vec.at, m->vec.len * sizeof *m->vec.at); \
        if (p_ != NULL) {                                                    \
            m->vec.at = p_;                                                  \
            m->vec.cap = m->vec.len;                                         \
        }                                                                    \
    } while (0)

void gvm_wasm_module_trim(gvm_wasm_module *m) {
    TRIM(types);
    TRIM(funcs);
    TRIM(imports);
    TRIM(exports);
    TRIM(elements);
    TRIM(element_items);
    TRIM(data);
    TRIM(data_bytes);
    TRIM(customs);
    TRIM(codes);
}
