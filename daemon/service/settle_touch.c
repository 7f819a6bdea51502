/* settle_touch.c: the containers that a statement touches, before and after.
 * Never decides what a fact means: the pure core folds. */
#include "daemon/service/settle_touch.h"

#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"
#include "daemon/service/tallying.h"

enum { MEMBERS_MAX = 8192, LABELS_DEEP = 4, LINKS_MAX = 16 };

static const struct work_set NO_WORK;

/* ---- before ------------------------------------------------------------------------------------ */

/* Folds the volume that was read, in `apply`. */
static bool fold(struct apply *apply, uint32_t number)
{
    if (!gather_facts(apply->book, number, &apply->container, &apply->gathered))
        return false;
    container_fold(&apply->gathered.context, apply->gathered.facts, apply->gathered.fact_count,
                   &apply->history);
    return true;
}

/* What stands elsewhere by its own time (a correction of long ago, a transfer of all that rides) is named with the volume. */
static uint32_t spell_of(const struct volume_bounds *bounds, const struct fact *fact)
{
    if (volumes_covers(bounds, fact))
        return volumes_spell(fact->effective_us);
    return volumes_spell(bounds->has_start ? bounds->start.effective_us : bounds->end.effective_us);
}

static void add_naming(
    struct settle_naming *namings, uint32_t *count, uint32_t number, uint32_t spell, bool is_trip)
{
    for (uint32_t i = 0; i < *count; i++)
        if (namings[i].number == number && namings[i].spell == spell &&
            namings[i].is_trip == is_trip)
            return;
    namings[(*count)++] = (struct settle_naming){number, spell, is_trip};
}

static bool is_gathered(const struct gathered_facts *gathered, uint32_t number, bool is_trip)
{
    for (uint32_t i = 0; !is_trip && i < gathered->manifest_count; i++)
        if (gathered->manifests[i].number == number)
            return true;
    for (uint32_t i = 0; is_trip && i < gathered->trip_count; i++)
        if (gathered->trips[i].number == number)
            return true;
    return false;
}

/* What the facts that were just gathered name. What is said of a whole manifest names it by itself. */
static const struct settle_naming *
find_namings(struct apply *apply, const struct volume_bounds *bounds, uint32_t *ret_count)
{
    struct settle_naming namings[3 * 2 * FACTS_MAX];
    uint32_t count = 0;
    const struct gathered_facts *gathered = &apply->gathered;
    for (uint32_t i = 0; i < gathered->fact_count; i++) {
        const struct fact *fact = gathered->facts[i];
        if ((fact->bits & FACT_OF_GROUP) != 0 && fact->box == 0 && fact->from_trip == 0)
            continue;
        uint32_t spell = spell_of(bounds, fact);
        if (is_gathered(gathered, fact->manifest, false))
            add_naming(namings, &count, fact->manifest, spell, false);
        if (is_gathered(gathered, fact->trip, true))
            add_naming(namings, &count, fact->trip, spell, true);
        if (is_gathered(gathered, fact->from_trip, true))
            add_naming(namings, &count, fact->from_trip, spell, true);
    }
    *ret_count = count;
    return settle_copy(apply, namings, count * sizeof namings[0]);
}

static struct settle_touched *touch_at(struct apply *apply,
                                       uint32_t number,
                                       uint32_t generator,
                                       bool is_bulk,
                                       const struct fact *at,
                                       unsigned depth);

/* Containers that share a label by a relabelling come out differently together. `apply->container` is the one at hand. */
static uint32_t find_links(const struct apply *apply, struct fact ret[static LINKS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < apply->container.facts.count && count < LINKS_MAX; i++)
        if (apply->container.facts.all[i].other != 0)
            ret[count++] = apply->container.facts.all[i];
    return count;
}

static void take_before(struct apply *apply, struct settle_touched *touched, unsigned depth)
{
    struct fact links[LINKS_MAX];
    const struct container_history *history = &apply->history;
    uint32_t generator = apply->container.generator;
    contribution_take(apply, &apply->gathered.context, history, &touched->before);
    touched->work = settle_copy_work(apply, &history->work);
    posting_history(&apply->posting, apply->book, history, &apply->gathered.context, -1);
    touched->namings = find_namings(apply, &touched->bounds, &touched->naming_count);
    if (!settle_is_well(apply))
        return;
    uint32_t count = find_links(apply, links);
    for (uint32_t i = 0; i < count && depth < LABELS_DEEP && settle_is_well(apply); i++)
        touch_at(apply, links[i].other, generator, false, &links[i], depth + 1);
}

/* Load the volume at that place and keep how it folds now. To be called before anything that its fold looks at is changed. */
static struct settle_touched *touch_at(struct apply *apply,
                                       uint32_t number,
                                       uint32_t generator,
                                       bool is_bulk,
                                       const struct fact *at,
                                       unsigned depth)
{
    struct settle_touched **bucket = &apply->buckets[number % SETTLE_BUCKETS];
    for (struct settle_touched *there = *bucket; there != NULL; there = there->next_hashed)
        if (there->number == number && volumes_covers(&there->bounds, at))
            return there;
    struct settle_touched *touched = settle_alloc(apply, sizeof *touched);
    if (touched == NULL)
        return NULL;
    touched->number = number;
    touched->work = &NO_WORK;
    bool is_known = volumes_is_known(apply->book, number);
    if (!is_known)
        volumes_create(apply->book, number, generator,
                       settle_division(apply->book, generator, apply->base.effective_us), is_bulk);
    else if (!volumes_read(apply->book, number, at, &apply->container, &touched->bounds) ||
             !fold(apply, number))
        return NULL;
    touched->next_hashed = *bucket;
    *bucket = touched;
    *apply->touched_end = touched;
    apply->touched_end = &touched->next;
    if (is_known)
        take_before(apply, touched, depth);
    return settle_is_well(apply) ? touched : NULL;
}

static void touch_known(struct apply *apply, uint64_t member)
{
    uint32_t spell = volumes_member_spell(member);
    struct fact at = volumes_at(volumes_spell_start(spell));
    const struct settle_touched *touched;
    do {
        touched = touch_at(apply, volumes_member_container(member), 0, false, &at, 0);
        if (touched != NULL)
            at = touched->bounds.end;
    } while (touched != NULL && touched->bounds.has_end &&
             volumes_spell(touched->bounds.end.effective_us) <= spell);
}

void settle_touch_members(struct apply *apply, uint32_t manifest_number)
{
    const struct manifest *manifest =
        apply->is_reviewing ? NULL : book_manifest(apply->book, manifest_number);
    for (uint32_t i = 0; manifest != NULL && i < manifest->members && settle_is_well(apply); i++)
        touch_known(apply, book_member(apply->book, SUBJECT_MANIFEST, manifest_number, i));
}

/* Containers that may be in the box on that day: nested on it or up to BOOK_BOX_DAYS before. */
void settle_touch_box(struct apply *apply, uint32_t box, int32_t day)
{
    for (int32_t back = 0; !apply->is_reviewing && back < BOOK_BOX_DAYS && settle_is_well(apply);
         back++) {
        uint64_t number = gather_box_day_number(box, day - back);
        if (book_record(apply->book, SUBJECT_BOX_DAY, number).data == NULL)
            continue;
        const struct book_box_day *box_day = gather_look_box_day(apply->book, number);
        for (uint32_t i = 0; box_day != NULL && i < box_day->members; i++)
            touch_known(apply, book_member(apply->book, SUBJECT_BOX_DAY, number, i));
    }
}

void settle_touch_riders(struct apply *apply, uint32_t trip)
{
    if (trip == 0 || book_record(apply->book, SUBJECT_RIDE, trip).data == NULL)
        return;
    const struct book_box_day *ride = gather_look_ride(apply->book, trip);
    for (uint32_t i = 0; ride != NULL && i < ride->members && settle_is_well(apply); i++)
        touch_known(apply, book_member(apply->book, SUBJECT_RIDE, trip, i));
}

/* ---- one fact ---------------------------------------------------------------------------------- */

/* A volume that begins at a fact that is taken away goes to the one before it. */
static void touch_with_before(struct apply *apply, uint32_t number, const struct fact *at)
{
    struct volume_bounds before;
    const struct settle_touched *touched = touch_at(apply, number, 0, false, at, 0);
    if (touched == NULL || !touched->bounds.has_start ||
        !volumes_read_before(apply->book, number, &touched->bounds.start, &apply->container,
                             &before))
        return;
    struct fact start = before.has_start ? before.start : volumes_at(INT64_MIN);
    touch_at(apply, number, 0, false, &start, 0);
}

/* The fact as it reads at its corrected time, with the signatures that it has. */
static void move(struct apply *apply, uint32_t number, const struct fact *fact)
{
    struct fact there;
    uint32_t spell;
    if (!volumes_is_known(apply->book, number) ||
        !volumes_find(apply->book, number, VOLUMES_SPELLS, fact->entry, fact->item, &there, &spell))
        return;
    struct fact moved = *fact;
    moved.bits |= there.bits & FACT_CONFIRMED;
    moved.countersigner_count = there.countersigner_count;
    memcpy(moved.countersigners, there.countersigners, sizeof moved.countersigners);
    touch_with_before(apply, number, &there);
    touch_at(apply, number, 0, false, &moved, 0);
    if (settle_is_well(apply))
        volumes_move(apply->book, number, spell, &there, &moved);
}

/* Where the fact stands among those of the container: an amendment beside what it amends. */
static struct fact place_of(struct apply *apply, uint32_t number, const struct fact *fact)
{
    struct fact target;
    uint32_t spell;
    if (fact->act != CUSTODY__V1__ACT__ACT_AMEND)
        return *fact;
    if (volumes_is_known(apply->book, number) &&
        volumes_find(apply->book, number, volumes_spell(apply->beside.effective_us),
                     apply->beside.entry, UINT16_MAX, &target, &spell))
        return target;
    return apply->beside;
}

/* For one fact more another one may go, of whatever volume reaches into the spell. */
static bool may_let_go(const struct facts *facts, uint32_t party)
{
    uint32_t of_party = 0;
    for (uint32_t i = 0; i < facts->count; i++)
        of_party += facts->all[i].party == party ? 1 : 0;
    return of_party >= FACTS_PER_PARTY_MAX || facts->count == FACTS_MAX;
}

void settle_touch_with(
    struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk, const struct fact *fact)
{
    if (apply->is_retiming && apply->about == NULL) {
        move(apply, number, fact);
        tallying_fact(apply, fact);
        return;
    }
    struct fact at = place_of(apply, number, fact);
    uint32_t spell = volumes_spell(at.effective_us);
    struct facts *facts = &apply->container.facts;
    if (touch_at(apply, number, generator, is_bulk, &at, 0) == NULL ||
        !volumes_spell_read(apply->book, number, spell, facts))
        return;
    if (may_let_go(facts, fact->party)) {
        touch_known(apply, volumes_member(number, spell, false));
        if (!settle_is_well(apply) || !volumes_spell_read(apply->book, number, spell, facts))
            return;
    }
    tallying_fact(apply, fact);
    uint32_t not_kept = facts->not_kept;
    if (settle_into(apply, facts, fact) || facts->not_kept != not_kept)
        volumes_spell_put(apply->book, number, spell, facts);
}

/* ---- after ------------------------------------------------------------------------------------- */

/* A volume as it is now. */
struct settled {
    struct settled *next;
    struct contribution now;
    const struct work_set *work;
};

/* Volumes of one container that were touched and follow on each other; and what became of them. */
struct run {
    uint32_t number;
    struct settle_touched *first, *last;
    struct settled *after;
};

static bool is_before(const struct settle_touched *one, const struct settle_touched *other)
{
    return one->number == other->number && one->bounds.has_end && other->bounds.has_start &&
           fact_compare(&one->bounds.end, &other->bounds.start) == 0;
}

static struct settle_touched *
find_beside(struct apply *apply, const struct settle_touched *touched, bool is_after)
{
    struct settle_touched *there = apply->buckets[touched->number % SETTLE_BUCKETS];
    while (there != NULL && !(is_after ? is_before(touched, there) : is_before(there, touched)))
        there = there->next_hashed;
    return there;
}

static void
put_member(struct apply *apply, uint32_t number, const struct settle_naming *naming, bool is_again)
{
    uint64_t member = volumes_member(number, naming->spell, is_again);
    if (naming->is_trip) {
        struct book_box_day *ride = gather_ride(apply->book, naming->number);
        if (ride == NULL || ride->members >= MEMBERS_MAX)
            return;
        book_put_member(apply->book, SUBJECT_RIDE, naming->number, ride->members++, member);
        settle_put_ride(apply, naming->number, ride);
        return;
    }
    struct manifest *manifest = settle_manifest(apply, naming->number);
    if (manifest != NULL && manifest->members < MEMBERS_MAX)
        book_put_member(apply->book, SUBJECT_MANIFEST, naming->number, manifest->members++, member);
}

/* Member of what it names and was not a member of by that spell. */
static void join(struct apply *apply, struct run *run, const struct volume_bounds *bounds)
{
    uint32_t count;
    const struct settle_naming *namings = find_namings(apply, bounds, &count);
    for (uint32_t i = 0; settle_is_well(apply) && i < count; i++) {
        bool is_there = false, is_again = false;
        const struct settle_touched *touched = apply->buckets[run->number % SETTLE_BUCKETS];
        for (; touched != NULL; touched = touched->next_hashed)
            for (uint32_t k = 0; touched->number == run->number && k < touched->naming_count; k++) {
                const struct settle_naming *was = &touched->namings[k];
                bool is_same =
                    was->number == namings[i].number && was->is_trip == namings[i].is_trip;
                is_again |= is_same;
                is_there |= is_same && was->spell == namings[i].spell;
            }
        for (uint32_t k = 0; k < i; k++)
            is_again |=
                namings[k].number == namings[i].number && namings[k].is_trip == namings[i].is_trip;
        if (!is_there)
            put_member(apply, run->number, &namings[i], is_again);
    }
}

static bool is_over(const struct container_history *history)
{
    enum container_state state = history->fills[history->fill_count - 1].state;
    return state == CONTAINER_FED || state == CONTAINER_ENDED || state == CONTAINER_LOST;
}

/* Finds the end of the volume that begins where `ret` says; folded as it is then. False when the book failed. */
static bool find_end(struct apply *apply, uint32_t number, struct volume_bounds *ret)
{
    struct fact after = ret->has_start ? ret->start : volumes_at(INT64_MIN);
    for (unsigned i = 1; volumes_find_refill(apply->book, number, ret, &after, &ret->end); i++) {
        ret->has_end = true;
        if (!volumes_between(apply->book, number, ret, &apply->container) || !fold(apply, number))
            return false;
        if (is_over(&apply->history) || i == VOLUMES_REFILLS_MAX)
            return true;
        after = ret->end;
    }
    ret->has_end = false;
    return volumes_between(apply->book, number, ret, &apply->container) && fold(apply, number);
}

/* The volume reaches beyond what was touched: that is divided anew too. True when it was so; then `apply` has another fold. */
static bool reach_out(struct apply *apply, struct run *run, const struct volume_bounds *volume)
{
    bool is_changed = false;
    while (run->last->bounds.has_end &&
           (!volume->has_end || fact_compare(&run->last->bounds.end, &volume->end) < 0)) {
        struct fact end = run->last->bounds.end;
        struct settle_touched *next = touch_at(apply, run->number, 0, false, &end, 0);
        if (next == NULL)
            return true;
        run->last = next;
        is_changed = true;
    }
    return is_changed;
}

/* Where volumes began and none does now. */
static void
unmark_within(struct apply *apply, const struct run *run, const struct volume_bounds *volume)
{
    for (struct settle_touched *at = run->first; at != NULL;
         at = at == run->last ? NULL : find_beside(apply, at, true))
        if (at->bounds.has_start &&
            (!volume->has_start || fact_compare(&at->bounds.start, &volume->start) > 0) &&
            (!volume->has_end || fact_compare(&at->bounds.start, &volume->end) < 0))
            volumes_mark(apply->book, run->number, &at->bounds.start, false);
}

static void fold_again(struct apply *apply, struct run *run)
{
    struct settled **end = &run->after;
    struct volume_bounds volume = run->first->bounds;
    while (find_end(apply, run->number, &volume)) {
        struct settled *settled = settle_alloc(apply, sizeof *settled);
        if (reach_out(apply, run, &volume) &&
            (!settle_is_well(apply) ||
             !volumes_between(apply->book, run->number, &volume, &apply->container) ||
             !fold(apply, run->number)))
            return;
        join(apply, run, &volume);
        if (settled == NULL || !settle_is_well(apply))
            return;
        contribution_take(apply, &apply->gathered.context, &apply->history, &settled->now);
        settled->work = settle_copy_work(apply, &apply->history.work);
        posting_history(&apply->posting, apply->book, &apply->history, &apply->gathered.context, 1);
        *end = settled;
        end = &settled->next;
        unmark_within(apply, run, &volume);
        if (!volume.has_end)
            return;
        volumes_mark(apply->book, run->number, &volume.end, true);
        if (run->last->bounds.has_end && fact_compare(&volume.end, &run->last->bounds.end) == 0)
            return;
        volume.has_start = true;
        volume.start = volume.end;
    }
}

static bool is_same_row(const struct work *one, const struct work *other)
{
    uint8_t keys[2][WORK_KEY_BYTES];
    work_write_key(one, keys[0]);
    work_write_key(other, keys[1]);
    return memcmp(keys[0], keys[1], sizeof keys[0]) == 0;
}

static const struct work *find_row(const struct work_set *set, const struct work *row)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (is_same_row(&set->rows[i], row))
            return &set->rows[i];
    return NULL;
}

static bool is_still_told(const struct run *run, const struct work *row)
{
    for (const struct settled *settled = run->after; settled != NULL; settled = settled->next)
        if (find_row(settled->work, row) != NULL)
            return true;
    return false;
}

static const struct work *
find_told(struct apply *apply, const struct run *run, const struct work *row)
{
    for (const struct settle_touched *touched = run->first; touched != NULL;
         touched = touched == run->last ? NULL : find_beside(apply, touched, true)) {
        const struct work *was = find_row(touched->work, row);
        if (was != NULL)
            return was;
    }
    return NULL;
}

/* A row may go over from one volume to another: it is told of all of them together. */
static void put_rows(struct apply *apply, const struct run *run)
{
    if (run->first == run->last && run->after->next == NULL) {
        settle_put_work(apply, run->first->work, run->after->work);
        return;
    }
    struct work_set *rows = &apply->work;
    for (const struct settle_touched *touched = run->first; touched != NULL;
         touched = touched == run->last ? NULL : find_beside(apply, touched, true)) {
        rows->count = rows->dropped = 0;
        for (uint32_t i = 0; i < touched->work->count; i++)
            if (!is_still_told(run, &touched->work->rows[i]))
                rows->rows[rows->count++] = touched->work->rows[i];
        settle_put_work(apply, rows, &NO_WORK);
    }
    for (const struct settled *settled = run->after; settled != NULL; settled = settled->next) {
        rows->count = rows->dropped = 0;
        for (uint32_t i = 0; i < settled->work->count; i++) {
            const struct work *was = find_told(apply, run, &settled->work->rows[i]);
            if (was != NULL)
                rows->rows[rows->count++] = *was;
        }
        settle_put_work(apply, rows, settled->work);
    }
}

static void settle_run(struct apply *apply, struct settle_touched *touched)
{
    static const struct contribution nothing;
    struct run run = {.number = touched->number, .first = touched, .last = touched};
    struct settle_touched *there;
    while ((there = find_beside(apply, run.first, false)) != NULL)
        run.first = there;
    while ((there = find_beside(apply, run.last, true)) != NULL)
        run.last = there;
    fold_again(apply, &run);
    if (!settle_is_well(apply) || run.after == NULL)
        return;
    const struct settled *settled = run.after;
    for (there = run.first; there != NULL || settled != NULL;) {
        contribution_settle(apply, run.number, there == NULL ? &nothing : &there->before,
                            settled == NULL ? &nothing : &settled->now);
        if (there != NULL)
            there->is_settled = true;
        there = there == NULL || there == run.last ? NULL : find_beside(apply, there, true);
        settled = settled == NULL ? NULL : settled->next;
    }
    put_rows(apply, &run);
}

void settle_touch_settle(struct apply *apply)
{
    for (struct settle_touched *at = apply->touched; at != NULL && settle_is_well(apply);
         at = at->next)
        if (!at->is_settled)
            settle_run(apply, at);
}
