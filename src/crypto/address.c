#include "crypto/address.h"

#include "crypto/keccak.h"

static const char digits[] = "0123456789abcdef";

static void lower_case(char out[40], const gvm_address *address) {
    for (size_t i = 0; i < 20; i++) {
        out[2 * i] = digits[address->b[i] >> 4];
        out[2 * i + 1] = digits[address->b[i] & 15];
    }
}

static void checksum_case(char out[40], const gvm_address *address) {
    gvm_hash h;
    lower_case(out, address);
    gvm_keccak256(&h, gvm_bytes_make(out, 40));
    for (size_t i = 0; i < 40; i++) {
        uint8_t nibble = (uint8_t)(h.b[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15;
        if (out[i] >= 'a' && nibble >= 8) out[i] = (char)(out[i] - 'a' + 'A');
    }
}

void gvm_address_checksum(char out[GVM_ADDRESS_CHECKSUM_SIZE], const gvm_address *address) {
    memcpy(out, "0x", 2);
    checksum_case(out + 2, address);
    out[42] = '\0';
}

void gvm_address_ghost(char out[GVM_ADDRESS_GHOST_SIZE], const gvm_address *address) {
    memcpy(out, "ghost", 5);
    lower_case(out + 5, address);
    out[45] = '\0';
}

gvm_status gvm_address_parse(gvm_address *out, gvm_bytes text) {
    const uint8_t *p;
    if (text.len == 42 && memcmp(text.ptr, "0x", 2) == 0)
        p = text.ptr + 2;
    else if (text.len == 45 && memcmp(text.ptr, "ghost", 5) == 0)
        p = text.ptr + 5;
    else
        return GVM_ERR_SYNTAX;
    gvm_address address = {0};
    bool lower = false, upper = false;
    for (size_t i = 0; i < 40; i++) {
        uint8_t value;
        if (p[i] >= '0' && p[i] <= '9')
            value = (uint8_t)(p[i] - '0');
        else if (p[i] >= 'a' && p[i] <= 'f')
            value = (uint8_t)(p[i] - 'a' + 10), lower = true;
        else if (p[i] >= 'A' && p[i] <= 'F')
            value = (uint8_t)(p[i] - 'A' + 10), upper = true;
        else
            return GVM_ERR_SYNTAX;
        address.b[i / 2] = (uint8_t)(address.b[i / 2] << 4 | value);
    }
    if (lower && upper) {
        char want[40];
        checksum_case(want, &address);
        if (memcmp(want, p, 40) != 0) return GVM_ERR_NON_CANONICAL;
    }
    *out = address;
    return GVM_OK;
}

void gvm_address_create(gvm_address *out, const gvm_address *sender, uint64_t nonce) {
    /* RLP: list header, 0x94 and the sender, then the nonce as a string without leading zeros */
    uint8_t rlp[1 + 21 + 9], number[8];
    size_t len = 22, zeros = 0;
    gvm_store_be64(number, nonce);
    while (zeros < 8 && number[zeros] == 0) zeros++;
    rlp[1] = 0x94;
    memcpy(rlp + 2, sender->b, 20);
    if (nonce == 0 || nonce >= 0x80) rlp[len++] = (uint8_t)(0x80 + (8 - zeros));
    memcpy(rlp + len, number + zeros, 8 - zeros);
    len += 8 - zeros;
    rlp[0] = (uint8_t)(0xc0 + len - 1);
    gvm_hash h;
    gvm_keccak256(&h, gvm_bytes_make(rlp, len));
    memcpy(out->b, h.b + 12, 20);
}

void gvm_address_create2(gvm_address *out, const gvm_address *sender, const gvm_hash *salt,
                         const gvm_hash *init_code_hash) {
    uint8_t message[1 + 20 + 32 + 32] = {0xff};
    gvm_hash h;
    memcpy(message + 1, sender->b, 20);
    memcpy(message + 21, salt->b, 32);
    memcpy(message + 53, init_code_hash->b, 32);
    gvm_keccak256(&h, gvm_bytes_make(message, sizeof message));
    memcpy(out->b, h.b + 12, 20);
}
