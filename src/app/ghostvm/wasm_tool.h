/* What the commands `ghostvm wasm check|info|run|compile` have in common. */
#ifndef GVM_APP_GHOSTVM_WASM_TOOL_H
#define GVM_APP_GHOSTVM_WASM_TOOL_H

#include "app/ghostvm/tool.h"
#include "vm/wasm/wasm.h"

#define GVM_WASM_TOOL_PROFILE(fallback_)                                                    \
    {                                                                                       \
        .name = "profile", .type = GVM_SETTING_CHOICE, .choices = "contract|core",          \
        .fallback = fallback_,                                                              \
        .help = "Limits: those of contracts, or WebAssembly 2.0 with an embedder's limits." \
    }
#define GVM_WASM_TOOL_PROFILERS                                                 \
    GVM_TOOL_OPTION("perf-map", BOOL, NULL, NULL,                               \
                    "Names compiled functions to perf, in /tmp/perf-PID.map."), \
        GVM_TOOL_OPTION("gdb", BOOL, NULL, NULL, "Names compiled functions to gdb.")

/* Appends the module that `text` names: a file (- is standard input) with a module, with stored
 * code (EF 47 00 and the module, EF 47 01 and a zstd frame), with hex of either, or a .json
 * artifact. */
gvm_status gvm_wasm_tool_read(gvm_tool *t, gvm_buf *out, const char *text);

/* Loads a module as a contract, where deployment would accept it. The reason of a refusal is in
 * *err, and its place in *why where it is one of the loader's (else why->status is GVM_OK). */
gvm_status gvm_wasm_tool_contract(gvm_wasm_module **out, gvm_wasm_refusal *why, gvm_bytes module,
                                  gvm_error *err);
/* Loads by --profile; where it is refused, t->err says at which offset, and why. */
gvm_status gvm_wasm_tool_load(gvm_tool *t, gvm_wasm_module **out, gvm_wasm_refusal *why,
                              gvm_bytes module);
/* --perf-map and --gdb. */
gvm_status gvm_wasm_tool_profilers(gvm_tool *t);

/* "(i32, i64) -> f64". */
void gvm_wasm_tool_put_type(gvm_buf *out, const gvm_wasm_functype *type);
const char *gvm_wasm_tool_type_name(uint8_t type);
/* Units as gas: "0.33", "12". */
void gvm_wasm_tool_put_gas(gvm_buf *out, uint64_t units);

#endif
