/* What gvm_rlp_check accepts is canonical: read item by item and written again it gives the same
 * bytes, in both ways to write a list. What it refuses must be refused somewhere by reading, too.
 */
#include "codec/rlp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct level {
    gvm_rlp_reader r;
    size_t mark;
} level;

static gvm_status copy(gvm_buf *out, gvm_bytes in) {
    static level stack[GVM_RLP_DEPTH_MAX + 1];
    size_t depth = 1;
    stack[0] = (level){gvm_rlp_reader_make(in), 0};
    for (;;) {
        level *top = &stack[depth - 1];
        if (gvm_rlp_done(&top->r)) {
            if (--depth == 0) return GVM_OK;
            gvm_rlp_list_end(out, top->mark);
            continue;
        }
        gvm_rlp_item item;
        uint64_t n;
        gvm_hash w;
        gvm_rlp_reader again = top->r;
        GVM_TRY(gvm_rlp_next(&top->r, &item));
        if (item.is_list) {
            if (depth > GVM_RLP_DEPTH_MAX) return GVM_ERR_LIMIT;
            size_t before = out->len;
            stack[depth++] = (level){gvm_rlp_reader_make(item.payload), gvm_rlp_list_begin(out)};
            GVM_ASSERT(gvm_rlp_size_list(item.payload.len) == item.encoded.len &&
                       before == stack[depth - 1].mark);
        } else if (gvm_rlp_read_u64(&again, &n) == GVM_OK) {
            GVM_ASSERT(gvm_rlp_size_u64(n) == item.encoded.len);
            gvm_rlp_put_u64(out, n);
        } else if (gvm_rlp_read_word(&again, &w) == GVM_OK) {
            gvm_rlp_put_u256(out, gvm_u256_from_hash(&w));
        } else {
            GVM_ASSERT(gvm_rlp_size_bytes(item.payload) == item.encoded.len);
            gvm_rlp_put_bytes(out, item.payload);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_bytes in = gvm_bytes_make(data, size);
    gvm_buf out = {0};
    gvm_rlp_item item;
    gvm_status check = gvm_rlp_check(in), walk = gvm_rlp_whole(in, &item);
    if (walk == GVM_OK) walk = copy(&out, in);
    GVM_ASSERT((check == GVM_OK) == (walk == GVM_OK));
    if (check == GVM_OK) GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&out), in));
    gvm_buf_free(&out);
    return 0;
}
