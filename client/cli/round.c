/* round.c: the trip that this device is on.
 * Never asks the ledger. */
#include "client/cli/round.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/files.h"
#include "client/lib/problem.h"

enum { ROUND_BYTES_MAX = 1024 * 1024 };

enum custody_status round_read(struct custody_client *client, json_t **ret)
{
    char path[FILES_PATH_MAX];
    uint8_t *text = NULL;
    size_t len = 0;
    *ret = NULL;
    enum custody_status status = files_join(client->home, "trip", path, &client->problem);
    if (status == CUSTODY_OK)
        status = files_read(path, ROUND_BYTES_MAX, &text, &len, &client->problem);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        problem_clear(&client->problem);
        return CUSTODY_OK;
    }
    if (status != CUSTODY_OK)
        return status;
    *ret = json_loadb((const char *)text, len, 0, NULL);
    free(text);
    if (!json_is_string(json_object_get(*ret, "trip")) ||
        !json_is_array(json_object_get(*ret, "stops"))) {
        json_decref(*ret);
        *ret = NULL;
        return problem_set(&client->problem, CUSTODY_ERR_CORRUPT, "trip",
                           "the file that custody trip start wrote", "something else");
    }
    return CUSTODY_OK;
}

enum custody_status round_write(struct custody_client *client, json_t *round)
{
    char path[FILES_PATH_MAX];
    char *text = round == NULL ? NULL : json_dumps(round, JSON_INDENT(1));
    json_decref(round);
    if (text == NULL)
        return problem_set(&client->problem, CUSTODY_ERR_MEMORY, "trip", NULL, "nothing left");
    enum custody_status status = files_join(client->home, "trip", path, &client->problem);
    if (status == CUSTODY_OK)
        status = files_replace(path, span_text(text), &client->problem);
    free(text);
    return status;
}

enum custody_status round_end(struct custody_client *client)
{
    char path[FILES_PATH_MAX];
    enum custody_status status = files_join(client->home, "trip", path, &client->problem);
    if (status == CUSTODY_OK && unlink(path) != 0 && errno != ENOENT)
        status = problem_from_errno(&client->problem, path);
    return status;
}

enum custody_status round_add_stop(struct custody_client *client,
                                   const char *trip,
                                   const char *stop,
                                   size_t bags,
                                   uint64_t mass_g,
                                   uint64_t sequence)
{
    json_t *round, *there;
    size_t index;
    enum custody_status status = round_read(client, &round);
    if (status != CUSTODY_OK || round == NULL)
        return status;
    json_t *stops = json_object_get(round, "stops");
    bool is_new = strcmp(json_string_value(json_object_get(round, "trip")), trip) == 0;
    json_array_foreach(stops, index, there)
    {
        is_new =
            is_new && (uint64_t)json_integer_value(json_object_get(there, "sequence")) != sequence;
    }
    if (!is_new) {
        json_decref(round);
        return CUSTODY_OK;
    }
    json_array_append_new(stops,
                          json_pack("{s:s, s:I, s:I, s:I}", "stop", stop, "bags", (json_int_t)bags,
                                    "mass", (json_int_t)mass_g, "sequence", (json_int_t)sequence));
    return round_write(client, round);
}
