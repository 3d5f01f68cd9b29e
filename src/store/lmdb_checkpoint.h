/* What a store of grade "process" comes back to after a power cut (private to src/store; the why is
 * in lmdb.c), and the two ways in which errors of LMDB and of the system become ours. */
#ifndef GVM_STORE_LMDB_CHECKPOINT_H
#define GVM_STORE_LMDB_CHECKPOINT_H

#include "base/bytes.h"

enum { GVM_BOOT_ID_LEN = 36, GVM_LMDB_PATH_MAX = 4096 };

/* The status for a return code of LMDB or an errno. */
gvm_status gvm_lmdb_status(int rc);
/* Says in *err what failed with errno where. */
gvm_status gvm_lmdb_errno(gvm_error *err, const char *path, const char *what);

/* The id that the kernel gave to this boot; empty where there is none. */
void gvm_boot_id_read(char out[GVM_BOOT_ID_LEN + 1]);

/* Replaces the folder's checkpoint by one with that meta page. */
GVM_NODISCARD gvm_status gvm_checkpoint_write(const char *folder, const char *boot_id,
                                              const uint8_t *meta, uint32_t page_size,
                                              gvm_error *err);
/* After an unclean end: with a checkpoint of another boot, puts its meta page back into the data
 * file and sets *rolled_back; with one of this boot, or none, does nothing. */
GVM_NODISCARD gvm_status gvm_checkpoint_recover(bool *rolled_back, const char *folder, int data_fd,
                                                const char *boot_id, gvm_error *err);
/* No checkpoint is fine. */
GVM_NODISCARD gvm_status gvm_checkpoint_remove(const char *folder, gvm_error *err);

#endif
