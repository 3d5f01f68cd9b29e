/* JSON for what we read and write: yyjson, with limits, with errors that name the place, and with
 * Ethereum's hex fields.
 *
 * Reading. gvm_json_parse gives a yyjson_doc; a gvm_json_at is one value in it together with the
 * way that led there, so that a refusal can say "alloc.0xab12.balance: expected ..., found ...". A
 * gvm_json_at lives on the stack of its reader and points to the one above it, which must outlive
 * it. All text points into the document.
 *
 * Every reader returns GVM_ERR_NOT_FOUND for a missing field, GVM_ERR_SYNTAX for a value of the
 * wrong kind or form, GVM_ERR_NON_CANONICAL for a leading zero where that is not allowed,
 * GVM_ERR_RANGE for one that does not fit. */
#ifndef GVM_CODEC_JSON_H
#define GVM_CODEC_JSON_H

#include "base/bytes.h"
#include "base/limits.h"
#include "base/u256.h"

#include <yyjson.h>

typedef struct gvm_json_limits {
    size_t size;    /* of the text, in bytes */
    uint32_t depth; /* of arrays and objects in each other */
} gvm_json_limits;

/* GVM_JSON_SIZE_MAX, GVM_JSON_DEPTH_MAX. */
extern const gvm_json_limits gvm_json_default_limits;

/* Parses RFC 8259 text. Integers beyond 64 bits are kept as text, not rounded. Free with
 * yyjson_doc_free. GVM_ERR_LIMIT, GVM_ERR_NOMEM, GVM_ERR_SYNTAX with line and column (from 1, in
 * bytes) in *err. */
GVM_NODISCARD gvm_status gvm_json_parse(yyjson_doc **out, gvm_bytes text,
                                        const gvm_json_limits *limits, gvm_error *err);

/* ---- places */

typedef struct gvm_json_at {
    const struct gvm_json_at *up;
    yyjson_val *val;
    const char *key; /* in an object; NULL: item `index` of an array, or the root */
    size_t index;
} gvm_json_at;

gvm_json_at gvm_json_root(yyjson_doc *doc);
gvm_json_at gvm_json_of(yyjson_val *val,
                        const char *name); /* a value to start from, called `name` in errors */
/* The member `key`; it must be there and `from` an object. */
GVM_NODISCARD gvm_status gvm_json_get(gvm_json_at *out, const gvm_json_at *from, const char *key,
                                      gvm_error *err);
/* True and *out where `from` is an object that has `key` with a value other than null. */
bool gvm_json_find(gvm_json_at *out, const gvm_json_at *from, const char *key);
GVM_NODISCARD gvm_status gvm_json_item(gvm_json_at *out, const gvm_json_at *from, size_t index,
                                       gvm_error *err);
/* Writes "a.b[3].c" (cut to fit, NUL-terminated); "the document" for a nameless root. */
void gvm_json_path(char *out, size_t size, const gvm_json_at *at);
/* Fills *err with "<path>: <message>" and returns `code`: for what the caller finds wrong itself.
 */
gvm_status gvm_json_refuse(gvm_error *err, const gvm_json_at *at, gvm_status code, const char *fmt,
                           ...) __attribute__((format(printf, 4, 5)));

/* A walk over the members of an object or the items of an array, in their order:
 *   gvm_json_iter it; GVM_TRY(gvm_json_each(&it, &at, GVM_JSON_OBJECT, err)); gvm_json_at m; while
 * (gvm_json_step(&it, &m)) */
typedef enum gvm_json_kind { GVM_JSON_ARRAY, GVM_JSON_OBJECT } gvm_json_kind;
typedef struct gvm_json_iter {
    const gvm_json_at *from;
    gvm_json_kind kind;
    size_t index, count;
    yyjson_val *next;
} gvm_json_iter;
GVM_NODISCARD gvm_status gvm_json_each(gvm_json_iter *it, const gvm_json_at *from,
                                       gvm_json_kind kind, gvm_error *err);
bool gvm_json_step(gvm_json_iter *it, gvm_json_at *out);

/* ---- values */

/* How numbers may be written. */
typedef enum gvm_json_number {
    GVM_JSON_QUANTITY, /* "0x1f": as the JSON-RPC interfaces have it, no leading zeros */
    GVM_JSON_HEX,      /* "0x001f" and "0x" too: test fixtures */
    GVM_JSON_ANY,      /* also 31 and "31": configuration, genesis files, people */
} gvm_json_number;

GVM_NODISCARD gvm_status gvm_json_bool(bool *out, const gvm_json_at *at, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_string(gvm_bytes *out, const gvm_json_at *at, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_u64(uint64_t *out, const gvm_json_at *at, gvm_json_number form,
                                      gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_u256(gvm_u256 *out, const gvm_json_at *at, gvm_json_number form,
                                       gvm_error *err);
/* A number as 32 big-endian bytes. */
GVM_NODISCARD gvm_status gvm_json_word(gvm_hash *out, const gvm_json_at *at, gvm_json_number form,
                                       gvm_error *err);
/* Data: exactly 32 or 20 bytes; any number of bytes, appended (`0x` required). */
GVM_NODISCARD gvm_status gvm_json_hash(gvm_hash *out, const gvm_json_at *at, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_address(gvm_address *out, const gvm_json_at *at, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_data(gvm_buf *out, const gvm_json_at *at, gvm_error *err);
/* The same of an object's key instead of its value: addresses and slots in genesis files and
 * fixtures. The slot is a number with GVM_JSON_HEX or _ANY in mind: leading zeros pass. A prefix
 * may be absent (geth writes some so). */
GVM_NODISCARD gvm_status gvm_json_key_address(gvm_address *out, const gvm_json_at *at,
                                              gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_key_word(gvm_hash *out, const gvm_json_at *at, gvm_error *err);

/* Required members of an object in one step. */
GVM_NODISCARD gvm_status gvm_json_get_bool(bool *out, const gvm_json_at *from, const char *key,
                                           gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_get_string(gvm_bytes *out, const gvm_json_at *from,
                                             const char *key, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_get_u64(uint64_t *out, const gvm_json_at *from, const char *key,
                                          gvm_json_number form, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_get_u256(gvm_u256 *out, const gvm_json_at *from, const char *key,
                                           gvm_json_number form, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_get_hash(gvm_hash *out, const gvm_json_at *from, const char *key,
                                           gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_get_address(gvm_address *out, const gvm_json_at *from,
                                              const char *key, gvm_error *err);
GVM_NODISCARD gvm_status gvm_json_get_data(gvm_buf *out, const gvm_json_at *from, const char *key,
                                           gvm_error *err);

/* ---- writing: values for a yyjson_mut_doc, their text copied into it. NULL where memory is out,
 * which yyjson_mut_obj_add_val and its kin refuse (return false), so that one check at the end of a
 * document is enough. */

yyjson_mut_val *gvm_json_new_u64(yyjson_mut_doc *doc, uint64_t v); /* quantities */
yyjson_mut_val *gvm_json_new_u256(yyjson_mut_doc *doc, gvm_u256 v);
yyjson_mut_val *gvm_json_new_data(yyjson_mut_doc *doc, gvm_bytes v);
yyjson_mut_val *gvm_json_new_hash(yyjson_mut_doc *doc, const gvm_hash *v); /* NULL gives null */
yyjson_mut_val *gvm_json_new_address(yyjson_mut_doc *doc,
                                     const gvm_address *v); /* NULL gives null */
/* Members; `key` must outlive the document (a literal). False where memory is out. */
bool gvm_json_add_u64(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, uint64_t v);
bool gvm_json_add_u256(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, gvm_u256 v);
bool gvm_json_add_data(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, gvm_bytes v);
bool gvm_json_add_hash(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key,
                       const gvm_hash *v);
bool gvm_json_add_address(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key,
                          const gvm_address *v);

/* Appends the document's text. GVM_ERR_NOMEM; GVM_ERR_ARGUMENT where a string in it is not UTF-8.
 */
GVM_NODISCARD gvm_status gvm_json_write(gvm_buf *out, const yyjson_mut_doc *doc, bool pretty);

#endif
