/* Who may talk to a server that listens on a developer's own machine. A web page of a stranger runs
 * beside it in the same browser, and can send requests to 127.0.0.1, or to its own name after it
 * made that name point there (DNS rebinding). The first shows in Origin, the second in Host; so
 * both are checked.
 *
 * Let pass: no Origin at all (programs); http(s) origins of this machine on any port; browser
 * extensions; what
 * --allow-origin names. As Host: IP addresses and localhost (and names under it), what --allow-host
 * names. "*" allows all. Origins are compared whole and without regard to case, a host without its
 * port. */
#ifndef GVM_NET_POLICY_H
#define GVM_NET_POLICY_H

#include "base/bytes.h"

typedef struct gvm_policy {
    const char *const *origins; /* --allow-origin */
    size_t origin_count;
    const char *const *hosts; /* --allow-host */
    size_t host_count;
} gvm_policy;

/* `origin` as the header's value; ptr NULL: there is none. "null" (a sandboxed page, a file) does
 * not pass by itself. */
bool gvm_policy_origin(const gvm_policy *policy, gvm_bytes origin);
/* `host` as the header's value, with or without port; empty (HTTP/1.0) passes. */
bool gvm_policy_host(const gvm_policy *policy, gvm_bytes host);

#endif
