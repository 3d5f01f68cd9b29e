/* Bytes that wait to be sent: a list of buffers, so that a big body is moved in, not copied, and
 * leaves by writev.
 *
 * What gvm_outq_peek has shown stays where it is until it is consumed: a write of it may be under
 * way. */
#ifndef GVM_NET_OUTQ_H
#define GVM_NET_OUTQ_H

#include "base/bytes.h"

typedef struct gvm_outq {
    struct gvm_outq_chunk *first, *last;
    size_t bytes; /* not yet consumed */
    bool failed;  /* memory was out: the stream has a hole, the connection must be closed */
} gvm_outq;

/* Zero-initialise to start. */
void gvm_outq_free(gvm_outq *q);
/* Copies the bytes. Small pieces share a buffer. */
void gvm_outq_append(gvm_outq *q, gvm_bytes bytes);
/* Takes the buffer's memory. Small ones are copied instead. */
void gvm_outq_take(gvm_outq *q, gvm_buf *buf);
/* From here on a new message begins (see gvm_outq_drop). */
void gvm_outq_begin(gvm_outq *q);
/* Fills out[] with what is next, at most `max` pieces; returns how many. */
size_t gvm_outq_peek(gvm_outq *q, gvm_bytes *out, size_t max);
/* n bytes of what was peeked are sent. */
void gvm_outq_consume(gvm_outq *q, size_t n);
/* Forgets every message of which nothing has been peeked or sent. */
void gvm_outq_drop(gvm_outq *q);

#endif
