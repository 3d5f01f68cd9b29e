#include "service/client/bindings.h"

#include "codec/json.h"

#include <stdlib.h>

static bool payable(const gvm_abi_entry *e) {
    return strcmp(e->mutability, "payable") == 0;
}
static size_t words(const gvm_abi_entry *e) {
    return e->inputs == NULL ? 0 : e->inputs->size / 32;
}
static const gvm_abi_entry *first_of(const gvm_abi_contract *c, gvm_abi_entry_kind kind) {
    for (size_t i = 0; i < c->count; i++)
        if (c->entries[i].kind == kind) return &c->entries[i];
    return NULL;
}

/* The entry's name, told apart from those of its kind before it. */
static void put_name(gvm_buf *out, const gvm_abi_contract *c, const gvm_abi_entry *e) {
    unsigned same = 1;
    for (const gvm_abi_entry *p = c->entries; p < e; p++)
        if (p->kind == e->kind && strcmp(p->name, e->name) == 0) same++;
    gvm_buf_str(out, e->name);
    if (same > 1) gvm_buf_printf(out, "_%u", same);
}

static void put_made_by(gvm_buf *out, const char *file) {
    gvm_buf_printf(out, "Made by `ghostvm wasm build` from %s; changes are lost.", file);
}

static const char *kind_prefix(gvm_abi_entry_kind kind) {
    return kind == GVM_ABI_FUNCTION ? "SELECTOR" : kind == GVM_ABI_ERROR ? "ERROR" : "EVENT";
}

static void put_topic(gvm_buf *out, const gvm_hash *topic) {
    for (size_t i = 0; i < sizeof topic->b; i++)
        gvm_buf_printf(out, "%s0x%02x", i == 0 ? "" : i % 16 == 0 ? ",\n    " : ", ", topic->b[i]);
}

/* ---- C */

static void put_c_constants(gvm_buf *out, const gvm_abi_contract *c, const char *prefix) {
    for (size_t i = 0; i < c->count; i++) {
        const gvm_abi_entry *e = &c->entries[i];
        if (e->kind > GVM_ABI_ERROR) continue;
        bool event = e->kind == GVM_ABI_EVENT;
        gvm_buf_printf(out, "/* %s */\n", e->signature);
        gvm_buf_str(out, event ? "static const bytes32 " : "#define ");
        gvm_buf_printf(out, "%s_", prefix != NULL ? prefix : kind_prefix(e->kind));
        put_name(out, c, e);
        if (event) {
            gvm_buf_str(out, " __attribute__((unused)) = {{\n    ");
            put_topic(out, &e->hash);
            gvm_buf_str(out, "}};\n");
        } else {
            gvm_buf_printf(out, " 0x%08xu\n", gvm_load_be32(e->hash.b));
        }
    }
}

static void put_c_router(gvm_buf *out, const gvm_abi_contract *c) {
    const gvm_abi_entry *create = first_of(c, GVM_ABI_CONSTRUCTOR);
    const gvm_abi_entry *receive = first_of(c, GVM_ABI_RECEIVE);
    const gvm_abi_entry *fallback = first_of(c, GVM_ABI_FALLBACK);
    for (size_t i = 0; i < c->count; i++) {
        if (c->entries[i].kind != GVM_ABI_FUNCTION) continue;
        gvm_buf_str(out, "METHOD(");
        put_name(out, c, &c->entries[i]);
        gvm_buf_str(out, ");\n");
    }
    if (create != NULL) gvm_buf_str(out, "CONSTRUCTOR();\n");
    if (receive != NULL) gvm_buf_str(out, "METHOD(receive);\n");
    if (fallback != NULL) gvm_buf_str(out, "METHOD(fallback);\n");
    gvm_buf_str(out, "\n#define GHOST_FUNCTIONS(X) \\\n");
    for (size_t i = 0; i < c->count; i++) {
        const gvm_abi_entry *e = &c->entries[i];
        if (e->kind != GVM_ABI_FUNCTION) continue;
        gvm_buf_str(out, "    X(SELECTOR_");
        put_name(out, c, e);
        gvm_buf_str(out, ", ");
        put_name(out, c, e);
        gvm_buf_printf(out, ", %zu, %s) \\\n", words(e), payable(e) ? "true" : "false");
    }
    gvm_buf_str(out, "\n#define GHOST_OTHERWISE(whole)");
    if (receive != NULL) gvm_buf_str(out, " GHOST_RECEIVE(whole)");
    if (fallback != NULL)
        gvm_buf_printf(out, " GHOST_FALLBACK(%s)", payable(fallback) ? "true" : "false");
    else
        gvm_buf_str(out, " GHOST_NONE(whole)");
    gvm_buf_str(out, "\nGHOST_ROUTER(GHOST_FUNCTIONS, GHOST_OTHERWISE)\n");
    if (create != NULL)
        gvm_buf_printf(out, "GHOST_INIT(%zu, %s)\n", words(create),
                       payable(create) ? "true" : "false");
    else
        gvm_buf_str(out, "GHOST_NO_INIT\n");
}

void gvm_bindings_put_c(gvm_buf *out, const gvm_abi_contract *c, const char *file) {
    gvm_buf_str(out, "/* ");
    put_made_by(out, file);
    gvm_buf_str(out, " */\n#include <ghost.h>\n\n");
    put_c_constants(out, c, NULL);
    gvm_buf_str(out, "\n");
    put_c_router(out, c);
}

void gvm_bindings_put_c_interface(gvm_buf *out, const gvm_abi_contract *c, const char *file,
                                  const char *prefix) {
    gvm_buf_str(out, "/* ");
    put_made_by(out, file);
    gvm_buf_str(out, " */\n#pragma once\n#include <ghost.h>\n\n");
    put_c_constants(out, c, prefix);
}

/* ---- AssemblyScript */

void gvm_bindings_put_as(gvm_buf *out, const gvm_abi_contract *c, const char *file) {
    gvm_buf_str(out, "// ");
    put_made_by(out, file);
    gvm_buf_str(out, "\n");
    for (size_t i = 0; i < c->count; i++) {
        const gvm_abi_entry *e = &c->entries[i];
        if (e->kind > GVM_ABI_ERROR) continue;
        gvm_buf_printf(out, "\n// %s\nexport const %s_", e->signature, kind_prefix(e->kind));
        put_name(out, c, e);
        if (e->kind == GVM_ABI_EVENT) {
            gvm_buf_str(out, ": StaticArray<u8> = [\n    ");
            put_topic(out, &e->hash);
            gvm_buf_str(out, ",\n];\n");
        } else {
            gvm_buf_printf(out, ": u32 = 0x%08x;\n", gvm_load_be32(e->hash.b));
        }
    }
}

void gvm_bindings_put_as_router(gvm_buf *out, const gvm_abi_contract *c, const char *file,
                                const char *module) {
    const gvm_abi_entry *create = first_of(c, GVM_ABI_CONSTRUCTOR);
    const gvm_abi_entry *receive = first_of(c, GVM_ABI_RECEIVE);
    const gvm_abi_entry *fallback = first_of(c, GVM_ABI_FALLBACK);
    gvm_buf_str(out, "// ");
    put_made_by(out, file);
    gvm_buf_printf(
        out,
        "\nimport { __args, __enter, __readCall, __readInput, __selector, revertEmpty } from "
        "\"@ghostvm/as\";\nimport * as contract from \"%s\";\n\n"
        "export function invoke(): i32 {\n    if (__readCall()) {\n"
        "        switch (__selector) {\n",
        module);
    for (size_t i = 0; i < c->count; i++) {
        const gvm_abi_entry *e = &c->entries[i];
        if (e->kind != GVM_ABI_FUNCTION) continue;
        gvm_buf_printf(out, "            case 0x%08x: // %s\n                __enter(%zu, %s);\n",
                       gvm_load_be32(e->hash.b), e->signature, words(e),
                       payable(e) ? "true" : "false");
        gvm_buf_str(out, "                contract.");
        put_name(out, c, e);
        gvm_buf_str(out, "();\n                return 0;\n");
    }
    gvm_buf_str(out, "            default:\n                break;\n        }\n    }");
    if (receive != NULL)
        gvm_buf_str(out, " else if (__args.length == 0) {\n        contract.receive();\n"
                         "        return 0;\n    }");
    if (fallback != NULL)
        gvm_buf_printf(out,
                       "\n    __readInput();\n    __enter(0, %s);\n    contract.fallback();\n"
                       "    return 0;\n}\n",
                       payable(fallback) ? "true" : "false");
    else
        gvm_buf_str(out, "\n    revertEmpty();\n    return 1;\n}\n");
    gvm_buf_printf(
        out, "\nexport function init(): i32 {\n    __readInput();\n    __enter(%zu, %s);\n",
        create != NULL ? words(create) : 0, create != NULL && payable(create) ? "true" : "false");
    if (create != NULL) gvm_buf_str(out, "    contract.constructor_();\n");
    gvm_buf_str(out, "    return 0;\n}\n");
}

gvm_status gvm_bindings_abi_json(gvm_buf *out, gvm_bytes json, gvm_error *err) {
    yyjson_doc *doc;
    GVM_TRY(gvm_json_parse(&doc, json, NULL, err));
    gvm_json_at root = gvm_json_root(doc), abi = root;
    gvm_status status = GVM_OK;
    if (yyjson_is_obj(root.val)) status = gvm_json_get(&abi, &root, "abi", err);
    if (status == GVM_OK) {
        size_t len;
        char *text = yyjson_val_write(abi.val, YYJSON_WRITE_NOFLAG, &len);
        if (text == NULL)
            status = GVM_ERR_NOMEM;
        else
            gvm_buf_append(out, text, len);
        free(text);
        if (status == GVM_OK) status = gvm_buf_status(out);
    }
    yyjson_doc_free(doc);
    return status;
}
