/* codes.c: what an edition of the catalogue would change, and what that would touch.
 * Never sets anything. */
#include "daemon/service/codes.h"

#include <string.h>

#include "proto/waste.h"
#include "daemon/domain/movement.h"

enum {
    CODES_ROWS_MAX = 4000,
    CODES_CHANGES_MAX = 1000,
    CODES_TOUCHED_MAX = 50, /* of each kind and code that are listed; the rest is told by `cut` */
};

struct checking {
    struct asking *asking;
    Custody__V1__CatalogueReply *reply;
    int64_t from_us;
    struct manifest *manifest; /* the one that is looked at */
};

static bool is_well(const struct checking *checking)
{
    return book_status(checking->asking->book) == CUSTODY_OK && !asking_is_late(checking->asking);
}

static void *alloc(const struct checking *checking, size_t len)
{
    return arena_alloc(checking->asking->query->arena, len);
}

/* Adds to a list of at most CODES_TOUCHED_MAX texts, each once. */
static void touch(struct checking *checking, char ***list, size_t *count, char *text)
{
    if (text == NULL)
        return;
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*list)[i], text) == 0)
            return;
    if (*list == NULL)
        *list = alloc(checking, CODES_TOUCHED_MAX * sizeof **list);
    if (*list == NULL || *count == CODES_TOUCHED_MAX) {
        checking->reply->cut = true;
        return;
    }
    (*list)[(*count)++] = text;
}

static Custody__V1__CodeChange *
add_change(struct checking *checking, Custody__V1__CodeChangeKind kind, struct span code)
{
    Custody__V1__CatalogueReply *reply = checking->reply;
    Custody__V1__CodeChange *change = alloc(checking, sizeof *change);
    if (change == NULL || reply->n_changes == CODES_CHANGES_MAX) {
        reply->cut = true;
        return NULL;
    }
    custody__v1__code_change__init(change);
    change->kind = kind;
    change->code = view_text(checking->asking->query->arena, code);
    reply->changes[reply->n_changes++] = change;
    return change;
}

static Custody__V1__CodeChange *find_change(const struct checking *checking, struct span code)
{
    for (size_t i = 0; i < checking->reply->n_changes; i++) {
        Custody__V1__CodeChange *change = checking->reply->changes[i];
        if (change->kind != CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED &&
            span_is_equal(span_text(change->code), code))
            return change;
    }
    return NULL;
}

/* ---- what changes ------------------------------------------------------------------------------- */

static const Custody__V1__CatalogueRow *
find_row(const Custody__V1__CatalogueRequest *request, struct span code, bool by_replaced)
{
    for (size_t i = 0; i < request->n_rows; i++)
        if (span_is_equal(
                span_text(by_replaced ? request->rows[i]->replaces : request->rows[i]->code), code))
            return request->rows[i];
    return NULL;
}

static bool is_told_alike(const struct catalogue_row *was, const Custody__V1__CatalogueRow *is)
{
    return (is->category[0] == 0 || strcmp(was->category, is->category) == 0) &&
           (is->hazard[0] == 0 || strcmp(was->hazard, is->hazard) == 0);
}

/* A code of the edition in force: still there, changed, renamed or dropped. */
static void compare_code(struct checking *checking,
                         const Custody__V1__CatalogueRequest *request,
                         struct span code,
                         const struct catalogue_row *was)
{
    const Custody__V1__CatalogueRow *is = find_row(request, code, false);
    const Custody__V1__CatalogueRow *heir = is == NULL ? find_row(request, code, true) : NULL;
    if (is != NULL && is_told_alike(was, is)) {
        checking->reply->unchanged++;
        return;
    }
    Custody__V1__CodeChange *change =
        add_change(checking,
                   is != NULL     ? CUSTODY__V1__CODE_CHANGE_KIND__CODE_CHANGED
                   : heir != NULL ? CUSTODY__V1__CODE_CHANGE_KIND__CODE_RENAMED
                                  : CUSTODY__V1__CODE_CHANGE_KIND__CODE_DROPPED,
                   code);
    if (change == NULL)
        return;
    const Custody__V1__CatalogueRow *row = is != NULL ? is : heir;
    if (heir != NULL)
        change->other = heir->code;
    if (row != NULL) {
        change->category = row->category;
        change->hazard = row->hazard;
    }
}

/* An edition says nothing of codes of other forms than its own (catalogue.h). */
static bool is_spoken_of(const Custody__V1__CatalogueRequest *request, enum waste_form form)
{
    for (size_t i = 0; i < request->n_rows; i++)
        if (waste_form_of(span_text(request->rows[i]->code)) == form)
            return true;
    return false;
}

static const struct catalogue_row *listed_row(const struct checking *checking,
                                              const struct catalogue *catalogue,
                                              uint32_t number,
                                              enum waste_form form)
{
    const struct catalogue_code *rows =
        number == 0 || catalogue == NULL ? NULL : book_code(checking->asking->book, number);
    return rows == NULL ? NULL : catalogue_lists(catalogue, rows, form, checking->from_us);
}

static void compare(struct checking *checking, const Custody__V1__CatalogueRequest *request)
{
    struct book *book = checking->asking->book;
    const struct catalogue *catalogue = book_catalogue(book);
    enum waste_form first = waste_form_of(span_text(request->rows[0]->code));
    int32_t edition = catalogue == NULL ? -1 : catalogue_at(catalogue, first, checking->from_us);
    if (edition >= 0)
        checking->reply->edition =
            view_text(checking->asking->query->arena, span_text(catalogue->editions[edition].name));
    uint32_t last = book_ledger(book)->numbers[SUBJECT_CODE];
    for (uint32_t number = 1; number <= last && is_well(checking); number++) {
        struct span code = book_name(book, SUBJECT_CODE, number);
        enum waste_form form = waste_form_of(code);
        const struct catalogue_row *was =
            is_spoken_of(request, form) ? listed_row(checking, catalogue, number, form) : NULL;
        if (was != NULL)
            compare_code(checking, request, code, was);
    }
    for (size_t i = 0; i < request->n_rows && is_well(checking); i++) {
        const Custody__V1__CatalogueRow *row = request->rows[i];
        struct span code = span_text(row->code);
        if (listed_row(checking, catalogue, book_find(book, SUBJECT_CODE, code),
                       waste_form_of(code)) != NULL)
            continue;
        Custody__V1__CodeChange *change =
            add_change(checking, CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED, code);
        if (change == NULL)
            return;
        change->other = row->replaces;
        change->category = row->category;
        change->hazard = row->hazard;
    }
}

/* ---- what that touches -------------------------------------------------------------------------- */

/* The changes that take something away from who uses the code. */
static bool takes_away(const Custody__V1__CodeChange *change)
{
    return change->kind != CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED;
}

static bool sees_party(const struct checking *checking, uint32_t party)
{
    return asking_sees_party(checking->asking, party);
}

static void touch_permit(struct checking *checking, const struct permit *permit)
{
    for (size_t i = 0; i < checking->reply->n_changes; i++) {
        Custody__V1__CodeChange *change = checking->reply->changes[i];
        if (takes_away(change) && permit->until_us > checking->from_us &&
            permit_covers(permit, permit->activities, span_text(change->code),
                          permit->from_us > checking->from_us ? permit->from_us
                                                              : checking->from_us))
            touch(checking, &change->permits, &change->n_permits,
                  arena_text(checking->asking->query->arena, span_text(permit->number)));
    }
}

static void touch_permits(struct checking *checking)
{
    struct book *book = checking->asking->book;
    uint32_t last = book_ledger(book)->numbers[SUBJECT_PARTY];
    for (uint32_t number = 1; number <= last && is_well(checking); number++) {
        const struct party *party = book_party(book, number);
        if (party == NULL || party->permits == 0 || !sees_party(checking, number))
            continue;
        for (uint32_t i = 0; i < party->permits; i++) {
            const struct permit *permit = book_permit(book, number, i);
            if (permit != NULL)
                touch_permit(checking, permit);
        }
    }
}

static void touch_approvals(struct checking *checking)
{
    struct book *book = checking->asking->book;
    uint32_t last = book_ledger(book)->numbers[SUBJECT_APPROVAL];
    for (uint32_t number = 1; number <= last && is_well(checking); number++) {
        const struct approval *approval = book_approval(book, number);
        if (approval == NULL || approval->until_us <= checking->from_us ||
            (!sees_party(checking, approval->generator) &&
             !sees_party(checking, approval->receiver)))
            continue;
        for (size_t i = 0; i < checking->reply->n_changes; i++) {
            Custody__V1__CodeChange *change = checking->reply->changes[i];
            if (takes_away(change) &&
                approval_covers(approval, approval->generator, approval->receiver,
                                span_text(change->code), (struct span){0}))
                touch(checking, &change->approvals, &change->n_approvals,
                      view_text(checking->asking->query->arena,
                                book_name(book, SUBJECT_APPROVAL, number)));
        }
    }
}

/* A row of the work table: an unclosed manifest's lines are looked at. */
static bool touch_manifest(void *context, struct span key, struct span value)
{
    struct checking *checking = context;
    struct book *book = checking->asking->book;
    struct work row;
    if (!work_parse(key, value, &row)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    if (!asking_sees_division(checking->asking, row.division))
        return is_well(checking);
    /* One record at a time in the same room: there may be more of them than memory for all. */
    struct manifest *manifest = checking->manifest;
    struct span record = book_record(book, SUBJECT_MANIFEST, row.subject);
    if (record.data == NULL || !manifest_parse(record, manifest))
        return is_well(checking);
    for (uint32_t i = 0; i < manifest->line_count; i++) {
        Custody__V1__CodeChange *change =
            find_change(checking, book_name(book, SUBJECT_CODE, manifest->lines[i].code));
        if (change != NULL)
            touch(checking, &change->manifests, &change->n_manifests,
                  arena_text(checking->asking->query->arena, span_text(manifest->number)));
    }
    return is_well(checking);
}

struct stock {
    int64_t grams;
};

static void add_stock(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct stock *stock = context;
    (void)pieces;
    stock->grams += movement_account_sign(account) * grams;
}

static bool sum_stock(void *context, struct span key, struct span value)
{
    (void)key;
    return movement_parse_value(value, add_stock, context);
}

/* What every party that is seen has of the code: the sum of its movements. */
static void touch_stock(struct checking *checking, Custody__V1__CodeChange *change)
{
    struct book *book = checking->asking->book;
    uint32_t code = book_find(book, SUBJECT_CODE, span_text(change->code));
    uint32_t last = code == 0 ? 0 : book_ledger(book)->numbers[SUBJECT_PARTY];
    for (uint32_t party = 1; party <= last && is_well(checking); party++) {
        struct stock stock = {0};
        struct movement_key from = {.party = party, .code = code};
        uint8_t key[MOVEMENT_KEY_BYTES];
        if (!sees_party(checking, party))
            continue;
        movement_write_key(&from, key);
        struct span prefix = span_of(key, 2 * sizeof(uint32_t));
        enum custody_status status =
            lookups_snapshot_scan(checking->asking->lookups, LOOKUPS_MOVEMENTS, prefix,
                                  (struct span){0}, sum_stock, &stock);
        if (status != CUSTODY_OK)
            book_fail(book, status);
        if (stock.grams <= 0)
            continue;
        change->stock_g += (uint64_t)stock.grams;
        change->stock_parties++;
    }
}

void codes_check(struct asking *asking, const Custody__V1__CatalogueRequest *request)
{
    Custody__V1__CatalogueReply reply = CUSTODY__V1__CATALOGUE_REPLY__INIT;
    struct checking checking = {.asking = asking, .reply = &reply};
    checking.from_us =
        request->effective_from == 0 ? asking->query->now_us : request->effective_from;
    if (request->n_rows == 0 || request->n_rows > CODES_ROWS_MAX) {
        asking_refuse(asking, CUSTODY_REASON_bad_question, "rows");
        return;
    }
    reply.basis = asking_basis(asking, request->options);
    reply.changes = alloc(&checking, CODES_CHANGES_MAX * sizeof(void *));
    checking.manifest = alloc(&checking, sizeof *checking.manifest);
    if (reply.changes != NULL && checking.manifest != NULL) {
        compare(&checking, request);
        touch_permits(&checking);
        touch_approvals(&checking);
        /* Rows of unclosed manifests under their divisions begin with the kind (work.h). */
        static const uint8_t shelf[] = {WORK_MANIFEST};
        enum custody_status status =
            lookups_snapshot_scan(asking->lookups, LOOKUPS_WORK, span_of(shelf, sizeof shelf),
                                  (struct span){0}, touch_manifest, &checking);
        if (status != CUSTODY_OK)
            book_fail(asking->book, status);
        for (size_t i = 0; i < reply.n_changes && is_well(&checking); i++)
            if (takes_away(reply.changes[i]))
                touch_stock(&checking, reply.changes[i]);
    }
    reply.cut |= asking_is_late(asking);
    asking_reply(asking, &reply.base);
}
