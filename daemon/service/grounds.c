/* grounds.c: the entries behind a printed figure.
 * Never writes. */
#include "daemon/service/grounds.h"

#include <string.h>

#include "daemon/service/report.h"

enum { PAGE_BYTES = 8 + MOVEMENT_KEY_BYTES, GROUNDS_BODY_MAX = 2 << 20 };

/* What of a row the figure counts. */
enum ground {
    GROUND_FLOW,    /* one account, in the period */
    GROUND_OPENING, /* all accounts by their sign, before it */
    GROUND_CLOSING, /* the same, until its end */
    GROUND_REGISTERED,
    GROUND_SHIPPED,
    GROUND_CLASS_10T,
    GROUND_CLASS_100T,
};

struct grounding {
    struct asking *asking;
    struct figure figure;
    enum ground ground;
    bool counts_pieces;
    uint8_t account;
    uint64_t as_of, since;
    int64_t end_us;
    uint32_t first_division, last_division;
    bool is_by_unit; /* only units that the asker sees, each by itself */
    uint32_t code;   /* 0 and is_of_code: waste whose code is not known ("-") */
    bool is_of_code;
    uint32_t limit, parties;
    struct arena *bodies; /* of entries, emptied after each */
    struct {
        bool is_known, is_seen;
        uint64_t number;
    } entry; /* that was looked at last */
    Custody__V1__FigureReply reply;
    /* of the row being read */
    int64_t value;
    int32_t day;
    /* of the party being read */
    int64_t rolling_g;
    struct movement_key shown; /* the row that shows a unit; entry UINT64_MAX: none */
    bool is_stopped;
    struct movement_key next; /* where the next page begins */
};

/* ---- which figure ------------------------------------------------------------------------------ */

static bool take_name(struct grounding *grounding)
{
    static const struct {
        const char *name;
        enum ground ground;
    } units[] = {{"registered_n", GROUND_REGISTERED},
                 {"shipped_n", GROUND_SHIPPED},
                 {"class_10t_n", GROUND_CLASS_10T},
                 {"class_100t_n", GROUND_CLASS_100T}};
    const char *name = grounding->figure.name;
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(name, units[i].name) == 0) {
            grounding->ground = units[i].ground;
            return true;
        }
    if (len < 3 || name[len - 2] != '_' || (name[len - 1] != 'g' && name[len - 1] != 'n'))
        return false;
    grounding->counts_pieces = name[len - 1] == 'n';
    struct span stem = span_of(name, len - 2);
    if (span_is_equal(stem, span_text("opening"))) {
        grounding->ground = GROUND_OPENING;
        return true;
    }
    if (span_is_equal(stem, span_text("closing"))) {
        grounding->ground = GROUND_CLOSING;
        return true;
    }
    const struct movement_account_row *row = movement_account_find_name(stem);
    if (row == NULL)
        return false;
    grounding->ground = GROUND_FLOW;
    grounding->account = row->number;
    return true;
}

/* A party alone, or the parties of a division. The answer has been given when it is false. */
static bool take_scope(struct grounding *grounding, uint32_t *ret_first, uint32_t *ret_last)
{
    struct asking *asking = grounding->asking;
    const char *scope = grounding->figure.scope;
    char text[7];
    if (strchr(scope, ':') != NULL) {
        uint32_t party = book_find(asking->book, SUBJECT_PARTY, span_text(scope));
        if (party == 0) {
            asking_refuse(asking, CUSTODY_REASON_not_found, "figure");
            return false;
        }
        if (!asking_sees_party(asking, party)) {
            asking_refuse(asking, CUSTODY_REASON_not_visible, "figure");
            return false;
        }
        *ret_first = *ret_last = party;
        grounding->first_division = 0;
        grounding->last_division = UINT32_MAX;
        return true;
    }
    if (!report_parse_scope(span_text(scope), &grounding->first_division, &grounding->last_division,
                            text)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "figure");
        return false;
    }
    if (!reckoning_take_division(asking, grounding->first_division, "figure",
                                 &grounding->is_by_unit))
        return false;
    if (strlen(scope) == 6) /* units registered with exactly that division */
        grounding->last_division = grounding->first_division;
    *ret_first = 1;
    *ret_last = book_ledger(asking->book)->numbers[SUBJECT_PARTY];
    return true;
}

/* ---- rows -------------------------------------------------------------------------------------- */

static void add_account(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct grounding *grounding = context;
    int64_t value = grounding->counts_pieces ? pieces : grams;
    const struct figure *figure = &grounding->figure;
    bool is_within = grounding->day >= figure->first && grounding->day < figure->after;
    switch (grounding->ground) {
    case GROUND_FLOW:
        grounding->value += is_within && account == grounding->account ? value : 0;
        break;
    case GROUND_OPENING:
        grounding->value +=
            grounding->day < figure->first ? movement_account_sign(account) * value : 0;
        break;
    case GROUND_CLOSING:
        grounding->value +=
            grounding->day < figure->after ? movement_account_sign(account) * value : 0;
        break;
    case GROUND_SHIPPED:
        grounding->value += is_within && account == MOVEMENT_sent && pieces > 0 ? 1 : 0;
        break;
    case GROUND_CLASS_10T:
    case GROUND_CLASS_100T:
        if (account == MOVEMENT_generated && grounding->day < figure->after &&
            grounding->day >= figure->after - RECKONING_PERIOD_ROLLING_DAYS) {
            grounding->rolling_g += grams;
            grounding->value += 1;
        }
        break;
    case GROUND_REGISTERED:
        break;
    }
}

static char *day_text(struct arena *arena, int32_t day)
{
    int32_t year;
    uint32_t month, of_month;
    calendar_civil(day, &year, &month, &of_month);
    char *text = arena_format(arena, "%04d%02u%02u", (int)year, month, of_month);
    return text == NULL ? (char *)"" : text;
}

/* May the asker read the entry itself? A figure of its own may hang on one that speaks of others only. */
static bool sees_entry(struct grounding *grounding, uint64_t number)
{
    struct asking *asking = grounding->asking;
    struct digest leaf;
    struct span bytes;
    if (!grounding->entry.is_known || grounding->entry.number != number) {
        grounding->entry.is_known = true;
        grounding->entry.number = number;
        grounding->entry.is_seen = asking_entry(asking, number, &leaf, &bytes) &&
                                   sight_sees_entry(&asking->sight, bytes, grounding->bodies);
        arena_empty(grounding->bodies);
    }
    return grounding->entry.is_seen;
}

static void add_contribution(struct grounding *grounding,
                             const struct movement_key *key,
                             int64_t value,
                             bool is_row)
{
    struct asking *asking = grounding->asking;
    struct arena *arena = asking->query->arena;
    if (!sees_entry(grounding, key->entry)) {
        grounding->reply.hidden++;
        grounding->reply.hidden_value += value;
        return;
    }
    Custody__V1__Contribution *one = arena_alloc(arena, sizeof *one);
    struct span code = book_name(asking->book, SUBJECT_CODE, key->code);
    if (one == NULL)
        return;
    custody__v1__contribution__init(one);
    one->entry = key->entry;
    one->value = value;
    one->party = view_party(&asking->view, key->party);
    one->party_name = view_party_name(&asking->view, key->party);
    if (is_row) {
        char *text = arena_text(arena, code.len > 0 ? code : span_text("-"));
        one->waste_code = text == NULL ? (char *)"" : text;
        one->day = day_text(arena, key->day);
    }
    grounding->reply.contributions[grounding->reply.n_contributions++] = one;
}

static bool is_full(const struct grounding *grounding)
{
    return grounding->reply.n_contributions + grounding->reply.hidden >= grounding->limit;
}

static bool is_of_units(const struct grounding *grounding)
{
    return grounding->ground >= GROUND_REGISTERED;
}

static bool visit_row(void *context, const struct posting_row *row)
{
    struct grounding *grounding = context;
    if (row->key.entry >= grounding->as_of ||
        (grounding->is_of_code && row->key.code != grounding->code))
        return true;
    if (!is_of_units(grounding) && (is_full(grounding) || asking_is_late(grounding->asking))) {
        grounding->is_stopped = true;
        grounding->next = row->key;
        return false;
    }
    grounding->value = 0;
    grounding->day = row->key.day;
    if (!movement_parse_value(row->value, add_account, grounding)) {
        book_fail(grounding->asking->book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    if (grounding->value == 0)
        return true;
    if (is_of_units(grounding)) {
        /* The earliest shipment, the latest of what makes the class. */
        if (grounding->ground != GROUND_SHIPPED || row->key.entry < grounding->shown.entry)
            grounding->shown = row->key;
    } else if (row->key.entry >= grounding->since) {
        add_contribution(grounding, &row->key, grounding->value, true);
    }
    return true;
}

/* ---- parties ----------------------------------------------------------------------------------- */

static bool is_counted(const struct grounding *grounding, const struct reckoning_party *party)
{
    const struct profile *profile = book_profile_at(grounding->asking->book, grounding->end_us);
    bool is_unit =
        party->is_registered && party->is_generator &&
        (grounding->figure.code[0] == 0 || strcmp(grounding->figure.code, party->sector) == 0);
    bool is_key = profile->key_unit_g > 0 && grounding->rolling_g >= profile->key_unit_g;
    switch (grounding->ground) {
    case GROUND_REGISTERED:
        return is_unit;
    case GROUND_SHIPPED:
        return is_unit && grounding->shown.entry != UINT64_MAX;
    case GROUND_CLASS_100T:
        return is_key;
    case GROUND_CLASS_10T:
        return !is_key && profile->simplified_g > 0 &&
               grounding->rolling_g >= profile->simplified_g;
    case GROUND_FLOW:
    case GROUND_OPENING:
    case GROUND_CLOSING:
        break;
    }
    return false;
}

static void visit_party(struct grounding *grounding, const struct movement_key *from)
{
    struct asking *asking = grounding->asking;
    struct reckoning_party party =
        reckoning_party(asking, from->party, grounding->as_of, grounding->end_us);
    if (party.division < grounding->first_division || party.division > grounding->last_division ||
        (grounding->is_by_unit && !asking_sees_party(asking, from->party)))
        return;
    grounding->rolling_g = 0;
    grounding->shown = (struct movement_key){.party = from->party, .entry = UINT64_MAX};
    if (grounding->ground == GROUND_REGISTERED) {
        grounding->shown.entry = party.entry;
    } else {
        enum custody_status status = posting_scan(asking->lookups, from, visit_row, grounding);
        if (status != CUSTODY_OK)
            book_fail(asking->book, status);
    }
    if (is_of_units(grounding) && is_counted(grounding, &party) &&
        grounding->shown.entry >= grounding->since)
        add_contribution(grounding, &grounding->shown, 1, false);
}

static ProtobufCBinaryData next_page(const struct grounding *grounding)
{
    uint8_t *page = arena_alloc(grounding->asking->query->arena, PAGE_BYTES);
    if (page == NULL)
        return (ProtobufCBinaryData){0};
    bytes_put_u64(page, grounding->as_of);
    movement_write_key(&grounding->next, page + 8);
    return (ProtobufCBinaryData){.len = PAGE_BYTES, .data = page};
}

static bool take_page(struct grounding *grounding,
                      const Custody__V1__FigureRequest *request,
                      uint32_t first_party,
                      struct movement_key *ret_from)
{
    const Custody__V1__QueryOptions *options = request->options;
    uint64_t as_of = request->as_of;
    *ret_from = (struct movement_key){.party = first_party, .day = INT32_MIN};
    if (options != NULL && options->page.len > 0) {
        if (options->page.len != PAGE_BYTES ||
            !movement_parse_key(span_of(options->page.data + 8, MOVEMENT_KEY_BYTES), ret_from) ||
            ret_from->party < first_party) {
            asking_refuse(grounding->asking, CUSTODY_REASON_bad_question, "options.page");
            return false;
        }
        as_of = bytes_get_u64(options->page.data);
    }
    return reckoning_take_as_of(grounding->asking, as_of, &grounding->as_of);
}

static void walk(struct grounding *grounding, struct movement_key from, uint32_t last)
{
    struct asking *asking = grounding->asking;
    while (from.party <= last && !grounding->is_stopped &&
           book_status(asking->book) == CUSTODY_OK) {
        if (is_full(grounding) || grounding->parties++ == REPORT_PAGE_PARTIES ||
            asking_is_late(asking)) {
            grounding->is_stopped = true;
            grounding->next = from;
            break;
        }
        visit_party(grounding, &from);
        from = (struct movement_key){.party = from.party + 1, .day = INT32_MIN};
    }
}

void grounds_answer(struct asking *asking, const Custody__V1__FigureRequest *request)
{
    struct grounding grounding = {.asking = asking, .since = request->since};
    struct movement_key from;
    uint32_t first, last;
    if (!figure_parse(span_text(request->figure), &grounding.figure) || !take_name(&grounding)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "figure");
        return;
    }
    if (!take_scope(&grounding, &first, &last) || !take_page(&grounding, request, first, &from))
        return;
    /* Of units it is an industry. */
    grounding.is_of_code = grounding.figure.code[0] != 0 && !is_of_units(&grounding);
    if (grounding.is_of_code && strcmp(grounding.figure.code, "-") != 0) {
        grounding.code = book_find(asking->book, SUBJECT_CODE, span_text(grounding.figure.code));
        if (grounding.code == 0)
            grounding.code = UINT32_MAX; /* nobody ever used it */
    }
    grounding.limit = asking_limit(request->options);
    grounding.end_us = reckoning_period_end_us(asking, grounding.as_of, grounding.figure.after);
    custody__v1__figure_reply__init(&grounding.reply);
    grounding.reply.contributions =
        arena_alloc(asking->query->arena, (grounding.limit + 1) * sizeof(void *));
    grounding.bodies = arena_create(GROUNDS_BODY_MAX);
    if (grounding.reply.contributions == NULL || grounding.bodies == NULL) {
        arena_destroy(grounding.bodies);
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    walk(&grounding, from, last);
    arena_destroy(grounding.bodies);
    if (grounding.is_stopped)
        grounding.reply.next_page = next_page(&grounding);
    grounding.reply.basis = asking_basis(asking, request->options);
    grounding.reply.as_of = grounding.as_of;
    grounding.reply.figure = request->figure;
    asking_reply(asking, &grounding.reply.base);
}
