#include "service/conformance/exceptions.h"

static const struct {
    gvm_status status;
    const char *name;
} names[] = {
#define X(status, name) {GVM_##status, name},
#include "service/conformance/exceptions.inc"
#undef X
};

static bool has_prefix(gvm_bytes s, const char *prefix) {
    size_t n = strlen(prefix);
    return s.len >= n && memcmp(s.ptr, prefix, n) == 0;
}

static bool allows(gvm_bytes name, gvm_status status) {
    if (!has_prefix(name, "TransactionException.") && !has_prefix(name, "BlockException."))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].status == status && gvm_bytes_equal(gvm_bytes_str(names[i].name), name))
            return true;
    }
    return false;
}

bool gvm_exception_matches(gvm_status status, const char *expected) {
    if (status == GVM_OK) return false;
    for (;;) {
        size_t n = strcspn(expected, "|");
        if (allows(gvm_bytes_make(expected, n), status)) return true;
        if (expected[n] == 0) return false;
        expected += n + 1;
    }
}
