/* test_metrics.c: the figures are copied as they are, and old ones are not taken for new. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/metrics.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

enum { WRITTEN_S = 1777593600 };

static struct tempdir dir;
static char path[PATH_MAX];

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "figures.prom", path, sizeof path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static void write_figures(size_t lines)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    for (size_t i = 0; i < lines; i++)
        fprintf(file, "custody_line %zu\n", i);
    fclose(file);
    const struct timespec times[2] = {{.tv_sec = WRITTEN_S}, {.tv_sec = WRITTEN_S}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static enum custody_status print(int64_t age_s, char **ret, bool *ret_is_fresh, char *ret_sentence)
{
    size_t len;
    FILE *out = open_memstream(ret, &len);
    assert_non_null(out);
    enum custody_status status =
        metrics_print(path, (WRITTEN_S + age_s) * 1000000, out, ret_is_fresh, ret_sentence);
    fclose(out);
    return status;
}

static void all_of_it_is_copied(void **state)
{
    (void)state;
    char *text, sentence[240];
    bool is_fresh = false;
    write_figures(5000);
    assert_int_equal(print(METRICS_FRESH_S, &text, &is_fresh, sentence), CUSTODY_OK);
    assert_true(is_fresh);
    assert_memory_equal(text, "custody_line 0\n", 15);
    assert_string_equal(strstr(text, "custody_line 4999"), "custody_line 4999\n");
    free(text);
}

static void old_figures_are_told(void **state)
{
    (void)state;
    char *text, sentence[240];
    bool is_fresh = true;
    write_figures(1);
    assert_int_equal(print(METRICS_FRESH_S + 1, &text, &is_fresh, sentence), CUSTODY_OK);
    assert_false(is_fresh);
    assert_string_equal(text, "custody_line 0\n");
    assert_non_null(strstr(sentence, "is 61 s old: the daemon does not run"));
    free(text);
}

static void no_figures_are_a_failure(void **state)
{
    (void)state;
    char *text, sentence[240];
    bool is_fresh;
    assert_int_equal(print(0, &text, &is_fresh, sentence), CUSTODY_ERR_NOT_FOUND);
    assert_non_null(strstr(sentence, "does the daemon run?"));
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_of_it_is_copied, setup, teardown),
        cmocka_unit_test_setup_teardown(old_figures_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(no_figures_are_a_failure, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
