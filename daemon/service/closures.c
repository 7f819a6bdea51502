/* closures.c: closures by order as they are kept and read again.
 * Never lengthens a due time that is kept. */
#include "daemon/service/closures.h"

#include <string.h>

#include "daemon/base/logger.h"
#include "daemon/domain/division.h"

#define KIND_BIT(name) (1u << CUSTODY__V1__PARTY_KIND__PARTY_##name)

/* ---- writing ------------------------------------------------------------------------------------ */

static void closures_put(struct book *book, uint32_t number, const struct closure *closure)
{
    uint8_t bytes[CLOSURE_RECORD_MAX];
    size_t len = closure_write(closure, bytes, sizeof bytes);
    INVARIANT(len > 0);
    book_put_record(book, SUBJECT_INCIDENT, number, span_of(bytes, len));
}

/* The member at the end of a list, unless it is there already or the list is full. */
static void closures_append(struct book *book, uint32_t of, uint64_t member, uint32_t most)
{
    for (uint32_t i = 0; i < most; i++) {
        uint64_t there = book_member(book, SUBJECT_INCIDENT, of, i);
        if (there == member)
            return;
        if (there == 0) {
            book_put_member(book, SUBJECT_INCIDENT, of, i, member);
            return;
        }
    }
}

static bool closures_read(struct book *book, uint32_t number, struct closure *ret)
{
    struct span record =
        number != 0 ? book_record(book, SUBJECT_INCIDENT, number) : (struct span){0};
    if (record.data == NULL)
        return false;
    if (!closure_parse(record, ret)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    return true;
}

void closures_apply(struct apply *apply, const Custody__V1__IncidentBody *body)
{
    bool is_plant = body->kind == CUSTODY__V1__INCIDENT_KIND__INCIDENT_PLANT_STOPPED;
    size_t order_len = strlen(body->order);
    if ((!is_plant && body->kind != CUSTODY__V1__INCIDENT_KIND__INCIDENT_ROAD_CLOSED) ||
        order_len == 0 || order_len > CLOSURE_ORDER_MAX)
        return;
    struct span id = span_of(apply->entry->statement->id.bytes, DIGEST_SIZE);
    struct closure closure;
    uint32_t there = book_find(apply->book, SUBJECT_INCIDENT, id);
    if (closures_read(apply->book, there, &closure)) {
        closure.is_held = !fact_counts(&apply->base);
        closure.is_withdrawn = apply->is_unsaid;
        closures_put(apply->book, there, &closure);
        return;
    }
    uint32_t own = settle_division(apply->book, apply->base.party, apply->base.effective_us);
    uint32_t division = body->division[0] == 0 ? own : division_parse(span_text(body->division));
    if ((apply->base.kinds & KIND_BIT(REGULATOR)) == 0 || !division_covers(own, division))
        return; /* on the ledger, and closes nothing: not a regulator of the place */
    closure = (struct closure){
        .entry = apply->base.entry,
        .party = apply->base.party,
        .division = division,
        .from_us = body->from == 0 ? apply->base.effective_us : body->from,
        .until_us = body->until,
        .is_plant = is_plant,
        .is_held = !fact_counts(&apply->base),
        .is_withdrawn = apply->is_unsaid,
    };
    memcpy(closure.order, body->order, order_len);
    uint32_t number = book_give(apply->book, SUBJECT_INCIDENT, id);
    closures_put(apply->book, number, &closure);
    closures_append(apply->book, division, number, CLOSURES_OF_DIVISION_MAX);
    closures_append(apply->book, 0, division, CLOSURES_DIVISIONS_MAX);
}

/* ---- reading ------------------------------------------------------------------------------------ */

void closures_init(struct closures *closures, struct book *book, struct arena *arena)
{
    closures->book = book;
    closures->arena = arena;
    closures->is_loaded = false;
    closures->count = 0;
}

bool closures_are_none(struct closures *closures)
{
    if (!closures->is_loaded) {
        closures->is_loaded = true;
        while (closures->count < CLOSURES_DIVISIONS_MAX) {
            uint64_t division = book_member(closures->book, SUBJECT_INCIDENT, 0, closures->count);
            if (division == 0)
                break;
            closures->lists[closures->count++] =
                (struct closures_list){.division = (uint32_t)division};
        }
    }
    return closures->count == 0;
}

static void closures_load(struct closures *closures, struct closures_list *list)
{
    if (list->is_loaded)
        return;
    list->is_loaded = true;
    list->all = arena_alloc(closures->arena, CLOSURES_OF_DIVISION_MAX * sizeof *list->all);
    while (list->all != NULL && list->count < CLOSURES_OF_DIVISION_MAX) {
        uint32_t number =
            (uint32_t)book_member(closures->book, SUBJECT_INCIDENT, list->division, list->count);
        if (!closures_read(closures->book, number, &list->all[list->count]))
            break;
        list->count++;
    }
    if (list->all != NULL)
        closure_sort(list->all, list->count);
}

int64_t closures_due(struct closures *closures,
                     const struct work *row,
                     uint32_t debtor_division,
                     const struct closure **ret_last)
{
    const struct closure *relevant[CLOSURES_OF_DIVISION_MAX];
    uint32_t count = 0;
    if (ret_last != NULL)
        *ret_last = NULL;
    if (closures_are_none(closures))
        return row->due_us;
    for (uint32_t i = 0; i < closures->count; i++) {
        struct closures_list *list = &closures->lists[i];
        if (!division_covers(list->division, row->division) &&
            (debtor_division == 0 || !division_covers(list->division, debtor_division)))
            continue;
        closures_load(closures, list);
        /* Merged by beginning: closure_extend wants them in order. */
        for (uint32_t k = 0; k < list->count && count < CLOSURES_OF_DIVISION_MAX; k++) {
            const struct closure *closure = &list->all[k];
            if (!closure_is_in_force(closure) ||
                !closure_covers(closure, row->division, debtor_division))
                continue;
            uint32_t at = count++;
            for (; at > 0 && closure->from_us < relevant[at - 1]->from_us; at--)
                relevant[at] = relevant[at - 1];
            relevant[at] = closure;
        }
    }
    return closure_extend(relevant, count, row->since_us, row->due_us, ret_last);
}

int64_t closures_most_us(struct closures *closures)
{
    int64_t most_us = 0;
    if (closures_are_none(closures))
        return 0;
    for (uint32_t i = 0; i < closures->count; i++) {
        struct closures_list *list = &closures->lists[i];
        closures_load(closures, list);
        for (uint32_t k = 0; k < list->count; k++)
            if (closure_is_in_force(&list->all[k]) &&
                __builtin_add_overflow(most_us, list->all[k].until_us - list->all[k].from_us,
                                       &most_us))
                return INT64_MAX;
    }
    return most_us;
}
