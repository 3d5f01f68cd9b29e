/* Entries are files named by what they are for, written beside and renamed into place. A name says
 * all that compiled code depends on: the module's hash, the sources that compile and run it, the
 * price table, limits, machine and processor, the entry's format; so nothing has to be cleared when
 * one of them changes, and a folder may serve several builds. What a power cut leaves behind is a
 * file whose seals do not hold, so nothing needs to be synced. */
#define _GNU_SOURCE
#include "vm/wasmhost/code_cache.h"

#include "crypto/blake3.h"
#include "vm/wasm/opcode.h"
#include "vm/wasmhost/code_entry.h"
#include "wasm_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE GVM_WASM_IMAGE_PAGE

struct gvm_wasm_disk {
    int folder;
    gvm_wasm_entry_keys keys;
    atomic_ullong loaded, missing, refused, written, lazy, temporary;
};

/* ---- what an entry is for */

static void put_text(gvm_blake3_state *s, const char *text) {
    gvm_blake3_update(s, gvm_bytes_make(text, strlen(text) + 1));
}

static void put_prices(gvm_blake3_state *s) {
    static const struct {
        const char *name;
        uint64_t units;
    } prices[] = {
#define X(name, units) {#name, (units)},
#include "vm/wasm/prices.inc"
#undef X
    };
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        uint8_t units[8];
        put_text(s, prices[i].name);
        gvm_store_le64(units, prices[i].units);
        gvm_blake3_update(s, gvm_bytes_make(units, sizeof units));
    }
}

static void put_processor(gvm_blake3_state *s) {
#if defined(__x86_64__)
#define FEATURE(name) put_text(s, __builtin_cpu_supports(name) ? "+" name : "-" name)
    __builtin_cpu_init();
    FEATURE("sse4.1");
    FEATURE("sse4.2");
    FEATURE("popcnt");
    FEATURE("avx");
    FEATURE("avx2");
    FEATURE("bmi");
    FEATURE("bmi2");
    FEATURE("fma");
    FEATURE("avx512f");
#else
    put_text(s, "");
#endif
}

/* Limits field by field: a structure has bytes that are nobody's. */
static void put_limits(gvm_blake3_state *s, const gvm_wasm_limits *l) {
    const uint64_t all[] = {l->module_bytes, l->functions,      l->types,        l->globals,
                            l->memories,     l->tables,         l->data,         l->elements,
                            l->imports,      l->exports,        l->name_bytes,   l->params,
                            l->results,      l->locals,         l->locals_total, l->body_bytes,
                            l->nesting,      l->height,         l->br_table,     l->memory_pages,
                            l->table_size,   l->locals_by_bytes};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint8_t b[8];
        gvm_store_le64(b, all[i]);
        gvm_blake3_update(s, gvm_bytes_make(b, sizeof b));
    }
}

static void identify(gvm_hash *out, const gvm_wasm_limits *limits, const gvm_hash *code_hash) {
    gvm_blake3_state s;
    gvm_blake3_init(&s);
    put_text(&s, "compiled WebAssembly, entry 1");
    gvm_blake3_update(&s, gvm_bytes_make(code_hash->b, sizeof code_hash->b));
    put_text(&s, GVM_WASM_BUILD);
    put_prices(&s);
    put_limits(&s, limits);
    put_text(&s, gvm_wasm_native_target());
    put_processor(&s);
    put_text(&s, gvm_wasm_form_here() == GVM_WASM_GUARDED ? "guarded" : "checked");
    gvm_blake3_output(&s, out->b, sizeof out->b, 0);
}

static void name_of(char out[GVM_WASM_DISK_NAME], const gvm_hash *identity) {
    for (size_t i = 0; i < 32; i++) (void)snprintf(out + 2 * i, 3, "%02x", identity->b[i]);
}

void gvm_wasm_disk_name(char out[GVM_WASM_DISK_NAME], const gvm_wasm_limits *limits,
                        const gvm_hash *code_hash) {
    gvm_hash identity;
    identify(&identity, limits, code_hash);
    name_of(out, &identity);
}

/* ---- the folder and its key */

static bool is_ours(const struct stat *st, mode_t forbidden) {
    return st->st_uid == geteuid() && (st->st_mode & forbidden) == 0;
}

static gvm_status open_folder(int *out, const char *folder, gvm_error *err) {
    struct stat st;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return gvm_error_set(err, GVM_ERR_IO, "%s: cannot be made: %s", folder, strerror(errno));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return gvm_error_set(err,
                             errno == ELOOP || errno == ENOTDIR ? GVM_ERR_PERMISSION : GVM_ERR_IO,
                             "%s: not a folder of its own: %s", folder, strerror(errno));
    if (fstat(fd, &st) != 0 || !is_ours(&st, 077)) {
        (void)close(fd);
        return gvm_error_set(err, GVM_ERR_PERMISSION,
                             "%s: must belong to this user and be closed to others (chmod 700)",
                             folder);
    }
    *out = fd;
    return GVM_OK;
}

static bool write_all(int fd, gvm_bytes bytes) {
    while (bytes.len != 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = gvm_bytes_make(bytes.ptr + n, bytes.len - (size_t)n);
    }
    return true;
}

/* Reads all `len` bytes; for signal handlers too. */
static bool read_all(int fd, uint8_t *out, size_t len, uint64_t at) {
    while (len != 0) {
        ssize_t n = pread(fd, out, len, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        out += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return true;
}

/* Written beside and linked into place, so that of two processes one key stays. */
static gvm_status make_key(int folder, const gvm_entropy *entropy) {
    uint8_t key[32];
    char name[64];
    (void)snprintf(name, sizeof name, "key.%ld", (long)getpid());
    GVM_TRY(gvm_entropy_fill(entropy, key, sizeof key));
    (void)unlinkat(folder, name, 0);
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, gvm_bytes_make(key, sizeof key)) && fsync(fd) == 0;
    gvm_wipe(key, sizeof key);
    if (fd >= 0) (void)close(fd);
    if (good && linkat(folder, name, folder, "key", 0) != 0) good = errno == EEXIST;
    if (fd >= 0) (void)unlinkat(folder, name, 0);
    return good ? GVM_OK : GVM_ERR_IO;
}

static gvm_status read_key(gvm_wasm_disk *c, const char *folder, gvm_error *err) {
    uint8_t key[32];
    struct stat st;
    int fd = openat(c->folder, "key", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT
                   ? GVM_ERR_NOT_FOUND
                   : gvm_error_set(err, GVM_ERR_PERMISSION, "%s/key: %s", folder, strerror(errno));
    gvm_status status = GVM_OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !is_ours(&st, 077) || st.st_nlink > 2)
        status = gvm_error_set(err, GVM_ERR_PERMISSION,
                               "%s/key: must be this user's file and closed to others (chmod 600)",
                               folder);
    else if (st.st_size != sizeof key || !read_all(fd, key, sizeof key, 0))
        status = gvm_error_set(err, GVM_ERR_CORRUPT, "%s/key: not a key of 32 bytes", folder);
    else
        gvm_wasm_entry_keys_derive(&c->keys, key);
    gvm_wipe(key, sizeof key);
    (void)close(fd);
    return status;
}

gvm_status gvm_wasm_disk_open(gvm_wasm_disk **out, const char *folder, const gvm_entropy *entropy,
                              gvm_error *err) {
    gvm_wasm_disk *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL) return GVM_ERR_NOMEM;
    c->folder = -1;
    gvm_status status = open_folder(&c->folder, folder, err);
    if (status == GVM_OK) status = read_key(c, folder, err);
    if (status == GVM_ERR_NOT_FOUND) {
        status = make_key(c->folder, entropy);
        if (status != GVM_OK)
            gvm_error_set(err, status, "%s/key: cannot be written", folder);
        else
            status = read_key(c, folder, err);
    }
    if (status == GVM_OK)
        *out = c;
    else
        gvm_wasm_disk_close(c);
    return status;
}

void gvm_wasm_disk_close(gvm_wasm_disk *c) {
    if (c == NULL) return;
    if (c->folder >= 0) (void)close(c->folder);
    gvm_wipe(&c->keys, sizeof c->keys);
    free(c);
}

void gvm_wasm_disk_count(const gvm_wasm_disk *c, gvm_wasm_disk_counts *out) {
    *out = (gvm_wasm_disk_counts){.loaded = atomic_load(&c->loaded),
                                  .missing = atomic_load(&c->missing),
                                  .refused = atomic_load(&c->refused),
                                  .written = atomic_load(&c->written),
                                  .lazy = atomic_load(&c->lazy)};
}

/* ---- what a lazy module keeps of its entry */

typedef struct source {
    int fd;
    gvm_wasm_entry_keys keys;
    gvm_hash identity;
    uint32_t pages;
    uint64_t image;
    uint8_t seals[]; /* 32 bytes each */
} source;

/* Descriptors that lazy modules hold; at most half of what the process may have. */
static atomic_uint held;

static bool read_piece(void *ctx, uint8_t *out, size_t at, size_t len) {
    const source *s = ctx;
    uint64_t index = at / PAGE;
    return read_all(s->fd, out, len, s->image + at) &&
           gvm_wasm_entry_piece(s->seals + index * 32, &s->identity, index,
                                gvm_bytes_make(out, len), &s->keys);
}

static void close_source(void *ctx) {
    source *s = ctx;
    (void)close(s->fd);
    atomic_fetch_sub(&held, 1);
    gvm_wipe(&s->keys, sizeof s->keys);
    free(s);
}

static bool may_hold(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    if (atomic_fetch_add(&held, 1) < limit.rlim_cur / 2) return true;
    atomic_fetch_sub(&held, 1);
    return false;
}

/* ---- loading */

/* An entry in memory, opened and checked. */
typedef struct opened {
    int fd;
    gvm_hash identity;
    gvm_buf file;
    gvm_bytes head;
    gvm_wasm_entry entry;
} opened;

static gvm_status check_pieces(const gvm_wasm_disk *c, const opened *o) {
    const gvm_wasm_entry *e = &o->entry;
    const uint8_t *image = o->file.ptr + e->image;
    for (uint64_t i = 0; i <= e->pages; i++) {
        size_t len = i < e->pages ? PAGE : (size_t)e->tables;
        if (!gvm_wasm_entry_piece(e->seals + i * 32, &o->identity, i,
                                  gvm_bytes_make(image + i * PAGE, len), &c->keys))
            return GVM_ERR_CORRUPT;
    }
    return GVM_OK;
}

/* GVM_ERR_NOT_FOUND: no file; GVM_ERR_CORRUPT: not one to be used. */
static gvm_status open_entry(const gvm_wasm_disk *c, opened *o) {
    char name[GVM_WASM_DISK_NAME];
    struct stat st;
    name_of(name, &o->identity);
    o->fd = openat(c->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (o->fd < 0) return errno == ENOENT ? GVM_ERR_NOT_FOUND : GVM_ERR_CORRUPT;
    if (fstat(o->fd, &st) != 0 || !S_ISREG(st.st_mode) || !is_ours(&st, 077) || st.st_size < 16 ||
        st.st_size > GVM_WASM_ENTRY_MAX)
        return GVM_ERR_CORRUPT;
    uint8_t *p = gvm_buf_extend(&o->file, (size_t)st.st_size);
    if (p == NULL) return GVM_ERR_NOMEM;
    if (!read_all(o->fd, p, (size_t)st.st_size, 0)) return GVM_ERR_CORRUPT;
    gvm_bytes file = gvm_buf_bytes(&o->file);
    GVM_TRY(gvm_wasm_entry_parse(&o->entry, file, file.len));
    o->head = gvm_bytes_make(p, gvm_wasm_entry_head_len(p));
    if (!gvm_wasm_entry_is(&o->entry, o->head, &c->keys, &o->identity)) return GVM_ERR_CORRUPT;
    return check_pieces(c, o);
}

/* The module's own tables, as they were written, must be those that it has now. */
static bool tables_equal(const gvm_wasm_module *m, const opened *o, gvm_wasm_native *n) {
    if (gvm_wasm_image_tables(m, n) != o->entry.tables) return false;
    return gvm_wasm_image_equal(m, n, o->file.ptr + o->entry.image + o->entry.pages * PAGE);
}

static gvm_status attach_lazy(gvm_wasm_disk *c, gvm_wasm_module *m, opened *o,
                              const gvm_wasm_native *n) {
    size_t seals = (o->entry.pages + 1u) * 32u;
    if (!may_hold()) return GVM_ERR_UNSUPPORTED;
    source *s = malloc(sizeof *s + seals);
    gvm_status status = GVM_ERR_NOMEM;
    if (s != NULL) {
        *s = (source){.fd = o->fd,
                      .keys = c->keys,
                      .identity = o->identity,
                      .pages = o->entry.pages,
                      .image = o->entry.image};
        memcpy(s->seals, o->entry.seals, seals);
        gvm_wasm_image image = {.read = read_piece, .close = close_source, .ctx = s};
        status = gvm_wasm_module_attach_image(m, n, &image);
    }
    if (status == GVM_OK) {
        o->fd = -1; /* the image's now */
        atomic_fetch_add(&c->lazy, 1);
        return GVM_OK;
    }
    free(s);
    atomic_fetch_sub(&held, 1);
    return status;
}

static gvm_status attach(gvm_wasm_disk *c, gvm_wasm_module *m, opened *o) {
    const gvm_wasm_entry *e = &o->entry;
    gvm_wasm_native n = e->n;
    const uint8_t *image = o->file.ptr + e->image;
    n.entries = malloc((n.entries_len + 1u) * sizeof *n.entries);
    if (n.entries == NULL) return GVM_ERR_NOMEM;
    for (uint32_t i = 0; i < n.entries_len; i++) n.entries[i] = gvm_load_le32(e->entries + 4u * i);
    gvm_status status = GVM_ERR_CORRUPT;
    if (tables_equal(m, o, &n)) {
        status = attach_lazy(c, m, o, &n);
        if (status == GVM_ERR_UNSUPPORTED) {
            n.code.ptr = image;
            n.places = gvm_wasm_image_places(m, (uint8_t *)(uintptr_t)image + e->pages * PAGE);
            status = gvm_wasm_module_attach(m, &n);
        }
    }
    free(n.entries);
    return status;
}

gvm_status gvm_wasm_disk_load(gvm_wasm_disk *c, gvm_wasm_module *m, const gvm_wasm_limits *limits,
                              const gvm_hash *code_hash) {
    opened o = {.fd = -1};
    if (gvm_wasm_native_target()[0] == '\0') return GVM_ERR_NOT_FOUND;
    identify(&o.identity, limits, code_hash);
    gvm_status status = open_entry(c, &o);
    if (status == GVM_OK) status = attach(c, m, &o);
    if (o.fd >= 0) (void)close(o.fd);
    gvm_buf_free(&o.file);
    if (status == GVM_OK) {
        atomic_fetch_add(&c->loaded, 1);
    } else if (status != GVM_ERR_NOMEM) {
        atomic_fetch_add(status == GVM_ERR_NOT_FOUND ? &c->missing : &c->refused, 1);
        status = GVM_ERR_NOT_FOUND;
    }
    return status;
}

/* ---- saving */

gvm_status gvm_wasm_disk_save(gvm_wasm_disk *c, const gvm_wasm_module *m,
                              const gvm_wasm_limits *limits, const gvm_hash *code_hash) {
    char name[GVM_WASM_DISK_NAME], temporary[96];
    gvm_hash identity;
    gvm_buf file = {0};
    identify(&identity, limits, code_hash);
    name_of(name, &identity);
    gvm_status status = gvm_wasm_entry_put(&file, m, gvm_wasm_form_here(), &identity, &c->keys);
    if (status == GVM_OK) {
        (void)snprintf(temporary, sizeof temporary, "new.%ld.%llu", (long)getpid(),
                       (unsigned long long)atomic_fetch_add(&c->temporary, 1));
        (void)unlinkat(c->folder, temporary, 0);
        int fd = openat(c->folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        0600);
        bool good = fd >= 0 && write_all(fd, gvm_buf_bytes(&file));
        if (fd >= 0 && close(fd) != 0) good = false;
        if (good) good = renameat(c->folder, temporary, c->folder, name) == 0;
        if (fd >= 0 && !good) (void)unlinkat(c->folder, temporary, 0);
        status = good ? GVM_OK : GVM_ERR_IO;
    }
    gvm_buf_free(&file);
    if (status == GVM_OK) atomic_fetch_add(&c->written, 1);
    return status;
}
