/* ghostd: the node. Reads its options, opens its chain, serves. */
#include "app/ghostd/ghostd.h"
#include "base/log.h"
#include "codec/toml.h"

#include <stdio.h>
#include <unistd.h>

extern char **environ;

static const gvm_setting_option options[] = {
#define O(name_, type_, fallback_, help_, value_name_, choices_, min_, max_) \
    {.name = name_,                                                          \
     .type = GVM_SETTING_##type_,                                             \
     .fallback = fallback_,                                                  \
     .help = help_,                                                          \
     .value_name = value_name_,                                              \
     .choices = choices_,                                                    \
     .min = min_,                                                            \
     .max = max_},
#include "app/ghostd/options.inc"
#undef O
};

static int fail_usage(const gvm_error *err) {
    fprintf(stderr, "ghostd: %s\n`ghostd --help` lists the options\n", gvm_error_text(err));
    return EXIT_USAGE;
}

static void print_help(const gvm_settings *settings) {
    gvm_buf text = {0};
    gvm_buf_str(&text,
                "usage: ghostd --dev [OPTIONS]\n"
                "       ghostd --datadir FOLDER --genesis FILE [OPTIONS]\n\n"
                "A node of a chain that runs Solidity contracts. Each option can also be set by a "
                "variable\n"
                "(--block-time: GHOSTVM_BLOCK_TIME) or in the file that --config names.\n\n");
    gvm_settings_put_help(&text, settings);
    (void)fwrite(text.ptr, 1, text.len, stdout);
    gvm_buf_free(&text);
}

static gvm_status configure(gvm_settings *settings, int argc, char **argv, gvm_error *err) {
    GVM_TRY(gvm_settings_flags(settings, argc, (const char *const *)argv, err));
    GVM_TRY(gvm_settings_environment(settings, (const char *const *)environ, err));
    const char *file = gvm_settings_text(settings, "config");
    if (file != NULL) GVM_TRY(gvm_toml_load_settings(settings, file, err));
    if (settings->arg_count > 0)
        return gvm_error_set(err, GVM_ERR_CONFIG, "expected options alone, found \"%s\"",
                             settings->args[0]);
    return GVM_OK;
}

static void configure_log(const gvm_settings *settings) {
    gvm_log_level level = GVM_LOG_INFO;
    (void)gvm_log_level_parse(&level, gvm_settings_text(settings, "log-level"));
    const char *name = gvm_settings_text(settings, "log-format");
    gvm_log_format format = strcmp(name, "json") == 0   ? GVM_LOG_JSON
                            : strcmp(name, "text") == 0 ? GVM_LOG_TEXT
                                                        : GVM_LOG_AUTO;
    gvm_log_configure(level, format, STDERR_FILENO, &gvm_clock_os);
}

static int run(const gvm_settings *settings) {
    gvm_home home;
    gvm_error err = {0};
    int code = EXIT_FAILED;
    gvm_status status = gvm_home_open(&home, settings, &err);
    if (status == GVM_OK) {
        code = gvm_ghostd_serve(&home, settings);
    } else {
        if (err.code == GVM_OK) err.code = status;
        GVM_LOG(ERROR, "node", "cannot start", gvm_f_error(&err));
        if (status == GVM_ERR_CONFIG) code = EXIT_USAGE;
    }
    gvm_home_close(&home);
    return code;
}

int main(int argc, char **argv) {
    gvm_settings settings;
    gvm_error err = {0};
    int code;
    if (gvm_settings_init(&settings, options, sizeof options / sizeof options[0]) != GVM_OK)
        return EXIT_FAILED;
    gvm_status status = configure(&settings, argc, argv, &err);
    if (settings.help) {
        print_help(&settings);
        code = EXIT_DONE;
    } else if (status != GVM_OK) {
        code = fail_usage(&err);
    } else if (gvm_settings_bool(&settings, "version")) {
        printf("ghostd %s\n", GVM_VERSION);
        code = EXIT_DONE;
    } else {
        configure_log(&settings);
        code = run(&settings);
    }
    gvm_settings_free(&settings);
    return code;
}
