/* test_completion.c: what a shell offers: from the table of commands, their options, and the values that those have.
 * Bash's side is in tests/system/test_completion.sh. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/completion.h"
#include "tests/lib/check.h"

static char *words(const char *const *typed)
{
    char *text = NULL;
    size_t len = 0, count = 0;
    FILE *file = open_memstream(&text, &len);
    assert_non_null(file);
    while (typed[count] != NULL)
        count++;
    completion_write_words(typed, count, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

#define WORDS(...) words((const char *const[]){__VA_ARGS__, NULL})

static bool has(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || at[-1] == '\n') && at[len] == '\n')
            return true;
    return false;
}

static void commands_first(void **state)
{
    (void)state;
    char *all = WORDS(""), *options = WORDS("--"), *behind = WORDS("--format", "json", "");
    assert_true(has(all, "pack") && has(all, "unclosed") && has(all, "help"));
    assert_false(has(all, "--home"));
    assert_true(has(options, "--home") && has(options, "--offline"));
    assert_true(has(behind, "trace"));
    free(all);
    free(options);
    free(behind);
}

static void options_of_a_command_once_each(void **state)
{
    (void)state;
    char *text = WORDS("--home", "x", "register-party", "--");
    assert_true(has(text, "--party") && has(text, "--kind") && has(text, "--site") &&
                has(text, "--offline"));
    const char *first = strstr(text, "--party\n");
    assert_null(strstr(first + 1, "\n--party\n"));
    free(text);
}

static void values_where_there_is_a_list(void **state)
{
    (void)state;
    char *site = WORDS("register-party", "--site", ""),
         *kind = WORDS("register-party", "--kind", "");
    char *format = WORDS("trace", "--format", ""), *any = WORDS("register-party", "--division", "");
    char *file = WORDS("verify", "");
    assert_true(has(site, "hospital") && has(site, "other"));
    assert_true(has(kind, "carrier") && has(kind, "auditor"));
    assert_string_equal(format, "text\njson\ntsv\n");
    assert_string_equal(any, "");
    assert_string_equal(file, "");
    free(site);
    free(kind);
    free(format);
    free(any);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_first),
        cmocka_unit_test(options_of_a_command_once_each),
        cmocka_unit_test(values_where_there_is_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
