/* Data that passes the check prints to text that reads as the same data; text that reads makes data
 * that passes. The first two octets are the type. */
#include "codec/rdata.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const uint16_t *types;
    size_t count = gvm_rtype_list(&types);
    uint16_t type = types[data[0] % count];
    gvm_bytes in = gvm_bytes_make(data + 2, size - 2);
    gvm_buf text = {0}, back = {0};
    if (data[1] % 2 == 0) {
        if (gvm_rdata_check(NULL, type, in) == GVM_OK) {
            gvm_rdata_print(&text, type, in);
            GVM_ASSERT(memchr(text.ptr, '\n', text.len) == NULL);
            GVM_ASSERT(gvm_rdata_parse(&back, NULL, type, gvm_buf_bytes(&text)) == GVM_OK);
            GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&back), in));
        }
    } else if (gvm_rdata_parse(&back, NULL, type, in) == GVM_OK) {
        GVM_ASSERT(gvm_rdata_check(NULL, type, gvm_buf_bytes(&back)) == GVM_OK);
    } else {
        GVM_ASSERT(back.len == 0);
    }
    gvm_buf_free(&text);
    gvm_buf_free(&back);
    return 0;
}
