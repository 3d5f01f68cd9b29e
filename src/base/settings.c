#include "base/settings.h"

#include <stdio.h>

static const gvm_setting_option *option_of(const gvm_settings *c, size_t *index, const char *name,
                                           size_t len) {
    for (size_t i = 0; i < c->count; i++) {
        if (strlen(c->options[i].name) == len && memcmp(c->options[i].name, name, len) == 0) {
            *index = i;
            return &c->options[i];
        }
    }
    return NULL;
}

/* ---- values from text */

typedef struct unit {
    const char *name;
    uint64_t factor;
} unit;

static const unit sizes[] = {
    {"", 1},          {"B", 1},           {"kB", 1000},
    {"MB", 1000000},  {"GB", 1000000000}, {"KiB", 1 << 10},
    {"MiB", 1 << 20}, {"GiB", 1 << 30},   {"TiB", UINT64_C(1) << 40},
    {NULL, 0},
};
static const unit durations[] = {
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
    {NULL, 0},
};
static const unit plain[] = {{"", 1}, {NULL, 0}};

static bool parse_number(uint64_t *out, const char *text, const unit *units) {
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && units == plain;
    const char *p = hex ? text + 2 : text;
    uint64_t v = 0, base = hex ? 16 : 10;
    const char *first = p;
    for (;; p++) {
        unsigned d = *p >= '0' && *p <= '9'          ? (unsigned)(*p - '0')
                     : hex && *p >= 'a' && *p <= 'f' ? (unsigned)(*p - 'a' + 10)
                     : hex && *p >= 'A' && *p <= 'F' ? (unsigned)(*p - 'A' + 10)
                                                     : 99;
        if (d == 99) break;
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v)) return false;
    }
    if (p == first) return false;
    for (; units->name != NULL; units++) {
        if (strcmp(p, units->name) == 0) return !__builtin_mul_overflow(v, units->factor, out);
    }
    return false;
}

static bool is_choice(const char *choices, const char *text) {
    size_t n = strlen(text);
    while (n > 0 && *choices != '\0') {
        size_t k = strcspn(choices, "|");
        if (k == n && memcmp(choices, text, n) == 0) return true;
        choices += k + (choices[k] == '|');
    }
    return false;
}

static void describe(char *out, size_t size, const gvm_setting_option *o) {
    const char *kind = o->type == GVM_SETTING_SIZE       ? "a size, such as 64MiB"
                       : o->type == GVM_SETTING_DURATION ? "a duration, such as 500ms or 12s"
                                                         : "a number";
    switch (o->type) {
    case GVM_SETTING_BOOL: (void)snprintf(out, size, "true or false"); break;
    case GVM_SETTING_CHOICE: (void)snprintf(out, size, "one of %s", o->choices); break;
    case GVM_SETTING_NUMBER:
    case GVM_SETTING_SIZE:
    case GVM_SETTING_DURATION:
        if (o->max != 0) {
            (void)snprintf(out, size, "%s from %llu to %llu", kind, (unsigned long long)o->min,
                           (unsigned long long)o->max);
        } else {
            (void)snprintf(out, size, "%s", kind);
        }
        break;
    default: (void)snprintf(out, size, "text"); break;
    }
}

static char *copy_text(gvm_settings *c, const char *text, size_t len) {
    char *copy = gvm_arena_alloc(&c->arena, len + 1);
    if (copy == NULL) return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static bool add_item(gvm_settings *c, gvm_setting_value *v, const char *text, size_t len) {
    if ((v->count & (v->count - 1)) == 0) { /* full at 0, 1, 2, 4, 8, ... */
        const char **grown =
            gvm_arena_alloc(&c->arena, (v->count == 0 ? 1 : 2 * v->count) * sizeof *grown);
        if (grown == NULL) return false;
        if (v->count > 0) memcpy(grown, v->items, v->count * sizeof *grown);
        v->items = grown;
    }
    v->items[v->count] = copy_text(c, text, len);
    return v->items[v->count++] != NULL;
}

/* Reads `text` into *v as `o` says; false where it does not fit. */
static bool read_scalar(gvm_setting_value *v, const gvm_setting_option *o, const char *text) {
    switch (o->type) {
    case GVM_SETTING_BOOL:
        v->number = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
        return v->number == 1 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    case GVM_SETTING_CHOICE: return is_choice(o->choices, text);
    case GVM_SETTING_TEXT: return true;
    default: {
        const unit *units = o->type == GVM_SETTING_SIZE       ? sizes
                            : o->type == GVM_SETTING_DURATION ? durations
                                                              : plain;
        return parse_number(&v->number, text, units) && v->number >= o->min &&
               (o->max == 0 || v->number <= o->max);
    }
    }
}

static gvm_status no_memory(gvm_error *err) {
    return gvm_error_set(err, GVM_ERR_NOMEM, "configuration: out of memory");
}

static gvm_status store(gvm_settings *c, size_t i, gvm_setting_source source, const char *where,
                        const char *const *texts, size_t count, bool is_list, gvm_error *err) {
    const gvm_setting_option *o = &c->options[i];
    gvm_setting_value *v = &c->values[i], fresh = {.source = source};
    if (source < v->source) return GVM_OK;
    if (o->type == GVM_SETTING_LIST) {
        if (source == v->source && source == GVM_SETTING_FROM_FLAG)
            fresh = *v; /* a repeated flag adds */
        for (size_t k = 0; k < count; k++) {
            const char *t = texts[k];
            if (t[0] == '\0' && !is_list) continue;
            while (!is_list && strchr(t, ',') != NULL) {
                size_t n = strcspn(t, ",");
                if (!add_item(c, &fresh, t, n)) return no_memory(err);
                t += n + 1;
            }
            if (!add_item(c, &fresh, t, strlen(t))) return no_memory(err);
        }
        *v = fresh;
        return GVM_OK;
    }
    if (is_list || count != 1 || !read_scalar(&fresh, o, texts[0])) {
        char what[256];
        describe(what, sizeof what, o);
        if (o->secret) return gvm_error_set(err, GVM_ERR_CONFIG, "%s: expected %s", where, what);
        return gvm_error_set(err, GVM_ERR_CONFIG, "%s: expected %s, found %s%.100s%s", where, what,
                             is_list ? "" : "\"", is_list ? "a list" : texts[0],
                             is_list ? "" : "\"");
    }
    fresh.text = copy_text(c, texts[0], strlen(texts[0]));
    if (fresh.text == NULL) return no_memory(err);
    *v = fresh;
    return GVM_OK;
}

gvm_status gvm_settings_init(gvm_settings *c, const gvm_setting_option *options, size_t count) {
    *c = (gvm_settings){.options = options, .count = count};
    c->values = gvm_arena_zalloc(&c->arena, count * sizeof *c->values);
    if (c->values == NULL) return GVM_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        if (options[i].fallback == NULL) continue;
        gvm_status status =
            store(c, i, GVM_SETTING_FROM_DEFAULT, "", &options[i].fallback, 1, false, NULL);
        if (status == GVM_ERR_NOMEM) return status;
        GVM_ASSERT(status == GVM_OK);
    }
    return GVM_OK;
}

void gvm_settings_free(gvm_settings *c) {
    gvm_arena_free(&c->arena);
    *c = (gvm_settings){0};
}

/* ---- sources */

/* How many letters to change, insert or remove to make b of a; for short words. */
static size_t distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b), row[64];
    if (n > 60 || m > 60) return 99;
    for (size_t k = 0; k <= m; k++) row[k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t change = corner + (a[i - 1] != b[k - 1]),
                   other = 1 + (row[k] < row[k - 1] ? row[k] : row[k - 1]);
            corner = row[k];
            row[k] = change < other ? change : other;
        }
    }
    return row[m];
}

static gvm_status unknown(const gvm_settings *c, const char *where, const char *name,
                          const char *dashes, gvm_error *err) {
    const char *near = NULL;
    size_t best = 3;
    for (size_t i = 0; i < c->count; i++) {
        size_t d = distance(name, c->options[i].name);
        if (d < best) {
            best = d;
            near = c->options[i].name;
        }
    }
    if (near == NULL) return gvm_error_set(err, GVM_ERR_CONFIG, "%s: no such option", where);
    return gvm_error_set(err, GVM_ERR_CONFIG, "%s: no such option; did you mean %s%s?", where,
                         dashes, near);
}

gvm_status gvm_settings_set(gvm_settings *c, gvm_setting_source source, const char *where,
                            const char *name, const char *const *texts, size_t count, bool is_list,
                            gvm_error *err) {
    char place[512];
    size_t i;
    (void)snprintf(place, sizeof place, "%.300s: %.200s", where, name);
    if (option_of(c, &i, name, strlen(name)) == NULL) return unknown(c, place, name, "", err);
    return store(c, i, source, place, texts, count, is_list, err);
}

typedef struct flag_reader {
    const char *const *argv;
    int argc, at;
} flag_reader;

/* A flag's value: what follows '=', or the next word. */
static gvm_status flag_value(flag_reader *r, const char **value, const char *where,
                             const char *attached, const gvm_setting_option *o, gvm_error *err) {
    if (attached != NULL) {
        *value = attached;
    } else if (o->type == GVM_SETTING_BOOL) {
        *value = "true";
    } else if (r->at + 1 < r->argc) {
        *value = r->argv[++r->at];
    } else {
        char what[256];
        describe(what, sizeof what, o);
        return gvm_error_set(err, GVM_ERR_CONFIG, "%s: a value is missing (%s)", where, what);
    }
    return GVM_OK;
}

static gvm_status read_long(gvm_settings *c, flag_reader *r, const char *word, gvm_error *err) {
    char where[160];
    const char *name = word + 2, *equals = strchr(name, '='), *value;
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name), i = 0;
    (void)snprintf(where, sizeof where, "--%.*s", len > 100 ? 100 : (int)len, name);
    if (len == 4 && memcmp(name, "help", 4) == 0 && equals == NULL) {
        c->help = true;
        return GVM_OK;
    }
    const gvm_setting_option *o = option_of(c, &i, name, len);
    if (o == NULL && len > 3 && memcmp(name, "no-", 3) == 0 && equals == NULL) {
        o = option_of(c, &i, name + 3, len - 3);
        if (o != NULL && o->type == GVM_SETTING_BOOL) {
            static const char *const no = "false";
            return store(c, i, GVM_SETTING_FROM_FLAG, where, &no, 1, false, err);
        }
        o = NULL;
    }
    if (o == NULL) return unknown(c, where, where + 2, "--", err);
    if (o->secret) {
        return gvm_error_set(
            err, GVM_ERR_CONFIG,
            "%s: a secret is not taken from the command line, where other users can see it; "
            "use the environment or the file",
            where);
    }
    GVM_TRY(flag_value(r, &value, where, equals != NULL ? equals + 1 : NULL, o, err));
    return store(c, i, GVM_SETTING_FROM_FLAG, where, &value, 1, false, err);
}

static gvm_status read_short(gvm_settings *c, flag_reader *r, const char *word, gvm_error *err) {
    char where[3] = {'-', word[1], '\0'};
    const char *value;
    for (size_t i = 0; i < c->count; i++) {
        const gvm_setting_option *o = &c->options[i];
        if (o->letter == 0 || o->letter != word[1] || o->secret) continue;
        if (o->type == GVM_SETTING_BOOL && word[2] != '\0') break;
        GVM_TRY(flag_value(r, &value, where, word[2] != '\0' ? word + 2 : NULL, o, err));
        return store(c, i, GVM_SETTING_FROM_FLAG, where, &value, 1, false, err);
    }
    if (strcmp(word, "-h") != 0)
        return gvm_error_set(err, GVM_ERR_CONFIG, "%.100s: no such option", word);
    c->help = true;
    return GVM_OK;
}

gvm_status gvm_settings_flags(gvm_settings *c, int argc, const char *const *argv, gvm_error *err) {
    c->args = gvm_arena_zalloc(&c->arena, ((size_t)(argc > 0 ? argc : 0) + 1) * sizeof *c->args);
    if (c->args == NULL) return no_memory(err);
    bool flags = true;
    for (flag_reader r = {argv, argc, 1}; r.at < r.argc; r.at++) {
        const char *word = argv[r.at];
        if (!flags || word[0] != '-' || word[1] == '\0') {
            c->args[c->arg_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            flags = false;
        } else if (word[1] == '-') {
            GVM_TRY(read_long(c, &r, word, err));
        } else {
            GVM_TRY(read_short(c, &r, word, err));
        }
    }
    return GVM_OK;
}

static void variable_name(char *out, size_t size, const char *name) {
    size_t n = (size_t)snprintf(out, size, "GHOSTVM_%s", name);
    for (size_t i = 0; i < n && i < size; i++) {
        if (out[i] >= 'a' && out[i] <= 'z') out[i] = (char)(out[i] - 'a' + 'A');
        if (out[i] == '-' || out[i] == '.') out[i] = '_';
    }
}

gvm_status gvm_settings_environment(gvm_settings *c, const char *const *environment,
                                    gvm_error *err) {
    for (; *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');
        if (equals == NULL || strncmp(*environment, "GHOSTVM_", 8) != 0) continue;
        for (size_t i = 0; i < c->count; i++) {
            char name[128];
            variable_name(name, sizeof name, c->options[i].name);
            size_t n = strlen(name);
            if (n != (size_t)(equals - *environment) || memcmp(name, *environment, n) != 0)
                continue;
            const char *value = equals + 1;
            GVM_TRY(store(c, i, GVM_SETTING_FROM_ENVIRONMENT, name, &value, 1, false, err));
        }
    }
    return GVM_OK;
}

/* ---- reading */

static const gvm_setting_value *value_of(const gvm_settings *c, gvm_setting_type *type,
                                         const char *name) {
    size_t i = 0;
    const gvm_setting_option *o = option_of(c, &i, name, strlen(name));
    GVM_ASSERT(o != NULL);
    *type = o->type;
    return &c->values[i];
}

bool gvm_settings_bool(const gvm_settings *c, const char *name) {
    gvm_setting_type type;
    const gvm_setting_value *v = value_of(c, &type, name);
    GVM_ASSERT(type == GVM_SETTING_BOOL);
    return v->number != 0;
}

uint64_t gvm_settings_number(const gvm_settings *c, const char *name) {
    gvm_setting_type type;
    const gvm_setting_value *v = value_of(c, &type, name);
    GVM_ASSERT(type == GVM_SETTING_NUMBER || type == GVM_SETTING_SIZE ||
               type == GVM_SETTING_DURATION);
    return v->number;
}

const char *gvm_settings_text(const gvm_settings *c, const char *name) {
    gvm_setting_type type;
    const gvm_setting_value *v = value_of(c, &type, name);
    GVM_ASSERT(type == GVM_SETTING_TEXT || type == GVM_SETTING_CHOICE);
    return v->text;
}

const char *const *gvm_settings_list(const gvm_settings *c, size_t *count, const char *name) {
    gvm_setting_type type;
    const gvm_setting_value *v = value_of(c, &type, name);
    GVM_ASSERT(type == GVM_SETTING_LIST);
    *count = v->count;
    return v->items;
}

gvm_setting_source gvm_settings_source_of(const gvm_settings *c, const char *name) {
    gvm_setting_type type;
    return value_of(c, &type, name)->source;
}

/* ---- help */

/* `text` in lines of at most 78 columns; the first begins at `column`, the others are indented to
 * `indent`. */
static void put_wrapped(gvm_buf *out, const char *text, size_t indent, size_t column) {
    if (column + 2 > indent) {
        gvm_buf_put(out, '\n');
        column = 0;
    }
    for (; column < indent; column++) gvm_buf_put(out, ' ');
    for (bool first = true; *text != '\0'; first = false) {
        size_t n = strcspn(text, " ");
        if (!first && column + 1 + n > 78) {
            gvm_buf_put(out, '\n');
            for (column = 0; column < indent; column++) gvm_buf_put(out, ' ');
        } else if (!first) {
            gvm_buf_put(out, ' ');
            column++;
        }
        gvm_buf_append(out, text, n);
        column += n;
        text += n + (text[n] == ' ');
    }
    gvm_buf_put(out, '\n');
}

void gvm_settings_put_help(gvm_buf *out, const gvm_settings *c) {
    static const char *const names[] = {NULL, "N", "SIZE", "TIME", "TEXT", "WORD", "TEXT,..."};
    for (size_t i = 0; i < c->count; i++) {
        const gvm_setting_option *o = &c->options[i];
        char variable[128], head[160], text[1024];
        variable_name(variable, sizeof variable, o->name);
        const char *value = o->value_name != NULL ? o->value_name
                            : o->choices != NULL  ? o->choices
                                                  : names[o->type];
        char letter[6] = "    ";
        if (o->letter != 0) (void)snprintf(letter, sizeof letter, "-%c, ", o->letter);
        int n = o->secret ? snprintf(head, sizeof head, "  %s (no flag)", o->name)
                          : snprintf(head, sizeof head, "  %s--%s%s%s", letter, o->name,
                                     value != NULL ? " " : "", value != NULL ? value : "");
        (void)snprintf(text, sizeof text, "%s (%s%s%s)", o->help,
                       o->fallback != NULL ? "default " : "",
                       o->fallback != NULL ? o->fallback : "", o->fallback != NULL ? "; " : "");
        size_t len = strlen(text);
        (void)snprintf(text + len - 1, sizeof text - len + 1, "%s)", variable);
        gvm_buf_str(out, head);
        put_wrapped(out, text, 30, (size_t)n);
    }
    gvm_buf_str(out, "  -h, --help");
    put_wrapped(out, "Shows this.", 30, 12);
}

static void put_toml_string(gvm_buf *out, const char *text) {
    gvm_buf_put(out, '"');
    for (; *text != '\0'; text++) {
        uint8_t c = (uint8_t)*text;
        if (c == '"' || c == '\\')
            gvm_buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            gvm_buf_printf(out, "\\u%04x", c);
        else
            gvm_buf_put(out, c);
    }
    gvm_buf_put(out, '"');
}

void gvm_settings_put_values(gvm_buf *out, const gvm_settings *c) {
    static const char *const sources[] = {"default", "file", "environment", "flag"};
    for (size_t i = 0; i < c->count; i++) {
        const gvm_setting_option *o = &c->options[i];
        const gvm_setting_value *v = &c->values[i];
        bool set = v->text != NULL || v->count > 0;
        if (o->secret || !set) {
            gvm_buf_printf(out, "# %s is %s\n", o->name, set ? "set, and secret" : "not set");
            continue;
        }
        gvm_buf_printf(out, "%s = ", o->name);
        if (o->type == GVM_SETTING_LIST) {
            gvm_buf_put(out, '[');
            for (size_t k = 0; k < v->count; k++) {
                if (k > 0) gvm_buf_str(out, ", ");
                put_toml_string(out, v->items[k]);
            }
            gvm_buf_put(out, ']');
        } else if (o->type == GVM_SETTING_BOOL) {
            gvm_buf_str(out, v->number != 0 ? "true" : "false");
        } else if (o->type == GVM_SETTING_NUMBER) {
            gvm_buf_printf(out, "%llu", (unsigned long long)v->number);
        } else {
            put_toml_string(out, v->text);
        }
        gvm_buf_printf(out, "  # %s\n", sources[v->source]);
    }
}
