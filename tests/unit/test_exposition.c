/* test_exposition.c: what is written is the text that Prometheus reads, byte for byte. */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/exposition.h"
#include "tests/lib/check.h"

static char *text;
static size_t text_len;
static struct exposition page;

static int setup(void **state)
{
    (void)state;
    page = (struct exposition){.out = open_memstream(&text, &text_len)};
    return page.out == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static void assert_page(const char *expected)
{
    fclose(page.out);
    assert_string_equal(text, expected);
}

static void counters_and_gauges(void **state)
{
    (void)state;
    exposition_begin(&page, "entries", EXPOSITION_COUNTER, "Entries written.");
    exposition_put(&page, NULL, NULL, UINT64_MAX);
    exposition_begin(&page, "disk_free_bytes", EXPOSITION_GAUGE, "Room.");
    exposition_put(&page, "disk", "a", 0);
    exposition_put(&page, "disk", "b", 7);
    assert_page("# HELP custody_entries_total Entries written.\n"
                "# TYPE custody_entries_total counter\n"
                "custody_entries_total 18446744073709551615\n"
                "# HELP custody_disk_free_bytes Room.\n"
                "# TYPE custody_disk_free_bytes gauge\n"
                "custody_disk_free_bytes{disk=\"a\"} 0\n"
                "custody_disk_free_bytes{disk=\"b\"} 7\n");
}

static void times_are_seconds(void **state)
{
    (void)state;
    exposition_begin(&page, "clock_seconds", EXPOSITION_GAUGE, "Time.");
    exposition_put_us(&page, NULL, NULL, 1777593600000001);
    exposition_put_us(&page, NULL, NULL, -1500000);
    exposition_put_us(&page, NULL, NULL, INT64_MAX);
    assert_page("# HELP custody_clock_seconds Time.\n"
                "# TYPE custody_clock_seconds gauge\n"
                "custody_clock_seconds 1777593600.000001\n"
                "custody_clock_seconds -1.500000\n"
                "custody_clock_seconds +Inf\n");
}

/* A name from outside cannot end its quotes or its line. */
static void a_label_stays_in_its_quotes(void **state)
{
    (void)state;
    exposition_begin(&page, "info", EXPOSITION_GAUGE, "It.");
    exposition_put(&page, "origin", "a\"} 1\nb\\", 1);
    assert_page("# HELP custody_info It.\n"
                "# TYPE custody_info gauge\n"
                "custody_info{origin=\"a\\\"} 1\\nb\\\\\"} 1\n");
}

static void assert_line(const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("no \"%s\" in:\n%s", line, text);
}

/* Exactly at a bound, just beneath, and beyond the last. */
static void buckets_of_times_are_exact(void **state)
{
    (void)state;
    static struct metric_histogram histogram;
    static const uint64_t recorded[] = {0, 63, 64, 1023, 1024, 16777215, 16777216, 40000000};
    for (size_t i = 0; i < sizeof recorded / sizeof recorded[0]; i++)
        metric_record(&histogram, recorded[i]);
    exposition_begin(&page, "commit_seconds", EXPOSITION_HISTOGRAM, "A commit.");
    exposition_put_histogram(&page, "kind", "submit", &histogram, true);
    fclose(page.out);
    assert_line("# TYPE custody_commit_seconds histogram\n");
    assert_line("custody_commit_seconds_bucket{kind=\"submit\",le=\"0.000064\"} 2\n");
    assert_line("custody_commit_seconds_bucket{kind=\"submit\",le=\"0.000128\"} 3\n");
    assert_line("custody_commit_seconds_bucket{kind=\"submit\",le=\"0.001024\"} 4\n");
    assert_line("custody_commit_seconds_bucket{kind=\"submit\",le=\"0.002048\"} 5\n");
    assert_line("custody_commit_seconds_bucket{kind=\"submit\",le=\"16.777216\"} 6\n");
    assert_line("custody_commit_seconds_bucket{kind=\"submit\",le=\"+Inf\"} 8\n");
    assert_line("custody_commit_seconds_sum{kind=\"submit\"} 73.556605\n");
    assert_line("custody_commit_seconds_count{kind=\"submit\"} 8\n");
}

static void buckets_of_numbers_are_exact(void **state)
{
    (void)state;
    static struct metric_histogram histogram;
    for (uint64_t number = 1; number <= 4096; number++)
        metric_record(&histogram, number);
    exposition_begin(&page, "batch_statements", EXPOSITION_HISTOGRAM, "Of a batch.");
    exposition_put_histogram(&page, NULL, NULL, &histogram, false);
    fclose(page.out);
    assert_line("custody_batch_statements_bucket{le=\"1\"} 1\n");
    assert_line("custody_batch_statements_bucket{le=\"31\"} 31\n");
    assert_line("custody_batch_statements_bucket{le=\"4095\"} 4095\n");
    assert_line("custody_batch_statements_bucket{le=\"+Inf\"} 4096\n");
    assert_line("custody_batch_statements_sum 8390656\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counters_and_gauges, setup, teardown),
        cmocka_unit_test_setup_teardown(times_are_seconds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_label_stays_in_its_quotes, setup, teardown),
        cmocka_unit_test_setup_teardown(buckets_of_times_are_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(buckets_of_numbers_are_exact, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
