/* pull.c: following the ledger: every entry's hash into a tree of one's own, compared with the signed root.
 * Never trusts a page. */
#include "client/lib/pull.h"

#include <stdlib.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"

enum {
    PAGE_LIMIT = 1000,
};

static const char position_title[] = "custody-followed";

void pull_init(struct pull *pull, const char *origin, bool checks_signatures)
{
    memset(pull, 0, sizeof(*pull));
    merkle_edge_init(&pull->edge);
    pull->origin_count = lineage_addresses(origin, pull->origins);
    pull->checks_signatures = checks_signatures;
}

static enum custody_status
take_bytes(struct pull *pull, struct span bytes, uint64_t number, struct custody_problem *problem)
{
    struct entry entry = {0};
    struct statement statement = {0};
    const char *field;
    enum custody_status status = CUSTODY_OK;
    if (pull->checks_signatures) {
        status = evidence_check_bytes(bytes, number, pull->origins, pull->origin_count, &entry,
                                      &statement, problem);
        pull->signatures += status == CUSTODY_OK ? 1 : 0;
    } else if (!entry_parse(bytes, &entry) || entry.number != number ||
               statement_parse(entry.statement, &statement, &field) != STATEMENT_OK) {
        status = problem_set(problem, CUSTODY_ERR_EVIDENCE, "entry", "an entry of this number",
                             "something else");
    }
    if (status != CUSTODY_OK)
        return status;
    if (number > 0 && entry.recorded_at_us <= pull->last_recorded_us)
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, "recorded_at",
                           "a time after the entry before", "an earlier one");
    pull->last_recorded_us = entry.recorded_at_us;
    return CUSTODY_OK;
}

static enum custody_status
take_checked(struct pull *pull, const Custody__V1__Entry *entry, struct custody_problem *problem)
{
    struct digest leaf;
    if (entry->number != pull->edge.size)
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, "number", "every entry, in order", "%llu",
                           (unsigned long long)entry->number);
    /* No checkpoint: proofs of single entries are not looked at here. */
    enum custody_status status = evidence_check_entry(entry, NULL, problem);
    if (status != CUSTODY_OK)
        return status;
    memcpy(leaf.bytes, entry->leaf_hash.data, DIGEST_SIZE);
    if (entry->bytes.len > 0)
        status =
            take_bytes(pull, span_of(entry->bytes.data, entry->bytes.len), entry->number, problem);
    else
        pull->unread++;
    if (status == CUSTODY_OK)
        merkle_edge_append(&pull->edge, &leaf);
    return status;
}

enum custody_status
pull_take(struct pull *pull, const Custody__V1__Entry *entry, struct custody_problem *problem)
{
    enum custody_status status = take_checked(pull, entry, problem);
    if (status != CUSTODY_OK) {
        char outer[40];
        snprintf(outer, sizeof(outer), "entry %llu", (unsigned long long)pull->edge.size);
        problem_prefix(problem, outer);
    }
    return status;
}

/* ---- the position ---- */

/* title, last recorded time, origins, edge, checksum. */
size_t pull_write_position(const struct pull *pull, uint8_t ret[static PULL_POSITION_MAX])
{
    uint8_t edge[MERKLE_EDGE_BYTES_MAX];
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, PULL_POSITION_MAX);
    bytes_write_counted(&writer, span_text(position_title));
    bytes_write_u64(&writer, (uint64_t)pull->last_recorded_us);
    bytes_write_u8(&writer, (uint8_t)pull->origin_count);
    for (size_t i = 0; i < pull->origin_count; i++)
        bytes_write_span(&writer, span_of(pull->origins[i].bytes, DIGEST_SIZE));
    bytes_write_counted(&writer, span_of(edge, merkle_edge_write(&pull->edge, edge)));
    struct digest check = digest_sha256(bytes_written(&writer));
    bytes_write_span(&writer, span_of(check.bytes, DIGEST_SIZE));
    return writer.failed ? 0 : writer.len;
}

static enum custody_status save_position(struct custody_client *client, const struct pull *pull)
{
    char path[FILES_PATH_MAX];
    uint8_t bytes[PULL_POSITION_MAX];
    enum custody_status status = files_join(client->home, "followed", path, &client->problem);
    if (status != CUSTODY_OK)
        return status;
    return files_replace(path, span_of(bytes, pull_write_position(pull, bytes)), &client->problem);
}

bool pull_parse_position(struct span bytes, struct pull *pull)
{
    struct bytes_reader reader;
    if (bytes.len < DIGEST_SIZE)
        return false;
    struct span content = span_of(bytes.data, bytes.len - DIGEST_SIZE);
    struct digest check = digest_sha256(content);
    if (memcmp(check.bytes, bytes.data + content.len, DIGEST_SIZE) != 0)
        return false;
    bytes_reader_init(&reader, content);
    if (!span_is_equal(bytes_read_counted(&reader), span_text(position_title)))
        return false;
    pull->last_recorded_us = (int64_t)bytes_read_u64(&reader);
    pull->origin_count = bytes_read_u8(&reader);
    if (pull->origin_count == 0 || pull->origin_count > LINEAGE_MAX)
        return false;
    for (size_t i = 0; i < pull->origin_count; i++)
        bytes_read_copy(&reader, pull->origins[i].bytes, DIGEST_SIZE);
    struct span edge = bytes_read_counted(&reader);
    return bytes_reader_is_done(&reader) && merkle_edge_parse(edge, &pull->edge);
}

/* From where the last call stopped; from the start when there is nothing. */
static enum custody_status load_position(struct custody_client *client, struct pull *pull)
{
    char path[FILES_PATH_MAX];
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct pull found = *pull;
    enum custody_status status = files_join(client->home, "followed", path, &client->problem);
    if (status == CUSTODY_OK)
        status = files_read(path, PULL_POSITION_MAX, &bytes, &len, &client->problem);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        problem_clear(&client->problem);
        return CUSTODY_OK;
    }
    if (status != CUSTODY_OK)
        return status;
    if (!pull_parse_position(span_of(bytes, len), &found) ||
        !digest_is_equal(&found.origins[0], &pull->origins[0]))
        status = problem_set(&client->problem, CUSTODY_ERR_CORRUPT, path, "a position",
                             "something else");
    else
        *pull = found;
    free(bytes);
    return status;
}

/* ---- pulling ---- */

struct follow {
    struct custody_client *client;
    struct pull pull;
    struct checkpoint target;
    custody_take_entry *take;
    void *context;
};

static enum custody_status take_page(struct follow *follow, const Custody__V1__EntriesReply *reply)
{
    struct pull *pull = &follow->pull;
    struct custody_problem *problem = &follow->client->problem;
    enum custody_status status = CUSTODY_OK;
    if (reply->n_entries == 0)
        return problem_set(problem, CUSTODY_ERR_PROTOCOL, "entries", "entries from this number on",
                           "none");
    for (size_t i = 0; i < reply->n_entries && pull->edge.size < follow->target.size; i++) {
        const Custody__V1__Entry *entry = reply->entries[i];
        status = pull_take(pull, entry, problem);
        if (status == CUSTODY_OK && follow->take != NULL)
            status =
                follow->take(follow->context, entry->number,
                             entry->bytes.len > 0 ? entry->bytes.data : NULL, entry->bytes.len);
        if (status != CUSTODY_OK)
            break;
    }
    return status;
}

static enum custody_status pull_page(struct follow *follow)
{
    Custody__V1__EntriesRequest request = CUSTODY__V1__ENTRIES_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    ProtobufCMessage *reply = NULL;
    options.limit = PAGE_LIMIT;
    request.options = &options;
    request.from = follow->pull.edge.size;
    enum custody_status status =
        ask_question(follow->client, ENVELOPE_ENTRIES, &request.base, &reply);
    if (status == CUSTODY_OK)
        status = take_page(follow, (const Custody__V1__EntriesReply *)reply);
    reflect_free(reply);
    return status;
}

static enum custody_status compare_root(struct follow *follow, struct digest *ret_root)
{
    struct digest root = merkle_edge_root(&follow->pull.edge);
    if (follow->pull.edge.size != follow->target.size)
        return problem_set(&follow->client->problem, CUSTODY_ERR_ROLLBACK, "checkpoint",
                           "at least what was followed before", "%llu entries",
                           (unsigned long long)follow->target.size);
    if (!digest_is_equal(&root, &follow->target.root))
        return problem_set(&follow->client->problem, CUSTODY_ERR_EVIDENCE, "root",
                           "the root of the entries that were shown",
                           "another one in the signed checkpoint");
    *ret_root = root;
    return CUSTODY_OK;
}

enum custody_status custody_client_follow(struct custody_client *client,
                                          unsigned flags,
                                          custody_take_entry *take,
                                          custody_progress *progress,
                                          void *context,
                                          struct custody_followed *ret_followed)
{
    struct follow follow = {.client = client, .take = take, .context = context};
    struct digest root;
    problem_clear(&client->problem);
    pull_init(&follow.pull, client->card.origin, (flags & CUSTODY_FOLLOW_CHECK_SIGNATURES) != 0);
    enum custody_status status = CUSTODY_OK;
    if ((flags & CUSTODY_FOLLOW_FROM_START) == 0)
        status = load_position(client, &follow.pull);
    if (status == CUSTODY_OK)
        status = ask_newest_head(client);
    if (status != CUSTODY_OK)
        return status;
    follow.target = client->trust.head;
    uint64_t first = follow.pull.edge.size;
    while (status == CUSTODY_OK && follow.pull.edge.size < follow.target.size) {
        status = pull_page(&follow);
        if (progress != NULL)
            progress(context, follow.pull.edge.size - first, follow.target.size - first);
    }
    if (status == CUSTODY_OK)
        status = compare_root(&follow, &root);
    if (status == CUSTODY_OK)
        status = save_position(client, &follow.pull);
    if (status != CUSTODY_OK)
        return status;
    *ret_followed = (struct custody_followed){.first = first,
                                              .size = follow.target.size,
                                              .unread = follow.pull.unread,
                                              .signatures = follow.pull.signatures};
    memcpy(ret_followed->root, root.bytes, DIGEST_SIZE);
    return CUSTODY_OK;
}
