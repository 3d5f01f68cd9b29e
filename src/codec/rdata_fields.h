/* What rdata.c and rdata_text.c share. */
#ifndef GVM_CODEC_RDATA_FIELDS_H
#define GVM_CODEC_RDATA_FIELDS_H

#include "codec/rdata.h"

enum {
    GVM_SVCB_MANDATORY,
    GVM_SVCB_ALPN,
    GVM_SVCB_NO_DEFAULT_ALPN,
    GVM_SVCB_PORT,
    GVM_SVCB_IPV4HINT,
    GVM_SVCB_ECH,
    GVM_SVCB_IPV6HINT,
    GVM_SVCB_DOHPATH,
    GVM_SVCB_OHTTP,
    GVM_SVCB_KEYS
};

/* The form of a type (rdata_types.inc), or NULL. */
const char *gvm_rdata_form(uint16_t type);
/* Octets of the domain name at the start of `data`; 0: it is none, or not in lower case. */
size_t gvm_rdata_name_len(gvm_bytes data);

#endif
