#include "service/conformance/dao.h"

#include "chain/config.h"
#include "codec/hex.h"

#include <stdlib.h>

enum { HEADERS = 10 };

uint64_t gvm_dao_block(const char *network) {
    static const char mark[] = "ToDaoAt";
    const char *at = strstr(network, mark);
    return at == NULL ? GVM_NEVER : strtoull(at + sizeof mark - 1, NULL, 10);
}

gvm_status gvm_dao_check(uint64_t dao_block, const gvm_header *header, gvm_error *err) {
    gvm_bytes mark = gvm_bytes_str("dao-hard-fork");
    if (header->number < dao_block || header->number - dao_block >= HEADERS) return GVM_OK;
    if (gvm_bytes_equal(mark, gvm_bytes_make(header->extra, header->extra_len))) return GVM_OK;
    return gvm_error_set(err, GVM_ERR_HEADER_EXTRA, "extra data is not the DAO fork's");
}

gvm_status gvm_dao_move(gvm_state *state) {
    static const char *const accounts[] = {
#define X(address) address,
#include "service/conformance/dao.inc"
#undef X
    };
    static const char refund_contract[] = "bf4ed7b27f1d666546e30d74d50d173d20bca754";
    gvm_address address;
    GVM_TRY(gvm_hex_decode_fixed(address.b, sizeof address.b, gvm_bytes_str(refund_contract),
                                 GVM_HEX_PREFIX_NONE));
    gvm_state_begin_tx(state);
    gvm_entry *refund = gvm_state_entry(state, &address);
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        GVM_TRY(gvm_hex_decode_fixed(address.b, sizeof address.b, gvm_bytes_str(accounts[i]),
                                     GVM_HEX_PREFIX_NONE));
        gvm_entry *from = gvm_state_entry(state, &address);
        gvm_u256 balance = from->balance;
        if (!from->exists) continue;
        gvm_state_sub_balance(state, from, balance);
        gvm_state_add_balance(state, refund, balance);
    }
    gvm_state_end_tx(state, false);
    return gvm_state_status(state);
}
