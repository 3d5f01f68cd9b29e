#include "net/policy.h"

#include <arpa/inet.h>
#include <strings.h>

static bool same(gvm_bytes a, const char *b) {
    return a.len == strlen(b) && strncasecmp((const char *)a.ptr, b, a.len) == 0;
}

static bool begins(gvm_bytes a, const char *b) {
    size_t len = strlen(b);
    return a.len >= len && strncasecmp((const char *)a.ptr, b, len) == 0;
}

static bool listed(const char *const *list, size_t count, gvm_bytes what) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], "*") == 0 || same(what, list[i])) return true;
    }
    return false;
}

static bool is_port(gvm_bytes p) {
    for (size_t i = 0; i < p.len; i++) {
        if (p.ptr[i] < '0' || p.ptr[i] > '9') return false;
    }
    return p.len <= 5;
}

/* Splits "name:port" and "[::1]:port"; false where it is neither. The brackets stay. */
static bool split(gvm_bytes *name, gvm_bytes host) {
    size_t end = 0;
    if (host.len > 0 && host.ptr[0] == '[') {
        while (end < host.len && host.ptr[end] != ']') end++;
        if (end == host.len) return false;
        end++;
    } else {
        while (end < host.len && host.ptr[end] != ':') end++;
    }
    *name = gvm_bytes_make(host.ptr, end);
    return end > 0 &&
           (end == host.len || (host.ptr[end] == ':' &&
                                is_port(gvm_bytes_make(host.ptr + end + 1, host.len - end - 1))));
}

/* Of the address alone, without brackets; its bytes in out[16]. */
static int address_family(uint8_t out[16], gvm_bytes name) {
    char text[INET6_ADDRSTRLEN];
    bool brackets = name.len >= 2 && name.ptr[0] == '[';
    if (brackets) name = gvm_bytes_make(name.ptr + 1, name.len - 2);
    if (name.len == 0 || name.len >= sizeof text) return 0;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    if (!brackets && inet_pton(AF_INET, text, out) == 1) return AF_INET;
    return brackets && inet_pton(AF_INET6, text, out) == 1 ? AF_INET6 : 0;
}

static bool is_localhost(gvm_bytes name) {
    static const char suffix[] = ".localhost";
    size_t len = sizeof suffix - 1;
    return same(name, "localhost") ||
           (name.len > len && same(gvm_bytes_make(name.ptr + name.len - len, len), suffix));
}

static bool is_loopback(gvm_bytes name) {
    static const uint8_t one[16] = {[15] = 1};
    uint8_t address[16];
    int family = address_family(address, name);
    return is_localhost(name) || (family == AF_INET && address[0] == 127) ||
           (family == AF_INET6 && memcmp(address, one, 16) == 0);
}

bool gvm_policy_origin(const gvm_policy *policy, gvm_bytes origin) {
    static const char *const extensions[] = {"chrome-extension://", "moz-extension://",
                                             "safari-web-extension://"};
    if (origin.ptr == NULL || listed(policy->origins, policy->origin_count, origin)) return true;
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        if (begins(origin, extensions[i])) return true;
    }
    size_t scheme = begins(origin, "http://") ? 7 : begins(origin, "https://") ? 8 : 0;
    gvm_bytes name;
    return scheme != 0 && split(&name, gvm_bytes_make(origin.ptr + scheme, origin.len - scheme)) &&
           is_loopback(name);
}

bool gvm_policy_host(const gvm_policy *policy, gvm_bytes host) {
    uint8_t address[16];
    gvm_bytes name;
    if (host.len == 0) return true;
    if (!split(&name, host)) return false;
    return is_localhost(name) || address_family(address, name) != 0 ||
           listed(policy->hosts, policy->host_count, name) ||
           listed(policy->hosts, policy->host_count, host);
}
