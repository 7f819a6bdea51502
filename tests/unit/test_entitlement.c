/* test_entitlement.c: the tables of who may what are whole, PROTOCOL.md 11 is written from them, and the fold moves custody at
 * exactly the standings that they give.
 *
 * `test_entitlement --write` writes the section anew. The cells of the questions are tested in tests/model/test_matrix.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <custody/status.h>
#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "proto/envelope.h"
#include "daemon/domain/container.h"
#include "daemon/domain/entitlement.h"
#include "tests/lib/check.h"

#define DOCUMENT "proto/PROTOCOL.md"
#define BEGIN    "<!-- entitlement: begin -->\n"
#define END      "<!-- entitlement: end -->\n"

enum { DOCUMENT_MAX = 256 * 1024, SECTION_MAX = 32 * 1024 };

static char document[DOCUMENT_MAX], section[SECTION_MAX];

/* ---- the section ------------------------------------------------------------------------------- */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    size_t len = strlen(section);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(section + len, sizeof section - len, format, arguments);
    va_end(arguments);
    assert_true(strlen(section) < sizeof section - 1);
}

struct bit_word {
    unsigned bit;
    const char *word;
};

static void say_cell(unsigned bits, const struct bit_word *words, size_t count)
{
    const char *between = "";
    say(bits == 0 ? " - |" : " ");
    for (size_t i = 0; bits != 0 && i < count; i++)
        if ((bits & words[i].bit) != 0) {
            say("%s%s", between, words[i].word);
            between = ", ";
            bits &= ~words[i].bit;
        }
    assert_int_equal(bits, 0);
    if (between[0] != 0)
        say(" |");
}

#define CELL(bits, words) say_cell(bits, words, sizeof words / sizeof words[0])

static const struct bit_word standing_words[] = {{ENTITLEMENT_OWN, "own"},
                                                 {ENTITLEMENT_SPONSORED, "sponsored"},
                                                 {ENTITLEMENT_DIVISION, "division"},
                                                 {ENTITLEMENT_ANYWHERE, "anywhere"},
                                                 {ENTITLEMENT_FOUNDING, "founding"}};
static const struct bit_word word_words[] = {{ENTITLEMENT_GENERATOR, "generator"},
                                             {ENTITLEMENT_HOLDER, "holder"},
                                             {ENTITLEMENT_NAMED, "named"},
                                             {ENTITLEMENT_COUNTERSIGNED, "signed"},
                                             {ENTITLEMENT_UNHELD, "unheld"}};
static const struct bit_word scope_words[] = {
    {ENTITLEMENT_SEES_HASHES, "hashes"},       {ENTITLEMENT_SEES_OWN, "own"},
    {ENTITLEMENT_SEES_SPONSORED, "sponsored"}, {ENTITLEMENT_SEES_DIVISION, "division"},
    {ENTITLEMENT_SEES_SECTOR, "sector"},       {ENTITLEMENT_SEES_LEDGER, "ledger"}};

static const char *role_name(unsigned role)
{
    static const char *const names[ENTITLEMENT_ROLES] = {
        NULL,      "generator", "driver", "facility", "regulator",
        "auditor", "witness",   "admin",  "root",     "invited"};
    return names[role];
}

static void say_head(const char *first)
{
    say("| %s |", first);
    for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++)
        say(" %s |", role_name(role));
    say("\n|---|");
    for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++)
        say("---|");
    say("\n");
}

static void say_keys(void)
{
    say("### 11.1 What a key's standing lets it do\n\n"
        "| standing of the key | may connect and ask | its facts are | its requests are |\n"
        "|---|---|---|---|\n");
    for (int i = 0; i < ENTITLEMENT_KEY_STANDINGS; i++) {
        const struct entitlement_key *row = entitlement_key_row((enum entitlement_key_standing)i);
        say("| %s | %s | %s | %s |\n", row->words, row->may_ask ? "yes" : "no",
            row->facts == CUSTODY_OUTCOME_unavailable ? "not taken yet: enrolment_awaited"
                                                      : custody_outcome_name(row->facts),
            row->requests == 0 ? "decided" : custody_reason_name(row->requests));
    }
}

static void say_permissions(void)
{
    say("\n### 11.2 Who may ask for what\n\n");
    say_head("act");
    for (uint32_t act = 16; act < 64; act++) {
        if (body_act_name(act) == NULL)
            continue;
        say("| %s |", body_act_name(act));
        for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++)
            CELL(entitlement_cell(act, role), standing_words);
        say("\n");
    }
}

static void say_facts(void)
{
    say("\n### 11.3 Whose word moves custody\n\n"
        "| act | generator | carrier | facility | regulator | auditor |\n"
        "|---|---|---|---|---|---|\n");
    for (uint32_t act = 64; act < 128; act++) {
        unsigned any = 0;
        for (unsigned kind = 1; kind < ENTITLEMENT_KINDS; kind++)
            any |= entitlement_word_of(act, kind);
        if (any == 0)
            continue;
        say("| %s |", body_act_name(act));
        for (unsigned kind = 1; kind < ENTITLEMENT_KINDS; kind++)
            CELL(entitlement_word_of(act, kind), word_words);
        say("\n");
    }
}

static void say_question(const char *name, uint16_t kind)
{
    say("| %s |", name);
    for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++)
        CELL(entitlement_scope_cell((uint16_t)kind, role), scope_words);
    say("\n");
}

static void say_questions(void)
{
    say("\n### 11.4 Who sees what\n\n");
    say_head("question");
    for (unsigned kind = 1; kind < ENVELOPE_KINDS; kind++)
        if (envelope_kind_name((uint16_t)kind) != NULL)
            say_question(envelope_kind_name((uint16_t)kind), (uint16_t)kind);
    say_question("record about a person", ENTITLEMENT_IDENTITY);
}

static void write_section(void)
{
    section[0] = 0;
    say(BEGIN);
    say_keys();
    say_permissions();
    say_facts();
    say_questions();
    say(END);
}

static bool read_document(void)
{
    FILE *file = fopen(DOCUMENT, "r");
    size_t len = file == NULL ? 0 : fread(document, 1, sizeof document - 1, file);
    if (file != NULL)
        fclose(file);
    document[len] = 0;
    return len > 0 && len < sizeof document - 1;
}

static void the_document_is_written_from_the_tables(void **state)
{
    (void)state;
    assert_true(read_document());
    write_section();
    if (strstr(document, section) == NULL)
        fail_msg(
            "%s 11 is not what the tables say: run build/*/tests/unit/test_entitlement --write",
            DOCUMENT);
}

static int rewrite_document(void)
{
    char *begin, *end;
    FILE *file;
    write_section();
    if (!read_document() || (begin = strstr(document, BEGIN)) == NULL ||
        (end = strstr(begin, END)) == NULL || (file = fopen(DOCUMENT, "w")) == NULL)
        return 1;
    fprintf(file, "%.*s%s%s", (int)(begin - document), document, section, end + strlen(END));
    return fclose(file) == 0 ? 0 : 1;
}

/* ---- the tables are whole ---------------------------------------------------------------------- */

static void every_permission_can_be_asked_by_somebody(void **state)
{
    (void)state;
    for (uint32_t act = 16; act < 64; act++) {
        unsigned any = 0;
        for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++)
            any |= entitlement_cell(act, role);
        if ((any != 0) != (body_act_name(act) != NULL))
            fail_msg("act %u: a row in the table and an act in the schema must go together", act);
    }
    assert_int_equal(entitlement_cell(CUSTODY__V1__ACT__ACT_PACK, 1), 0);
    assert_int_equal(entitlement_cell(CUSTODY__V1__ACT__ACT_ERASE, 0), 0);
    assert_int_equal(entitlement_cell(CUSTODY__V1__ACT__ACT_ERASE, ENTITLEMENT_ROLES), 0);
}

static void every_question_can_be_asked_by_somebody(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind < ENVELOPE_KINDS; kind++) {
        unsigned any = 0;
        for (unsigned role = 1; role < ENTITLEMENT_ROLES; role++)
            any |= entitlement_scope_cell((uint16_t)kind, role);
        if ((any != 0) != (envelope_kind_name((uint16_t)kind) != NULL))
            fail_msg("question %u has no row in entitlement.c", kind);
    }
    assert_int_equal(entitlement_scopes(0, UINT16_MAX), 0);
    assert_int_equal(entitlement_scope_cell(ENVELOPE_HEAD, 0), 0);
    assert_int_equal(entitlement_scope_cell(ENVELOPE_HEAD, ENTITLEMENT_ROLES), 0);
}

#define ROLE(name) (1U << CUSTODY__V1__ROLE__ROLE_##name)

static void roles_add_up_and_nothing_else_does(void **state)
{
    (void)state;
    const uint32_t issue = CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST;
    assert_true(entitlement_may_ask(issue, ROLE(GENERATOR), ENTITLEMENT_OWN));
    assert_false(entitlement_may_ask(issue, ROLE(GENERATOR), ENTITLEMENT_SPONSORED));
    assert_true(entitlement_may_ask(issue, ROLE(GENERATOR) | ROLE(ADMIN), ENTITLEMENT_SPONSORED));
    assert_false(entitlement_may_ask(issue, ROLE(REGULATOR), UINT8_MAX));
    assert_false(entitlement_may_ask(issue, 0, UINT8_MAX));
    assert_true(entitlement_has_role(issue, ROLE(ADMIN)));
    assert_false(entitlement_has_role(issue, ROLE(DRIVER) | ROLE(REGULATOR)));
    assert_int_equal(entitlement_scopes(ENVELOPE_TRACE, ROLE(REGULATOR) | ROLE(AUDITOR)),
                     ENTITLEMENT_SEES_OWN | ENTITLEMENT_SEES_DIVISION | ENTITLEMENT_SEES_SECTOR);
    assert_int_equal(entitlement_scopes(ENVELOPE_TRACE, ROLE(WITNESS)), 0);
    assert_int_equal(entitlement_scopes(ENVELOPE_ENTRIES, ROLE(WITNESS)), ENTITLEMENT_SEES_HASHES);
    assert_int_equal(entitlement_scopes(ENVELOPE_TRACE, ROLE(INVITED)), 0);
}

#define KIND(name) (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)

static void a_watching_role_counts_only_at_a_party_of_its_kind(void **state)
{
    (void)state;
    const party_bits all = ROLE(REGULATOR) | ROLE(AUDITOR) | ROLE(ADMIN) | ROLE(GENERATOR);
    assert_int_equal(entitlement_roles(all, KIND(GENERATOR)), ROLE(ADMIN) | ROLE(GENERATOR));
    assert_int_equal(entitlement_roles(all, KIND(REGULATOR)), all);
    assert_int_equal(entitlement_roles(all, KIND(AUDITOR) | KIND(CARRIER)),
                     ROLE(AUDITOR) | ROLE(ADMIN) | ROLE(GENERATOR));
    assert_int_equal(entitlement_roles(ROLE(ROOT), 0), ROLE(ROOT));
}

static void a_keys_standing_is_what_the_ledger_says_of_it(void **state)
{
    (void)state;
    struct key key = {.is_enrolled = true, .until_us = 1000, .roles = ROLE(DRIVER)};
    assert_int_equal(entitlement_of_key(NULL, 1), ENTITLEMENT_KEY_UNKNOWN);
    assert_int_equal(entitlement_of_key(&key, 999), ENTITLEMENT_KEY_LIVE);
    assert_int_equal(entitlement_of_key(&key, 1000), ENTITLEMENT_KEY_LAPSED);
    key.is_revoked = true;
    assert_int_equal(entitlement_of_key(&key, 1000), ENTITLEMENT_KEY_REVOKED);
    key = (struct key){.is_enrolled = true, .until_us = 1000, .roles = ROLE(INVITED)};
    assert_int_equal(entitlement_of_key(&key, 999), ENTITLEMENT_KEY_INVITED);
    assert_int_equal(entitlement_of_key(&key, 1000), ENTITLEMENT_KEY_SPENT);
    key.is_spent = true;
    assert_int_equal(entitlement_of_key(&key, 1), ENTITLEMENT_KEY_SPENT);
    key.is_enrolled = false;
    assert_int_equal(entitlement_of_key(&key, 1), ENTITLEMENT_KEY_UNKNOWN);
}

/* ---- facts: each kind, each standing, against the fold ----------------------------------------- */

enum { GENERATOR = 11, AUTHOR = 12, HOLDER = 13, MANIFEST = 5 };

struct scene {
    struct fact facts[4];
    size_t count;
    struct manifest manifest;
    struct container_manifest named;
    struct container_context context;
};

static struct fact *add_fact(struct scene *scene, uint32_t act, uint32_t party, unsigned kinds)
{
    struct fact *fact = &scene->facts[scene->count++];
    *fact = (struct fact){.effective_us = 1000000 * (int64_t)scene->count,
                          .claimed_us = 1000000 * (int64_t)scene->count,
                          .recorded_us = 1000000 * (int64_t)scene->count,
                          .key_prefix = party,
                          .key = party,
                          .key_sequence = scene->count,
                          .entry = scene->count,
                          .act = (uint8_t)act,
                          .party = party,
                          .kinds = (party_bits)kinds,
                          .mass_g = 1000,
                          .mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED};
    return fact;
}

/* Nothing was said of it yet; or its generator packed and holds it; or handed it to the author. */
static void set_scene(struct scene *scene, uint32_t act, unsigned kind, unsigned word)
{
    bool is_generators = word == ENTITLEMENT_GENERATOR;
    uint32_t author = is_generators ? GENERATOR : AUTHOR;
    uint32_t generator = GENERATOR;
    const unsigned generators = 1U << CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    memset(scene, 0, sizeof *scene);
    bool wants_holder = word == ENTITLEMENT_HOLDER || word == ENTITLEMENT_COUNTERSIGNED ||
                        word == ENTITLEMENT_NAMED;
    if (wants_holder) {
        generator =
            word == ENTITLEMENT_HOLDER && act != CUSTODY__V1__ACT__ACT_PACK ? AUTHOR : HOLDER;
        add_fact(scene, CUSTODY__V1__ACT__ACT_PACK, generator, generators);
    }
    if (word == ENTITLEMENT_HOLDER && generator != AUTHOR)
        fact_countersign(add_fact(scene, CUSTODY__V1__ACT__ACT_LOAD, AUTHOR, generators),
                         generator);
    scene->context = (struct container_context){.law = law_default(),
                                                .number = 1,
                                                .generator = generator,
                                                .division = 540402,
                                                .manifests = &scene->named};
    if (word == ENTITLEMENT_NAMED) {
        scene->manifest.is_known = true;
        scene->manifest.generator = generator;
        scene->manifest.receiver = AUTHOR;
        scene->manifest.author = generator;
        scene->manifest.leg_count = 1;
        scene->manifest.carriers[0] = AUTHOR;
        scene->named = (struct container_manifest){MANIFEST, &scene->manifest};
        scene->context.manifest_count = 1;
    }
    struct fact *fact = add_fact(scene, act, author, 1U << kind);
    fact->verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    fact->manifest = word == ENTITLEMENT_NAMED ? MANIFEST : 0;
    fact->box = act == CUSTODY__V1__ACT__ACT_NEST || act == CUSTODY__V1__ACT__ACT_UNNEST ? 3 : 0;
    if (word == ENTITLEMENT_COUNTERSIGNED)
        fact_countersign(fact, generator);
}

static enum fact_effect fold_scene(const struct scene *scene)
{
    static struct container_history history;
    const struct fact *facts[4];
    for (size_t i = 0; i < scene->count; i++)
        facts[i] = &scene->facts[i];
    container_fold(&scene->context, facts, scene->count, &history);
    assert_int_equal(history.step_count, scene->count);
    return history.steps[scene->count - 1].effect;
}

static void the_fold_moves_custody_at_exactly_these_standings(void **state)
{
    (void)state;
    static struct scene scene;
    unsigned moved = 0, contested = 0;
    for (uint32_t act = 64; act < 128; act++) {
        unsigned any = 0;
        for (unsigned kind = 1; kind < ENTITLEMENT_KINDS; kind++)
            any |= entitlement_word_of(act, kind);
        for (unsigned kind = 1; any != 0 && kind < ENTITLEMENT_KINDS; kind++)
            for (unsigned word = 1; word <= ENTITLEMENT_UNHELD; word <<= 1) {
                set_scene(&scene, act, kind, word);
                /* Its own waste that nobody holds is also waste that nobody holds. */
                unsigned all = word == ENTITLEMENT_GENERATOR ? word | ENTITLEMENT_UNHELD : word;
                bool counts = (entitlement_word_of(act, kind) & all) != 0;
                enum fact_effect effect = fold_scene(&scene);
                /* It is in no box; to take it out is nobody's wrong. */
                bool is_empty_word =
                    act == CUSTODY__V1__ACT__ACT_UNNEST && effect == EFFECT_NO_CHANGE;
                bool is_applied = effect == EFFECT_APPLIED || is_empty_word;
                if (is_applied != counts)
                    fail_msg("%s by a party of kind %u at standing %u: effect %d, the table says "
                             "%s",
                             body_act_name(act), kind, word, (int)effect,
                             counts ? "it counts" : "it does not count");
                moved += is_applied;
                contested += !is_applied;
            }
    }
    assert_true(moved > 30 && contested > 30);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_is_written_from_the_tables),
        cmocka_unit_test(every_permission_can_be_asked_by_somebody),
        cmocka_unit_test(every_question_can_be_asked_by_somebody),
        cmocka_unit_test(roles_add_up_and_nothing_else_does),
        cmocka_unit_test(a_watching_role_counts_only_at_a_party_of_its_kind),
        cmocka_unit_test(a_keys_standing_is_what_the_ledger_says_of_it),
        cmocka_unit_test(the_fold_moves_custody_at_exactly_these_standings),
    };
    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return rewrite_document();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
