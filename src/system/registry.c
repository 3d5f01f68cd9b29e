/* The contracts and their tables, parsed once, when the first of them is asked for. A signature
 * that does not parse, or two functions with one selector, are faults of the program and stop it.
 */
#include "system/system.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#define X(number, count, symbol) extern const gvm_sys_contract gvm_sys_##symbol;
#include "system/contracts.inc"
#undef X

static const struct {
    unsigned number, count;
    const gvm_sys_contract *contract;
} places[] = {
#define X(number_, count_, symbol) {number_, count_, &gvm_sys_##symbol},
#include "system/contracts.inc"
#undef X
};
enum { PLACES = sizeof places / sizeof places[0], ENTRIES_MOST = 32 };

static const gvm_sys_row common_errors[] = {
#define ERROR(id, signature, doc_) {.what = GVM_SYS_ERROR, .text = signature, .doc = doc_},
#include "system/errors.inc"
#undef ERROR
};
enum { COMMON = sizeof common_errors / sizeof common_errors[0] };

typedef struct table {
    gvm_sys_item *items;
    const gvm_sys_item **functions; /* by selector */
    size_t count, function_count;
} table;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static gvm_arena arena;
static table tables[PLACES];
static gvm_sys_entry entries[ENTRIES_MOST];
static size_t entry_count;

/* ---- parsing */

static const gvm_sys_row *struct_named(const gvm_sys_contract *c, const char *word, size_t len) {
    for (size_t i = 0; i < c->row_count; i++) {
        const gvm_sys_row *row = &c->rows[i];
        if (row->what == GVM_SYS_STRUCT && strlen(row->name) == len &&
            memcmp(row->name, word, len) == 0)
            return row;
    }
    return NULL;
}

/* Appends the text with the names of structs replaced by their members in brackets: structs may
 * hold structs of rows before them. */
static void expand(gvm_buf *out, const gvm_sys_contract *c, const char *text) {
    gvm_buf now = {0}, next = {0};
    gvm_buf_str(&now, text);
    for (bool again = true; again;) {
        again = false;
        gvm_buf_clear(&next);
        for (size_t i = 0; i < now.len;) {
            const char *at = (const char *)now.ptr + i;
            size_t n = 0;
            while (i + n < now.len && (isalnum((unsigned char)at[n]) || at[n] == '_')) n++;
            const gvm_sys_row *row = n > 0 ? struct_named(c, at, n) : NULL;
            if (row != NULL) {
                gvm_buf_printf(&next, "(%s)", row->text);
                again = true;
            } else {
                gvm_buf_append(&next, at, n > 0 ? n : 1);
            }
            i += n > 0 ? n : 1;
        }
        gvm_buf swap = now;
        now = next;
        next = swap;
    }
    gvm_buf_append(out, now.ptr, now.len);
    gvm_buf_free(&now);
    gvm_buf_free(&next);
}

static void parse_row(gvm_sys_item *item, const gvm_sys_contract *c, const gvm_sys_row *row) {
    static const char *const words[] = {"function ", "event ", "error ", ""};
    gvm_buf text = {0};
    gvm_error err;
    *item = (gvm_sys_item){.row = row};
    gvm_buf_str(&text, words[row->what]);
    expand(&text, c, row->text);
    GVM_ASSERT(gvm_buf_status(&text) == GVM_OK);
    if (row->what == GVM_SYS_STRUCT) {
        GVM_ASSERT(gvm_abi_parse_types(&item->fields, &arena, gvm_buf_bytes(&text), &err) ==
                   GVM_OK);
    } else {
        GVM_ASSERT(gvm_abi_parse_signature(&item->abi, &arena, gvm_buf_bytes(&text), &err) ==
                   GVM_OK);
        memcpy(item->selector, item->abi.hash.b, 4);
        item->plain = true;
        for (size_t i = 0; i < item->abi.inputs->count; i++)
            item->plain &= gvm_abi_is_scalar(item->abi.inputs->fields[i].type);
    }
    gvm_buf_free(&text);
}

static int by_selector(const void *a, const void *b) {
    return memcmp((*(const gvm_sys_item *const *)a)->selector,
                  (*(const gvm_sys_item *const *)b)->selector, 4);
}

static void parse_table(table *t, const gvm_sys_contract *c) {
    t->count = COMMON + c->row_count;
    t->items = gvm_arena_alloc(&arena, t->count * sizeof *t->items);
    t->functions = gvm_arena_alloc(&arena, t->count * sizeof(const gvm_sys_item *));
    GVM_ASSERT(t->items != NULL && t->functions != NULL);
    for (size_t i = 0; i < t->count; i++) {
        parse_row(&t->items[i], c, i < COMMON ? &common_errors[i] : &c->rows[i - COMMON]);
        if (t->items[i].row->what == GVM_SYS_FUNCTION)
            t->functions[t->function_count++] = &t->items[i];
    }
    if (t->function_count > 1)
        qsort(t->functions, t->function_count, sizeof(const gvm_sys_item *), by_selector);
    for (size_t i = 1; i < t->function_count; i++)
        GVM_ASSERT(by_selector(&t->functions[i - 1], &t->functions[i]) < 0);
}

static void build(void) {
    for (size_t i = 0; i < PLACES; i++) {
        parse_table(&tables[i], places[i].contract);
        for (unsigned k = 0; k < places[i].count; k++) {
            GVM_ASSERT(entry_count < ENTRIES_MOST);
            entries[entry_count++] =
                (gvm_sys_entry){gvm_system_address(places[i].number + k), k, places[i].contract};
        }
    }
}

static table *table_of(const gvm_sys_contract *contract) {
    (void)pthread_once(&once, build);
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].contract == contract) return &tables[i];
    return NULL;
}

/* ---- looking up */

gvm_address gvm_system_address(unsigned number) {
    gvm_address a = {{0}};
    a.b[18] = (uint8_t)(number >> 8);
    a.b[19] = (uint8_t)number;
    return a;
}

size_t gvm_system_count(void) {
    (void)pthread_once(&once, build);
    return entry_count;
}

const gvm_sys_entry *gvm_system_at(size_t i) {
    return i < gvm_system_count() ? &entries[i] : NULL;
}

const gvm_sys_entry *gvm_system_entry(const gvm_address *address) {
    static const uint8_t zero[18];
    if (address->b[18] != 0x47 || memcmp(address->b, zero, sizeof zero) != 0) return NULL;
    for (size_t i = 0; i < gvm_system_count(); i++)
        if (entries[i].address.b[19] == address->b[19]) return &entries[i];
    return NULL;
}

const gvm_sys_item *gvm_system_items(size_t *count, const gvm_sys_contract *contract) {
    const table *t = table_of(contract);
    *count = t != NULL ? t->count : 0;
    return t != NULL ? t->items : NULL;
}

const gvm_sys_item *gvm_system_function(const gvm_sys_contract *contract,
                                        const uint8_t selector[4]) {
    const table *t = table_of(contract);
    size_t low = 0, high = t != NULL ? t->function_count : 0;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = memcmp(selector, t->functions[mid]->selector, 4);
        if (c == 0) return t->functions[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const gvm_sys_contract *gvm_system_by_name(const char *name) {
    for (size_t i = 0; i < PLACES; i++)
        if (strcasecmp(places[i].contract->name, name) == 0) return places[i].contract;
    return NULL;
}
