#include "service/client/fetch.h"

#include "base/clock.h"

#include <errno.h>
#include <llhttp.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the URL */

static gvm_status bad_url(gvm_error *err, const char *text) {
    return gvm_error_set(err, GVM_ERR_SYNTAX,
                         "expected a URL like http://127.0.0.1:8545, found \"%.200s\"", text);
}

static bool copy_part(char *out, size_t size, const char *from, size_t len) {
    if (len == 0 || len >= size) return false;
    memcpy(out, from, len);
    out[len] = '\0';
    return true;
}

static bool valid_port(const char *port) {
    unsigned long n = 0;
    for (; *port != '\0'; port++) {
        if (*port < '0' || *port > '9') return false;
        n = n * 10 + (unsigned long)(*port - '0');
    }
    return n > 0 && n <= 65535;
}

/* Everything goes into a request's head as it is: nothing that could end a line may pass. */
static bool printable(const char *text) {
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~') return false;
    return true;
}

gvm_status gvm_fetch_parse_url(gvm_fetch_url *out, const char *text, gvm_error *err) {
    static const char scheme[] = "http://";
    *out = (gvm_fetch_url){.port = "80", .path = "/"};
    if (!printable(text)) return bad_url(err, text);
    if (strncmp(text, scheme, sizeof scheme - 1) != 0) {
        if (strstr(text, "://") == NULL) return bad_url(err, text);
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED,
                             "%.200s: http:// alone is spoken here; for a node behind TLS open a "
                             "tunnel (ssh -L, stunnel) and give its local address",
                             text);
    }
    const char *at = text + sizeof scheme - 1;
    size_t authority = strcspn(at, "/?#");
    const char *rest = at + authority;
    if (memchr(at, '@', authority) != NULL)
        return gvm_error_set(err, GVM_ERR_UNSUPPORTED,
                             "a name and password in the URL are not "
                             "supported; give http://HOST:PORT");
    if (!copy_part(out->authority, sizeof out->authority, at, authority)) return bad_url(err, text);
    const char *host = out->authority, *end = out->authority + authority, *colon;
    if (host[0] == '[') {
        const char *close = strchr(++host, ']');
        if (close == NULL || (close[1] != ':' && close[1] != '\0')) return bad_url(err, text);
        colon = close + 1;
        if (!copy_part(out->host, sizeof out->host, host, (size_t)(close - host)))
            return bad_url(err, text);
    } else {
        colon = strchr(host, ':');
        if (colon == NULL) colon = end;
        if (!copy_part(out->host, sizeof out->host, host, (size_t)(colon - host)))
            return bad_url(err, text);
    }
    if (*colon == ':' &&
        (!copy_part(out->port, sizeof out->port, colon + 1, (size_t)(end - colon - 1)) ||
         !valid_port(out->port)))
        return bad_url(err, text);
    size_t path = strcspn(rest, "#");
    if (path > 0 && rest[0] == '?') return bad_url(err, text);
    if (path > 0 && !copy_part(out->path, sizeof out->path, rest, path)) return bad_url(err, text);
    return GVM_OK;
}

/* ---- the socket */

typedef struct transfer {
    const gvm_fetch_url *url;
    gvm_fetch_answer *answer;
    gvm_error *err;
    uint64_t deadline, timeout_ms;
    size_t body_max;
    bool complete, too_long;
    int fd;
} transfer;

static gvm_status broken(const transfer *t, const char *what, int number) {
    return gvm_error_set(t->err, GVM_ERR_IO, "%s %s port %s: %s", what, t->url->host, t->url->port,
                         strerror(number));
}

/* Until the socket can be read or written. */
static gvm_status await(const transfer *t, short events) {
    for (;;) {
        uint64_t now = gvm_clock_monotonic(&gvm_clock_os);
        uint64_t left = now < t->deadline ? (t->deadline - now) / GVM_MILLISECOND + 1 : 0;
        struct pollfd p = {.fd = t->fd, .events = events};
        int n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (n > 0) return GVM_OK;
        if (n < 0 && errno != EINTR) return broken(t, "waiting for", errno);
        if (n == 0 && left <= 1000000)
            return gvm_error_set(t->err, GVM_ERR_TIMEOUT,
                                 "%s port %s did not answer within %llu ms", t->url->host,
                                 t->url->port, (unsigned long long)t->timeout_ms);
    }
}

static gvm_status connect_one(transfer *t, const struct addrinfo *a) {
    t->fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
    if (t->fd < 0) return broken(t, "cannot connect to", errno);
    if (connect(t->fd, a->ai_addr, a->ai_addrlen) == 0) return GVM_OK;
    if (errno != EINPROGRESS) return broken(t, "cannot connect to", errno);
    GVM_TRY(await(t, POLLOUT));
    int number = 0;
    socklen_t size = sizeof number;
    if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0) number = errno;
    return number == 0 ? GVM_OK : broken(t, "cannot connect to", number);
}

static gvm_status connect_any(transfer *t) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    int code = getaddrinfo(t->url->host, t->url->port, &hints, &list);
    if (code != 0)
        return gvm_error_set(t->err, GVM_ERR_IO, "cannot find %s: %s", t->url->host,
                             gai_strerror(code));
    gvm_status status = GVM_ERR_IO;
    for (const struct addrinfo *a = list; a != NULL && status != GVM_OK; a = a->ai_next) {
        status = connect_one(t, a);
        if (status != GVM_OK && t->fd >= 0) {
            (void)close(t->fd);
            t->fd = -1;
        }
    }
    freeaddrinfo(list);
    return status;
}

static gvm_status send_all(const transfer *t, gvm_bytes in) {
    while (in.len > 0) {
        ssize_t n = send(t->fd, in.ptr, in.len, MSG_NOSIGNAL);
        if (n >= 0) {
            in.ptr += n;
            in.len -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            GVM_TRY(await(t, POLLOUT));
        } else if (errno != EINTR) {
            return broken(t, "sending to", errno);
        }
    }
    return GVM_OK;
}

/* ---- the answer */

static int on_body(llhttp_t *parser, const char *at, size_t len) {
    transfer *t = parser->data;
    t->too_long = t->answer->body.len + len > t->body_max;
    if (!t->too_long) gvm_buf_append(&t->answer->body, at, len);
    return t->too_long || t->answer->body.failed ? HPE_USER : HPE_OK;
}

static int on_complete(llhttp_t *parser) {
    transfer *t = parser->data;
    t->complete = true;
    t->answer->status = parser->status_code;
    return HPE_PAUSED;
}

static gvm_status not_http(const transfer *t, const char *why) {
    return gvm_error_set(t->err, GVM_ERR_SYNTAX, "%s port %s does not answer as HTTP: %s",
                         t->url->host, t->url->port, why);
}

static gvm_status receive(transfer *t) {
    llhttp_settings_t settings;
    llhttp_t parser;
    llhttp_settings_init(&settings);
    settings.on_body = on_body;
    settings.on_message_complete = on_complete;
    llhttp_init(&parser, HTTP_RESPONSE, &settings);
    parser.data = t;
    while (!t->complete) {
        char part[65536];
        ssize_t n = recv(t->fd, part, sizeof part, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            GVM_TRY(await(t, POLLIN));
            continue;
        }
        if (n < 0) return broken(t, "reading from", errno);
        llhttp_errno_t code =
            n == 0 ? llhttp_finish(&parser) : llhttp_execute(&parser, part, (size_t)n);
        if (t->complete) break;
        if (t->too_long)
            return gvm_error_set(t->err, GVM_ERR_LIMIT, "the answer is over %zu bytes",
                                 t->body_max);
        GVM_TRY(gvm_buf_status(&t->answer->body));
        if (code != HPE_OK) return not_http(t, llhttp_errno_name(code));
        if (n == 0) return not_http(t, "the connection ended");
    }
    return GVM_OK;
}

gvm_status gvm_fetch_post(gvm_fetch_answer *out, const gvm_fetch_url *url, const char *content_type,
                          gvm_bytes body, size_t body_max, uint64_t timeout_ms, gvm_error *err) {
    transfer t = {
        .url = url,
        .answer = out,
        .err = err,
        .deadline = gvm_clock_monotonic(&gvm_clock_os) + timeout_ms * GVM_MILLISECOND,
        .timeout_ms = timeout_ms,
        .body_max = body_max,
        .fd = -1,
    };
    gvm_buf request = {0};
    gvm_status status;
    gvm_buf_clear(&out->body);
    gvm_buf_printf(&request,
                   "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                   "Connection: close\r\n\r\n",
                   url->path, url->authority, content_type, body.len);
    gvm_buf_append(&request, body.ptr, body.len);
    GVM_TRY_GOTO(gvm_buf_status(&request));
    GVM_TRY_GOTO(connect_any(&t));
    GVM_TRY_GOTO(send_all(&t, gvm_buf_bytes(&request)));
    GVM_TRY_GOTO(receive(&t));
fail:
    if (t.fd >= 0) (void)close(t.fd);
    gvm_buf_free(&request);
    return status;
}
