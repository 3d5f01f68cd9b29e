/* Names: labels that can be registered, their A-labels, and the hash of a name.
 *
 * A label is UTF-8 (a U-label). It can be registered where ENSIP-15 leaves it as it is and IDNA
 * 2008 (RFC 5890 to 5893) allows it; an A-label (RFC 3492) has at most 63 octets. So neither '_'
 * nor emoji, and nothing that would look like another label of a different script. Both standards
 * are pinned in name_tables.inc, since consensus depends on them. */
#ifndef GVM_CODEC_NAME_H
#define GVM_CODEC_NAME_H

#include "base/bytes.h"

#define GVM_LABEL_MOST 63  /* octets of an A-label; code points of a label */
#define GVM_NAME_MOST  253 /* octets of a whole name, as A-labels */

/* Why a label is refused. Numbers are stable. */
typedef enum gvm_label_fault {
#define X(id, text) GVM_LABEL_##id,
#include "codec/label_faults.inc"
#undef X
} gvm_label_fault;
const char *gvm_label_fault_text(gvm_label_fault fault);

/* What there is to know of a good label. */
typedef struct gvm_label {
    uint32_t code_points[GVM_LABEL_MOST];
    uint32_t count;             /* code points: the length that counts for its price */
    char ascii[GVM_LABEL_MOST]; /* its A-label, not terminated */
    uint32_t ascii_len;
    bool right_to_left; /* has letters or digits of a script written from right to left */
} gvm_label;

/* Checks one label (without dots). OK fills *out. */
gvm_label_fault gvm_label_check(gvm_label *out, gvm_bytes label);
/* Checks a whole name: its labels between dots, its length, and, where one label is written from
 * right to left, that every label obeys the rule for such names (RFC 5893, section 2). *at (may be
 * NULL) is the index of the label with the fault. The empty name is refused. */
gvm_label_fault gvm_name_check(uint32_t *at, gvm_bytes name);

/* Turns what a person typed into the form that can be registered, as far as ENSIP-15 has one
 * (capitals, full width, composed forms). What has none is left in, for the check to refuse.
 * GVM_ERR_SYNTAX: not UTF-8. GVM_ERR_LIMIT: over 1,024 octets. */
GVM_NODISCARD gvm_status gvm_name_normalise(gvm_buf *out, gvm_bytes name);
/* Appends the name as DNS shows it. GVM_ERR_ARGUMENT where a label is refused. */
GVM_NODISCARD gvm_status gvm_name_to_ascii(gvm_buf *out, gvm_bytes name);
/* Appends the name as people read it: each "xn--" label that is a good label's A-label becomes that
 * label; all others stay. */
GVM_NODISCARD gvm_status gvm_name_from_ascii(gvm_buf *out, gvm_bytes name);

/* EIP-137: of a name in its registered form; the empty name's is zero. */
void gvm_namehash(gvm_hash *out, gvm_bytes name);
/* Of a label below a node: Keccak-256(node ‖ Keccak-256(label)). */
void gvm_namehash_below(gvm_hash *out, const gvm_hash *node, gvm_bytes label);

#endif
