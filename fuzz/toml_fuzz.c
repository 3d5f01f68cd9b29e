/* Any text as TOML, and as the settings of a program; settings that were taken are shown as a file
 * that gives them again. */
#include "base/settings.h"
#include "codec/toml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const gvm_setting_option options[] = {
    {.name = "port",
     .type = GVM_SETTING_NUMBER,
     .fallback = "8545",
     .help = "A port.",
     .max = 65535},
    {.name = "dev", .type = GVM_SETTING_BOOL, .help = "Development."},
    {.name = "time", .type = GVM_SETTING_DURATION, .help = "A time."},
    {.name = "cache", .type = GVM_SETTING_SIZE, .help = "A size."},
    {.name = "level", .type = GVM_SETTING_CHOICE, .help = "A word.", .choices = "error|warn|info"},
    {.name = "dir", .type = GVM_SETTING_TEXT, .help = "A text."},
    {.name = "a.list", .type = GVM_SETTING_LIST, .help = "A list."},
};
#define COUNT (sizeof options / sizeof options[0])

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gvm_bytes in = gvm_bytes_make(data, size);
    gvm_arena arena = {0};
    gvm_error err = {0};
    gvm_toml t;
    bool good = gvm_toml_parse(&t, &arena, "fuzz", in, &err) == GVM_OK;
    GVM_ASSERT(good || err.text[0] != '\0');
    gvm_settings s, again;
    GVM_ASSERT(gvm_settings_init(&s, options, COUNT) == GVM_OK);
    if (gvm_toml_read_settings(&s, "fuzz", in, &err) == GVM_OK) {
        GVM_ASSERT(good);
        gvm_buf shown = {0}, twice = {0};
        gvm_settings_put_values(&shown, &s);
        GVM_ASSERT(gvm_settings_init(&again, options, COUNT) == GVM_OK);
        GVM_ASSERT(gvm_toml_read_settings(&again, "shown", gvm_buf_bytes(&shown), &err) == GVM_OK);
        for (size_t i = 0; i < COUNT; i++) {
            GVM_ASSERT(s.values[i].number == again.values[i].number &&
                       s.values[i].count == again.values[i].count);
        }
        gvm_settings_put_help(&twice, &s);
        gvm_buf_free(&shown);
        gvm_buf_free(&twice);
        gvm_settings_free(&again);
    }
    gvm_settings_free(&s);
    gvm_arena_free(&arena);
    return 0;
}
