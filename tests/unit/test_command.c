/* test_command.c: the custody command as people and programs meet it: table, help, manual, exit codes, words.
 * Never a real daemon: a ledger in memory behind a real socket. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/cli/command.h"
#include "tests/lib/check.h"
#include "tests/lib/fakeledger.h"
#include "tests/lib/tempdir.h"

struct fixture {
    struct tempdir dir;
    char home[512];
    struct fakeledger *fake;
    char *out, *errors;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    tempdir_path(&f->dir, "home", f->home, sizeof(f->home));
    f->fake = fakeledger_create();
    fakeledger_home(f->fake, f->home);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fakeledger_destroy(f->fake);
    tempdir_destroy(&f->dir);
    free(f->out);
    free(f->errors);
    free(f);
    return 0;
}

/* Run as the shell would; the answer's text is in the fixture until the next run. */
static int run(struct fixture *f, const char *const *words)
{
    char *argv[40] = {(char *)(uintptr_t) "custody", (char *)(uintptr_t) "--home", f->home};
    int argc = 3;
    size_t out_len, errors_len;
    free(f->out);
    free(f->errors);
    f->out = f->errors = NULL;
    for (; *words != NULL; words++)
        argv[argc++] = (char *)(uintptr_t)*words;
    argv[argc] = NULL;
    FILE *out = open_memstream(&f->out, &out_len);
    FILE *errors = open_memstream(&f->errors, &errors_len);
    int code = command_main(argc, argv, out, errors);
    fclose(out);
    fclose(errors);
    return code;
}

#define RUN(f, ...) run(f, (const char *const[]){__VA_ARGS__, NULL})

/* ---- the table ---- */

/* found_ledger is custodyd init's; rotate_ledger_key is said by custodyd rotate-key. */
static bool is_without_command(const char *act)
{
    static const char *const acts[] = {"found_ledger", "rotate_ledger_key"};
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (strcmp(acts[i], act) == 0)
            return true;
    return false;
}

static void every_act_has_one_command(void **state)
{
    (void)state;
    for (uint32_t act = 16; act < 128; act++) {
        size_t found = 0;
        if (body_descriptor(act) == NULL)
            continue;
        for (const struct command *command = command_table; command->name != NULL; command++) {
            char name[64];
            snprintf(name, sizeof(name), "%s", command->name);
            for (char *c = name; *c != '\0'; c++)
                *c = *c == '-' ? '_' : *c;
            if (command->act == act) {
                assert_string_equal(name, body_act_name(act));
                found++;
            }
        }
        assert_int_equal(found, is_without_command(body_act_name(act)) ? 0 : 1);
    }
}

static void every_question_has_one_command(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind < ENVELOPE_KINDS; kind++) {
        size_t found = 0;
        if (ask_request_descriptor((uint16_t)kind) == NULL || kind == ENVELOPE_ENTRIES)
            continue; /* submit, and the feed that follow and audit pull */
        for (const struct command *command = command_table; command->name != NULL; command++)
            found += command->question == kind && command->run != due_command ? 1 : 0;
        assert_int_equal(found, 1); /* due asks what unclosed asks, of one's own */
    }
}

static void names_are_distinct_and_summed_up(void **state)
{
    (void)state;
    for (const struct command *a = command_table; a->name != NULL; a++) {
        assert_ptr_equal(command_find(a->name), a);
        assert_non_null(a->run);
        assert_true(a->summary[0] >= 'a' && a->summary[0] <= 'z');
        assert_true(a->summary[strlen(a->summary) - 1] != '.');
        assert_true(strlen(a->usage) < 110);
    }
    assert_null(command_find("nothing"));
}

static char *read_manual(void)
{
    uint8_t *text;
    size_t len;
    struct custody_problem problem;
    assert_int_equal(files_read("client/cli/custody.1", 1 << 20, &text, &len, &problem),
                     CUSTODY_OK);
    return (char *)text;
}

static void the_manual_has_the_table(void **state)
{
    char *manual = read_manual(), *section = NULL;
    size_t len;
    (void)state;
    FILE *file = open_memstream(&section, &len);
    command_write_man(file);
    fclose(file);
    const char *start = strstr(manual, "\n.SH COMMANDS\n");
    assert_non_null(start);
    start += strlen("\n.SH COMMANDS\n");
    assert_non_null(strstr(start, ".SH FILES"));
    assert_int_equal(strstr(start, ".SH FILES") - start, len);
    assert_memory_equal(start, section, len);
    free(section);
    free(manual);
}

static void the_manual_has_options_and_exit_codes(void **state)
{
    static const char *const texts[] = {
        "\\-\\-home",
        "\\-\\-endpoint",
        "\\-\\-format",
        "\\-\\-timeout",
        "\\-\\-offline",
        "\\-\\-ref",
        "\\-\\-at",
        "\\-\\-record",
        "\\-\\-utc",
        "\\-\\-position",
        "\\-\\-clock\\-file",
        "\n.B 0\nDone.",
        "\n.B 1\n",
        "\n.B 2\nUsage",
        "\n.B 3\n",
        "\n.B 4\n",
        "\n.B 5\nEvidence does not verify",
    };
    char *manual = read_manual();
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_non_null(strstr(manual, texts[i]));
    free(manual);
}

/* ---- help and mistakes ---- */

static void help(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "--help"), 0);
    assert_non_null(strstr(f->out, "countersign"));
    assert_int_equal(RUN(f, "help"), 0);
    assert_int_equal(run(f, (const char *const[]){NULL}), 2);
    assert_string_equal(f->out, "");
    assert_int_equal(RUN(f, "--version"), 0);
    assert_memory_equal(f->out, "custody ", 8);
    for (const struct command *command = command_table; command->name != NULL; command++) {
        assert_int_equal(RUN(f, command->name, "--help"), 0);
        assert_non_null(strstr(f->out, command->usage));
        assert_non_null(strstr(f->out, command->summary));
    }
}

static void mistyped_commands(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(command_suggest("trce"), "trace");
    assert_string_equal(command_suggest("unclose"), "unclosed");
    assert_string_equal(command_suggest("isue-manifest"), "issue-manifest");
    assert_null(command_suggest("zzzzzzzzz"));
    assert_int_equal(RUN(f, "unclosd"), 2);
    assert_non_null(strstr(f->errors, "did you mean custody unclosed?"));
}

static void bad_usage(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "pack", "--plaice", "T1"), 2);
    assert_non_null(strstr(f->errors, "plaice"));
    assert_int_equal(RUN(f, "pack", "--container", "code=B1,mass=heavy"), 2);
    assert_non_null(strstr(f->errors, "containers[0].mass"));
    assert_non_null(strstr(f->errors, "heavy"));
    assert_int_equal(RUN(f, "pack", "T1"), 2);
    assert_int_equal(RUN(f, "--format", "yaml", "pack"), 2);
    assert_int_equal(RUN(f, "--timeout", "0", "pack"), 2);
    assert_int_equal(RUN(f, "--at", "noon", "pack"), 2);
    assert_int_equal(RUN(f, "--position", "29.6,94.3", "pack"), 2);
    assert_int_equal(RUN(f, "--position", "95.0,94.3,5", "pack"), 2);
    assert_int_equal(RUN(f, "load", "--trip", "ab"), 2);
    assert_int_equal(RUN(f, "countersign"), 2);
    assert_int_equal(RUN(f, "invite", "--party", "uscc:A"), 2);
    assert_int_equal(RUN(f, "submit"), 2);
    assert_int_equal(RUN(f, "set-divisions"), 2);
    assert_int_equal(RUN(f, "--format", "json", "pack", "--plaice", "T1"), 2);
    assert_non_null(strstr(f->errors, "{\"error\":{"));
    assert_string_equal(f->out, "");
    assert_int_equal(RUN(f, "--offline", "status", "--format", "json"), 0);
    assert_non_null(strstr(f->out, "\"kept\":0")); /* nothing of that was kept */
}

/* ---- acts ---- */

static json_t *answer(struct fixture *f)
{
    json_error_t error;
    json_t *json = json_loads(f->out, 0, &error);
    assert_non_null(json);
    return json;
}

static const char *text_at(json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

static void kept_then_on_the_ledger(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "--offline", "pack", "--place", "T1"), 0);
    assert_non_null(strstr(f->out, "已存本机 kept"));
    assert_non_null(strstr(f->out, "待上传 waiting"));
    assert_string_equal(f->errors, "");
    assert_int_equal(RUN(f, "sync"), 0);
    assert_non_null(strstr(f->out, "已入账 on the ledger  1\n"));
    assert_int_equal(RUN(f, "pack", "--place", "T2", "--format", "json"), 0);
    json_t *json = answer(f);
    assert_string_equal(text_at(json, "act"), "pack");
    assert_string_equal(text_at(json, "state"), "on_ledger");
    assert_string_equal(text_at(json, "outcome"), "recorded");
    assert_int_equal(json_integer_value(json_object_get(json, "sequence")), 2);
    assert_int_equal(json_integer_value(json_object_get(json, "entry")), 2);
    assert_int_equal(strlen(text_at(json, "id")), 64);
    json_decref(json);
    assert_int_equal(RUN(f, "verify"), 0);
    assert_non_null(strstr(f->out, "receipts kept here 2; waiting 0"));
}

static void where_it_was(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "--position", "29.6490001,-94.3617,15", "pack", "--place", "T1"), 0);
    assert_int_equal(RUN(f, "show", "1", "--format", "json"), 0);
    assert_non_null(strstr(f->out, "\"latitude_e7\":296490001"));
    assert_non_null(strstr(f->out, "\"longitude_e7\":-943617000"));
    assert_non_null(strstr(f->out, "\"position_accuracy_m\":15"));
}

static void refs(void **state)
{
    struct fixture *f = *state;
    char *first;
    assert_int_equal(
        RUN(f, "--ref", "A1", "--offline", "--format", "json", "pack", "--place", "T1"), 0);
    first = strdup(f->out);
    assert_int_equal(
        RUN(f, "--ref", "A1", "--offline", "--format", "json", "pack", "--place", "T1"), 0);
    assert_string_equal(f->out, first);
    free(first);
    assert_int_equal(RUN(f, "--ref", "A1", "--offline", "pack", "--place", "T2"), 1);
    assert_non_null(strstr(f->errors, "A1"));
}

static void the_start_of_an_id(void **state)
{
    struct fixture *f = *state;
    char start[9], id[65];
    assert_int_equal(RUN(f, "--offline", "--format", "json", "depart", "--vehicle", "A1/yellow"),
                     0);
    json_t *json = answer(f);
    snprintf(id, sizeof(id), "%s", text_at(json, "id"));
    snprintf(start, sizeof(start), "%.8s", id);
    json_decref(json);
    assert_int_equal(RUN(f, "--offline", "load", "--trip", start, "--generator", "uscc:A"), 0);
    assert_int_equal(RUN(f, "sync"), 0);
    assert_int_equal(RUN(f, "show", "2", "--format", "json"), 0);
    assert_non_null(strstr(f->out, id));
    assert_int_equal(RUN(f, "show", "2"), 0);
    assert_non_null(strstr(f->out, "装车 load"));
    /* A statement may be named by the start of its id too. */
    assert_int_equal(RUN(f, "countersign", "--statement", start), 0);
    assert_int_equal(RUN(f, "countersign", "--entry", "1"), 0);
    assert_int_equal(RUN(f, "countersign", "--entry", "1", "--statement", start), 2);
}

static void no_network(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        RUN(f, "--endpoint", "tcp://127.0.0.1:1", "--timeout", "1", "pack", "--place", "T1"), 3);
    assert_non_null(strstr(f->out, "已存本机 kept"));
    assert_non_null(strstr(f->errors, "ERR_UNREACHABLE"));
    assert_non_null(strstr(f->errors, "retryable  yes"));
    assert_int_equal(RUN(f, "--endpoint", "tcp://127.0.0.1:1", "--timeout", "1", "head"), 3);
    assert_int_equal(RUN(f, "--offline", "head"), 1);
    assert_int_equal(RUN(f, "sync"), 0);
    assert_int_equal(RUN(f, "--offline", "head"), 0);
}

static void a_lawful_no(void **state)
{
    struct fixture *f = *state;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.refuse = 1});
    assert_int_equal(RUN(f, "pack", "--place", "T1"), 1);
    assert_non_null(strstr(f->out, "不予许可 refused"));
    assert_non_null(strstr(f->out, "party_unknown"));
    assert_non_null(strstr(f->out, "field      party"));
    assert_int_equal(RUN(f, "show", "99"), 1);
    assert_non_null(strstr(f->errors, "not_found"));
}

static void evidence_that_does_not_verify(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "pack", "--place", "T1"), 0);
    fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = FAKELEDGER_OTHER_HISTORY});
    assert_int_equal(RUN(f, "pack", "--place", "T2"), 5);
    assert_non_null(strstr(f->errors, "evidence does not verify"));
    assert_non_null(strstr(f->out, "待上传 waiting"));
    assert_int_equal(RUN(f, "audit"), 5);
    assert_int_equal(RUN(f, "head"), 5);
    assert_string_equal(f->out, "");
}

static void set_aside_is_shown(void **state)
{
    struct fixture *f = *state;
    fakeledger_set(f->fake, &(struct fakeledger_settings){.turn_away = 1});
    assert_int_equal(RUN(f, "pack", "--place", "T1"), 1);
    assert_non_null(strstr(f->out, "set aside"));
    assert_int_equal(RUN(f, "pack", "--place", "T2"), 0);
    assert_int_equal(RUN(f, "sync"), 0);
    assert_non_null(strstr(f->out, "bad_signature"));
    assert_int_equal(RUN(f, "sync", "--format", "json"), 0);
    assert_non_null(strstr(f->out, "\"state\":\"set_aside\""));
}

/* ---- many lines ---- */

static void json_lines(void **state)
{
    struct fixture *f = *state;
    char path[600];
    static const char lines[] =
        "{\"act\":\"pack\",\"ref\":\"1\",\"place\":\"T1\",\"occurred_at\":\"2026-05-18T08:00\"}\n"
        "\n"
        "{\"act\":\"pack\",\"containers\":[{\"mass\":\"heavy\"}]}\n"
        "not json\n"
        "{\"act\":\"dance\"}\n"
        "{\"act\":\"register_party\",\"party\":\"uscc:A\",\"name\":\"某医院（示例）\"}\n"
        "{\"act\":\"pack\",\"ref\":\"1\",\"place\":\"T1\",\"occurred_at\":\"2026-05-18T08:00\"}";
    tempdir_path(&f->dir, "lines", path, sizeof(path));
    struct custody_problem problem;
    assert_int_equal(files_create(path, span_text(lines), &problem), CUSTODY_OK);
    assert_int_equal(RUN(f, "submit", path, "--format", "json"), 2);
    static const struct {
        const char *name, *value;
    } wanted[] = {
        {"state", "on_ledger"}, {"field", "containers[0].mass"}, {"field", "json"},
        {"field", "act"},       {"state", "on_ledger"},          {"state", "on_ledger"},
    };
    static const int numbers[] = {1, 3, 4, 5, 6, 7};
    char *line = f->out;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        json_error_t error;
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        json_t *json = json_loads(line, 0, &error);
        assert_non_null(json);
        assert_int_equal(json_integer_value(json_object_get(json, "line")), numbers[i]);
        json_t *holder =
            json_object_get(json, "error") != NULL ? json_object_get(json, "error") : json;
        assert_string_equal(text_at(holder, wanted[i].name), wanted[i].value);
        if (i == 5)
            assert_int_equal(json_integer_value(json_object_get(json, "sequence")), 1);
        json_decref(json);
        line = end + 1;
    }
    assert_int_equal(*line, '\0');
    assert_int_equal(RUN(f, "submit", path), 2);
    assert_non_null(strstr(f->errors, "line 3.containers[0].mass"));
}

static void tables_from_csv(void **state)
{
    struct fixture *f = *state;
    char path[600];
    struct custody_problem problem;
    tempdir_path(&f->dir, "divisions.csv", path, sizeof(path));
    assert_int_equal(files_create(path,
                                  span_text("code,level,name,parent\n540000,1,西藏自治区,100000\n"),
                                  &problem),
                     CUSTODY_OK);
    assert_int_equal(RUN(f, "set-divisions", path), 0);
    assert_int_equal(RUN(f, "show", "1"), 0);
    assert_non_null(strstr(f->out, "西藏自治区"));
    assert_non_null(strstr(f->out, "\"utc_offset_minutes\": 480"));
    assert_int_equal(RUN(f, "set-catalogue", path, "--edition", "x"), 2);
    assert_non_null(strstr(f->errors, "category"));
}

/* ---- proofs ---- */

static void prove_and_verify(void **state)
{
    struct fixture *f = *state;
    char path[600], vkey[300];
    tempdir_path(&f->dir, "bag.proof", path, sizeof(path));
    fakeledger_vkey(f->fake, vkey, sizeof(vkey));
    assert_int_equal(RUN(f, "pack", "--place", "T1"), 0);
    assert_int_equal(RUN(f, "prove", "1", "-o", path), 0);
    assert_int_equal(RUN(f, "verify", path, "--ledger", vkey), 0);
    assert_non_null(strstr(f->out, "已核验 verified"));
    assert_non_null(strstr(f->out, "包装 pack"));
    assert_int_equal(RUN(f, "verify", path), 0); /* the key from the ledger file */
    assert_int_equal(RUN(f, "prove", "1"), 0);
    assert_memory_equal(f->out, "c2sp.org/tlog-proof@v1\n", 23);
    uint8_t *text;
    size_t len;
    struct custody_problem problem;
    assert_int_equal(files_read(path, 1 << 20, &text, &len, &problem), CUSTODY_OK);
    text[60] = text[60] == 'A' ? 'B' : 'A';
    assert_int_equal(files_replace(path, span_of(text, len), &problem), CUSTODY_OK);
    free(text);
    assert_int_equal(RUN(f, "verify", path, "--ledger", vkey), 5);
    assert_non_null(strstr(f->out, "does not verify"));
    assert_int_equal(RUN(f, "verify", path, "--ledger", "nonsense"), 2);
    assert_int_equal(RUN(f, "audit"), 0);
    assert_non_null(strstr(f->out, "2 statements signed by their keys"));
    assert_int_equal(RUN(f, "follow"), 0);
    assert_int_equal(RUN(f, "follow", "--format", "json"), 0);
}

/* ---- enrolment ---- */

static void secrets_are_not_shown(void **state)
{
    struct fixture *f = *state;
    char home[600], key[700];
    uint8_t *text;
    size_t len;
    struct custody_problem problem;
    tempdir_path(&f->dir, "new", home, sizeof(home));
    snprintf(key, sizeof(key), "%s/key", home);
    assert_int_equal(RUN(f, "--home", home, "keygen"), 0);
    assert_int_equal(files_read(key, 4096, &text, &len, &problem), CUSTODY_OK);
    char *secret = strstr((char *)text, "seed: ") + 6;
    secret[64] = '\0';
    assert_null(strstr(f->out, secret));
    secret = strstr(secret + 65, "curve-secret: ") + 14;
    secret[64] = '\0';
    assert_null(strstr(f->out, secret));
    free(text);
    assert_int_equal(RUN(f, "--home", home, "keygen"), 1);
    assert_int_equal(RUN(f, "--home", home, "pack"), 1);
    assert_non_null(strstr(f->errors, "custody enrol"));
}

static void enrolment_both_ways(void **state)
{
    struct fixture *f = *state;
    char home[600], invitation[600], request[600], card[700];
    tempdir_path(&f->dir, "new", home, sizeof(home));
    tempdir_path(&f->dir, "invitation", invitation, sizeof(invitation));
    tempdir_path(&f->dir, "request", request, sizeof(request));
    snprintf(card, sizeof(card), "%s.card", request);
    assert_int_equal(RUN(f, "invite", "--party", "uscc:B", "--roles", "driver", "-o", invitation),
                     0);
    assert_null(strstr(f->out, "seed"));
    assert_int_equal(RUN(f, "--home", home, "enrol", invitation), 0);
    assert_non_null(strstr(f->out, "uscc:B"));
    assert_int_equal(RUN(f, "--home", home, "depart", "--vehicle", "A1/yellow"), 0);
    tempdir_path(&f->dir, "village", home, sizeof(home));
    assert_int_equal(RUN(f, "--home", home, "enrol", "--request", "--party", "uscc:V", "--roles",
                         "generator", "-o", request),
                     0);
    assert_int_equal(RUN(f, "--offline", "enrol", "--sponsor", request), 0);
    assert_int_equal(RUN(f, "--home", home, "enrol", "--card", card), 0);
    assert_int_equal(RUN(f, "--home", home, "--offline", "pack", "--place", "T1"), 0);
    /* A refused invitation leaves no file that would look like one. */
    tempdir_path(&f->dir, "second", invitation, sizeof(invitation));
    fakeledger_set(f->fake, &(struct fakeledger_settings){.refuse = 3});
    assert_int_equal(RUN(f, "invite", "--party", "uscc:B", "--roles", "driver", "-o", invitation),
                     1);
    assert_int_not_equal(access(invitation, F_OK), 0);
}

/* ---- words ---- */

static bool has_word(const char *text, const char *word)
{
    for (const char *at = text; (at = strcasestr(at, word)) != NULL; at++) {
        char before = at == text ? ' ' : at[-1], after = at[strlen(word)];
        bool is_path = before == '/' || after == '/';
        bool is_letter = (before >= 'a' && before <= 'z') || (after >= 'a' && after <= 'z');
        if (!is_path && !is_letter)
            return true;
    }
    return false;
}

static void check_words(const char *text)
{
    static const char *const words[] = {"fold", "spool", "origin", "merkle", "adopt"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (has_word(text, words[i]))
            print_error("%s in: %s\n", words[i], text);
        assert_false(has_word(text, words[i]));
    }
}

/* What people read uses people's words. */
static void no_words_of_ours(void **state)
{
    struct fixture *f = *state;
    static const char *const commands[][4] = {
        {"help", NULL},
        {"pack", "--place", "T1", NULL},
        {"sync", NULL},
        {"head", NULL},
        {"show", "1", NULL},
        {"audit", NULL},
        {"follow", NULL},
        {"verify", NULL},
        {"--offline", "status", NULL},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        assert_int_equal(run(f, commands[i]), 0);
        check_words(f->out);
        check_words(f->errors);
    }
    for (const struct command *command = command_table; command->name != NULL; command++) {
        check_words(command->usage);
        check_words(command->summary);
    }
    for (int lie = FAKELEDGER_BAD_INCLUSION; lie <= FAKELEDGER_OTHER_OUTCOME; lie++) {
        fakeledger_set(f->fake, &(struct fakeledger_settings){.lie = (enum fakeledger_lie)lie});
        run(f, commands[1]);
        check_words(f->errors);
        run(f, commands[5]);
        check_words(f->errors);
    }
}

/* ---- profiles, offline ---- */

static void a_profile_is_checked_without_a_ledger(void **state)
{
    struct fixture *f = *state;
    char path[512];
    assert_int_equal(
        RUN(f, "profile", "check", "deploy/profiles/cn-medical.ini", "deploy/profiles/us-rcra.ini"),
        0);
    assert_non_null(strstr(f->out, "deploy/profiles/cn-medical.ini"));
    assert_non_null(strstr(f->out, "deploy/profiles/us-rcra.ini"));
    FILE *file = fopen(tempdir_path(&f->dir, "bad.ini", path, sizeof(path)), "w");
    assert_non_null(file);
    fputs("[profile]\nname = x\n[storage]\ntemporary_hour = 1\n", file);
    fclose(file);
    assert_int_equal(RUN(f, "profile", "check", path, "deploy/profiles/cn-medical.ini"), 2);
    assert_non_null(strstr(f->errors, "bad.ini:4 [storage] temporary_hour\n"));
    assert_non_null(strstr(f->errors, "got        temporary_hour\n"));
    assert_non_null(strstr(f->errors, "did you mean [storage] temporary_hours?"));
    assert_non_null(
        strstr(f->out, "deploy/profiles/cn-medical.ini")); /* the others are checked too */
    assert_int_equal(RUN(f, "set-profile", path), 2);      /* never signed */
    assert_non_null(strstr(f->errors, "bad.ini:4"));
    assert_int_equal(RUN(f, "profile", "check", "nowhere.ini"), 2);
    assert_int_equal(RUN(f, "profile", "check"), 2);
    assert_int_equal(RUN(f, "profile", "chek", path), 2);
    assert_int_equal(RUN(f, "profile"), 2);
}

static void a_profiles_numbers_are_shown_with_unit_and_source(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        RUN(f, "--format", "json", "profile", "show", "deploy/profiles/cn-epidemic.ini"), 0);
    json_t *shown = json_loads(f->out, 0, NULL);
    assert_non_null(shown);
    assert_string_equal(json_string_value(json_object_get(shown, "name")), "cn-epidemic");
    assert_true(json_is_true(json_object_get(shown, "epidemic")));
    assert_int_equal(strlen(json_string_value(json_object_get(shown, "digest"))), 64);
    size_t i, found = 0;
    json_t *number;
    json_array_foreach(json_object_get(shown, "numbers"), i, number)
    {
        if (strcmp(json_string_value(json_object_get(number, "key")), "plant_hours") != 0)
            continue;
        found++;
        assert_string_equal(json_string_value(json_object_get(number, "value")), "12");
        assert_string_equal(json_string_value(json_object_get(number, "built_in")), "24");
        assert_string_equal(json_string_value(json_object_get(number, "unit")), "hours");
        assert_true(json_is_true(json_object_get(number, "differs")));
    }
    assert_int_equal(found, 1);
    json_decref(shown);
    assert_int_equal(RUN(f, "profile", "show", "medical"), 0); /* built in: no ledger is asked */
    assert_non_null(strstr(f->out, "storage.temporary_hours"));
    assert_int_equal(RUN(f, "profile", "keys"), 0);
    assert_non_null(strstr(f->out, "| storage | temporary_hours | hours | 0 | 48 |"));
}

int main(void)
{
    /* Words in both languages, wherever the test is run. */
    setenv("LC_ALL", "C", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_act_has_one_command),
        cmocka_unit_test(every_question_has_one_command),
        cmocka_unit_test(names_are_distinct_and_summed_up),
        cmocka_unit_test(the_manual_has_the_table),
        cmocka_unit_test(the_manual_has_options_and_exit_codes),
        cmocka_unit_test_setup_teardown(help, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mistyped_commands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_usage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kept_then_on_the_ledger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_profile_is_checked_without_a_ledger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_profiles_numbers_are_shown_with_unit_and_source, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(where_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_start_of_an_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_network, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lawful_no, set_up, tear_down),
        cmocka_unit_test_setup_teardown(evidence_that_does_not_verify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(set_aside_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_from_csv, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prove_and_verify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(secrets_are_not_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(enrolment_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_words_of_ours, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
