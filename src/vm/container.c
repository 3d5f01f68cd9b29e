#include "vm/container.h"

enum { FREE_BYTES = 24576, WORD_GAS = 4 };

static bool begins(gvm_bytes b, const char *with, size_t len) {
    return b.len >= len && memcmp(b.ptr, with, len) == 0;
}

gvm_code_kind gvm_container_kind(gvm_bytes code) {
    if (!begins(code, "\xef\x47", 2) || code.len < GVM_CONTAINER_PREFIX) return GVM_CODE_EVM;
    switch (code.ptr[2]) {
    case 0: return GVM_CODE_WASM;
    case 1: return GVM_CODE_WASM_ZSTD;
    case 2: return GVM_CODE_ZVM;
    case 3: return GVM_CODE_CHUNK;
    default: return GVM_CODE_EVM;
    }
}

gvm_code_kind gvm_input_kind_of(const gvm_rules *rules, gvm_bytes input) {
    if (!rules->ghost) return GVM_CODE_EVM;
    if (begins(input, "\0asm", 4)) return GVM_CODE_WASM;
    if (begins(input, "\xef\x47\x01", 3)) return GVM_CODE_WASM_ZSTD;
    if (begins(input, "ZVMC", 4)) return GVM_CODE_ZVM;
    return GVM_CODE_EVM;
}

bool gvm_container_unpacked(uint64_t *size, gvm_bytes frame) {
    /* RFC 8878, 3.1.1: magic number, descriptor, window descriptor, dictionary, content size */
    static const uint8_t size_bytes[4] = {0, 2, 4, 8};
    if (!begins(frame, "\x28\xb5\x2f\xfd", 4) || frame.len < 6) return false;
    uint8_t descriptor = frame.ptr[4];
    bool single = (descriptor & 0x20) != 0;
    size_t bytes = size_bytes[descriptor >> 6], at = 5;
    if (single && bytes == 0) bytes = 1;
    if ((descriptor & 0x1b) != 0 || bytes == 0) return false; /* reserved bits; a dictionary */
    uint64_t window = 0, content = 0;
    if (!single) {
        uint8_t w = frame.ptr[at++];
        window = UINT64_C(1) << (10 + (w >> 3));
        window += window / 8 * (w & 7);
    }
    if (frame.len < at + bytes) return false;
    for (size_t i = bytes; i-- > 0;) content = content << 8 | frame.ptr[at + i];
    if (bytes == 2) content += 256;
    if (content > GVM_WASM_MODULE_MAX || window > GVM_WASM_MODULE_MAX) return false;
    *size = content;
    return true;
}

int64_t gvm_container_load_price(gvm_vm *vm, gvm_entry *holder) {
    gvm_bytes code = gvm_state_code(vm->state, holder);
    gvm_code_kind kind = gvm_container_kind(code);
    if (kind == GVM_CODE_EVM || !gvm_state_warm_code(vm->state, holder)) return 0;
    uint64_t size = code.len - GVM_CONTAINER_PREFIX;
    if (kind == GVM_CODE_WASM_ZSTD) {
        gvm_bytes frame = gvm_bytes_make(code.ptr + GVM_CONTAINER_PREFIX, size);
        if (!gvm_container_unpacked(&size, frame)) size = GVM_WASM_MODULE_MAX;
    }
    return size <= FREE_BYTES ? 0 : (int64_t)((size - FREE_BYTES + 31) / 32) * WORD_GAS;
}

size_t gvm_creation_limit(const gvm_rules *rules, gvm_bytes input) {
    gvm_code_kind kind = gvm_input_kind_of(rules, input);
    return kind == GVM_CODE_WASM || kind == GVM_CODE_WASM_ZSTD ? GVM_WASM_INPUT_MAX
                                                               : rules->max_initcode_size;
}
