/* The Solidity contract ABI (docs.soliditylang.org, "Contract ABI Specification"): types, calls,
 * results, events, errors.
 *
 * A type is a small tree in an arena, nested at most GVM_ABI_DEPTH_MAX deep; every walk over one
 * keeps its own stack of that size instead of recursing. A value has the shape of its type. Scalars
 * are held as their 32-byte word, just as the ABI lays them out (numbers right, bytesN left); bytes
 * and strings are views: of the decoded input, or of what the caller gave.
 *
 * Errors: GVM_ERR_SYNTAX (text of types, values, JSON), GVM_ERR_RANGE (a number outside its type),
 * GVM_ERR_LIMIT, GVM_ERR_TRUNCATED (data ends too early, an offset or length points outside),
 * GVM_ERR_NON_CANONICAL (strict decoding), GVM_ERR_ARGUMENT (a value without the shape of its
 * type), GVM_ERR_UNSUPPORTED (fixed-point types, which Solidity itself cannot use),
 * GVM_ERR_NOT_FOUND, GVM_ERR_NOMEM. */
#ifndef GVM_CODEC_ABI_H
#define GVM_CODEC_ABI_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/u256.h"

/* ---- types */

typedef enum gvm_abi_kind {
    GVM_ABI_UINT,
    GVM_ABI_INT,
    GVM_ABI_BOOL,
    GVM_ABI_ADDRESS,
    GVM_ABI_FIXED_BYTES, /* bytes1 to bytes32; `function` is bytes24 with another name */
    GVM_ABI_BYTES,
    GVM_ABI_STRING,
    GVM_ABI_ARRAY,       /* T[] */
    GVM_ABI_FIXED_ARRAY, /* T[n] */
    GVM_ABI_TUPLE,
} gvm_abi_kind;

typedef struct gvm_abi_type gvm_abi_type;

typedef struct gvm_abi_field {
    const gvm_abi_type *type;
    const char *name; /* "" where it has none */
    bool indexed;     /* of an event */
} gvm_abi_field;

struct gvm_abi_type {
    gvm_abi_kind kind;
    uint16_t bits; /* of an integer, or 8 times the length of bytesN */
    uint8_t depth; /* 0 for scalars */
    bool dynamic;  /* is encoded behind an offset */
    bool function; /* the type `function` */
    size_t size;   /* fixed part: of all members or items together; 32 for scalars, 0 for T[] */
    size_t head;   /* what it takes in its parent's fixed part: 32 where dynamic, else size */
    size_t count;  /* of a tuple's fields or a fixed array's items */
    const gvm_abi_type *element; /* of arrays */
    const gvm_abi_field *fields; /* of tuples */
};

static inline bool gvm_abi_is_scalar(const gvm_abi_type *t) {
    return t->kind <= GVM_ABI_FIXED_BYTES;
}
static inline bool gvm_abi_is_composite(const gvm_abi_type *t) {
    return t->kind >= GVM_ABI_ARRAY;
}

/* One type, e.g. "(address,bytes32[])[3]". `uint` and `int` mean 256 bits. Names in tuples are
 * kept. */
GVM_NODISCARD gvm_status gvm_abi_parse_type(const gvm_abi_type **out, gvm_arena *arena,
                                            gvm_bytes text, gvm_error *err);
/* Types separated by commas, as a tuple: "address to, uint256" or "". */
GVM_NODISCARD gvm_status gvm_abi_parse_types(const gvm_abi_type **out, gvm_arena *arena,
                                             gvm_bytes text, gvm_error *err);
/* Appends the canonical name: "(address,bytes32[])[3]", no blanks, no names. */
void gvm_abi_put_type(gvm_buf *out, const gvm_abi_type *type);

/* ---- values */

typedef struct gvm_abi_value gvm_abi_value;
struct gvm_abi_value {
    const gvm_abi_type *type;
    union {
        gvm_hash word;   /* scalars */
        gvm_bytes bytes; /* bytes and string */
        struct {
            gvm_abi_value *items; /* arrays and tuples, in order */
            size_t count;
        };
    };
};

/* A word is a value of the scalar type `t`: no bits set outside. */
bool gvm_abi_word_fits(const gvm_abi_type *t, gvm_u256 word);

/* A zero of `type`: tuples and fixed arrays get all their members, T[] has none. */
GVM_NODISCARD gvm_status gvm_abi_value_init(gvm_abi_value *out, gvm_arena *arena,
                                            const gvm_abi_type *type);
/* Gives a T[] value `count` zero items. */
GVM_NODISCARD gvm_status gvm_abi_value_resize(gvm_abi_value *v, gvm_arena *arena, size_t count);

static inline void gvm_abi_set_u256(gvm_abi_value *v, gvm_u256 n) {
    v->word = gvm_u256_to_hash(n);
}
static inline void gvm_abi_set_address(gvm_abi_value *v, const gvm_address *a) {
    v->word = gvm_u256_to_hash(gvm_u256_from_address(a));
}
static inline gvm_u256 gvm_abi_u256(const gvm_abi_value *v) {
    return gvm_u256_from_hash(&v->word);
}
static inline gvm_address gvm_abi_address(const gvm_abi_value *v) {
    return gvm_u256_to_address(gvm_u256_from_hash(&v->word));
}

/* Appends the encoding of `tuple`'s members: the arguments of a call, or its results. On failure
 * *out is as before. */
GVM_NODISCARD gvm_status gvm_abi_encode(gvm_buf *out, const gvm_abi_value *tuple);

typedef enum gvm_abi_mode {
    GVM_ABI_LENIENT, /* what Solidity's own decoder takes: any offsets, bytes behind the end, dirty
                        padding of bytes */
    GVM_ABI_STRICT,  /* only what gvm_abi_encode would have written */
} gvm_abi_mode;

/* Reads `in` as the members of the tuple `type`; *out's views point into `in`. Numbers outside
 * their type are refused in both modes. The memory taken from the arena is at most about 50 times
 * the input's size. */
GVM_NODISCARD gvm_status gvm_abi_decode(gvm_abi_value *out, gvm_arena *arena,
                                        const gvm_abi_type *type, gvm_bytes in, gvm_abi_mode mode,
                                        gvm_error *err);

/* ---- values as text (as cast has them): 12, -0x1f, true, 0xab.., "text" or text, [1,2],
 * (0xab..,[1,2]) */

/* `text` as a value of `type`; a string that is the whole text needs no quotes. Bytes and strings
 * are copied. */
GVM_NODISCARD gvm_status gvm_abi_value_parse(gvm_abi_value *out, gvm_arena *arena,
                                             const gvm_abi_type *type, gvm_bytes text,
                                             gvm_error *err);
/* One text for each member of the tuple `type`. */
GVM_NODISCARD gvm_status gvm_abi_args_parse(gvm_abi_value *out, gvm_arena *arena,
                                            const gvm_abi_type *type, const char *const *args,
                                            size_t count, gvm_error *err);
/* Appends `v` as text that gvm_abi_value_parse reads: decimal numbers, quoted strings. */
void gvm_abi_value_put(gvm_buf *out, const gvm_abi_value *v);

/* ---- functions, events, errors */

typedef enum gvm_abi_entry_kind {
    GVM_ABI_FUNCTION,
    GVM_ABI_EVENT,
    GVM_ABI_ERROR,
    GVM_ABI_CONSTRUCTOR,
    GVM_ABI_FALLBACK,
    GVM_ABI_RECEIVE,
} gvm_abi_entry_kind;

typedef struct gvm_abi_entry {
    gvm_abi_entry_kind kind;
    const char *name;
    const char *signature;       /* canonical: "transfer(address,uint256)" */
    const char *mutability;      /* "pure", "view", "payable" or "nonpayable" */
    const gvm_abi_type *inputs;  /* a tuple */
    const gvm_abi_type *outputs; /* a tuple; NULL where the text does not say */
    bool anonymous;              /* an event without its signature as topic */
    gvm_hash hash; /* Keccak-256 of the signature: an event's first topic; 4 bytes of it are the
                      selector */
} gvm_abi_entry;

/* A signature as people write it: "transfer(address,uint256)(bool)",
 * "function f(address to, uint x) external view returns (bool ok)", "event Transfer(address indexed
 * from, ...)". */
GVM_NODISCARD gvm_status gvm_abi_parse_signature(gvm_abi_entry *out, gvm_arena *arena,
                                                 gvm_bytes text, gvm_error *err);

typedef struct gvm_abi_contract {
    const gvm_abi_entry *entries;
    size_t count;
} gvm_abi_contract;

/* A JSON ABI: the array, or an object with the array as its "abi" (what solc, Hardhat and Foundry
 * write). */
GVM_NODISCARD gvm_status gvm_abi_parse_json(gvm_abi_contract *out, gvm_arena *arena, gvm_bytes json,
                                            gvm_error *err);
/* The entry of that kind by name or by signature; NULL where none, or where a name fits more than
 * one. */
const gvm_abi_entry *gvm_abi_find(const gvm_abi_contract *c, gvm_abi_entry_kind kind,
                                  const char *name);
const gvm_abi_entry *gvm_abi_find_selector(const gvm_abi_contract *c, gvm_abi_entry_kind kind,
                                           const uint8_t selector[4]);
const gvm_abi_entry *gvm_abi_find_topic(const gvm_abi_contract *c, const gvm_hash *topic);

/* Selector of a canonical signature. */
void gvm_abi_selector(uint8_t out[4], const char *signature);
/* Appends selector and arguments. */
GVM_NODISCARD gvm_status gvm_abi_encode_call(gvm_buf *out, const gvm_abi_entry *entry,
                                             const gvm_abi_value *args);

/* ---- events */

/* Topics and data of an event whose members are `args` (a value of entry->inputs). Indexed members
 * that do not fit a topic are hashed, as the specification says. */
GVM_NODISCARD gvm_status gvm_abi_encode_log(gvm_hash topics[4], size_t *topic_count, gvm_buf *data,
                                            const gvm_abi_entry *event, const gvm_abi_value *args);
/* The reverse: *out becomes a tuple value with a member for each input; a member of which the log
 * has only the hash is a bytes32. GVM_ERR_ARGUMENT where the topics are not this event's. */
GVM_NODISCARD gvm_status gvm_abi_decode_log(gvm_abi_value *out, gvm_arena *arena,
                                            const gvm_abi_entry *event, const gvm_hash *topics,
                                            size_t topic_count, gvm_bytes data, gvm_abi_mode mode,
                                            gvm_error *err);

/* ---- reverts */

/* Appends what return data of a revert means, for people: the reason of Error(string), the name of
 * a Panic(uint256), a custom error of `c` (may be NULL) with its values, else the data in hex;
 * nothing for empty data. GVM_ERR_NOMEM. */
GVM_NODISCARD gvm_status gvm_abi_put_revert(gvm_buf *out, const gvm_abi_contract *c,
                                            gvm_bytes data);
/* Return data for Error(string) and Panic(uint256). */
void gvm_abi_put_error(gvm_buf *out, const char *reason);
void gvm_abi_put_panic(gvm_buf *out, uint64_t code);

#endif
