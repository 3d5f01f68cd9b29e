/* What is in the cells of the names contract. Two kinds of node share the rules above it: names
 * with a term of their own, and names below them, whose life is a chain of versions: a sub-name
 * counts as long as the version of its parent that it was made in is the parent's version now. So a
 * new registration voids everything below it without a visit. */
#include "system/names.h"

#include "codec/hex.h"
#include "crypto/address.h"
#include "crypto/keccak.h"

const gvm_address gvm_names_address = {{[18] = 0x47, [19] = 0x30}};

/* Members that share a slot: offset and size, from the low end. */
#define NAME_OWNER       0, 20
#define NAME_EXPIRES     20, 5
#define NAME_OWNER_INDEX 25, 4
#define NAME_TLD         29, 1
#define NAME_MANAGER     0, 20
#define NAME_CREATED     20, 5
#define NAME_TLD_INDEX   25, 4
#define NAME_VERSION     29, 3
#define NAME_LABEL_SLOT  2
#define SUB_OWNER        0, 20
#define SUB_VERSION      20, 4
#define SUB_PARENT       24, 4
#define SUB_INDEX        28, 4
#define SUB_PARENT_SLOT  1
#define SUB_LABEL_SLOT   2
#define SUB_MANAGER_SLOT 3
#define TLD_SERIAL       0, 8
#define TLD_PRICE        8, 16

#define GHOST_HUNDREDTH 10000000000000000ull

/* ---- top-level domains */

static const gvm_tld tlds[] = {
#define X(number, label, who, price) {number, label, GVM_TLD_##who, price},
#include "system/tlds.inc"
#undef X
};
#define TLDS (sizeof tlds / sizeof *tlds)

const gvm_tld *gvm_tld_by_label(gvm_bytes label) {
    for (size_t i = 0; i < TLDS; i++)
        if (gvm_bytes_equal(label, gvm_bytes_str(tlds[i].label))) return &tlds[i];
    return NULL;
}
const gvm_tld *gvm_tld_by_number(uint8_t number) {
    return number >= 1 && number <= TLDS ? &tlds[number - 1] : NULL;
}
size_t gvm_tld_list(const gvm_tld **out) {
    *out = tlds;
    return TLDS;
}

/* ---- names as text */

bool gvm_name_path_read(gvm_name_path *out, const char **why, gvm_bytes name) {
    out->name = name;
    out->labels = 0;
    gvm_label_fault fault = gvm_name_check(NULL, name);
    if (fault != GVM_LABEL_OK) {
        *why = gvm_label_fault_text(fault);
        return false;
    }
    for (size_t at = 0; at <= name.len; out->labels++) {
        const uint8_t *dot = memchr(name.ptr + at, '.', name.len - at);
        size_t len = dot == NULL ? name.len - at : (size_t)(dot - name.ptr) - at;
        if (out->labels == GVM_NAMES_LABELS_MOST) {
            *why = "has more than 16 labels";
            return false;
        }
        out->label[out->labels] = gvm_bytes_make(name.ptr + at, len);
        at += len + 1;
    }
    out->tld = gvm_tld_by_label(out->label[out->labels - 1]);
    if (out->labels < 2 || out->tld == NULL) {
        *why = "does not end in a top-level domain of this chain";
        return false;
    }
    gvm_hash node = {{0}};
    for (uint32_t i = out->labels; i-- > 0;) {
        gvm_namehash_below(&node, &node, out->label[i]);
        out->node[i] = node;
    }
    gvm_label second;
    (void)gvm_label_check(&second, out->label[out->labels - 2]);
    out->length = second.count;
    return true;
}

static bool all_hex(gvm_bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

bool gvm_name_path_forbidden(const gvm_name_path *path) {
    gvm_bytes l = path->label[path->labels - 2];
    if (l.len == 32) return all_hex(l);
    if (l.len == 42 && memcmp(l.ptr, "0x", 2) == 0) return all_hex(gvm_bytes_make(l.ptr + 2, 40));
    return l.len == 45 && memcmp(l.ptr, "ghost", 5) == 0 && all_hex(gvm_bytes_make(l.ptr + 5, 40));
}

bool gvm_name_path_reserved(const gvm_name_path *path) {
    static const char *const open[] = {"sys", "net", "dev"};
    if (path->tld->who != GVM_TLD_OPEN) return true;
    if (path->tld->number != 1 || path->length >= 4) return false;
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (gvm_bytes_equal(path->label[path->labels - 2], gvm_bytes_str(open[i]))) return false;
    return true;
}

/* ---- names as state */

static gvm_u256 name_cell(const gvm_hash *node) {
    return gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_NAMES), node);
}
static gvm_u256 sub_cell(const gvm_hash *node) {
    return gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_SUBNAMES), node);
}

static gvm_name_phase phase_at(uint64_t expires, uint64_t now) {
    if (now < expires) return GVM_NAME_ACTIVE;
    return now < expires + GVM_NAMES_GRACE ? GVM_NAME_GRACE : GVM_NAME_EXPIRED;
}

static void look_second(gvm_cells *cells, gvm_name_info *out, const gvm_hash *node,
                        gvm_u256 first) {
    gvm_u256 cell = name_cell(node), second = gvm_cells_load(cells, gvm_cell_plus(cell, 1));
    out->second = *node;
    out->expires = gvm_cell_get_u64(first, NAME_EXPIRES);
    out->tld = (uint8_t)gvm_cell_get_u64(first, NAME_TLD);
    out->created = gvm_cell_get_u64(second, NAME_CREATED);
    out->phase = phase_at(out->expires, cells->now);
    if (out->is_sub) return;
    out->cell = cell;
    out->owner = gvm_u256_to_address(gvm_cell_get(first, NAME_OWNER));
    out->owner_index = (uint32_t)gvm_cell_get_u64(first, NAME_OWNER_INDEX);
    out->manager = gvm_u256_to_address(gvm_cell_get(second, NAME_MANAGER));
    out->tld_index = (uint32_t)gvm_cell_get_u64(second, NAME_TLD_INDEX);
    out->version = (uint32_t)gvm_cell_get_u64(second, NAME_VERSION);
}

void gvm_names_look(gvm_cells *cells, gvm_name_info *out, const gvm_hash *node) {
    *out = (gvm_name_info){.node = *node, .phase = GVM_NAME_FREE};
    gvm_hash at = *node;
    uint32_t wanted = 0; /* the version that the level below was made in */
    for (unsigned level = 0; level < GVM_NAMES_LABELS_MOST; level++) {
        gvm_u256 first = gvm_cells_load(cells, name_cell(&at));
        if (!gvm_u256_is_zero(gvm_cell_get(first, NAME_OWNER))) {
            look_second(cells, out, &at, first);
            uint32_t version = out->version;
            if (out->is_sub) {
                gvm_u256 second = gvm_cells_load(cells, gvm_cell_plus(name_cell(&at), 1));
                version = (uint32_t)gvm_cell_get_u64(second, NAME_VERSION);
            }
            if (level > 0 && version != wanted) out->phase = GVM_NAME_FREE;
            return;
        }
        gvm_u256 cell = sub_cell(&at);
        first = gvm_cells_load(cells, cell);
        gvm_u256 owner = gvm_cell_get(first, SUB_OWNER);
        uint32_t version = (uint32_t)gvm_cell_get_u64(first, SUB_VERSION);
        if (level == 0) {
            out->cell = cell;
            out->version = version;
            out->is_sub = true;
            out->owner_index = (uint32_t)gvm_cell_get_u64(first, SUB_INDEX);
        }
        if (gvm_u256_is_zero(owner) || (level > 0 && version != wanted)) return;
        gvm_u256 parent = gvm_cells_load(cells, gvm_cell_plus(cell, SUB_PARENT_SLOT));
        wanted = (uint32_t)gvm_cell_get_u64(first, SUB_PARENT);
        at = gvm_u256_to_hash(parent);
        if (level == 0) {
            out->owner = gvm_u256_to_address(owner);
            out->parent = at;
            out->manager = gvm_cells_load_address(cells, gvm_cell_plus(cell, SUB_MANAGER_SLOT));
        }
    }
}

bool gvm_name_may_change(const gvm_name_info *info, const gvm_address *account) {
    return info->phase == GVM_NAME_ACTIVE &&
           (gvm_address_equal(account, &info->owner) || gvm_address_equal(account, &info->manager));
}

gvm_bytes gvm_names_text(gvm_cells *cells, gvm_arena *arena, const gvm_name_info *info) {
    gvm_buf text = {0};
    gvm_bytes out = {NULL, 0};
    if (info->phase == GVM_NAME_FREE) return out;
    gvm_hash at = info->node;
    while (!gvm_hash_equal(&at, &info->second) && gvm_cells_ok(cells) && text.len < 4096) {
        gvm_u256 cell = sub_cell(&at);
        gvm_bytes label = gvm_cells_load_bytes(cells, arena, gvm_cell_plus(cell, SUB_LABEL_SLOT));
        gvm_buf_append(&text, label.ptr, label.len);
        gvm_buf_put(&text, '.');
        at = gvm_u256_to_hash(gvm_cells_load(cells, gvm_cell_plus(cell, SUB_PARENT_SLOT)));
    }
    gvm_bytes label = gvm_cells_load_bytes(
        cells, arena, gvm_cell_plus(name_cell(&info->second), NAME_LABEL_SLOT));
    const gvm_tld *tld = gvm_tld_by_number(info->tld);
    gvm_buf_append(&text, label.ptr, label.len);
    gvm_buf_put(&text, '.');
    gvm_buf_str(&text, tld != NULL ? tld->label : "");
    if (text.failed || gvm_arena_copy(arena, &out, gvm_buf_bytes(&text)) != GVM_OK)
        gvm_cells_fail(cells, GVM_OUT_HOST_FAILURE);
    gvm_buf_free(&text);
    return out;
}

/* ---- records */

static gvm_u256 version_cell(uint64_t slot, const gvm_name_info *info) {
    return gvm_cell_map(gvm_cell_map_word(gvm_cell(slot), &info->node),
                        gvm_u256_from_u64(info->version));
}
static gvm_u256 records_cell(const gvm_name_info *info, uint16_t type) {
    return gvm_cell_map(version_cell(GVM_NAMES_SLOT_RECORDS, info), gvm_u256_from_u64(type));
}

gvm_bytes gvm_names_records(gvm_cells *cells, gvm_arena *arena, uint32_t *ttl,
                            const gvm_name_info *info, uint16_t type) {
    gvm_bytes packed = gvm_cells_load_bytes(cells, arena, records_cell(info, type));
    *ttl = 0;
    if (packed.len < 4) return gvm_bytes_make(NULL, 0);
    *ttl = gvm_load_be32(packed.ptr);
    return gvm_bytes_make(packed.ptr + 4, packed.len - 4);
}

bool gvm_names_next_record(gvm_bytes *data, gvm_bytes *packed) {
    if (packed->len < 2) return false;
    size_t len = (size_t)packed->ptr[0] << 8 | packed->ptr[1];
    if (packed->len - 2 < len) return false;
    *data = gvm_bytes_make(packed->ptr + 2, len);
    *packed = gvm_bytes_make(packed->ptr + 2 + len, packed->len - 2 - len);
    return true;
}

gvm_u256 gvm_names_types(gvm_cells *cells, const gvm_name_info *info) {
    return gvm_cells_load(cells, version_cell(GVM_NAMES_SLOT_RECORD_TYPES, info));
}

void gvm_names_store_records(gvm_cells *cells, const gvm_name_info *info, uint16_t type,
                             gvm_bytes packed) {
    const uint16_t *types;
    size_t count = gvm_rtype_list(&types), bit = 0;
    while (bit < count && types[bit] != type) bit++;
    GVM_ASSERT(bit < count);
    gvm_u256 cell = version_cell(GVM_NAMES_SLOT_RECORD_TYPES, info);
    gvm_u256 bits = gvm_cells_load(cells, cell), changed = bits;
    if (packed.len > 0)
        changed.w[bit / 64] |= 1ull << bit % 64;
    else
        changed.w[bit / 64] &= ~(1ull << bit % 64);
    if (!gvm_u256_eq(bits, changed)) gvm_cells_store(cells, cell, changed);
    gvm_cells_store_bytes(cells, records_cell(info, type), packed);
}

gvm_address gvm_names_contract(gvm_cells *cells, gvm_arena *arena, const gvm_name_info *info) {
    gvm_address out = {{0}};
    uint32_t ttl;
    gvm_bytes data, packed = gvm_names_records(cells, arena, &ttl, info, GVM_RTYPE_CONTRACT);
    if (gvm_name_resolves(info) && gvm_names_next_record(&data, &packed) && data.len == 20)
        memcpy(out.b, data.ptr, 20);
    return out;
}

gvm_address gvm_names_account(gvm_cells *cells, gvm_arena *arena, const gvm_name_info *info) {
    gvm_address out = {{0}};
    if (!gvm_name_resolves(info)) return out;
    uint32_t ttl;
    gvm_bytes data, packed = gvm_names_records(cells, arena, &ttl, info, GVM_RTYPE_WALLET);
    while (gvm_names_next_record(&data, &packed)) {
        /* two character strings: "ETH" and the address */
        if (data.len != 4 + 1 + 42 || memcmp(data.ptr, "\3ETH\x2a", 5) != 0) continue;
        if (gvm_address_parse(&out, gvm_bytes_make(data.ptr + 5, 42)) == GVM_OK) return out;
    }
    out = gvm_names_contract(cells, arena, info);
    return gvm_address_is_zero(&out) ? info->owner : out;
}

/* ---- prices */

static gvm_u256 tld_cell(uint8_t tld) {
    return gvm_cell_map(gvm_cell(GVM_NAMES_SLOT_TLDS), gvm_u256_from_u64(tld));
}

gvm_u256 gvm_names_year(gvm_cells *cells, const gvm_tld *tld) {
    gvm_u256 set = gvm_cell_get(gvm_cells_load(cells, tld_cell(tld->number)), TLD_PRICE);
    return gvm_u256_is_zero(set)
               ? gvm_u256_mul(gvm_u256_from_u64(tld->price), gvm_u256_from_u64(GHOST_HUNDREDTH))
               : set;
}

gvm_u256 gvm_names_price(gvm_cells *cells, gvm_u256 *premium, const gvm_name_path *path,
                         const gvm_name_info *info, uint32_t years) {
    /* halves: 1 to 4 characters cost 10, 5, 2 and 1.5 times as much */
    static const uint8_t factors[] = {20, 20, 10, 4, 3};
    uint64_t halves = path->length < sizeof factors ? factors[path->length] : 2;
    gvm_u256 year = gvm_u256_mul(gvm_names_year(cells, path->tld), gvm_u256_from_u64(halves));
    gvm_u256 two = gvm_u256_from_u64(2);
    *premium = gvm_u256_from_u64(0);
    uint64_t end = info->expires + GVM_NAMES_GRACE + GVM_NAMES_PREMIUM;
    if (info->phase == GVM_NAME_EXPIRED && cells->now < end) {
        gvm_u256 most = gvm_u256_mul(year, gvm_u256_from_u64(100));
        *premium = gvm_u256_div(gvm_u256_mul(most, gvm_u256_from_u64(end - cells->now)),
                                gvm_u256_from_u64(2ull * GVM_NAMES_PREMIUM));
    }
    return gvm_u256_div(gvm_u256_mul(year, gvm_u256_from_u64(years)), two);
}

/* ---- changes */

void gvm_names_touch(gvm_cells *cells, uint8_t tld) {
    gvm_u256 word = gvm_cells_load(cells, tld_cell(tld));
    uint64_t serial = gvm_cell_get_u64(word, TLD_SERIAL) + 1;
    gvm_cells_store(cells, tld_cell(tld),
                    gvm_cell_put(word, TLD_SERIAL, gvm_u256_from_u64(serial)));
}
void gvm_names_set_year(gvm_cells *cells, uint8_t tld, gvm_u256 price) {
    gvm_u256 word = gvm_cells_load(cells, tld_cell(tld));
    gvm_cells_store(cells, tld_cell(tld), gvm_cell_put(word, TLD_PRICE, price));
}
uint64_t gvm_names_serial(gvm_cells *cells, uint8_t tld) {
    return gvm_cell_get_u64(gvm_cells_load(cells, tld_cell(tld)), TLD_SERIAL);
}

/* Changes one member of one of a struct's slots. */
static void put_member(gvm_cells *cells, gvm_u256 cell, uint64_t slot, unsigned offset,
                       unsigned size, gvm_u256 value) {
    gvm_u256 at = gvm_cell_plus(cell, slot);
    gvm_cells_store(cells, at, gvm_cell_put(gvm_cells_load(cells, at), offset, size, value));
}

static gvm_u256 owned_cell(const gvm_address *owner) {
    return gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_OWNED), owner);
}
static gvm_u256 listed_cell(uint8_t tld) {
    return gvm_cell_map(gvm_cell(GVM_NAMES_SLOT_LISTED), gvm_u256_from_u64(tld));
}

/* Takes item `index` off a list of names; the one that takes its place learns its index. */
static void take_off(gvm_cells *cells, gvm_u256 list, uint32_t index, uint64_t slot,
                     unsigned offset) {
    gvm_u256 moved = gvm_cells_array_pop_at(cells, list, index);
    if (gvm_u256_is_zero(moved)) return;
    gvm_hash node = gvm_u256_to_hash(moved);
    put_member(cells, name_cell(&node), slot, offset, 4, gvm_u256_from_u64(index));
}

static void clear_approval(gvm_cells *cells, const gvm_hash *node) {
    gvm_u256 cell = gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_APPROVALS), node);
    if (!gvm_u256_is_zero(gvm_cells_load(cells, cell)))
        gvm_cells_store(cells, cell, gvm_u256_from_u64(0));
}

void gvm_names_register(gvm_cells *cells, const gvm_name_path *path, gvm_name_info *info,
                        const gvm_address *owner, uint64_t expires) {
    if (info->phase != GVM_NAME_FREE) gvm_names_remove(cells, info);
    gvm_hash node = path->node[0];
    gvm_u256 cell = name_cell(&node), item = gvm_u256_from_hash(&node);
    uint64_t owner_index = gvm_cells_array_push(cells, owned_cell(owner), item);
    uint64_t tld_index = gvm_cells_array_push(cells, listed_cell(path->tld->number), item);
    gvm_u256 second = gvm_cells_load(cells, gvm_cell_plus(cell, 1)), first = gvm_u256_from_u64(0);
    uint32_t version = (uint32_t)(gvm_cell_get_u64(second, NAME_VERSION) + 1) & 0xffffff;
    first = gvm_cell_put(first, NAME_OWNER, gvm_u256_from_address(owner));
    first = gvm_cell_put(first, NAME_EXPIRES, gvm_u256_from_u64(expires));
    first = gvm_cell_put(first, NAME_OWNER_INDEX, gvm_u256_from_u64(owner_index));
    first = gvm_cell_put(first, NAME_TLD, gvm_u256_from_u64(path->tld->number));
    second = gvm_cell_put(second, NAME_MANAGER, gvm_u256_from_u64(0));
    second = gvm_cell_put(second, NAME_CREATED, gvm_u256_from_u64(cells->now));
    second = gvm_cell_put(second, NAME_TLD_INDEX, gvm_u256_from_u64(tld_index));
    second = gvm_cell_put(second, NAME_VERSION, gvm_u256_from_u64(version));
    gvm_cells_store(cells, cell, first);
    gvm_cells_store(cells, gvm_cell_plus(cell, 1), second);
    gvm_cells_store_bytes(cells, gvm_cell_plus(cell, NAME_LABEL_SLOT), path->label[0]);
    gvm_names_touch(cells, path->tld->number);
    *info = (gvm_name_info){.node = node,
                            .phase = GVM_NAME_ACTIVE,
                            .owner = *owner,
                            .expires = expires,
                            .created = cells->now,
                            .version = version,
                            .tld = path->tld->number,
                            .second = node,
                            .cell = cell,
                            .owner_index = (uint32_t)owner_index,
                            .tld_index = (uint32_t)tld_index};
}

void gvm_names_remove(gvm_cells *cells, gvm_name_info *info) {
    take_off(cells, owned_cell(&info->owner), info->owner_index, 0, 25);
    take_off(cells, listed_cell(info->tld), info->tld_index, 1, 25);
    clear_approval(cells, &info->node);
    /* the version stays, so that the next registration's is another */
    gvm_u256 second = gvm_cells_load(cells, gvm_cell_plus(info->cell, 1));
    gvm_u256 version = gvm_cell_get(second, NAME_VERSION);
    gvm_cells_store(cells, info->cell, gvm_u256_from_u64(0));
    gvm_cells_store(cells, gvm_cell_plus(info->cell, 1),
                    gvm_cell_put(gvm_u256_from_u64(0), NAME_VERSION, version));
    gvm_cells_store_bytes(cells, gvm_cell_plus(info->cell, NAME_LABEL_SLOT),
                          gvm_bytes_make(NULL, 0));
    gvm_names_touch(cells, info->tld);
    info->phase = GVM_NAME_FREE;
}

void gvm_names_give(gvm_cells *cells, gvm_name_info *info, const gvm_address *to) {
    take_off(cells, owned_cell(&info->owner), info->owner_index, 0, 25);
    uint64_t index = gvm_cells_array_push(cells, owned_cell(to), gvm_u256_from_hash(&info->node));
    gvm_u256 first = gvm_cells_load(cells, info->cell);
    first = gvm_cell_put(first, NAME_OWNER, gvm_u256_from_address(to));
    first = gvm_cell_put(first, NAME_OWNER_INDEX, gvm_u256_from_u64(index));
    gvm_cells_store(cells, info->cell, first);
    put_member(cells, info->cell, 1, NAME_MANAGER, gvm_u256_from_u64(0));
    clear_approval(cells, &info->node);
    gvm_names_touch(cells, info->tld);
    info->owner = *to;
    info->manager = (gvm_address){{0}};
    info->owner_index = (uint32_t)index;
}

void gvm_names_set_expires(gvm_cells *cells, gvm_name_info *info, uint64_t expires) {
    put_member(cells, info->cell, 0, NAME_EXPIRES, gvm_u256_from_u64(expires));
    gvm_names_touch(cells, info->tld);
    info->expires = expires;
    info->phase = phase_at(expires, cells->now);
}

void gvm_names_set_manager(gvm_cells *cells, gvm_name_info *info, const gvm_address *manager) {
    gvm_u256 value = gvm_u256_from_address(manager);
    if (info->is_sub)
        gvm_cells_store(cells, gvm_cell_plus(info->cell, SUB_MANAGER_SLOT), value);
    else
        put_member(cells, info->cell, 1, NAME_MANAGER, value);
    info->manager = *manager;
}

void gvm_names_set_sub(gvm_cells *cells, gvm_name_info *parent, const gvm_hash *node,
                       gvm_bytes label, const gvm_address *owner) {
    gvm_u256 cell = sub_cell(node), first = gvm_cells_load(cells, cell);
    gvm_u256 list = version_cell(GVM_NAMES_SLOT_CHILDREN, parent);
    bool there = !gvm_u256_is_zero(gvm_cell_get(first, SUB_OWNER)) &&
                 gvm_cell_get_u64(first, SUB_PARENT) == parent->version;
    uint32_t version = (uint32_t)gvm_cell_get_u64(first, SUB_VERSION) + 1;
    uint64_t index = gvm_cell_get_u64(first, SUB_INDEX);
    if (gvm_address_is_zero(owner)) {
        if (there) {
            gvm_u256 moved = gvm_cells_array_pop_at(cells, list, index);
            gvm_hash other = gvm_u256_to_hash(moved);
            if (!gvm_u256_is_zero(moved))
                put_member(cells, sub_cell(&other), 0, SUB_INDEX, gvm_u256_from_u64(index));
        }
    } else if (!there) {
        index = gvm_cells_array_push(cells, list, gvm_u256_from_hash(node));
        gvm_cells_store(cells, gvm_cell_plus(cell, SUB_PARENT_SLOT),
                        gvm_u256_from_hash(&parent->node));
        gvm_cells_store_bytes(cells, gvm_cell_plus(cell, SUB_LABEL_SLOT), label);
    }
    first = gvm_cell_put(gvm_u256_from_u64(0), SUB_OWNER, gvm_u256_from_address(owner));
    first = gvm_cell_put(first, SUB_VERSION, gvm_u256_from_u64(version));
    first = gvm_cell_put(first, SUB_PARENT, gvm_u256_from_u64(parent->version));
    first = gvm_cell_put(first, SUB_INDEX, gvm_u256_from_u64(index));
    gvm_cells_store(cells, cell, first);
    gvm_u256 manager = gvm_cell_plus(cell, SUB_MANAGER_SLOT);
    if (!gvm_u256_is_zero(gvm_cells_load(cells, manager)))
        gvm_cells_store(cells, manager, gvm_u256_from_u64(0));
    gvm_names_touch(cells, parent->tld);
}

/* ---- the way back */

void gvm_names_reverse_node(gvm_hash *out, const gvm_address *account) {
    static const char digits[] = "0123456789abcdef";
    uint8_t hex[40];
    gvm_hash reverse;
    for (unsigned i = 0; i < 40; i++)
        hex[i] = (uint8_t)digits[account->b[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    gvm_namehash(&reverse, gvm_bytes_str("addr.reverse"));
    gvm_namehash_below(out, &reverse, gvm_bytes_make(hex, sizeof hex));
}

void gvm_names_set_primary(gvm_cells *cells, const gvm_address *account, const gvm_hash *node) {
    gvm_hash reverse;
    gvm_names_reverse_node(&reverse, account);
    gvm_cells_store(cells, gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_PRIMARY), account),
                    gvm_u256_from_hash(node));
    gvm_cells_store_address(cells, gvm_cell_map_word(gvm_cell(GVM_NAMES_SLOT_REVERSE), &reverse),
                            account);
}

gvm_bytes gvm_names_primary(gvm_cells *cells, gvm_arena *arena, const gvm_address *account) {
    gvm_name_info info;
    gvm_hash node = gvm_u256_to_hash(
        gvm_cells_load(cells, gvm_cell_map_address(gvm_cell(GVM_NAMES_SLOT_PRIMARY), account)));
    if (gvm_hash_is_zero(&node)) return gvm_bytes_make(NULL, 0);
    gvm_names_look(cells, &info, &node);
    gvm_address leads = gvm_names_account(cells, arena, &info);
    if (!gvm_name_resolves(&info) || !gvm_address_equal(&leads, account))
        return gvm_bytes_make(NULL, 0);
    return gvm_names_text(cells, arena, &info);
}
