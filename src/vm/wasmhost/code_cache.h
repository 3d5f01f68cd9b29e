/* Compiled code on disk: a folder with one entry (code_entry.h) for each module, and the key that
 * seals them. Whoever could write there could have code of theirs run in this process, so the
 * folder and the key must be this user's alone, no link is followed, and an entry is used only
 * where its seals hold. An entry that is missing, cut, damaged, from another folder or another
 * module is one that is not there. */
#ifndef GVM_VM_WASMHOST_CODE_CACHE_H
#define GVM_VM_WASMHOST_CODE_CACHE_H

#include "base/bytes.h"
#include "base/rng.h"
#include "vm/wasm/kept.h"

typedef struct gvm_wasm_disk gvm_wasm_disk;

typedef struct gvm_wasm_disk_counts {
    uint64_t loaded;  /* entries used */
    uint64_t missing; /* there was none */
    uint64_t refused; /* there was one that could not be used */
    uint64_t written;
    uint64_t lazy; /* of those loaded: left on disk, to be read as they are touched */
} gvm_wasm_disk_counts;

/* Opens the folder; makes it and its key (from `entropy`) where they are missing.
 * GVM_ERR_PERMISSION: somebody else owns or may read or write them, or one of them is a link;
 * GVM_ERR_CORRUPT: the key is none; GVM_ERR_IO, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_wasm_disk_open(gvm_wasm_disk **out, const char *folder,
                                            const gvm_entropy *entropy, gvm_error *err);
/* Modules that are lazy keep what they need of it. */
void gvm_wasm_disk_close(gvm_wasm_disk *c);

/* Gives a module that was just loaded its compiled code: where gvm_wasm_traps_enable was called and
 * a descriptor is to be had, as an image whose pages come when they are touched; else whole.
 * `code_hash` is what the module was loaded from. GVM_ERR_NOT_FOUND: there is no entry that can be
 * used, the module is as it was; GVM_ERR_NOMEM. Thread-safe. */
GVM_NODISCARD gvm_status gvm_wasm_disk_load(gvm_wasm_disk *c, gvm_wasm_module *m,
                                            const gvm_wasm_limits *limits,
                                            const gvm_hash *code_hash);
/* Writes the module's compiled code, in the form of this process, over what is there. Thread-safe.
 */
GVM_NODISCARD gvm_status gvm_wasm_disk_save(gvm_wasm_disk *c, const gvm_wasm_module *m,
                                            const gvm_wasm_limits *limits,
                                            const gvm_hash *code_hash);
void gvm_wasm_disk_count(const gvm_wasm_disk *c, gvm_wasm_disk_counts *out);

/* The name of a module's entry in the folder, NUL-terminated. */
#define GVM_WASM_DISK_NAME 65
void gvm_wasm_disk_name(char out[GVM_WASM_DISK_NAME], const gvm_wasm_limits *limits,
                        const gvm_hash *code_hash);

#endif
