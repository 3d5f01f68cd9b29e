/* Every reader on every value, with errors; numbers and data that are read are written and read
 * again. */
#include "codec/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_all(const gvm_json_at *at) {
    gvm_error err = {0};
    bool b;
    gvm_bytes text;
    uint64_t n;
    gvm_u256 u, u2;
    gvm_hash h;
    gvm_address a;
    gvm_buf bytes = {0};
    (void)!gvm_json_bool(&b, at, &err);
    (void)!gvm_json_string(&text, at, &err);
    (void)!gvm_json_hash(&h, at, &err);
    (void)!gvm_json_address(&a, at, &err);
    (void)!gvm_json_key_address(&a, at, &err);
    (void)!gvm_json_key_word(&h, at, &err);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    for (int form = 0; form < 3; form++) {
        bool wide = gvm_json_u256(&u, at, (gvm_json_number)form, &err) == GVM_OK;
        bool narrow = gvm_json_u64(&n, at, (gvm_json_number)form, &err) == GVM_OK;
        GVM_ASSERT(narrow == (wide && gvm_u256_fits_u64(u)));
        if (!wide) continue;
        yyjson_mut_val *v = gvm_json_new_u256(doc, u);
        gvm_bytes s = gvm_bytes_make(yyjson_mut_get_str(v), yyjson_mut_get_len(v));
        GVM_ASSERT(gvm_u256_parse(&u2, (const char *)s.ptr, s.len) == GVM_OK && gvm_u256_eq(u, u2));
    }
    if (gvm_json_data(&bytes, at, &err) == GVM_OK) {
        GVM_ASSERT(2 + 2 * bytes.len == yyjson_get_len(at->val));
    }
    yyjson_mut_doc_free(doc);
    gvm_buf_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_json_limits limits = {.size = 1 << 20, .depth = 24};
    gvm_error err = {0};
    yyjson_doc *doc;
    if (gvm_json_parse(&doc, gvm_bytes_make(data, size), &limits, &err) != GVM_OK) {
        GVM_ASSERT(err.text[0] != '\0');
        return 0;
    }
    gvm_json_at stack[32];
    gvm_json_iter iters[32];
    size_t depth = 0;
    stack[0] = gvm_json_root(doc);
    for (;;) {
        const gvm_json_at *at = &stack[depth];
        char path[64];
        try_all(at);
        gvm_json_path(path, sizeof path, at);
        if (gvm_json_each(&iters[depth], at, GVM_JSON_OBJECT, &err) == GVM_OK ||
            gvm_json_each(&iters[depth], at, GVM_JSON_ARRAY, &err) == GVM_OK) {
            GVM_ASSERT(++depth < 32);
        }
        while (depth > 0 && !gvm_json_step(&iters[depth - 1], &stack[depth])) depth--;
        if (depth == 0) break;
    }
    yyjson_doc_free(doc);
    return 0;
}
