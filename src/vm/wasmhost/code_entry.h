/* An entry of the cache of compiled code, as bytes: one module's code, with what it takes to know
 * that nobody altered it. Little-endian:
 *
 *     offset  bytes
 *          0      8  "GVMWASM" and the format's version
 *          8      4  bytes of the head, from 0 to behind its seal
 *         12      4  form of the code (gvm_wasm_form)
 *         16     16  bytes of code; offsets into it: enter, done, trap
 *         32      8  how many entries (own functions); how many places
 *         40      8  bytes of the tables, in whole pages
 *         48     32  identity: what the code was made from, by what, for what
 *         80     32  for each page of code, and one for the tables: its seal
 *          .      4  for each own function: where its code begins
 *          .     32  the head's seal; then zeros to the next page
 *          .  4,096  each page of code, then the tables (gvm_wasm_image)
 *
 * A seal is keyed BLAKE3: of the head over all before it; of a piece over identity, number and
 * bytes, so that no piece can stand in for another. The keys are derived from one secret. */
#ifndef GVM_VM_WASMHOST_CODE_ENTRY_H
#define GVM_VM_WASMHOST_CODE_ENTRY_H

#include "base/bytes.h"
#include "vm/wasm/kept.h"

#define GVM_WASM_ENTRY_MAX (64u << 20) /* of a whole entry */

typedef struct gvm_wasm_entry_keys {
    uint8_t head[32], piece[32];
} gvm_wasm_entry_keys;
void gvm_wasm_entry_keys_derive(gvm_wasm_entry_keys *out, const uint8_t secret[32]);

/* A head, taken apart: views of its bytes. */
typedef struct gvm_wasm_entry {
    gvm_wasm_native n;    /* of the code its length; entries and places are not set */
    const uint8_t *seals; /* 32 bytes each, `pages` + 1 */
    const uint8_t *entries;
    const uint8_t *identity;
    uint32_t pages;
    uint64_t tables; /* bytes */
    uint64_t image;  /* where the image begins */
    uint64_t total;  /* of the whole entry */
} gvm_wasm_entry;

/* Takes the beginning of an entry apart; `bytes` must hold all of its head and may hold more. The
 * entry's length is compared with `total_len`. GVM_ERR_CORRUPT: no head, or numbers that contradict
 * each other. */
GVM_NODISCARD gvm_status gvm_wasm_entry_parse(gvm_wasm_entry *out, gvm_bytes bytes,
                                              uint64_t total_len);
/* Bytes of the head by its own word, at least 80 and at most GVM_WASM_ENTRY_MAX; 0: this is none.
 */
uint32_t gvm_wasm_entry_head_len(const uint8_t first[16]);
/* Whether the head's seal holds, and whether it is for this identity. */
bool gvm_wasm_entry_is(const gvm_wasm_entry *e, gvm_bytes head, const gvm_wasm_entry_keys *keys,
                       const gvm_hash *identity);
/* Whether piece `index` (pages of code, then the tables) has these bytes. */
bool gvm_wasm_entry_piece(const uint8_t seal[32], const gvm_hash *identity, uint64_t index,
                          gvm_bytes piece, const gvm_wasm_entry_keys *keys);

/* Appends the entry of a compiled module. GVM_ERR_STATE: it has no code of that form;
 * GVM_ERR_LIMIT; GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_wasm_entry_put(gvm_buf *out, const gvm_wasm_module *m,
                                            gvm_wasm_form form, const gvm_hash *identity,
                                            const gvm_wasm_entry_keys *keys);

#endif
