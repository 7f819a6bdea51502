/* found.c: founding a ledger.
 * Never keeps a root secret. */
#include "daemon/service/found.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/custody.pb-c.h"
#include "daemon/base/logger.h"
#include "daemon/domain/division.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/submit.h"

enum { FOUND_BODY_MAX = 4096, FOUND_ARENA = 1 << 20, FOUND_STATEMENTS = 3 };

/* Signs the founding statements with the first root key, one after the other. */
struct founding {
    const struct found_options *options;
    struct found_paper *paper;
    struct ledger_keys keys;
    struct ledger *ledger;
    uint8_t root_secret[SECRET_KEY_SIZE];
    uint64_t sequence;
    struct digest previous;
    uint8_t one_time_seed[SEED_SIZE];
    uint8_t one_time_key[PUBLIC_KEY_SIZE];
    uint8_t one_time_curve_public[32], one_time_curve_secret[32];
    char *sentence;
};

/* CURVE keys are X25519 (libzmq's zmq_curve_keypair makes the same). */
static void found_curve_pair(uint8_t ret_public[static 32], uint8_t ret_secret[static 32])
{
    crypto_box_keypair(ret_public, ret_secret);
}

/* RFC 32/Z85: 32 bytes to 40 characters. */
static void found_write_z85(const uint8_t bytes[static 32], char ret[static 41])
{
    static const char digits[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    for (size_t i = 0; i < 8; i++) {
        uint32_t value = bytes_get_u32(bytes + 4 * i);
        for (size_t k = 5; k > 0; k--) {
            ret[5 * i + k - 1] = digits[value % 85];
            value /= 85;
        }
    }
    ret[40] = 0;
}

void found_make_ledger_keys(const char *origin, bool demonstration, struct ledger_keys *ret)
{
    uint8_t seed[SEED_SIZE];
    snprintf(ret->origin, sizeof ret->origin, "%s", origin);
    ret->is_demonstration = demonstration;
    randombytes_buf(seed, sizeof seed);
    digest_key_from_seed(seed, ret->public_key, ret->secret_key);
    digest_wipe(seed, sizeof seed);
    found_curve_pair(ret->curve_public, ret->curve_secret);
}

bool found_write_card(const struct ledger_keys *keys,
                      const char *endpoint,
                      const char *announcements,
                      char *ret,
                      size_t cap)
{
    char server[41], vkey[CHECKPOINT_VKEY_MAX + 1];
    size_t vkey_len = checkpoint_write_vkey(keys->origin, keys->public_key, vkey, sizeof vkey - 1);
    vkey[vkey_len] = 0;
    found_write_z85(keys->curve_public, server);
    int len = snprintf(ret, cap,
                       "custody-ledger/1\norigin: %s\nledger: %s\nendpoint: %s\nannouncements: %s\n"
                       "server-key: %s\n",
                       keys->origin, vkey, endpoint, announcements, server);
    return vkey_len > 0 && len > 0 && (size_t)len < cap;
}

static void found_make_keys(struct founding *founding)
{
    uint8_t secret[SECRET_KEY_SIZE] = {0};
    found_make_ledger_keys(founding->options->origin, founding->options->demonstration,
                           &founding->keys);
    for (size_t i = 0; i < 2; i++) {
        randombytes_buf(founding->paper->root_seeds[i], SEED_SIZE);
        digest_key_from_seed(founding->paper->root_seeds[i], founding->paper->root_keys[i],
                             i == 0 ? founding->root_secret : secret);
    }
    randombytes_buf(founding->one_time_seed, SEED_SIZE);
    digest_key_from_seed(founding->one_time_seed, founding->one_time_key, secret);
    digest_wipe(secret, sizeof secret);
    found_curve_pair(founding->one_time_curve_public, founding->one_time_curve_secret);
}

/* Sign one founding statement and submit it the ordinary way: the rules decide, nothing is slipped in. */
static enum custody_status found_submit(struct founding *founding,
                                        uint32_t act,
                                        const ProtobufCMessage *body,
                                        const struct span *record)
{
    uint8_t bytes[STATEMENT_HEADER_SIZE + FOUND_BODY_MAX];
    struct statement statement;
    const char *field = NULL;
    struct statement_header header = {
        .act = (uint16_t)act,
        .clock_quality = CLOCK_DEVICE,
        .key_sequence = ++founding->sequence,
        .occurred_at_us = founding->options->now_us,
        .signed_at_us = founding->options->now_us,
        .origin = *ledger_origin_digest(founding->ledger),
        .previous = founding->previous,
    };
    memcpy(header.key, founding->paper->root_keys[0], PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    size_t len =
        STATEMENT_HEADER_SIZE + body_write(body, bytes + STATEMENT_HEADER_SIZE, FOUND_BODY_MAX);
    INVARIANT(statement_parse(span_of(bytes, len), &statement, &field) == STATEMENT_OK);
    digest_sign(statement.signature, span_of(bytes, len), founding->root_secret);
    founding->previous = statement.id;
    struct submission submission = {.statement = &statement,
                                    .records = record,
                                    .record_count = record == NULL ? 0 : 1,
                                    .arena = arena_create(FOUND_ARENA)};
    struct submission *submissions[] = {&submission};
    enum custody_status status =
        submission.arena == NULL
            ? CUSTODY_ERR_MEMORY
            : submit_batch(founding->ledger, submissions, 1, founding->options->now_us);
    if (status == CUSTODY_OK && submission.outcome != 0)
        status = CUSTODY_ERR_IO;
    if (status == CUSTODY_OK) {
        Custody__V1__Receipt *receipt = custody__v1__receipt__unpack(
            arena_protobuf(submission.arena), submission.reply.len, submission.reply.data);
        if (receipt == NULL || receipt->outcome != CUSTODY__V1__OUTCOME__OUTCOME_GRANTED) {
            snprintf(founding->sentence, 240, "the founding entry %s was refused: %s (%s)",
                     body_act_name(act), receipt == NULL ? "?" : receipt->reason_name,
                     receipt == NULL ? "?" : receipt->field);
            status = CUSTODY_ERR_INVALID;
        }
    }
    arena_destroy(submission.arena);
    return status;
}

static enum custody_status found_first_entry(struct founding *founding)
{
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    ProtobufCBinaryData roots[2];
    for (size_t i = 0; i < 2; i++)
        roots[i] =
            (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = founding->paper->root_keys[i]};
    body.origin = founding->keys.origin;
    body.ledger_key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = founding->keys.public_key};
    body.n_root_keys = 2;
    body.root_keys = roots;
    body.division = (char *)founding->options->division;
    body.utc_offset_minutes = founding->options->utc_offset_minutes;
    return found_submit(founding, CUSTODY__V1__ACT__ACT_FOUND_LEDGER, &body.base, NULL);
}

static enum custody_status found_regulator(struct founding *founding)
{
    const struct found_options *options = founding->options;
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR};
    uint8_t record[SALT_SIZE + 512];
    struct digest name;
    struct span record_span = {0};
    body.party = (char *)options->regulator;
    body.n_kinds = 1;
    body.kinds = kinds;
    body.division = (char *)(options->regulator_division == NULL ? options->division
                                                                 : options->regulator_division);
    body.site = CUSTODY__V1__SITE_KIND__SITE_OFFICE;
    size_t len = options->regulator_name == NULL ? 0 : strlen(options->regulator_name);
    if (len > 0 && len <= sizeof record - SALT_SIZE) {
        randombytes_buf(record, SALT_SIZE);
        memcpy(record + SALT_SIZE, options->regulator_name, len);
        record_span = span_of(record, SALT_SIZE + len);
        name = digest_sha256(record_span);
        body.name_digest = (ProtobufCBinaryData){.len = DIGEST_SIZE, .data = name.bytes};
    }
    return found_submit(founding, CUSTODY__V1__ACT__ACT_REGISTER_PARTY, &body.base,
                        record_span.len == 0 ? NULL : &record_span);
}

static enum custody_status found_invitation(struct founding *founding)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_INVITED};
    Custody__V1__Role invited[] = {CUSTODY__V1__ROLE__ROLE_REGULATOR,
                                   CUSTODY__V1__ROLE__ROLE_ADMIN};
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = founding->one_time_key};
    body.curve_key = (ProtobufCBinaryData){.len = 32, .data = founding->one_time_curve_public};
    body.party = (char *)founding->options->regulator;
    body.n_roles = 1;
    body.roles = roles;
    body.n_invited_roles = 2;
    body.invited_roles = invited;
    body.effective_until = founding->options->invitation_until_us;
    return found_submit(founding, CUSTODY__V1__ACT__ACT_ENROL_KEY, &body.base, NULL);
}

static void found_write_invitation(struct founding *founding)
{
    const struct found_options *options = founding->options;
    struct found_paper *paper = founding->paper;
    char server[41], curve_secret[41], curve_public[41], seed[2 * SEED_SIZE + 1], until[32];
    found_write_z85(founding->keys.curve_public, server);
    found_write_z85(founding->one_time_curve_secret, curve_secret);
    found_write_z85(founding->one_time_curve_public, curve_public);
    bytes_write_hex(span_of(founding->one_time_seed, SEED_SIZE), seed);
    time_t seconds = (time_t)(options->invitation_until_us / 1000000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &utc);
    size_t len = checkpoint_write_vkey(options->origin, founding->keys.public_key,
                                       paper->ledger_vkey, sizeof paper->ledger_vkey - 1);
    paper->ledger_vkey[len] = 0;
    snprintf(paper->invitation, sizeof paper->invitation,
             "custody-invitation/1\norigin: %s\nledger: %s\nendpoint: %s\nannouncements: "
             "%s\nserver-key: %s\n"
             "curve-secret: %s\ncurve-public: %s\nseed: %s\nparty: %s\nroles: "
             "regulator,admin\nuntil: %s\n",
             options->origin, paper->ledger_vkey, options->endpoint, options->announcements, server,
             curve_secret, curve_public, seed, options->regulator, until);
    digest_wipe(curve_secret, sizeof curve_secret);
    digest_wipe(seed, sizeof seed);
}

static enum custody_status found_check(const struct found_options *options, char *ret_sentence)
{
    if (!checkpoint_is_name(span_text(options->origin)) ||
        strlen(options->origin) > CHECKPOINT_ORIGIN_MAX) {
        snprintf(ret_sentence, 240,
                 "origin: expected a URL without scheme, no spaces, no '+', at most %d bytes",
                 CHECKPOINT_ORIGIN_MAX);
        return CUSTODY_ERR_INVALID;
    }
    if (division_parse(span_text(options->division)) == 0) {
        snprintf(ret_sentence, 240, "division: expected six digits, e.g. 540400");
        return CUSTODY_ERR_INVALID;
    }
    if (access(options->key_file, F_OK) == 0) {
        snprintf(ret_sentence, 240, "key file %s exists already", options->key_file);
        return CUSTODY_ERR_EXISTS;
    }
    if (access(options->mark_file, F_OK) == 0) {
        snprintf(ret_sentence, 240, "mark file %s exists already: it belongs to another ledger",
                 options->mark_file);
        return CUSTODY_ERR_EXISTS;
    }
    return CUSTODY_OK;
}

/* The empty journal; refuses a folder that has one. */
static enum custody_status found_folders(const struct found_options *options, char *ret_sentence)
{
    char path[600];
    struct journal *journal = NULL;
    if (mkdir(options->data, 0700) != 0 && errno != EEXIST) {
        snprintf(ret_sentence, 240, "the data folder %s cannot be made: %s", options->data,
                 strerror(errno));
        return CUSTODY_ERR_IO;
    }
    snprintf(path, sizeof path, "%s/journal", options->data);
    if (access(path, F_OK) == 0) {
        snprintf(ret_sentence, 240, "%s holds a ledger already", options->data);
        return CUSTODY_ERR_EXISTS;
    }
    enum custody_status status =
        journal_open(path, STORE_CREATE,
                     options->map_size == 0 ? UINT64_C(1) << 40 : options->map_size, &journal);
    journal_close(journal);
    if (status != CUSTODY_OK)
        snprintf(ret_sentence, 240, "the journal cannot be made in %s: %s", options->data,
                 custody_status_sentence(status));
    return status;
}

static void found_remove(const struct found_options *options)
{
    static const char *const files[] = {
        "journal/data.mdb", "journal/lock.mdb", "journal/owner", "journal",
        "annex/data.mdb",   "annex/lock.mdb",   "annex/owner",   "annex"};
    char path[600];
    lookups_drop(options->data);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", options->data, files[i]);
        remove(path);
    }
    unlink(options->key_file);
    unlink(options->mark_file);
    rmdir(options->data);
}

enum custody_status found_ledger(const struct found_options *options,
                                 char ret_sentence[static 240],
                                 struct found_paper *ret)
{
    struct founding *founding = calloc(1, sizeof *founding);
    ret_sentence[0] = 0;
    memset(ret, 0, sizeof *ret);
    if (founding == NULL || !digest_init()) {
        free(founding);
        return CUSTODY_ERR_MEMORY;
    }
    founding->options = options;
    founding->paper = ret;
    founding->sentence = ret_sentence;
    enum custody_status status = found_check(options, ret_sentence);
    bool is_ours = false;
    if (status == CUSTODY_OK)
        status = found_folders(options, ret_sentence);
    if (status == CUSTODY_OK) {
        is_ours = true;
        found_make_keys(founding);
        status = ledger_keys_write(options->key_file, &founding->keys);
    }
    const struct ledger_options open = {.data = options->data,
                                        .key_file = options->key_file,
                                        .mark_file = options->mark_file,
                                        .map_size = options->map_size};
    if (status == CUSTODY_OK)
        status = ledger_open(&open, NULL, NULL, ret_sentence, &founding->ledger);
    if (status == CUSTODY_OK)
        status = found_first_entry(founding);
    if (status == CUSTODY_OK)
        status = found_regulator(founding);
    if (status == CUSTODY_OK)
        status = found_invitation(founding);
    if (status == CUSTODY_OK)
        found_write_invitation(founding);
    ledger_close(founding->ledger);
    if (status != CUSTODY_OK && is_ours)
        found_remove(options);
    if (status != CUSTODY_OK && ret_sentence[0] == 0)
        snprintf(ret_sentence, 240, "%s", custody_status_sentence(status));
    if (status != CUSTODY_OK)
        found_done(ret);
    digest_wipe(founding, sizeof *founding);
    free(founding);
    return status;
}

void found_done(struct found_paper *paper)
{
    digest_wipe(paper, sizeof *paper);
}
