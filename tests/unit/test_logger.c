/* test_logger.c: one fact is one line, whatever a peer sent.
 * Never reads the real stderr: each line goes through a pipe. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/base/logger.h"

static char output[16384];
static int saved_stderr, reader;

static void capture(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    reader = ends[0];
}

static const char *captured(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    size_t len = 0;
    ssize_t got;
    while ((got = read(reader, output + len, sizeof(output) - 1 - len)) > 0) {
        len += (size_t)got;
    }
    close(reader);
    output[len] = '\0';
    return output;
}

static void test_plain_line(void **state)
{
    (void)state;
    capture();
    LOG(LOGGER_INFO, "start", LOGGER_TEXT("origin", "ledger.example/custody"),
        LOGGER_NUMBER("entry", -3), LOGGER_TEXT("none", NULL));
    assert_string_equal(captured(),
                        "level=info op=start origin=ledger.example/custody entry=-3 none=-\n");
}

static void test_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"two words", "level=warning op=x v=\"two words\"\n"},
        {"", "level=warning op=x v=\"\"\n"},
        {"a\nlevel=error", "level=warning op=x v=\"a\\nlevel=error\"\n"},
        {"a=b", "level=warning op=x v=\"a=b\"\n"},
        {"say \"no\" \\", "level=warning op=x v=\"say \\\"no\\\" \\\\\"\n"},
        {"\x1b[31mred", "level=warning op=x v=\"\\x1b[31mred\"\n"},
        {"\xe5\xb7\xb2\xe5\x85\xa5\xe8\xb4\xa6",
         "level=warning op=x v=\xe5\xb7\xb2\xe5\x85\xa5\xe8\xb4\xa6\n"},
        {"\xff\xfe", "level=warning op=x v=\"\\xff\\xfe\"\n"},
        {"\xc2\x85", "level=warning op=x v=\"\\xc2\\x85\"\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        capture();
        LOG(LOGGER_WARNING, "x", LOGGER_TEXT("v", cases[i].text));
        assert_string_equal(captured(), cases[i].line);
    }
}

static void test_long_values_are_cut(void **state)
{
    (void)state;
    char text[4000];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    capture();
    LOG(LOGGER_ERROR, "x", LOGGER_TEXT("v", text));
    const char *line = captured();
    assert_true(strlen(line) < 600);
    assert_non_null(strstr(line, "aaa...\"\n"));

    struct logger_field many[20];
    for (size_t i = 0; i < 20; i++) {
        many[i] = LOGGER_TEXT("v", text);
    }
    capture();
    logger_write(LOGGER_ERROR, "x", 20, many);
    line = captured();
    assert_int_equal(strlen(line), 4096);
    assert_true(strchr(line, '\n') == line + 4095);
}

static void test_level(void **state)
{
    (void)state;
    logger_set_level(LOGGER_ERROR);
    capture();
    LOG(LOGGER_WARNING, "x", LOGGER_NUMBER("n", 1));
    LOG(LOGGER_ERROR, "y", LOGGER_NUMBER("n", 2));
    assert_string_equal(captured(), "level=error op=y n=2\n");
    logger_set_level(LOGGER_INFO);
}

static void test_defect_aborts(void **state)
{
    (void)state;
    capture();
    pid_t child = fork();
    if (child == 0) {
        INVARIANT(1 + 1 == 3);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    const char *line = captured();
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(line, "level=error op=defect condition=\"1 + 1 == 3\" file="));
    INVARIANT(1 + 1 == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_line),          cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_long_values_are_cut), cmocka_unit_test(test_level),
        cmocka_unit_test(test_defect_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
