/* Help and documentation: everything here is read off the table. */
#include "service/jsonrpc/internal.h"

void gvm_rpc_put_usage(gvm_buf *out, const gvm_rpc_method *method) {
    gvm_buf_printf(out, "%s(", method->name);
    size_t n = gvm_rpc_param_count(method);
    for (size_t i = 0; i < n; i++)
        gvm_buf_printf(out, "%s%s%s", i == 0 ? "" : ", ", method->params[i].name,
                       method->params[i].optional ? "?" : "");
    if ((method->flags & GVM_RPC_VARIADIC) != 0) gvm_buf_str(out, ", ...");
    gvm_buf_put(out, ')');
}

static void put_conditions(gvm_buf *out, unsigned flags) {
    if ((flags & GVM_RPC_DEV_ONLY) != 0) gvm_buf_str(out, "In development mode only.\n\n");
    if ((flags & GVM_RPC_NEEDS_PEER) != 0) gvm_buf_str(out, "Over WebSocket only.\n\n");
}

static void put_method(gvm_buf *out, const gvm_rpc_method *m) {
    gvm_buf_printf(out, "### %s\n\n%s.\n\n", m->name, m->summary);
    put_conditions(out, m->flags);
    size_t n = gvm_rpc_param_count(m);
    if (n > 0)
        gvm_buf_str(out, "| parameter | type | default | what |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < n; i++) {
        const gvm_rpc_param *p = &m->params[i];
        gvm_buf_printf(out, "| `%s` | %s | ", p->name, gvm_rpc_type_name(p->type));
        if (!p->optional) {
            gvm_buf_str(out, "required");
        } else if (p->fallback != NULL) {
            gvm_buf_printf(out, "`%s`", p->fallback);
        } else {
            gvm_buf_str(out, "none");
        }
        gvm_buf_printf(out, " | %s |\n", p->text == NULL ? "" : p->text);
    }
    gvm_buf_printf(out, "%sResult: %s\n\n", n > 0 ? "\n" : "", m->result);
}

static size_t prefix_len(const char *name) {
    const char *end = strchr(name, '_');
    return end == NULL ? strlen(name) : (size_t)(end - name);
}

void gvm_rpc_write_markdown(gvm_buf *out, const gvm_rpc_method *methods, size_t count) {
    gvm_buf_str(out, "# JSON-RPC methods\n\nMade from the table of methods "
                     "(`src/service/jsonrpc/methods.inc`); do not "
                     "edit.\n\nJSON-RPC 2.0 over HTTP POST and over WebSocket, on one port. "
                     "Parameters go by position or "
                     "by name.\n\n## Types\n\n| type | what to write |\n| --- | --- |\n");
    for (unsigned t = 0; t < GVM_RPC_TYPE_COUNT; t++)
        gvm_buf_printf(out, "| %s | %s |\n", gvm_rpc_type_name((gvm_rpc_type)t),
                       gvm_rpc_type_expected((gvm_rpc_type)t));
    gvm_buf_str(
        out,
        "\n## Error codes\n\n| code | meaning |\n| --- | --- |\n"
        "| -32700 | the request is not JSON |\n| -32600 | the request is not JSON-RPC 2.0 |\n"
        "| -32601 | no such method |\n| -32602 | a parameter is not valid; the message names it |\n"
        "| -32603 | the node failed |\n| -32000 | the request cannot be done; see the message |\n"
        "| -32001 | block, transaction or state not found |\n"
        "| -32002 | not now: time limit, overload, shutting down |\n| -32003 | transaction "
        "rejected |\n"
        "| -32004 | not supported |\n| -32005 | a limit was reached |\n"
        "| 3 | execution reverted; `data` is what the contract returned |\n");
    for (size_t i = 0; i < count; i++) {
        size_t len = prefix_len(methods[i].name);
        bool first = true;
        for (size_t j = 0; j < i && first; j++)
            first = prefix_len(methods[j].name) != len ||
                    memcmp(methods[j].name, methods[i].name, len) != 0;
        if (!first) continue;
        gvm_buf_printf(out, "\n## %.*s\n\n", (int)len, methods[i].name);
        for (size_t j = i; j < count; j++) {
            if (prefix_len(methods[j].name) == len &&
                memcmp(methods[j].name, methods[i].name, len) == 0)
                put_method(out, &methods[j]);
        }
    }
}
