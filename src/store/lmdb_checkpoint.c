/* The file store.checkpoint: magic, boot id, page size (u32), meta page, Keccak-256 of all before.
 * It is replaced as a whole (new file, sync, rename, sync of the folder), so it is never half
 * there. */
#include "store/lmdb_checkpoint.h"

#include "crypto/keccak.h"
#include "store/lmdb_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

gvm_status gvm_lmdb_status(int rc) {
    switch (rc) {
    case 0: return GVM_OK;
    case MDB_NOTFOUND: return GVM_ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return GVM_ERR_FULL;
    case ENOMEM: return GVM_ERR_NOMEM;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC: return GVM_ERR_CORRUPT;
    case MDB_VERSION_MISMATCH: return GVM_ERR_FORMAT_VERSION;
    case MDB_READERS_FULL:
    case MDB_TXN_FULL:
    case MDB_DBS_FULL: return GVM_ERR_LIMIT;
    case EACCES:
    case EPERM:
    case EROFS: return GVM_ERR_PERMISSION;
    default: return GVM_ERR_IO;
    }
}

gvm_status gvm_lmdb_errno(gvm_error *err, const char *path, const char *what) {
    int e = errno;
    return gvm_error_set(err, gvm_lmdb_status(e), "%s: %s: %s", path, what, strerror(e));
}

static void path_of(char out[GVM_LMDB_PATH_MAX], const char *folder, const char *name) {
    snprintf(out, GVM_LMDB_PATH_MAX, "%s/%s", folder, name);
}

static const char checkpoint_magic[8] = "GVMCKPT1";
enum { CHECKPOINT_HEAD = 8 + GVM_BOOT_ID_LEN + 4, CHECKPOINT_TAIL = 32 };

void gvm_boot_id_read(char out[GVM_BOOT_ID_LEN + 1]) {
    out[0] = '\0';
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (read(fd, out, GVM_BOOT_ID_LEN) != GVM_BOOT_ID_LEN) out[0] = '\0';
    out[GVM_BOOT_ID_LEN] = '\0';
    close(fd);
}

static gvm_status sync_folder(const char *folder, gvm_error *err) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return gvm_lmdb_errno(err, folder, "open");
    int rc = fsync(fd);
    gvm_status status = rc == 0 ? GVM_OK : gvm_lmdb_errno(err, folder, "fsync");
    close(fd);
    return status;
}

gvm_status gvm_checkpoint_write(const char *folder, const char *boot_id, const uint8_t *meta,
                                uint32_t page_size, gvm_error *err) {
    gvm_status status = GVM_OK;
    char path[GVM_LMDB_PATH_MAX], fresh[GVM_LMDB_PATH_MAX];
    path_of(path, folder, "store.checkpoint");
    path_of(fresh, folder, "store.checkpoint.new");
    gvm_buf b = {0};
    gvm_buf_append(&b, checkpoint_magic, sizeof checkpoint_magic);
    gvm_buf_append(&b, boot_id, GVM_BOOT_ID_LEN);
    gvm_buf_append(&b, &page_size, 4);
    gvm_buf_append(&b, meta, page_size);
    gvm_hash sum;
    gvm_keccak256(&sum, gvm_buf_bytes(&b));
    gvm_buf_append(&b, sum.b, sizeof sum.b);
    int fd = -1;
    GVM_TRY_GOTO(gvm_buf_status(&b));
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, b.ptr, b.len) != (ssize_t)b.len || fdatasync(fd) != 0 ||
        rename(fresh, path) != 0) {
        status = gvm_lmdb_errno(err, fresh, "write");
        goto fail;
    }
    status = sync_folder(folder, err);
fail:
    if (fd >= 0) close(fd);
    gvm_buf_free(&b);
    return status;
}

gvm_status gvm_checkpoint_recover(bool *rolled_back, const char *folder, int data_fd,
                                  const char *boot_id, gvm_error *err) {
    gvm_status status = GVM_OK;
    char path[GVM_LMDB_PATH_MAX];
    path_of(path, folder, "store.checkpoint");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? GVM_OK : gvm_lmdb_errno(err, path, "open");
    size_t cap = CHECKPOINT_HEAD + GVM_LMDB_PAGE_MAX + CHECKPOINT_TAIL + 1;
    uint8_t *b = malloc(cap);
    ssize_t len = b ? read(fd, b, cap) : -1;
    close(fd);
    if (!b) return GVM_ERR_NOMEM;
    if (len < 0) {
        status = gvm_lmdb_errno(err, path, "read");
        goto fail;
    }
    uint32_t page_size = 0;
    gvm_hash sum;
    if (len > CHECKPOINT_HEAD + CHECKPOINT_TAIL) {
        memcpy(&page_size, b + 8 + GVM_BOOT_ID_LEN, 4);
        gvm_keccak256(&sum, gvm_bytes_make(b, (size_t)len - CHECKPOINT_TAIL));
    }
    if (page_size == 0 || (size_t)len != CHECKPOINT_HEAD + page_size + CHECKPOINT_TAIL ||
        memcmp(b, checkpoint_magic, 8) != 0 || memcmp(sum.b, b + len - 32, 32) != 0) {
        status = gvm_error_set(err, GVM_ERR_CORRUPT, "%s: not a whole checkpoint (%zd bytes)", path,
                               len);
        goto fail;
    }
    if (boot_id[0] && memcmp(b + 8, boot_id, GVM_BOOT_ID_LEN) == 0) goto fail;
    gvm_lmdb_meta now;
    GVM_TRY_GOTO(gvm_lmdb_read_meta(&now, data_fd, err));
    if (now.page_size != page_size) {
        status =
            gvm_error_set(err, GVM_ERR_CORRUPT, "%s: page size %" PRIu32 ", data.mdb has %" PRIu32,
                          path, page_size, now.page_size);
        goto fail;
    }
    *rolled_back = true;
    status = gvm_lmdb_restore_meta(data_fd, b + CHECKPOINT_HEAD, page_size, err);
fail:
    free(b);
    return status;
}

gvm_status gvm_checkpoint_remove(const char *folder, gvm_error *err) {
    char path[GVM_LMDB_PATH_MAX];
    path_of(path, folder, "store.checkpoint");
    if (unlink(path) != 0) return errno == ENOENT ? GVM_OK : gvm_lmdb_errno(err, path, "unlink");
    return sync_folder(folder, err);
}
