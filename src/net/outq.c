#include "net/outq.h"

#include <stdlib.h>

#define SMALL 4096 /* copied rather than moved */

struct gvm_outq_chunk {
    struct gvm_outq_chunk *next;
    gvm_buf buf;
    size_t sent;
    bool sealed; /* peeked, or a whole buffer of somebody else: nothing is appended any more */
    bool peeked;
    bool begins; /* a message begins here */
};

typedef struct gvm_outq_chunk chunk;

static void chunk_free(chunk *c) {
    gvm_buf_free(&c->buf);
    free(c);
}

void gvm_outq_free(gvm_outq *q) {
    while (q->first != NULL) {
        chunk *c = q->first;
        q->first = c->next;
        chunk_free(c);
    }
    *q = (gvm_outq){0};
}

static chunk *chunk_new(gvm_outq *q) {
    chunk *c = calloc(1, sizeof *c);
    if (c == NULL) {
        q->failed = true;
        return NULL;
    }
    *(q->last == NULL ? &q->first : &q->last->next) = c;
    q->last = c;
    return c;
}

void gvm_outq_append(gvm_outq *q, gvm_bytes bytes) {
    if (q->failed || bytes.len == 0) return;
    chunk *c = q->last;
    if ((c == NULL || c->sealed || c->buf.len > 4 * SMALL) && (c = chunk_new(q)) == NULL) return;
    gvm_buf_append(&c->buf, bytes.ptr, bytes.len);
    if (c->buf.failed) {
        q->failed = true;
        return;
    }
    q->bytes += bytes.len;
}

void gvm_outq_take(gvm_outq *q, gvm_buf *buf) {
    if (buf->failed) q->failed = true;
    if (q->failed || buf->len <= SMALL) {
        gvm_outq_append(q, gvm_buf_bytes(buf));
        gvm_buf_free(buf);
        return;
    }
    chunk *c = chunk_new(q);
    if (c == NULL) {
        gvm_buf_free(buf);
        return;
    }
    c->buf = *buf;
    c->sealed = true;
    q->bytes += buf->len;
    *buf = (gvm_buf){0};
}

void gvm_outq_begin(gvm_outq *q) {
    if (q->failed) return;
    chunk *c = chunk_new(q);
    if (c != NULL) c->begins = true;
}

size_t gvm_outq_peek(gvm_outq *q, gvm_bytes *out, size_t max) {
    size_t n = 0;
    for (chunk *c = q->first; c != NULL && n < max; c = c->next) {
        c->sealed = c->peeked = true;
        if (c->buf.len > c->sent)
            out[n++] = gvm_bytes_make(c->buf.ptr + c->sent, c->buf.len - c->sent);
    }
    return n;
}

void gvm_outq_consume(gvm_outq *q, size_t n) {
    GVM_ASSERT(n <= q->bytes);
    q->bytes -= n;
    while (q->first != NULL) {
        chunk *c = q->first;
        size_t here = c->buf.len - c->sent < n ? c->buf.len - c->sent : n;
        c->sent += here;
        n -= here;
        if (c->sent < c->buf.len || (n == 0 && c->next == NULL && !c->sealed)) break;
        q->first = c->next;
        if (q->first == NULL) q->last = NULL;
        chunk_free(c);
    }
    GVM_ASSERT(n == 0);
}

void gvm_outq_drop(gvm_outq *q) {
    chunk **link = &q->first, *last = NULL;
    while (*link != NULL && (!(*link)->begins || (*link)->peeked)) {
        last = *link;
        link = &last->next;
    }
    chunk *c = *link;
    *link = NULL;
    q->last = last;
    while (c != NULL) {
        chunk *next = c->next;
        q->bytes -= c->buf.len - c->sent;
        chunk_free(c);
        c = next;
    }
}
