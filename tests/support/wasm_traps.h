/* Guard pages under cmocka, which takes SIGSEGV for itself whenever a test begins. */
#ifndef GVM_TESTS_SUPPORT_WASM_TRAPS_H
#define GVM_TESTS_SUPPORT_WASM_TRAPS_H

#include "vm/wasm/wasm.h"

#include <signal.h>
#include <stdlib.h>

/* Enables traps, or puts their handler back. false: there are none. */
static inline bool wasm_traps_again(void) {
    static struct sigaction ours;
    static bool enabled;
    if (enabled) return sigaction(SIGSEGV, &ours, NULL) == 0;
    enabled = gvm_wasm_traps_enable() == GVM_OK && sigaction(SIGSEGV, NULL, &ours) == 0;
    return enabled;
}
/* The same where the environment wants it: scenario/wasm_traps. */
static inline void wasm_traps_if_wanted(void) {
    if (getenv("GVM_WASM_TRAPS") != NULL && !wasm_traps_again()) exit(77);
}

#endif
