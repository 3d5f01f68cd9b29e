/* Checking what eth_getProof answers (EIP-1186) against a state root. */
#ifndef GVM_SERVICE_CLIENT_PROOF_H
#define GVM_SERVICE_CLIENT_PROOF_H

#include "codec/json.h"
#include "state/account.h"

/* Checks the account's proof against `root`, and each slot's against the account's storage root:
 * whatever the object claims of the account and its slots must be just what the nodes prove, and it
 * must speak of the `slots` that were asked for, in that order.
 * *account gets what is proven; *exists is false where it is proven that there is none (and
 * *account is an empty one). GVM_ERR_PROOF, with the field that does not hold in *err;
 * GVM_ERR_SYNTAX and its kin where `answer` has not the shape of EIP-1186; GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_client_verify_proof(gvm_account *account, bool *exists,
                                                 yyjson_val *answer, const gvm_hash *root,
                                                 const gvm_address *address, const gvm_hash *slots,
                                                 size_t slot_count, gvm_error *err);

#endif
