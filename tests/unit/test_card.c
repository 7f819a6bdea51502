/* test_card.c: invitation, ledger card and request: round trips, and every line that is not in order.
 * Never connects. */
#include <stdlib.h>
#include <string.h>

#include "client/lib/card.h"
#include "tests/lib/check.h"

static struct card make(enum card_kind kind)
{
    static const uint8_t seed[SEED_SIZE] = {5};
    uint8_t secret[SECRET_KEY_SIZE];
    struct card card = {.kind = kind,
                        .origin = "ledger.example/custody",
                        .endpoint = "tcp://ledger.example:7401",
                        .announcements = "tcp://ledger.example:7402",
                        .party = "uscc:125404000000000020",
                        .role_count = 2,
                        .roles = {CUSTODY__V1__ROLE__ROLE_GENERATOR, CUSTODY__V1__ROLE__ROLE_ADMIN},
                        .until_us = INT64_C(1779033600000000)};
    digest_init();
    digest_key_from_seed(seed, card.ledger_key, secret);
    memset(card.server_key, 0x11, CARD_KEY_SIZE);
    memset(card.curve_secret, 0x22, CARD_KEY_SIZE);
    memset(card.curve_public, 0x33, CARD_KEY_SIZE);
    memset(card.seed, 0x44, SEED_SIZE);
    memset(card.key, 0x55, PUBLIC_KEY_SIZE);
    return card;
}

static void round_trip(enum card_kind kind)
{
    struct card card = make(kind), back;
    char text[CARD_FILE_MAX], again[CARD_FILE_MAX];
    struct custody_problem problem;
    size_t len = card_write(&card, text);
    assert_true(len > 0);
    enum custody_status status = card_parse(span_of(text, len), kind, &back, &problem);
    if (status != CUSTODY_OK)
        print_error("%s: %s\n", problem.field, problem.got);
    assert_int_equal(status, CUSTODY_OK);
    assert_int_equal(card_write(&back, again), len);
    assert_memory_equal(text, again, len);
}

static void the_three_kinds(void **state)
{
    (void)state;
    round_trip(CARD_INVITATION);
    round_trip(CARD_LEDGER);
    round_trip(CARD_REQUEST);
}

static void the_text_of_an_invitation(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "custody-invitation/1",
        "origin: ledger.example/custody",
        "ledger: ledger.example/custody+",
        "endpoint: tcp://ledger.example:7401",
        "announcements: tcp://ledger.example:7402",
        "server-key: 5SG?V",
        "curve-secret: ",
        "curve-public: ",
        "seed: 4444444444444444444444444444444444444444444444444444444444444444",
        "party: uscc:125404000000000020",
        "roles: generator,admin",
        "until: 2026-05-17T16:00:00.000000Z",
    };
    struct card card = make(CARD_INVITATION);
    char text[CARD_FILE_MAX];
    size_t len = card_write(&card, text);
    const char *at = text;
    text[len] = '\0';
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        size_t wanted = strlen(lines[i]) < 20 && i == 5 ? 12 : strlen(lines[i]);
        assert_memory_equal(at, lines[i], wanted);
        at = strchr(at, '\n') + 1;
    }
    assert_int_equal(*at, '\0');
}

static void a_ledger_file_without_a_party(void **state)
{
    struct card card = make(CARD_LEDGER), back;
    char text[CARD_FILE_MAX];
    struct custody_problem problem;
    (void)state;
    card.party[0] = '\0';
    size_t len = card_write(&card, text);
    assert_null(memmem(text, len, "party", 5));
    assert_int_equal(card_parse(span_of(text, len), CARD_LEDGER, &back, &problem), CUSTODY_OK);
    assert_int_equal(back.role_count, 0);
}

/* Each line taken out, doubled, or given another value. */
static void lines_that_are_not_in_order(void **state)
{
    struct card card = make(CARD_INVITATION), back;
    char text[CARD_FILE_MAX], bent[CARD_FILE_MAX + 256];
    struct custody_problem problem;
    (void)state;
    size_t len = card_write(&card, text);
    for (char *line = text; line < text + len;) {
        char *end = (char *)memchr(line, '\n', (size_t)(text + len - line)) + 1;
        size_t before = (size_t)(line - text), size = (size_t)(end - line);
        memcpy(bent, text, before);
        memcpy(bent + before, end, len - before - size);
        assert_int_equal(card_parse(span_of(bent, len - size), CARD_INVITATION, &back, &problem),
                         CUSTODY_ERR_INVALID);
        memcpy(bent, text, before + size);
        memcpy(bent + before + size, line, len - before);
        assert_int_equal(card_parse(span_of(bent, len + size), CARD_INVITATION, &back, &problem),
                         CUSTODY_ERR_INVALID);
        memcpy(bent, text, len);
        bent[before + size - 2] = '\x01';
        assert_int_equal(card_parse(span_of(bent, len), CARD_INVITATION, &back, &problem),
                         CUSTODY_ERR_INVALID);
        assert_true(problem.field[0] != '\0');
        line = end;
    }
    assert_int_equal(card_parse(span_of(text, len), CARD_LEDGER, &back, &problem),
                     CUSTODY_ERR_INVALID);
    assert_int_equal(card_parse(span_of(text, 0), CARD_INVITATION, &back, &problem),
                     CUSTODY_ERR_INVALID);
}

/* A key of another name: two ledgers were mixed up. */
static void the_key_is_named_after_the_origin(void **state)
{
    struct card card = make(CARD_LEDGER), other, back;
    char text[CARD_FILE_MAX], wrong[CARD_FILE_MAX], bent[2 * CARD_FILE_MAX];
    struct custody_problem problem;
    (void)state;
    other = card;
    memcpy(other.origin, "another.example/ledger", sizeof("another.example/ledger"));
    size_t len = card_write(&card, text);
    card_write(&other, wrong);
    text[len] = '\0';
    /* origin of the one, key of the other */
    const char *second = strstr(text, "ledger: "), *third = strstr(text, "endpoint: ");
    const char *other_second = strstr(wrong, "ledger: "),
               *other_third = strstr(wrong, "endpoint: ");
    size_t at = (size_t)(second - text);
    memcpy(bent, text, at);
    memcpy(bent + at, other_second, (size_t)(other_third - other_second));
    at += (size_t)(other_third - other_second);
    size_t rest = (size_t)(text + len - third);
    memcpy(bent + at, third, rest);
    at += rest;
    assert_int_equal(card_parse(span_of(bent, at), CARD_LEDGER, &back, &problem),
                     CUSTODY_ERR_INVALID);
    assert_string_equal(problem.field, "ledger");
}

static void roles(void **state)
{
    struct card card = {0};
    struct custody_problem problem;
    char text[64];
    (void)state;
    assert_int_equal(card_parse_roles(span_text("driver,ROLE_GENERATOR,7"), &card, &problem),
                     CUSTODY_OK);
    assert_int_equal(card.role_count, 3);
    card_write_roles(card.roles, card.role_count, text, sizeof(text));
    assert_string_equal(text, "driver,generator,admin");
    assert_int_equal(card_parse_roles(span_text("driver,king"), &card, &problem),
                     CUSTODY_ERR_INVALID);
    assert_string_equal(problem.got, "king");
    assert_int_equal(card_parse_roles(span_text(""), &card, &problem), CUSTODY_ERR_INVALID);
    assert_int_equal(card_parse_roles(span_text("unspecified"), &card, &problem),
                     CUSTODY_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_kinds),
        cmocka_unit_test(the_text_of_an_invitation),
        cmocka_unit_test(a_ledger_file_without_a_party),
        cmocka_unit_test(lines_that_are_not_in_order),
        cmocka_unit_test(the_key_is_named_after_the_origin),
        cmocka_unit_test(roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
