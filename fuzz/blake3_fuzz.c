/* BLAKE3 in lanes against one block at a time, and streamed against at once. The input's first
 * bytes choose a length of up to 100 KiB, so that trees have many shapes; the rest is repeated to
 * fill it. */
#include "crypto/blake3.h"
#include "crypto/blake3_lanes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t input[100 * 1024];

static void lanes_alike(const gvm_blake3_job *job) {
    uint32_t out[16][8], want[8];
    for (size_t f = 0; f < gvm_blake3_form_count; f++) {
        const gvm_blake3_form *form = &gvm_blake3_forms[f];
        if (!form->usable()) continue;
        form->run(out, input, job);
        for (size_t i = 0; i < form->width; i++) {
            memcpy(want, job->key, sizeof want);
            for (size_t b = 0; b < job->blocks; b++)
                gvm_blake3_compress(want, NULL, input + 64 * (job->blocks * i + b), 64,
                                    job->counter + i * job->counter_add,
                                    job->flags | (b == 0 ? job->flags_first : 0) |
                                        (b == job->blocks - 1 ? job->flags_last : 0));
            GVM_ASSERT(memcmp(want, out[i], sizeof want) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 48) return 0;
    size_t len = gvm_load_le32(data) % sizeof input, piece = gvm_load_le32(data + 4) % 5000 + 1;
    uint32_t key[8];
    memcpy(key, data + 8, sizeof key);
    for (size_t i = 0; i < sizeof input; i++) input[i] = (uint8_t)(data[i % size] + i / size);
    lanes_alike(&(gvm_blake3_job){key, len % 16 + 1, gvm_load_le64(data + 40), len % 2, 16, 1, 2});

    gvm_hash at_once, streamed;
    gvm_blake3_state s;
    gvm_blake3_keyed(&at_once, data + 8, gvm_bytes_make(input, len));
    gvm_blake3_init_keyed(&s, data + 8);
    for (size_t at = 0; at < len; at += piece)
        gvm_blake3_update(&s, gvm_bytes_make(input + at, len - at < piece ? len - at : piece));
    gvm_blake3_output(&s, streamed.b, sizeof streamed.b, 0);
    GVM_ASSERT(gvm_hash_equal(&at_once, &streamed));
    return 0;
}
