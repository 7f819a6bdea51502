/* bundle.c: the evidence bundle, made and verified.
 * Never asks a ledger. */
#include "client/lib/bundle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/problem.h"
#include "client/lib/tlogproof.h"

#define TITLE   "custody-evidence/1\n"
#define ENTRIES "entries/"
#define RECORDS "records/"
#define PROOF   ".tlog-proof"

enum { SUM_LINE_MAX = 2 * DIGEST_SIZE + 2 + ZIP_NAME_MAX + 1, SIGNED_MAX = 256, OWN_MEMBERS = 2 };

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static enum custody_status fail_for_memory(struct custody_problem *problem)
{
    return problem_set(problem, CUSTODY_ERR_MEMORY, "bundle", NULL, "nothing left");
}

/* ---- made ---- */

enum custody_status bundle_add(struct bundle *bundle,
                               const char *name,
                               struct span content,
                               struct custody_problem *problem)
{
    struct zip_member member = {.content = content};
    if (strlen(name) > ZIP_NAME_MAX || bundle->count >= ZIP_MEMBERS_MAX - OWN_MEMBERS)
        return problem_set(problem, CUSTODY_ERR_INVALID, "bundle", "at most 8190 short names", "%s",
                           name);
    snprintf(member.name, sizeof(member.name), "%s", name);
    if (zip_size(&member, 1) == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "bundle", "a name and less than 256 MiB",
                           "%s", name);
    for (size_t i = 0; i < bundle->count; i++)
        if (strcmp(bundle->members[i].name, name) == 0)
            return problem_set(problem, CUSTODY_ERR_INVALID, "bundle", "names that differ",
                               "%s twice", name);
    if (bundle->count == bundle->room) {
        size_t room = bundle->room == 0 ? 64 : 2 * bundle->room;
        struct zip_member *more = realloc(bundle->members, room * sizeof(*more));
        if (more == NULL)
            return fail_for_memory(problem);
        bundle->members = more;
        bundle->room = room;
    }
    uint8_t *copy = malloc(content.len + 1);
    if (copy == NULL)
        return fail_for_memory(problem);
    if (content.len > 0)
        memcpy(copy, content.data, content.len);
    member.content = span_of(copy, content.len);
    bundle->members[bundle->count++] = member;
    return CUSTODY_OK;
}

enum custody_status bundle_add_entry(struct bundle *bundle,
                                     uint64_t number,
                                     struct span proof,
                                     struct custody_problem *problem)
{
    char name[ZIP_NAME_MAX + 1];
    snprintf(name, sizeof(name), ENTRIES "%010" PRIu64 PROOF, number);
    return bundle_add(bundle, name, proof, problem);
}

enum custody_status
bundle_add_record(struct bundle *bundle, struct span record, struct custody_problem *problem)
{
    char name[ZIP_NAME_MAX + 1] = RECORDS;
    struct digest digest = digest_sha256(record);
    bytes_write_hex(span_of(digest.bytes, DIGEST_SIZE), name + strlen(RECORDS));
    return bundle_add(bundle, name, record, problem);
}

/* "<hex>  <name>\n" for every member, behind the title; NULL when memory is used up. */
static char *write_sums(const struct zip_member *members, size_t count)
{
    char *text = malloc(sizeof(TITLE) + count * SUM_LINE_MAX);
    if (text == NULL)
        return NULL;
    size_t len = strlen(TITLE);
    memcpy(text, TITLE, len + 1);
    for (size_t i = 0; i < count; i++) {
        struct digest digest = digest_sha256(members[i].content);
        bytes_write_hex(span_of(digest.bytes, DIGEST_SIZE), text + len);
        len += 2 * (size_t)DIGEST_SIZE;
        len += (size_t)snprintf(text + len, SUM_LINE_MAX - 2 * (size_t)DIGEST_SIZE, "  %s\n",
                                members[i].name);
    }
    return text;
}

static void write_signed(const uint8_t public_key[static PUBLIC_KEY_SIZE],
                         const uint8_t signature[static SIGNATURE_SIZE],
                         char ret[static SIGNED_MAX])
{
    char key[2 * PUBLIC_KEY_SIZE + 1], text[2 * SIGNATURE_SIZE];
    bytes_write_hex(span_of(public_key, PUBLIC_KEY_SIZE), key);
    bytes_write_base64(span_of(signature, SIGNATURE_SIZE), text, sizeof(text));
    snprintf(ret, SIGNED_MAX, TITLE "key %s\nsignature %s\n", key, text);
}

static enum custody_status write_file(const struct bundle *bundle,
                                      uint8_t **ret,
                                      size_t *ret_len,
                                      struct custody_problem *problem)
{
    size_t size = zip_size(bundle->members, bundle->count);
    if (size == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "bundle", "at most 256 MiB", "more");
    uint8_t *file = malloc(size);
    if (file == NULL)
        return fail_for_memory(problem);
    zip_write(bundle->members, bundle->count, file);
    *ret = file;
    *ret_len = size;
    return CUSTODY_OK;
}

enum custody_status bundle_seal(struct bundle *bundle,
                                const uint8_t public_key[static PUBLIC_KEY_SIZE],
                                const uint8_t secret_key[static SECRET_KEY_SIZE],
                                uint8_t **ret,
                                size_t *ret_len,
                                struct custody_problem *problem)
{
    uint8_t signature[SIGNATURE_SIZE];
    char text[SIGNED_MAX];
    char *sums = write_sums(bundle->members, bundle->count);
    if (sums == NULL)
        return fail_for_memory(problem);
    digest_sign(signature, span_text(sums), secret_key);
    write_signed(public_key, signature, text);
    enum custody_status status =
        bundle_add(bundle, "SHA256SUMS", span_text(sums + strlen(TITLE)), problem);
    if (status == CUSTODY_OK)
        status = bundle_add(bundle, "SIGNATURE", span_text(text), problem);
    free(sums);
    return status == CUSTODY_OK ? write_file(bundle, ret, ret_len, problem) : status;
}

void bundle_done(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        free((void *)(uintptr_t)bundle->members[i].content.data);
    free(bundle->members);
    *bundle = (struct bundle){0};
}

/* ---- verified ---- */

bool bundle_is_one(struct span file)
{
    return file.len > 4 && memcmp(file.data, "PK\3\4", 4) == 0;
}

struct reading {
    const struct zip_member *members;
    size_t count; /* without the last two */
    const char *vkey;
    bool *is_named; /* of each member that is a record: some entry holds its digest */
    bundle_visit *visit;
    void *context;
    struct bundle_verified verified;
    struct tlogproof proof;
};

static bool is_text(struct span content, const char *text)
{
    return content.len == strlen(text) && memcmp(content.data, text, content.len) == 0;
}

/* The sums are those of the members, and the maker has signed them. */
static enum custody_status check_maker(struct reading *reading, struct custody_problem *problem)
{
    const struct zip_member *last = reading->members + reading->count;
    uint8_t signature[SIGNATURE_SIZE];
    char again[SIGNED_MAX];
    const size_t key_at = strlen(TITLE "key "), key_len = 2 * (size_t)PUBLIC_KEY_SIZE,
                 signature_at = key_at + key_len + strlen("\nsignature ");
    size_t len = 0;
    if (strcmp(last[0].name, "SHA256SUMS") != 0 || strcmp(last[1].name, "SIGNATURE") != 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "file", "an evidence bundle",
                           "another ZIP file");
    char *sums = write_sums(reading->members, reading->count);
    if (sums == NULL)
        return fail_for_memory(problem);
    bool is_same = is_text(last[0].content, sums + strlen(TITLE));
    struct span text = last[1].content;
    bool is_signed =
        text.len > signature_at + 1 &&
        bytes_parse_hex(span_of(text.data + key_at, key_len), reading->verified.maker,
                        PUBLIC_KEY_SIZE) &&
        bytes_parse_base64(span_of(text.data + signature_at, text.len - signature_at - 1),
                           signature, sizeof(signature), &len) &&
        len == SIGNATURE_SIZE;
    if (is_signed) {
        write_signed(reading->verified.maker, signature, again);
        is_signed = is_text(text, again) &&
                    digest_verify(signature, span_text(sums), reading->verified.maker);
    }
    free(sums);
    if (!is_same)
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, "SHA256SUMS", "the sums of all members",
                           "others");
    if (!is_signed)
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, "SIGNATURE",
                           "its maker's signature of SHA256SUMS", "none that holds");
    return CUSTODY_OK;
}

/* Which of the records does this entry name? */
static void look_for_records(struct reading *reading, struct span entry)
{
    for (size_t i = 0; i < reading->count; i++) {
        uint8_t digest[DIGEST_SIZE];
        const char *name = reading->members[i].name;
        if (begins(name, RECORDS) && !reading->is_named[i] &&
            bytes_parse_hex(span_text(name + strlen(RECORDS)), digest, DIGEST_SIZE))
            reading->is_named[i] = memmem(entry.data, entry.len, digest, DIGEST_SIZE) != NULL;
    }
}

static enum custody_status check_entry(struct reading *reading,
                                       const struct zip_member *member,
                                       struct custody_problem *problem)
{
    struct custody_proved proved;
    char name[ZIP_NAME_MAX + 1];
    enum custody_status status = custody_proof_verify(
        (const char *)member->content.data, member->content.len, reading->vkey, &proved, problem);
    if (status == CUSTODY_OK)
        status = tlogproof_parse(member->content, &reading->proof, problem);
    if (status != CUSTODY_OK) {
        problem_prefix(problem, member->name);
        return status;
    }
    snprintf(name, sizeof(name), ENTRIES "%010" PRIu64 PROOF, proved.entry);
    if (strcmp(name, member->name) != 0)
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, member->name, "the entry of that number",
                           "entry %" PRIu64, proved.entry);
    look_for_records(reading, span_of(reading->proof.entry, reading->proof.entry_len));
    reading->verified.entries++;
    if (reading->visit != NULL)
        reading->visit(reading->context, &proved);
    return CUSTODY_OK;
}

static enum custody_status check_records(struct reading *reading, struct custody_problem *problem)
{
    for (size_t i = 0; i < reading->count; i++) {
        char name[ZIP_NAME_MAX + 1] = RECORDS;
        if (!begins(reading->members[i].name, RECORDS))
            continue;
        struct digest digest = digest_sha256(reading->members[i].content);
        bytes_write_hex(span_of(digest.bytes, DIGEST_SIZE), name + strlen(RECORDS));
        if (strcmp(name, reading->members[i].name) != 0 || !reading->is_named[i])
            return problem_set(problem, CUSTODY_ERR_EVIDENCE, reading->members[i].name,
                               "a record that an entry here names by its digest", "another");
        reading->verified.records++;
    }
    return CUSTODY_OK;
}

static enum custody_status check_all(struct reading *reading, struct custody_problem *problem)
{
    enum custody_status status = check_maker(reading, problem);
    for (size_t i = 0; status == CUSTODY_OK && i < reading->count; i++)
        if (begins(reading->members[i].name, ENTRIES))
            status = check_entry(reading, &reading->members[i], problem);
    if (status == CUSTODY_OK && reading->verified.entries == 0)
        status = problem_set(problem, CUSTODY_ERR_INVALID, "file", "entries", "none");
    return status == CUSTODY_OK ? check_records(reading, problem) : status;
}

enum custody_status bundle_verify(struct span file,
                                  const char *ledger_vkey,
                                  bundle_visit *visit,
                                  void *context,
                                  struct bundle_verified *ret,
                                  struct custody_problem *problem)
{
    size_t count = 0;
    enum custody_status status;
    struct zip_member *members = calloc(ZIP_MEMBERS_MAX, sizeof(*members));
    struct reading *reading = calloc(1, sizeof(*reading));
    bool *is_named = calloc(ZIP_MEMBERS_MAX, sizeof(*is_named));
    problem_clear(problem);
    if (members == NULL || reading == NULL || is_named == NULL || !digest_init()) {
        status = fail_for_memory(problem);
    } else {
        status = zip_parse(file, members, ZIP_MEMBERS_MAX, &count, problem);
        if (status == CUSTODY_OK && count <= OWN_MEMBERS)
            status = problem_set(problem, CUSTODY_ERR_INVALID, "file", "an evidence bundle",
                                 "another ZIP file");
        if (status == CUSTODY_OK) {
            *reading = (struct reading){.members = members,
                                        .count = count - OWN_MEMBERS,
                                        .vkey = ledger_vkey,
                                        .is_named = is_named,
                                        .visit = visit,
                                        .context = context};
            status = check_all(reading, problem);
            *ret = reading->verified;
        }
    }
    free(is_named);
    free(reading);
    free(members);
    return status;
}
