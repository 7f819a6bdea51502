/* card.c: the small text files that devices hand one another.
 * Never connects and never signs. */
#include "client/lib/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"

enum { Z85_KEY_TEXT = 40, LINE_VALUE_MAX = 512 };

/* ---- the fields ---- */

typedef bool parse_field(struct span value, struct card *card);
typedef void write_field(const struct card *card, char ret[static LINE_VALUE_MAX]);

static bool copy_text(struct span value, char *ret, size_t cap)
{
    if (value.len == 0 || value.len >= cap || !bytes_is_printable(value))
        return false;
    memcpy(ret, value.data, value.len);
    ret[value.len] = '\0';
    return true;
}

static bool parse_z85(struct span value, uint8_t ret[static CARD_KEY_SIZE])
{
    char text[Z85_KEY_TEXT + 1];
    return value.len == Z85_KEY_TEXT && copy_text(value, text, sizeof(text)) &&
           zmq_z85_decode(ret, text) != NULL;
}

static void write_z85(const uint8_t key[static CARD_KEY_SIZE], char ret[static LINE_VALUE_MAX])
{
    if (zmq_z85_encode(ret, key, CARD_KEY_SIZE) == NULL)
        ret[0] = '\0';
}

static bool parse_origin(struct span value, struct card *card)
{
    return checkpoint_is_name(value) && copy_text(value, card->origin, sizeof(card->origin));
}

static void write_origin(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    snprintf(ret, LINE_VALUE_MAX, "%s", card->origin);
}

/* The key's name is the log's origin (C2SP tlog-checkpoint): two that differ are a mix-up of two ledgers. */
static bool parse_ledger(struct span value, struct card *card)
{
    char name[CHECKPOINT_ORIGIN_MAX + 1];
    return checkpoint_parse_vkey(value, name, card->ledger_key) && strcmp(name, card->origin) == 0;
}

static void write_ledger(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    if (checkpoint_write_vkey(card->origin, card->ledger_key, ret, LINE_VALUE_MAX) == 0)
        ret[0] = '\0';
}

static bool parse_endpoint(struct span value, struct card *card)
{
    return copy_text(value, card->endpoint, sizeof(card->endpoint)) &&
           strstr(card->endpoint, "://") != NULL;
}

static void write_endpoint(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    snprintf(ret, LINE_VALUE_MAX, "%s", card->endpoint);
}

static bool parse_announcements(struct span value, struct card *card)
{
    return copy_text(value, card->announcements, sizeof(card->announcements)) &&
           strstr(card->announcements, "://") != NULL;
}

static void write_announcements(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    snprintf(ret, LINE_VALUE_MAX, "%s", card->announcements);
}

static bool parse_server_key(struct span value, struct card *card)
{
    return parse_z85(value, card->server_key);
}

static void write_server_key(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    write_z85(card->server_key, ret);
}

static bool parse_curve_secret(struct span value, struct card *card)
{
    return parse_z85(value, card->curve_secret);
}

static void write_curve_secret(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    write_z85(card->curve_secret, ret);
}

static bool parse_curve_public(struct span value, struct card *card)
{
    return parse_z85(value, card->curve_public);
}

static void write_curve_public(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    write_z85(card->curve_public, ret);
}

static bool parse_seed(struct span value, struct card *card)
{
    return bytes_parse_hex(value, card->seed, SEED_SIZE);
}

static void write_seed(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    bytes_write_hex(span_of(card->seed, SEED_SIZE), ret);
}

static bool parse_key(struct span value, struct card *card)
{
    return bytes_parse_hex(value, card->key, PUBLIC_KEY_SIZE);
}

static void write_key(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    bytes_write_hex(span_of(card->key, PUBLIC_KEY_SIZE), ret);
}

static bool parse_party(struct span value, struct card *card)
{
    return copy_text(value, card->party, sizeof(card->party)) && strchr(card->party, ':') != NULL;
}

static void write_party(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    snprintf(ret, LINE_VALUE_MAX, "%s", card->party);
}

static bool parse_roles(struct span value, struct card *card)
{
    struct custody_problem problem;
    return card_parse_roles(value, card, &problem) == CUSTODY_OK;
}

static void write_roles(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    card_write_roles(card->roles, card->role_count, ret, LINE_VALUE_MAX);
}

static bool parse_until(struct span value, struct card *card)
{
    return quantity_parse_time(value, &card->until_us);
}

static void write_until(const struct card *card, char ret[static LINE_VALUE_MAX])
{
    quantity_write_rfc3339(card->until_us, ret);
}

/* ---- the kinds ---- */

struct field {
    const char *name;
    const char *expected;
    parse_field *parse;
    write_field *write;
};

static const struct field origin = {"origin", "the ledger's name", parse_origin, write_origin};
static const struct field ledger = {"ledger", "the key of this ledger, name+xxxxxxxx+base64",
                                    parse_ledger, write_ledger};
static const struct field endpoint = {"endpoint", "tcp://host:port", parse_endpoint,
                                      write_endpoint};
static const struct field announcements = {"announcements", "tcp://host:port", parse_announcements,
                                           write_announcements};
static const struct field server_key = {"server-key", "a Z85 key of 40 characters",
                                        parse_server_key, write_server_key};
static const struct field curve_secret = {"curve-secret", "a Z85 key of 40 characters",
                                          parse_curve_secret, write_curve_secret};
static const struct field curve_public = {"curve-public", "a Z85 key of 40 characters",
                                          parse_curve_public, write_curve_public};
static const struct field curve_key = {"curve-key", "a Z85 key of 40 characters",
                                       parse_curve_public, write_curve_public};
static const struct field seed = {"seed", "64 lower-case hex digits", parse_seed, write_seed};
static const struct field key = {"key", "64 lower-case hex digits", parse_key, write_key};
static const struct field party = {"party", "scheme:value", parse_party, write_party};
static const struct field roles = {"roles", "roles, e.g. driver,generator", parse_roles,
                                   write_roles};
static const struct field until = {"until", "a time as RFC 3339", parse_until, write_until};

enum { FIELDS_MAX = 12 };

struct layout {
    const char *title;
    const struct field *fields[FIELDS_MAX];
    size_t required; /* the rest may be missing, all together */
};

static const struct layout layouts[] = {
    [CARD_INVITATION] = {"custody-invitation/1",
                         {&origin, &ledger, &endpoint, &announcements, &server_key, &curve_secret,
                          &curve_public, &seed, &party, &roles, &until},
                         11},
    [CARD_LEDGER] = {"custody-ledger/1",
                     {&origin, &ledger, &endpoint, &announcements, &server_key, &party, &roles},
                     5},
    [CARD_REQUEST] = {"custody-request/1", {&key, &curve_key, &party, &roles}, 4},
};

/* The next line without its end; false at the end of the text. */
static bool next_line(struct span *text, struct span *ret)
{
    if (text->len == 0)
        return false;
    const uint8_t *end = memchr(text->data, '\n', text->len);
    size_t len = end == NULL ? text->len : (size_t)(end - text->data);
    size_t skip = end == NULL ? len : len + 1;
    *ret = span_of(text->data, len);
    if (ret->len > 0 && ret->data[ret->len - 1] == '\r')
        ret->len--;
    *text = span_of(text->data + skip, text->len - skip);
    return true;
}

/* "name: value"; the value without spaces around it. */
static bool split_line(struct span line, const char *name, struct span *ret_value)
{
    size_t len = strlen(name);
    if (line.len <= len || memcmp(line.data, name, len) != 0 || line.data[len] != ':')
        return false;
    struct span value = span_of(line.data + len + 1, line.len - len - 1);
    while (value.len > 0 && value.data[0] == ' ')
        value = span_of(value.data + 1, value.len - 1);
    while (value.len > 0 && value.data[value.len - 1] == ' ')
        value.len--;
    *ret_value = value;
    return true;
}

enum custody_status
card_parse(struct span text, enum card_kind kind, struct card *ret, struct custody_problem *problem)
{
    const struct layout *layout = &layouts[kind];
    struct card card = {.kind = kind};
    struct span line, value;
    enum custody_status status = CUSTODY_OK;
    if (!next_line(&text, &line) || !span_is_equal(line, span_text(layout->title)))
        return problem_set(problem, CUSTODY_ERR_INVALID, "line 1", layout->title, "another line");
    for (size_t i = 0; i < FIELDS_MAX && layout->fields[i] != NULL; i++) {
        const struct field *field = layout->fields[i];
        if (!next_line(&text, &line)) {
            if (i == layout->required)
                break;
            status = problem_set(problem, CUSTODY_ERR_INVALID, field->name, field->expected,
                                 "no such line");
            goto done;
        }
        if (!split_line(line, field->name, &value)) {
            status = problem_set(problem, CUSTODY_ERR_INVALID, field->name, field->expected,
                                 "another line in its place (line %zu)", i + 2);
            goto done;
        }
        if (!field->parse(value, &card)) {
            /* The value itself may be a secret: it is not repeated. */
            status = problem_set(problem, CUSTODY_ERR_INVALID, field->name, field->expected,
                                 "something else on line %zu", i + 2);
            goto done;
        }
    }
    if (next_line(&text, &line)) {
        status = problem_set(problem, CUSTODY_ERR_INVALID, layout->title, "no further line",
                             "more lines than the format has");
        goto done;
    }
    *ret = card;
done:
    card_wipe(&card);
    return status;
}

enum custody_status
card_read(const char *path, enum card_kind kind, struct card *ret, struct custody_problem *problem)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    enum custody_status status = files_read(path, CARD_FILE_MAX, &bytes, &len, problem);
    if (status != CUSTODY_OK)
        return status;
    status = card_parse(span_of(bytes, len), kind, ret, problem);
    if (status != CUSTODY_OK) {
        char outer[sizeof(problem->field)];
        snprintf(outer, sizeof(outer), "%s:", path);
        problem_prefix(problem, outer);
    }
    digest_wipe(bytes, len);
    free(bytes);
    return status;
}

size_t card_write(const struct card *card, char ret[static CARD_FILE_MAX])
{
    const struct layout *layout = &layouts[card->kind];
    char value[LINE_VALUE_MAX];
    size_t len = (size_t)snprintf(ret, CARD_FILE_MAX, "%s\n", layout->title);
    bool has_party = card->party[0] != '\0';
    for (size_t i = 0; i < FIELDS_MAX && layout->fields[i] != NULL; i++) {
        if (i >= layout->required && !has_party)
            break;
        layout->fields[i]->write(card, value);
        int count =
            snprintf(ret + len, CARD_FILE_MAX - len, "%s: %s\n", layout->fields[i]->name, value);
        if (count < 0 || (size_t)count >= CARD_FILE_MAX - len)
            return 0;
        len += (size_t)count;
    }
    digest_wipe(value, sizeof(value));
    return len;
}

enum custody_status
card_parse_roles(struct span text, struct card *card, struct custody_problem *problem)
{
    card->role_count = 0;
    while (text.len > 0) {
        const uint8_t *comma = memchr(text.data, ',', text.len);
        size_t len = comma == NULL ? text.len : (size_t)(comma - text.data);
        int value = 0;
        if (!reflect_parse_enum(&custody__v1__role__descriptor, span_of(text.data, len), &value) ||
            value == 0 || card->role_count == CARD_ROLES_MAX)
            return problem_set(problem, CUSTODY_ERR_INVALID, "roles",
                               "roles, e.g. driver,generator", "%.*s", (int)len,
                               (const char *)text.data);
        card->roles[card->role_count++] = (Custody__V1__Role)value;
        size_t skip = comma == NULL ? len : len + 1;
        text = span_of(text.data + skip, text.len - skip);
    }
    if (card->role_count == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "roles", "roles, e.g. driver,generator",
                           "nothing");
    return CUSTODY_OK;
}

void card_write_roles(const Custody__V1__Role *list, size_t count, char *ret, size_t cap)
{
    size_t len = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < count && len < cap; i++) {
        char name[REFLECT_NAME_MAX];
        reflect_write_enum(&custody__v1__role__descriptor, (int)list[i], name);
        int written = snprintf(ret + len, cap - len, "%s%s", i == 0 ? "" : ",", name);
        if (written < 0)
            return;
        len += (size_t)written;
    }
}

void card_wipe(struct card *card)
{
    digest_wipe(card, sizeof(*card));
}
