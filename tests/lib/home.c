/* home.c: makes keys with the library, and has them enrolled. */
#include "tests/lib/home.h"

#include <stdio.h>
#include <string.h>

#include "client/lib/card.h"
#include "client/lib/files.h"
#include "client/lib/identity.h"
#include "tests/lib/check.h"

static void write_card(const struct desk *desk, const char *folder)
{
    char path[FILES_PATH_MAX], text[CARD_FILE_MAX];
    struct custody_problem problem;
    const struct ledger_keys *keys = ledger_keys(desk->ledger);
    struct card card = {.kind = CARD_LEDGER,
                        .endpoint = "tcp://house.example:1",
                        .announcements = "tcp://house.example:2"};
    snprintf(card.origin, sizeof card.origin, "%s", keys->origin);
    memcpy(card.ledger_key, keys->public_key, sizeof card.ledger_key);
    memcpy(card.server_key, keys->curve_public, sizeof card.server_key);
    size_t len = card_write(&card, text);
    assert_true(len > 0);
    assert_int_equal(files_join(folder, "ledger", path, &problem), CUSTODY_OK);
    assert_int_equal(files_replace(path, span_of(text, len), &problem), CUSTODY_OK);
}

struct home_keys home_make(const struct desk *desk, const char *folder)
{
    struct custody_problem problem;
    struct identity identity;
    struct home_keys keys;
    assert_int_equal(identity_create(folder, &problem), CUSTODY_OK);
    assert_int_equal(identity_read(folder, &identity, &problem), CUSTODY_OK);
    write_card(desk, folder);
    memcpy(keys.key, identity.public_key, sizeof keys.key);
    memcpy(keys.curve_key, identity.curve_public, sizeof keys.curve_key);
    identity_done(&identity);
    return keys;
}

void home_enrol(struct desk *desk,
                const struct home_keys *keys,
                const char *party,
                Custody__V1__Role role)
{
    struct home_keys copy = *keys;
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    body.key = (ProtobufCBinaryData){.len = sizeof copy.key, .data = copy.key};
    body.curve_key = (ProtobufCBinaryData){.len = sizeof copy.curve_key, .data = copy.curve_key};
    body.party = (char *)party;
    body.n_roles = 1;
    body.roles = &role;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}
