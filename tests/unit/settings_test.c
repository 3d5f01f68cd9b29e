#include "base/settings.h"
#include "codec/toml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const gvm_setting_option options[] = {
    {.name = "port",
     .type = GVM_SETTING_NUMBER,
     .fallback = "8545",
     .help = "Port of the JSON-RPC interface.",
     .value_name = "PORT",
     .max = 65535,
     .letter = 'p'},
    {.name = "dev", .type = GVM_SETTING_BOOL, .help = "Runs a development chain."},
    {.name = "block-time",
     .type = GVM_SETTING_DURATION,
     .fallback = "0s",
     .help = "Time between blocks; 0 seals at once."},
    {.name = "cache",
     .type = GVM_SETTING_SIZE,
     .fallback = "64MiB",
     .help = "Memory for the cache.",
     .min = 1024,
     .max = UINT64_C(1) << 40},
    {.name = "log-level",
     .type = GVM_SETTING_CHOICE,
     .fallback = "info",
     .help = "How much is said.",
     .choices = "error|warn|info"},
    {.name = "datadir", .type = GVM_SETTING_TEXT, .help = "Folder of the chain."},
    {.name = "allow-origin", .type = GVM_SETTING_LIST, .help = "Origins that may call."},
    {.name = "wallet.password",
     .type = GVM_SETTING_TEXT,
     .help = "Password of the wallet.",
     .secret = true},
};
#define COUNT (sizeof options / sizeof options[0])

static gvm_settings c;
static gvm_error err;

static int fresh(void **state) {
    (void)state;
    gvm_settings_free(&c);
    err = (gvm_error){0};
    return gvm_settings_init(&c, options, COUNT) == GVM_OK ? 0 : 1;
}

static int done(void **state) {
    (void)state;
    gvm_settings_free(&c);
    return 0;
}

#define FLAGS(...)                                      \
    flags((const char *const[]){"ghostd", __VA_ARGS__}, \
          sizeof((const char *const[]){"ghostd", __VA_ARGS__}) / sizeof(char *))
static gvm_status flags(const char *const *argv, size_t n) {
    return gvm_settings_flags(&c, (int)n, argv, &err);
}

static gvm_status file(const char *text) {
    return gvm_toml_read_settings(&c, "node.toml", gvm_bytes_str(text), &err);
}

static void test_defaults(void **state) {
    (void)state;
    assert_int_equal(gvm_settings_number(&c, "port"), 8545);
    assert_false(gvm_settings_bool(&c, "dev"));
    assert_int_equal(gvm_settings_number(&c, "cache"), 64 << 20);
    assert_null(gvm_settings_text(&c, "datadir"));
    assert_string_equal(gvm_settings_text(&c, "log-level"), "info");
    size_t n;
    (void)gvm_settings_list(&c, &n, "allow-origin");
    assert_int_equal(n, 0);
}

static void test_flags_forms(void **state) {
    (void)state;
    assert_int_equal(FLAGS("run", "--port=1", "--dev", "--block-time", "1500ms", "-p9", "-p",
                           "0x10", "--cache", "2MB", "x", "--", "--port"),
                     GVM_OK);
    assert_int_equal(gvm_settings_number(&c, "port"), 16);
    assert_true(gvm_settings_bool(&c, "dev"));
    assert_int_equal(gvm_settings_number(&c, "block-time"), 1500000000);
    assert_int_equal(gvm_settings_number(&c, "cache"), 2000000);
    assert_int_equal(c.arg_count, 3);
    assert_string_equal(c.args[0], "run");
    assert_string_equal(c.args[2], "--port");
    assert_int_equal(FLAGS("--no-dev", "--allow-origin", "a,b", "--allow-origin=c", "-h"), GVM_OK);
    assert_false(gvm_settings_bool(&c, "dev"));
    assert_true(c.help);
    size_t n;
    const char *const *list = gvm_settings_list(&c, &n, "allow-origin");
    assert_int_equal(n, 3);
    assert_string_equal(list[0], "a");
    assert_string_equal(list[2], "c");
}

static void test_flags_wrong(void **state) {
    (void)state;
    assert_int_equal(FLAGS("--port", "70000"), GVM_ERR_CONFIG);
    assert_string_equal(err.text, "--port: expected a number from 0 to 65535, found \"70000\"");
    assert_int_equal(FLAGS("--prot", "1"), GVM_ERR_CONFIG);
    assert_string_equal(err.text, "--prot: no such option; did you mean --port?");
    assert_int_equal(FLAGS("--port"), GVM_ERR_CONFIG);
    assert_string_equal(err.text, "--port: a value is missing (a number from 0 to 65535)");
    assert_int_equal(FLAGS("--dev=maybe"), GVM_ERR_CONFIG);
    assert_string_equal(err.text, "--dev: expected true or false, found \"maybe\"");
    assert_int_equal(FLAGS("--log-level", "loud"), GVM_ERR_CONFIG);
    assert_string_equal(err.text, "--log-level: expected one of error|warn|info, found \"loud\"");
    assert_int_equal(FLAGS("--wallet.password", "x"), GVM_ERR_CONFIG);
    static const char *const bad[] = {"--block-time=5",
                                      "--cache=1",
                                      "--cache=1QB",
                                      "--port=",
                                      "--port=-1",
                                      "--port=1x",
                                      "-x",
                                      "--no-port",
                                      "--cache=99999999999999999999",
                                      "--block-time=99999999999h"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(FLAGS(bad[i]), GVM_ERR_CONFIG);
}

/* Whatever is read first: a flag is above a variable, a variable above the file. */
static void test_precedence(void **state) {
    (void)state;
    static const char *const environment[] = {"PATH=/bin",
                                              "GHOSTVM_PORT=2",
                                              "GHOSTVM_LOG_LEVEL=warn",
                                              "GHOSTVM_WALLET_PASSWORD=pw",
                                              "GHOSTVM_OTHER=1",
                                              NULL};
    assert_int_equal(FLAGS("--port", "3"), GVM_OK);
    assert_int_equal(gvm_settings_environment(&c, environment, &err), GVM_OK);
    assert_int_equal(
        file("port = 1\nlog-level = \"error\"\ncache = 1_000_000\nallow-origin = [\"a,b\", 'c']\n"),
        GVM_OK);
    assert_int_equal(gvm_settings_number(&c, "port"), 3);
    assert_string_equal(gvm_settings_text(&c, "log-level"), "warn");
    assert_int_equal(gvm_settings_number(&c, "cache"), 1000000);
    assert_int_equal(gvm_settings_source_of(&c, "cache"), GVM_SETTING_FROM_FILE);
    assert_string_equal(gvm_settings_text(&c, "wallet.password"), "pw");
    size_t n;
    const char *const *list = gvm_settings_list(&c, &n, "allow-origin");
    assert_int_equal(n, 2);
    assert_string_equal(list[0], "a,b");

    gvm_buf text = {0};
    gvm_settings_put_values(&text, &c);
    gvm_buf_put(&text, 0);
    assert_string_equal(
        (char *)text.ptr,
        "port = 3  # flag\n# dev is not set\nblock-time = \"0s\"  # default\ncache = \"1000000\"  "
        "# file\n"
        "log-level = \"warn\"  # environment\n# datadir is not set\n"
        "allow-origin = [\"a,b\", \"c\"]  # file\n# wallet.password is set, and secret\n");
    /* What is shown is a valid file. */
    gvm_settings again;
    assert_int_equal(gvm_settings_init(&again, options, COUNT), GVM_OK);
    gvm_bytes shown = gvm_bytes_make(text.ptr, text.len - 1);
    assert_int_equal(gvm_toml_read_settings(&again, "shown", shown, &err), GVM_OK);
    assert_int_equal(gvm_settings_number(&again, "port"), 3);
    gvm_settings_free(&again);
    gvm_buf_free(&text);
}

static void test_file_errors(void **state) {
    (void)state;
    assert_int_equal(file("# a comment\n\nport = \"x\"\n"), GVM_ERR_CONFIG);
    assert_string_equal(err.text,
                        "node.toml, line 3: port: expected a number from 0 to 65535, found \"x\"");
    assert_int_equal(file("[wallet]\npasword = \"x\"\n"), GVM_ERR_CONFIG);
    assert_string_equal(
        err.text,
        "node.toml, line 2: wallet.pasword: no such option; did you mean wallet.password?");
    assert_int_equal(file("port = [1]\n"), GVM_ERR_CONFIG);
    assert_int_equal(gvm_toml_load_settings(&c, "/no/such/file.toml", &err), GVM_ERR_NOT_FOUND);
}

static void test_help(void **state) {
    (void)state;
    gvm_buf text = {0};
    gvm_settings_put_help(&text, &c);
    gvm_buf_put(&text, 0);
    const char *s = (const char *)text.ptr;
    assert_non_null(
        strstr(s, "  -p, --port PORT             Port of the JSON-RPC interface. (default 8545;\n"
                  "                              GHOSTVM_PORT)\n"));
    assert_non_null(strstr(s, "  wallet.password (no flag)   Password of the wallet.\n"));
    for (const char *line = s; *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_true(strcspn(line, "\n") <= 78);
    }
    gvm_buf_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, fresh, done),
        cmocka_unit_test_setup_teardown(test_flags_forms, fresh, done),
        cmocka_unit_test_setup_teardown(test_flags_wrong, fresh, done),
        cmocka_unit_test_setup_teardown(test_precedence, fresh, done),
        cmocka_unit_test_setup_teardown(test_file_errors, fresh, done),
        cmocka_unit_test_setup_teardown(test_help, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
