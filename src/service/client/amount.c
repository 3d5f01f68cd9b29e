#include "service/client/amount.h"

#include <stdio.h>

static const struct {
    const char *name;
    unsigned decimals;
} units[] = {{"", 0}, {"wei", 0}, {"gwei", 9}, {"gcc", 18}, {"ether", 18}, {"eth", 18}};

static bool same_word(const char *a, size_t len, const char *b) {
    size_t i = 0;
    for (; i < len && b[i] != '\0'; i++) {
        char c = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] - 'A' + 'a') : a[i];
        if (c != b[i]) return false;
    }
    return i == len && b[i] == '\0';
}

static gvm_status bad_amount(gvm_error *err, const char *text) {
    return gvm_error_set(err, GVM_ERR_SYNTAX,
                         "amount: expected a number with a unit, such as 1.5gcc, 30gwei or 7wei; "
                         "found \"%.100s\"",
                         text);
}

static gvm_status too_large(gvm_error *err, const char *text) {
    return gvm_error_set(err, GVM_ERR_RANGE, "amount: \"%.100s\" does not fit in 256 bits", text);
}

gvm_status gvm_amount_parse(gvm_u256 *wei, const char *text, gvm_error *err) {
    size_t len = strlen(text), number = strspn(text, "0123456789."), unit = number;
    if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        gvm_status status = gvm_u256_parse(wei, text, len);
        return status == GVM_OK          ? GVM_OK
               : status == GVM_ERR_RANGE ? too_large(err, text)
                                         : bad_amount(err, text);
    }
    while (text[unit] == ' ') unit++;
    size_t u = 0, count = sizeof units / sizeof units[0];
    while (u < count && !same_word(text + unit, len - unit, units[u].name)) u++;
    if (u == count || number == 0) return bad_amount(err, text);

    gvm_u256 v = gvm_u256_zero(), ten = gvm_u256_from_u64(10);
    unsigned after = 0, digits = 0;
    bool point = false;
    for (size_t i = 0; i < number; i++) {
        if (text[i] == '.') {
            if (point) return bad_amount(err, text);
            point = true;
            continue;
        }
        digits++;
        if (point && ++after > units[u].decimals) {
            if (text[i] != '0') return bad_amount(err, text);
            after--;
            continue;
        }
        if (gvm_u256_mul_overflow(&v, v, ten) ||
            gvm_u256_add_overflow(&v, v, gvm_u256_from_u64((uint64_t)(text[i] - '0'))))
            return too_large(err, text);
    }
    if (digits == 0) return bad_amount(err, text);
    for (; after < units[u].decimals; after++)
        if (gvm_u256_mul_overflow(&v, v, ten)) return too_large(err, text);
    *wei = v;
    return GVM_OK;
}

void gvm_amount_put(gvm_buf *out, gvm_u256 v, unsigned decimals) {
    char text[80];
    size_t len = gvm_u256_to_decimal(text, v), whole = len > decimals ? len - decimals : 0;
    size_t end = len;
    if (whole == 0) gvm_buf_put(out, '0');
    gvm_buf_append(out, text, whole);
    while (end > whole && text[end - 1] == '0') end--;
    if (end == whole) return;
    gvm_buf_put(out, '.');
    for (size_t i = len; i < decimals; i++) gvm_buf_put(out, '0');
    gvm_buf_append(out, text + whole, end - whole);
}
