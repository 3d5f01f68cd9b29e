/* The loader's state, and what its files share; private to the room. */
#ifndef GVM_VM_WASM_LOAD_H
#define GVM_VM_WASM_LOAD_H

#include "vm/wasm/body.h"

#define TRY      GVM_WASM_READ
#define OP(name) GVM_WASM_OP_##name
#define CARRY    32

enum {
    SECTION_CUSTOM,
    SECTION_TYPE,
    SECTION_IMPORT,
    SECTION_FUNCTION,
    SECTION_TABLE,
    SECTION_MEMORY,
    SECTION_GLOBAL,
    SECTION_EXPORT,
    SECTION_START,
    SECTION_ELEMENT,
    SECTION_CODE,
    SECTION_DATA,
    SECTION_DATA_COUNT,
    SECTIONS
};

typedef enum gvm_wasm_load_state {
    AT_HEADER,
    AT_SECTION,
    AT_CUSTOM_LENGTH,
    AT_CUSTOM_NAME,
    AT_CUSTOM_PAYLOAD,
    AT_COUNT,
    AT_TYPE_FORM,
    AT_TYPE_PARAMS, /* how many */
    AT_TYPE_PARAM,
    AT_TYPE_RESULTS,
    AT_TYPE_RESULT,
    AT_IMPORT_MODULE_LENGTH,
    AT_IMPORT_MODULE,
    AT_IMPORT_NAME_LENGTH,
    AT_IMPORT_NAME,
    AT_IMPORT_WHAT,
    AT_FUNCTION,
    AT_TABLE,
    AT_MEMORY,
    AT_GLOBAL,
    AT_GLOBAL_DONE,
    AT_EXPORT_LENGTH,
    AT_EXPORT_NAME,
    AT_EXPORT_WHAT,
    AT_START,
    AT_ELEMENT,
    AT_ELEMENT_TYPE,
    AT_ELEMENT_COUNT,
    AT_ELEMENT_FUNC,
    AT_ELEMENT_DONE, /* an element's expression */
    AT_DATA_COUNT,
    AT_BODY_SIZE,
    AT_LOCAL_GROUPS,
    AT_LOCALS,
    AT_INSTRUCTION,
    AT_DATA,
    AT_DATA_LENGTH,
    AT_DATA_BYTES,
    AT_EXPR,
    AT_EXPR_END
} gvm_wasm_load_state;

struct gvm_wasm_loader {
    gvm_wasm_body body;
    gvm_wasm_refusal refusal;
    gvm_wasm_load_state state;
    uint64_t offset;      /* bytes taken */
    uint64_t section_end; /* UINT64_MAX between sections */
    uint64_t body_end;    /* UINT64_MAX outside bodies */
    uint8_t carry[CARRY];
    uint8_t carry_len;
    uint8_t section, order;
    bool stop_at_end, ended, finished;
    uint32_t left; /* items of the section still to come */
    uint32_t run;  /* bytes or parts of the item still to come */
    uint32_t groups;
    uint32_t function;           /* the next one that gets a body */
    uint64_t locals;             /* of the function */
    GVM_WASM_VEC(uint8_t) bytes; /* of the name, type or payload that is coming */
    uint32_t *names;             /* exports by the hash of their name: index + 1 */
    uint32_t names_cap;
    uint64_t seed;
    uint8_t utf8_left, utf8_low, utf8_high;
    gvm_wasm_import import;
    gvm_wasm_export export;
    gvm_wasm_elements elements;
    bool element_exprs;
    gvm_wasm_data data;
    uint32_t params;
    uint8_t expr_type;
    gvm_wasm_load_state expr_next;
    gvm_wasm_init init;
};

static inline gvm_wasm_read say(gvm_wasm_loader *l, gvm_wasm_reader *r, gvm_status status,
                                const char *why) {
    l->body.status = status;
    return gvm_wasm_read_bad(r, why);
}
static inline gvm_wasm_read malformed(gvm_wasm_loader *l, gvm_wasm_reader *r, const char *why) {
    return say(l, r, GVM_ERR_WASM_MALFORMED, why);
}
static inline gvm_wasm_read invalid(gvm_wasm_loader *l, gvm_wasm_reader *r, const char *why) {
    return say(l, r, GVM_ERR_WASM_INVALID, why);
}
static inline gvm_wasm_read limit(gvm_wasm_loader *l, gvm_wasm_reader *r, const char *why) {
    return say(l, r, GVM_ERR_WASM_LIMIT, why);
}

/* Appends an item to one of the module's arrays, or remembers that memory is out. */
#define APPEND(l, vec, ...)                      \
    do {                                         \
        if (GVM_WASM_PUSH(vec))                  \
            (vec).at[(vec).len++] = __VA_ARGS__; \
        else                                     \
            (l)->body.nomem = true;              \
    } while (0)

/* load.c */
gvm_wasm_read gvm_wasm_load_next_item(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t at);
void gvm_wasm_load_declare(gvm_wasm_loader *l, uint32_t index);
gvm_bytes gvm_wasm_load_keep_bytes(gvm_wasm_loader *l);
/* load_section.c */
gvm_wasm_read gvm_wasm_load_type(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                 const uint8_t *start);
gvm_wasm_read gvm_wasm_load_table(gvm_wasm_loader *l, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_load_memory(gvm_wasm_loader *l, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_load_global_type(gvm_wasm_loader *l, gvm_wasm_reader *r,
                                        gvm_wasm_globaltype *out);
gvm_wasm_read gvm_wasm_load_import(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                   const uint8_t *start);
gvm_wasm_read gvm_wasm_load_export(gvm_wasm_loader *l, gvm_wasm_reader *r);
void gvm_wasm_load_begin_expr(gvm_wasm_loader *l, uint8_t type, gvm_wasm_load_state next);
gvm_wasm_read gvm_wasm_load_expr(gvm_wasm_loader *l, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_load_expr_end(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                     const uint8_t *start);
gvm_wasm_read gvm_wasm_load_element(gvm_wasm_loader *l, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_load_element_type(gvm_wasm_loader *l, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_load_element_count(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                          const uint8_t *start);
gvm_wasm_read gvm_wasm_load_element_func(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                         const uint8_t *start);
gvm_wasm_read gvm_wasm_load_data(gvm_wasm_loader *l, gvm_wasm_reader *r);
gvm_wasm_read gvm_wasm_load_data_length(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                        const uint8_t *start);

#endif
