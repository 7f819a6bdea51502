/* expected.c: what is on its way to a plant.
 * Never writes. */
#include "daemon/service/expected.h"

#include "daemon/service/agenda.h"

enum { EXPECTED_CONTAINERS_MAX = 100 };

static bool expected_wants(void *context, const struct agenda_row *row)
{
    const bool *wants_issued = context;
    return row->work.state == MANIFEST_LOADING || row->work.state == MANIFEST_IN_TRANSIT ||
           (*wants_issued && row->work.state == MANIFEST_ISSUED);
}

static void
expected_containers(const struct asking *asking, uint32_t number, Custody__V1__ExpectedItem *item)
{
    const struct manifest *manifest = book_manifest(asking->book, number);
    uint32_t members = manifest == NULL ? 0 : manifest->members;
    if (members > EXPECTED_CONTAINERS_MAX)
        members = EXPECTED_CONTAINERS_MAX;
    item->containers = arena_alloc(asking->query->arena, (members + 1) * sizeof(char *));
    for (uint32_t i = 0; item->containers != NULL && i < members; i++) {
        uint64_t member = book_member(asking->book, SUBJECT_MANIFEST, number, i);
        if (!volumes_member_is_again(member))
            item->containers[item->n_containers++] =
                view_subject(&asking->view, SUBJECT_CONTAINER, volumes_member_container(member));
    }
}

static Custody__V1__ExpectedItem *expected_item(const struct asking *asking,
                                                const struct agenda_row *row)
{
    const struct view *view = &asking->view;
    Custody__V1__ExpectedItem *item = arena_alloc(asking->query->arena, sizeof *item);
    if (item == NULL)
        return NULL;
    custody__v1__expected_item__init(item);
    item->manifest = view_manifest(view, (uint32_t)row->work.subject);
    if (item->manifest == NULL)
        return NULL;
    item->vehicle = item->manifest->vehicle;
    item->carrier = view_party(view, row->work.party);
    item->carrier_name = view_party_name(view, row->work.party);
    item->pieces = item->manifest->in_transit;
    item->mass_g = row->work.mass_g != 0 ? row->work.mass_g : item->manifest->loaded_g;
    item->loaded_at = item->manifest->loaded_at;
    item->due = row->due_us;
    item->hazard = row->work.hazard;
    expected_containers(asking, (uint32_t)row->work.subject, item);
    return item;
}

void expected_answer(struct asking *asking, const Custody__V1__ExpectedRequest *request)
{
    struct agenda *agenda = arena_alloc(asking->query->arena, sizeof *agenda);
    struct agenda_page *page = arena_alloc(asking->query->arena, sizeof *page);
    bool wants_issued = request->issued != 0;
    if (agenda == NULL || page == NULL) {
        asking_refuse(asking, CUSTODY_REASON_queue_full, NULL);
        return;
    }
    agenda_init(agenda, asking);
    agenda->filter.shelves[WORK_MANIFEST] = true;
    page->wants = expected_wants;
    page->context = &wants_issued;
    if (!agenda_take_party(agenda, request->party) || !agenda_take_role(agenda, "receiver") ||
        !agenda_take_page(agenda, request->options, page) || !agenda_run(agenda, page))
        return;
    Custody__V1__ExpectedReply reply = CUSTODY__V1__EXPECTED_REPLY__INIT;
    reply.basis = asking_basis(asking, request->options);
    reply.items = arena_alloc(asking->query->arena, (page->count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply.items != NULL && i < page->count; i++) {
        Custody__V1__ExpectedItem *item = expected_item(asking, &page->rows[i]);
        if (item == NULL)
            continue;
        reply.items[reply.n_items++] = item;
        reply.mass_g += item->mass_g;
        reply.pieces += item->pieces;
    }
    reply.total = page->total;
    reply.next_page = agenda_next_page(agenda, page);
    reply.now = asking->query->now_us;
    asking_reply(asking, &reply.base);
}
