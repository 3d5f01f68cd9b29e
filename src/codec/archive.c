#include "codec/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

const gvm_archive_limits gvm_archive_default_limits = {
    .file_size = GVM_ARCHIVE_FILE_MAX,
    .total_size = GVM_ARCHIVE_TOTAL_MAX,
    .files = GVM_ARCHIVE_FILES_MAX,
    .depth = GVM_ARCHIVE_FOLDERS_MAX,
};

enum {
    BLOCK = 512,
    WINDOW_LOG_MAX = 27,
    NAME_LIMIT = 4096,      /* of a member's name */
    EXTENDED_LIMIT = 65536, /* of a pax header */
    PADDING = 8,
    READ_SIZE = 128 * 1024,
};

/* ---- files */

static gvm_status io_error(gvm_error *err, const char *path) {
    gvm_status code = errno == ENOENT || errno == ENOTDIR ? GVM_ERR_NOT_FOUND
                      : errno == EACCES || errno == EPERM ? GVM_ERR_PERMISSION
                      : errno == ENOMEM                   ? GVM_ERR_NOMEM
                                                          : GVM_ERR_IO;
    return gvm_error_set(err, code, "%s: %s", path, strerror(errno));
}

/* Opens a regular file; a pipe or device is refused before it can block. */
static gvm_status open_file(int *fd, const char *path, gvm_error *err) {
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0) return io_error(err, path);
    struct stat st;
    if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) return GVM_OK;
    (void)close(*fd);
    return gvm_error_set(err, GVM_ERR_IO, "%s: not a regular file", path);
}

static ssize_t read_some(int fd, void *out, size_t len) {
    for (;;) {
        ssize_t n = read(fd, out, len);
        if (n >= 0 || errno != EINTR) return n;
    }
}

gvm_status gvm_archive_read_file(gvm_buf *out, const char *path, uint64_t max, gvm_error *err) {
    int fd;
    GVM_TRY(open_file(&fd, path, err));
    gvm_status status = GVM_OK;
    uint64_t total = 0;
    for (;;) {
        uint8_t *at = gvm_buf_extend(out, READ_SIZE);
        if (at == NULL) {
            status = gvm_error_set(err, GVM_ERR_NOMEM, "%s: out of memory", path);
            break;
        }
        ssize_t n = read_some(fd, at, READ_SIZE);
        out->len -= READ_SIZE - (n > 0 ? (size_t)n : 0);
        if (n < 0) status = io_error(err, path);
        if (n <= 0) break;
        total += (uint64_t)n;
        if (total > max) {
            status = gvm_error_set(err, GVM_ERR_LIMIT, "%s: larger than %llu bytes", path,
                                   (unsigned long long)max);
            break;
        }
    }
    (void)close(fd);
    return status;
}

/* ---- zstd: a stream of plain bytes out of a file or memory */

typedef struct stream {
    const char *name;
    gvm_error *err;
    int fd; /* -1: all of the input is in `in` */
    ZSTD_DCtx *zstd;
    ZSTD_inBuffer in;
    uint8_t *in_room, *out;
    size_t at, len, out_size; /* of out: what is unread */
    uint64_t total, total_max;
} stream;

static gvm_status stream_open(stream *s, const char *name, int fd, gvm_bytes packed, uint64_t max,
                              gvm_error *err) {
    *s = (stream){.name = name, .err = err, .fd = fd, .total_max = max};
    s->zstd = ZSTD_createDCtx();
    s->out_size = ZSTD_DStreamOutSize();
    s->out = malloc(s->out_size);
    s->in_room = fd >= 0 ? malloc(READ_SIZE) : NULL;
    if (s->zstd == NULL || s->out == NULL || (fd >= 0 && s->in_room == NULL)) {
        return gvm_error_set(err, GVM_ERR_NOMEM, "%s: out of memory", name);
    }
    (void)ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    if (fd < 0) s->in = (ZSTD_inBuffer){packed.ptr, packed.len, 0};
    return GVM_OK;
}

static void stream_close(stream *s) {
    (void)ZSTD_freeDCtx(s->zstd);
    free(s->out);
    free(s->in_room);
}

/* Makes at least one byte available, or fails: GVM_ERR_TRUNCATED at the end of the input. */
static gvm_status stream_fill(stream *s) {
    while (s->at == s->len) {
        if (s->in.pos == s->in.size && s->fd >= 0) {
            ssize_t n = read_some(s->fd, s->in_room, READ_SIZE);
            if (n < 0) return io_error(s->err, s->name);
            s->in = (ZSTD_inBuffer){s->in_room, (size_t)n, 0};
        }
        bool at_end = s->in.pos == s->in.size;
        ZSTD_outBuffer out = {s->out, s->out_size, 0};
        size_t rc = ZSTD_decompressStream(s->zstd, &out, &s->in);
        if (ZSTD_isError(rc)) {
            return gvm_error_set(s->err, GVM_ERR_CORRUPT, "%s: %s", s->name, ZSTD_getErrorName(rc));
        }
        s->at = 0;
        s->len = out.pos;
        s->total += out.pos;
        if (s->total > s->total_max) {
            return gvm_error_set(s->err, GVM_ERR_LIMIT, "%s: unpacks to more than %llu bytes",
                                 s->name, (unsigned long long)s->total_max);
        }
        if (out.pos == 0 && at_end) {
            return gvm_error_set(s->err, GVM_ERR_TRUNCATED, "%s: the archive ends too early",
                                 s->name);
        }
    }
    return GVM_OK;
}

/* Passes over `len` bytes, appending them to `out` unless that is NULL. */
static gvm_status stream_read(stream *s, gvm_buf *out, uint64_t len) {
    while (len > 0) {
        GVM_TRY(stream_fill(s));
        size_t n = s->len - s->at;
        if (n > len) n = (size_t)len;
        if (out != NULL) {
            gvm_buf_append(out, s->out + s->at, n);
            if (out->failed)
                return gvm_error_set(s->err, GVM_ERR_NOMEM, "%s: out of memory", s->name);
        }
        s->at += n;
        len -= n;
    }
    return GVM_OK;
}

/* ---- tar (POSIX.1-2017, pax: "ustar Interchange Format"; GNU tar manual, "Basic Tar Format") */

/* A header block: the fields that matter, by offset. */
enum {
    AT_NAME = 0,
    AT_SIZE = 124,
    AT_CHECKSUM = 148,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
};

/* Octal digits ended by space or NUL, or GNU's base 256 where the first byte is 0x80. */
static bool read_number(uint64_t *out, const uint8_t *p, size_t len) {
    uint64_t v = 0;
    if (p[0] == 0x80) {
        for (size_t i = 1; i < len; i++) {
            if (v >> 55 != 0) return false;
            v = v << 8 | p[i];
        }
        *out = v;
        return true;
    }
    size_t i = 0;
    while (i < len && p[i] == ' ') i++;
    for (; i < len && p[i] >= '0' && p[i] <= '7'; i++) v = v << 3 | (uint64_t)(p[i] - '0');
    *out = v;
    return i == len || p[i] == ' ' || p[i] == '\0';
}

static bool checksum_holds(const uint8_t *h) {
    uint64_t want, sum = 0;
    for (size_t i = 0; i < BLOCK; i++) sum += i - AT_CHECKSUM < 8 ? ' ' : h[i];
    return read_number(&want, h + AT_CHECKSUM, 8) && want == sum;
}

/* What an extension header (pax or GNU) says about the member that follows it. */
typedef struct extension {
    gvm_buf name; /* empty: none */
    bool has_size;
    uint64_t size;
} extension;

static gvm_status corrupt(const stream *s, const char *what) {
    return gvm_error_set(s->err, GVM_ERR_CORRUPT, "%s: not a tar archive: %s", s->name, what);
}

/* Records "<length> <key>=<value>\n"; the length counts all of its record. */
static gvm_status read_pax(const stream *s, extension *ext, gvm_bytes in) {
    while (in.len > 0) {
        size_t len = 0, i = 0;
        for (; i < in.len && i < 8 && in.ptr[i] >= '0' && in.ptr[i] <= '9'; i++) {
            len = len * 10 + (size_t)(in.ptr[i] - '0');
        }
        if (i == 0 || i >= in.len || in.ptr[i] != ' ' || len > in.len || len < i + 3 ||
            in.ptr[len - 1] != '\n') {
            return corrupt(s, "bad extended header");
        }
        gvm_bytes record = gvm_bytes_make(in.ptr + i + 1, len - i - 2);
        in.ptr += len;
        in.len -= len;
        if (record.len > 5 && memcmp(record.ptr, "path=", 5) == 0) {
            gvm_buf_clear(&ext->name);
            gvm_buf_append(&ext->name, record.ptr + 5, record.len - 5);
        } else if (record.len > 5 && memcmp(record.ptr, "size=", 5) == 0) {
            ext->size = 0;
            ext->has_size = true;
            for (size_t k = 5; k < record.len; k++) {
                uint8_t c = record.ptr[k];
                if (c < '0' || c > '9' || ext->size > UINT64_MAX / 100) {
                    return corrupt(s, "bad size in extended header");
                }
                ext->size = ext->size * 10 + (uint64_t)(c - '0');
            }
        } else if (record.len > 10 && memcmp(record.ptr, "GNU.sparse", 10) == 0) {
            return gvm_error_set(s->err, GVM_ERR_UNSUPPORTED, "%s: has a sparse member", s->name);
        }
    }
    return GVM_OK;
}

static size_t field_len(const uint8_t *p, size_t max) {
    const uint8_t *nul = memchr(p, 0, max);
    return nul == NULL ? max : (size_t)(nul - p);
}

/* The member's name as it is shown, after the archive's own, with its NUL. */
static gvm_status member_name(const stream *s, gvm_buf *out, const uint8_t *h, extension *ext) {
    gvm_buf_clear(out);
    gvm_buf_printf(out, "%s/", s->name);
    if (ext->name.len > 0) {
        gvm_buf_append(out, ext->name.ptr, field_len(ext->name.ptr, ext->name.len));
    } else {
        size_t prefix = memcmp(h + AT_MAGIC, "ustar\0", 6) == 0 ? field_len(h + AT_PREFIX, 155) : 0;
        gvm_buf_append(out, h + AT_PREFIX, prefix);
        if (prefix > 0) gvm_buf_put(out, '/');
        gvm_buf_append(out, h + AT_NAME, field_len(h + AT_NAME, 100));
    }
    gvm_buf_put(out, 0);
    return out->failed ? gvm_error_set(s->err, GVM_ERR_NOMEM, "%s: out of memory", s->name)
                       : GVM_OK;
}

typedef struct tar {
    stream s;
    const gvm_archive_visitor *visitor;
    const gvm_archive_limits *limits;
    gvm_buf block, name, data;
    extension ext;
    uint64_t members;
} tar;

static gvm_status visit_member(tar *t, const uint8_t *h, uint64_t size, uint64_t padded) {
    stream *s = &t->s;
    GVM_TRY(member_name(s, &t->name, h, &t->ext));
    const char *name = (const char *)t->name.ptr;
    if (++t->members > t->limits->files) {
        return gvm_error_set(s->err, GVM_ERR_LIMIT, "%s: more than %llu members", s->name,
                             (unsigned long long)t->limits->files);
    }
    const gvm_archive_visitor *v = t->visitor;
    if (v->want != NULL && !v->want(v->ctx, name)) return stream_read(s, NULL, padded);
    if (size > t->limits->file_size) {
        return gvm_error_set(s->err, GVM_ERR_LIMIT, "%s: larger than %llu bytes", name,
                             (unsigned long long)t->limits->file_size);
    }
    gvm_buf_clear(&t->data);
    GVM_TRY(stream_read(s, &t->data, size));
    GVM_TRY(stream_read(s, NULL, padded - size));
    static const uint8_t zeros[PADDING];
    gvm_buf_append(&t->data, zeros, PADDING);
    if (t->data.failed) return gvm_error_set(s->err, GVM_ERR_NOMEM, "%s: out of memory", name);
    return v->visit(v->ctx, name, gvm_bytes_make(t->data.ptr, (size_t)size));
}

/* One header and what belongs to it; *done at the end-of-archive block. */
static gvm_status read_member(tar *t, bool *done) {
    stream *s = &t->s;
    gvm_buf_clear(&t->block);
    GVM_TRY(stream_read(s, &t->block, BLOCK));
    const uint8_t *h = t->block.ptr;
    static const uint8_t zero[BLOCK];
    if (memcmp(h, zero, BLOCK) == 0) {
        *done = true;
        return GVM_OK;
    }
    uint64_t size;
    if (!checksum_holds(h)) return corrupt(s, "wrong checksum");
    if (!read_number(&size, h + AT_SIZE, 12)) return corrupt(s, "bad size");
    char type = (char)h[AT_TYPE];
    bool extends = type == 'x' || type == 'L' || type == 'K' || type == 'g';
    if (!extends && t->ext.has_size) size = t->ext.size;
    if (size > UINT64_MAX / 2) return corrupt(s, "bad size");
    uint64_t padded = (size + BLOCK - 1) / BLOCK * BLOCK;

    if (extends) {
        if (size > (type == 'L' ? NAME_LIMIT : EXTENDED_LIMIT)) {
            return gvm_error_set(s->err, GVM_ERR_LIMIT, "%s: an extended header is too long",
                                 s->name);
        }
        gvm_buf *into = type == 'L' ? &t->ext.name : &t->data;
        gvm_buf_clear(into);
        GVM_TRY(stream_read(s, into, size));
        if (type == 'x') GVM_TRY(read_pax(s, &t->ext, gvm_buf_bytes(into)));
        return stream_read(s, NULL, padded - size);
    }
    if (type == 'S') {
        return gvm_error_set(s->err, GVM_ERR_UNSUPPORTED, "%s: has a sparse member", s->name);
    }
    bool has_data = type == '0' || type == '\0' || type == '7';
    bool is_link = type == '1' || type == '2'; /* old writers give a size that has no data */
    gvm_status status = has_data  ? visit_member(t, h, size, padded)
                        : is_link ? GVM_OK
                                  : stream_read(s, NULL, padded);
    gvm_buf_clear(&t->ext.name);
    t->ext.has_size = false;
    return status;
}

static gvm_status walk_tar(const char *name, int fd, gvm_bytes packed,
                           const gvm_archive_visitor *visitor, const gvm_archive_limits *limits,
                           gvm_error *err) {
    if (limits == NULL) limits = &gvm_archive_default_limits;
    tar t = {.visitor = visitor, .limits = limits};
    gvm_status status = stream_open(&t.s, name, fd, packed, limits->total_size, err);
    for (bool done = false; status == GVM_OK && !done;) status = read_member(&t, &done);
    stream_close(&t.s);
    gvm_buf_free(&t.block);
    gvm_buf_free(&t.name);
    gvm_buf_free(&t.data);
    gvm_buf_free(&t.ext.name);
    return status;
}

gvm_status gvm_archive_walk_bytes(const char *name, gvm_bytes packed,
                                  const gvm_archive_visitor *visitor,
                                  const gvm_archive_limits *limits, gvm_error *err) {
    return walk_tar(name, -1, packed, visitor, limits, err);
}

bool gvm_archive_is_packed(const char *path) {
    static const char suffix[] = ".tar.zst";
    size_t n = strlen(path);
    return n >= sizeof suffix - 1 && strcmp(path + n - (sizeof suffix - 1), suffix) == 0;
}

/* ---- folders: a stack of paths still to visit, so that the walk is in order and does not recurse
 */

typedef struct pending {
    char *path;
    uint32_t depth;
} pending;

typedef struct walk {
    pending *stack;
    size_t count, room;
    uint64_t files;
    bool open; /* read the files, look into archives */
    gvm_buf data;
    const gvm_archive_visitor *visitor;
    const gvm_archive_limits *limits;
    gvm_error *err;
} walk;

static gvm_status push(walk *w, const char *folder, const char *name, uint32_t depth) {
    if (w->count == w->room) {
        size_t room = w->room == 0 ? 64 : 2 * w->room;
        pending *grown = realloc(w->stack, room * sizeof *grown);
        if (grown == NULL) return gvm_error_set(w->err, GVM_ERR_NOMEM, "%s: out of memory", name);
        w->stack = grown;
        w->room = room;
    }
    size_t n = strlen(folder), size = n + strlen(name) + 2;
    char *path = malloc(size);
    if (path == NULL) return gvm_error_set(w->err, GVM_ERR_NOMEM, "%s: out of memory", name);
    bool slash = n > 0 && folder[n - 1] != '/';
    (void)snprintf(path, size, "%s%s%s", folder, slash ? "/" : "", name);
    w->stack[w->count++] = (pending){path, depth};
    return GVM_OK;
}

static int by_path_descending(const void *a, const void *b) {
    return strcmp(((const pending *)b)->path, ((const pending *)a)->path);
}

static gvm_status visit_folder(walk *w, const char *path, uint32_t depth) {
    if (depth >= w->limits->depth) {
        return gvm_error_set(w->err, GVM_ERR_LIMIT, "%s: more than %u folders deep", path,
                             w->limits->depth);
    }
    DIR *dir = opendir(path);
    if (dir == NULL) return io_error(w->err, path);
    gvm_status status = GVM_OK;
    size_t first = w->count;
    const struct dirent *e;
    while (status == GVM_OK && (errno = 0, e = readdir(dir)) != NULL) {
        if (e->d_name[0] == '.') continue;
        if (++w->files > w->limits->files) {
            status = gvm_error_set(w->err, GVM_ERR_LIMIT, "%s: more than %llu files", path,
                                   (unsigned long long)w->limits->files);
        } else {
            status = push(w, path, e->d_name, depth + 1);
        }
    }
    if (status == GVM_OK && errno != 0) status = io_error(w->err, path);
    (void)closedir(dir);
    qsort(w->stack + first, w->count - first, sizeof *w->stack, by_path_descending);
    return status;
}

static gvm_status visit_file(walk *w, const char *path) {
    const gvm_archive_visitor *v = w->visitor;
    if (w->open && gvm_archive_is_packed(path)) {
        int fd;
        GVM_TRY(open_file(&fd, path, w->err));
        gvm_status status = walk_tar(path, fd, (gvm_bytes){NULL, 0}, v, w->limits, w->err);
        (void)close(fd);
        return status;
    }
    if (v->want != NULL && !gvm_archive_is_packed(path) && !v->want(v->ctx, path)) return GVM_OK;
    if (!w->open) return v->visit(v->ctx, path, (gvm_bytes){NULL, 0});
    gvm_buf_clear(&w->data);
    GVM_TRY(gvm_archive_read_file(&w->data, path, w->limits->file_size, w->err));
    size_t size = w->data.len;
    static const uint8_t zeros[PADDING];
    gvm_buf_append(&w->data, zeros, PADDING);
    if (w->data.failed) return gvm_error_set(w->err, GVM_ERR_NOMEM, "%s: out of memory", path);
    return v->visit(v->ctx, path, gvm_bytes_make(w->data.ptr, size));
}

/* A folder, a file, or something that is passed over: a device, or below the top a link that leads
 * to a folder. */
static gvm_status visit_path(walk *w, const char *path, uint32_t depth) {
    struct stat st, link;
    if (stat(path, &st) != 0) return io_error(w->err, path);
    if (S_ISREG(st.st_mode)) return visit_file(w, path);
    if (!S_ISDIR(st.st_mode)) return GVM_OK;
    if (depth > 0 && (lstat(path, &link) != 0 || S_ISLNK(link.st_mode))) return GVM_OK;
    return visit_folder(w, path, depth);
}

static gvm_status run(const char *path, bool open, const gvm_archive_visitor *visitor,
                      const gvm_archive_limits *limits, gvm_error *err) {
    if (limits == NULL) limits = &gvm_archive_default_limits;
    walk w = {.open = open, .visitor = visitor, .limits = limits, .err = err};
    gvm_status status = push(&w, "", path, 0);
    while (status == GVM_OK && w.count > 0) {
        pending next = w.stack[--w.count];
        status = visit_path(&w, next.path, next.depth);
        free(next.path);
    }
    while (w.count > 0) free(w.stack[--w.count].path);
    free(w.stack);
    gvm_buf_free(&w.data);
    return status;
}

gvm_status gvm_archive_walk(const char *path, const gvm_archive_visitor *visitor,
                            const gvm_archive_limits *limits, gvm_error *err) {
    return run(path, true, visitor, limits, err);
}

gvm_status gvm_archive_list(const char *path, const gvm_archive_visitor *visitor,
                            const gvm_archive_limits *limits, gvm_error *err) {
    return run(path, false, visitor, limits, err);
}
