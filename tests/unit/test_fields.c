/* test_fields.c: options of a command line into the JSON of a message.
 * Never judges a value: test_reflect.c does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "daemon/domain/bounds.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/fields.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

static enum custody_status complete(void *context,
                                    const char *prefix,
                                    char ret[static FIELDS_STATEMENT_TEXT_MAX],
                                    struct custody_problem *problem)
{
    (void)context;
    if (strcmp(prefix, "ab12") != 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "", "the start of an id", "%s", prefix);
    snprintf(ret, FIELDS_STATEMENT_TEXT_MAX, "00ff:7:%064d", 1);
    return CUSTODY_OK;
}

/* The options as JSON text, or NULL and the problem. */
static char *take(const ProtobufCMessageDescriptor *descriptor,
                  const char *const *words,
                  struct custody_problem *problem)
{
    const struct fields_source source = {.descriptor = descriptor, .complete = complete};
    struct arguments *arguments = calloc(1, sizeof(*arguments));
    char *argv[32], *text = NULL;
    int argc = 0;
    json_t *json = NULL;
    for (; words[argc] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    assert_int_equal(arguments_parse(argc, argv, fields_is_flag, descriptor, arguments, problem),
                     CUSTODY_OK);
    problem_clear(problem);
    if (fields_take(&source, arguments, &json, problem) == CUSTODY_OK) {
        text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
        if (arguments_check_used(arguments, problem) != CUSTODY_OK) {
            free(text);
            text = NULL;
        }
    }
    json_decref(json);
    arguments_done(arguments);
    free(arguments);
    return text;
}

static void
expect(const ProtobufCMessageDescriptor *descriptor, const char *const *words, const char *expected)
{
    struct custody_problem problem;
    char *text = take(descriptor, words, &problem);
    if (text == NULL)
        print_error("%s: %s\n", problem.field, problem.got);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void scalars_and_lists(void **state)
{
    (void)state;
    expect(&custody__v1__pack_body__descriptor,
           WORDS("--generator", "uscc:A", "--place=T1", "--container",
                 "code=B1,mass=2.3kg,mass_source=weighed,epidemic", "--container", "B2",
                 "--containers", "code=a\\,b"),
           "{\"containers\":[{\"code\":\"B1\",\"epidemic\":true,\"mass\":\"2.3kg\","
           "\"mass_source\":\"weighed\"},{\"code\":\"B2\"},{\"code\":\"a,b\"}],"
           "\"generator\":\"uscc:A\",\"place\":\"T1\"}");
    expect(&custody__v1__store_body__descriptor,
           WORDS("--container", "B1,B2", "--box", "X1", "--containers", "B3", "--place",
                 "uscc:A/T1", "--temperature", "-4.5C"),
           "{\"boxes\":[\"X1\"],\"containers\":[\"B1\",\"B2\",\"B3\"],\"place\":\"uscc:A/T1\","
           "\"temperature\":\"-4.5C\"}");
    expect(
        &custody__v1__grant_permit_body__descriptor,
        WORDS("--activity", "treat,collect", "--code", "841-*", "--effective-until", "2027-01-01"),
        "{\"activities\":[\"treat\",\"collect\"],\"codes\":[\"841-*\"],"
        "\"effective_until\":\"2027-01-01\"}");
}

static void holders_and_flags(void **state)
{
    (void)state;
    expect(&custody__v1__issue_manifest_body__descriptor,
           WORDS("--receiver", "uscc:P", "--line", "waste_code=841-001-01,planned_mass=3kg",
                 "--leg", "carrier=uscc:C,vehicle=A1/yellow"),
           "{\"plan\":{\"legs\":[{\"carrier\":\"uscc:C\",\"vehicle\":\"A1/yellow\"}],"
           "\"lines\":[{\"planned_mass\":\"3kg\",\"waste_code\":\"841-001-01\"}],"
           "\"receiver\":\"uscc:P\"}}");
    expect(&custody__v1__register_vehicle_body__descriptor,
           WORDS("--medical", "--vehicle", "A1/yellow"),
           "{\"medical\":true,\"vehicle\":\"A1/yellow\"}");
    expect(&custody__v1__trace_request__descriptor,
           WORDS("--forward", "--limit", "5", "--container", "uscc:A/B1"),
           "{\"container\":\"uscc:A/B1\",\"forward\":true,\"options\":{\"limit\":\"5\"}}");
    expect(&custody__v1__register_party_body__descriptor,
           WORDS("--name", "某医院", "--party", "uscc:A"),
           "{\"name\":\"某医院\",\"party\":\"uscc:A\"}");
}

/* From the words of a command line to a body that is in bounds. */
static void expect_act(uint32_t act, const char *const *words)
{
    struct custody_problem problem;
    struct bounds_fault fault;
    ProtobufCMessage *body = NULL;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    char *text = take(descriptor, words, &problem);
    assert_non_null(text);
    json_t *json = json_loads(text, 0, NULL);
    problem_clear(&problem);
    enum custody_status status = reflect_from_json(descriptor, json, &body, &problem);
    assert_string_equal(problem.field, "");
    assert_int_equal(status, CUSTODY_OK);
    bool is_good = bounds_check(act, body, &fault);
    assert_string_equal(fault.field, "");
    assert_true(is_good);
    reflect_free(body);
    json_decref(json);
    free(text);
}

#define ACT(name) CUSTODY__V1__ACT__ACT_##name

/* Every act of the registry can be said on one line. */
static void the_registrys_acts(void **state)
{
    (void)state;
    char id[2 * DIGEST_SIZE + 1];
    snprintf(id, sizeof(id), "%064d", 5);
    expect_act(ACT(CHANGE_PARTY), WORDS("--party", "uscc:A", "--beds", "20", "--sector", "Q8411"));
    expect_act(ACT(CHANGE_PARTY), WORDS("--party", "uscc:A", "--closed", "--successor", "uscc:B",
                                        "--effective-from", "2026-07-01"));
    expect_act(ACT(SUSPEND),
               WORDS("--permit", "XZ-77", "--order", "2026-1", "--effective-until", "2026-08-01"));
    expect_act(ACT(SUSPEND), WORDS("--party", "uscc:A", "--order", "2026-1"));
    expect_act(ACT(SUSPEND), WORDS("--vehicle", "G12345/yellow", "--order", "2026-1"));
    expect_act(ACT(APPROVE_TRANSFER),
               WORDS("--number", "A-1", "--generator", "uscc:A", "--receiver", "uscc:B", "--code",
                     "841-*", "--mass", "5t", "--method", "Y10"));
    char block[FIELDS_STATEMENT_TEXT_MAX];
    snprintf(block, sizeof(block), "%064d:7:%064d", 1, 2);
    expect_act(ACT(CLOSE_BLOCK), WORDS("--block", block));
    expect_act(ACT(CANCEL_MANIFEST), WORDS("--manifest", id, "--reason", "mistake"));
    expect_act(ACT(FILE_DOCUMENT),
               WORDS("--kind", "management_plan", "--number", "MP-1", "--party", "uscc:A,uscc:B",
                     "--line", "waste_code=841-001-01,planned_mass=3t", "--effective-until",
                     "2027-01-01"));
    expect_act(ACT(FILE_DOCUMENT), WORDS("--kind", "crew_certificate", "--number", "5401-7"));
    expect_act(ACT(CLOSE_BY_ORDER), WORDS("--manifest", id, "--order", "2026-2"));
    expect_act(ACT(CLOSE_BY_ORDER), WORDS("--container", "uscc:A/B1", "--order", "2026-2"));
    expect_act(ACT(ERASE), WORDS("--digest", id, "--order", "2036-1"));
}

static void ids_are_completed(void **state)
{
    char wanted[400];
    struct custody_problem problem;
    (void)state;
    snprintf(wanted, sizeof(wanted), "{\"manifest\":\"%064d\",\"trip\":\"%064d\"}", 1, 2);
    char trip[80];
    snprintf(trip, sizeof(trip), "%064d", 2);
    expect(&custody__v1__load_body__descriptor, WORDS("--manifest", "ab12", "--trip", trip),
           wanted);
    snprintf(wanted, sizeof(wanted), "{\"block\":\"00ff:7:%064d\"}", 1);
    expect(&custody__v1__draw_manifest_body__descriptor, WORDS("--block", "ab12"), wanted);
    expect(&custody__v1__draw_manifest_body__descriptor, WORDS("--block", "aa:1:bb"),
           "{\"block\":\"aa:1:bb\"}");
    assert_null(take(&custody__v1__load_body__descriptor, WORDS("--trip", "cd"), &problem));
    assert_string_equal(problem.field, "trip");
    assert_string_equal(problem.got, "cd");
}

static void files(void **state)
{
    struct tempdir dir;
    char path[512], option[520];
    struct custody_problem problem;
    (void)state;
    tempdir_create(&dir);
    FILE *file = fopen(tempdir_path(&dir, "profile", path, sizeof(path)), "w");
    fputs("[x]\n", file);
    fclose(file);
    snprintf(option, sizeof(option), "@%s", path);
    expect(&custody__v1__set_profile_body__descriptor, WORDS("--text", option),
           "{\"text\":\"5b785d0a\"}");
    assert_null(
        take(&custody__v1__set_profile_body__descriptor, WORDS("--text", "@/nowhere"), &problem));
    assert_int_equal(problem.status, CUSTODY_ERR_NOT_FOUND);
    tempdir_destroy(&dir);
}

static void what_is_not_a_field(void **state)
{
    struct custody_problem problem;
    (void)state;
    assert_null(take(&custody__v1__pack_body__descriptor, WORDS("--plaice", "T1"), &problem));
    assert_string_equal(problem.field, "plaice");
    assert_null(take(&custody__v1__pack_body__descriptor, WORDS("--place", "T1", "--place", "T2"),
                     &problem));
    assert_string_equal(problem.expected, "the option once");
    /* an unknown part goes to the reader of JSON, which names what it expected */
    expect(&custody__v1__pack_body__descriptor, WORDS("--container", "cod=B1"),
           "{\"containers\":[{\"cod\":\"B1\"}]}");
}

/* Every field of every act can be given, and is described. */
static void help_names_every_field(void **state)
{
    char *text = NULL;
    size_t len = 0;
    (void)state;
    FILE *file = open_memstream(&text, &len);
    fields_describe(&custody__v1__issue_manifest_body__descriptor, file);
    fields_describe(&custody__v1__depart_body__descriptor, file);
    fields_describe(&custody__v1__load_body__descriptor, file);
    fclose(file);
    assert_non_null(strstr(text, "--receiver TEXT"));
    assert_non_null(strstr(text, "--type normal|back_entry|emergency|cross_province"));
    assert_non_null(strstr(text, "--vehicle PLATE/COLOUR"));
    assert_non_null(strstr(text, "--driver TEXT"));
    assert_non_null(strstr(text, "--trip ID"));
    assert_non_null(strstr(text, "--bulk line=,mass=,mass_source= ..."));
    free(text);
}

/* Names are told without the unit that the value brings, and are taken so. What goes with every question is not told. */
static void what_help_names_is_taken(void **state)
{
    static const ProtobufCMessageDescriptor *const asked[] = {
        &custody__v1__unclosed_request__descriptor, &custody__v1__findings_request__descriptor,
        &custody__v1__correct_clock_body__descriptor, &custody__v1__report_request__descriptor};
    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        char *text = NULL, *rest = NULL;
        size_t len = 0;
        FILE *file = open_memstream(&text, &len);
        fields_describe(asked[i], file);
        fclose(file);
        assert_null(strstr(text, "_us"));
        assert_null(strstr(text, "known-size"));
        for (char *line = strtok_r(text, "\n", &rest); line != NULL;
             line = strtok_r(NULL, "\n", &rest)) {
            char name[64];
            assert_int_equal(sscanf(line, "  --%63s ", name), 1);
            for (char *c = name; *c != '\0'; c++)
                *c = *c == '-' ? '_' : *c;
            assert_non_null(reflect_find_field(asked[i], name));
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_and_lists),
        cmocka_unit_test(holders_and_flags),
        cmocka_unit_test(the_registrys_acts),
        cmocka_unit_test(ids_are_completed),
        cmocka_unit_test(files),
        cmocka_unit_test(what_is_not_a_field),
        cmocka_unit_test(help_names_every_field),
        cmocka_unit_test(what_help_names_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
