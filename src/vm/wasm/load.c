/* The streaming loader: a machine whose states each read one element (a number, a type, an
 * instruction), and a few that copy runs of bytes (names, data).
 *
 * An element that is cut by the end of a feed is kept in `carry` (no element is longer than 32
 * bytes) and read again from its start with each byte that comes. Reading has no effects until an
 * element is whole, and every check looks at bytes in their order, so splits cannot change the
 * verdict, and the byte that decides is found when it comes. Where a section or body ends, its
 * reader is closed: an element that needs more is refused at the last byte there is. */
#include "vm/wasm/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const gvm_wasm_limits gvm_wasm_limits_core = {
    .module_bytes = 256u << 20,
    .functions = 1000000,
    .types = 1000000,
    .globals = 1000000,
    .memories = 1,
    .tables = 10000,
    .data = 1000000,
    .elements = 1000000,
    .imports = 1000000,
    .exports = 1000000,
    .name_bytes = 100000,
    .params = 1000,
    .results = 1000,
    .locals = 50000,
    .locals_total = 64u << 20,
    .body_bytes = 16u << 20,
    .nesting = 100000,
    .height = 60000,
    .br_table = 1000000,
    .memory_pages = 65536,
    .table_size = 10000000,
};

const gvm_wasm_limits gvm_wasm_limits_contract = {
    .module_bytes = 1u << 20,
    .functions = 10000,
    .types = 1000,
    .globals = 256,
    .memories = 1,
    .tables = 1,
    .data = 1000,
    .elements = 1000,
    .imports = 256,
    .exports = 64,
    .name_bytes = 256,
    .params = 100,
    .results = 16,
    .locals = 1000,
    .locals_total = 1u << 20,
    .body_bytes = 65536,
    .nesting = 256,
    .height = 1024,
    .br_table = 4096,
    .memory_pages = 256,
    .table_size = 10000,
    .locals_by_bytes = true,
};

/* ---- life */

static _Atomic uint64_t serials;

gvm_wasm_loader *gvm_wasm_loader_new(const gvm_wasm_limits *limits) {
    gvm_wasm_loader *l = calloc(1, sizeof *l);
    gvm_wasm_module *m = calloc(1, sizeof *m);
    if (l == NULL || m == NULL) {
        free(l);
        free(m);
        return NULL;
    }
    m->limits = limits != NULL ? *limits : gvm_wasm_limits_core;
    atomic_init(&m->holders, 1);
    m->serial = atomic_fetch_add(&serials, 1) + 1;
    l->body.m = m;
    l->section_end = l->body_end = UINT64_MAX;
    l->seed = (uint64_t)(uintptr_t)l * 0x9e3779b97f4a7c15u;
    l->refusal.function = GVM_WASM_NO_LIMIT;
    return l;
}

void gvm_wasm_loader_delete(gvm_wasm_loader *l) {
    if (l == NULL) return;
    gvm_wasm_module_delete(l->body.m);
    gvm_wasm_body_free(&l->body);
    free(l->bytes.at);
    free(l->names);
    free(l);
}

void gvm_wasm_loader_stop_at_end(gvm_wasm_loader *l) {
    l->stop_at_end = true;
}
bool gvm_wasm_loader_ended(const gvm_wasm_loader *l) {
    return l->ended;
}
const gvm_wasm_refusal *gvm_wasm_loader_refusal(const gvm_wasm_loader *l) {
    return &l->refusal;
}

static gvm_status refuse(gvm_wasm_loader *l, gvm_status status, uint64_t offset, const char *why) {
    gvm_wasm_refusal *x = &l->refusal;
    x->status = status;
    x->offset = offset;
    if (l->state == AT_INSTRUCTION) {
        x->function = l->body.index;
        snprintf(x->text, sizeof x->text, "%s (in the instruction at 0x%x of function %u)", why,
                 l->body.offset, l->body.index);
    } else {
        snprintf(x->text, sizeof x->text, "%s", why);
    }
    return status;
}

/* ---- between items */

static const gvm_wasm_load_state first_state[SECTIONS] = {
    [SECTION_TYPE] = AT_TYPE_FORM,       [SECTION_IMPORT] = AT_IMPORT_MODULE_LENGTH,
    [SECTION_FUNCTION] = AT_FUNCTION,    [SECTION_TABLE] = AT_TABLE,
    [SECTION_MEMORY] = AT_MEMORY,        [SECTION_GLOBAL] = AT_GLOBAL,
    [SECTION_EXPORT] = AT_EXPORT_LENGTH, [SECTION_ELEMENT] = AT_ELEMENT,
    [SECTION_CODE] = AT_BODY_SIZE,       [SECTION_DATA] = AT_DATA};

/* The section's next item, or its end. `at` is the offset behind the reader. */
gvm_wasm_read gvm_wasm_load_next_item(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t at) {
    if (l->left != 0) {
        l->left--;
        l->state = first_state[l->section];
        return GVM_WASM_READ_OK;
    }
    if (at != l->section_end) return malformed(l, r, "section size mismatch");
    l->state = AT_SECTION;
    l->section_end = UINT64_MAX;
    return GVM_WASM_READ_OK;
}

static bool ensure_declared(gvm_wasm_loader *l) {
    gvm_wasm_module *m = l->body.m;
    if (m->declared == NULL) m->declared = calloc(m->funcs.len / 8 + 1, 1);
    if (m->declared == NULL) l->body.nomem = true;
    return m->declared != NULL;
}

void gvm_wasm_load_declare(gvm_wasm_loader *l, uint32_t index) {
    if (ensure_declared(l)) l->body.m->declared[index / 8] |= (uint8_t)(1u << (index % 8));
}

static gvm_wasm_read read_header(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    static const uint8_t magic[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    for (unsigned i = 0; i < 8; i++) {
        uint8_t byte;
        TRY(gvm_wasm_read_u8(r, &byte));
        if (byte != magic[i])
            return malformed(l, r, i < 4 ? "magic header not detected" : "unknown binary version");
    }
    l->state = AT_SECTION;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read read_section(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                  const uint8_t *start) {
    static const uint8_t order[SECTIONS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10};
    uint8_t id;
    uint32_t size;
    TRY(gvm_wasm_read_u8(r, &id));
    if (id >= SECTIONS) return malformed(l, r, "malformed section id");
    if (id != SECTION_CUSTOM && order[id] <= l->order)
        return malformed(l, r, "unexpected content after last section");
    TRY(gvm_wasm_read_u32(r, &size));
    uint64_t at = base + (uint64_t)(r->p - start);
    if (at + size > l->body.m->limits.module_bytes) return limit(l, r, "the module is too large");
    if (id != SECTION_CUSTOM) l->order = order[id];
    l->section = id;
    l->section_end = at + size;
    l->state = id == SECTION_CUSTOM       ? AT_CUSTOM_LENGTH
               : id == SECTION_START      ? AT_START
               : id == SECTION_DATA_COUNT ? AT_DATA_COUNT
                                          : AT_COUNT;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read read_count(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                const uint8_t *start) {
    gvm_wasm_module *m = l->body.m;
    const gvm_wasm_limits *x = &m->limits;
    uint32_t n;
    TRY(gvm_wasm_read_u32(r, &n));
    bool fits = true;
    switch (l->section) {
    case SECTION_TYPE: fits = n <= x->types; break;
    case SECTION_IMPORT: fits = n <= x->imports; break;
    case SECTION_FUNCTION: fits = (uint64_t)n + m->imported_funcs <= x->functions; break;
    case SECTION_TABLE: fits = (uint64_t)n + m->imported_tables <= x->tables; break;
    case SECTION_MEMORY: fits = (uint64_t)n + m->imported_memories <= x->memories; break;
    case SECTION_GLOBAL: fits = (uint64_t)n + m->imported_globals <= x->globals; break;
    case SECTION_EXPORT: fits = n <= x->exports; break;
    case SECTION_ELEMENT: fits = n <= x->elements; break;
    case SECTION_CODE:
        if (n != m->funcs.len - m->imported_funcs)
            return malformed(l, r, "function and code section have inconsistent lengths");
        ensure_declared(l);
        break;
    case SECTION_DATA:
        if (l->body.has_data_count && n != l->body.data_count)
            return malformed(l, r, "data count and data section have inconsistent lengths");
        fits = n <= x->data;
        break;
    default: break;
    }
    if (!fits) return limit(l, r, "the section has too many items");
    l->left = n;
    return gvm_wasm_load_next_item(l, r, base + (uint64_t)(r->p - start));
}

/* ---- names and other runs of bytes */

static gvm_wasm_read read_name_length(gvm_wasm_loader *l, gvm_wasm_reader *r,
                                      gvm_wasm_load_state next) {
    TRY(gvm_wasm_read_u32(r, &l->run));
    if (l->run > l->body.m->limits.name_bytes) return limit(l, r, "the name is too long");
    l->bytes.len = 0;
    l->utf8_left = 0;
    l->state = next;
    return GVM_WASM_READ_OK;
}

/* The next byte of a name fits UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above
 * U+10FFFF). */
static bool utf8_byte(gvm_wasm_loader *l, uint8_t byte) {
    if (l->utf8_left != 0) {
        if (byte < l->utf8_low || byte > l->utf8_high) return false;
        l->utf8_left--;
    } else if (byte < 0x80) {
        return true;
    } else if (byte >= 0xc2 && byte <= 0xf4) {
        l->utf8_left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    } else {
        return false;
    }
    bool lead = byte >= 0xc2;
    l->utf8_low = lead && byte == 0xe0 ? 0xa0 : lead && byte == 0xf0 ? 0x90 : 0x80;
    l->utf8_high = lead && byte == 0xed ? 0x9f : lead && byte == 0xf4 ? 0x8f : 0xbf;
    return true;
}

/* What has been gathered, kept for the module's life. */
gvm_bytes gvm_wasm_load_keep_bytes(gvm_wasm_loader *l) {
    uint8_t *copy = gvm_wasm_arena_take(&l->body.m->arena, l->bytes.len + 1);
    if (copy == NULL) {
        l->body.nomem = true;
        return gvm_bytes_make(NULL, 0);
    }
    if (l->bytes.len != 0) memcpy(copy, l->bytes.at, l->bytes.len);
    copy[l->bytes.len] = 0;
    return gvm_bytes_make(copy, l->bytes.len);
}

static uint64_t hash_name(const gvm_wasm_loader *l, gvm_bytes name) {
    uint64_t h = l->seed;
    for (size_t i = 0; i < name.len; i++) {
        h = (h ^ name.ptr[i]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static void grow_names(gvm_wasm_loader *l) {
    const gvm_wasm_module *m = l->body.m;
    uint32_t cap = l->names_cap ? l->names_cap * 2 : 64;
    uint32_t *fresh = calloc(cap, sizeof *fresh);
    if (fresh == NULL) {
        l->body.nomem = true;
        return;
    }
    for (uint32_t i = 0; i < m->exports.len; i++) {
        uint32_t at = (uint32_t)hash_name(l, m->exports.at[i].name) & (cap - 1);
        while (fresh[at] != 0) at = (at + 1) & (cap - 1);
        fresh[at] = i + 1;
    }
    free(l->names);
    l->names = fresh;
    l->names_cap = cap;
}

/* Remembers the coming export's name; false: it is taken. */
static bool add_name(gvm_wasm_loader *l, gvm_bytes name) {
    const gvm_wasm_module *m = l->body.m;
    if ((m->exports.len + 1) * 2 > l->names_cap) grow_names(l);
    if (l->body.nomem) return true;
    uint32_t at = (uint32_t)hash_name(l, name) & (l->names_cap - 1);
    for (; l->names[at] != 0; at = (at + 1) & (l->names_cap - 1))
        if (gvm_bytes_equal(m->exports.at[l->names[at] - 1].name, name)) return false;
    l->names[at] = m->exports.len + 1;
    return true;
}

static bool keeps_custom(gvm_bytes name) {
    return gvm_bytes_equal(name, gvm_bytes_str("name")) ||
           (name.len > 6 && memcmp(name.ptr, "ghost.", 6) == 0);
}

static void begin_payload(gvm_wasm_loader *l, uint64_t at) {
    l->run = (uint32_t)(l->section_end - at);
    l->import.name = gvm_wasm_load_keep_bytes(l);
    l->bytes.len = 0;
    l->state = AT_CUSTOM_PAYLOAD;
}

static void end_payload(gvm_wasm_loader *l) {
    gvm_wasm_module *m = l->body.m;
    gvm_bytes name = l->import.name;
    bool mark = gvm_bytes_equal(name, gvm_bytes_str("ghost.end")) && l->bytes.len == 0;
    if (mark && l->stop_at_end) {
        l->ended = true;
    } else if (keeps_custom(name)) {
        APPEND(l, m->customs,
               (gvm_wasm_custom){.name = name, .payload = gvm_wasm_load_keep_bytes(l)});
    }
    l->state = AT_SECTION;
    l->section_end = UINT64_MAX;
}

static bool in_run(const gvm_wasm_loader *l) {
    return l->state == AT_CUSTOM_NAME || l->state == AT_CUSTOM_PAYLOAD ||
           l->state == AT_IMPORT_MODULE || l->state == AT_IMPORT_NAME ||
           l->state == AT_EXPORT_NAME || l->state == AT_DATA_BYTES;
}

static void end_run(gvm_wasm_loader *l, uint64_t at) {
    switch (l->state) {
    case AT_CUSTOM_NAME: begin_payload(l, at); break;
    case AT_IMPORT_MODULE:
        l->import.module = gvm_wasm_load_keep_bytes(l);
        l->state = AT_IMPORT_NAME_LENGTH;
        break;
    case AT_IMPORT_NAME:
        l->import.name = gvm_wasm_load_keep_bytes(l);
        l->state = AT_IMPORT_WHAT;
        break;
    case AT_EXPORT_NAME:
        l->export.name = gvm_wasm_load_keep_bytes(l);
        l->state = AT_EXPORT_WHAT;
        break;
    default: break;
    }
}

static void append_data(gvm_wasm_loader *l, const uint8_t *p, size_t n) {
    gvm_wasm_module *m = l->body.m;
    while (m->data_bytes.cap - m->data_bytes.len < n) {
        if (!gvm_wasm_vec_grow((void **)&m->data_bytes.at, &m->data_bytes.cap, m->data_bytes.cap,
                               1)) {
            l->body.nomem = true;
            return;
        }
    }
    if (n != 0) memcpy(m->data_bytes.at + m->data_bytes.len, p, n);
    m->data_bytes.len += (uint32_t)n;
}

/* Takes bytes of the run in progress. */
static gvm_status take_run(gvm_wasm_loader *l, const uint8_t *p, size_t avail, size_t *used) {
    size_t n = avail < l->run ? avail : l->run;
    uint64_t room = l->section_end - l->offset;
    if (n > room) n = (size_t)room;
    *used = n;
    if (l->state == AT_DATA_BYTES) {
        append_data(l, p, n);
    } else if (l->state != AT_CUSTOM_PAYLOAD || keeps_custom(l->import.name)) {
        for (size_t i = 0; i < n; i++) {
            if (l->state != AT_CUSTOM_PAYLOAD && !utf8_byte(l, p[i]))
                return refuse(l, GVM_ERR_WASM_MALFORMED, l->offset + i, "malformed UTF-8 encoding");
            APPEND(l, l->bytes, p[i]);
        }
    }
    if (l->body.nomem) return GVM_ERR_NOMEM;
    l->offset += n;
    l->run -= (uint32_t)n;
    if (l->run != 0) {
        if (l->offset == l->section_end)
            return refuse(l, GVM_ERR_WASM_MALFORMED, l->offset - 1,
                          "unexpected end of section or function");
        return GVM_OK;
    }
    if (l->state == AT_CUSTOM_PAYLOAD) {
        end_payload(l);
    } else if (l->state == AT_DATA_BYTES) {
        gvm_wasm_reader r = {.why = NULL};
        if (gvm_wasm_load_next_item(l, &r, l->offset) != GVM_WASM_READ_OK)
            return refuse(l, l->body.status, l->offset - 1, r.why);
    } else {
        if (l->utf8_left != 0)
            return refuse(l, GVM_ERR_WASM_MALFORMED, l->offset - 1, "malformed UTF-8 encoding");
        end_run(l, l->offset);
        if (l->state == AT_EXPORT_WHAT && !l->body.nomem && !add_name(l, l->export.name))
            return refuse(l, GVM_ERR_WASM_INVALID, l->offset - 1, "duplicate export name");
        if (l->body.nomem) return GVM_ERR_NOMEM;
    }
    return GVM_OK;
}

/* ---- code */

static gvm_wasm_read begin_instructions(gvm_wasm_loader *l, uint64_t at) {
    gvm_wasm_body_start(&l->body, (uint32_t)at);
    l->state = AT_INSTRUCTION;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read read_body_size(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                    const uint8_t *start) {
    gvm_wasm_module *m = l->body.m;
    uint32_t size;
    TRY(gvm_wasm_read_u32(r, &size));
    uint64_t at = base + (uint64_t)(r->p - start);
    if (size > m->limits.body_bytes) return limit(l, r, "the function's body is too large");
    if (at + size > l->section_end)
        return malformed(l, r, "function body is longer than its section");
    l->body_end = at + size;
    l->locals = 0;
    APPEND(l, m->codes, (gvm_wasm_code){.body_at = (uint32_t)at, .body_len = size});
    if (!l->body.nomem && !gvm_wasm_body_begin(&l->body, m->imported_funcs + l->function))
        l->body.nomem = true;
    l->state = AT_LOCAL_GROUPS;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read read_local_groups(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                       const uint8_t *start) {
    TRY(gvm_wasm_read_u32(r, &l->groups));
    if (l->groups == 0) return begin_instructions(l, base + (uint64_t)(r->p - start));
    l->state = AT_LOCALS;
    return GVM_WASM_READ_OK;
}

static gvm_wasm_read read_locals(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                 const uint8_t *start) {
    const gvm_wasm_limits *x = &l->body.m->limits;
    uint32_t count;
    uint8_t type;
    TRY(gvm_wasm_read_u32(r, &count));
    if (l->locals + count > x->locals) return limit(l, r, "too many locals");
    if (l->body.locals_total + count > x->locals_total)
        return limit(l, r, "too many locals in all functions");
    TRY(gvm_wasm_read_u8(r, &type));
    TRY(gvm_wasm_body_locals(&l->body, r, count, type));
    l->locals += count;
    l->body.locals_total += count;
    if (--l->groups != 0) return GVM_WASM_READ_OK;
    return begin_instructions(l, base + (uint64_t)(r->p - start));
}

/* Instructions, as many as the reader holds: one call, so that the way back to the loader is not
 * taken for each. */
static gvm_wasm_read read_instructions(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base,
                                       const uint8_t *start) {
    gvm_wasm_body *f = &l->body;
    for (;;) {
        const uint8_t *at = r->p;
        gvm_wasm_read result = gvm_wasm_body_step(f, r, (uint32_t)(base + (uint64_t)(at - start)));
        if (result == GVM_WASM_READ_MORE && at != start) {
            r->p = at; /* what came before it is done */
            return GVM_WASM_READ_OK;
        }
        if (result != GVM_WASM_READ_OK) return result;
        if (f->nomem) return GVM_WASM_READ_OK;
        if (gvm_wasm_body_done(f)) break;
        if (r->p == r->end && !r->closed) return GVM_WASM_READ_OK;
    }
    uint64_t here = base + (uint64_t)(r->p - start);
    if (here != l->body_end) {
        f->status = GVM_ERR_WASM_MALFORMED;
        return gvm_wasm_read_bad(r, "the function's body goes on after its end");
    }
    l->body_end = UINT64_MAX;
    l->function++;
    return gvm_wasm_load_next_item(l, r, here);
}

/* The two sections that hold one number. */
static gvm_wasm_read read_number(gvm_wasm_loader *l, gvm_wasm_reader *r) {
    gvm_wasm_module *m = l->body.m;
    if (l->state == AT_START) {
        TRY(gvm_wasm_read_u32(r, &m->start));
        if (m->start >= m->funcs.len) return invalid(l, r, "unknown function");
        const gvm_wasm_functype *t = &m->types.at[m->funcs.at[m->start]];
        if (t->params != 0 || t->results != 0) return invalid(l, r, "start function");
        m->has_start = true;
    } else {
        TRY(gvm_wasm_read_u32(r, &l->body.data_count));
        if (l->body.data_count > m->limits.data) return limit(l, r, "too many data segments");
        l->body.has_data_count = true;
    }
    return GVM_WASM_READ_OK;
}

/* Reads one element in the state at hand. */
static gvm_wasm_read step(gvm_wasm_loader *l, gvm_wasm_reader *r, uint64_t base) {
    gvm_wasm_module *m = l->body.m;
    const uint8_t *start = r->p;
    uint32_t index;
    gvm_wasm_globaltype g = {0};
    l->body.status = GVM_ERR_WASM_MALFORMED;
#define HERE (base + (uint64_t)(r->p - start))
    switch (l->state) {
    case AT_HEADER: return read_header(l, r);
    case AT_SECTION: return read_section(l, r, base, start);
    case AT_CUSTOM_LENGTH: return read_name_length(l, r, AT_CUSTOM_NAME);
    case AT_COUNT: return read_count(l, r, base, start);
    case AT_TYPE_FORM:
    case AT_TYPE_PARAMS:
    case AT_TYPE_PARAM:
    case AT_TYPE_RESULTS:
    case AT_TYPE_RESULT: return gvm_wasm_load_type(l, r, base, start);
    case AT_IMPORT_MODULE_LENGTH: return read_name_length(l, r, AT_IMPORT_MODULE);
    case AT_IMPORT_NAME_LENGTH: return read_name_length(l, r, AT_IMPORT_NAME);
    case AT_IMPORT_WHAT: return gvm_wasm_load_import(l, r, base, start);
    case AT_FUNCTION:
        TRY(gvm_wasm_read_u32(r, &index));
        if (index >= m->types.len) return invalid(l, r, "unknown type");
        APPEND(l, m->funcs, index);
        return gvm_wasm_load_next_item(l, r, HERE);
    case AT_TABLE: TRY(gvm_wasm_load_table(l, r)); return gvm_wasm_load_next_item(l, r, HERE);
    case AT_MEMORY:
        if (m->memories.len >= 1) return invalid(l, r, "multiple memories");
        TRY(gvm_wasm_load_memory(l, r));
        return gvm_wasm_load_next_item(l, r, HERE);
    case AT_GLOBAL:
        TRY(gvm_wasm_load_global_type(l, r, &g));
        APPEND(l, m->globals, g);
        gvm_wasm_load_begin_expr(l, g.type, AT_GLOBAL_DONE);
        return GVM_WASM_READ_OK;
    case AT_EXPORT_LENGTH: return read_name_length(l, r, AT_EXPORT_NAME);
    case AT_EXPORT_WHAT:
        TRY(gvm_wasm_load_export(l, r));
        return gvm_wasm_load_next_item(l, r, HERE);
    case AT_START:
    case AT_DATA_COUNT:
        TRY(read_number(l, r));
        l->left = 0;
        return gvm_wasm_load_next_item(l, r, HERE);
    case AT_ELEMENT: return gvm_wasm_load_element(l, r);
    case AT_ELEMENT_TYPE: return gvm_wasm_load_element_type(l, r);
    case AT_ELEMENT_COUNT: return gvm_wasm_load_element_count(l, r, base, start);
    case AT_ELEMENT_FUNC: return gvm_wasm_load_element_func(l, r, base, start);
    case AT_BODY_SIZE: return read_body_size(l, r, base, start);
    case AT_LOCAL_GROUPS: return read_local_groups(l, r, base, start);
    case AT_LOCALS: return read_locals(l, r, base, start);
    case AT_INSTRUCTION: return read_instructions(l, r, base, start);
    case AT_DATA: return gvm_wasm_load_data(l, r);
    case AT_DATA_LENGTH: return gvm_wasm_load_data_length(l, r, base, start);
    case AT_EXPR: return gvm_wasm_load_expr(l, r);
    case AT_EXPR_END: return gvm_wasm_load_expr_end(l, r, base, start);
    default: return malformed(l, r, "unexpected state");
    }
#undef HERE
}

/* One element from [p, p+avail), which begins at offset `base`. *used is what it took. */
static gvm_status take_element(gvm_wasm_loader *l, gvm_wasm_read *result, size_t *used,
                               const uint8_t *p, size_t avail, uint64_t base) {
    uint64_t end = l->body_end < l->section_end ? l->body_end : l->section_end;
    gvm_wasm_reader r = {.p = p, .end = p + avail};
    if (end - base <= avail) {
        r.end = p + (end - base);
        r.closed = true;
    }
    *result = step(l, &r, base);
    *used = (size_t)(r.p - p);
    if (l->body.nomem) return l->refusal.status = GVM_ERR_NOMEM;
    if (*result == GVM_WASM_READ_BAD) return refuse(l, l->body.status, base + *used - 1, r.why);
    return GVM_OK;
}

/* The runs of no bytes that may come next, and elements that are missing where their section ends:
 * both need no byte to be known. */
static gvm_status settle(gvm_wasm_loader *l) {
    for (;;) {
        size_t used;
        gvm_wasm_read result;
        uint64_t end = l->body_end < l->section_end ? l->body_end : l->section_end;
        if (in_run(l)) {
            if (l->run != 0 && l->offset != l->section_end) return GVM_OK;
            GVM_TRY(take_run(l, NULL, 0, &used));
        } else if (l->carry_len == 0 && l->state == AT_ELEMENT_TYPE && l->elements.type != 0) {
            l->state = AT_ELEMENT_COUNT;
        } else if (l->offset + l->carry_len == end) {
            uint8_t nothing = 0;
            const uint8_t *p = l->carry_len != 0 ? l->carry : &nothing;
            GVM_TRY(take_element(l, &result, &used, p, l->carry_len, l->offset));
            GVM_ASSERT(result == GVM_WASM_READ_BAD); /* every other state wants a byte */
        } else {
            return GVM_OK;
        }
    }
}

gvm_status gvm_wasm_loader_feed(gvm_wasm_loader *l, size_t *taken, gvm_bytes bytes) {
    size_t at = 0, unused;
    if (taken == NULL) taken = &unused;
    *taken = 0;
    if (l->refusal.status != GVM_OK) return l->refusal.status;
    if (l->finished) return GVM_ERR_STATE;
    while (at < bytes.len && !l->ended) {
        size_t used = 0;
        gvm_wasm_read result;
        gvm_status status;
        uint64_t room = l->body.m->limits.module_bytes - (l->offset + l->carry_len);
        size_t avail = bytes.len - at < room ? bytes.len - at : (size_t)room;
        if (avail == 0)
            return refuse(l, GVM_ERR_WASM_LIMIT, l->offset + l->carry_len,
                          "the module is too large");
        if (in_run(l)) {
            status = take_run(l, bytes.ptr + at, avail, &used);
            at += used;
        } else if (l->carry_len != 0) {
            l->carry[l->carry_len++] = bytes.ptr[at++];
            status = take_element(l, &result, &used, l->carry, l->carry_len, l->offset);
            if (status == GVM_OK && result == GVM_WASM_READ_OK) {
                GVM_ASSERT(used == l->carry_len);
                l->offset += used;
                l->carry_len = 0;
            } else {
                GVM_ASSERT(status != GVM_OK || l->carry_len < CARRY);
            }
        } else {
            status = take_element(l, &result, &used, bytes.ptr + at, avail, l->offset);
            if (status == GVM_OK && result == GVM_WASM_READ_OK) {
                at += used;
                l->offset += used;
            } else if (status == GVM_OK) {
                GVM_ASSERT(avail < CARRY);
                memcpy(l->carry, bytes.ptr + at, avail);
                l->carry_len = (uint8_t)avail;
                at += avail;
            }
        }
        if (status == GVM_OK) status = settle(l);
        if (status != GVM_OK) {
            *taken = at;
            l->refusal.status = status;
            return status;
        }
    }
    *taken = at;
    return GVM_OK;
}

static gvm_status check_finish(gvm_wasm_loader *l) {
    gvm_wasm_module *m = l->body.m;
    if (l->state != AT_SECTION || l->carry_len != 0)
        return refuse(l, GVM_ERR_WASM_MALFORMED, l->offset + l->carry_len, "unexpected end");
    if (m->codes.len != m->funcs.len - m->imported_funcs)
        return refuse(l, GVM_ERR_WASM_MALFORMED, l->offset,
                      "function and code section have inconsistent lengths");
    if (l->body.has_data_count && l->body.data_count != m->data.len)
        return refuse(l, GVM_ERR_WASM_MALFORMED, l->offset,
                      "data count and data section have inconsistent lengths");
    if (m->limits.locals_by_bytes && l->body.locals_total > l->offset)
        return refuse(l, GVM_ERR_WASM_LIMIT, l->offset, "the module has more locals than bytes");
    return GVM_OK;
}

gvm_status gvm_wasm_loader_finish(gvm_wasm_loader *l, gvm_wasm_module **out) {
    if (l->refusal.status != GVM_OK) return l->refusal.status;
    if (l->finished) return GVM_ERR_STATE;
    GVM_TRY(check_finish(l));
    gvm_wasm_module *m = l->body.m;
    l->finished = true;
    l->body.m = NULL;
    m->bytes = l->offset;
    for (uint32_t i = 0; i < m->codes.len; i++)
        m->codes.at[i].entry = m->words.at + m->codes.at[i].first + 1;
    *out = m;
    return GVM_OK;
}

gvm_status gvm_wasm_load(gvm_wasm_module **out, gvm_wasm_refusal *refusal, gvm_bytes bytes,
                         const gvm_wasm_limits *limits) {
    gvm_wasm_loader *l = gvm_wasm_loader_new(limits);
    if (l == NULL) return GVM_ERR_NOMEM;
    gvm_status status = gvm_wasm_loader_feed(l, NULL, bytes);
    if (status == GVM_OK) status = gvm_wasm_loader_finish(l, out);
    if (refusal != NULL) *refusal = l->refusal;
    gvm_wasm_loader_delete(l);
    return status;
}
