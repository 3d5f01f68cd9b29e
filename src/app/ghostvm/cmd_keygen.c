#include "app/ghostvm/cmd.h"
#include "app/ghostvm/tool.h"
#include "base/rng.h"
#include "codec/hex.h"
#include "crypto/bip39.h"
#include "crypto/keystore.h"
#include "crypto/secp256k1.h"
#include "service/client/files.h"

#include <stdio.h>

static const gvm_setting_option options[] = {
    GVM_TOOL_JSON,
    GVM_TOOL_OPTION("keystore", TEXT, NULL, "FILE",
                    "Write the key there, encrypted (Web3 Secret Storage, as geth has it)."),
    GVM_TOOL_OPTION("password-file", TEXT, NULL, "FILE",
                    "Its password, on the first line; else the terminal is asked."),
    GVM_TOOL_OPTION("light", BOOL, NULL, NULL,
                    "A cheaper keystore (4 MiB instead of 256 MiB to open), for tests."),
    {.name = "words",
     .type = GVM_SETTING_CHOICE,
     .fallback = "12",
     .choices = "12|24",
     .help = "How many words the mnemonic has."},
    GVM_TOOL_OPTION("show", BOOL, NULL, NULL, "Print the mnemonic and the private key."),
};
static const gvm_tool_spec spec = {
    .usage = "keygen [OPTIONS]",
    .about = "Makes a new account: a mnemonic, and the key m/44'/60'/0'/0/0 of it. Its address is "
             "printed; the\nsecrets go into a keystore, and to the terminal only where --show asks "
             "for that.",
    .examples = "  ghostvm keygen --keystore key.json\n"
                "  ghostvm keygen --keystore key.json --password-file pw --light\n"
                "  ghostvm keygen --show --words 24\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

typedef struct secrets {
    uint8_t entropy[32], key[32];
    char words[GVM_BIP39_SENTENCE_SIZE];
} secrets;

static gvm_status make(secrets *k, gvm_address *address, size_t entropy, gvm_error *err) {
    uint8_t public_key[64];
    GVM_TRY(gvm_entropy_fill(&gvm_entropy_os, k->entropy, entropy));
    GVM_TRY(gvm_bip39_generate(k->words, gvm_bytes_make(k->entropy, entropy)));
    GVM_TRY(gvm_signer_mnemonic_key(k->key, k->words, 0, err));
    GVM_TRY(gvm_secp256k1_public_key(public_key, k->key));
    gvm_secp256k1_address(address, public_key);
    return GVM_OK;
}

static gvm_status write_keystore(gvm_tool *t, const uint8_t key[32], const char *path) {
    const char *password_file = gvm_settings_text(&t->settings, "password-file");
    const gvm_keystore_cost *cost =
        gvm_settings_bool(&t->settings, "light") ? &gvm_keystore_light : &gvm_keystore_standard;
    uint8_t random[64];
    gvm_buf password = {0}, json = {0};
    gvm_status status = password_file != NULL
                            ? gvm_signer_password_file(&password, password_file, &t->err)
                            : gvm_tool_password(t, &password, true);
    if (status == GVM_OK) {
        t->working = true;
        status = gvm_entropy_fill(&gvm_entropy_os, random, sizeof random);
    }
    if (status == GVM_OK)
        status = gvm_keystore_encrypt(&json, key, gvm_buf_bytes(&password), cost, random);
    if (status == GVM_OK) status = gvm_files_write_private(path, gvm_buf_bytes(&json), &t->err);
    if (password.ptr != NULL) gvm_wipe(password.ptr, password.cap);
    gvm_buf_free(&password);
    gvm_buf_free(&json);
    return status;
}

static gvm_status print(gvm_tool *t, const secrets *k, const gvm_address *address, const char *path,
                        bool show) {
    char key[65] = {0}, plain[GVM_HEX_ADDRESS_SIZE];
    gvm_hex_encode(key, gvm_bytes_make(k->key, 32));
    gvm_hex_data_address(plain, address);
    if (t->json) {
        printf("{\"address\": \"%s\"", plain);
        if (path != NULL) {
            gvm_buf quoted = {0};
            gvm_client_put_param(&quoted, path);
            printf(", \"keystore\": %.*s", (int)quoted.len, (const char *)quoted.ptr);
            gvm_buf_free(&quoted);
        }
        if (show) printf(", \"mnemonic\": \"%s\", \"privateKey\": \"0x%s\"", k->words, key);
        printf("}\n");
    } else {
        gvm_tool_address_row(t, "address", address);
        if (path != NULL) gvm_tool_row(t, "keystore", "%s", path);
        if (show) gvm_tool_row(t, "mnemonic", "%s", k->words);
        if (show) gvm_tool_row(t, "private key", "0x%s", key);
    }
    gvm_wipe(key, sizeof key);
    return GVM_OK;
}

static gvm_status run(gvm_tool *t) {
    const gvm_settings *s = &t->settings;
    const char *path = gvm_settings_text(s, "keystore");
    bool show = gvm_settings_bool(s, "show");
    size_t entropy = strcmp(gvm_settings_text(s, "words"), "24") == 0 ? 32 : 16;
    secrets k = {0};
    gvm_address address;
    if (path == NULL && !show)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                             "a key that is neither kept nor shown is lost: give --keystore FILE "
                             "or --show");
    gvm_status status = make(&k, &address, entropy, &t->err);
    if (status == GVM_OK && path != NULL) status = write_keystore(t, k.key, path);
    if (status == GVM_OK) status = print(t, &k, &address, path, show);
    gvm_wipe(&k, sizeof k);
    return status;
}

int gvm_cmd_keygen(int argc, char **argv) {
    gvm_tool t;
    int code = gvm_tool_open(&t, &spec, argc, argv);
    return code >= 0 ? code : gvm_tool_close(&t, run(&t));
}
