/* What is deployed of a WebAssembly contract: from the files that compilers leave to the bytes that
 * go into a transaction. */
#ifndef GVM_SERVICE_CLIENT_CONTRACT_CODE_H
#define GVM_SERVICE_CLIENT_CONTRACT_CODE_H

#include "base/bytes.h"

/* Appends the module, unpacked, that `file` holds: a .wasm, a compiler's JSON or hex digits with
 * one as bytecode, EF 47 01 and a zstd frame, or Stylus's compressed form (EF F0 00 00 and brotli;
 * needs libbrotlidec, which is looked for when it is met). At most 1 MiB. GVM_ERR_SYNTAX,
 * GVM_ERR_LIMIT, GVM_ERR_UNSUPPORTED, codes of files. */
GVM_NODISCARD gvm_status gvm_contract_code_read(gvm_buf *module, const char *file, gvm_error *err);

/* Appends EF 47 01 and a zstd frame of the module, with its size declared and a window of at most
 * 1 MiB. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_contract_code_pack(gvm_buf *out, gvm_bytes module);

#endif
