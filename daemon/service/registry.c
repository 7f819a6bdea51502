/* registry.c: what the registry's records say, to decisions and to folds.
 * Never decides, never writes. */
#include "daemon/service/registry.h"

#include "daemon/domain/division.h"
#include "daemon/service/annexed.h"
#include "daemon/service/profiles.h"

/* ---- asked by decisions, by name -------------------------------------------------------------- */

static const struct party *registry_party(void *context, const char *name, uint32_t *ret_number)
{
    struct book *book = context;
    uint32_t number = book_find(book, SUBJECT_PARTY, span_text(name));
    const struct party *party = number == 0 ? NULL : book_party(book, number);
    if (party != NULL && ret_number != NULL)
        *ret_number = number;
    return party;
}

static const struct party *registry_party_of(void *context, uint32_t number)
{
    return number == 0 ? NULL : book_party(context, number);
}

static const struct key *
registry_key(void *context, const uint8_t *public_key, uint32_t *ret_number)
{
    struct book *book = context;
    uint32_t number = book_find(book, SUBJECT_KEY, span_of(public_key, PUBLIC_KEY_SIZE));
    const struct key *key = number == 0 ? NULL : book_key(book, number);
    if (key == NULL || !key->is_enrolled)
        return NULL;
    if (ret_number != NULL)
        *ret_number = number;
    return key;
}

static const struct permit *registry_permit(void *context, uint32_t party, uint32_t index)
{
    return book_permit(context, party, index);
}

static uint32_t vehicle_number(struct book *book, const char *plate, uint32_t colour)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_vehicle(colour, span_text(plate), name);
    return book_find(book, SUBJECT_VEHICLE, span_of(name, len));
}

static const struct vehicle *registry_vehicle(void *context, const char *plate, uint32_t colour)
{
    uint32_t number = vehicle_number(context, plate, colour);
    return number == 0 ? NULL : book_vehicle(context, number);
}

static bool registry_place_is_known(void *context, uint32_t party, const char *code)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(party, span_text(code), name);
    uint32_t number = book_find(context, SUBJECT_PLACE, span_of(name, len));
    return number != 0 && book_place(context, number) != NULL;
}

static bool registry_division_is_known(void *context, uint32_t division)
{
    /* Before the table is set, the founding entries must be able to name where the regulator is. */
    return book_ledger(context)->divisions == 0 || book_region(context, division) != NULL;
}

static bool registry_division_is_merged(void *context, uint32_t division, int64_t at_us)
{
    const struct region *region = book_region(context, division);
    const struct region_version *version = region == NULL ? NULL : region_at(region, at_us);
    return version != NULL && version->from_us <= at_us && version->successor != 0;
}

bool registry_covers(struct book *book, uint32_t wider, uint32_t narrower)
{
    const struct region_mergers *mergers = book_mergers(book);
    return mergers != NULL && region_covers(mergers, wider, narrower);
}

static bool registry_division_covers(void *context, uint32_t wider, uint32_t narrower)
{
    return registry_covers(context, wider, narrower);
}

static uint32_t registry_home(void *context)
{
    return book_ledger(context)->division;
}

static uint32_t registry_permit_holder(void *context, const char *number)
{
    return book_find(context, BOOK_NAME_PERMIT, span_text(number));
}

static const struct approval *registry_approval(void *context, const char *number)
{
    uint32_t approval = book_find(context, SUBJECT_APPROVAL, span_text(number));
    return approval == 0 ? NULL : book_approval(context, approval);
}

uint32_t
registry_document_number(struct book *book, unsigned kind, uint32_t owner, struct span number)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_document(kind, owner, number, name);
    return len == 0 || number.len == 0 ? 0 : book_find(book, SUBJECT_DOCUMENT, span_of(name, len));
}

static const struct document *
registry_document(void *context, unsigned kind, uint32_t owner, const char *number)
{
    uint32_t document = registry_document_number(context, kind, owner, span_text(number));
    return document == 0 ? NULL : book_document(context, document);
}

static const struct document *registry_document_of(void *context, uint32_t party, uint32_t index)
{
    uint64_t document = book_member(context, SUBJECT_DOCUMENT, party, index);
    return document == 0 ? NULL : book_document(context, (uint32_t)document);
}

static const struct manifest *registry_manifest(void *context, struct span id)
{
    uint32_t manifest = book_find(context, SUBJECT_MANIFEST, id);
    return manifest == 0 ? NULL : book_manifest(context, manifest);
}

static bool registry_container_is_known(void *context, const Custody__V1__ContainerName *container)
{
    struct book *book = context;
    uint8_t name[BOOK_NAME_MAX];
    size_t len = 0;
    uint32_t generator = book_find(book, SUBJECT_PARTY, span_text(container->generator));
    if (generator != 0 && container->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_CODE)
        len = book_write_owned(generator, span_text(container->code), name);
    else if (generator != 0 && container->name_case == CUSTODY__V1__CONTAINER_NAME__NAME_BULK)
        len = book_write_bulk(
            generator, span_of(container->bulk->manifest.data, container->bulk->manifest.len),
            container->bulk->line, name);
    uint32_t number = len == 0 ? 0 : book_find(book, SUBJECT_CONTAINER, span_of(name, len));
    return number != 0 && book_record(book, SUBJECT_CONTAINER, number).data != NULL;
}

static const struct profile *
registry_profile(void *context, const char *code, uint32_t division, int64_t at_us)
{
    const struct law *law = book_law(context);
    return law->profile(law->context,
                        book_profile_for(context, span_text(code), false, division, at_us));
}

bool registry_lists(struct book *book, uint32_t code, int64_t at_us)
{
    const struct catalogue *catalogue = book_catalogue(book);
    enum waste_form form = waste_form_of(book_name(book, SUBJECT_CODE, code));
    if (catalogue == NULL || catalogue_at(catalogue, form, at_us) < 0)
        return true;
    const struct catalogue_code *rows = code == 0 ? NULL : book_code(book, code);
    return rows != NULL && catalogue_lists(catalogue, rows, form, at_us) != NULL;
}

static bool registry_code_is_listed(void *context, const char *code, int64_t at_us)
{
    return registry_lists(context, book_find(context, SUBJECT_CODE, span_text(code)), at_us);
}

static const struct catalogue *registry_catalogue(void *context)
{
    static const struct catalogue none;
    const struct catalogue *catalogue = book_catalogue(context);
    return catalogue == NULL ? &none : catalogue;
}

static bool registry_number_is_taken(void *context, const char *number)
{
    return book_find(context, BOOK_NAME_NUMBER, span_text(number)) != 0;
}

static uint32_t block_number_of(struct book *book, const Custody__V1__StatementName *name)
{
    return name == NULL ? 0 : book_find(book, SUBJECT_BLOCK, span_of(name->id.data, name->id.len));
}

static const struct block *registry_block(void *context, const Custody__V1__StatementName *name)
{
    uint32_t number = block_number_of(context, name);
    return number == 0 ? NULL : book_block(context, number);
}

static uint32_t registry_regulator_keys(void *context)
{
    return book_ledger(context)->regulator_keys;
}

/* A book that cannot be read is told by its status; nobody may change anything then. */
static const struct keyring *registry_keyring(void *context)
{
    static const struct keyring none;
    const struct keyring *keyring = book_keyring(context);
    return keyring == NULL ? &none : keyring;
}

static uint16_t
registry_may_erase(void *context, const uint8_t *digest, int64_t now_us, uint32_t *ret_party)
{
    struct retention_record record;
    if (!annexed_find(context, digest, &record))
        return CUSTODY_REASON_record_unknown;
    *ret_party = record.party;
    switch (annexed_stay(context, &record, annexed_ended_us(context, &record, now_us), now_us)) {
    case RETENTION_TIME:
        return CUSTODY_REASON_record_retained;
    case RETENTION_HOLD:
        return CUSTODY_REASON_record_on_hold;
    case RETENTION_CASE:
        return CUSTODY_REASON_record_in_case;
    case RETENTION_FREE:
        break;
    }
    return 0;
}

static bool registry_curve_is_taken(void *context, const uint8_t *curve_key)
{
    return book_find(context, BOOK_NAME_CURVE, span_of(curve_key, 32)) != 0;
}

static uint32_t registry_profile_edition(void *context, const char *name, uint32_t *ret_count)
{
    struct profiles *profiles = book_profiles(context);
    const struct edition *newest =
        profiles_edition(profiles, profiles_newest(profiles, span_text(name)));
    *ret_count = profiles_count(profiles);
    return newest == NULL ? 0 : newest->edition;
}

struct registry registry_of_book(struct book *book)
{
    return (struct registry){
        .context = book,
        .party = registry_party,
        .party_of = registry_party_of,
        .key = registry_key,
        .permit = registry_permit,
        .vehicle = registry_vehicle,
        .place_is_known = registry_place_is_known,
        .permit_holder = registry_permit_holder,
        .division_is_known = registry_division_is_known,
        .division_is_merged = registry_division_is_merged,
        .covers = registry_division_covers,
        .home = registry_home,
        .approval = registry_approval,
        .document = registry_document,
        .document_of = registry_document_of,
        .manifest = registry_manifest,
        .container_is_known = registry_container_is_known,
        .profile = registry_profile,
        .code_is_listed = registry_code_is_listed,
        .catalogue = registry_catalogue,
        .number_is_taken = registry_number_is_taken,
        .block = registry_block,
        .regulator_keys = registry_regulator_keys,
        .profile_edition = registry_profile_edition,
        .curve_is_taken = registry_curve_is_taken,
        .may_erase = registry_may_erase,
        .keyring = registry_keyring,
    };
}

/* ---- asked by folds, by number ---------------------------------------------------------------- */

static const struct place *registry_place(void *context, uint32_t place)
{
    return place == 0 ? NULL : book_place(context, place);
}

static const struct party_version *registry_party_at(void *context, uint32_t number, int64_t at_us)
{
    const struct party *party = number == 0 ? NULL : book_party(context, number);
    return party == NULL ? NULL : party_at(party, at_us);
}

/* By where it was then, never by where it was registered later; what is outside or not known is the ledger's own. */
static uint32_t registry_codeless(void *context, uint32_t party, int64_t at_us)
{
    uint32_t division = book_ledger(context)->division;
    const struct party_version *version = registry_party_at(context, party, at_us);
    if (version != NULL && division_covers(division, version->division))
        division = version->division;
    return book_codeless(context, division, at_us);
}

static bool registry_is_permitted(
    void *context, uint32_t number, unsigned activity, uint32_t code, int64_t at_us)
{
    struct book *book = context;
    const struct party *party = number == 0 ? NULL : book_party(book, number);
    if (party == NULL || party_kinds_at(party, at_us) == 0)
        return false;
    struct span name = code != 0 ? book_name(book, SUBJECT_CODE, code) : (struct span){0};
    if (code != 0 && name.len == 0)
        return false;
    for (uint32_t i = 0; i < party->permits; i++) {
        const struct permit *permit = book_permit(book, number, i);
        if (permit == NULL)
            return false;
        if (code == 0 ? permit_is_in_force(permit, (party_bits)(1U << activity), at_us)
                      : permit_covers(permit, (party_bits)(1U << activity), name, at_us))
            return true;
    }
    return false;
}

static bool registry_acts_for(void *context, uint32_t number, uint32_t whom, int64_t at_us)
{
    for (uint32_t hops = 0; hops <= REGISTRY_SUCCESSORS_MAX && whom != 0; hops++) {
        if (number == whom)
            return true;
        const struct party_version *version = registry_party_at(context, whom, at_us);
        if (version == NULL || !version->is_closed)
            return false;
        whom = version->successor;
    }
    return false;
}

/* Of permits that let it do one thing, one that gives no figure sets no bound, and so all together have none. */
static void registry_add_limit(uint64_t *sum_g, uint64_t limit_g)
{
    bool has_bound = *sum_g != UINT64_MAX && limit_g != 0;
    *sum_g = has_bound && *sum_g < UINT64_MAX - limit_g ? *sum_g + limit_g : UINT64_MAX;
}

static void registry_limits(void *context, uint32_t number, int64_t at_us, struct law_limits *ret)
{
    const party_bits treats = 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT;
    const party_bits stores = 1U << CUSTODY__V1__ACTIVITY__ACTIVITY_STORE;
    struct book *book = context;
    const struct party *party = number == 0 ? NULL : book_party(book, number);
    *ret = (struct law_limits){0};
    for (uint32_t i = 0; party != NULL && i < party->permits; i++) {
        const struct permit *permit = book_permit(book, number, i);
        if (permit == NULL)
            return;
        if (permit_is_in_force(permit, treats, at_us)) {
            registry_add_limit(&ret->hourly_g, permit->mass_hourly_g);
            registry_add_limit(&ret->daily_g, permit->mass_daily_g);
            registry_add_limit(&ret->yearly_g, permit->mass_yearly_g);
        }
        /* A permit to treat may say nothing of storage and yet leave the bound of another as it is. */
        if (permit_is_in_force(permit, stores, at_us) ||
            (permit->storage_limit_g != 0 && permit_is_in_force(permit, treats, at_us)))
            registry_add_limit(&ret->storage_g, permit->storage_limit_g);
    }
    uint64_t *const sums[] = {&ret->hourly_g, &ret->daily_g, &ret->yearly_g, &ret->storage_g};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        if (*sums[i] == UINT64_MAX)
            *sums[i] = 0;
}

static const struct vehicle_filing *registry_filing(void *context, uint32_t number, int64_t at_us)
{
    const struct vehicle *vehicle = number == 0 ? NULL : book_vehicle(context, number);
    return vehicle == NULL ? NULL : vehicle_filing_at(vehicle, at_us);
}

static bool registry_is_on_file(void *context, uint32_t number, int64_t at_us)
{
    const struct document *document = number == 0 ? NULL : book_document(context, number);
    return document != NULL && document_is_in_force(document, at_us);
}

void registry_fill_law(struct law *law)
{
    law->codeless = registry_codeless;
    law->place = registry_place;
    law->party = registry_party_at;
    law->is_permitted = registry_is_permitted;
    law->acts_for = registry_acts_for;
    law->limits = registry_limits;
    law->vehicle = registry_filing;
    law->is_on_file = registry_is_on_file;
}
