#include "app/ghostvm/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_MAX = 1024 };

static void say(int tty, const char *text) {
    ssize_t n = write(tty, text, strlen(text));
    (void)n;
}

/* One line, without its end. */
static bool read_line(int tty, char *out, size_t *len) {
    for (*len = 0;;) {
        char c;
        ssize_t n = read(tty, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        if (c == '\n' || c == '\r') return true;
        if (*len == PASSWORD_MAX) return false;
        out[(*len)++] = c;
    }
}

static bool ask(int tty, const char *prompt, char *out, size_t *len) {
    struct termios before, quiet;
    if (tcgetattr(tty, &before) != 0) return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0) return false;
    say(tty, prompt);
    bool good = read_line(tty, out, len);
    say(tty, "\n");
    return tcsetattr(tty, TCSAFLUSH, &before) == 0 && good;
}

gvm_status gvm_tool_password(gvm_tool *t, gvm_buf *out, bool twice) {
    char first[PASSWORD_MAX], second[PASSWORD_MAX];
    size_t len = 0, again = 0;
    gvm_status status = GVM_OK;
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        return gvm_error_set(&t->err, GVM_ERR_CONFIG,
                             "no terminal to ask for the password on: give --password-file FILE");
    if (!ask(tty, "Password: ", first, &len) ||
        (twice && !ask(tty, "The same again: ", second, &again))) {
        status = gvm_error_set(&t->err, GVM_ERR_CONFIG, "no password was entered");
    } else if (twice && (len != again || memcmp(first, second, len) != 0)) {
        status = gvm_error_set(&t->err, GVM_ERR_CONFIG, "the two passwords are not the same");
    } else {
        gvm_buf_append(out, first, len);
        status = gvm_buf_status(out);
    }
    gvm_wipe(first, sizeof first);
    gvm_wipe(second, sizeof second);
    (void)close(tty);
    return status;
}
