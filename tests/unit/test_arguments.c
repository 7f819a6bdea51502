/* test_arguments.c: a command line taken apart.
 * Never knows a command. */
#include <stdlib.h>
#include <string.h>

#include "client/cli/arguments.h"
#include "tests/lib/check.h"

static bool is_flag(const void *context, const char *name)
{
    (void)context;
    return strcmp(name, "medical") == 0;
}

static enum custody_status parse(struct arguments *arguments, const char *const *words)
{
    char *argv[32];
    int argc = 0;
    struct custody_problem problem;
    for (; words[argc] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    enum custody_status status = arguments_parse(argc, argv, is_flag, NULL, arguments, &problem);
    if (status != CUSTODY_OK)
        assert_true(problem.field[0] != '\0');
    return status;
}

static void options_and_words(void **state)
{
    static const char *const words[] = {
        "one",           "--waste-code", "841-001-01", "--mass=2.3 kg", "two", "-o",    "file",
        "--temperature", "-18C",         "-",          "--empty=",      "--",  "--not", NULL};
    struct arguments arguments;
    (void)state;
    assert_int_equal(parse(&arguments, words), CUSTODY_OK);
    assert_string_equal(arguments_take(&arguments, "waste_code"), "841-001-01");
    assert_string_equal(arguments_take(&arguments, "mass"), "2.3 kg");
    assert_string_equal(arguments_take(&arguments, "o"), "file");
    assert_string_equal(arguments_take(&arguments, "temperature"), "-18C");
    assert_string_equal(arguments_take(&arguments, "empty"), "");
    assert_null(arguments_take(&arguments, "not"));
    assert_string_equal(arguments_take_word(&arguments), "one");
    assert_string_equal(arguments_take_word(&arguments), "two");
    assert_string_equal(arguments_take_word(&arguments), "-");
    assert_string_equal(arguments_take_word(&arguments), "--not");
    assert_null(arguments_take_word(&arguments));
    arguments_done(&arguments);
}

static void one_that_is_added_counts_as_given_last(void **state)
{
    static const char *const words[] = {"word", "--role", "carrier", NULL};
    struct arguments arguments;
    (void)state;
    assert_int_equal(parse(&arguments, words), CUSTODY_OK);
    assert_true(arguments_has(&arguments, "role"));
    assert_false(arguments_has(&arguments, "word"));
    assert_false(arguments_has(&arguments, "kind"));
    assert_true(arguments_add(&arguments, "kind", "obligation"));
    assert_true(arguments_has(&arguments, "kind"));
    assert_true(arguments_add(&arguments, "role", "holder"));
    assert_string_equal(arguments_take(&arguments, "role"), "holder");
    while (arguments.count < ARGUMENTS_MAX)
        assert_true(arguments_add(&arguments, "kind", "manifest"));
    assert_false(arguments_add(&arguments, "kind", "manifest"));
    arguments_done(&arguments);
}

static void flags(void **state)
{
    static const char *const words[] = {"--medical", "word", NULL};
    static const char *const no[] = {"--medical", "no", NULL};
    static const char *const last[] = {"--medical", NULL};
    static const char *const next[] = {"--medical", "--other", "x", NULL};
    struct arguments arguments;
    (void)state;
    assert_int_equal(parse(&arguments, words), CUSTODY_OK);
    assert_true(arguments_take_flag(&arguments, "medical"));
    assert_string_equal(arguments_take_word(&arguments), "word");
    arguments_done(&arguments);
    assert_int_equal(parse(&arguments, no), CUSTODY_OK);
    assert_false(arguments_take_flag(&arguments, "medical"));
    assert_null(arguments_take_word(&arguments));
    arguments_done(&arguments);
    assert_int_equal(parse(&arguments, last), CUSTODY_OK);
    assert_true(arguments_take_flag(&arguments, "medical"));
    assert_false(arguments_take_flag(&arguments, "other"));
    arguments_done(&arguments);
    assert_int_equal(parse(&arguments, next), CUSTODY_OK);
    assert_true(arguments_take_flag(&arguments, "medical"));
    assert_string_equal(arguments_take(&arguments, "other"), "x");
    arguments_done(&arguments);
}

static void what_is_missing_or_left(void **state)
{
    static const char *const missing[] = {"--mass", NULL};
    static const char *const followed[] = {"--mass", "--other", "x", NULL};
    static const char *const left[] = {"--mass", "1kg", "word", NULL};
    struct arguments arguments;
    struct custody_problem problem;
    (void)state;
    assert_int_equal(parse(&arguments, missing), CUSTODY_ERR_INVALID);
    arguments_done(&arguments);
    assert_int_equal(parse(&arguments, followed), CUSTODY_ERR_INVALID);
    arguments_done(&arguments);
    assert_int_equal(parse(&arguments, left), CUSTODY_OK);
    assert_int_equal(arguments_check_used(&arguments, &problem), CUSTODY_ERR_INVALID);
    assert_string_equal(problem.field, "mass");
    assert_string_equal(arguments_take(&arguments, "mass"), "1kg");
    assert_int_equal(arguments_check_used(&arguments, &problem), CUSTODY_ERR_INVALID);
    assert_string_equal(problem.got, "word");
    assert_string_equal(arguments_take_word(&arguments), "word");
    assert_int_equal(arguments_check_used(&arguments, &problem), CUSTODY_OK);
    arguments_done(&arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_words),
        cmocka_unit_test(one_that_is_added_counts_as_given_last),
        cmocka_unit_test(flags),
        cmocka_unit_test(what_is_missing_or_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
