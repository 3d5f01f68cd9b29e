/* web3_*, and rpc_*: what the node says about itself. */
#include "crypto/keccak.h"
#include "service/jsonrpc/internal.h"
#include "service/jsonrpc/methods.h"

gvm_status gvm_rpc_web3_clientVersion(gvm_rpc_call *call) {
    return gvm_rpc_return_string(call, gvm_rpc_client_version(call));
}

gvm_status gvm_rpc_web3_sha3(gvm_rpc_call *call) {
    gvm_hash hash;
    gvm_keccak256(&hash, gvm_rpc_arg_data(call, 0));
    return gvm_rpc_return_hash(call, &hash);
}

static bool exists(const gvm_rpc *rpc, const gvm_rpc_method *m) {
    return (m->flags & GVM_RPC_DEV_ONLY) == 0 || rpc->config.dev;
}

gvm_status gvm_rpc_rpc_modules(gvm_rpc_call *call) {
    const gvm_rpc *rpc = gvm_rpc_of(call);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *result = yyjson_mut_obj(doc);
    for (size_t i = 0; i < rpc->config.method_count; i++) {
        const gvm_rpc_method *m = &rpc->config.methods[i];
        const char *end = strchr(m->name, '_');
        if (end == NULL || !exists(rpc, m)) continue;
        size_t len = (size_t)(end - m->name);
        if (yyjson_mut_obj_getn(result, m->name, len) != NULL) continue;
        if (!yyjson_mut_obj_add(result, yyjson_mut_strn(doc, m->name, len),
                                yyjson_mut_str(doc, "1.0")))
            return GVM_ERR_NOMEM;
    }
    return gvm_rpc_return(call, result);
}

/* OpenRPC 1.2.6, https://spec.open-rpc.org: the members that it requires, and our own words. */
static yyjson_mut_val *openrpc_method(yyjson_mut_doc *doc, const gvm_rpc_method *m) {
    yyjson_mut_val *row = yyjson_mut_obj(doc), *params = yyjson_mut_arr(doc);
    yyjson_mut_obj_add_str(doc, row, "name", m->name);
    yyjson_mut_obj_add_str(doc, row, "summary", m->summary);
    for (size_t i = 0; i < gvm_rpc_param_count(m); i++) {
        const gvm_rpc_param *p = &m->params[i];
        yyjson_mut_val *param = yyjson_mut_arr_add_obj(doc, params);
        yyjson_mut_obj_add_str(doc, param, "name", p->name);
        if (p->text != NULL) yyjson_mut_obj_add_str(doc, param, "summary", p->text);
        yyjson_mut_obj_add_bool(doc, param, "required", !p->optional);
        yyjson_mut_val *schema = yyjson_mut_obj_add_obj(doc, param, "schema");
        yyjson_mut_obj_add_str(doc, schema, "title", gvm_rpc_type_name(p->type));
        yyjson_mut_obj_add_str(doc, schema, "description", gvm_rpc_type_expected(p->type));
    }
    yyjson_mut_obj_add_val(doc, row, "params", params);
    yyjson_mut_val *result = yyjson_mut_obj_add_obj(doc, row, "result");
    yyjson_mut_obj_add_str(doc, result, "name", "result");
    yyjson_mut_val *schema = yyjson_mut_obj_add_obj(doc, result, "schema");
    yyjson_mut_obj_add_str(doc, schema, "title", m->result);
    return row;
}

gvm_status gvm_rpc_rpc_discover(gvm_rpc_call *call) {
    const gvm_rpc *rpc = gvm_rpc_of(call);
    yyjson_mut_doc *doc = gvm_rpc_doc(call);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_obj_add_str(doc, root, "openrpc", "1.2.6");
    yyjson_mut_val *info = yyjson_mut_obj_add_obj(doc, root, "info");
    yyjson_mut_obj_add_str(doc, info, "title", "GhostVM JSON-RPC");
    yyjson_mut_obj_add_str(doc, info, "version", rpc->config.client);
    yyjson_mut_val *methods = yyjson_mut_obj_add_arr(doc, root, "methods");
    for (size_t i = 0; i < rpc->config.method_count; i++) {
        const gvm_rpc_method *m = &rpc->config.methods[i];
        if (exists(rpc, m) && !yyjson_mut_arr_append(methods, openrpc_method(doc, m)))
            return GVM_ERR_NOMEM;
    }
    return gvm_rpc_return(call, root);
}

static void put_help(gvm_buf *out, const gvm_rpc_method *m) {
    gvm_rpc_put_usage(out, m);
    gvm_buf_printf(out, " -> %s\n%s\n", m->result, m->summary);
    for (size_t i = 0; i < gvm_rpc_param_count(m); i++) {
        const gvm_rpc_param *p = &m->params[i];
        gvm_buf_printf(out, "  %s: %s", p->name,
                       p->text == NULL ? gvm_rpc_type_name(p->type) : p->text);
        gvm_buf_printf(out, "; %s", gvm_rpc_type_expected(p->type));
        if (p->fallback != NULL) gvm_buf_printf(out, "; default %s", p->fallback);
        gvm_buf_put(out, '\n');
    }
}

gvm_status gvm_rpc_rpc_help(gvm_rpc_call *call) {
    const gvm_rpc *rpc = gvm_rpc_of(call);
    gvm_buf out = {0};
    if (gvm_rpc_arg_given(call, 0)) {
        gvm_bytes name = gvm_rpc_arg_string(call, 0);
        const gvm_rpc_method *m = gvm_rpc_find(rpc, name);
        if (m == NULL) {
            const char *near = gvm_rpc_suggest(rpc, name);
            return gvm_rpc_fail_param(call, 0, "expected the name of a method, found \"%.*s\"%s%s",
                                      (int)(name.len < 64 ? name.len : 64), (const char *)name.ptr,
                                      near == NULL ? "" : "; did you mean ",
                                      near == NULL ? "" : near);
        }
        put_help(&out, m);
    } else {
        for (size_t i = 0; i < rpc->config.method_count; i++) {
            if (!exists(rpc, &rpc->config.methods[i])) continue;
            gvm_rpc_put_usage(&out, &rpc->config.methods[i]);
            gvm_buf_put(&out, '\n');
        }
    }
    if (out.len > 0) out.ptr[out.len - 1] = '\0'; /* in the place of the last newline */
    gvm_status status = out.failed
                            ? GVM_ERR_NOMEM
                            : gvm_rpc_return_string(call, out.len == 0 ? "" : (char *)out.ptr);
    gvm_buf_free(&out);
    return status;
}
