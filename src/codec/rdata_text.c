/* Record data as text. Reading cuts the text into words (runs without white space, where quotes
 * hold them together), and each field takes one word, or all that are left. Escapes (\. and \065)
 * stay in a word until its field undoes them: in a name "\." is no dot between labels. */
#include "codec/rdata.h"
#include "codec/rdata_fields.h"
#include "crypto/address.h"

#include <arpa/inet.h>

static const char *const keys[GVM_SVCB_KEYS] = {"mandatory", "alpn",     "no-default-alpn",
                                                "port",      "ipv4hint", "ech",
                                                "ipv6hint",  "dohpath",  "ohttp"};
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint16_t load16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}
static void put16(gvm_buf *out, uint32_t v) {
    gvm_buf_put(out, (uint8_t)(v >> 8));
    gvm_buf_put(out, (uint8_t)v);
}

/* ---- printing */

static void print_octet(gvm_buf *out, uint8_t c, const char *escaped) {
    if (c < 0x20 || c >= 0x7f)
        gvm_buf_printf(out, "\\%03u", c);
    else if (strchr(escaped, c) != NULL)
        gvm_buf_printf(out, "\\%c", c);
    else
        gvm_buf_put(out, c);
}

static void print_quoted(gvm_buf *out, gvm_bytes text) {
    gvm_buf_put(out, '"');
    for (size_t i = 0; i < text.len; i++) print_octet(out, text.ptr[i], "\"\\");
    gvm_buf_put(out, '"');
}

static void print_name(gvm_buf *out, gvm_bytes name) {
    if (name.len == 1) gvm_buf_put(out, '.');
    for (size_t at = 0; name.ptr[at] != 0; at += 1u + name.ptr[at]) {
        for (size_t i = 1; i <= name.ptr[at]; i++) {
            uint8_t c = name.ptr[at + i];
            if (c == ' ')
                gvm_buf_str(out, "\\032");
            else
                print_octet(out, c, ".\"\\;@$()");
        }
        gvm_buf_put(out, '.');
    }
}

static void print_base64(gvm_buf *out, gvm_bytes v) {
    for (size_t i = 0; i < v.len; i += 3) {
        uint32_t left = v.len - i < 3 ? (uint32_t)(v.len - i) : 3, n = (uint32_t)v.ptr[i] << 16;
        if (left > 1) n |= (uint32_t)v.ptr[i + 1] << 8;
        if (left > 2) n |= v.ptr[i + 2];
        for (uint32_t k = 0; k < 4; k++)
            gvm_buf_put(out, k <= left ? (uint8_t)base64[n >> (18 - 6 * k) & 63] : '=');
    }
}

static void print_key(gvm_buf *out, uint16_t key) {
    if (key < GVM_SVCB_KEYS)
        gvm_buf_str(out, keys[key]);
    else
        gvm_buf_printf(out, "key%u", key);
}

static void print_addresses(gvm_buf *out, gvm_bytes v, int family) {
    size_t size = family == AF_INET ? 4 : 16;
    for (size_t i = 0; i < v.len; i += size) {
        char text[INET6_ADDRSTRLEN];
        if (i > 0) gvm_buf_put(out, ',');
        gvm_buf_str(out, inet_ntop(family, v.ptr + i, text, sizeof text));
    }
}

static void print_alpn(gvm_buf *out, gvm_bytes v) {
    gvm_buf_put(out, '"');
    for (size_t at = 0; at < v.len; at += 1u + v.ptr[at]) {
        if (at > 0) gvm_buf_put(out, ',');
        for (size_t i = 1; i <= v.ptr[at]; i++) {
            uint8_t c = v.ptr[at + i];
            /* escaped once for the list, and that once for the string */
            if (c == ',' || c == '\\') gvm_buf_str(out, "\\\\");
            print_octet(out, c, "\"\\");
        }
    }
    gvm_buf_put(out, '"');
}

static void print_parameters(gvm_buf *out, gvm_bytes data) {
    for (size_t at = 0; at < data.len; at += 4u + load16(data.ptr + at + 2)) {
        uint16_t key = load16(data.ptr + at);
        gvm_bytes v = gvm_bytes_make(data.ptr + at + 4, load16(data.ptr + at + 2));
        gvm_buf_put(out, ' ');
        print_key(out, key);
        if (v.len == 0) continue;
        gvm_buf_put(out, '=');
        switch (key) {
        case GVM_SVCB_MANDATORY:
            for (size_t i = 0; i < v.len; i += 2) {
                if (i > 0) gvm_buf_put(out, ',');
                print_key(out, load16(v.ptr + i));
            }
            break;
        case GVM_SVCB_ALPN: print_alpn(out, v); break;
        case GVM_SVCB_PORT: gvm_buf_printf(out, "%u", load16(v.ptr)); break;
        case GVM_SVCB_IPV4HINT: print_addresses(out, v, AF_INET); break;
        case GVM_SVCB_IPV6HINT: print_addresses(out, v, AF_INET6); break;
        case GVM_SVCB_ECH: print_base64(out, v); break;
        default: print_quoted(out, v); break;
        }
    }
}

void gvm_rdata_print(gvm_buf *out, uint16_t type, gvm_bytes data) {
    size_t at = 0;
    for (const char *kind = gvm_rdata_form(type); *kind != 0; kind++) {
        gvm_bytes rest = gvm_bytes_from(data, at);
        char text[GVM_ADDRESS_CHECKSUM_SIZE];
        gvm_address address;
        if (at > 0 && *kind != 'p') gvm_buf_put(out, ' ');
        size_t len = rest.len;
        switch (*kind) {
        case '4': print_addresses(out, gvm_bytes_make(rest.ptr, len = 4), AF_INET); break;
        case '6': print_addresses(out, gvm_bytes_make(rest.ptr, len = 16), AF_INET6); break;
        case 'b':
            len = 1;
            gvm_buf_printf(out, "%u", rest.ptr[0]);
            break;
        case 'w':
            len = 2;
            gvm_buf_printf(out, "%u", load16(rest.ptr));
            break;
        case 'n':
            len = gvm_rdata_name_len(rest);
            print_name(out, gvm_bytes_make(rest.ptr, len));
            break;
        case 's':
            for (size_t i = 0; i < rest.len; i += 1u + rest.ptr[i]) {
                if (i > 0) gvm_buf_put(out, ' ');
                print_quoted(out, gvm_bytes_make(rest.ptr + i + 1, rest.ptr[i]));
            }
            break;
        case 'g':
            len = 1u + rest.ptr[0];
            gvm_buf_append(out, rest.ptr + 1, rest.ptr[0]);
            break;
        case 't': print_quoted(out, rest); break;
        case 'd': gvm_buf_append(out, rest.ptr, rest.len); break;
        case 'x':
            for (size_t i = 0; i < rest.len; i++) gvm_buf_printf(out, "%02X", rest.ptr[i]);
            break;
        case '@':
            memcpy(address.b, rest.ptr, 20);
            gvm_address_checksum(text, &address);
            gvm_buf_append(out, text, 42);
            break;
        default: print_parameters(out, rest); break;
        }
        at += len;
    }
}

/* ---- reading */

/* The next word, quotes and escapes as written. false: none is left. */
static bool next_word(gvm_bytes *word, gvm_bytes *rest) {
    size_t start = 0;
    while (start < rest->len && (rest->ptr[start] == ' ' || rest->ptr[start] == '\t')) start++;
    size_t at = start;
    bool quoted = false;
    for (; at < rest->len; at++) {
        uint8_t c = rest->ptr[at];
        if (c == '\\' && at + 1 < rest->len)
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ' ' || c == '\t'))
            break;
    }
    *word = gvm_bytes_from(*rest, start);
    word->len = at - start;
    *rest = gvm_bytes_from(*rest, at);
    return word->len > 0;
}

/* One octet of a word, escapes undone; *plain: it was not escaped. false: a bad escape. */
static bool next_octet(uint8_t *out, bool *plain, gvm_bytes *word) {
    const uint8_t *p = word->ptr;
    size_t used = 1;
    *plain = p[0] != '\\';
    *out = p[0];
    if (!*plain) {
        if (word->len < 2) return false;
        if (p[1] >= '0' && p[1] <= '9') {
            if (word->len < 4 || p[2] < '0' || p[2] > '9' || p[3] < '0' || p[3] > '9') return false;
            unsigned v = (p[1] - 48u) * 100 + (p[2] - 48u) * 10 + (p[3] - 48u);
            if (v > 255) return false;
            *out = (uint8_t)v;
            used = 4;
        } else {
            *out = p[1];
            used = 2;
        }
    }
    *word = gvm_bytes_make(p + used, word->len - used);
    return true;
}

/* A word as a string: quotes around it fall away. */
static bool read_string(gvm_buf *out, gvm_bytes word) {
    if (word.len > 0 && word.ptr[0] == '"') {
        if (word.len < 2 || word.ptr[word.len - 1] != '"') return false;
        word = gvm_bytes_make(word.ptr + 1, word.len - 2);
    }
    while (word.len > 0) {
        uint8_t c;
        bool plain;
        if (!next_octet(&c, &plain, &word) || (plain && c == '"')) return false;
        gvm_buf_put(out, c);
    }
    return true;
}

static bool read_number(gvm_buf *out, gvm_bytes word, unsigned octets) {
    uint32_t n = 0;
    if (word.len == 0 || word.len > 5) return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9') return false;
        n = n * 10 + (word.ptr[i] - (uint32_t)'0');
    }
    if (n >= 1u << 8 * octets) return false;
    if (octets == 2) gvm_buf_put(out, (uint8_t)(n >> 8));
    gvm_buf_put(out, (uint8_t)n);
    return true;
}

static bool read_name(gvm_buf *out, gvm_bytes word) {
    uint8_t name[256];
    size_t head = 0, len = 1; /* of the label being read; of the name */
    name[0] = 0;
    if (word.len == 1 && word.ptr[0] == '.') word.len = 0;
    while (word.len > 0) {
        uint8_t c;
        bool plain;
        if (!next_octet(&c, &plain, &word) || (plain && c == '"')) return false;
        if (plain && c == '.') {
            if (name[head] == 0) return false;
            if (word.len == 0) break;
            if (len >= 254) return false;
            head = len++;
            name[head] = 0;
            continue;
        }
        if (++name[head] > 63 || len >= 254) return false;
        name[len++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
    }
    if (name[head] != 0) name[len++] = 0;
    gvm_buf_append(out, name, len);
    return true;
}

static int hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(gvm_buf *out, gvm_bytes *rest) {
    gvm_bytes word;
    int high = -1;
    while (next_word(&word, rest)) {
        for (size_t i = 0; i < word.len; i++) {
            int d = hex_digit(word.ptr[i]);
            if (d < 0) return false;
            if (high < 0) {
                high = d;
                continue;
            }
            gvm_buf_put(out, (uint8_t)(high << 4 | d));
            high = -1;
        }
    }
    return high < 0;
}

static bool read_ip(gvm_buf *out, gvm_bytes word, int family) {
    char text[INET6_ADDRSTRLEN];
    uint8_t ip[16];
    if (word.len >= sizeof text) return false;
    if (word.len > 0) memcpy(text, word.ptr, word.len);
    text[word.len] = 0;
    if (strlen(text) != word.len || inet_pton(family, text, ip) != 1) return false;
    gvm_buf_append(out, ip, family == AF_INET ? 4 : 16);
    return true;
}

static bool read_base64(gvm_buf *out, gvm_bytes text) {
    if (text.len == 0 || text.len % 4 != 0) return false;
    for (size_t i = 0; i < text.len; i += 4) {
        uint32_t n = 0, padding = 0;
        for (size_t k = 0; k < 4; k++) {
            uint8_t c = text.ptr[i + k];
            const char *d = c == 0 ? NULL : strchr(base64, c);
            if (c == '=' && i + 4 == text.len && k >= 2)
                padding++;
            else if (d == NULL || padding > 0)
                return false;
            n = n << 6 | (d == NULL ? 0 : (uint32_t)(d - base64));
        }
        gvm_buf_put(out, (uint8_t)(n >> 16));
        if (padding < 2) gvm_buf_put(out, (uint8_t)(n >> 8));
        if (padding < 1) gvm_buf_put(out, (uint8_t)n);
    }
    return true;
}

static bool read_key(uint16_t *key, gvm_bytes name) {
    for (uint16_t i = 0; i < GVM_SVCB_KEYS; i++) {
        if (gvm_bytes_equal(name, gvm_bytes_str(keys[i]))) {
            *key = i;
            return true;
        }
    }
    uint32_t n = 0;
    if (name.len < 4 || name.len > 8 || memcmp(name.ptr, "key", 3) != 0) return false;
    for (size_t i = 3; i < name.len; i++) {
        if (name.ptr[i] < '0' || name.ptr[i] > '9') return false;
        n = n * 10 + (name.ptr[i] - (uint32_t)'0');
    }
    *key = (uint16_t)n;
    return n < UINT16_MAX;
}

/* One item of a list of values at a comma; a backslash escapes. */
static bool next_item(gvm_buf *item, gvm_bytes *list, bool *more) {
    gvm_buf_clear(item);
    if (!*more) return false;
    size_t i = 0;
    for (; i < list->len && list->ptr[i] != ','; i++) {
        if (list->ptr[i] == '\\' && i + 1 < list->len) i++;
        gvm_buf_put(item, list->ptr[i]);
    }
    *more = i < list->len;
    if (*more) *list = gvm_bytes_make(list->ptr + i + 1, list->len - i - 1);
    return true;
}

static bool read_items(gvm_buf *out, uint16_t key, gvm_bytes list) {
    gvm_buf item = {0};
    bool more = true, good = true;
    uint16_t number;
    while (good && next_item(&item, &list, &more)) {
        gvm_bytes v = gvm_buf_bytes(&item);
        switch (key) {
        case GVM_SVCB_MANDATORY:
            if ((good = read_key(&number, v))) put16(out, number);
            break;
        case GVM_SVCB_ALPN:
            if ((good = v.len > 0 && v.len <= 255)) {
                gvm_buf_put(out, (uint8_t)v.len);
                gvm_buf_append(out, v.ptr, v.len);
            }
            break;
        case GVM_SVCB_IPV4HINT: good = read_ip(out, v, AF_INET); break;
        default: good = read_ip(out, v, AF_INET6); break;
        }
    }
    good &= !item.failed;
    gvm_buf_free(&item);
    return good;
}

/* What is on the wire must ascend; people may write the keys of "mandatory" in any order. */
static void sort_keys(uint8_t *p, size_t len) {
    for (size_t i = 2; i < len; i += 2)
        for (size_t k = i; k > 0 && load16(p + k) < load16(p + k - 2); k -= 2) {
            uint8_t t[2] = {p[k], p[k + 1]};
            memcpy(p + k, p + k - 2, 2);
            memcpy(p + k - 2, t, 2);
        }
}

static bool read_value(gvm_buf *out, uint16_t key, gvm_bytes text) {
    size_t start = out->len;
    switch (key) {
    case GVM_SVCB_PORT: return read_number(out, text, 2);
    case GVM_SVCB_ECH: return read_base64(out, text);
    case GVM_SVCB_MANDATORY:
    case GVM_SVCB_ALPN:
    case GVM_SVCB_IPV4HINT:
    case GVM_SVCB_IPV6HINT:
        if (!read_items(out, key, text)) return false;
        if (key == GVM_SVCB_MANDATORY && !out->failed && out->len > start)
            sort_keys(out->ptr + start, out->len - start);
        return true;
    default: gvm_buf_append(out, text.ptr, text.len); return true;
    }
}

/* Parameters in any order; each is put at its place among those before it. */
static bool read_parameters(gvm_buf *out, gvm_bytes *rest) {
    size_t start = out->len;
    gvm_bytes word;
    gvm_buf one = {0}, text = {0};
    bool good = true;
    while (good && next_word(&word, rest)) {
        const uint8_t *equals = memchr(word.ptr, '=', word.len);
        size_t name_len = equals == NULL ? word.len : (size_t)(equals - word.ptr);
        uint16_t key = 0;
        gvm_buf_clear(&one);
        gvm_buf_clear(&text);
        good = read_key(&key, gvm_bytes_make(word.ptr, name_len)) &&
               (equals == NULL ||
                (read_string(&text, gvm_bytes_make(equals + 1, word.len - name_len - 1)) &&
                 read_value(&one, key, gvm_buf_bytes(&text)))) &&
               one.len <= UINT16_MAX;
        if (!good) break;
        size_t at = start;
        while (at < out->len && load16(out->ptr + at) < key) at += 4u + load16(out->ptr + at + 2);
        good = at == out->len || load16(out->ptr + at) != key;
        size_t behind = out->len - at;
        if (gvm_buf_extend(out, 4 + one.len) == NULL) break;
        if (behind > 0) memmove(out->ptr + at + 4 + one.len, out->ptr + at, behind);
        uint8_t head[4] = {(uint8_t)(key >> 8), (uint8_t)key, (uint8_t)(one.len >> 8),
                           (uint8_t)one.len};
        memcpy(out->ptr + at, head, 4);
        if (one.len > 0) memcpy(out->ptr + at + 4, one.ptr, one.len);
    }
    good &= !one.failed && !text.failed;
    gvm_buf_free(&one);
    gvm_buf_free(&text);
    return good;
}

static bool read_strings(gvm_buf *out, gvm_bytes *rest) {
    gvm_bytes word;
    bool any = false;
    while (next_word(&word, rest)) {
        size_t at = out->len;
        gvm_buf_put(out, 0);
        if (!read_string(out, word) || out->len - at - 1 > 255) return false;
        if (!out->failed) out->ptr[at] = (uint8_t)(out->len - at - 1);
        any = true;
    }
    return any;
}

static bool read_tag(gvm_buf *out, gvm_bytes word) {
    if (word.len > 15) return false;
    gvm_buf_put(out, (uint8_t)word.len);
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];
        gvm_buf_put(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c);
    }
    return true;
}

static bool read_field(gvm_buf *out, char kind, gvm_bytes *rest) {
    gvm_bytes word;
    gvm_address address;
    if (kind == 's') return read_strings(out, rest);
    if (kind == 'x') return read_hex(out, rest);
    if (kind == 'p') return read_parameters(out, rest);
    if (!next_word(&word, rest)) return false;
    switch (kind) {
    case '4': return read_ip(out, word, AF_INET);
    case '6': return read_ip(out, word, AF_INET6);
    case 'b': return read_number(out, word, 1);
    case 'w': return read_number(out, word, 2);
    case 'n': return read_name(out, word);
    case 'g': return read_tag(out, word);
    case '@':
        if (gvm_address_parse(&address, word) != GVM_OK) return false;
        gvm_buf_append(out, address.b, 20);
        return true;
    default: return read_string(out, word); /* 't', 'd' */
    }
}

static const char *expected(char kind) {
    switch (kind) {
    case '4': return "an IPv4 address, as 192.0.2.1";
    case '6': return "an IPv6 address, as 2001:db8::1";
    case 'b': return "a number up to 255";
    case 'w': return "a number up to 65535";
    case 'n': return "a domain name, as mail.alice.ghost";
    case 's': return "text, in quotes where it has spaces, 255 octets a piece";
    case 'g': return "a tag, as issue";
    case 'x': return "hex digits";
    case '@': return "an account's address";
    case 'd': return "a DID, as did:ghost:alice";
    case 'p': return "parameters, as alpn=h2,h3 port=8443";
    default: return "text";
    }
}

gvm_status gvm_rdata_parse(gvm_buf *out, gvm_error *err, uint16_t type, gvm_bytes text) {
    const char *form = gvm_rdata_form(type);
    if (form == NULL)
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED, "names have no records of type %u", type);
    size_t start = out->len;
    gvm_bytes rest = text, word;
    gvm_status status = GVM_ERR_SYNTAX;
    for (const char *kind = form; *kind != 0; kind++) {
        if (read_field(out, *kind, &rest)) continue;
        (void)gvm_error_set(err, GVM_ERR_SYNTAX, "%s: expected %s as field %d, found \"%.*s\"",
                            gvm_rtype_name(type), expected(*kind), (int)(kind - form) + 1,
                            (int)(text.len < 120 ? text.len : 120), (const char *)text.ptr);
        goto fail;
    }
    if (next_word(&word, &rest)) {
        (void)gvm_error_set(err, GVM_ERR_SYNTAX, "%s: expected the end, found \"%.*s\"",
                            gvm_rtype_name(type), (int)(word.len < 120 ? word.len : 120),
                            (const char *)word.ptr);
        goto fail;
    }
    GVM_TRY_GOTO(gvm_buf_status(out));
    GVM_TRY_GOTO(gvm_rdata_check(err, type, gvm_bytes_from(gvm_buf_bytes(out), start)));
    return GVM_OK;
fail:
    out->len = start;
    return status;
}
