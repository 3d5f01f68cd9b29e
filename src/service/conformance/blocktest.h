/* BlockchainTests: a genesis and blocks, some of which must be refused for a named reason; checked
 * by the head at the end and the state there.
 *
 * The chain is kept in memory, each block with its own accounts, so that any block can be built on.
 * Before the merge the heaviest chain is the head, after it the latest valid block. The proof of
 * work is not checked (fixtures that need it say sealEngine Ethash). */
#ifndef GVM_SERVICE_CONFORMANCE_BLOCKTEST_H
#define GVM_SERVICE_CONFORMANCE_BLOCKTEST_H

#include "service/conformance/runner.h"

extern const gvm_conf_suite gvm_blocktest_suite;

#endif
