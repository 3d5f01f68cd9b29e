/* Reading parameters by their type. Each reader fills one gvm_rpc_value or gives false; one place
 * then says what was expected (the type's sentence) and what was found. */
#include "codec/hex.h"
#include "service/jsonrpc/internal.h"

#include <stdio.h>

static const struct {
    const char *name, *expected;
} types[GVM_RPC_TYPE_COUNT] = {
#define X(name, shown, expected) [GVM_RPC_##name] = {shown, expected},
    GVM_RPC_TYPES(X)
#undef X
};

const char *gvm_rpc_type_name(gvm_rpc_type type) {
    GVM_ASSERT((unsigned)type < GVM_RPC_TYPE_COUNT);
    return types[type].name;
}

const char *gvm_rpc_type_expected(gvm_rpc_type type) {
    GVM_ASSERT((unsigned)type < GVM_RPC_TYPE_COUNT);
    return types[type].expected;
}

/* ---- describing */

static void describe_text(gvm_buf *out, yyjson_val *json) {
    enum { SHOWN = 48 };
    const char *text = yyjson_get_str(json);
    size_t len = yyjson_get_len(json), shown = len < SHOWN ? len : SHOWN;
    while (shown > 0 && shown < len && ((uint8_t)text[shown] & 0xc0) == 0x80) shown--;
    gvm_buf_printf(out, "the text \"%.*s%s\"", (int)shown, text, shown < len ? "…" : "");
    if (len >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
        gvm_buf_printf(out, " (%zu digits)", len - 2);
    } else if (shown < len) {
        gvm_buf_printf(out, " (%zu bytes)", len);
    }
}

void gvm_rpc_describe(gvm_buf *out, yyjson_val *json) {
    size_t n;
    switch (yyjson_get_type(json)) {
    case YYJSON_TYPE_NULL: gvm_buf_str(out, "null"); break;
    case YYJSON_TYPE_BOOL: gvm_buf_str(out, yyjson_get_bool(json) ? "true" : "false"); break;
    case YYJSON_TYPE_STR: describe_text(out, json); break;
    case YYJSON_TYPE_ARR:
        n = yyjson_arr_size(json);
        gvm_buf_printf(out, "an array of %zu", n);
        break;
    case YYJSON_TYPE_OBJ: gvm_buf_str(out, "an object"); break;
    case YYJSON_TYPE_RAW: gvm_buf_str(out, "a number of more than 64 bits"); break;
    case YYJSON_TYPE_NUM: {
        size_t len = 0;
        char *text = yyjson_val_write(json, YYJSON_WRITE_NOFLAG, &len);
        gvm_buf_printf(out, "the number %s", text == NULL ? "" : text);
        free(text);
        break;
    }
    default: gvm_buf_str(out, "nothing"); break;
    }
}

/* ---- readers */

static gvm_bytes text_of(yyjson_val *json) {
    return gvm_bytes_make(yyjson_get_str(json), yyjson_get_len(json));
}

static bool read_quantity(gvm_rpc_value *out, gvm_bytes text) {
    gvm_hash word;
    if (gvm_hex_parse_word(&word, text, GVM_HEX_STRICT) != GVM_OK) return false;
    out->quantity = gvm_u256_from_hash(&word);
    return true;
}

static bool read_decimal(uint64_t *out, gvm_bytes text) {
    uint64_t v = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(text.ptr[i] - '0'), &v))
            return false;
    }
    *out = v;
    return text.len > 0;
}

/* A JSON number may be written 1e3 or 5.0 by some clients: whole and below 2^53 is then exact. */
static bool read_number(gvm_rpc_value *out, yyjson_val *json) {
    if (yyjson_is_str(json)) {
        gvm_bytes text = text_of(json);
        return gvm_hex_parse_u64(&out->number, text, GVM_HEX_LOOSE) == GVM_OK ||
               read_decimal(&out->number, text);
    }
    if (yyjson_is_real(json)) {
        double v = yyjson_get_real(json);
        if (!(v >= 0 && v <= 9007199254740992.0) || v != (double)(uint64_t)v) return false;
        out->number = (uint64_t)v;
        return true;
    }
    if (!yyjson_is_uint(json)) return false;
    out->number = yyjson_get_uint(json);
    return true;
}

static bool read_slot(gvm_rpc_value *out, gvm_bytes text) {
    return text.len > 2 && text.len <= 66 &&
           gvm_hex_parse_word(&out->hash, text, GVM_HEX_LOOSE) == GVM_OK;
}

static bool read_tag(gvm_rpc_block *out, gvm_bytes text) {
    static const struct {
        const char *tag;
        gvm_rpc_block_kind kind;
    } tags[] = {{"latest", GVM_RPC_AT_LATEST},
                {"pending", GVM_RPC_AT_PENDING},
                {"earliest", GVM_RPC_AT_EARLIEST},
                {"safe", GVM_RPC_AT_SAFE},
                {"finalized", GVM_RPC_AT_FINALIZED}};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (!gvm_bytes_equal(text, gvm_bytes_str(tags[i].tag))) continue;
        out->kind = tags[i].kind;
        return true;
    }
    out->kind = GVM_RPC_AT_NUMBER;
    return gvm_hex_parse_u64(&out->number, text, GVM_HEX_STRICT) == GVM_OK;
}

/* EIP-1898: exactly one of blockNumber and blockHash; requireCanonical with blockHash alone. */
static bool read_block_object(gvm_rpc_block *out, yyjson_val *json) {
    yyjson_val *number = yyjson_obj_get(json, "blockNumber"),
               *hash = yyjson_obj_get(json, "blockHash");
    yyjson_val *canonical = yyjson_obj_get(json, "requireCanonical");
    if ((number == NULL) == (hash == NULL) || (canonical != NULL && !yyjson_is_bool(canonical)))
        return false;
    if (number != NULL) return yyjson_is_str(number) && read_tag(out, text_of(number));
    out->kind = GVM_RPC_AT_HASH;
    out->require_canonical = yyjson_get_bool(canonical);
    return yyjson_is_str(hash) && gvm_hex_decode_hash(&out->hash, text_of(hash)) == GVM_OK;
}

static bool read_block(gvm_rpc_block *out, gvm_rpc_type type, yyjson_val *json) {
    *out = (gvm_rpc_block){0};
    if (type == GVM_RPC_BLOCK && yyjson_is_obj(json)) return read_block_object(out, json);
    if (!yyjson_is_str(json)) return false;
    gvm_bytes text = text_of(json);
    if (type == GVM_RPC_BLOCK && text.len == 66) {
        out->kind = GVM_RPC_AT_HASH;
        return gvm_hex_decode_hash(&out->hash, text) == GVM_OK;
    }
    return read_tag(out, text);
}

static bool read_data(gvm_rpc_call *call, gvm_rpc_value *out, gvm_bytes text, bool *no_memory) {
    if (text.len < 2 || text.len % 2 != 0 || text.ptr[0] != '0' || text.ptr[1] != 'x') return false;
    size_t len = text.len / 2 - 1;
    uint8_t *to = gvm_rpc_alloc(call, len);
    if (to == NULL) {
        *no_memory = true;
        return false;
    }
    out->bytes = gvm_bytes_make(to, len);
    return gvm_hex_decode_fixed(to, len, text, GVM_HEX_PREFIX_REQUIRED) == GVM_OK;
}

static bool read_value(gvm_rpc_call *call, gvm_rpc_value *out, gvm_rpc_type type, yyjson_val *json,
                       bool *no_memory) {
    bool is_text = yyjson_is_str(json);
    gvm_bytes text = is_text ? text_of(json) : gvm_bytes_make(NULL, 0);
    switch (type) {
    case GVM_RPC_QUANTITY: return is_text && read_quantity(out, text);
    case GVM_RPC_UINT64:
        return is_text && gvm_hex_parse_u64(&out->number, text, GVM_HEX_STRICT) == GVM_OK;
    case GVM_RPC_NUMBER: return read_number(out, json);
    case GVM_RPC_DATA: return is_text && read_data(call, out, text, no_memory);
    case GVM_RPC_ADDRESS: return is_text && gvm_hex_decode_address(&out->address, text) == GVM_OK;
    case GVM_RPC_HASH: return is_text && gvm_hex_decode_hash(&out->hash, text) == GVM_OK;
    case GVM_RPC_SLOT: return is_text && read_slot(out, text);
    case GVM_RPC_BLOCK:
    case GVM_RPC_BLOCK_NUMBER: return read_block(&out->block, type, json);
    case GVM_RPC_BOOL: out->boolean = yyjson_get_bool(json); return yyjson_is_bool(json);
    case GVM_RPC_STRING: out->bytes = text; return is_text;
    case GVM_RPC_OBJECT: return yyjson_is_obj(json);
    case GVM_RPC_ARRAY: return yyjson_is_arr(json);
    case GVM_RPC_ANY: return true;
    default: return false;
    }
}

gvm_status gvm_rpc_read(gvm_rpc_call *call, gvm_rpc_value *out, gvm_rpc_type type, yyjson_val *json,
                        const char *name) {
    *out = (gvm_rpc_value){0};
    if (json == NULL || (yyjson_is_null(json) && type != GVM_RPC_ANY)) return GVM_OK;
    out->given = true;
    out->json = json;
    bool no_memory = false;
    if (read_value(call, out, type, json, &no_memory)) return GVM_OK;
    if (no_memory) return GVM_ERR_NOMEM;
    gvm_buf found = {0};
    gvm_rpc_describe(&found, json);
    gvm_buf_put(&found, 0);
    gvm_status status =
        gvm_rpc_fail(call, GVM_RPC_E_PARAMS, "invalid params: %s: expected %s, found %s", name,
                     types[type].expected, found.failed ? "something else" : (char *)found.ptr);
    gvm_buf_free(&found);
    return status;
}
