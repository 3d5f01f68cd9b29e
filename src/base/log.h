/* The log: one line for each event, with named values, for people on a terminal or for programs as
 * JSON.
 *
 *   GVM_LOG(INFO, "chain", "sealed block", gvm_f_u64("number", n), gvm_f_hash("hash", &hash));
 *   2026-11-21T04:10:00.123Z info  chain: sealed block number=12 hash=0x5c...
 *
 * The room is the part of the house that speaks. Messages are fixed text, what varies goes into
 * values, so that lines can be searched. A line is written by one write(2), whole, from any thread;
 * nothing is allocated. There is no way to log raw bytes and none to log a key or password: what
 * must not be read later is not given here. */
#ifndef GVM_BASE_LOG_H
#define GVM_BASE_LOG_H

#include "base/bytes.h"
#include "base/clock.h"

typedef enum gvm_log_level {
    GVM_LOG_ERROR, /* somebody must act */
    GVM_LOG_WARN,  /* unusual, but handled */
    GVM_LOG_INFO,  /* what an operator wants to know */
    GVM_LOG_DEBUG, /* what a developer wants to know */
    GVM_LOG_TRACE, /* everything */
} gvm_log_level;

typedef enum gvm_log_format {
    GVM_LOG_AUTO, /* text, with colours if the file is a terminal and NO_COLOR is not set */
    GVM_LOG_TEXT,
    GVM_LOG_JSON,
} gvm_log_format;

typedef struct gvm_log_field {
    const char *key;
    enum {
        GVM_F_NONE,
        GVM_F_TEXT,
        GVM_F_U64,
        GVM_F_I64,
        GVM_F_BOOL,
        GVM_F_HASH,
        GVM_F_ADDRESS,
        GVM_F_NS
    } kind;
    union {
        gvm_bytes text;
        uint64_t u64;
        int64_t i64;
        const uint8_t *bytes;
    };
} gvm_log_field;

static inline gvm_log_field gvm_f_text(const char *key, gvm_bytes text) {
    return (gvm_log_field){.key = key, .kind = GVM_F_TEXT, .text = text};
}
static inline gvm_log_field gvm_f_str(const char *key, const char *s) {
    return gvm_f_text(key, gvm_bytes_str(s == NULL ? "" : s));
}
static inline gvm_log_field gvm_f_u64(const char *key, uint64_t v) {
    return (gvm_log_field){.key = key, .kind = GVM_F_U64, .u64 = v};
}
static inline gvm_log_field gvm_f_i64(const char *key, int64_t v) {
    return (gvm_log_field){.key = key, .kind = GVM_F_I64, .i64 = v};
}
static inline gvm_log_field gvm_f_bool(const char *key, bool v) {
    return (gvm_log_field){.key = key, .kind = GVM_F_BOOL, .u64 = v};
}
static inline gvm_log_field gvm_f_hash(const char *key, const gvm_hash *h) {
    return (gvm_log_field){.key = key, .kind = GVM_F_HASH, .bytes = h->b};
}
static inline gvm_log_field gvm_f_address(const char *key, const gvm_address *a) {
    return (gvm_log_field){.key = key, .kind = GVM_F_ADDRESS, .bytes = a->b};
}
/* An interval in nanoseconds: "1.25ms" in text, nanoseconds as a number in JSON. */
static inline gvm_log_field gvm_f_ns(const char *key, uint64_t ns) {
    return (gvm_log_field){.key = key, .kind = GVM_F_NS, .u64 = ns};
}
/* What went wrong: the status and its message. */
static inline gvm_log_field gvm_f_error(const gvm_error *err) {
    return gvm_f_str("error", gvm_error_text(err));
}

/* Before other threads run. At the start: info, auto, standard error, the system's clock. `clock`
 * must live on. */
void gvm_log_configure(gvm_log_level level, gvm_log_format format, int fd, const gvm_clock *clock);
/* "info" and so on; false where it is none. */
bool gvm_log_level_parse(gvm_log_level *out, const char *text);

extern _Atomic int gvm_log_threshold; /* for the macro; lines above it cost one comparison */

void gvm_log_write(gvm_log_level level, const char *room, const char *message,
                   const gvm_log_field *fields, size_t count);

/* The values are not computed where the level is off. */
#define GVM_LOG(level_, room_, message_, ...)                                              \
    do {                                                                                   \
        if ((int)GVM_LOG_##level_ <= gvm_log_threshold) {                                  \
            const gvm_log_field gvm_log_fields_[] = {{.kind = GVM_F_NONE}, ##__VA_ARGS__}; \
            gvm_log_write(GVM_LOG_##level_, (room_), (message_), gvm_log_fields_ + 1,      \
                          sizeof gvm_log_fields_ / sizeof gvm_log_fields_[0] - 1);         \
        }                                                                                  \
    } while (0)

#endif
