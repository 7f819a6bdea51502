/* gathering.c: all that the ledger has about a subject.
 * Never decides what is told of it. */
#include "client/cli/gathering.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/envelope.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/tlogproof.h"
#include "client/cli/decoded.h"

enum {
    ROUNDS_MAX = 8,
    ENTRIES_MAX = 4000,
    LEVELS_MAX = 32,
    LOOK_BACK = 500, /* entries in front of the first and behind the last that are looked through */
    LOOK_AHEAD = 4000,
    LOOK_MAX = 20000,
};

static struct custody_problem *problem_of(struct gathering *gathering)
{
    return &gathering->context->client->problem;
}

static enum custody_status fail_for_memory(struct gathering *gathering)
{
    return problem_set(problem_of(gathering), CUSTODY_ERR_MEMORY, "evidence", NULL, "nothing left");
}

bool gathering_begin(struct gathering *gathering, struct command_context *context)
{
    *gathering = (struct gathering){.context = context,
                                    .keys = json_object(),
                                    .parties = json_object(),
                                    .sought = json_object(),
                                    .records = json_object()};
    return gathering->keys != NULL && gathering->parties != NULL && gathering->sought != NULL &&
           gathering->records != NULL;
}

void gathering_done(struct gathering *gathering)
{
    for (size_t i = 0; i < gathering->count; i++) {
        free(gathering->entries[i].proof);
        json_decref(gathering->entries[i].decoded);
    }
    free(gathering->entries);
    json_decref(gathering->keys);
    json_decref(gathering->parties);
    json_decref(gathering->sought);
    json_decref(gathering->records);
    *gathering = (struct gathering){0};
}

/* ---- what answers name ---- */

bool gathering_add(struct gathering *gathering, uint64_t number)
{
    for (size_t i = 0; i < gathering->count; i++)
        if (gathering->entries[i].number == number)
            return true;
    if (gathering->count == gathering->room) {
        size_t room = gathering->room == 0 ? 64 : 2 * gathering->room;
        struct gathered *more = realloc(gathering->entries, room * sizeof(*more));
        if (more == NULL)
            return false;
        gathering->entries = more;
        gathering->room = room;
    }
    gathering->entries[gathering->count++] = (struct gathered){.number = number};
    return true;
}

static bool ends(const char *text, const char *with)
{
    size_t len = strlen(text), with_len = strlen(with);
    return len >= with_len && strcmp(text + len - with_len, with) == 0;
}

static bool add_key(struct gathering *gathering, const char *hex)
{
    if (strlen(hex) != 2 * (size_t)PUBLIC_KEY_SIZE || json_object_get(gathering->keys, hex) != NULL)
        return true;
    return json_object_set_new(gathering->keys, hex, json_object()) == 0;
}

static bool add_party(struct gathering *gathering, const char *party)
{
    if (party == NULL || party[0] == '\0' || json_object_get(gathering->parties, party) != NULL)
        return true;
    return json_object_set_new(gathering->parties, party, json_false()) == 0;
}

static bool seek(struct gathering *gathering, const char *id)
{
    return strlen(id) != 2 * (size_t)DIGEST_SIZE ||
           json_object_set_new(gathering->sought, id, json_true()) == 0;
}

/* By name: fields `entry` and `..._entry` are numbers of entries, `entries` lists of them, `party` is who did it, `key` who signed it. */
static bool read_json(struct gathering *gathering, json_t *json, int level)
{
    const char *name;
    json_t *value;
    size_t index;
    bool is_well = level < LEVELS_MAX;
    json_array_foreach(json, index, value)
    {
        is_well = is_well && read_json(gathering, value, level + 1);
    }
    json_object_foreach(json, name, value)
    {
        bool is_entry = strcmp(name, "entry") == 0 || ends(name, "_entry");
        if (is_entry && json_is_integer(value))
            is_well = is_well && gathering_add(gathering, (uint64_t)json_integer_value(value));
        else if (strcmp(name, "entries") == 0 && json_is_array(value))
            for (size_t i = 0; i < json_array_size(value); i++)
                is_well = is_well && gathering_add(gathering, (uint64_t)json_integer_value(
                                                                  json_array_get(value, i)));
        else if (strcmp(name, "party") == 0 && json_is_string(value))
            is_well = is_well && add_party(gathering, json_string_value(value));
        else if (strcmp(name, "statement_id") == 0 && json_is_string(value))
            is_well = is_well && seek(gathering, json_string_value(value));
        else
            is_well = is_well && read_json(gathering, value, level + 1);
    }
    return is_well;
}

bool gathering_read(struct gathering *gathering, const ProtobufCMessage *reply)
{
    json_t *json = reflect_to_json(reply);
    bool is_well = json != NULL && read_json(gathering, json, 0);
    json_decref(json);
    return is_well;
}

/* ---- asking ---- */

enum custody_status
gathering_ask(struct gathering *gathering, uint16_t kind, json_t *object, ProtobufCMessage **ret)
{
    struct custody_client *client = gathering->context->client;
    ProtobufCMessage *request = NULL;
    *ret = NULL;
    if (object == NULL)
        return fail_for_memory(gathering);
    enum custody_status status =
        reflect_from_json(ask_request_descriptor(kind), object, &request, &client->problem);
    json_decref(object);
    if (status == CUSTODY_OK)
        status = ask_question(client, kind, request, ret);
    reflect_free(request);
    if (status != CUSTODY_ERR_REFUSED && status != CUSTODY_ERR_NOT_FOUND)
        return status;
    problem_clear(&client->problem);
    return CUSTODY_OK;
}

static enum custody_status fetch(struct gathering *gathering, size_t at)
{
    ProtobufCMessage *message = NULL;
    enum custody_status status = gathering_ask(
        gathering, ENVELOPE_PROVE,
        json_pack("{s:I}", "entry", (json_int_t)gathering->entries[at].number), &message);
    const Custody__V1__ProveReply *reply = (const Custody__V1__ProveReply *)message;
    if (reply != NULL && reply->entry != NULL && reply->entry->proof != NULL &&
        reply->entry->bytes.len > 0) {
        struct gathered *entry = &gathering->entries[at];
        struct span bytes = span_of(reply->entry->bytes.data, reply->entry->bytes.len);
        entry->decoded = decoded_entry(bytes);
        entry->proof = malloc(TLOGPROOF_SIZE_MAX);
        if (entry->proof != NULL)
            entry->proof_len = tlogproof_write(
                entry->number, bytes, reply->entry->proof,
                span_of(reply->basis->checkpoint.data, reply->basis->checkpoint.len), entry->proof,
                TLOGPROOF_SIZE_MAX);
        const char *key = json_string_value(json_object_get(entry->decoded, "key"));
        /* The founding entry names the office whose keys enrol all others. */
        json_t *body = json_object_get(entry->decoded, "body");
        if (entry->proof_len == 0 || key == NULL || !add_key(gathering, key) ||
            (entry->number == 0 && !read_json(gathering, body, 0)))
            status = fail_for_memory(gathering);
    }
    reflect_free(message);
    return status;
}

/* What is known of the keys that signed, from an answer about their party. */
static bool read_keys(struct gathering *gathering, const Custody__V1__PartyReply *reply)
{
    bool is_well = true;
    for (size_t i = 0; i < reply->n_keys; i++) {
        char hex[2 * PUBLIC_KEY_SIZE + 1];
        const Custody__V1__KeyView *view = reply->keys[i];
        if (view->key.len != PUBLIC_KEY_SIZE)
            continue;
        bytes_write_hex(span_of(view->key.data, PUBLIC_KEY_SIZE), hex);
        json_t *key = json_object_get(gathering->keys, hex);
        if (key == NULL)
            continue;
        is_well = is_well && json_object_set_new(key, "party", json_string(reply->party)) == 0 &&
                  json_object_set_new(key, "name", json_string(reply->name)) == 0 &&
                  json_object_set_new(key, "enrolled_by_entry",
                                      json_integer((json_int_t)view->enrolled_by_entry)) == 0 &&
                  gathering_add(gathering, view->enrolled_by_entry) &&
                  (view->revoked_by_entry == 0 ||
                   (json_object_set_new(key, "revoked_by_entry",
                                        json_integer((json_int_t)view->revoked_by_entry)) == 0 &&
                    gathering_add(gathering, view->revoked_by_entry)));
    }
    return is_well;
}

/* All parties again in each round, because more keys may be known of. */
static enum custody_status ask_parties(struct gathering *gathering)
{
    const char *party;
    void *next;
    json_t *asked;
    enum custody_status status = CUSTODY_OK;
    json_object_foreach_safe(gathering->parties, next, party, asked)
    {
        ProtobufCMessage *reply = NULL;
        if (status == CUSTODY_OK)
            status = gathering_ask(gathering, ENVELOPE_PARTY, json_pack("{s:s}", "party", party),
                                   &reply);
        if (reply != NULL && !read_keys(gathering, (const Custody__V1__PartyReply *)reply))
            status = fail_for_memory(gathering);
        reflect_free(reply);
    }
    return status;
}

/* ---- what answers do not number ---- */

/* Is it a countersignature of what is sought, or the departure that a loading names? */
static bool is_sought(const struct gathering *gathering, json_t *decoded)
{
    const char *id = json_string_value(json_object_get(decoded, "id"));
    json_t *named = json_object_get(json_object_get(decoded, "body"), "target");
    const char *of = json_string_value(json_object_get(named, "id"));
    return (id != NULL && json_object_get(gathering->sought, id) != NULL) ||
           (of != NULL && json_object_get(gathering->sought, of) != NULL);
}

/* One answer of the feed; `*from` goes on, and stays where it is at the feed's end. */
static enum custody_status look_through(struct gathering *gathering, uint64_t *from)
{
    ProtobufCMessage *message = NULL;
    enum custody_status status = gathering_ask(
        gathering, ENVELOPE_ENTRIES, json_pack("{s:I}", "from", (json_int_t)*from), &message);
    const Custody__V1__EntriesReply *reply = (const Custody__V1__EntriesReply *)message;
    for (size_t i = 0; reply != NULL && status == CUSTODY_OK && i < reply->n_entries; i++) {
        const Custody__V1__Entry *entry = reply->entries[i];
        json_t *decoded = entry->bytes.len == 0
                              ? NULL
                              : decoded_entry(span_of(entry->bytes.data, entry->bytes.len));
        if (is_sought(gathering, decoded) && !gathering_add(gathering, entry->number))
            status = fail_for_memory(gathering);
        json_decref(decoded);
        *from = entry->number + 1;
    }
    reflect_free(message);
    return status;
}

/* Countersignatures are told by who gave them, not by their entries, and a loading names its departure by its id: both stand near
 * the entries that are known, so the feed is read round about these. */
static enum custody_status look_round(struct gathering *gathering)
{
    uint64_t first = UINT64_MAX, last = 0;
    enum custody_status status = CUSTODY_OK;
    for (size_t i = 0; i < gathering->count; i++) {
        const struct gathered *entry = &gathering->entries[i];
        json_t *body = json_object_get(entry->decoded, "body");
        const char *trip = json_string_value(json_object_get(body, "trip"));
        if (trip != NULL && !seek(gathering, trip))
            return fail_for_memory(gathering);
        if (entry->number == 0)
            continue;
        first = entry->number < first ? entry->number : first;
        last = entry->number > last ? entry->number : last;
    }
    if (json_object_size(gathering->sought) == 0 || last == 0)
        return CUSTODY_OK;
    uint64_t from = first > LOOK_BACK ? first - LOOK_BACK : 0;
    uint64_t until = last + LOOK_AHEAD < from + LOOK_MAX ? last + LOOK_AHEAD : from + LOOK_MAX;
    for (uint64_t before = UINT64_MAX; status == CUSTODY_OK && from != before && from < until;) {
        before = from;
        status = look_through(gathering, &from);
    }
    return status;
}

/* ---- records ---- */

static enum custody_status
ask_record(struct gathering *gathering, const char *digest, uint64_t number)
{
    ProtobufCMessage *message = NULL;
    if (json_object_get(gathering->records, digest) != NULL ||
        strspn(digest, "0") == strlen(digest))
        return CUSTODY_OK;
    enum custody_status status = gathering_ask(
        gathering, ENVELOPE_RECORD,
        json_pack("{s:s, s:I}", "digest", digest, "entry", (json_int_t)number), &message);
    const Custody__V1__RecordReply *reply = (const Custody__V1__RecordReply *)message;
    if (reply != NULL && reply->record.len > SALT_SIZE) {
        char *hex = malloc(2 * reply->record.len + 1);
        if (hex != NULL)
            bytes_write_hex(span_of(reply->record.data, reply->record.len), hex);
        if (hex == NULL ||
            json_object_set_new(gathering->records, digest,
                                json_pack("{s:s, s:I, s:s}", "kind", reply->kind, "entry",
                                          (json_int_t)number, "salted", hex)) != 0)
            status = fail_for_memory(gathering);
        free(hex);
    }
    reflect_free(message);
    return status;
}

/* Fields `..._digest` and `..._digests` of a body. */
static enum custody_status
ask_records(struct gathering *gathering, json_t *body, uint64_t number, int level)
{
    const char *name;
    json_t *value;
    size_t index;
    enum custody_status status = CUSTODY_OK;
    if (level >= LEVELS_MAX)
        return CUSTODY_OK;
    json_array_foreach(body, index, value)
    {
        if (status == CUSTODY_OK)
            status = ask_records(gathering, value, number, level + 1);
    }
    json_object_foreach(body, name, value)
    {
        if (status == CUSTODY_OK && ends(name, "_digest") && json_is_string(value))
            status = ask_record(gathering, json_string_value(value), number);
        else if (ends(name, "_digests") && json_is_array(value))
            for (size_t i = 0; status == CUSTODY_OK && i < json_array_size(value); i++)
                status = ask_record(gathering, json_string_value(json_array_get(value, i)), number);
        else if (status == CUSTODY_OK)
            status = ask_records(gathering, value, number, level + 1);
    }
    return status;
}

/* ---- all of it ---- */

/* Nobody enrols the keys that found the ledger: entry 0, which they signed or which names them, stands for that. */
static enum custody_status find_founders(struct gathering *gathering)
{
    const char *hex;
    json_t *key;
    json_t *founding = NULL;
    for (size_t i = 0; i < gathering->count && founding == NULL; i++)
        if (gathering->entries[i].number == 0)
            founding = gathering->entries[i].decoded;
    char *text = founding == NULL ? NULL : json_dumps(founding, JSON_COMPACT);
    if (founding != NULL && text == NULL)
        return fail_for_memory(gathering);
    json_object_foreach(gathering->keys, hex, key)
    {
        if (text != NULL && json_object_get(key, "enrolled_by_entry") == NULL &&
            strstr(text, hex) != NULL)
            json_object_set_new(key, "enrolled_by_entry", json_integer(0));
    }
    free(text);
    return CUSTODY_OK;
}

static int by_number(const void *left, const void *right)
{
    const struct gathered *a = left, *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

static enum custody_status fetch_from(struct gathering *gathering, size_t *done)
{
    enum custody_status status = CUSTODY_OK;
    while (status == CUSTODY_OK && *done < gathering->count) {
        if (gathering->count > ENTRIES_MAX)
            return problem_set(problem_of(gathering), CUSTODY_ERR_INVALID, "subject",
                               "at most 4000 entries in one bundle: ask about less", "%zu",
                               gathering->count);
        status = fetch(gathering, (*done)++);
        output_progress(&gathering->context->output, "entries", *done, gathering->count);
    }
    return status;
}

enum custody_status gathering_finish(struct gathering *gathering, bool is_sealed)
{
    size_t done = 0;
    enum custody_status status = CUSTODY_OK;
    if (!gathering_add(gathering, 0) ||
        !add_party(gathering, gathering->context->client->card.party))
        return fail_for_memory(gathering);
    status = fetch_from(gathering, &done);
    if (status == CUSTODY_OK)
        status = look_round(gathering);
    if (status == CUSTODY_OK)
        status = fetch_from(gathering, &done);
    for (int round = 0; status == CUSTODY_OK && round < ROUNDS_MAX; round++) {
        status = ask_parties(gathering);
        if (done == gathering->count)
            break;
        if (status == CUSTODY_OK)
            status = fetch_from(gathering, &done);
    }
    if (status == CUSTODY_OK)
        status = find_founders(gathering);
    qsort(gathering->entries, gathering->count, sizeof(*gathering->entries), by_number);
    for (size_t i = 0; status == CUSTODY_OK && !is_sealed && i < gathering->count; i++)
        status = ask_records(gathering, json_object_get(gathering->entries[i].decoded, "body"),
                             gathering->entries[i].number, 0);
    return status;
}
