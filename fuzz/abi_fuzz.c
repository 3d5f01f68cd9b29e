/* The input is a line of types and then data. Data that decodes is a value: its encoding decodes
 * strictly to the same value, and its text reads back to it. The whole input is also tried as a
 * signature, a JSON ABI and revert data. */
#include "codec/abi.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(gvm_arena *arena, const gvm_abi_type *types, gvm_bytes data) {
    gvm_abi_value v, back;
    gvm_error err;
    bool strict = gvm_abi_decode(&v, arena, types, data, GVM_ABI_STRICT, &err) == GVM_OK;
    bool loose = gvm_abi_decode(&v, arena, types, data, GVM_ABI_LENIENT, &err) == GVM_OK;
    GVM_ASSERT(loose || !strict);
    if (!loose) return;
    gvm_buf encoded = {0}, text = {0}, again = {0};
    GVM_ASSERT(gvm_abi_encode(&encoded, &v) == GVM_OK);
    if (strict) GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&encoded), data));
    gvm_abi_value_put(&text, &v);
    GVM_ASSERT(gvm_abi_value_parse(&back, arena, types, gvm_buf_bytes(&text), &err) == GVM_OK);
    GVM_ASSERT(gvm_abi_encode(&again, &back) == GVM_OK);
    GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&encoded), gvm_buf_bytes(&again)));
    /* An offset that leads back to many small values may unfold to more than its own encoding's
     * budget allows. */
    gvm_status status =
        gvm_abi_decode(&back, arena, types, gvm_buf_bytes(&encoded), GVM_ABI_STRICT, &err);
    GVM_ASSERT(status == GVM_OK);
    gvm_buf_free(&encoded);
    gvm_buf_free(&text);
    gvm_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_bytes in = gvm_bytes_make(data, size);
    gvm_arena arena = {0};
    gvm_error err;
    gvm_abi_entry entry;
    gvm_abi_contract contract;
    const gvm_abi_type *types;
    const uint8_t *line = size == 0 ? NULL : memchr(data, '\n', size);
    if (line != NULL) {
        size_t n = (size_t)(line - data);
        gvm_bytes rest = gvm_bytes_make(line + 1, size - n - 1);
        if (gvm_abi_parse_types(&types, &arena, gvm_bytes_make(data, n), &err) == GVM_OK) {
            gvm_buf name = {0};
            gvm_abi_put_type(&name, types);
            const gvm_abi_type *same;
            GVM_ASSERT(gvm_abi_parse_type(&same, &arena, gvm_buf_bytes(&name), &err) == GVM_OK ||
                       types->depth > GVM_ABI_DEPTH_MAX);
            gvm_buf_free(&name);
            check_value(&arena, types, rest);
            gvm_abi_value v;
            (void)!gvm_abi_value_parse(&v, &arena, types, rest, &err);
        }
    }
    if (gvm_abi_parse_signature(&entry, &arena, in, &err) == GVM_OK) {
        gvm_abi_entry again;
        GVM_ASSERT(entry.kind != GVM_ABI_FUNCTION ||
                   gvm_abi_parse_signature(&again, &arena, gvm_bytes_str(entry.signature), &err) ==
                       GVM_OK);
    }
    bool has_json = gvm_abi_parse_json(&contract, &arena, in, &err) == GVM_OK;
    gvm_buf text = {0};
    GVM_ASSERT(gvm_abi_put_revert(&text, has_json ? &contract : NULL, in) == GVM_OK);
    gvm_buf_free(&text);
    gvm_arena_free(&arena);
    return 0;
}
