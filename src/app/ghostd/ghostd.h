/* The daemon: what it is told (options), what it opens (the chain), and what serves it. */
#ifndef GVM_APP_GHOSTD_H
#define GVM_APP_GHOSTD_H

#include "base/settings.h"
#include "service/node.h"

/* Exit codes. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* The store and the chain on it, with what they were made from. */
typedef struct gvm_home {
    gvm_store *store;
    gvm_node node;
    gvm_genesis genesis;
    char *temporary;                 /* folder to be removed at the end, or NULL */
    struct gvm_wasm_disk *wasm_code; /* NULL: compiled code is not kept */
} gvm_home;

/* Where and how compiled WebAssembly code is kept. What does not work is logged and done without.
 */
void gvm_home_open_wasm(gvm_home *home, const gvm_settings *settings);
void gvm_home_close_wasm(gvm_home *home);

/* Opens datadir and chain as the options say, and says in the log what was found. */
GVM_NODISCARD gvm_status gvm_home_open(gvm_home *home, const gvm_settings *settings,
                                       gvm_error *err);
void gvm_home_close(gvm_home *home);

/* Serves until a signal says to stop. Returns an exit code. */
int gvm_ghostd_serve(gvm_home *home, const gvm_settings *settings);

#endif
