#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "system/describe.h"

#include <stdio.h>

static const gvm_tool_spec spec = {
    .usage = "system abi|interface|docs|slots|list [CONTRACT]",
    .about = "What the system contracts offer, from their tables. abi: the JSON ABI of CONTRACT "
             "(Tokens, ...);\ninterface: its Solidity interface; docs: the Markdown page of all of "
             "them; "
             "slots: where their\nstorage is; list: names and addresses.",
    .examples = "  ghostvm system list\n"
                "  ghostvm system abi Tokens > tokens.json\n"
                "  ghostvm system interface TokenFace\n",
    .args_min = 1,
    .args_max = 2,
};

static void put_list(gvm_buf *out) {
    for (size_t i = 0; i < gvm_system_count(); i++) {
        const gvm_sys_entry *e = gvm_system_at(i);
        gvm_buf_printf(out, "0x");
        for (int k = 0; k < 20; k++) gvm_buf_printf(out, "%02x", e->address.b[k]);
        gvm_buf_printf(out, "  %s%s\n", e->contract->name,
                       e->contract->unavailable ? " (not available yet)" : "");
    }
}

static gvm_status run(gvm_tool *t) {
    const char *what = t->args[0];
    gvm_buf out = {0};
    bool of_one = strcmp(what, "abi") == 0 || strcmp(what, "interface") == 0;
    const gvm_sys_contract *contract = NULL;
    if (of_one && t->arg_count == 2) contract = gvm_system_by_name(t->args[1]);
    if (of_one && contract == NULL)
        return gvm_error_set(&t->err, GVM_ERR_NOT_FOUND,
                             "expected a contract's name, such as Tokens; `ghostvm system list` "
                             "tells them all");
    t->working = true;
    if (strcmp(what, "abi") == 0) {
        gvm_system_put_abi(&out, contract);
    } else if (strcmp(what, "interface") == 0) {
        gvm_system_put_interface(&out, contract);
    } else if (strcmp(what, "docs") == 0) {
        gvm_system_put_docs(&out);
    } else if (strcmp(what, "slots") == 0) {
        gvm_system_put_slots(&out);
    } else if (strcmp(what, "list") == 0) {
        put_list(&out);
    } else {
        t->working = false;
        return gvm_error_set(&t->err, GVM_ERR_ARGUMENT,
                             "expected abi, interface, docs, slots or list; found \"%.40s\"", what);
    }
    gvm_status status = gvm_buf_status(&out);
    if (status == GVM_OK) (void)fwrite(out.ptr, 1, out.len, stdout);
    gvm_buf_free(&out);
    return status;
}

int gvm_cmd_system(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
