#include "system/describe.h"

#include "system/identities.h"
#include "system/names.h"
#include "system/tokens.h"

#include <ctype.h>

/* ---- JSON ABI */

static void put_quoted(gvm_buf *out, const char *text) {
    gvm_buf_put(out, '"');
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\') gvm_buf_put(out, '\\');
        gvm_buf_put(out, (uint8_t)*text);
    }
    gvm_buf_put(out, '"');
}

/* The type as the JSON ABI has it: tuples are "tuple", their members apart. Returns the tuple, if
 * it is one or an array of one. */
static const gvm_abi_type *put_json_type(gvm_buf *out, const gvm_abi_type *type) {
    const gvm_abi_type *inner = type;
    while (inner->kind == GVM_ABI_ARRAY || inner->kind == GVM_ABI_FIXED_ARRAY)
        inner = inner->element;
    gvm_buf whole = {0}, base = {0};
    gvm_abi_put_type(&whole, type);
    gvm_abi_put_type(&base, inner);
    bool tuple = inner->kind == GVM_ABI_TUPLE;
    gvm_buf_str(out, "\"type\":\"");
    if (tuple) {
        gvm_buf_str(out, "tuple");
        if (whole.len > base.len) gvm_buf_append(out, whole.ptr + base.len, whole.len - base.len);
    } else {
        gvm_buf_append(out, whole.ptr, whole.len);
    }
    gvm_buf_put(out, '"');
    gvm_buf_free(&whole);
    gvm_buf_free(&base);
    return tuple ? inner : NULL;
}

/* The members of a tuple. Tuples in it are opened with a stack of their own. */
static void put_members(gvm_buf *out, const gvm_abi_type *tuple, bool event) {
    struct {
        const gvm_abi_type *t;
        size_t i;
    } stack[GVM_ABI_DEPTH_MAX + 2];
    size_t depth = 0;
    stack[depth].t = tuple;
    stack[depth++].i = 0;
    gvm_buf_put(out, '[');
    while (depth > 0) {
        const gvm_abi_type *t = stack[depth - 1].t;
        size_t i = stack[depth - 1].i++;
        if (i == t->count) {
            gvm_buf_str(out, --depth > 0 ? "]}" : "]");
            continue;
        }
        const gvm_abi_field *field = &t->fields[i];
        gvm_buf_str(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        put_quoted(out, field->name);
        gvm_buf_put(out, ',');
        const gvm_abi_type *inner = put_json_type(out, field->type);
        if (event && depth == 1)
            gvm_buf_printf(out, ",\"indexed\":%s", field->indexed ? "true" : "false");
        if (inner == NULL) {
            gvm_buf_put(out, '}');
            continue;
        }
        gvm_buf_str(out, ",\"components\":[");
        GVM_ASSERT(depth < sizeof stack / sizeof stack[0]);
        stack[depth].t = inner;
        stack[depth++].i = 0;
    }
}

static const char *mutability(const gvm_sys_row *row) {
    static const char *const words[] = {"view", "nonpayable", "payable"};
    return words[row->kind];
}

static void put_abi_entry(gvm_buf *out, const gvm_sys_item *item) {
    static const char *const kinds[] = {"function", "event", "error"};
    const gvm_sys_row *row = item->row;
    bool event = row->what == GVM_SYS_EVENT;
    gvm_buf_printf(out, "{\"type\":\"%s\",\"name\":\"%s\",\"inputs\":", kinds[row->what],
                   item->abi.name);
    put_members(out, item->abi.inputs, event);
    if (event) gvm_buf_str(out, ",\"anonymous\":false");
    if (row->what == GVM_SYS_FUNCTION) {
        gvm_buf_str(out, ",\"outputs\":");
        if (item->abi.outputs != NULL)
            put_members(out, item->abi.outputs, false);
        else
            gvm_buf_str(out, "[]");
        gvm_buf_printf(out, ",\"stateMutability\":\"%s\"", mutability(row));
    }
    gvm_buf_put(out, '}');
}

void gvm_system_put_abi(gvm_buf *out, const gvm_sys_contract *contract) {
    size_t count;
    bool first = true;
    const gvm_sys_item *items = gvm_system_items(&count, contract);
    gvm_buf_str(out, "[\n");
    for (size_t i = 0; i < count; i++) {
        if (items[i].row->what == GVM_SYS_STRUCT) continue;
        if (!first) gvm_buf_str(out, ",\n");
        put_abi_entry(out, &items[i]);
        first = false;
    }
    gvm_buf_str(out, "\n]\n");
}

/* ---- Solidity interface */

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

static const gvm_sys_row *struct_named(const gvm_sys_contract *c, const char *word, size_t len) {
    for (size_t i = 0; i < c->row_count; i++)
        if (c->rows[i].what == GVM_SYS_STRUCT && strlen(c->rows[i].name) == len &&
            memcmp(c->rows[i].name, word, len) == 0)
            return &c->rows[i];
    return NULL;
}

/* Whether a type needs a data location: strings, bytes, arrays, structs. */
static bool lives_in_memory(const gvm_sys_contract *c, const char *type, size_t len) {
    bool array = len > 0 && type[len - 1] == ']';
    size_t word = 0;
    while (word < len && is_word(type[word])) word++;
    return array || (word == 6 && memcmp(type, "string", 6) == 0) ||
           (word == 5 && memcmp(type, "bytes", 5) == 0) || struct_named(c, type, word) != NULL;
}

/* A list of parameters, with data locations: `location` or none where NULL. */
static void put_parameters(gvm_buf *out, const gvm_sys_contract *c, const char *text, size_t len,
                           const char *location) {
    for (size_t i = 0; i < len;) {
        size_t end = i;
        while (end < len && text[end] != ',' && text[end] != ' ') end++;
        gvm_buf_append(out, text + i, end - i);
        if (location != NULL && lives_in_memory(c, text + i, end - i))
            gvm_buf_printf(out, " %s", location);
        while (end < len && text[end] != ',') gvm_buf_put(out, (uint8_t)text[end++]);
        if (end < len) {
            gvm_buf_str(out, ", ");
            end++;
            while (end < len && text[end] == ' ') end++;
        }
        i = end;
    }
}

static size_t closing(const char *text, size_t open) {
    size_t i = open, depth = 0;
    do {
        depth += text[i] == '(';
        depth -= text[i] == ')';
        i++;
    } while (depth > 0);
    return i - 1;
}

static void put_comment(gvm_buf *out, const char *indent, const char *tag, const char *text) {
    size_t column = 0;
    for (const char *at = text; *at != 0;) {
        size_t word = strcspn(at, " ");
        if (column == 0 || column + 1 + word > 112) {
            gvm_buf_printf(out, "%s%s/// %s", column > 0 ? "\n" : "", indent,
                           column == 0 ? tag : "");
            column = strlen(indent) + 4 + strlen(tag);
        } else {
            gvm_buf_put(out, ' ');
            column++;
        }
        gvm_buf_append(out, at, word);
        column += word;
        at += word;
        while (*at == ' ') at++;
    }
    gvm_buf_put(out, '\n');
}

static void put_solidity_row(gvm_buf *out, const gvm_sys_contract *c, const gvm_sys_row *row) {
    static const char *const words[] = {"function", "event", "error", "struct"};
    const char *text = row->text;
    put_comment(out, "    ", row->what == GVM_SYS_FUNCTION ? "@notice " : "", row->doc);
    if (row->what == GVM_SYS_FUNCTION) {
        if (row->permission >= 0)
            gvm_buf_printf(out, "    /// @dev %d gas and the cells it touches; asks for %s.\n",
                           row->gas, gvm_permission_name((unsigned)row->permission));
        else
            gvm_buf_printf(out, "    /// @dev %d gas and the cells it touches.\n", row->gas);
    }
    gvm_buf_printf(out, "    %s ", words[row->what]);
    if (row->what == GVM_SYS_STRUCT) {
        gvm_buf_printf(out, "%s {\n", row->name);
        for (const char *at = text; *at != 0;) {
            size_t n = strcspn(at, ",");
            gvm_buf_printf(out, "        %.*s;\n", (int)n, at);
            at += n;
            while (*at == ',' || *at == ' ') at++;
        }
        gvm_buf_str(out, "    }\n");
        return;
    }
    size_t open = strcspn(text, "("), close = closing(text, open);
    bool function = row->what == GVM_SYS_FUNCTION;
    gvm_buf_append(out, text, open + 1);
    put_parameters(out, c, text + open + 1, close - open - 1, function ? "calldata" : NULL);
    gvm_buf_put(out, ')');
    if (function) {
        gvm_buf_str(out, " external");
        if (row->kind != GVM_SYS_WRITE) gvm_buf_printf(out, " %s", mutability(row));
        const char *results = strchr(text + close, '(');
        if (results != NULL) {
            gvm_buf_str(out, " returns (");
            put_parameters(out, c, results + 1, strlen(results) - 2, "memory");
            gvm_buf_put(out, ')');
        }
    }
    gvm_buf_str(out, ";\n");
}

void gvm_system_put_interface(gvm_buf *out, const gvm_sys_contract *contract) {
    static const gvm_sys_what order[] = {GVM_SYS_STRUCT, GVM_SYS_ERROR, GVM_SYS_EVENT,
                                         GVM_SYS_FUNCTION};
    size_t count;
    const gvm_sys_item *items = gvm_system_items(&count, contract);
    gvm_buf_str(out, "// SPDX-License-Identifier: Apache-2.0\n"
                     "// Written by `ghostvm system interface`: change src/system/*.inc instead.\n"
                     "pragma solidity >=0.8.4;\n\n");
    put_comment(out, "", "@notice ", contract->about);
    gvm_buf_printf(out, "interface I%s {\n", contract->name);
    bool first = true;
    for (size_t o = 0; o < sizeof order / sizeof order[0]; o++) {
        for (size_t i = 0; i < count; i++) {
            if (items[i].row->what != order[o]) continue;
            if (!first) gvm_buf_put(out, '\n');
            put_solidity_row(out, contract, items[i].row);
            first = false;
        }
    }
    gvm_buf_str(out, "}\n");
}

/* ---- documentation */

static void put_addresses(gvm_buf *out, const gvm_sys_contract *c) {
    for (size_t i = 0, n = 0; i < gvm_system_count(); i++) {
        const gvm_sys_entry *e = gvm_system_at(i);
        if (e->contract != c) continue;
        gvm_buf_printf(out, "%s`0x…%02x%02x`", n++ > 0 ? ", " : "", e->address.b[18],
                       e->address.b[19]);
    }
}

/* Text in a cell of a table: no bars. */
static void put_cell(gvm_buf *out, const char *text) {
    for (; *text != 0; text++) {
        if (*text == '|') gvm_buf_put(out, '\\');
        gvm_buf_put(out, (uint8_t)*text);
    }
}

static void put_function_table(gvm_buf *out, const gvm_sys_item *items, size_t count) {
    gvm_buf_str(out, "| function | selector | gas | kind | permission | what it does |\n"
                     "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        const gvm_sys_row *row = items[i].row;
        if (row->what != GVM_SYS_FUNCTION) continue;
        static const char *const kinds[] = {"view", "write", "payable"};
        const char *permission =
            row->permission >= 0 ? gvm_permission_name((unsigned)row->permission) : "";
        gvm_buf_str(out, "| `");
        put_cell(out, row->text);
        gvm_buf_printf(out, "` | `%02x%02x%02x%02x` | %d | %s | %s | ", items[i].selector[0],
                       items[i].selector[1], items[i].selector[2], items[i].selector[3], row->gas,
                       kinds[row->kind], permission);
        put_cell(out, row->doc);
        gvm_buf_str(out, " |\n");
    }
    gvm_buf_put(out, '\n');
}

static void put_plain_table(gvm_buf *out, const gvm_sys_item *items, size_t count,
                            gvm_sys_what what, const char *title) {
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const gvm_sys_row *row = items[i].row;
        if (row->what != what) continue;
        if (!any) gvm_buf_printf(out, "| %s | meaning |\n| --- | --- |\n", title);
        any = true;
        if (what == GVM_SYS_STRUCT)
            gvm_buf_printf(out, "| `%s (%s)` | ", row->name, row->text);
        else
            gvm_buf_printf(out, "| `%s` | ", row->text);
        put_cell(out, row->doc);
        gvm_buf_str(out, " |\n");
    }
    if (any) gvm_buf_put(out, '\n');
}

static void put_contract_docs(gvm_buf *out, const gvm_sys_contract *c) {
    size_t count, common = GVM_E_COUNT;
    const gvm_sys_item *items = gvm_system_items(&count, c);
    gvm_buf_printf(out, "## %s\n\n", c->name);
    put_addresses(out, c);
    gvm_buf_printf(out, ". %s\n\n", c->about);
    if (c->unavailable) return;
    gvm_buf_printf(out, "Interface: [I%s.sol](../contracts/interfaces/I%s.sol).\n\n", c->name,
                   c->name);
    put_function_table(out, items, count);
    put_plain_table(out, items, count, GVM_SYS_STRUCT, "struct");
    put_plain_table(out, items, count, GVM_SYS_EVENT, "event");
    put_plain_table(out, items + common, count - common, GVM_SYS_ERROR, "error");
}

static const char intro[] =
    "# System contracts\n\n"
    "Written by `ghostvm system docs`: change `src/system/*.inc` instead.\n\n"
    "Under the `ghost` rules native code answers at fixed addresses. It is called as any contract "
    "is; "
    "`contracts/interfaces/` has a Solidity interface for each, and `ghostvm system abi NAME` "
    "prints "
    "the JSON ABI. What holds for all of them:\n\n"
    "- The account holds the one byte `0xfe`, so that Solidity's check for a contract passes. The "
    "code "
    "runs only where the called address is the contract itself: `DELEGATECALL`, `CALLCODE` and an "
    "EIP-7702 delegation reach the byte, which is the invalid instruction.\n"
    "- Addresses are warm from the start; storage slots follow EIP-2929, 2200 and 3529.\n"
    "- A call pays the function's price, 6 gas a word of calldata, the slots that it touches, its "
    "logs "
    "(375, 375 a topic, 8 a byte) and 3 gas a word of results.\n"
    "- Functions that are not payable refuse value, functions that write refuse static calls.\n"
    "- Arguments must be encoded exactly as Solidity's encoder does: spare bits, bytes behind the "
    "end "
    "and unusual offsets are refused.\n"
    "- Storage has Solidity's layout, declared in `contracts/system/`, so that `eth_getProof` "
    "proves "
    "any of it.\n\n";

void gvm_system_put_docs(gvm_buf *out) {
    gvm_buf_str(out, intro);
    const gvm_sys_contract *last = NULL;
    size_t count;
    const gvm_sys_item *common = gvm_system_items(&count, gvm_system_at(0)->contract);
    gvm_buf_str(out, "Errors that any of them may revert with:\n\n");
    put_plain_table(out, common, GVM_E_COUNT, GVM_SYS_ERROR, "error");
    for (size_t i = 0; i < gvm_system_count(); i++) {
        const gvm_sys_contract *c = gvm_system_at(i)->contract;
        if (c != last) put_contract_docs(out, c);
        last = c;
    }
    gvm_buf_str(out, "## Permissions\n\n| bit | name | new accounts | what it allows |\n"
                     "| --- | --- | --- | --- |\n");
#define X(id, bit, text, fresh, doc) \
    gvm_buf_printf(out, "| %d | %s | %s | %s |\n", bit, #text, (fresh) ? "yes" : "no", doc);
#include "system/permissions.inc"
#undef X
    gvm_buf_str(out, "\nBits 128 to 255 are an application's own.\n");
}

/* ---- slots */

void gvm_system_put_slots(gvm_buf *out) {
    static const struct {
        const char *contract, *field;
        unsigned slot, offset, size;
    } fields[] = {
#define X(contract, field, slot, offset, size) {#contract, #field, slot, offset, size},
#include "system/slots.inc"
#undef X
    };
    const char *last = "";
    gvm_buf_str(out, "{");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bool other = strcmp(last, fields[i].contract) != 0;
        if (other)
            gvm_buf_printf(out, "%s\n\"%s\": [", last[0] != 0 ? "]," : "", fields[i].contract);
        gvm_buf_printf(out, "%s\n  {\"field\": \"%s\", \"slot\": %u, \"offset\": %u, \"size\": %u}",
                       other ? "" : ",", fields[i].field, fields[i].slot, fields[i].offset,
                       fields[i].size);
        last = fields[i].contract;
    }
    gvm_buf_str(out, "]\n}\n");
}
