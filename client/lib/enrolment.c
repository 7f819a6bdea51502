/* enrolment.c: how a device's key comes onto the ledger.
 * Never gives a role; it carries what an admin gave. */
#include "client/lib/enrolment.h"

#include <stdlib.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/sync.h"

/* The enrolment under way, on disk: a repeated attempt sends the same bytes. */
static const char pending_name[] = "enrolment";

enum { PENDING_MAX = SIGNATURE_SIZE + STATEMENT_SIZE_MAX };

/* ---- the body ---- */

/* Borrows from its arguments; nothing to free. */
static void fill_body(Custody__V1__EnrolKeyBody *body,
                      const uint8_t *key,
                      const uint8_t *curve_key,
                      struct card *card,
                      Custody__V1__Role *roles,
                      size_t role_count)
{
    body->key = (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)key, .len = PUBLIC_KEY_SIZE};
    body->curve_key =
        (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)curve_key, .len = CARD_KEY_SIZE};
    body->party = card->party;
    body->roles = roles;
    body->n_roles = role_count;
}

/* ---- taking up an invitation ---- */

static enum custody_status make_key(const char *home, struct custody_problem *problem)
{
    enum custody_status status = identity_create(home, problem);
    if (status == CUSTODY_ERR_EXISTS) {
        problem_clear(problem);
        status = CUSTODY_OK;
    }
    return status;
}

static enum custody_status
write_card(const char *path, const struct card *card, struct custody_problem *problem)
{
    char text[CARD_FILE_MAX];
    size_t len = card_write(card, text);
    if (len == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, path, "shorter values", "too much text");
    return files_replace(path, span_of(text, len), problem);
}

static enum custody_status
write_ledger_file(const char *home, const struct card *from, struct custody_problem *problem)
{
    char path[FILES_PATH_MAX];
    struct card card = *from;
    card.kind = CARD_LEDGER;
    enum custody_status status = files_join(home, "ledger", path, problem);
    if (status == CUSTODY_OK)
        status = write_card(path, &card, problem);
    card_wipe(&card);
    return status;
}

/* The statement of an earlier attempt, if it is this one: same one-time key, same new key. */
static bool
is_same_enrolment(struct custody_client *one_time, const struct identity *own, struct span bytes)
{
    struct statement statement;
    const char *field;
    if (bytes.len < SIGNATURE_SIZE)
        return false;
    struct span signed_bytes = span_of(bytes.data + SIGNATURE_SIZE, bytes.len - SIGNATURE_SIZE);
    if (statement_verify(signed_bytes, bytes.data, &one_time->origin, &statement, &field) !=
        STATEMENT_OK)
        return false;
    return memcmp(statement.header.key, one_time->identity.public_key, PUBLIC_KEY_SIZE) == 0 &&
           memmem(statement.body.data, statement.body.len, own->public_key, PUBLIC_KEY_SIZE) !=
               NULL;
}

static enum custody_status sign_enrolment(struct custody_client *one_time,
                                          const struct identity *own,
                                          struct card *invitation,
                                          const char *path,
                                          uint8_t **ret,
                                          size_t *ret_len)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    static const struct digest none;
    static const struct custody_act now;
    uint8_t *bytes = NULL, *whole = NULL;
    size_t len = 0;
    uint8_t signature[SIGNATURE_SIZE];
    fill_body(&body, own->public_key, own->curve_public, invitation, invitation->roles,
              invitation->role_count);
    enum custody_status status = client_sign(one_time, CUSTODY__V1__ACT__ACT_ENROL_KEY, &body.base,
                                             1, &none, &now, &bytes, &len, signature);
    if (status != CUSTODY_OK)
        return status;
    whole = malloc(SIGNATURE_SIZE + len);
    if (whole == NULL) {
        status =
            problem_set(&one_time->problem, CUSTODY_ERR_MEMORY, "enrolment", NULL, "nothing left");
        goto done;
    }
    memcpy(whole, signature, SIGNATURE_SIZE);
    memcpy(whole + SIGNATURE_SIZE, bytes, len);
    status = files_replace(path, span_of(whole, SIGNATURE_SIZE + len), &one_time->problem);
    if (status != CUSTODY_OK)
        goto done;
    *ret = whole;
    *ret_len = SIGNATURE_SIZE + len;
    whole = NULL;
done:
    free(whole);
    free(bytes);
    return status;
}

/* The signed enrolment: that of an earlier attempt, or a new one, on disk. */
static enum custody_status prepare(struct custody_client *one_time,
                                   const struct identity *own,
                                   struct card *invitation,
                                   const char *path,
                                   uint8_t **ret,
                                   size_t *ret_len)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    enum custody_status status = files_read(path, PENDING_MAX, &bytes, &len, &one_time->problem);
    if (status == CUSTODY_OK && is_same_enrolment(one_time, own, span_of(bytes, len))) {
        *ret = bytes;
        *ret_len = len;
        return CUSTODY_OK;
    }
    free(bytes);
    if (status != CUSTODY_OK && status != CUSTODY_ERR_NOT_FOUND)
        return status;
    problem_clear(&one_time->problem);
    return sign_enrolment(one_time, own, invitation, path, ret, ret_len);
}

static enum custody_status submit(struct custody_client *one_time, struct span bytes)
{
    const uint8_t *signature;
    struct sync_item item = {0};
    if (bytes.data == NULL || !envelope_split_submission(bytes, &signature, &item.statement))
        return problem_set(&one_time->problem, CUSTODY_ERR_CORRUPT, pending_name, "a statement",
                           "%zu bytes", bytes.len);
    memcpy(item.signature, signature, SIGNATURE_SIZE);
    enum custody_status status = sync_deliver(one_time, &item, 1);
    if (status == CUSTODY_OK && item.problem != NULL)
        status = problem_from_ledger(&one_time->problem, item.problem);
    else if (status == CUSTODY_OK && (uint32_t)item.receipt->outcome != CUSTODY_OUTCOME_granted)
        status = problem_from_reason(&one_time->problem, (uint32_t)item.receipt->outcome,
                                     item.receipt->reason, item.receipt->field);
    sync_item_done(&item);
    return status;
}

/* hello, then the enrolment, over the one-time connection. */
static enum custody_status enrol_over(struct custody_client *one_time,
                                      const struct identity *own,
                                      struct card *invitation,
                                      const char *pending_path)
{
    Custody__V1__HelloRequest hello = CUSTODY__V1__HELLO_REQUEST__INIT;
    ProtobufCMessage *reply = NULL;
    uint8_t *bytes = NULL;
    size_t len = 0;
    enum custody_status status = ask_question(one_time, ENVELOPE_HELLO, &hello.base, &reply);
    reflect_free(reply);
    if (status == CUSTODY_OK)
        status = prepare(one_time, own, invitation, pending_path, &bytes, &len);
    if (status == CUSTODY_OK)
        status = submit(one_time, span_of(bytes, len));
    free(bytes);
    return status;
}

enum custody_status custody_enrol(const struct custody_options *options,
                                  const char *invitation_file,
                                  struct custody_problem *ret_problem)
{
    char pending_path[FILES_PATH_MAX], enrolled_path[FILES_PATH_MAX];
    struct card invitation = {0};
    struct identity own = {0}, one_time_identity = {0};
    struct custody_client *one_time = NULL;
    problem_clear(ret_problem);
    enum custody_status status =
        card_read(invitation_file, CARD_INVITATION, &invitation, ret_problem);
    if (status == CUSTODY_OK)
        status = make_key(options->home, ret_problem);
    if (status == CUSTODY_OK)
        status = identity_read(options->home, &own, ret_problem);
    if (status == CUSTODY_OK)
        status = files_join(options->home, pending_name, pending_path, ret_problem);
    if (status == CUSTODY_OK)
        status = identity_from_seed(invitation.seed, invitation.curve_secret, &one_time_identity,
                                    ret_problem);
    if (status == CUSTODY_OK)
        status = client_open_with(options, &invitation, &one_time_identity, &one_time, ret_problem);
    if (status != CUSTODY_OK)
        goto done;
    status = enrol_over(one_time, &own, &invitation, pending_path);
    if (status != CUSTODY_OK) {
        *ret_problem = one_time->problem;
        goto done;
    }
    status = write_ledger_file(options->home, &invitation, ret_problem);
    /* Kept: a successor of the ledger may lack it, and then somebody has to carry it there (move.h). */
    if (status == CUSTODY_OK)
        status = files_join(options->home, "enrolled", enrolled_path, ret_problem);
    if (status == CUSTODY_OK && rename(pending_path, enrolled_path) != 0)
        status = problem_from_errno(ret_problem, enrolled_path);
done:
    custody_client_close(one_time);
    identity_done(&own);
    card_wipe(&invitation);
    return status;
}

/* ---- a request and its card ---- */

enum custody_status custody_enrol_request(const char *home,
                                          const char *party,
                                          const char *roles,
                                          const char *request_file,
                                          struct custody_problem *ret_problem)
{
    struct card request = {.kind = CARD_REQUEST};
    struct identity own = {0};
    char text[CARD_FILE_MAX];
    problem_clear(ret_problem);
    if (strlen(party) > CARD_PARTY_MAX || strchr(party, ':') == NULL)
        return problem_set(ret_problem, CUSTODY_ERR_INVALID, "party", "scheme:value", "%s", party);
    memcpy(request.party, party, strlen(party) + 1);
    enum custody_status status = card_parse_roles(span_text(roles), &request, ret_problem);
    if (status == CUSTODY_OK)
        status = make_key(home, ret_problem);
    if (status == CUSTODY_OK)
        status = identity_read(home, &own, ret_problem);
    if (status != CUSTODY_OK)
        return status;
    memcpy(request.key, own.public_key, PUBLIC_KEY_SIZE);
    memcpy(request.curve_public, own.curve_public, CARD_KEY_SIZE);
    identity_done(&own);
    size_t len = card_write(&request, text);
    return files_replace(request_file, span_of(text, len), ret_problem);
}

enum custody_status
custody_enrol_card(const char *home, const char *card_file, struct custody_problem *ret_problem)
{
    char path[FILES_PATH_MAX];
    struct card card = {0}, there = {0};
    struct identity own = {0};
    problem_clear(ret_problem);
    enum custody_status status = card_read(card_file, CARD_LEDGER, &card, ret_problem);
    if (status == CUSTODY_OK)
        status = identity_read(home, &own, ret_problem);
    identity_done(&own);
    if (status == CUSTODY_OK)
        status = files_join(home, "ledger", path, ret_problem);
    if (status != CUSTODY_OK)
        return status;
    /* A home is for one ledger: what it has signed and verified belongs to that one. */
    status = card_read(path, CARD_LEDGER, &there, ret_problem);
    if (status == CUSTODY_OK && (strcmp(there.origin, card.origin) != 0 ||
                                 memcmp(there.ledger_key, card.ledger_key, PUBLIC_KEY_SIZE) != 0))
        return problem_set(ret_problem, CUSTODY_ERR_EXISTS, "ledger", there.origin, "%s",
                           card.origin);
    if (status != CUSTODY_OK && status != CUSTODY_ERR_NOT_FOUND)
        return status;
    problem_clear(ret_problem);
    return write_ledger_file(home, &card, ret_problem);
}

/* ---- the other side: inviting and sponsoring ---- */

static void copy_ledger(const struct custody_client *client, struct card *ret)
{
    memcpy(ret->origin, client->card.origin, sizeof(ret->origin));
    memcpy(ret->ledger_key, keyring_in_force(&client->keyring), sizeof(ret->ledger_key));
    memcpy(ret->endpoint, client->endpoint, sizeof(ret->endpoint));
    memcpy(ret->announcements, client->card.announcements, sizeof(ret->announcements));
    memcpy(ret->server_key, client->card.server_key, sizeof(ret->server_key));
}

static enum custody_status keep_invitation(struct custody_client *client,
                                           struct card *card,
                                           const struct identity *one_time,
                                           struct custody_kept *ret)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role invited[] = {CUSTODY__V1__ROLE__ROLE_INVITED};
    const struct custody_act act = {.act = "enrol_key"};
    fill_body(&body, one_time->public_key, one_time->curve_public, card, invited, 1);
    body.invited_roles = card->roles;
    body.n_invited_roles = card->role_count;
    body.effective_until = card->until_us;
    return client_keep(client, CUSTODY__V1__ACT__ACT_ENROL_KEY, &body.base, &act, ret);
}

enum custody_status enrolment_invite(struct custody_client *client,
                                     struct card *card,
                                     const char *invitation_file,
                                     struct custody_kept *ret)
{
    struct identity one_time = {0};
    char text[CARD_FILE_MAX];
    card->kind = CARD_INVITATION;
    copy_ledger(client, card);
    enum custody_status status = identity_make(card->seed, &one_time, &client->problem);
    if (status != CUSTODY_OK)
        return status;
    memcpy(card->curve_secret, one_time.curve_secret, CARD_KEY_SIZE);
    memcpy(card->curve_public, one_time.curve_public, CARD_KEY_SIZE);
    size_t len = card_write(card, text);
    if (len == 0)
        status = problem_set(&client->problem, CUSTODY_ERR_INVALID, invitation_file,
                             "shorter values", "too much text");
    /* The file first: a statement without its file would be an invitation that nobody can take up. */
    if (status == CUSTODY_OK)
        status = files_create(invitation_file, span_of(text, len), &client->problem);
    if (status == CUSTODY_OK) {
        status = keep_invitation(client, card, &one_time, ret);
        if (status != CUSTODY_OK)
            unlink(invitation_file);
    }
    digest_wipe(text, sizeof(text));
    identity_done(&one_time);
    card_wipe(card);
    return status;
}

enum custody_status enrolment_sponsor(struct custody_client *client,
                                      const char *request_file,
                                      const char *card_file,
                                      int64_t until_us,
                                      const char *ref,
                                      struct custody_kept *ret)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    const struct custody_act act = {.act = "enrol_key", .ref = ref};
    struct card request = {0}, card = {.kind = CARD_LEDGER};
    enum custody_status status = card_read(request_file, CARD_REQUEST, &request, &client->problem);
    if (status != CUSTODY_OK)
        return status;
    fill_body(&body, request.key, request.curve_public, &request, request.roles,
              request.role_count);
    body.effective_until = until_us;
    status = client_keep(client, CUSTODY__V1__ACT__ACT_ENROL_KEY, &body.base, &act, ret);
    if (status != CUSTODY_OK)
        return status;
    copy_ledger(client, &card);
    memcpy(card.party, request.party, sizeof(card.party));
    memcpy(card.roles, request.roles, sizeof(card.roles));
    card.role_count = request.role_count;
    return write_card(card_file, &card, &client->problem);
}
