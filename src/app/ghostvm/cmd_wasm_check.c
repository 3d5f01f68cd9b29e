#include "app/ghostvm/cmd.h"
#include "app/ghostvm/wasm_tool.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_WASM_TOOL_PROFILE("contract"),
};
static const gvm_tool_spec spec = {
    .usage = "wasm check [OPTIONS] FILE",
    .about =
        "Tells whether a WebAssembly module is accepted: by the chain (profile `contract`), or "
        "as\nWebAssembly alone (profile `core`). A refusal names the offset of the byte with "
        "which it became\ncertain, and why; the code is then 1. FILE is a module, stored code, "
        "hex of either, an artifact\n(.json), or - for standard input.",
    .examples = "  ghostvm wasm check build/counter.wasm\n"
                "  ghostvm wasm check --profile core program.wasm\n"
                "  ghostvm rpc eth_getCode 0x... latest | ghostvm wasm check -\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
};

static gvm_status show_json(const gvm_tool *t, gvm_status status, const gvm_wasm_refusal *why,
                            size_t bytes) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_bool(doc, root, "accepted", status == GVM_OK);
    yyjson_mut_obj_add_str(doc, root, "profile", gvm_settings_text(&t->settings, "profile"));
    yyjson_mut_obj_add_uint(doc, root, "bytes", bytes);
    if (status != GVM_OK) {
        yyjson_mut_obj_add_str(doc, root, "status", gvm_status_name(status));
        if (why->status != GVM_OK) {
            yyjson_mut_obj_add_uint(doc, root, "offset", why->offset);
            if (why->function != GVM_WASM_NO_LIMIT)
                yyjson_mut_obj_add_uint(doc, root, "function", why->function);
        }
        yyjson_mut_obj_add_str(doc, root, "reason",
                               why->status != GVM_OK ? why->text : gvm_error_text(&t->err));
    }
    return gvm_tool_print_doc(doc);
}

static gvm_status run(gvm_tool *t) {
    gvm_buf file = {0};
    gvm_wasm_module *m = NULL;
    gvm_wasm_refusal why = {0};
    gvm_status status = gvm_wasm_tool_read(t, &file, t->args[0]);
    t->working = true;
    if (status == GVM_OK) {
        status = gvm_wasm_tool_load(t, &m, &why, gvm_buf_bytes(&file));
        if (t->json) {
            gvm_status shown = show_json(t, status, &why, file.len);
            if (status == GVM_OK) status = shown;
        } else if (status == GVM_OK) {
            printf("%saccepted%s: %zu bytes under profile %s\n", gvm_tool_good(t),
                   gvm_tool_plain(t), file.len, gvm_settings_text(&t->settings, "profile"));
        }
    }
    gvm_wasm_module_delete(m);
    gvm_buf_free(&file);
    return status;
}

int gvm_cmd_wasm_check(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
