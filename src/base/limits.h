/* Limits of the common ground, in one place: how much of anything that comes from outside is taken.
 * Consensus has its own (gas, code size, call depth), which belong to the rules of each fork. */
#ifndef GVM_BASE_LIMITS_H
#define GVM_BASE_LIMITS_H

/* RLP: lists in each other, for gvm_rlp_check. */
#define GVM_RLP_DEPTH_MAX 1024

/* Solidity ABI: arrays and tuples in each other; nodes of types in one text; bytes of the fixed
 * part of one type. */
#define GVM_ABI_DEPTH_MAX 16
#define GVM_ABI_TYPES_MAX 4096
#define GVM_ABI_SIZE_MAX  (1u << 26)

/* JSON: bytes of a text, arrays and objects in each other. */
#define GVM_JSON_SIZE_MAX  ((size_t)1 << 30)
#define GVM_JSON_DEPTH_MAX 256

/* TOML: bytes of a file, keys in it, items of an array. */
#define GVM_TOML_SIZE_MAX  ((size_t)1 << 20)
#define GVM_TOML_KEYS_MAX  4096
#define GVM_TOML_ITEMS_MAX 4096

/* Archives: bytes of one file, of all files of an archive, number of files, folders in each other.
 */
#define GVM_ARCHIVE_FILE_MAX    (UINT64_C(1) << 30)
#define GVM_ARCHIVE_TOTAL_MAX   (UINT64_C(64) << 30)
#define GVM_ARCHIVE_FILES_MAX   4000000
#define GVM_ARCHIVE_FOLDERS_MAX 64

/* One line of the log, in bytes; what is longer is cut. */
#define GVM_LOG_LINE_MAX 4096

/* Tasks that may wait in a pool of threads. */
#define GVM_WORKERS_QUEUE_MAX 65536

#endif
