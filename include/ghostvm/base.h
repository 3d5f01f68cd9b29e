/* What the headers of libghostvm share: statuses, views of bytes, messages. */
#ifndef GHOSTVM_BASE_H
#define GHOSTVM_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifndef GVM_API
#if defined(__GNUC__)
#define GVM_API __attribute__((visibility("default")))
#else
#define GVM_API
#endif
#endif
#if defined(__GNUC__)
#define GVM_NODISCARD __attribute__((warn_unused_result))
#else
#define GVM_NODISCARD
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* GVM_OK is 0. status.inc lists the codes with their numbers, which never change. */
typedef enum gvm_status {
#define X(name, number, sentence) GVM_##name = number,
#include "status.inc"
#undef X
#ifdef GVM_STATUS_HOUSE /* the library's own sources know more, which its functions never return \
                         */
#define X(name, sentence) GVM_##name,
#include GVM_STATUS_HOUSE
#undef X
    GVM_STATUS_COUNT
#endif
} gvm_status;

/* "ERR_WASM_TRAP"; "UNKNOWN" for a number that is no code. Static storage. */
GVM_API const char *gvm_status_name(gvm_status s);
/* A sentence for people, without a full stop. Static storage. */
GVM_API const char *gvm_status_text(gvm_status s);

/* Why something failed. Functions that take one (NULL allowed) fill it when they fail. */
#define GVM_ERROR_TEXT 512
typedef struct gvm_error {
    gvm_status code;
    char text[GVM_ERROR_TEXT]; /* NUL-terminated; empty: gvm_status_text(code) says it all */
} gvm_error;
/* The text to show: err->text, or the code's sentence where that is empty. */
GVM_API const char *gvm_error_text(const gvm_error *err);

/* A view of memory that somebody else owns. ptr may be NULL only where len is 0. */
typedef struct gvm_bytes {
    const uint8_t *ptr;
    size_t len;
} gvm_bytes;

#ifdef __cplusplus
}
#endif
#endif
