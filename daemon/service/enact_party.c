/* enact_party.c: parties, places, vehicles, permits as they are registered, changed, granted, suspended.
 * Never decides whether they may be. */
#include <string.h>

#include "daemon/domain/division.h"
#include "daemon/service/enact_parts.h"
#include "daemon/service/sponsored.h"

static uint32_t vehicle_number(struct book *book, const char *plate, uint32_t colour)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_vehicle(colour, span_text(plate), name);
    return book_give(book, SUBJECT_VEHICLE, span_of(name, len));
}

void enact_party_register(const struct enacting *enacting,
                          const Custody__V1__RegisterPartyBody *body)
{
    uint32_t number = enact_party_number(enacting, body->party);
    const struct key *author = book_key(enacting->book, enacting->author);
    struct party party = {.entry = enacting->entry->number,
                          .registrar = author == NULL ? 0 : author->party};
    struct party_version version = {
        .from_us = enact_from(enacting, body->effective_from),
        .kinds = enact_bits(body->n_kinds, (const int *)body->kinds),
        .site = (uint8_t)body->site,
        .division = division_parse(span_text(body->division)),
        .parent = enact_party_number(enacting, body->parent),
        .beds = body->beds,
        .name = enact_digest(body->name_digest),
    };
    enact_text(version.sector, sizeof version.sector, body->sector);
    party_add_version(&party, &version);
    book_put_party(enacting->book, number, &party);
    sponsored_note(enacting->book, version.parent, number);
}

void enact_party_register_place(const struct enacting *enacting,
                                const Custody__V1__RegisterPlaceBody *body)
{
    uint32_t party = enact_party_number(enacting, body->party);
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(party, span_text(body->code), name);
    struct place place = {
        .entry = enacting->entry->number,
        .party = party,
        .kind = (uint8_t)body->kind,
        .temperature = (uint8_t)body->temperature,
        .is_remote = body->remote,
        .division = division_parse(span_text(body->division)),
        .capacity_g = body->capacity_g,
        .from_us = enact_from(enacting, body->effective_from),
        .name = enact_digest(body->name_digest),
    };
    book_put_place(enacting->book, book_give(enacting->book, SUBJECT_PLACE, span_of(name, len)),
                   &place);
}

void enact_party_register_vehicle(const struct enacting *enacting,
                                  const Custody__V1__RegisterVehicleBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = vehicle_number(book, body->vehicle->plate, (uint32_t)body->vehicle->colour);
    struct vehicle fresh = {0}, *vehicle = book_vehicle(book, number);
    if (vehicle == NULL)
        vehicle = &fresh;
    struct vehicle_filing filing = {
        .from_us = enact_from(enacting, body->effective_from),
        .until_us = enact_until(body->effective_until),
        .carrier = enact_party_number(enacting, body->carrier),
        .is_medical = body->medical,
        .capacity_g = body->capacity_g,
        .entry = enacting->entry->number,
    };
    enact_text(filing.licence, sizeof filing.licence, body->licence);
    for (size_t i = 0; i < body->n_scopes && filing.scope_count < VEHICLE_SCOPES_MAX; i++)
        filing.scopes[filing.scope_count++] = vehicle_scope(span_text(body->scopes[i]));
    vehicle_add_filing(vehicle, &filing);
    book_put_vehicle(book, number, vehicle);
}

void enact_party_grant_permit(const struct enacting *enacting,
                              const Custody__V1__GrantPermitBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = enact_party_number(enacting, body->party);
    struct party *party = book_party(book, number);
    if (party == NULL)
        return;
    struct permit permit = {
        .entry = enacting->entry->number,
        .party = number,
        .activities = enact_bits(body->n_activities, (const int *)body->activities),
        .from_us = enact_from(enacting, body->effective_from),
        .until_us = enact_until(body->effective_until),
        .mass_hourly_g = body->mass_hourly_g,
        .mass_daily_g = body->mass_daily_g,
        .mass_yearly_g = body->mass_yearly_g,
        .storage_limit_g = body->storage_limit_g,
    };
    enact_text(permit.number, sizeof permit.number, body->number);
    enact_text(permit.order, sizeof permit.order, body->order);
    for (size_t i = 0; i < body->n_methods && permit.method_count < PERMIT_METHODS_MAX; i++)
        enact_text(permit.methods[permit.method_count++], sizeof permit.methods[0],
                   body->methods[i]);
    permit.pattern_count = enact_patterns(body->n_codes, body->codes, permit.patterns);
    if (book_find(book, BOOK_NAME_PERMIT, span_text(body->number)) == 0)
        book_bind(book, BOOK_NAME_PERMIT, span_text(body->number), number);
    book_put_permit(book, number, party->permits++, &permit);
    book_put_party(book, number, party);
}

/* ---- changes ----------------------------------------------------------------------------------- */

/* What the change does not speak of stays as it was then; closed it is only while a version says so. */
void enact_party_change(const struct enacting *enacting, const Custody__V1__ChangePartyBody *body)
{
    struct book *book = enacting->book;
    uint32_t number = enact_party_number(enacting, body->party);
    struct party *party = book_party(book, number);
    struct party *before = arena_alloc(book_arena(book), sizeof *before);
    int64_t from_us = enact_from(enacting, body->effective_from);
    const struct party_version *stood = party == NULL ? NULL : party_at(party, from_us);
    if (stood == NULL || before == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    *before = *party;
    struct party_version version = *stood;
    version.from_us = from_us;
    if (body->n_kinds > 0)
        version.kinds = enact_bits(body->n_kinds, (const int *)body->kinds);
    if (body->site != CUSTODY__V1__SITE_KIND__SITE_UNSPECIFIED)
        version.site = (uint8_t)body->site;
    if (body->division[0] != 0)
        version.division = division_parse(span_text(body->division));
    if (body->sector[0] != 0)
        enact_text(version.sector, sizeof version.sector, body->sector);
    if (body->beds != 0 || body->no_beds)
        version.beds = body->beds;
    if (body->parent[0] != 0)
        version.parent =
            strcmp(body->parent, body->party) == 0 ? 0 : enact_party_number(enacting, body->parent);
    if (body->name_digest.len == DIGEST_SIZE)
        version.name = enact_digest(body->name_digest);
    version.is_closed = body->closed;
    version.successor = enact_party_number(enacting, body->successor);
    party_add_version(party, &version);
    enact_transfer_put_document_work(enacting, number, before, party);
    book_put_party(book, number, party);
    sponsored_note(book, version.parent, number);
}

/* ---- suspensions ------------------------------------------------------------------------------- */

static void suspend_permits(const struct enacting *enacting,
                            const char *number,
                            const struct suspension *suspension)
{
    struct book *book = enacting->book;
    uint32_t holder = book_find(book, BOOK_NAME_PERMIT, span_text(number));
    const struct party *party = holder == 0 ? NULL : book_party(book, holder);
    for (uint32_t i = 0; party != NULL && i < party->permits; i++) {
        struct permit *permit = book_permit(book, holder, i);
        if (permit != NULL && strcmp(permit->number, number) == 0 &&
            suspension_add(&permit->suspensions, suspension))
            book_put_permit(book, holder, i, permit);
    }
}

void enact_party_suspend(const struct enacting *enacting, const Custody__V1__SuspendBody *body)
{
    struct book *book = enacting->book;
    struct suspension suspension = {.from_us = enact_from(enacting, body->effective_from),
                                    .until_us = enact_until(body->effective_until),
                                    .entry = enacting->entry->number};
    if (body->subject_case == CUSTODY__V1__SUSPEND_BODY__SUBJECT_PARTY) {
        uint32_t number = enact_party_number(enacting, body->party);
        struct party *party = book_party(book, number);
        if (party != NULL && suspension_add(&party->suspensions, &suspension))
            book_put_party(book, number, party);
    } else if (body->subject_case == CUSTODY__V1__SUSPEND_BODY__SUBJECT_PERMIT) {
        suspend_permits(enacting, body->permit, &suspension);
    } else if (body->subject_case == CUSTODY__V1__SUSPEND_BODY__SUBJECT_VEHICLE) {
        uint32_t number =
            vehicle_number(book, body->vehicle->plate, (uint32_t)body->vehicle->colour);
        struct vehicle *vehicle = book_vehicle(book, number);
        if (vehicle != NULL && suspension_add(&vehicle->suspensions, &suspension))
            book_put_vehicle(book, number, vehicle);
    }
}
