#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "service/client/contract_build.h"
#include "service/client/module.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_TOOL_OPTION("out", TEXT, "build", "FOLDER", "Where the results go."),
    GVM_TOOL_OPTION("name", TEXT, NULL, "NAME", "The contract's name; else the source's."),
    GVM_TOOL_OPTION("abi", TEXT, NULL, "FILE",
                    "Its JSON ABI; else NAME.abi.json beside the source."),
    GVM_TOOL_OPTION("refuse-reentry", BOOL, NULL, NULL,
                    "A call into the contract while it runs already fails (ghost.flags)."),
    GVM_TOOL_OPTION("strip", BOOL, NULL, NULL, "Leave out the names of functions."),
    {.name = "stack",
     .type = GVM_SETTING_SIZE,
     .fallback = "32KiB",
     .value_name = "SIZE",
     .help = "The stack of C contracts.",
     .min = 1024,
     .max = 1 << 20},
    GVM_TOOL_OPTION("flag", LIST, NULL, "FLAG", "For the compiler; may be repeated."),
    GVM_TOOL_OPTION("clang", TEXT, "clang", "PROGRAM", "The compiler of C."),
    GVM_TOOL_OPTION("asc", TEXT, NULL, "PROGRAM", "The compiler of AssemblyScript; else npm's."),
    GVM_TOOL_OPTION("sdk", TEXT, NULL, "FOLDER", "contracts/sdk; else found beside this program."),
    GVM_TOOL_OPTION("verbose", BOOL, NULL, NULL, "Show the compiler's command line."),
};
static const gvm_tool_spec spec = {
    .usage = "wasm build [OPTIONS] SOURCE",
    .about =
        "Builds a WebAssembly contract. SOURCE is a .c file or a folder of them, a .ts file of\n"
        "AssemblyScript or a folder with one, or a .wasm that another compiler made. "
        "NAME.abi.json\n"
        "beside it is the ABI; selectors, topics and the router are made of it. Writes NAME.wasm\n"
        "(to deploy), NAME.json (the same with its ABI, for viem and ethers) and NAME.debug.wasm\n"
        "(with debug information, which is not deployed).",
    .examples = "  ghostvm wasm build contracts/templates/c/counter\n"
                "  ghostvm wasm build --out out --refuse-reentry wallet.c\n"
                "  ghostvm wasm build contracts/templates/assemblyscript/erc20\n"
                "  ghostvm wasm build --abi token.abi.json target/token.wasm\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
};

/* The SDK in a checkout that this program was built in, or where it was installed to. */
static bool find_sdk(char out[PATH_MAX]) {
    static const char *const places[] = {"../contracts/sdk", "../../contracts/sdk",
                                         "../share/ghostvm/sdk"};
    char self[PATH_MAX], path[PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return false;
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", self, places[i]);
        if (realpath(path, out) != NULL) return true;
    }
    return false;
}

static gvm_status show(gvm_tool *t, const gvm_contract_built *built) {
    if (t->json) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *root = yyjson_mut_obj(doc);
        yyjson_mut_doc_set_root(doc, root);
        yyjson_mut_obj_add_str(doc, root, "name", built->name);
        yyjson_mut_obj_add_str(doc, root, "wasm", built->wasm);
        yyjson_mut_obj_add_str(doc, root, "artifact", built->json);
        if (built->debug[0] != '\0') yyjson_mut_obj_add_str(doc, root, "debug", built->debug);
        yyjson_mut_obj_add_uint(doc, root, "size", built->size);
        return gvm_tool_print_doc(doc);
    }
    gvm_tool_row(t, "contract", "%s, %zu bytes", built->wasm, built->size);
    gvm_tool_row(t, "artifact", "%s%s", built->json, built->has_abi ? "" : " (without an ABI)");
    if (built->debug[0] != '\0') gvm_tool_row(t, "debug information", "%s", built->debug);
    return GVM_OK;
}

static gvm_status run(gvm_tool *t) {
    const gvm_settings *s = &t->settings;
    char sdk[PATH_MAX];
    gvm_contract_built built;
    gvm_contract_build b = {
        .source = t->args[0],
        .out_dir = gvm_settings_text(s, "out"),
        .name = gvm_settings_text(s, "name"),
        .abi = gvm_settings_text(s, "abi"),
        .sdk = gvm_settings_text(s, "sdk"),
        .clang = gvm_settings_text(s, "clang"),
        .asc = gvm_settings_text(s, "asc"),
        .module_flags = gvm_settings_bool(s, "refuse-reentry") ? GVM_MODULE_REFUSE_REENTRY : 0,
        .stack = (uint32_t)gvm_settings_number(s, "stack"),
        .strip = gvm_settings_bool(s, "strip"),
        .verbose = gvm_settings_bool(s, "verbose"),
    };
    b.flags = gvm_settings_list(s, &b.flag_count, "flag");
    if (b.sdk == NULL) b.sdk = find_sdk(sdk) ? sdk : "contracts/sdk";
    t->working = true;
    GVM_TRY(gvm_contract_build_run(&built, &b, &t->err));
    return show(t, &built);
}

int gvm_cmd_wasm_build(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
