#include "chain/logs.h"

#include <stdlib.h>

enum { BY_ADDRESS = 1, BY_TOPIC = 2, KEY_MAX = 1 + 32 + 8 };

static size_t make_key(uint8_t key[KEY_MAX], uint8_t kind, const uint8_t *what, uint64_t number) {
    size_t len = kind == BY_ADDRESS ? 20 : 32;
    key[0] = kind;
    memcpy(key + 1, what, len);
    gvm_store_be64(key + 1 + len, number);
    return 1 + len + 8;
}

static gvm_status index_one(gvm_store_txn *txn, uint8_t kind, const uint8_t *what, uint64_t number,
                            bool add) {
    uint8_t key[KEY_MAX];
    size_t len = make_key(key, kind, what, number);
    if (add)
        return gvm_store_put(txn, GVM_TABLE_LOGS, gvm_bytes_make(key, len),
                             gvm_bytes_make(NULL, 0));
    gvm_status status = gvm_store_del(txn, GVM_TABLE_LOGS, gvm_bytes_make(key, len));
    return status == GVM_ERR_NOT_FOUND ? GVM_OK : status; /* several logs share an entry */
}

gvm_status gvm_logs_index(gvm_store_txn *txn, uint64_t number, const gvm_receipt *receipts,
                          size_t count, bool add) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < receipts[i].log_count; k++) {
            const gvm_log *log = &receipts[i].logs[k];
            GVM_TRY(index_one(txn, BY_ADDRESS, log->address.b, number, add));
            for (uint32_t t = 0; t < log->topic_count; t++)
                GVM_TRY(index_one(txn, BY_TOPIC, log->topics[t].b, number, add));
        }
    }
    return GVM_OK;
}

bool gvm_log_matches(const gvm_log_filter *f, const gvm_log *log) {
    bool match = f->address_count == 0;
    for (size_t i = 0; !match && i < f->address_count; i++)
        match = gvm_address_equal(&f->addresses[i], &log->address);
    if (!match || log->topic_count < f->topic_places) return false;
    for (unsigned p = 0; p < f->topic_places; p++) {
        match = f->topics[p].count == 0;
        for (size_t i = 0; !match && i < f->topics[p].count; i++)
            match = gvm_hash_equal(&f->topics[p].any[i], &log->topics[p]);
        if (!match) return false;
    }
    return true;
}

/* ---- candidates: per criterion the ascending union of its alternatives, then their intersection
 */

typedef struct list {
    uint64_t *at;
    size_t count, cap;
} list;

static gvm_status push(list *l, uint64_t v) {
    if (l->count == l->cap) {
        size_t cap = l->cap == 0 ? 64 : l->cap * 2;
        uint64_t *grown = realloc(l->at, cap * sizeof *grown);
        if (grown == NULL) return GVM_ERR_NOMEM;
        l->at = grown;
        l->cap = cap;
    }
    l->at[l->count++] = v;
    return GVM_OK;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static gvm_status gather(gvm_store_cursor *cursor, list *out, uint8_t kind, const uint8_t *what,
                         uint64_t from, uint64_t to) {
    uint8_t key[KEY_MAX];
    size_t len = make_key(key, kind, what, from);
    gvm_bytes prefix = gvm_bytes_make(key, len - 8);
    gvm_status status = gvm_store_seek(cursor, gvm_bytes_make(key, len));
    while (status == GVM_OK && gvm_store_cursor_in(cursor, prefix)) {
        uint64_t number = gvm_load_be64(gvm_store_cursor_key(cursor).ptr + len - 8);
        if (number > to) break;
        GVM_TRY(push(out, number));
        status = gvm_store_next(cursor);
    }
    return status == GVM_ERR_NOT_FOUND ? GVM_OK : status;
}

static void sort_unique(list *l) {
    size_t n = 0;
    if (l->count > 1) qsort(l->at, l->count, sizeof *l->at, ascending);
    for (size_t i = 0; i < l->count; i++)
        if (n == 0 || l->at[n - 1] != l->at[i]) l->at[n++] = l->at[i];
    l->count = n;
}

static void intersect(list *a, const list *b) {
    size_t n = 0;
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        if (a->at[i] < b->at[k])
            i++;
        else if (a->at[i] > b->at[k])
            k++;
        else {
            a->at[n++] = a->at[i++];
            k++;
        }
    }
    a->count = n;
}

static gvm_status criterion(gvm_store_cursor *cursor, list *all, bool *first, uint8_t kind,
                            const uint8_t *what, size_t count, const gvm_log_filter *f) {
    list one = {0};
    gvm_status status = GVM_OK;
    size_t size = kind == BY_ADDRESS ? 20 : 32;
    for (size_t i = 0; status == GVM_OK && i < count; i++)
        status = gather(cursor, &one, kind, what + i * size, f->from, f->to);
    if (status == GVM_OK) {
        sort_unique(&one);
        if (*first) {
            *all = one;
            one = (list){0};
            *first = false;
        } else {
            intersect(all, &one);
        }
    }
    free(one.at);
    return status;
}

gvm_status gvm_logs_candidates(gvm_store_txn *txn, uint64_t **numbers, size_t *count, bool *more,
                               const gvm_log_filter *f, size_t max) {
    list all = {0};
    bool first = true;
    gvm_store_cursor *cursor = NULL;
    gvm_status status;
    *more = false;
    GVM_TRY_GOTO(gvm_store_cursor_open(&cursor, txn, GVM_TABLE_LOGS));
    if (f->address_count > 0)
        GVM_TRY_GOTO(
            criterion(cursor, &all, &first, BY_ADDRESS, f->addresses[0].b, f->address_count, f));
    for (unsigned p = 0; p < f->topic_places; p++)
        if (f->topics[p].count > 0)
            GVM_TRY_GOTO(criterion(cursor, &all, &first, BY_TOPIC, f->topics[p].any[0].b,
                                   f->topics[p].count, f));
    if (first && f->from <= f->to) {
        for (uint64_t n = f->from; n <= f->to && all.count <= max; n++) {
            GVM_TRY_GOTO(push(&all, n));
            if (n == UINT64_MAX) break;
        }
    }
    if (all.count > max) {
        all.count = max;
        *more = true;
    }
    gvm_store_cursor_close(cursor);
    *numbers = all.at;
    *count = all.count;
    return GVM_OK;
fail:
    gvm_store_cursor_close(cursor);
    free(all.at);
    return status;
}
