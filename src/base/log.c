#include "base/log.h"
#include "base/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

_Atomic int gvm_log_threshold = GVM_LOG_INFO;

static struct {
    gvm_log_format format;
    int fd;
    bool colours, decided;
    const gvm_clock *clock;
} settings = {.format = GVM_LOG_AUTO, .fd = STDERR_FILENO, .clock = &gvm_clock_os};

static const char *const names[] = {"error", "warn", "info", "debug", "trace"};
static const char *const colours[] = {"\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[36m", "\x1b[2m"};

static bool on_terminal(int fd) {
    const char *no = getenv("NO_COLOR");
    return isatty(fd) == 1 && (no == NULL || no[0] == '\0');
}

void gvm_log_configure(gvm_log_level level, gvm_log_format format, int fd, const gvm_clock *clock) {
    settings.format = format;
    settings.fd = fd;
    settings.colours = format == GVM_LOG_AUTO && on_terminal(fd);
    settings.decided = true;
    settings.clock = clock != NULL ? clock : &gvm_clock_os;
    gvm_log_threshold = (int)level;
}

bool gvm_log_level_parse(gvm_log_level *out, const char *text) {
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) != 0) continue;
        *out = (gvm_log_level)i;
        return true;
    }
    return false;
}

/* A line under construction; what does not fit is dropped, but room for its end is kept. */
typedef struct line {
    char text[GVM_LOG_LINE_MAX];
    size_t len;
    bool cut;
} line;

enum { END_ROOM = 32 };

static void put(line *l, const char *s, size_t n) {
    if (l->cut || n > sizeof l->text - END_ROOM || l->len > sizeof l->text - END_ROOM - n) {
        l->cut = true;
        return;
    }
    memcpy(l->text + l->len, s, n);
    l->len += n;
}

static void puts_(line *l, const char *s) {
    put(l, s, strlen(s));
}

__attribute__((format(printf, 2, 3))) static void putf(line *l, const char *fmt, ...) {
    char text[128];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n > 0) put(l, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Quoted as JSON has it; bytes that are no UTF-8 pass as they are in text and become U+FFFD in
 * JSON. */
static void put_quoted(line *l, gvm_bytes text, bool ascii) {
    puts_(l, "\"");
    for (size_t i = 0; i < text.len && !l->cut; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"' || c == '\\')
            putf(l, "\\%c", c);
        else if (c == '\n')
            puts_(l, "\\n");
        else if (c < 0x20 || c == 0x7f)
            putf(l, "\\u%04x", c);
        else if (c >= 0x80 && ascii)
            puts_(l, "\\ufffd");
        else
            put(l, (const char *)&text.ptr[i], 1);
    }
    l->text[l->len++] = '"'; /* END_ROOM has place for it */
}

/* Length of the well-formed UTF-8 character at the front, 0 where it is none. */
static size_t utf8_len(gvm_bytes s) {
    uint8_t c = s.ptr[0];
    size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (n == 0 || s.len < n) return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80) return 0;
    }
    if (n >= 3) { /* overlong forms, surrogates, beyond the last character */
        uint8_t d = s.ptr[1];
        if ((c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) || (c == 0xf0 && d < 0x90) ||
            (c == 0xf4 && d > 0x8f)) {
            return 0;
        }
    }
    return n;
}

static bool is_utf8(gvm_bytes s) {
    while (s.len > 0) {
        size_t n = utf8_len(s);
        if (n == 0) return false;
        s = gvm_bytes_make(s.ptr + n, s.len - n);
    }
    return true;
}

static void put_text(line *l, gvm_bytes text, bool json) {
    bool quote = json || text.len == 0;
    for (size_t i = 0; i < text.len && !quote; i++) {
        uint8_t c = text.ptr[i];
        quote = c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f;
    }
    if (!quote)
        put(l, (const char *)text.ptr, text.len);
    else
        put_quoted(l, text, json && !is_utf8(text));
}

static void put_hex(line *l, const uint8_t *bytes, size_t len, bool json) {
    static const char digits[] = "0123456789abcdef";
    char text[2 * 32 + 4] = "\"0x";
    for (size_t i = 0; i < len; i++) {
        text[3 + 2 * i] = digits[bytes[i] >> 4];
        text[4 + 2 * i] = digits[bytes[i] & 15];
    }
    text[3 + 2 * len] = '"';
    if (json)
        put(l, text, 4 + 2 * len);
    else
        put(l, text + 1, 2 + 2 * len);
}

static void put_interval(line *l, uint64_t ns) {
    if (ns < GVM_MICROSECOND)
        putf(l, "%uns", (unsigned)ns);
    else if (ns < GVM_MILLISECOND)
        putf(l, "%.2fus", (double)ns / 1e3);
    else if (ns < GVM_SECOND)
        putf(l, "%.2fms", (double)ns / 1e6);
    else
        putf(l, "%.2fs", (double)ns / 1e9);
}

static void put_value(line *l, const gvm_log_field *f, bool json) {
    switch (f->kind) {
    case GVM_F_TEXT: put_text(l, f->text, json); break;
    case GVM_F_U64: putf(l, "%llu", (unsigned long long)f->u64); break;
    case GVM_F_I64: putf(l, "%lld", (long long)f->i64); break;
    case GVM_F_BOOL: puts_(l, f->u64 != 0 ? "true" : "false"); break;
    case GVM_F_HASH: put_hex(l, f->bytes, 32, json); break;
    case GVM_F_ADDRESS: put_hex(l, f->bytes, 20, json); break;
    case GVM_F_NS:
        if (json)
            putf(l, "%llu", (unsigned long long)f->u64);
        else
            put_interval(l, f->u64);
        break;
    case GVM_F_NONE: break;
    }
}

static void put_time(line *l) {
    uint64_t ns = gvm_clock_wall(settings.clock);
    time_t seconds = (time_t)(ns / GVM_SECOND);
    struct tm t;
    char text[32];
    if (gmtime_r(&seconds, &t) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &t) == 0)
        return;
    putf(l, "%s.%03uZ", text, (unsigned)(ns / GVM_MILLISECOND % 1000));
}

static void make_json(line *l, gvm_log_level level, const char *room, const char *message,
                      const gvm_log_field *fields, size_t count) {
    puts_(l, "{\"time\":\"");
    put_time(l);
    putf(l, "\",\"level\":\"%s\",\"room\":", names[level]);
    put_text(l, gvm_bytes_str(room), true);
    puts_(l, ",\"message\":");
    put_text(l, gvm_bytes_str(message), true);
    for (size_t i = 0; i < count; i++) {
        size_t before = l->len;
        puts_(l, ",");
        put_text(l, gvm_bytes_str(fields[i].key), true);
        puts_(l, ":");
        put_value(l, &fields[i], true);
        if (!l->cut) continue;
        l->len = before; /* a value that does not fit is left out whole: the line stays JSON */
        memcpy(l->text + l->len, ",\"cut\":true", 11);
        l->len += 11;
        break;
    }
    memcpy(l->text + l->len, "}", 1);
    l->len++;
}

static void make_text(line *l, gvm_log_level level, const char *room, const char *message,
                      const gvm_log_field *fields, size_t count) {
    bool c = settings.decided ? settings.colours : on_terminal(settings.fd);
    put_time(l);
    putf(l, " %s%-5s%s %s: %s", c ? colours[level] : "", names[level], c ? "\x1b[0m" : "", room,
         message);
    for (size_t i = 0; i < count; i++) {
        putf(l, " %s%s=%s", c ? "\x1b[2m" : "", fields[i].key, c ? "\x1b[0m" : "");
        put_value(l, &fields[i], false);
    }
    if (l->cut) {
        memcpy(l->text + l->len, "...", 3);
        l->len += 3;
    }
}

void gvm_log_write(gvm_log_level level, const char *room, const char *message,
                   const gvm_log_field *fields, size_t count) {
    if ((int)level > gvm_log_threshold) return;
    int saved = errno;
    line l = {.len = 0};
    if (settings.format == GVM_LOG_JSON)
        make_json(&l, level, room, message, fields, count);
    else
        make_text(&l, level, room, message, fields, count);
    l.text[l.len++] = '\n';
    for (size_t at = 0; at < l.len;) {
        ssize_t n = write(settings.fd, l.text + at, l.len - at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break; /* nobody reads the log: there is nobody to tell */
        at += (size_t)n;
    }
    errno = saved;
}
