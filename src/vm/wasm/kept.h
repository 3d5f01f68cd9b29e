/* Compiled code as something to be kept: written to disk, and brought back, whole or a page at a
 * time. For those who keep it (vm/wasmhost); the core itself reads and writes no file. */
#ifndef GVM_VM_WASM_KEPT_H
#define GVM_VM_WASM_KEPT_H

#include "vm/wasm/wasm.h"

typedef struct gvm_wasm_lazy gvm_wasm_lazy;

/* Compiled code has one of two forms. GUARDED leaves the bounds of memory to guard pages, and runs
 * in instances whose memory has them; CHECKED compares, and runs in all. Nobody can tell from
 * inside. */
typedef enum gvm_wasm_form { GVM_WASM_CHECKED, GVM_WASM_GUARDED } gvm_wasm_form;

/* Compiled code as it can be kept, written to disk and brought back: machine code of one target
 * with no address in it, and offsets into it. It belongs to the module that it was made from (equal
 * bytes, limits and prices) and to this build's layout of structures. */
typedef struct gvm_wasm_native {
    gvm_bytes code;
    gvm_wasm_form form;
    uint32_t enter, done,
        trap;          /* from C; where the outermost call returns to; where a fault goes */
    uint32_t *entries; /* of each function that is not imported */
    uint32_t entries_len;
    uint32_t
        *places; /* GUARDED: where the code of each of the module's origins begins; else none */
    uint32_t places_len;
} gvm_wasm_native;

/* The module's compiled code in the form at hand, or NULL. Valid as long as the module. */
const gvm_wasm_native *gvm_wasm_module_native(const gvm_wasm_module *m, gvm_wasm_form form);
/* Gives compiled code to a module that has none of that form; it is copied. The caller vouches for
 * it: wrong code does anything. GVM_ERR_STATE: the module has some; GVM_ERR_CORRUPT: offsets do not
 * fit; GVM_ERR_UNSUPPORTED: no permission to run code; GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_wasm_module_attach(gvm_wasm_module *m, const gvm_wasm_native *n);
/* Takes compiled code away again, from a module that nobody else has yet. */
void gvm_wasm_module_detach(gvm_wasm_module *m);
/* The form that gvm_wasm_module_compile makes in this process. */
gvm_wasm_form gvm_wasm_form_here(void);
/* What the code that this process makes depends on beside the module: machine, features, format.
 * Equal texts: code of one may run where the other is made. "" where there is no compiler. */
const char *gvm_wasm_native_target(void);

/* ---- a page at a time */

/* The parts of a module that need not be in memory until they are touched, as one image: code in
 * whole pages, then tables (words, origins, places) in whole pages. `read` fills `out` with one
 * page of code, or with all tables, and has checked that nobody altered them; false: they are gone,
 * and the process stops. It is called with a lock held and from a signal handler: no allocation, no
 * lock. `close` ends it. */
#define GVM_WASM_IMAGE_PAGE 4096u
typedef struct gvm_wasm_image {
    bool (*read)(void *ctx, uint8_t *out, size_t at, size_t len);
    void (*close)(void *ctx);
    void *ctx;
} gvm_wasm_image;
size_t gvm_wasm_image_code(size_t code_len);
size_t gvm_wasm_image_tables(const gvm_wasm_module *m, const gvm_wasm_native *n);
void gvm_wasm_image_put(uint8_t *out, const gvm_wasm_module *m, const gvm_wasm_native *n);
/* Whether an image's tables, `places` apart, are the module's; and where its places are. */
bool gvm_wasm_image_equal(const gvm_wasm_module *m, const gvm_wasm_native *n,
                          const uint8_t *tables);
uint32_t *gvm_wasm_image_places(const gvm_wasm_module *m, uint8_t *tables);
/* As gvm_wasm_module_attach, but `n` has a length of code alone (and no places): what is touched
 * comes from the image, whose tables must equal the module's own; these are freed. For modules that
 * nobody else has yet. GVM_ERR_UNSUPPORTED where that is not possible; then, and with any other
 * error, the image is still the caller's. */
GVM_NODISCARD gvm_status gvm_wasm_module_attach_image(gvm_wasm_module *m, const gvm_wasm_native *n,
                                                      const gvm_wasm_image *image);
/* gvm_wasm_traps_enable was called, and the host has pages of that size. */
bool gvm_wasm_image_possible(void);
/* Gives back what came; it comes again when it is touched again. From any thread, at any time. */
void gvm_wasm_lazy_drop(gvm_wasm_module *m);
/* Bytes that came and were not given back: of a module, of all. */
size_t gvm_wasm_lazy_resident(const gvm_wasm_module *m);
size_t gvm_wasm_lazy_resident_sum(void);
/* Bytes that the module has in memory without what is lazy; gives back what its tables have too
 * much, before it is shared. */
size_t gvm_wasm_module_memory(const gvm_wasm_module *m);
void gvm_wasm_module_trim(gvm_wasm_module *m);

#endif
