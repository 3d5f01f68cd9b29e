/* Walks files by content: one file, a folder with all that is beneath it, or the members of
 * .tar.zst archives in either.
 *
 * Test fixtures come in thousands of files and are kept packed; this makes a folder of files and an
 * archive of them look the same. Archives are read as streams (zstd with a window of up to 128 MiB;
 * tar in the ustar, pax and GNU forms), one member in memory at a time. Everything inside may be
 * hostile: sizes are limits on what is read, never on what is allocated ahead, names are shown but
 * never opened. */
#ifndef GVM_CODEC_ARCHIVE_H
#define GVM_CODEC_ARCHIVE_H

#include "base/bytes.h"
#include "base/limits.h"

typedef struct gvm_archive_limits {
    uint64_t file_size;  /* of one file or member, unpacked */
    uint64_t total_size; /* of all of one archive, unpacked, skipped members included */
    uint64_t files;      /* in one folder tree, or in one archive */
    uint32_t depth;      /* of folders */
} gvm_archive_limits;

/* GVM_ARCHIVE_*_MAX. */
extern const gvm_archive_limits gvm_archive_default_limits;

typedef struct gvm_archive_visitor {
    void *ctx;
    /* Tells by its name whether a file is wanted, before it is read. NULL: all are. */
    bool (*want)(void *ctx, const char *name);
    /* One file: `name` is the path, and for a member of an archive "<path of archive>/<name in
     * it>". Both are valid during the call alone; eight zero bytes follow the data. Any status but
     * GVM_OK ends the walk and is its result. */
    gvm_status (*visit)(void *ctx, const char *name, gvm_bytes data);
} gvm_archive_visitor;

/* Visits `path` and what is beneath it, in the order of strcmp on each folder's names, members in
 * the archive's order. Files whose names begin with a dot are passed over, links to folders below
 * the top not followed. Errors, each with the name in *err: GVM_ERR_NOT_FOUND, GVM_ERR_IO,
 * GVM_ERR_LIMIT, GVM_ERR_TRUNCATED, GVM_ERR_CORRUPT (not zstd, or not tar), GVM_ERR_UNSUPPORTED
 * (sparse members), GVM_ERR_NOMEM, and whatever visit returns. */
GVM_NODISCARD gvm_status gvm_archive_walk(const char *path, const gvm_archive_visitor *visitor,
                                          const gvm_archive_limits *limits, gvm_error *err);
/* The same with archives left closed: each file's name alone, data empty. To share the files out
 * among threads, which then walk one each. */
GVM_NODISCARD gvm_status gvm_archive_list(const char *path, const gvm_archive_visitor *visitor,
                                          const gvm_archive_limits *limits, gvm_error *err);
/* The members of a packed archive in memory; `name` is what its members' names begin with. */
GVM_NODISCARD gvm_status gvm_archive_walk_bytes(const char *name, gvm_bytes packed,
                                                const gvm_archive_visitor *visitor,
                                                const gvm_archive_limits *limits, gvm_error *err);
/* True for names that end in ".tar.zst". */
bool gvm_archive_is_packed(const char *path);

/* Reads one whole file, at most `max` bytes, to the end of *out. GVM_ERR_NOT_FOUND, _PERMISSION,
 * _IO, _LIMIT, _NOMEM. */
GVM_NODISCARD gvm_status gvm_archive_read_file(gvm_buf *out, const char *path, uint64_t max,
                                               gvm_error *err);

#endif
