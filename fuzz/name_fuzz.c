/* A name that is accepted comes back from its A-labels, is its own normal form, and is accepted
 * label by label. What normalising makes, normalising leaves. */
#include "codec/name.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_bytes name = gvm_bytes_make(data, size);
    gvm_buf normal = {0}, again = {0}, ascii = {0}, back = {0};
    gvm_hash hash;
    bool good = gvm_name_check(NULL, name) == GVM_LABEL_OK;
    gvm_status status = gvm_name_normalise(&normal, name);
    if (status == GVM_OK && gvm_name_normalise(&again, gvm_buf_bytes(&normal)) == GVM_OK &&
        gvm_name_check(NULL, gvm_buf_bytes(&normal)) == GVM_LABEL_OK)
        GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&normal), gvm_buf_bytes(&again)));
    if (good) {
        GVM_ASSERT(status == GVM_OK && gvm_bytes_equal(gvm_buf_bytes(&normal), name));
        GVM_ASSERT(gvm_name_to_ascii(&ascii, name) == GVM_OK && ascii.len <= GVM_NAME_MOST);
        GVM_ASSERT(gvm_name_from_ascii(&back, gvm_buf_bytes(&ascii)) == GVM_OK);
        GVM_ASSERT(gvm_bytes_equal(gvm_buf_bytes(&back), name));
    } else {
        gvm_buf_clear(&back);
        GVM_ASSERT(gvm_name_from_ascii(&back, name) == GVM_OK);
    }
    gvm_namehash(&hash, name);
    gvm_buf_free(&normal);
    gvm_buf_free(&again);
    gvm_buf_free(&ascii);
    gvm_buf_free(&back);
    return 0;
}
