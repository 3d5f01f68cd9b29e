/* Text from outside: sentences, extended keys, paths, key files, addresses. What is accepted must
 * come back the same. */
#include "crypto/address.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "crypto/keystore.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    gvm_bytes in = gvm_bytes_make(data + 1, size - 1);
    switch (data[0] % 5) {
    case 0: {
        uint8_t entropy[32], again[32];
        size_t len, again_len;
        char sentence[GVM_BIP39_SENTENCE_SIZE];
        gvm_error err;
        if (gvm_bip39_entropy(entropy, &len, in, &err) != GVM_OK) break;
        GVM_ASSERT(gvm_bip39_generate(sentence, gvm_bytes_make(entropy, len)) == GVM_OK);
        GVM_ASSERT(gvm_bip39_entropy(again, &again_len, gvm_bytes_str(sentence), NULL) == GVM_OK);
        GVM_ASSERT(again_len == len && memcmp(entropy, again, len) == 0);
        break;
    }
    case 1: {
        gvm_bip32_node node;
        char text[GVM_BIP32_TEXT_SIZE];
        if (gvm_bip32_decode(&node, in) != GVM_OK) break;
        gvm_bip32_encode(text, &node);
        GVM_ASSERT(gvm_bytes_equal(gvm_bytes_str(text), in));
        break;
    }
    case 2: {
        uint8_t seed[16] = {1}, key[32];
        gvm_bip32_node node;
        if (gvm_bip32_master(&node, gvm_bytes_make(seed, sizeof seed)) != GVM_OK) abort();
        bool plain = gvm_bip32_derive(&node, &node, in) == GVM_OK;
        /* what SLIP-10 takes, BIP-32 takes */
        GVM_ASSERT(gvm_slip10_ed25519(key, NULL, gvm_bytes_make(seed, sizeof seed), in) != GVM_OK ||
                   plain);
        break;
    }
    case 3: {
        uint8_t key[32];
        gvm_error err;
        gvm_status status = gvm_keystore_decrypt(key, in, gvm_bytes_str("p"), &err);
        GVM_ASSERT(status == GVM_OK || err.code == status);
        break;
    }
    default: {
        gvm_address address;
        char text[GVM_ADDRESS_CHECKSUM_SIZE];
        if (gvm_address_parse(&address, in) != GVM_OK) break;
        gvm_address_checksum(text, &address);
        GVM_ASSERT(gvm_address_parse(&address, gvm_bytes_str(text)) == GVM_OK);
    }
    }
    return 0;
}
