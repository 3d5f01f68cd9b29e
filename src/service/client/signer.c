#include "service/client/signer.h"

#include "codec/hex.h"
#include "crypto/address.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "crypto/keystore.h"
#include "crypto/secp256k1.h"
#include "service/client/files.h"

#include <stdio.h>

void gvm_signer_wipe(gvm_signer *s) {
    gvm_wipe(s, sizeof *s);
}

static void wipe_buf(gvm_buf *b) {
    if (b->ptr != NULL) gvm_wipe(b->ptr, b->cap);
    gvm_buf_free(b);
}

gvm_status gvm_signer_password_file(gvm_buf *out, const char *path, gvm_error *err) {
    gvm_buf text = {0};
    gvm_status status = gvm_files_read(&text, path, err);
    if (status == GVM_OK) {
        size_t len = 0;
        while (len < text.len && text.ptr[len] != '\n' && text.ptr[len] != '\r') len++;
        gvm_buf_append(out, text.ptr, len);
        status = gvm_buf_status(out);
    }
    wipe_buf(&text);
    return status;
}

gvm_status gvm_signer_mnemonic_key(uint8_t key[32], const char *mnemonic, uint32_t index,
                                   gvm_error *err) {
    uint8_t seed[64], entropy[32];
    size_t entropy_len;
    char path[48];
    gvm_bip32_node master = {0}, node = {0};
    gvm_status status;
    (void)snprintf(path, sizeof path, "m/44'/60'/0'/0/%u", index);
    GVM_TRY_GOTO(gvm_bip39_entropy(entropy, &entropy_len, gvm_bytes_str(mnemonic), err));
    GVM_TRY_GOTO(gvm_bip39_seed(seed, gvm_bytes_str(mnemonic), gvm_bytes_make(NULL, 0)));
    GVM_TRY_GOTO(gvm_bip32_master(&master, gvm_bytes_make(seed, sizeof seed)));
    GVM_TRY_GOTO(gvm_bip32_derive(&node, &master, gvm_bytes_str(path)));
    memcpy(key, node.key, 32);
fail:
    gvm_wipe(seed, sizeof seed);
    gvm_wipe(entropy, sizeof entropy);
    gvm_wipe(&master, sizeof master);
    gvm_wipe(&node, sizeof node);
    return status;
}

static gvm_status keystore_key(uint8_t key[32], const gvm_signer_source *source, gvm_error *err) {
    gvm_buf file = {0}, password = {0};
    gvm_status status;
    if (source->password_file == NULL && source->password == NULL)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "a keystore needs its password: give --password-file FILE");
    if (source->password_file != NULL) {
        GVM_TRY_GOTO(gvm_signer_password_file(&password, source->password_file, err));
    } else {
        gvm_buf_str(&password, source->password);
        GVM_TRY_GOTO(gvm_buf_status(&password));
    }
    GVM_TRY_GOTO(gvm_files_read(&file, source->keystore, err));
    GVM_TRY_GOTO(gvm_keystore_decrypt(key, gvm_buf_bytes(&file), gvm_buf_bytes(&password), err));
fail:
    wipe_buf(&password);
    gvm_buf_free(&file);
    return status;
}

static gvm_status read_key(gvm_signer *out, const gvm_signer_source *source, gvm_error *err) {
    if (source->private_key != NULL) {
        if (gvm_hex_decode_fixed(out->key, 32, gvm_bytes_str(source->private_key),
                                 GVM_HEX_PREFIX_OPTIONAL) != GVM_OK)
            return gvm_error_set(err, GVM_ERR_SYNTAX,
                                 "private key: expected 64 hex digits, with or without 0x");
    } else if (source->keystore != NULL) {
        GVM_TRY(keystore_key(out->key, source, err));
    } else {
        GVM_TRY(gvm_signer_mnemonic_key(out->key, source->mnemonic, source->index, err));
    }
    uint8_t public_key[64];
    if (gvm_secp256k1_public_key(public_key, out->key) != GVM_OK)
        return gvm_error_set(err, GVM_ERR_KEY, "private key: zero, or not below the curve's order");
    gvm_secp256k1_address(&out->address, public_key);
    out->has_key = true;
    return GVM_OK;
}

gvm_status gvm_signer_open(gvm_signer *out, const gvm_signer_source *source, gvm_error *err) {
    int given =
        (source->private_key != NULL) + (source->keystore != NULL) + (source->mnemonic != NULL);
    gvm_address from = {0};
    *out = (gvm_signer){0};
    if (given > 1)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "more than one key: give one of private key, keystore and mnemonic");
    if (given == 0 && source->from == NULL)
        return gvm_error_set(err, GVM_ERR_CONFIG,
                             "who signs? Set GHOSTVM_PRIVATE_KEY, or give --keystore FILE "
                             "--password-file FILE, --mnemonic WORDS, or --from an account that "
                             "the node holds");
    if (source->from != NULL) {
        gvm_status status = gvm_address_parse(&from, gvm_bytes_str(source->from));
        if (status != GVM_OK)
            return gvm_error_set(err, status, "--from: expected an address, found \"%.100s\"",
                                 source->from);
    }
    out->address = from;
    gvm_status status = given == 0 ? GVM_OK : read_key(out, source, err);
    if (status == GVM_OK && source->from != NULL && !gvm_address_equal(&from, &out->address))
        status = gvm_error_set(err, GVM_ERR_CONFIG, "--from is not the address of the given key");
    if (status != GVM_OK) gvm_signer_wipe(out);
    return status;
}
