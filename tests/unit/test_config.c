/* test_config.c: what a file may say, what it may not, and that every setting is documented.
 * Never starts a daemon. */
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static void expect_fault(const char *text, int line, const char *words)
{
    struct config config;
    struct config_fault fault;
    config_init(&config);
    assert_false(config_parse(&config, text, &fault));
    if (strstr(fault.sentence, words) == NULL || fault.line != line) {
        fail_msg("%s\n-> line %d: %s", text, fault.line, fault.sentence);
    }
}

static void test_good_file(void **state)
{
    (void)state;
    struct config config;
    struct config_fault fault;
    config_init(&config);
    assert_true(config_parse(&config,
                             "# words\n"
                             "; words\n"
                             "[ledger]\n"
                             "data = /srv/账本 ; where it is\n"
                             "map_size=16 GiB\n"
                             "\n"
                             "[limits]\n"
                             "jobs: 512\n"
                             "overlay = 2097152\n"
                             "[log]\n"
                             "level = debug\n",
                             &fault));
    assert_string_equal(config.data, "/srv/账本");
    assert_int_equal(config.map_size, UINT64_C(16) << 30);
    assert_int_equal(config.jobs, 512);
    assert_int_equal(config.overlay, 2 << 20);
    assert_string_equal(config.level, "debug");
    assert_true(config_parse(&config, "", &fault));
    assert_true(config_check(&config, &fault));
}

static void test_bad_files(void **state)
{
    (void)state;
    char text[600];
    expect_fault("[ledger]\n\ndate = /srv\n", 3, "no key \"date\" in section [ledger]");
    expect_fault("[ledgers]\ndata = /srv\n", 2, "no key \"data\" in section [ledgers]");
    expect_fault("data = /srv\n", 1, "no key \"data\" in section []");
    expect_fault("[limits]\njobs = 100\njobs = 200\n", 3, "limits.jobs: set twice");
    expect_fault("[limits]\njobs = 15\n", 2, "a number from 16 to 65536, got \"15\"");
    expect_fault("[limits]\njobs = 65537\n", 2, "limits.jobs");
    expect_fault("[limits]\njobs = many\n", 2, "got \"many\"");
    expect_fault("[limits]\njobs = -5\n", 2, "limits.jobs");
    expect_fault("[limits]\njobs = 5e3\n", 2, "limits.jobs");
    expect_fault("[limits]\njobs = 0x100\n", 2, "limits.jobs");
    expect_fault("[limits]\njobs = 99999999999999999999999\n", 2, "limits.jobs");
    expect_fault("[limits]\njobs =\n", 2, "limits.jobs");
    expect_fault("[ledger]\nmap_size = 16 GB\n", 2, "a size like 64 MiB from 16 MiB to 64 TiB");
    expect_fault("[ledger]\nmap_size = 99999999 TiB\n", 2, "ledger.map_size");
    expect_fault("[ledger]\nmap_size = GiB\n", 2, "ledger.map_size");
    expect_fault("[ledger]\ndata =\n", 2, "ledger.data: expected 1 to 179 bytes, got 0");
    expect_fault("[ledger]\ndata = a\x01z\n", 2, "not printable");
    expect_fault("[ledger]\ndata = \xff\n", 2, "not printable");
    expect_fault("[log]\nlevel = loud\n", 2, "debug, info, warning or error");
    expect_fault("[ledger\ndata = /srv\n", 1, "expected [section] or key = value");
    expect_fault("[ledger]\njust words\n", 2, "expected [section] or key = value");
    expect_fault("[limits]\njobs = 100\n 200\n", 3, "set twice");
    snprintf(text, sizeof(text), "[ledger]\n\n# %0300d\n", 0);
    expect_fault(text, 3, "302 bytes");
    /* The first of several is named. */
    expect_fault("[limits]\njobs = 1\nqueue = 1\nreaders = 1000\n", 2, "limits.jobs");
}

static void test_the_command_line_wins(void **state)
{
    (void)state;
    struct config config;
    struct config_fault fault;
    config_init(&config);
    assert_true(config_set(&config, "jobs", "100", &fault));
    assert_true(config_set(&config, "key-file", "/run/key", &fault));
    assert_true(config_parse(&config, "[limits]\njobs = 200\nqueue = 64\n", &fault));
    assert_int_equal(config.jobs, 100);
    assert_int_equal(config.queue, 64);
    assert_string_equal(config.key_file, "/run/key");
    /* What the file says must still be right. */
    assert_false(config_parse(&config, "[limits]\njobs = many\n", &fault));
    assert_true(config_set(&config, "queue", "128", &fault));
    assert_int_equal(config.queue, 128);
    assert_true(config_is_option("submit-rate"));
    assert_false(config_is_option("submit"));
    assert_false(config_is_option("submit-rate-"));
    assert_false(config_is_option(""));
    assert_false(config_set(&config, "nonsense", "1", &fault));
    assert_non_null(strstr(fault.sentence, "--nonsense"));
    assert_false(config_set(&config, "jobs", "1", &fault));
}

static void test_settings_that_contradict(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value;
        bool is_good;
    } cases[] = {
        {"key-file", "/var/lib/custodyd/ledger/key", false},
        {"key-file", "/var/lib/custodyd/ledger.key", true},
        {"mark-file", "/var/lib/custodyd/ledger/mark", false},
        {"mark-file", "/var/lib/custodyd/ledger", false},
        {"mark-file", "/mnt/mark", true},
        {"data", "/var/lib/custodyd/", false},
        {"data", "/", false},
        {"backup-folder", "/var/lib/custodyd/ledger/backup", false},
        {"export-folder", "/var/lib/custodyd/ledger", false},
        {"export-folder", "/srv/tiles", true},
        {"user-jobs", "5000", false},
        {"user-questions", "600", false},
        {"jobs", "512", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config config;
        struct config_fault fault;
        config_init(&config);
        assert_true(config_set(&config, cases[i].option, cases[i].value, &fault));
        if (config_check(&config, &fault) != cases[i].is_good) {
            fail_msg("%s %s: %s", cases[i].option, cases[i].value, fault.sentence);
        }
    }
}

static char *printed(const struct config *config)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    config_print(config, out);
    fclose(out);
    return text;
}

static void test_print_is_parsed_back(void **state)
{
    (void)state;
    static const char *const numbers[] = {"16", "100", "4096", "65536", "2 MiB", "16 GiB", "3TiB"};
    static const char *const options[] = {"jobs",  "queue",   "readers",    "map-size",
                                          "level", "overlay", "fill-ahead", "endpoint"};
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int round = 0; round < 300; round++) {
        struct config config;
        struct config again;
        struct config_fault fault;
        config_init(&config);
        config_init(&again);
        for (int i = 0; i < 5; i++) { /* some of them are refused, and change nothing */
            (void)config_set(&config, options[dice_below(&dice, 8)], numbers[dice_below(&dice, 7)],
                             &fault);
        }
        char *text = printed(&config);
        if (!config_parse(&again, text, &fault)) {
            fail_msg("line %d: %s\n%s", fault.line, fault.sentence, text);
        }
        memcpy(again.is_given, config.is_given, sizeof(again.is_given));
        assert_memory_equal(&again, &config, sizeof(config));
        free(text);
    }
}

/* What a file would cut short is refused on the command line too, so that what is printed reads back. */
static void test_values_that_no_file_holds(void **state)
{
    (void)state;
    static const char *const values[] = {";a", " a", "a ", "a ;b", " ", ";"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct config config;
        struct config_fault fault;
        config_init(&config);
        assert_false(config_set(&config, "data", values[i], &fault));
        assert_non_null(strstr(fault.sentence, "ledger.data: no file"));
        assert_string_equal(config.data, "/var/lib/custodyd/ledger");
    }
    struct config config;
    struct config_fault fault;
    config_init(&config);
    assert_true(config_set(&config, "data", "a;b", &fault));
    expect_fault("[ledger]\ndata =;a\n", 2, "ledger.data: no file");
}

static char *read_text(const char *path)
{
    static char text[CONFIG_FILE_MAX];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

/* The sample says the defaults, and both it and the manual name every setting. */
static void test_documents(void **state)
{
    (void)state;
    struct config config;
    struct config sample;
    struct config_fault fault;
    config_init(&config);
    config_init(&sample);
    char *text = read_text("deploy/custodyd.conf.sample");
    if (!config_parse(&sample, text, &fault)) {
        fail_msg("custodyd.conf.sample:%d: %s", fault.line, fault.sentence);
    }
    assert_memory_equal(&sample, &config, sizeof(config));

    static const char *const documents[] = {"deploy/custodyd.conf.sample",
                                            "daemon/custodyd.conf.5"};
    char *settings = printed(&config);
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        text = read_text(documents[i]);
        char *rest = NULL;
        char *copy = strdup(settings);
        for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
             line = strtok_r(NULL, "\n", &rest)) {
            char *end = strstr(line, " = ");
            char word[64];
            if (end == NULL) {
                continue;
            }
            /* The sample sets it, the manual has a paragraph that begins with it. */
            snprintf(word, sizeof(word), i == 0 ? "\n%.*s = " : "\n.B %.*s\n", (int)(end - line),
                     line);
            if (strstr(text, word) == NULL) {
                fail_msg("%s does not speak of %.*s", documents[i], (int)(end - line), line);
            }
        }
        free(copy);
    }
    free(settings);
}

static void test_random_bytes(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "[ledger]", "[limits]", "jobs", "=", " ", "100", "data", "/a", "\n", "\n\n",
        ";",        "#",        ":",    "[", "]", "\t",  "账",   "\\", "\r", "16 GiB"};
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int round = 0; round < 20000; round++) {
        char text[1024] = "";
        struct config config;
        struct config_fault fault;
        config_init(&config);
        for (uint64_t i = dice_below(&dice, 40); i > 0; i--) {
            strncat(text, pieces[dice_below(&dice, 20)], sizeof(text) - strlen(text) - 1);
        }
        if (!config_parse(&config, text, &fault)) {
            assert_true(fault.line > 0 && fault.sentence[0] != '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_file),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_the_command_line_wins),
        cmocka_unit_test(test_settings_that_contradict),
        cmocka_unit_test(test_print_is_parsed_back),
        cmocka_unit_test(test_values_that_no_file_holds),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
