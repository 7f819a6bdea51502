/* listing.c: what is open, the most urgent first.
 * Never writes. */
#include "daemon/service/listing.h"

#include <string.h>

#include "proto/rule.h"
#include "daemon/domain/division.h"

enum { LISTING_ROWS_A_LOOK = 64 }; /* rows between two looks at the clock */

struct listing {
    struct asking *asking;
    bool wants_findings;
    uint8_t only; /* enum work_kind; 0: both */
    uint32_t first_division, last_division;
    uint32_t party; /* 0: all */
    uint32_t least_weight;
    struct work *rows; /* the `count` most urgent so far, in order */
    uint32_t count, limit;
    uint64_t total;
    const struct work *after; /* NULL, or the page before ended here */
    uint32_t visited;
    bool is_late;
};

/* Most urgent first; the rest of the key only breaks ties, so that pages never shift. */
static int listing_compare(const struct work *a, const struct work *b)
{
    uint8_t key_a[WORK_KEY_BYTES], key_b[WORK_KEY_BYTES];
    if (a->due_us != b->due_us)
        return a->due_us < b->due_us ? -1 : 1;
    work_write_key(a, key_a);
    work_write_key(b, key_b);
    return memcmp(key_a, key_b, sizeof key_a);
}

static bool listing_wants(const struct listing *listing, const struct work *row)
{
    bool is_overdue = row->kind == WORK_OBLIGATION && row->due_us < listing->asking->query->now_us;
    if (!listing->wants_findings)
        return listing->only == 0 ? row->kind != WORK_FINDING : row->kind == listing->only;
    if (row->kind != WORK_FINDING && !is_overdue)
        return false;
    const struct rule_row *rule = rule_find(row->rule);
    return rule != NULL && (uint32_t)rule->weight >= listing->least_weight;
}

static bool listing_sees(const struct listing *listing, const struct work *row)
{
    struct asking *asking = listing->asking;
    uint32_t own = asking->query->caller->party;
    if (listing->party != 0 && row->party != listing->party) {
        uint32_t division;
        bool took_part = row->subject_kind == SUBJECT_MANIFEST
                             ? view_took_part_manifest(&asking->view, (uint32_t)row->subject,
                                                       listing->party, &division)
                             : row->subject_kind == SUBJECT_CONTAINER &&
                                   view_took_part_container(&asking->view, (uint32_t)row->subject,
                                                            listing->party, &division);
        if (!took_part)
            return false;
    }
    if (row->party == own || asking_sees_division(asking, row->division))
        return true;
    if (row->subject_kind == SUBJECT_MANIFEST)
        return asking_sees_manifest(asking, (uint32_t)row->subject);
    return row->subject_kind == SUBJECT_CONTAINER &&
           asking_sees_container(asking, (uint32_t)row->subject);
}

static void listing_insert(struct listing *listing, const struct work *row)
{
    if (listing->after != NULL && listing_compare(row, listing->after) <= 0)
        return;
    if (listing->count == listing->limit &&
        listing_compare(row, &listing->rows[listing->count - 1]) >= 0)
        return;
    uint32_t low = 0, high = listing->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (listing_compare(&listing->rows[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t moved = listing->count - low;
    if (listing->count == listing->limit)
        moved--;
    else
        listing->count++;
    memmove(&listing->rows[low + 1], &listing->rows[low], moved * sizeof *row);
    listing->rows[low] = *row;
}

static bool listing_visit(void *context, struct span key, struct span value)
{
    struct listing *listing = context;
    struct work row;
    if (!work_parse(key, value, &row)) {
        book_fail(listing->asking->book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    if (row.division > listing->last_division)
        return false;
    if (listing_wants(listing, &row) && listing_sees(listing, &row)) {
        listing->total++;
        listing_insert(listing, &row);
    }
    if (++listing->visited % LISTING_ROWS_A_LOOK == 0 && asking_is_late(listing->asking))
        listing->is_late = true;
    return !listing->is_late;
}

/* False when the question cannot be read; the answer has been given then. */
static bool listing_run(struct listing *listing,
                        const char *division,
                        const char *party,
                        const Custody__V1__QueryOptions *options)
{
    struct asking *asking = listing->asking;
    uint8_t from[4];
    struct work *after = arena_alloc(asking->query->arena, sizeof *after);
    listing->first_division = 0;
    listing->last_division = UINT32_MAX;
    if (division[0] != 0 && !division_parse_prefix(span_text(division), &listing->first_division,
                                                   &listing->last_division)) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "division");
        return false;
    }
    listing->party = party[0] == 0 ? 0 : book_find(asking->book, SUBJECT_PARTY, span_text(party));
    if (party[0] != 0 && listing->party == 0) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "party");
        return false;
    }
    if (options != NULL && options->page.len > 0) {
        /* A page ends with the last row shown: its key and its value. */
        size_t key_len = options->page.len < WORK_KEY_BYTES ? options->page.len : WORK_KEY_BYTES;
        if (after == NULL ||
            !work_parse(span_of(options->page.data, key_len),
                        span_of(options->page.data + key_len, options->page.len - key_len),
                        after)) {
            asking_refuse(asking, CUSTODY_REASON_bad_question, "options.page");
            return false;
        }
        listing->after = after;
    }
    listing->limit = asking_limit(options);
    listing->rows = arena_alloc(asking->query->arena, (listing->limit + 1) * sizeof *listing->rows);
    if (listing->rows == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return false;
    }
    bytes_put_u32(from, listing->first_division);
    lookups_snapshot_scan(asking->lookups, LOOKUPS_WORK, (struct span){0},
                          span_of(from, sizeof from), listing_visit, listing);
    if (listing->is_late) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, "division");
        return false;
    }
    return true;
}

static ProtobufCBinaryData listing_next_page(const struct listing *listing)
{
    uint8_t *page = listing->count < listing->limit ? NULL
                                                    : arena_alloc(listing->asking->query->arena,
                                                                  WORK_KEY_BYTES + WORK_VALUE_MAX);
    if (page == NULL)
        return (ProtobufCBinaryData){0};
    const struct work *last = &listing->rows[listing->count - 1];
    work_write_key(last, page);
    return (ProtobufCBinaryData){
        .len = WORK_KEY_BYTES + work_write_value(last, page + WORK_KEY_BYTES), .data = page};
}

static Custody__V1__OpenItem *listing_open_item(struct asking *asking, const struct work *row)
{
    const struct view *view = &asking->view;
    Custody__V1__OpenItem *item = arena_alloc(asking->query->arena, sizeof *item);
    if (item == NULL)
        return NULL;
    custody__v1__open_item__init(item);
    item->kind = (char *)(row->kind == WORK_MANIFEST ? "manifest" : "obligation");
    item->subject = view_subject(view, row->subject_kind, row->subject);
    char *division = arena_format(asking->query->arena, "%06u", row->division);
    if (division != NULL)
        item->division = division;
    item->division_name = view_division(view, row->division);
    item->holder = view_party(view, row->party);
    item->holder_name = view_party_name(view, row->party);
    item->due = row->due_us;
    if (row->kind == WORK_MANIFEST) {
        item->manifest = view_manifest(view, (uint32_t)row->subject);
        item->since = item->manifest == NULL ? 0 : item->manifest->issued_at;
    } else {
        item->obligation = view_obligation(view, row);
        item->since = row->notice_us;
    }
    return item;
}

void listing_unclosed(struct asking *asking, const Custody__V1__UnclosedRequest *request)
{
    struct listing listing = {.asking = asking};
    if (strcmp(request->kind, "manifest") == 0) {
        listing.only = WORK_MANIFEST;
    } else if (strcmp(request->kind, "obligation") == 0) {
        listing.only = WORK_OBLIGATION;
    } else if (request->kind[0] != 0) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "kind");
        return;
    }
    if (!listing_run(&listing, request->division, request->party, request->options))
        return;
    Custody__V1__UnclosedReply reply = CUSTODY__V1__UNCLOSED_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.items = arena_alloc(asking->query->arena, (listing.count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply.items != NULL && i < listing.count; i++) {
        Custody__V1__OpenItem *item = listing_open_item(asking, &listing.rows[i]);
        if (item != NULL)
            reply.items[reply.n_items++] = item;
    }
    reply.total = listing.total;
    reply.next_page = listing_next_page(&listing);
    reply.now = asking->query->now_us;
    asking_reply(asking, &reply.base);
}

void listing_findings(struct asking *asking, const Custody__V1__FindingsRequest *request)
{
    struct listing listing = {
        .asking = asking, .wants_findings = true, .least_weight = (uint32_t)request->least};
    if (!listing_run(&listing, request->division, request->party, request->options))
        return;
    Custody__V1__FindingsReply reply = CUSTODY__V1__FINDINGS_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.findings = arena_alloc(asking->query->arena, (listing.count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply.findings != NULL && i < listing.count; i++) {
        Custody__V1__Finding *finding = view_finding(&asking->view, &listing.rows[i]);
        if (finding != NULL)
            reply.findings[reply.n_findings++] = finding;
    }
    reply.next_page = listing_next_page(&listing);
    reply.now = asking->query->now_us;
    asking_reply(asking, &reply.base);
}
