#include "base/limits.h"
#include "base/log.h"
#include "base/workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yyjson.h>

#include <cmocka.h>

static FILE *file;
static gvm_clock_sim sim = {.wall = UINT64_C(1767225600123000000)}; /* 2026-01-01T00:00:00.123Z */
static gvm_clock simulated;

static void begin(gvm_log_level level, gvm_log_format format) {
    file = tmpfile();
    assert_non_null(file);
    simulated = gvm_clock_simulated(&sim);
    gvm_log_configure(level, format, fileno(file), &simulated);
}

static const char *end(void) {
    static char text[300000];
    ssize_t n = pread(fileno(file), text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    (void)fclose(file);
    gvm_log_configure(GVM_LOG_INFO, GVM_LOG_AUTO, STDERR_FILENO, NULL);
    return text;
}

static void test_text(void **state) {
    (void)state;
    gvm_address a = {{0xab}};
    begin(GVM_LOG_INFO, GVM_LOG_AUTO);
    int computed = 0;
    GVM_LOG(INFO, "chain", "sealed block", gvm_f_u64("number", 12), gvm_f_address("miner", &a),
            gvm_f_ns("took", 1250000), gvm_f_str("who", "a \"b\"\n\x1b[31m"),
            gvm_f_bool("empty", true), gvm_f_i64("delta", -3), gvm_f_str("none", ""),
            gvm_f_str("plain", "x:y"));
    GVM_LOG(DEBUG, "chain", "not shown", gvm_f_u64("n", (uint64_t)++computed));
    GVM_LOG(WARN, "net", "no values");
    assert_int_equal(computed, 0);
    assert_string_equal(
        end(), "2026-01-01T00:00:00.123Z info  chain: sealed block number=12 "
               "miner=0xab00000000000000000000000000000000000000 took=1.25ms "
               "who=\"a \\\"b\\\"\\n\\u001b[31m\" empty=true delta=-3 none=\"\" plain=x:y\n"
               "2026-01-01T00:00:00.123Z warn  net: no values\n");
}

static void test_json_is_json_whatever_is_logged(void **state) {
    (void)state;
    char large[3 * GVM_LOG_LINE_MAX];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    begin(GVM_LOG_TRACE, GVM_LOG_JSON);
    gvm_hash h = {{1}};
    for (size_t n = 0; n < 300; n++) {
        const char *tail = large + sizeof large - 1 - (GVM_LOG_LINE_MAX - n);
        GVM_LOG(TRACE, "room", "text", gvm_f_hash("h", &h),
                gvm_f_str("bad", "\xff\xc0\x80 \xe2\x82\xac"), gvm_f_str("good", "\xe2\x82\xac\t"),
                gvm_f_text("long", gvm_bytes_str(tail)), gvm_f_u64("n", n));
    }
    char *text = strdup(end());
    size_t lines = 0, cut = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
        yyjson_doc *doc = yyjson_read(line, strlen(line), 0);
        assert_non_null(doc);
        yyjson_val *root = yyjson_doc_get_root(doc);
        assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "level")), "trace");
        assert_string_equal(yyjson_get_str(yyjson_obj_get(root, "good")), "\xe2\x82\xac\t");
        bool was_cut = yyjson_get_bool(yyjson_obj_get(root, "cut"));
        assert_int_equal(was_cut, yyjson_obj_get(root, "n") == NULL);
        cut += was_cut;
        yyjson_doc_free(doc);
    }
    assert_int_equal(lines, 300);
    assert_true(cut > 0 && cut < 300);
    free(text);
}

static void log_some(void *ctx, size_t from, size_t to, unsigned lane) {
    (void)ctx;
    (void)lane;
    for (size_t i = from; i < to; i++)
        GVM_LOG(INFO, "thread", "a line from one of them", gvm_f_u64("i", i));
}

static void test_lines_from_threads_stay_whole(void **state) {
    (void)state;
    begin(GVM_LOG_INFO, GVM_LOG_TEXT);
    gvm_workers *p;
    assert_int_equal(gvm_workers_new(&p, 4), GVM_OK);
    gvm_workers_for(p, 2000, 10, log_some, NULL);
    gvm_workers_delete(p);
    char *text = strdup(end());
    size_t sum = 0, lines = 0;
    static const char head[] = "2026-01-01T00:00:00.123Z info  thread: a line from one of them i=";
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
        assert_memory_equal(line, head, sizeof head - 1);
        sum += strtoul(line + sizeof head - 1, NULL, 10);
    }
    assert_int_equal(lines, 2000);
    assert_int_equal(sum, 1999000);
    free(text);
}

static void test_levels(void **state) {
    (void)state;
    gvm_log_level level;
    assert_true(gvm_log_level_parse(&level, "debug"));
    assert_int_equal(level, GVM_LOG_DEBUG);
    assert_false(gvm_log_level_parse(&level, "loud"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json_is_json_whatever_is_logged),
        cmocka_unit_test(test_lines_from_threads_stay_whole),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
