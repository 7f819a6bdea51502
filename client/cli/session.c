/* session.c: what was scanned and is not signed yet.
 * Never signs. */
#include "client/cli/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/problem.h"
#include "client/lib/recordlog.h"
#include "client/lib/reflect.h"

static const char purpose[RECORDLOG_PURPOSE_MAX + 1] = "scanning";

static const char *text_of(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* One record: {"act": ...} begins, {"code": , "mass": , "box": } is a scan, {"mass": } weighs the newest, {"undo": true}. */
static bool take_record(struct session *session, json_t *record)
{
    const char *code = text_of(record, "code");
    uint64_t mass_g = (uint64_t)json_integer_value(json_object_get(record, "mass"));
    if (json_object_get(record, "act") != NULL) {
        json_decref(session->begun);
        session->begun = json_incref(record);
        return true;
    }
    if (code[0] != '\0') {
        if (session->count == SESSION_ITEMS_MAX || strlen(code) > SCANNER_CODE_MAX)
            return false;
        struct session_item *item = &session->items[session->count++];
        *item = (struct session_item){.is_box = json_is_true(json_object_get(record, "box")),
                                      .mass_g = mass_g};
        snprintf(item->code, sizeof(item->code), "%s", code);
        return true;
    }
    if (session->count == 0)
        return false;
    if (json_is_true(json_object_get(record, "undo")))
        session->count--;
    else
        session->items[session->count - 1].mass_g = mass_g;
    return true;
}

static enum custody_status
take(void *context, uint64_t offset, struct span payload, struct custody_problem *problem)
{
    struct session *session = context;
    (void)offset;
    json_t *record = json_loadb((const char *)payload.data, payload.len, 0, NULL);
    bool is_well = json_is_object(record) && take_record(session, record);
    json_decref(record);
    return is_well ? CUSTODY_OK
                   : problem_set(problem, CUSTODY_ERR_CORRUPT, "scanning", "a record of a scan",
                                 "something else");
}

enum custody_status session_open(struct custody_client *client, struct session **ret)
{
    struct session *session = calloc(1, sizeof(*session));
    if (session == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "scanning", NULL, "nothing left");
    enum custody_status status =
        files_join(client->home, "scanning", session->path, &client->problem);
    if (status == CUSTODY_OK)
        status = recordlog_open(session->path, purpose, client->identity.public_key, take, session,
                                &session->log, &client->problem);
    if (status == CUSTODY_OK)
        *ret = session;
    else
        session_close(session);
    return status;
}

void session_close(struct session *session)
{
    if (session == NULL)
        return;
    recordlog_close(session->log);
    json_decref(session->begun);
    free(session);
}

/* On disk, then in memory. Drops `record`. */
static enum custody_status
append(struct session *session, json_t *record, struct custody_problem *problem)
{
    char *text = record == NULL ? NULL : json_dumps(record, JSON_COMPACT);
    uint64_t offset;
    enum custody_status status = CUSTODY_ERR_MEMORY;
    if (text == NULL) {
        problem_set(problem, CUSTODY_ERR_MEMORY, "scanning", NULL, "nothing left");
    } else {
        struct span part = span_text(text);
        status = recordlog_append(session->log, &part, 1, &offset, problem);
    }
    if (status == CUSTODY_OK && !take_record(session, record))
        status = problem_set(problem, CUSTODY_ERR_INVALID, "scanning", "at most 500 items", "more");
    free(text);
    json_decref(record);
    return status;
}

enum custody_status
session_begin(struct session *session, json_t *begun, struct custody_problem *problem)
{
    return append(session, begun, problem);
}

const struct session_item *
session_find(const struct session *session, const char *code, bool is_box)
{
    for (size_t i = 0; i < session->count; i++)
        if (session->items[i].is_box == is_box && strcmp(session->items[i].code, code) == 0)
            return &session->items[i];
    return NULL;
}

enum custody_status session_add(struct session *session,
                                const struct session_item *item,
                                struct custody_problem *problem)
{
    if (session->count == SESSION_ITEMS_MAX)
        return problem_set(problem, CUSTODY_ERR_INVALID, "scanning",
                           "at most 500 of one statement: sign these first", "one more");
    return append(session,
                  json_pack("{s:s, s:I, s:b}", "code", item->code, "mass", (json_int_t)item->mass_g,
                            "box", (int)item->is_box),
                  problem);
}

enum custody_status
session_weigh(struct session *session, uint64_t mass_g, struct custody_problem *problem)
{
    return append(session, json_pack("{s:I}", "mass", (json_int_t)mass_g), problem);
}

enum custody_status session_undo(struct session *session, struct custody_problem *problem)
{
    return append(session, json_pack("{s:b}", "undo", 1), problem);
}

enum custody_status session_end(struct session *session, struct custody_problem *problem)
{
    char path[FILES_PATH_MAX];
    snprintf(path, sizeof(path), "%s", session->path);
    session_close(session);
    return unlink(path) == 0 ? CUSTODY_OK : problem_from_errno(problem, path);
}
