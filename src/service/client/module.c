#include "service/client/module.h"

typedef struct section {
    gvm_bytes whole; /* with id and size */
    uint8_t id;
    gvm_bytes name, content; /* of custom ones */
} section;

static bool read_u32(uint32_t *out, gvm_bytes *in) {
    uint32_t v = 0;
    for (unsigned i = 0; i < 5 && i < in->len; i++) {
        uint8_t byte = in->ptr[i];
        if (i == 4 && byte > 0x0f) return false;
        v |= (uint32_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) != 0) continue;
        *in = gvm_bytes_make(in->ptr + i + 1, in->len - i - 1);
        *out = v;
        return true;
    }
    return false;
}

static void put_u32(gvm_buf *out, uint32_t v) {
    for (; v > 0x7f; v >>= 7) gvm_buf_put(out, (uint8_t)(v | 0x80));
    gvm_buf_put(out, (uint8_t)v);
}

static bool begin(gvm_bytes *rest, gvm_bytes module) {
    static const uint8_t magic[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    if (module.len < sizeof magic || memcmp(module.ptr, magic, sizeof magic) != 0) return false;
    *rest = gvm_bytes_make(module.ptr + sizeof magic, module.len - sizeof magic);
    return true;
}

/* Takes the next section off *rest. */
static bool next(section *s, gvm_bytes *rest) {
    gvm_bytes at = *rest;
    uint32_t size, name;
    if (at.len == 0) return false;
    s->id = at.ptr[0];
    at = gvm_bytes_make(at.ptr + 1, at.len - 1);
    if (!read_u32(&size, &at) || size > at.len) return false;
    size_t frame = (size_t)(at.ptr - rest->ptr) + size;
    s->whole = gvm_bytes_make(rest->ptr, frame);
    *rest = gvm_bytes_make(rest->ptr + frame, rest->len - frame);
    if (s->id != 0) return true;
    gvm_bytes body = gvm_bytes_make(at.ptr, size);
    if (!read_u32(&name, &body) || name > body.len) return false;
    s->name = gvm_bytes_make(body.ptr, name);
    s->content = gvm_bytes_make(body.ptr + name, body.len - name);
    return true;
}

static bool begins(gvm_bytes name, const char *prefix) {
    size_t n = strlen(prefix);
    return name.len >= n && memcmp(name.ptr, prefix, n) == 0;
}

static bool is_kept(const section *s, bool keep_names) {
    static const char *const dropped[] = {
        ".debug_",         "external_debug_info", "sourceMappingURL", "producers",
        "target_features", "ghost.abi",           "ghost.flags",      "ghost.end",
    };
    if (s->id != 0) return true;
    for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
        if (begins(s->name, dropped[i])) return false;
    return keep_names || !gvm_bytes_equal(s->name, gvm_bytes_str("name"));
}

static gvm_status put_custom(gvm_buf *out, const char *name, gvm_bytes content) {
    uint32_t n = (uint32_t)strlen(name); /* one byte as a number: all of ours are short */
    if (content.len > (1u << 30)) return GVM_ERR_LIMIT;
    gvm_buf_put(out, 0);
    put_u32(out, 1 + n + (uint32_t)content.len);
    put_u32(out, n);
    gvm_buf_str(out, name);
    gvm_buf_append(out, content.ptr, content.len);
    return gvm_buf_status(out);
}

gvm_status gvm_module_finish(gvm_buf *out, gvm_bytes module, const gvm_module_extras *extras,
                             gvm_error *err) {
    gvm_bytes rest;
    section s;
    if (!begin(&rest, module))
        return gvm_error_set(err, GVM_ERR_WASM_MALFORMED,
                             "expected a WebAssembly module: it does not begin with \\0asm 1");
    gvm_buf_append(out, module.ptr, 8);
    while (rest.len > 0) {
        size_t at = module.len - rest.len;
        if (!next(&s, &rest))
            return gvm_error_set(err, GVM_ERR_WASM_MALFORMED, "offset %zu: the section is cut", at);
        if (is_kept(&s, extras->keep_names)) gvm_buf_append(out, s.whole.ptr, s.whole.len);
    }
    if (extras->abi.len > 0) GVM_TRY(put_custom(out, "ghost.abi", extras->abi));
    if (extras->flags != 0) {
        uint8_t le[4];
        gvm_store_le32(le, extras->flags);
        GVM_TRY(put_custom(out, "ghost.flags", gvm_bytes_make(le, sizeof le)));
    }
    return put_custom(out, "ghost.end", (gvm_bytes){0});
}

bool gvm_module_custom(gvm_bytes *content, gvm_bytes module, const char *prefix) {
    gvm_bytes rest;
    section s;
    if (!begin(&rest, module)) return false;
    while (next(&s, &rest)) {
        if (s.id != 0 || !begins(s.name, prefix)) continue;
        if (content != NULL) *content = s.content;
        return true;
    }
    return false;
}

bool gvm_module_ends(gvm_bytes module) {
    gvm_bytes rest;
    section s;
    if (!begin(&rest, module)) return false;
    while (next(&s, &rest))
        if (s.id == 0 && gvm_bytes_equal(s.name, gvm_bytes_str("ghost.end")))
            return rest.len == 0 && s.content.len == 0;
    return false;
}
