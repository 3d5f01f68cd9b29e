/* Files that tools are given: whole, with a limit on their size. */
#ifndef GVM_SERVICE_CLIENT_FILES_H
#define GVM_SERVICE_CLIENT_FILES_H

#include "base/bytes.h"

#define GVM_FILES_MAX ((size_t)64 << 20)

/* Appends the file; "-" is standard input. GVM_ERR_NOT_FOUND, GVM_ERR_PERMISSION, GVM_ERR_IO,
 * GVM_ERR_LIMIT (over GVM_FILES_MAX), GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_files_read(gvm_buf *out, const char *path, gvm_error *err);
/* Writes a file that only its owner may read; one that is there already is not touched
 * (GVM_ERR_EXISTS). */
GVM_NODISCARD gvm_status gvm_files_write_private(const char *path, gvm_bytes in, gvm_error *err);
/* Appends the code that `text` stands for: hex digits, "@FILE" or "-" with hex digits, or with a
 * compiler's JSON that has them as "bytecode" (solc, Hardhat, Foundry). Blanks and line ends around
 * digits are left out. GVM_ERR_SYNTAX and as above. */
GVM_NODISCARD gvm_status gvm_files_code(gvm_buf *out, const char *text, gvm_error *err);

#endif
