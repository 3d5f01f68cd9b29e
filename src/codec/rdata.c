/* The types, and the check of what is on the wire: a walk over the fields that the type's form
 * names. Printing and parsing are in rdata_text.c. */
#include "codec/rdata.h"

#include "codec/rdata_fields.h"

#include <strings.h>

static const struct {
    uint16_t number;
    const char *name, *form, *text;
} types[] = {
#define X(name, number, form, text) {number, #name, form, text},
#include "codec/rdata_types.inc"
#undef X
};
#define TYPES (sizeof types / sizeof *types)

static size_t find(uint16_t type) {
    size_t i = 0;
    while (i < TYPES && types[i].number != type) i++;
    return i;
}
const char *gvm_rtype_name(uint16_t type) {
    size_t i = find(type);
    return i < TYPES ? types[i].name : NULL;
}
const char *gvm_rtype_text(uint16_t type) {
    size_t i = find(type);
    return i < TYPES ? types[i].text : NULL;
}
const char *gvm_rdata_form(uint16_t type) {
    size_t i = find(type);
    return i < TYPES ? types[i].form : NULL;
}
size_t gvm_rtype_list(const uint16_t **out) {
    static const uint16_t numbers[TYPES] = {
#define X(name, number, form, text) number,
#include "codec/rdata_types.inc"
#undef X
    };
    *out = numbers;
    return TYPES;
}

gvm_status gvm_rtype_find(uint16_t *type, gvm_bytes name) {
    for (size_t i = 0; i < TYPES; i++) {
        if (strlen(types[i].name) == name.len &&
            strncasecmp(types[i].name, (const char *)name.ptr, name.len) == 0) {
            *type = types[i].number;
            return GVM_OK;
        }
    }
    uint32_t n = 0;
    if (name.len < 5 || name.len > 9 || strncasecmp((const char *)name.ptr, "TYPE", 4) != 0)
        return GVM_ERR_NOT_FOUND;
    for (size_t i = 4; i < name.len; i++) {
        if (name.ptr[i] < '0' || name.ptr[i] > '9') return GVM_ERR_NOT_FOUND;
        n = n * 10 + (name.ptr[i] - (uint32_t)'0');
    }
    if (n > UINT16_MAX || find((uint16_t)n) == TYPES) return GVM_ERR_NOT_FOUND;
    *type = (uint16_t)n;
    return GVM_OK;
}

/* ---- fields */

size_t gvm_rdata_name_len(gvm_bytes data) {
    size_t at = 0;
    while (at < data.len) {
        uint8_t len = data.ptr[at];
        if (len == 0) return at + 1;
        if (len > 63 || at + 1 + len >= data.len || at + 1 + len > 254) return 0;
        for (size_t i = 1; i <= len; i++)
            if (data.ptr[at + i] >= 'A' && data.ptr[at + i] <= 'Z') return 0;
        at += 1u + len;
    }
    return 0;
}

static bool strings_good(gvm_bytes data) {
    size_t at = 0;
    while (at < data.len) at += 1u + data.ptr[at];
    return data.len > 0 && at == data.len;
}

/* The characters of DIDs (W3C DID core, section 3.1). */
static bool did_good(gvm_bytes text) {
    if (text.len <= 4 || text.len > 255 || memcmp(text.ptr, "did:", 4) != 0) return false;
    for (size_t i = 4; i < text.len; i++) {
        uint8_t c = text.ptr[i], lower = c | 0x20;
        bool letter = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
        if (!letter && c != '.' && c != '-' && c != '_' && c != ':' && c != '%') return false;
    }
    return true;
}

static size_t tag_len(gvm_bytes data) {
    if (data.len < 2 || data.ptr[0] == 0 || data.ptr[0] > 15 || data.len < 1u + data.ptr[0])
        return 0;
    for (size_t i = 1; i <= data.ptr[0]; i++) {
        uint8_t c = data.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) return 0;
    }
    return 1u + data.ptr[0];
}

static uint16_t load16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

static bool alpn_good(gvm_bytes v) {
    size_t at = 0;
    for (; at < v.len; at += 1u + v.ptr[at])
        if (v.ptr[at] == 0) return false;
    return v.len > 0 && at == v.len;
}

/* RFC 9460, sections 2.2 and 8. */
static bool parameters_good(gvm_bytes data) {
    gvm_bytes mandatory = {NULL, 0};
    bool alpn = false, no_default = false;
    int32_t last = -1;
    for (size_t at = 0; at < data.len;) {
        if (data.len - at < 4) return false;
        uint16_t key = load16(data.ptr + at), len = load16(data.ptr + at + 2);
        if (data.len - at - 4 < len || key <= last || key == UINT16_MAX) return false;
        gvm_bytes v = gvm_bytes_make(data.ptr + at + 4, len);
        bool good = true;
        switch (key) {
        case GVM_SVCB_MANDATORY:
            mandatory = v;
            good = len > 0 && len % 2 == 0;
            break;
        case GVM_SVCB_ALPN: good = alpn = alpn_good(v); break;
        case GVM_SVCB_NO_DEFAULT_ALPN:
            no_default = true;
            good = len == 0;
            break;
        case GVM_SVCB_PORT: good = len == 2; break;
        case GVM_SVCB_IPV4HINT: good = len > 0 && len % 4 == 0; break;
        case GVM_SVCB_IPV6HINT: good = len > 0 && len % 16 == 0; break;
        case GVM_SVCB_ECH:
        case GVM_SVCB_DOHPATH: good = len > 0; break;
        case GVM_SVCB_OHTTP: good = len == 0; break;
        default: break;
        }
        if (!good) return false;
        last = key;
        at += 4u + len;
    }
    int32_t before = 0; /* "mandatory" does not list itself */
    for (size_t i = 0; i < mandatory.len; i += 2) {
        uint16_t wanted = load16(mandatory.ptr + i);
        if (wanted <= before) return false;
        before = wanted;
        bool found = false;
        for (size_t at = 0; at < data.len && !found; at += 4u + load16(data.ptr + at + 2))
            found = load16(data.ptr + at) == wanted;
        if (!found) return false;
    }
    return !no_default || alpn;
}

/* The length of the field at the start of `data`; 0: it is not one. */
static size_t field_len(char kind, gvm_bytes data) {
    switch (kind) {
    case '4': return data.len >= 4 ? 4 : 0;
    case '6': return data.len >= 16 ? 16 : 0;
    case 'b': return data.len >= 1 ? 1 : 0;
    case 'w': return data.len >= 2 ? 2 : 0;
    case '@': return data.len >= 20 ? 20 : 0;
    case 'n': return gvm_rdata_name_len(data);
    case 'g': return tag_len(data);
    case 's': return strings_good(data) ? data.len : 0;
    case 'd': return did_good(data) ? data.len : 0;
    default: return data.len; /* 't', 'x', 'p' */
    }
}

static const char *expected(char kind) {
    switch (kind) {
    case '4': return "an IPv4 address (4 octets)";
    case '6': return "an IPv6 address (16 octets)";
    case 'b': return "a number of one octet";
    case 'w': return "a number of two octets";
    case '@': return "an account's address (20 octets)";
    case 'n': return "a domain name in lower case, uncompressed, of at most 255 octets";
    case 'g': return "a tag of 1 to 15 lower-case letters and digits";
    case 's': return "character strings, each behind its length";
    case 'd': return "a DID of at most 255 characters";
    default: return "more octets";
    }
}

static bool digest_good(uint16_t type, gvm_bytes data) {
    if (type == GVM_RTYPE_DS) { /* RFC 4509, 6605 */
        size_t len = data.len - 4;
        uint8_t kind = data.ptr[3];
        return kind == 1 ? len == 20 : kind == 2 ? len == 32 : kind == 4 ? len == 48 : len > 0;
    }
    if (type == GVM_RTYPE_TLSA) { /* RFC 6698 */
        size_t len = data.len - 3;
        uint8_t match = data.ptr[2];
        return match == 1 ? len == 32 : match == 2 ? len == 64 : len > 0;
    }
    return true;
}

gvm_status gvm_rdata_check(gvm_error *err, uint16_t type, gvm_bytes data) {
    size_t index = find(type), at = 0;
    if (index == TYPES)
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED, "names have no records of type %u", type);
    const char *name = types[index].name;
    if (data.len > GVM_RDATA_MOST)
        return gvm_error_set(err, GVM_ERR_SYNTAX, "%s: expected at most %u octets, found %zu", name,
                             GVM_RDATA_MOST, data.len);
    for (const char *kind = types[index].form; *kind != 0; kind++) {
        gvm_bytes rest = gvm_bytes_from(data, at);
        size_t len = field_len(*kind, rest);
        bool may_be_empty = *kind == 'p' || (*kind == 't' && type == GVM_RTYPE_CAA);
        if (len == 0 && !may_be_empty)
            return gvm_error_set(err, GVM_ERR_SYNTAX, "%s: expected %s at octet %zu", name,
                                 expected(*kind), at);
        if (*kind == 'p' && !parameters_good(rest))
            return gvm_error_set(err, GVM_ERR_SYNTAX,
                                 "%s: expected parameters in ascending order, each valid", name);
        if (*kind == 'p' && len > 0 && load16(data.ptr) == 0)
            return gvm_error_set(err, GVM_ERR_SYNTAX,
                                 "%s: expected no parameters with priority 0 (an alias)", name);
        at += len;
    }
    if (at != data.len)
        return gvm_error_set(err, GVM_ERR_SYNTAX, "%s: expected %zu octets, found %zu", name, at,
                             data.len);
    if (!digest_good(type, data))
        return gvm_error_set(err, GVM_ERR_SYNTAX, "%s: the digest's length does not fit its kind",
                             name);
    return GVM_OK;
}
