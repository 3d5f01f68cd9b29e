/* Encodings against binutils' disassembler: what an emitter makes stands beside the text that the
 * manual gives it, and the disassembly of the whole must be that text. */
#ifndef GVM_TESTS_SUPPORT_ENCODING_H
#define GVM_TESTS_SUPPORT_ENCODING_H

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static gvm_buf code, text;

__attribute__((format(printf, 1, 2))) static void expect(const char *format, ...) {
    char line[160];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    gvm_buf_str(&text, line);
    gvm_buf_put(&text, '\n');
}

/* One of the arguments' texts, in a few buffers taken in turn. */
__attribute__((format(printf, 1, 2))) static const char *say(const char *format, ...) {
    static char buffers[16][64];
    static unsigned turn;
    char *s = buffers[turn++ % 16];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(s, sizeof buffers[0], format, args);
    va_end(args);
    return s;
}

static void begin(void) {
    gvm_buf_free(&code);
    gvm_buf_free(&text);
}

/* Ends the test program as skipped where the disassembler is not there. */
static void require(const char *program) {
    char command[128];
    (void)snprintf(command, sizeof command, "%s --version >/dev/null 2>&1", program);
    if (system(command) == 0) return;
    (void)fprintf(stderr, "skipped: no %s\n", program);
    exit(77);
}

/* Blanks become one, none at the ends; what is behind // or <symbol> goes. */
static void normalize(char *out, const char *line) {
    char *p = out;
    for (; *line != 0 && *line != '\n'; line++) {
        if ((line[0] == '/' && line[1] == '/') || *line == '<') break;
        bool blank = *line == ' ' || *line == '\t';
        if (!blank)
            *p++ = *line;
        else if (p != out && p[-1] != ' ')
            *p++ = ' ';
    }
    while (p != out && p[-1] == ' ') p--;
    *p = 0;
}

static void compare(const char *disassembler) {
    char path[] = "/tmp/ghostvm-encoding-XXXXXX", command[256], line[256], got[256];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_false(code.failed || text.failed);
    assert_int_equal(write(fd, code.ptr, code.len), code.len);
    (void)close(fd);
    (void)snprintf(command, sizeof command, "%s --no-show-raw-insn -D -b binary %s", disassembler,
                   path);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    gvm_buf_put(&text, 0);
    char *next = (char *)text.ptr;
    unsigned long instructions = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        char *at = strstr(line, ":\t"); /* "  1c:\tmov ..." */
        if (at == NULL) continue;
        at += strncmp(at + 2, "rex ", 4) == 0 ? 6 : 2; /* asked for, and needless */
        normalize(got, at);
        char *end = strchr(next, '\n');
        if (end == NULL) fail_msg("more than was meant: %s", line);
        *end = 0;
        instructions++;
        if (strcmp(got, next) != 0)
            fail_msg("instruction %lu, %.8s: %s, not %s", instructions, line, got, next);
        next = end + 1;
    }
    assert_int_equal(pclose(f), 0);
    (void)unlink(path);
    if (*next != 0) fail_msg("less than was meant: %s", next);
    printf("%lu instructions, %zu bytes\n", instructions, code.len);
    begin();
}

#endif
