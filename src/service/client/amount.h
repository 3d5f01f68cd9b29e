/* Amounts of the native token as people write and read them. One GCC is 10^18 wei, as one ether is
 * elsewhere. */
#ifndef GVM_SERVICE_CLIENT_AMOUNT_H
#define GVM_SERVICE_CLIENT_AMOUNT_H

#include "base/u256.h"

/* "1.5gcc", "2 ether", "30gwei", "7wei", "0x1f"; a bare number is wei. GVM_ERR_SYNTAX (also for
 * digits below one wei), GVM_ERR_RANGE. */
GVM_NODISCARD gvm_status gvm_amount_parse(gvm_u256 *wei, const char *text, gvm_error *err);
/* Appends v * 10^-decimals in full, without zeros at its end: "1.5", "10000", "0". */
void gvm_amount_put(gvm_buf *out, gvm_u256 v, unsigned decimals);

#endif
