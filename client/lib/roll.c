/* roll.c: codes of labels that are printed before there is a container.
 * Never gives a code twice on a device. */
#include "client/lib/roll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"

enum {
    DIGITS = 32,
    DEVICE = 6,
    SERIAL = 5,
    HYPHEN = 1 + DEVICE,
    ROLLS_MAX = 1 << 20,
    LINE_SIZE_MAX = 256
};

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int value_of(char c)
{
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

/* ISO 7064, hybrid system MOD 33,32, over the code without its hyphen and without its last character; -1 for a foreign character. */
static int check_of(const char *code)
{
    int product = DIGITS;
    for (size_t i = 0; i < ROLL_CODE_LENGTH - 1; i++) {
        int value = value_of(code[i]);
        if (i == HYPHEN)
            continue;
        if (value < 0)
            return -1;
        product = (product + value) % DIGITS;
        product = 2 * (product == 0 ? DIGITS : product) % (DIGITS + 1);
    }
    return (DIGITS + 1 - product) % DIGITS;
}

void roll_write(const uint8_t key[static PUBLIC_KEY_SIZE],
                uint32_t serial,
                char ret[static ROLL_CODE_LENGTH + 1])
{
    uint32_t device =
        (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];
    ret[0] = 'R';
    for (size_t i = 0; i < DEVICE; i++)
        ret[1 + i] = digits[device >> (27 - 5 * i) & 31];
    ret[HYPHEN] = '-';
    for (size_t i = 0; i < SERIAL; i++)
        ret[HYPHEN + 1 + i] = digits[serial >> (20 - 5 * i) & 31];
    ret[ROLL_CODE_LENGTH - 1] = digits[check_of(ret)];
    ret[ROLL_CODE_LENGTH] = '\0';
}

enum roll_check roll_check(struct span code)
{
    if (code.len != ROLL_CODE_LENGTH || code.data[0] != 'R' || code.data[HYPHEN] != '-')
        return ROLL_OTHER;
    int check = check_of((const char *)code.data);
    if (check < 0 || value_of((char)code.data[ROLL_CODE_LENGTH - 1]) < 0)
        return ROLL_OTHER;
    return digits[check] == (char)code.data[ROLL_CODE_LENGTH - 1] ? ROLL_GOOD : ROLL_WRONG;
}

/* ---- what was taken already ---- */

struct line {
    uint64_t first, count;
    struct span ref;
};

/* The next line of the file; false at its end, and with `*ret_is_well` false where it is none. */
static bool next_line(struct span *left, struct line *ret, bool *ret_is_well)
{
    struct span parts[2];
    if (left->len == 0)
        return false;
    const uint8_t *end = memchr(left->data, '\n', left->len);
    *ret_is_well = false;
    if (end == NULL)
        return false;
    struct span line = span_of(left->data, (size_t)(end - left->data));
    *left = span_of(end + 1, left->len - line.len - 1);
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *gap = memchr(line.data, ' ', line.len);
        if (gap == NULL)
            return false;
        parts[i] = span_of(line.data, (size_t)(gap - line.data));
        line = span_of(gap + 1, line.len - parts[i].len - 1);
    }
    ret->ref = line;
    *ret_is_well = bytes_parse_decimal(parts[0], &ret->first) &&
                   bytes_parse_decimal(parts[1], &ret->count) && ret->first <= ROLL_SERIALS &&
                   ret->count <= ROLL_COUNT_MAX;
    return *ret_is_well;
}

/* The roll of that ref, or where the next one begins. */
static enum custody_status
find(struct span rolls, const char *ref, struct line *ret, struct custody_problem *problem)
{
    struct line line;
    bool is_well = true;
    *ret = (struct line){0};
    while (next_line(&rolls, &line, &is_well)) {
        if (ref != NULL && span_is_equal(line.ref, span_text(ref))) {
            *ret = line;
            return CUSTODY_OK;
        }
        if (line.first + line.count > ret->first)
            ret->first = line.first + line.count;
    }
    if (!is_well)
        return problem_set(problem, CUSTODY_ERR_CORRUPT, ROLL_FILE, "first count ref",
                           "something else");
    return CUSTODY_OK;
}

static enum custody_status add(const char *path,
                               struct span rolls,
                               const struct line *line,
                               const char *ref,
                               struct custody_problem *problem)
{
    char text[LINE_SIZE_MAX];
    int len = snprintf(text, sizeof(text), "%llu %llu %s\n", (unsigned long long)line->first,
                       (unsigned long long)line->count, ref == NULL ? "" : ref);
    uint8_t *all = malloc(rolls.len + sizeof(text));
    if (all == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, ROLL_FILE, NULL, "nothing left");
    if (rolls.len > 0)
        memcpy(all, rolls.data, rolls.len);
    memcpy(all + rolls.len, text, (size_t)len);
    enum custody_status status =
        files_replace(path, span_of(all, rolls.len + (size_t)len), problem);
    free(all);
    return status;
}

enum custody_status
roll_take(struct custody_client *client, uint32_t count, const char *ref, uint32_t *ret_first)
{
    struct custody_problem *problem = &client->problem;
    char path[FILES_PATH_MAX];
    uint8_t *bytes = NULL;
    size_t len = 0;
    struct line line = {0};
    if (count == 0 || count > ROLL_COUNT_MAX)
        return problem_set(problem, CUSTODY_ERR_INVALID, "roll", "1 to 2000", "%u", count);
    if (ref != NULL &&
        (ref[0] == '\0' || strlen(ref) > LINE_SIZE_MAX / 2 || !bytes_is_printable(span_text(ref))))
        return problem_set(problem, CUSTODY_ERR_INVALID, "ref", "printable text of 1 to 128 bytes",
                           "%zu bytes", strlen(ref));
    /* The spool's lock serves: two programs of one home take one after the other. */
    enum custody_status status = client_open_spool(client);
    if (status == CUSTODY_OK && !spool_may_sign(client->spool))
        status = problem_set(problem, CUSTODY_ERR_COPIED, "home", "the folder that was made here",
                             "a copy");
    if (status == CUSTODY_OK)
        status = files_join(client->home, ROLL_FILE, path, problem);
    if (status != CUSTODY_OK)
        return status;
    status = files_read(path, ROLLS_MAX, &bytes, &len, problem);
    if (status == CUSTODY_ERR_NOT_FOUND)
        status = CUSTODY_OK;
    if (status == CUSTODY_OK)
        status = find(span_of(bytes, len), ref, &line, problem);
    bool is_again = status == CUSTODY_OK && line.count > 0;
    if (is_again && line.count != count)
        status =
            problem_set(problem, CUSTODY_ERR_EXISTS, "ref", "the count it had first", "%u", count);
    else if (status == CUSTODY_OK && line.first + count > ROLL_SERIALS)
        status =
            problem_set(problem, CUSTODY_ERR_FULL, "roll", "a new key: all are used", "%u", count);
    else if (status == CUSTODY_OK && !is_again) {
        line.count = count;
        status = add(path, span_of(bytes, len), &line, ref, problem);
    }
    if (status == CUSTODY_OK)
        *ret_first = (uint32_t)line.first;
    free(bytes);
    return status;
}
