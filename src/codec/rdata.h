/* Record data of DNS: the octets that a record has on the wire (names uncompressed), checked, and
 * the text that zone files and people use for it (RFC 1035, section 5; RFC 3597; RFC 9460).
 *
 * There is one form on the wire for each record: names are lower case and absolute, parameters of
 * SVCB ascend. So what is stored needs no second look when it is answered or signed. */
#ifndef GVM_CODEC_RDATA_H
#define GVM_CODEC_RDATA_H

#include "base/bytes.h"

/* Most octets of one record's data. */
#define GVM_RDATA_MOST 65535u

typedef enum gvm_rtype {
#define X(name, number, form, text) GVM_RTYPE_##name = number,
#include "codec/rdata_types.inc"
#undef X
} gvm_rtype;

/* By name ("AAAA", any case; also "TYPE28"). GVM_ERR_NOT_FOUND. */
GVM_NODISCARD gvm_status gvm_rtype_find(uint16_t *type, gvm_bytes name);
/* NULL for a type that is not in the table. */
const char *gvm_rtype_name(uint16_t type);
const char *gvm_rtype_text(uint16_t type);
/* The types of the table in its order; count of them. */
size_t gvm_rtype_list(const uint16_t **out);

/* Whether the octets are data of that type. GVM_ERR_UNSUPPORTED: no such type; GVM_ERR_SYNTAX (err
 * says what was expected where) else. */
GVM_NODISCARD gvm_status gvm_rdata_check(gvm_error *err, uint16_t type, gvm_bytes data);
/* Appends the text of checked data, fields apart by one space. What would end a string or a line is
 * escaped, so that data cannot forge other records. */
void gvm_rdata_print(gvm_buf *out, uint16_t type, gvm_bytes data);
/* Reads text: fields apart by spaces and tabs. Names are taken as absolute, with or without the dot
 * at their end, in their A-label form. What it appends passes gvm_rdata_check. GVM_ERR_SYNTAX (err
 * says what was expected), GVM_ERR_UNSUPPORTED, GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_rdata_parse(gvm_buf *out, gvm_error *err, uint16_t type,
                                         gvm_bytes text);

#endif
