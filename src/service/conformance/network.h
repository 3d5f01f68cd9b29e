/* The networks of blockchain fixtures: "Cancun", "CancunToPragueAtTime15k", "BerlinToLondonAt5",
 * "ArrowGlacierToParisAtDiffC0000". */
#ifndef GVM_SERVICE_CONFORMANCE_NETWORK_H
#define GVM_SERVICE_CONFORMANCE_NETWORK_H

#include "chain/config.h"

#include <yyjson.h>

/* fixture_config: the fixture's `config` (chain id, blob schedule), may be NULL. GVM_ERR_NOT_FOUND:
 * a fork that we do not know. GVM_ERR_SYNTAX. */
GVM_NODISCARD gvm_status gvm_fixture_network(gvm_chain_config *out, const char *network,
                                             yyjson_val *fixture_config);

#endif
