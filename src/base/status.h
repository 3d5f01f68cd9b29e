/* Status codes: everything that can go wrong (ghostvm/status.inc, and status.inc for what never
 * leaves the house), and the message that goes with one.
 *
 * A function that can fail returns gvm_status; results come back through pointers. Where a person
 * will read about the failure, the function also takes a `gvm_error *` (NULL allowed) and says
 * there what was expected and what was found. */
#ifndef GVM_BASE_STATUS_H
#define GVM_BASE_STATUS_H

#ifdef GHOSTVM_BASE_H
#error "include base/status.h before the library's headers: it completes their gvm_status"
#endif
#define GVM_STATUS_HOUSE "base/status.inc"
#include "ghostvm/base.h"

/* Fills *err (if not NULL) with `code` and the formatted text (cut to fit) and returns `code`. */
gvm_status gvm_error_set(gvm_error *err, gvm_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Returns from the calling function when `expr` fails. */
#define GVM_TRY(expr)                                                               \
    do {                                                                            \
        gvm_status gvm_try_status_ = (expr);                                        \
        if (__builtin_expect(gvm_try_status_ != GVM_OK, 0)) return gvm_try_status_; \
    } while (0)

/* Jumps to `fail` when `expr` fails, with the code in the local variable `status`. */
#define GVM_TRY_GOTO(expr)                                    \
    do {                                                      \
        status = (expr);                                      \
        if (__builtin_expect(status != GVM_OK, 0)) goto fail; \
    } while (0)

/* A broken invariant: says where and stops the process (abort), in release builds too. */
#define GVM_ASSERT(cond) \
    ((void)(__builtin_expect(!!(cond), 1) || (gvm_assert_failed(#cond, __FILE__, __LINE__), 0)))
_Noreturn void gvm_assert_failed(const char *what, const char *file, int line);

#endif
