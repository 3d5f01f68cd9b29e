/* The data file of LMDB seen from outside (private to src/store): its two meta pages, a check of
 * its pages' structure before LMDB trusts them, and putting back a meta page. Layout of LMDB 0.9,
 * 64 bits, native byte order. */
#ifndef GVM_STORE_LMDB_FILE_H
#define GVM_STORE_LMDB_FILE_H

#include "base/bytes.h"

enum { GVM_LMDB_PAGE_MAX = 65536 };

typedef struct gvm_lmdb_meta {
    uint32_t page_size;
    uint64_t txnid, last_page, map_size;
    int slot; /* 0 or 1: the page that it stands in */
} gvm_lmdb_meta;

/* The newer of the two meta pages. GVM_ERR_CORRUPT, GVM_ERR_FORMAT_VERSION with what was found;
 * GVM_ERR_NOT_FOUND: the file is empty. */
GVM_NODISCARD gvm_status gvm_lmdb_read_meta(gvm_lmdb_meta *meta, int fd, gvm_error *err);
/* Copies the meta page of transaction `txnid` (page_size bytes) to `page`. */
GVM_NODISCARD gvm_status gvm_lmdb_copy_meta(uint8_t *page, int fd, uint32_t page_size,
                                            uint64_t txnid, gvm_error *err);
/* Makes that page both meta pages of the file, and syncs. */
GVM_NODISCARD gvm_status gvm_lmdb_restore_meta(int fd, const uint8_t *page, uint32_t page_size,
                                               gvm_error *err);
/* Walks the trees from the newest meta page: every branch page, and the leaf pages too if there are
 * at most `leaf_limit` of them. GVM_ERR_CORRUPT names the page and what is wrong with it. */
GVM_NODISCARD gvm_status gvm_lmdb_check_pages(uint64_t *checked, int fd, uint64_t leaf_limit,
                                              gvm_error *err);

#endif
