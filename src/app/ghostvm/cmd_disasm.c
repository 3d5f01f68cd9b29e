#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "codec/hex.h"
#include "service/client/files.h"
#include "vm/evm/disasm.h"
#include "vm/zvm/asm.h"
#include "vm/zvm/container.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_TOOL_OPTION("fork", TEXT, "osaka", "NAME", "Whose instructions."),
};
static const gvm_tool_spec spec = {
    .usage = "disasm [OPTIONS] CODE",
    .about =
        "Shows EVM code as instructions, and containers of ZVM code as source. CODE is hex, @FILE "
        "with\nhex or a compiler's JSON, or - for standard input.",
    .examples = "  ghostvm disasm 0x6001600201\n"
                "  ghostvm disasm @contracts/tour/Token.json\n"
                "  ghostvm rpc eth_getCode 0x... latest | ghostvm disasm -\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_min = 1,
    .args_max = 1,
};

static gvm_status print_json(gvm_bytes code, gvm_fork fork) {
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    gvm_disasm_line line;
    size_t pc = 0;
    bool reachable = true, good = doc != NULL && list != NULL;
    yyjson_mut_doc_set_root(doc, list);
    while (good && gvm_disasm_next(&line, &pc, &reachable, code, fork)) {
        yyjson_mut_val *one = yyjson_mut_arr_add_obj(doc, list);
        good = yyjson_mut_obj_add_uint(doc, one, "pc", line.pc) &&
               yyjson_mut_obj_add_uint(doc, one, "op", line.opcode);
        if (line.name == NULL)
            good = good && yyjson_mut_obj_add_null(doc, one, "name");
        else
            good = good && yyjson_mut_obj_add_str(doc, one, "name", line.name);
        if (line.immediate.len > 0)
            good = good && gvm_json_add_data(doc, one, "immediate", line.immediate);
        good = good && yyjson_mut_obj_add_bool(doc, one, "reachable", line.reachable);
    }
    if (good) return gvm_tool_print_doc(doc);
    yyjson_mut_doc_free(doc);
    return GVM_ERR_NOMEM;
}

static gvm_status run(gvm_tool *t) {
    const char *name = gvm_settings_text(&t->settings, "fork");
    gvm_fork fork;
    gvm_buf code = {0}, text = {0};
    if (gvm_fork_by_name(&fork, name) != GVM_OK)
        return gvm_error_set(&t->err, GVM_ERR_NOT_FOUND,
                             "--fork: expected a fork such as berlin, cancun or osaka; found "
                             "\"%.60s\"",
                             name);
    gvm_status status = gvm_files_code(&code, t->args[0], &t->err);
    if (status == GVM_OK) {
        t->working = true;
        if (t->json) {
            status = print_json(gvm_buf_bytes(&code), fork);
        } else {
            gvm_bytes whole = gvm_buf_bytes(&code);
            bool zvm = gvm_zvm_is_deployed(whole) || gvm_zvm_is_container(whole);
            status = zvm ? gvm_zvm_disassemble_container(&text, whole, &t->err)
                         : gvm_disasm_print(&text, whole, fork);
            if (status == GVM_OK) (void)fwrite(text.ptr, 1, text.len, stdout);
        }
    }
    gvm_buf_free(&text);
    gvm_buf_free(&code);
    return status;
}

int gvm_cmd_disasm(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
