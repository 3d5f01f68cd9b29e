/* RLP, Ethereum's recursive length prefix (Yellow Paper, appendix B): strict, without recursion and
 * without a tree.
 *
 * Reading. A reader is a window over somebody else's bytes; every read takes the next item off its
 * front, and entering a list gives a second reader over the list's inside. Nothing is copied or
 * allocated, so results point into the input. Only the one encoding that RLP allows for a value is
 * taken: GVM_ERR_TRUNCATED      no further item, or an item reaches past the end of its input or
 * list GVM_ERR_NON_CANONICAL  a length or a single byte written longer than need be; an integer
 * with a leading zero GVM_ERR_SYNTAX         a list where a string is asked for or the reverse; a
 * string of another size than asked GVM_ERR_RANGE          an integer too large for the type asked
 * for GVM_ERR_TRAILING       (gvm_rlp_read_end, gvm_rlp_whole, gvm_rlp_check) bytes after the end
 * A failed read leaves the reader where it was and the outputs unspecified. The header of an item
 * is checked when it is read, what is inside a list only when that is read; gvm_rlp_check checks
 * everything at once.
 *
 * Writing appends to a gvm_buf. A list of unknown size: keep the mark of gvm_rlp_list_begin, put
 * the items, give the mark to gvm_rlp_list_end (one byte is kept for the header, a list over 55
 * bytes is moved up by its length bytes). A list of known payload size: gvm_rlp_put_list_header,
 * then the items. Running out of memory is remembered by the buffer (gvm_buf_status). */
#ifndef GVM_CODEC_RLP_H
#define GVM_CODEC_RLP_H

#include "base/bytes.h"
#include "base/limits.h"
#include "base/u256.h"

/* ---- reading */

typedef struct gvm_rlp_reader {
    const uint8_t *at, *end;
} gvm_rlp_reader;

typedef struct gvm_rlp_item {
    bool is_list;
    gvm_bytes payload; /* the string, or the list's inside */
    gvm_bytes encoded; /* header and payload */
} gvm_rlp_item;

static inline gvm_rlp_reader gvm_rlp_reader_make(gvm_bytes in) {
    return (gvm_rlp_reader){in.ptr, in.ptr == NULL ? in.ptr : in.ptr + in.len};
}
static inline bool gvm_rlp_done(const gvm_rlp_reader *r) {
    return r->at == r->end;
}

/* The next item, of either kind; peek leaves it in place. */
GVM_NODISCARD gvm_status gvm_rlp_next(gvm_rlp_reader *r, gvm_rlp_item *item);
GVM_NODISCARD gvm_status gvm_rlp_peek(const gvm_rlp_reader *r, gvm_rlp_item *item);
/* The next item must be a list: *inside reads what is in it. `inside` may be `r` itself. */
GVM_NODISCARD gvm_status gvm_rlp_read_list(gvm_rlp_reader *r, gvm_rlp_reader *inside);
/* The next item must be a string. */
GVM_NODISCARD gvm_status gvm_rlp_read_bytes(gvm_rlp_reader *r, gvm_bytes *out);
/* A string of exactly `len` bytes. */
GVM_NODISCARD gvm_status gvm_rlp_read_fixed(gvm_rlp_reader *r, uint8_t *out, size_t len);
GVM_NODISCARD gvm_status gvm_rlp_read_hash(gvm_rlp_reader *r, gvm_hash *out);
GVM_NODISCARD gvm_status gvm_rlp_read_address(gvm_rlp_reader *r, gvm_address *out);
/* A transaction's `to`: an address, or the empty string (*present = false, *out all zero). */
GVM_NODISCARD gvm_status gvm_rlp_read_address_opt(gvm_rlp_reader *r, gvm_address *out,
                                                  bool *present);
/* Integers: big-endian without leading zeros, zero is the empty string. A word is 256 bits, stored
 * big-endian. */
GVM_NODISCARD gvm_status gvm_rlp_read_u64(gvm_rlp_reader *r, uint64_t *out);
GVM_NODISCARD gvm_status gvm_rlp_read_word(gvm_rlp_reader *r, gvm_hash *out);
GVM_NODISCARD gvm_status gvm_rlp_read_bool(gvm_rlp_reader *r, bool *out);
/* The next item of either kind with its header, e.g. to hash it. */
GVM_NODISCARD gvm_status gvm_rlp_read_raw(gvm_rlp_reader *r, gvm_bytes *encoded);
/* How many items remain; checks their headers. Does not move the reader. */
GVM_NODISCARD gvm_status gvm_rlp_count(const gvm_rlp_reader *r, size_t *count);
/* GVM_ERR_TRAILING unless everything has been read. */
GVM_NODISCARD gvm_status gvm_rlp_read_end(const gvm_rlp_reader *r);

/* `in` as exactly one item. */
GVM_NODISCARD gvm_status gvm_rlp_whole(gvm_bytes in, gvm_rlp_item *item);
/* Checks that `in` is exactly one item, canonical all the way down. GVM_ERR_LIMIT below
 * GVM_RLP_DEPTH_MAX lists. */
GVM_NODISCARD gvm_status gvm_rlp_check(gvm_bytes in);

/* ---- sizes of encodings */

size_t gvm_rlp_size_bytes(gvm_bytes v);
size_t gvm_rlp_size_u64(uint64_t v);
size_t gvm_rlp_size_word(const gvm_hash *v);
size_t gvm_rlp_size_list(size_t payload_len); /* header and payload */

/* ---- writing into a buffer */

void gvm_rlp_put_bytes(gvm_buf *out, gvm_bytes v);
void gvm_rlp_put_hash(gvm_buf *out, const gvm_hash *v); /* 32 bytes, always 33 written */
void gvm_rlp_put_address(gvm_buf *out,
                         const gvm_address *v); /* 20 bytes; NULL writes the empty string */
void gvm_rlp_put_u64(gvm_buf *out, uint64_t v);
void gvm_rlp_put_word(gvm_buf *out, const gvm_hash *v); /* an integer: leading zeros are dropped */
void gvm_rlp_put_bool(gvm_buf *out, bool v);
void gvm_rlp_put_raw(gvm_buf *out, gvm_bytes encoded); /* an item that is encoded already */
void gvm_rlp_put_list_header(gvm_buf *out, size_t payload_len);
/* Begins a list; the result goes to gvm_rlp_list_end. Lists may be nested to any depth. */
GVM_NODISCARD size_t gvm_rlp_list_begin(gvm_buf *out);
void gvm_rlp_list_end(gvm_buf *out, size_t mark);

/* ---- writing into memory that has room; the number of bytes written comes back */

#define GVM_RLP_HEADER_MAX 9
size_t gvm_rlp_write_list_header(uint8_t *out, size_t payload_len);
size_t gvm_rlp_write_bytes(uint8_t *out, gvm_bytes v);
size_t gvm_rlp_write_u64(uint8_t *out, uint64_t v);         /* at most 9 */
size_t gvm_rlp_write_word(uint8_t *out, const gvm_hash *v); /* at most 33 */

/* ---- 256-bit integers as numbers */

static inline GVM_NODISCARD gvm_status gvm_rlp_read_u256(gvm_rlp_reader *r, gvm_u256 *out) {
    gvm_hash word;
    GVM_TRY(gvm_rlp_read_word(r, &word));
    *out = gvm_u256_from_hash(&word);
    return GVM_OK;
}
static inline void gvm_rlp_put_u256(gvm_buf *out, gvm_u256 v) {
    gvm_hash word = gvm_u256_to_hash(v);
    gvm_rlp_put_word(out, &word);
}
static inline size_t gvm_rlp_size_u256(gvm_u256 v) {
    return gvm_u256_bits(v) <= 7 ? 1 : 1 + (size_t)gvm_u256_byte_len(v);
}

#endif
