/* Finds the official test vectors: $GHOSTVM_VECTORS, or ../shared/vectors beside the working
 * directory. */
#ifndef GVM_TESTS_SUPPORT_VECTORS_H
#define GVM_TESTS_SUPPORT_VECTORS_H

#include "base/bytes.h"

/* A file: its name (path, for archive members "<archive>/<member>") and bytes, valid during the
 * call; eight zero bytes follow the data. */
typedef void (*vectors_visit)(void *ctx, const char *name, gvm_bytes data);

/* The path of `sub` below the vectors, or NULL where it is not there. Static storage, overwritten
 * by the next call. */
const char *vectors_path(const char *sub);
/* Ends the test program as skipped (exit 77), with a line that says what is missing, unless `sub`
 * is there. */
void vectors_require(const char *sub);
/* Visits every file below `sub`, members of .tar.zst archives included, whose name ends in `suffix`
 * (NULL: any) and contains `filter` (NULL: any). Returns how many it visited; stops the program
 * with a message where reading fails. */
size_t vectors_each(const char *sub, const char *suffix, const char *filter, vectors_visit visit,
                    void *ctx);

#endif
