#include "service/did.h"

#include "crypto/address.h"

#include <stdio.h>
#include <time.h>

/* ---- Multikey */

/* Kind of a method, multicodec (as the varint that stands before the key), octets of the key. */
static const struct {
    uint8_t kind, codec[2];
    uint16_t size;
} codecs[] = {
    {1, {0xe7, 0x01}, 33},   /* secp256k1-pub */
    {2, {0xed, 0x01}, 32},   /* ed25519-pub */
    {3, {0x80, 0x24}, 33},   /* p256-pub */
    {4, {0x91, 0x24}, 1952}, /* mldsa-65-pub */
    {8, {0xea, 0x01}, 48},   /* bls12_381-g1-pub */
    {9, {0xec, 0x01}, 32},   /* x25519-pub */
};
#define CODECS (sizeof codecs / sizeof *codecs)
static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
#define KEY_MOST 2048

gvm_status gvm_did_multikey(gvm_buf *out, unsigned kind, gvm_bytes key) {
    uint8_t digits[KEY_MOST * 2] = {0}, in[KEY_MOST];
    size_t i = 0, count = 0;
    while (i < CODECS && codecs[i].kind != kind) i++;
    if (i == CODECS || key.len != codecs[i].size) return GVM_ERR_UNSUPPORTED;
    memcpy(in, codecs[i].codec, 2);
    memcpy(in + 2, key.ptr, key.len);
    for (size_t k = 0; k < key.len + 2;
         k++) { /* the codec is never 0, so nothing leads with zeros */
        uint32_t carry = in[k];
        for (size_t d = 0; d < count; d++) {
            carry += (uint32_t)digits[d] << 8;
            digits[d] = (uint8_t)(carry % 58);
            carry /= 58;
        }
        for (; carry > 0; carry /= 58) digits[count++] = (uint8_t)(carry % 58);
    }
    gvm_buf_put(out, 'z');
    while (count-- > 0) gvm_buf_put(out, (uint8_t)base58[digits[count]]);
    return gvm_buf_status(out);
}

/* The key of "z..."; false: not one that this chain knows. */
static bool multikey_decode(uint8_t key[KEY_MOST], size_t *len, unsigned *kind, gvm_bytes text) {
    uint8_t octets[KEY_MOST] = {0};
    size_t count = 0;
    if (text.len < 2 || text.len > KEY_MOST || text.ptr[0] != 'z') return false;
    for (size_t k = 1; k < text.len; k++) {
        const char *d = text.ptr[k] == 0 ? NULL : strchr(base58, text.ptr[k]);
        if (d == NULL) return false;
        uint32_t carry = (uint32_t)(d - base58);
        for (size_t o = 0; o < count; o++) {
            carry += octets[o] * 58u;
            octets[o] = (uint8_t)carry;
            carry >>= 8;
        }
        for (; carry > 0 && count < sizeof octets; carry >>= 8) octets[count++] = (uint8_t)carry;
    }
    for (size_t i = 0; i < CODECS; i++) {
        if (count != codecs[i].size + 2u || octets[count - 1] != codecs[i].codec[0] ||
            octets[count - 2] != codecs[i].codec[1])
            continue;
        *kind = codecs[i].kind;
        *len = codecs[i].size;
        for (size_t k = 0; k < *len; k++) key[k] = octets[*len - 1 - k];
        return true;
    }
    return false;
}

void gvm_did_of_id(char out[43], const gvm_permanent_id *id) {
    memcpy(out, "did:ghost:", 10);
    for (size_t i = 0; i < 16; i++) (void)snprintf(out + 10 + 2 * i, 3, "%02x", id->b[i]);
}

/* ---- documents */

static const struct {
    uint8_t bit;
    const char *name;
} purposes[] = {{1, "authentication"},
                {2, "assertionMethod"},
                {4, "keyAgreement"},
                {8, "capabilityInvocation"},
                {16, "capabilityDelegation"}};

typedef struct document {
    yyjson_mut_doc *doc;
    yyjson_mut_val *root, *methods, *lists[5];
    const char *did;
} document;

static yyjson_mut_val *text(document *d, gvm_bytes t) {
    return yyjson_mut_strncpy(d->doc, (const char *)t.ptr, t.len);
}

static void begin(document *d, gvm_bytes did) {
    d->root = yyjson_mut_obj(d->doc);
    yyjson_mut_val *context = yyjson_mut_arr(d->doc);
    (void)yyjson_mut_arr_add_str(d->doc, context, "https://www.w3.org/ns/did/v1");
    (void)yyjson_mut_arr_add_str(d->doc, context, "https://w3id.org/security/multikey/v1");
    (void)yyjson_mut_obj_add_val(d->doc, d->root, "@context", context);
    (void)yyjson_mut_obj_add_val(d->doc, d->root, "id", text(d, did));
    d->did = yyjson_mut_get_str(yyjson_mut_obj_get(d->root, "id"));
    d->methods = yyjson_mut_arr(d->doc);
    for (size_t i = 0; i < 5; i++) d->lists[i] = yyjson_mut_arr(d->doc);
}

static void add_method(document *d, const char *fragment, unsigned kind, unsigned bits,
                       gvm_bytes key) {
    gvm_buf multikey = {0};
    char id[160];
    if (d->did == NULL || gvm_did_multikey(&multikey, kind, key) != GVM_OK) {
        gvm_buf_free(&multikey); /* sets of keys have no Multikey */
        return;
    }
    (void)snprintf(id, sizeof id, "%.120s#%s", d->did, fragment);
    yyjson_mut_val *m = yyjson_mut_obj(d->doc);
    (void)yyjson_mut_obj_add_strcpy(d->doc, m, "id", id);
    (void)yyjson_mut_obj_add_str(d->doc, m, "type", "Multikey");
    (void)yyjson_mut_obj_add_str(d->doc, m, "controller", d->did);
    (void)yyjson_mut_obj_add_val(d->doc, m, "publicKeyMultibase",
                                 text(d, gvm_buf_bytes(&multikey)));
    (void)yyjson_mut_arr_append(d->methods, m);
    for (size_t i = 0; i < 5; i++)
        if (bits & purposes[i].bit) (void)yyjson_mut_arr_add_strcpy(d->doc, d->lists[i], id);
    gvm_buf_free(&multikey);
}

/* An account's address, CAIP-10, for keys that the state does not hold whole. */
static void add_account(document *d, gvm_cells *cells, const gvm_address *account,
                        uint64_t chain_id) {
    char id[160], caip[80], address[GVM_ADDRESS_CHECKSUM_SIZE];
    if (d->did == NULL || gvm_identity_key_replaced(cells, account)) return;
    gvm_address_checksum(address, account);
    (void)snprintf(id, sizeof id, "%.120s#account", d->did);
    (void)snprintf(caip, sizeof caip, "eip155:%llu:%.42s", (unsigned long long)chain_id, address);
    yyjson_mut_val *m = yyjson_mut_obj(d->doc);
    (void)yyjson_mut_obj_add_strcpy(d->doc, m, "id", id);
    (void)yyjson_mut_obj_add_str(d->doc, m, "type", "EcdsaSecp256k1RecoveryMethod2020");
    (void)yyjson_mut_obj_add_str(d->doc, m, "controller", d->did);
    (void)yyjson_mut_obj_add_strcpy(d->doc, m, "blockchainAccountId", caip);
    (void)yyjson_mut_arr_append(d->methods, m);
    (void)yyjson_mut_arr_add_strcpy(d->doc, d->lists[0], id);
    (void)yyjson_mut_arr_add_strcpy(d->doc, d->lists[1], id);
}

static void finish(document *d) {
    (void)yyjson_mut_obj_add_val(d->doc, d->root, "verificationMethod", d->methods);
    for (size_t i = 0; i < 5; i++)
        if (yyjson_mut_arr_size(d->lists[i]) > 0)
            (void)yyjson_mut_obj_add_val(d->doc, d->root, purposes[i].name, d->lists[i]);
}

static void add_services(document *d, gvm_cells *cells, gvm_arena *arena,
                         const gvm_permanent_id *id) {
    uint64_t count = gvm_identity_services(cells, id);
    yyjson_mut_val *list = yyjson_mut_arr(d->doc);
    for (uint64_t i = 0; i < count; i++) {
        gvm_id_service s;
        char fragment[1200];
        gvm_identity_service(cells, arena, &s, id, i);
        (void)snprintf(fragment, sizeof fragment, "%s#%.*s", d->did, (int)s.name.len,
                       (const char *)s.name.ptr);
        yyjson_mut_val *o = yyjson_mut_obj(d->doc);
        (void)yyjson_mut_obj_add_strcpy(d->doc, o, "id", fragment);
        (void)yyjson_mut_obj_add_val(d->doc, o, "type", text(d, s.kind));
        (void)yyjson_mut_obj_add_val(d->doc, o, "serviceEndpoint", text(d, s.endpoint));
        (void)yyjson_mut_arr_append(list, o);
    }
    if (count > 0) (void)yyjson_mut_obj_add_val(d->doc, d->root, "service", list);
}

static void add_aliases(document *d, gvm_cells *cells, gvm_arena *arena,
                        const gvm_permanent_id *id) {
    uint64_t count = gvm_identity_aliases(cells, id);
    yyjson_mut_val *list = yyjson_mut_arr(d->doc);
    for (uint64_t i = 0; i < count; i++)
        (void)yyjson_mut_arr_append(list, text(d, gvm_identity_alias(cells, arena, id, i)));
    if (count > 0) (void)yyjson_mut_obj_add_val(d->doc, d->root, "alsoKnownAs", list);
}

static void add_time(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *name, uint64_t at) {
    char stamp[40];
    time_t t = (time_t)at;
    struct tm tm;
    if (gmtime_r(&t, &tm) == NULL || strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return;
    (void)yyjson_mut_obj_add_strcpy(doc, o, name, stamp);
}

/* ---- resolution */

static yyjson_mut_val *result(yyjson_mut_doc *doc, yyjson_mut_val *document_,
                              yyjson_mut_val *metadata, const char *error) {
    yyjson_mut_val *out = yyjson_mut_obj(doc), *how = yyjson_mut_obj(doc);
    if (error != NULL)
        (void)yyjson_mut_obj_add_str(doc, how, "error", error);
    else
        (void)yyjson_mut_obj_add_str(doc, how, "contentType", "application/did+ld+json");
    (void)yyjson_mut_obj_add_val(doc, out, "didResolutionMetadata", how);
    (void)yyjson_mut_obj_add_val(doc, out, "didDocument",
                                 document_ != NULL ? document_ : yyjson_mut_null(doc));
    (void)yyjson_mut_obj_add_val(doc, out, "didDocumentMetadata",
                                 metadata != NULL ? metadata : yyjson_mut_obj(doc));
    return out;
}

static yyjson_mut_val *resolve_key(yyjson_mut_doc *doc, gvm_bytes did) {
    uint8_t key[KEY_MOST];
    char fragment[KEY_MOST + 1];
    size_t len;
    unsigned kind;
    gvm_bytes tail = gvm_bytes_make(did.ptr + 8, did.len - 8);
    if (!multikey_decode(key, &len, &kind, tail)) return result(doc, NULL, NULL, "invalidDid");
    document d = {.doc = doc};
    begin(&d, did);
    (void)snprintf(fragment, sizeof fragment, "%.*s", (int)tail.len, (const char *)tail.ptr);
    char id[2 * KEY_MOST];
    gvm_buf multikey = {0};
    if (gvm_did_multikey(&multikey, kind, gvm_bytes_make(key, len)) == GVM_OK) {
        (void)snprintf(id, sizeof id, "%.*s#%s", (int)did.len, (const char *)did.ptr, fragment);
        yyjson_mut_val *m = yyjson_mut_obj(doc);
        (void)yyjson_mut_obj_add_strcpy(doc, m, "id", id);
        (void)yyjson_mut_obj_add_str(doc, m, "type", "Multikey");
        (void)yyjson_mut_obj_add_str(doc, m, "controller", d.did);
        (void)yyjson_mut_obj_add_val(doc, m, "publicKeyMultibase",
                                     text(&d, gvm_buf_bytes(&multikey)));
        (void)yyjson_mut_arr_append(d.methods, m);
        for (size_t i = 0; i < 5; i++)
            if ((kind == 9) == (purposes[i].bit == 4))
                (void)yyjson_mut_arr_add_strcpy(doc, d.lists[i], id);
    }
    gvm_buf_free(&multikey);
    finish(&d);
    return result(doc, d.root, NULL, NULL);
}

yyjson_mut_val *gvm_did_resolve(yyjson_mut_doc *doc, gvm_cells *cells, gvm_arena *arena,
                                gvm_bytes did, uint64_t chain_id) {
    gvm_address account;
    gvm_permanent_id id;
    gvm_identity identity = {0};
    char own[43] = "", fragment[32];
    if (did.len > 8 && memcmp(did.ptr, "did:key:", 8) == 0) return resolve_key(doc, did);
    if (did.len < 11 || memcmp(did.ptr, "did:", 4) != 0)
        return result(doc, NULL, NULL, "invalidDid");
    if (memcmp(did.ptr, "did:ghost:", 10) != 0)
        return result(doc, NULL, NULL, "methodNotSupported");
    if (!gvm_identity_resolve(cells, arena, &account, &id, did))
        return result(doc, NULL, NULL, "notFound");
    bool has = gvm_identity_look(cells, &identity, &id);
    yyjson_mut_val *metadata = yyjson_mut_obj(doc);
    document d = {.doc = doc};
    begin(&d, did);
    if (has) {
        gvm_did_of_id(own, &id);
        add_time(doc, metadata, "created", identity.created);
        add_time(doc, metadata, "updated", identity.updated);
        (void)yyjson_mut_obj_add_strcpy(doc, metadata, "canonicalId", own);
    }
    char controller[60], address[GVM_ADDRESS_CHECKSUM_SIZE];
    gvm_address_checksum(address, &account);
    (void)snprintf(controller, sizeof controller, "did:ghost:%.42s", address);
    (void)yyjson_mut_obj_add_strcpy(doc, d.root, "controller", controller);
    if (has && (identity.deactivated || identity.revoked)) {
        (void)yyjson_mut_obj_add_bool(doc, metadata, "deactivated", true);
        finish(&d);
        return result(doc, d.root, metadata, NULL);
    }
    uint64_t methods = has ? gvm_identity_methods(cells, &id) : 0;
    for (uint64_t i = 0; i < methods; i++) {
        gvm_id_method m;
        gvm_identity_method(cells, arena, &m, &id, i);
        (void)snprintf(fragment, sizeof fragment, "key-%llu", (unsigned long long)i);
        add_method(&d, fragment, m.kind, m.purposes, m.key);
    }
    add_account(&d, cells, &account, chain_id);
    finish(&d);
    if (has) {
        add_services(&d, cells, arena, &id);
        add_aliases(&d, cells, arena, &id);
    }
    return result(doc, d.root, metadata, NULL);
}
