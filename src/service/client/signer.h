/* Who signs what a tool sends: a key in memory, or an account that the node holds. */
#ifndef GVM_SERVICE_CLIENT_SIGNER_H
#define GVM_SERVICE_CLIENT_SIGNER_H

#include "base/bytes.h"

typedef struct gvm_signer {
    gvm_address address;
    uint8_t key[32];
    bool has_key; /* false: the node signs for the address */
} gvm_signer;

/* Where a key may come from; at most one of the first three. All NULL and `from` given: the node
 * signs. */
typedef struct gvm_signer_source {
    const char *private_key;   /* 64 hex digits, 0x or not */
    const char *keystore;      /* path of a Web3 Secret Storage file */
    const char *mnemonic;      /* BIP-39 words, English */
    const char *password_file; /* for keystore; its first line */
    const char *password;      /* for keystore, where password_file is NULL */
    uint32_t index;            /* m/44'/60'/0'/0/index of the mnemonic */
    const char *from;          /* an address; with a key it must be the key's */
} gvm_signer_source;

/* GVM_ERR_CONFIG where nothing or too much is given; GVM_ERR_KEY, GVM_ERR_SYNTAX,
 * GVM_ERR_NON_CANONICAL, GVM_ERR_PASSWORD and codes of crypto/keystore.h. No message holds what is
 * secret. */
GVM_NODISCARD gvm_status gvm_signer_open(gvm_signer *out, const gvm_signer_source *source,
                                         gvm_error *err);
void gvm_signer_wipe(gvm_signer *s);

/* Appends the first line of the file. The caller wipes it. */
GVM_NODISCARD gvm_status gvm_signer_password_file(gvm_buf *out, const char *path, gvm_error *err);
/* The key m/44'/60'/0'/0/index of a valid sentence. The caller wipes it. */
GVM_NODISCARD gvm_status gvm_signer_mnemonic_key(uint8_t key[32], const char *mnemonic,
                                                 uint32_t index, gvm_error *err);

#endif
