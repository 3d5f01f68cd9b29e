/* One HTTP/1.1 POST: connects, sends, reads the answer, closes; all of it within a time limit.
 *
 * For tools, which wait for one answer and have nothing else to do: blocking, one thread, no loop.
 * http:// alone. TLS is refused by name: what signs here never sends a key, and a node far away is
 * reached through a tunnel that somebody trusts already. */
#ifndef GVM_SERVICE_CLIENT_FETCH_H
#define GVM_SERVICE_CLIENT_FETCH_H

#include "base/bytes.h"

typedef struct gvm_fetch_url {
    char host[256];      /* a name or an address, IPv6 without its brackets */
    char port[6];        /* decimal; "80" where the text has none */
    char authority[272]; /* host and port as the text has them, for the Host field */
    char path[1024];     /* with its query; "/" where the text has none */
} gvm_fetch_url;

/* GVM_ERR_UNSUPPORTED for a scheme other than http, and for a name and password in the URL;
 * GVM_ERR_SYNTAX for anything else that is not http://HOST[:PORT][/PATH]. */
GVM_NODISCARD gvm_status gvm_fetch_parse_url(gvm_fetch_url *out, const char *text, gvm_error *err);

typedef struct gvm_fetch_answer {
    unsigned status; /* 200, ... */
    gvm_buf body;    /* the caller's to free, after failure too */
} gvm_fetch_answer;

/* GVM_ERR_IO (cannot connect, connection broken), GVM_ERR_TIMEOUT, GVM_ERR_LIMIT (a body over
 * `body_max` bytes), GVM_ERR_SYNTAX (not HTTP), GVM_ERR_NOMEM; *err names host and port. */
GVM_NODISCARD gvm_status gvm_fetch_post(gvm_fetch_answer *out, const gvm_fetch_url *url,
                                        const char *content_type, gvm_bytes body, size_t body_max,
                                        uint64_t timeout_ms, gvm_error *err);

#endif
