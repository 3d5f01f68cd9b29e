/* Configuration: one table of options for each program; values from flags, then the environment,
 * then a file, then the table's defaults, in this order of precedence, whatever the order in which
 * the sources are read.
 *
 * An option `block-time` is the flag --block-time, the variable GHOSTVM_BLOCK_TIME and the key
 * block-time of the file. Messages name the source and what was expected. Files are read by
 * codec/toml.h, which sets values here. */
#ifndef GVM_BASE_SETTINGS_H
#define GVM_BASE_SETTINGS_H

#include "base/arena.h"
#include "base/bytes.h"

typedef enum gvm_setting_type {
    GVM_SETTING_BOOL,     /* true, false; the flags --name and --no-name */
    GVM_SETTING_NUMBER,   /* uint64: decimal, or hex after 0x */
    GVM_SETTING_SIZE,     /* bytes: 4096, 64kB, 64KiB, 1GiB */
    GVM_SETTING_DURATION, /* nanoseconds: 500ms, 12s, 5m, 1h */
    GVM_SETTING_TEXT,
    GVM_SETTING_CHOICE, /* one of the words of `choices` */
    GVM_SETTING_LIST,   /* texts; the flag may be repeated, and each may hold several between commas
                         */
} gvm_setting_type;

typedef struct gvm_setting_option {
    const char *name; /* lower case, digits, '-' and '.' */
    gvm_setting_type type;
    const char *fallback;   /* default as text; NULL: not set (false, 0, NULL, an empty list) */
    const char *help;       /* a sentence */
    const char *value_name; /* for help: "PORT"; NULL: by type */
    const char *choices;    /* "error|warn|info" */
    uint64_t min, max;      /* of numbers, sizes and durations; max 0: no limit */
    char letter;            /* short flag, or 0 */
    bool secret; /* never shown; not taken from flags, which other users of the machine can see */
} gvm_setting_option;

typedef enum gvm_setting_source {
    GVM_SETTING_FROM_DEFAULT,
    GVM_SETTING_FROM_FILE,
    GVM_SETTING_FROM_ENVIRONMENT,
    GVM_SETTING_FROM_FLAG,
} gvm_setting_source;

typedef struct gvm_setting_value {
    gvm_setting_source source;
    uint64_t number; /* bool, number, size, duration */
    const char *text;
    const char **items;
    size_t count;
} gvm_setting_value;

typedef struct gvm_settings {
    const gvm_setting_option *options;
    gvm_setting_value *values;
    size_t count;
    const char **args; /* what on the command line is no flag */
    size_t arg_count;
    bool help; /* --help or -h was given */
    gvm_arena arena;
} gvm_settings;

/* `options` must outlive the config. Sets the defaults (a bad one is a broken invariant).
 * GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_settings_init(gvm_settings *c, const gvm_setting_option *options,
                                           size_t count);
void gvm_settings_free(gvm_settings *c);

/* Reads argv[1..]: --name value, --name=value, --no-name, -n value; "--" ends the flags. argv must
 * outlive the config. GVM_ERR_CONFIG. */
GVM_NODISCARD gvm_status gvm_settings_flags(gvm_settings *c, int argc, const char *const *argv,
                                            gvm_error *err);
/* Reads GHOSTVM_* out of "NAME=value" strings ended by NULL (environ). A variable that is no option
 * is left alone. */
GVM_NODISCARD gvm_status gvm_settings_environment(gvm_settings *c, const char *const *environment,
                                                  gvm_error *err);
/* One setting from a source; `where` begins the message ("node.toml, line 3"). `texts` are copied.
 * A list takes any number, all else needs one text and is_list false. */
GVM_NODISCARD gvm_status gvm_settings_set(gvm_settings *c, gvm_setting_source source,
                                          const char *where, const char *name,
                                          const char *const *texts, size_t count, bool is_list,
                                          gvm_error *err);

/* Values; `name` must be an option of that type (GVM_ASSERT). */
bool gvm_settings_bool(const gvm_settings *c, const char *name);
uint64_t gvm_settings_number(const gvm_settings *c,
                             const char *name); /* also sizes and durations */
const char *gvm_settings_text(const gvm_settings *c,
                              const char *name); /* also choices; NULL where not set */
const char *const *gvm_settings_list(const gvm_settings *c, size_t *count, const char *name);
gvm_setting_source gvm_settings_source_of(const gvm_settings *c, const char *name);

/* Appends one paragraph for each option, for --help. */
void gvm_settings_put_help(gvm_buf *out, const gvm_settings *c);
/* Appends "name = value  # source" lines, a valid file; secrets as a comment without their value.
 */
void gvm_settings_put_values(gvm_buf *out, const gvm_settings *c);

#endif
