/* TOML 1.0 as configuration needs it: a strict reader of a part of the language, in plain C.
 *
 * Taken: comments, [tables], bare and dotted keys, basic and literal strings on one line, integers
 * (decimal, 0x, 0o, 0b, with _), booleans, arrays of such values over any lines. Refused by name,
 * never misread (GVM_ERR_UNSUPPORTED): arrays of tables, inline tables, floats, dates, strings over
 * lines, arrays in arrays, quoted keys. */
#ifndef GVM_CODEC_TOML_H
#define GVM_CODEC_TOML_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/settings.h"

typedef enum gvm_toml_kind {
    GVM_TOML_STRING,
    GVM_TOML_INTEGER,
    GVM_TOML_BOOL,
    GVM_TOML_ARRAY
} gvm_toml_kind;

typedef struct gvm_toml_value {
    gvm_toml_kind kind;
    const char *text; /* a string's bytes, NUL-terminated (UTF-8, no NUL inside); for numbers and
                         booleans as written */
    int64_t integer;
    bool boolean;
    const struct gvm_toml_value *items;
    size_t count;
} gvm_toml_value;

typedef struct gvm_toml_entry {
    const char *key; /* the whole path: "http.port" */
    gvm_toml_value value;
    unsigned line;
} gvm_toml_entry;

typedef struct gvm_toml {
    gvm_toml_entry *entries; /* in the order of the file */
    size_t count;
} gvm_toml;

/* Reads `text`; all memory is the arena's. `name` (of the file) begins every message, with the
 * line. GVM_ERR_SYNTAX (also for a key that is set twice), GVM_ERR_RANGE, GVM_ERR_UNSUPPORTED,
 * GVM_ERR_LIMIT, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_toml_parse(gvm_toml *out, gvm_arena *arena, const char *name,
                                        gvm_bytes text, gvm_error *err);
/* The value of a key; NULL where it is not set. */
const gvm_toml_value *gvm_toml_get(const gvm_toml *t, const char *key);

/* Gives the settings of the file at `path` to `config`; unknown keys are refused. */
GVM_NODISCARD gvm_status gvm_toml_load_settings(gvm_settings *config, const char *path,
                                                gvm_error *err);
/* The same from text in memory. */
GVM_NODISCARD gvm_status gvm_toml_read_settings(gvm_settings *config, const char *name,
                                                gvm_bytes text, gvm_error *err);

#endif
