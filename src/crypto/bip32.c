#include "crypto/bip32.h"

#include "crypto/hmac.h"
#include "crypto/ripemd160.h"
#include "crypto/secp256k1.h"
#include "crypto/sha256.h"

/* ---- paths */

enum { LONGEST_PATH = 255 };

/* Reads "m", then steps "/number" with an optional mark for hardened, from the front of *rest. */
static gvm_status path_start(gvm_bytes *rest) {
    if (rest->len == 0 || rest->ptr[0] != 'm') return GVM_ERR_SYNTAX;
    *rest = gvm_bytes_make(rest->ptr + 1, rest->len - 1);
    return GVM_OK;
}

static gvm_status path_step(uint32_t *index, gvm_bytes *rest) {
    const uint8_t *p = rest->ptr, *end = p + rest->len;
    if (*p++ != '/' || p == end || *p < '0' || *p > '9') return GVM_ERR_SYNTAX;
    uint64_t number = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        number = number * 10 + (uint64_t)(*p - '0');
        if (number >= GVM_BIP32_HARDENED) return GVM_ERR_SYNTAX;
    }
    *index = (uint32_t)number;
    if (p < end && (*p == '\'' || *p == 'h' || *p == 'H')) {
        *index |= GVM_BIP32_HARDENED;
        p++;
    }
    *rest = gvm_bytes_make(p, (size_t)(end - p));
    return GVM_OK;
}

/* ---- BIP-32 */

gvm_status gvm_bip32_master(gvm_bip32_node *out, gvm_bytes seed) {
    uint8_t i[64];
    gvm_bip32_node node = {.has_secret = true};
    if (seed.len < 16 || seed.len > 64) return GVM_ERR_RANGE;
    gvm_hmac_sha512(i, gvm_bytes_str("Bitcoin seed"), seed);
    memcpy(node.key, i, 32);
    memcpy(node.chain_code, i + 32, 32);
    gvm_wipe(i, sizeof i);
    gvm_status status = gvm_secp256k1_public_key(node.public_key, node.key);
    if (status == GVM_OK) *out = node;
    gvm_wipe(&node, sizeof node);
    return status;
}

static void fingerprint(uint8_t out[4], const uint8_t public_key[64]) {
    uint8_t compressed[33], id[20];
    gvm_hash h;
    gvm_secp256k1_compress(compressed, public_key);
    gvm_sha256(&h, gvm_bytes_make(compressed, sizeof compressed));
    gvm_ripemd160(id, gvm_bytes_make(h.b, sizeof h.b));
    memcpy(out, id, 4);
}

gvm_status gvm_bip32_child(gvm_bip32_node *out, const gvm_bip32_node *parent, uint32_t index) {
    bool hardened = (index & GVM_BIP32_HARDENED) != 0;
    if (hardened && !parent->has_secret) return GVM_ERR_KEY;
    if (parent->depth == 255) return GVM_ERR_LIMIT;
    uint8_t data[37] = {0}, i[64];
    if (hardened)
        memcpy(data + 1, parent->key, 32);
    else
        gvm_secp256k1_compress(data, parent->public_key);
    gvm_store_be32(data + 33, index);
    gvm_hmac_sha512(i, gvm_bytes_make(parent->chain_code, 32), gvm_bytes_make(data, sizeof data));

    gvm_bip32_node node = *parent;
    gvm_status status;
    fingerprint(node.parent, parent->public_key);
    memcpy(node.chain_code, i + 32, 32);
    node.index = index;
    node.depth++;
    if (node.has_secret) {
        status = gvm_secp256k1_tweak_key(node.key, i);
        if (status == GVM_OK) status = gvm_secp256k1_public_key(node.public_key, node.key);
    } else {
        status = gvm_secp256k1_tweak_public_key(node.public_key, i);
    }
    if (status == GVM_OK) *out = node;
    gvm_wipe(&node, sizeof node);
    gvm_wipe(data, sizeof data);
    gvm_wipe(i, sizeof i);
    return status;
}

gvm_status gvm_bip32_derive(gvm_bip32_node *out, const gvm_bip32_node *master, gvm_bytes path) {
    if (path.len > LONGEST_PATH) return GVM_ERR_SYNTAX;
    gvm_bip32_node node = *master;
    gvm_status status = path_start(&path);
    while (status == GVM_OK && path.len > 0) {
        uint32_t index;
        status = path_step(&index, &path);
        if (status == GVM_OK) status = gvm_bip32_child(&node, &node, index);
    }
    if (status == GVM_OK) *out = node;
    gvm_wipe(&node, sizeof node);
    return status;
}

void gvm_bip32_neuter(gvm_bip32_node *node) {
    gvm_wipe(node->key, sizeof node->key);
    node->has_secret = false;
}

/* ---- text: Base58 of 78 bytes and 4 of checksum */

enum { BINARY = 82, PUBLIC_VERSION = 0x0488b21e, SECRET_VERSION = 0x0488ade4, TEXT = 111 };
static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

static void checksum(uint8_t out[4], const uint8_t *in) {
    gvm_hash h;
    gvm_sha256(&h, gvm_bytes_make(in, BINARY - 4));
    gvm_sha256(&h, gvm_bytes_make(h.b, sizeof h.b));
    memcpy(out, h.b, 4);
}

void gvm_bip32_encode(char out[GVM_BIP32_TEXT_SIZE], const gvm_bip32_node *node) {
    uint8_t b[BINARY] = {0};
    gvm_store_be32(b, node->has_secret ? SECRET_VERSION : PUBLIC_VERSION);
    b[4] = node->depth;
    memcpy(b + 5, node->parent, 4);
    gvm_store_be32(b + 9, node->index);
    memcpy(b + 13, node->chain_code, 32);
    if (node->has_secret)
        memcpy(b + 46, node->key, 32);
    else
        gvm_secp256k1_compress(b + 45, node->public_key);
    checksum(b + BINARY - 4, b);
    /* the two versions make every such number 111 digits long, the last division's quotient 0 */
    for (size_t at = TEXT; at-- > 0;) {
        unsigned rest = 0;
        for (size_t i = 0; i < BINARY; i++) {
            rest = rest << 8 | b[i];
            b[i] = (uint8_t)(rest / 58);
            rest %= 58;
        }
        out[at] = base58[rest];
    }
    out[TEXT] = '\0';
    gvm_wipe(b, sizeof b);
}

static gvm_status from_binary(gvm_bip32_node *node, const uint8_t b[BINARY]) {
    static const uint8_t zero[4];
    uint8_t sum[4];
    uint32_t version = gvm_load_be32(b);
    checksum(sum, b);
    if (memcmp(sum, b + BINARY - 4, 4) != 0) return GVM_ERR_NON_CANONICAL;
    if (version != PUBLIC_VERSION && version != SECRET_VERSION) return GVM_ERR_SYNTAX;
    node->has_secret = version == SECRET_VERSION;
    node->depth = b[4];
    memcpy(node->parent, b + 5, 4);
    node->index = gvm_load_be32(b + 9);
    memcpy(node->chain_code, b + 13, 32);
    if (node->depth == 0 && (node->index != 0 || memcmp(node->parent, zero, 4) != 0))
        return GVM_ERR_KEY;
    if (!node->has_secret) {
        gvm_status status =
            gvm_secp256k1_parse_public_key(node->public_key, gvm_bytes_make(b + 45, 33));
        return status == GVM_OK ? GVM_OK : GVM_ERR_KEY;
    }
    if (b[45] != 0) return GVM_ERR_KEY;
    memcpy(node->key, b + 46, 32);
    return gvm_secp256k1_public_key(node->public_key, node->key);
}

gvm_status gvm_bip32_decode(gvm_bip32_node *out, gvm_bytes text) {
    uint8_t b[BINARY] = {0};
    gvm_bip32_node node = {0};
    gvm_status status = text.len == TEXT ? GVM_OK : GVM_ERR_SYNTAX;
    for (size_t at = 0; status == GVM_OK && at < text.len; at++) {
        const char *digit = text.ptr[at] == 0 ? NULL : strchr(base58, text.ptr[at]);
        if (digit == NULL) {
            status = GVM_ERR_SYNTAX;
            break;
        }
        unsigned carry = (unsigned)(digit - base58);
        for (size_t i = BINARY; i-- > 0;) {
            carry += 58u * b[i];
            b[i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0) status = GVM_ERR_SYNTAX;
    }
    if (status == GVM_OK) status = from_binary(&node, b);
    if (status == GVM_OK) *out = node;
    gvm_wipe(&node, sizeof node);
    gvm_wipe(b, sizeof b);
    return status;
}

/* ---- SLIP-10 */

gvm_status gvm_slip10_ed25519(uint8_t key[32], uint8_t *chain_code, gvm_bytes seed,
                              gvm_bytes path) {
    if (seed.len < 16 || seed.len > 64) return GVM_ERR_RANGE;
    if (path.len > LONGEST_PATH) return GVM_ERR_SYNTAX;
    uint8_t i[64], data[37] = {0};
    gvm_hmac_sha512(i, gvm_bytes_str("ed25519 seed"), seed);
    gvm_status status = path_start(&path);
    while (status == GVM_OK && path.len > 0) {
        uint32_t index;
        status = path_step(&index, &path);
        if (status == GVM_OK && (index & GVM_BIP32_HARDENED) == 0) status = GVM_ERR_SYNTAX;
        if (status != GVM_OK) break;
        memcpy(data + 1, i, 32);
        gvm_store_be32(data + 33, index);
        gvm_hmac_sha512(i, gvm_bytes_make(i + 32, 32), gvm_bytes_make(data, sizeof data));
    }
    if (status == GVM_OK) {
        memcpy(key, i, 32);
        if (chain_code != NULL) memcpy(chain_code, i + 32, 32);
    }
    gvm_wipe(i, sizeof i);
    gvm_wipe(data, sizeof data);
    return status;
}
