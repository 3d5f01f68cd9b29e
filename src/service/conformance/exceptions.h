/* The names that official fixtures have for reasons of refusal, and which of our status codes each
 * stands for. */
#ifndef GVM_SERVICE_CONFORMANCE_EXCEPTIONS_H
#define GVM_SERVICE_CONFORMANCE_EXCEPTIONS_H

#include "base/bytes.h"

/* Whether `status` is one of the reasons that `expected` allows: names divided by '|', such as
 * "TransactionException.NONCE_IS_MAX|BlockException.INVALID_GASLIMIT". Names without one of these
 * two prefixes (older tools' words) allow any reason. */
bool gvm_exception_matches(gvm_status status, const char *expected);

#endif
