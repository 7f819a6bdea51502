/* permission_table.c: divisions, catalogues, profiles, records of the annex: who may set and erase them.
 * Never reads a table's rows into the registry. */
#include "daemon/domain/division.h"
#include "daemon/domain/edition.h"
#include "daemon/domain/permission_parts.h"
#include "daemon/domain/region.h"

/* What holds for the whole ledger is set by a regulator of all that it serves; root while founding. */
static bool sets_for_all(const struct decision *decision)
{
    const struct registry *registry = decision->registry;
    uint32_t home = registry->home(registry->context);
    return decision_is_founding(decision) ||
           (home == 0 ? decision_is_regulator(decision) : decision_regulates(decision, home));
}

static bool sets_division(const struct decision *decision, uint32_t division)
{
    return decision_regulates(decision, division) ||
           (decision_is_outside(decision, division) && sets_for_all(decision));
}

/* A successor is in the table, or comes with the same statement. */
static bool is_a_division(const struct decision *decision,
                          const Custody__V1__SetDivisionsBody *body,
                          const char *code)
{
    const struct registry *registry = decision->registry;
    for (size_t i = 0; i < body->n_divisions; i++)
        if (strcmp(body->divisions[i]->code, code) == 0)
            return true;
    return registry->division_is_known(registry->context, division_parse(span_text(code)));
}

/* Civil days are cut by profiles: where the clock is another than the ledger's, profiles with an offset of their own are set for
 * that division. An offset that would be recorded and change nothing is refused. */
static bool has_the_ledgers_clock(const struct decision *decision, const Custody__V1__Division *row)
{
    const struct registry *registry = decision->registry;
    const struct profile *built_in = registry->profile(registry->context, "", 0, 0);
    return row->utc_offset_minutes == 0 ||
           row->utc_offset_minutes == built_in->calendar.utc_offset_minutes;
}

struct permission_answer permission_table_divisions(const struct decision *decision,
                                                    const Custody__V1__SetDivisionsBody *body)
{
    if (!decision_is_founding(decision) && !decision_is_regulator(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    for (size_t i = 0; i < body->n_divisions; i++) {
        const Custody__V1__Division *row = body->divisions[i];
        uint32_t division = division_parse(span_text(row->code));
        if (!sets_for_all(decision) && !sets_division(decision, division))
            return decision_refuse(CUSTODY_REASON_not_own_party, "divisions.code");
        if (!has_the_ledgers_clock(decision, row))
            return decision_refuse(CUSTODY_REASON_out_of_bounds, "divisions.utc_offset_minutes");
        if (strlen(row->name) > REGION_NAME_MAX)
            return decision_refuse(CUSTODY_REASON_out_of_bounds, "divisions.name");
        if (decision_is_empty(row->successor))
            continue;
        if (strcmp(row->successor, row->code) == 0)
            return decision_refuse(CUSTODY_REASON_out_of_bounds, "divisions.successor");
        if (!is_a_division(decision, body, row->successor))
            return decision_refuse(CUSTODY_REASON_division_unknown, "divisions.successor");
    }
    return decision_grant();
}

struct permission_answer permission_table_catalogue(const struct decision *decision,
                                                    const Custody__V1__SetCatalogueBody *body)
{
    const struct registry *registry = decision->registry;
    if (!sets_for_all(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    const struct catalogue *catalogue = registry->catalogue(registry->context);
    int32_t begun = catalogue_find(catalogue, span_text(body->edition));
    if (begun < 0 && catalogue->count == CATALOGUE_EDITIONS_MAX)
        return decision_refuse(CUSTODY_REASON_table_full, "edition");
    /* All statements of an edition speak of one date. */
    if (begun >= 0 && body->effective_from != 0 &&
        body->effective_from != catalogue->editions[begun].asked_us)
        return decision_refuse(CUSTODY_REASON_out_of_bounds, "effective_from");
    return decision_grant();
}

struct permission_answer permission_table_profile(const struct decision *decision,
                                                  const Custody__V1__SetProfileBody *body)
{
    const struct registry *registry = decision->registry;
    bool is_for_all = body->n_divisions == 0;
    if (!decision_is_founding(decision) && !decision_is_regulator(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "key");
    if (is_for_all && !sets_for_all(decision))
        return decision_refuse(CUSTODY_REASON_role_missing, "divisions");
    for (size_t i = 0; i < body->n_divisions; i++) {
        uint32_t division = division_parse(span_text(body->divisions[i]));
        if (!registry->division_is_known(registry->context, division))
            return decision_refuse(CUSTODY_REASON_division_unknown, "divisions");
        if (!sets_for_all(decision) && !sets_division(decision, division))
            return decision_refuse(CUSTODY_REASON_not_own_party, "divisions");
    }
    return edition_decide(body, registry);
}

/* Rule N23: nothing is erased before its time, and only by the regulator of whose record it is. */
struct permission_answer permission_table_erase(const struct decision *decision,
                                                const Custody__V1__EraseBody *body)
{
    const struct registry *registry = decision->registry;
    uint32_t number = 0;
    uint16_t reason = registry->may_erase(registry->context, body->digest.data,
                                          decision->request->now_us, &number);
    if (reason == CUSTODY_REASON_record_unknown)
        return decision_refuse(CUSTODY_REASON_record_unknown, "digest");
    struct named_party party = {.number = number};
    if (number != 0)
        party.record = registry->party_of(registry->context, number);
    if (party.record != NULL)
        party.now = party_at(party.record, decision->request->now_us);
    /* What a root key named belongs to the ledger as a whole. */
    if (party.now == NULL ? !decision_is_regulator(decision)
                          : !decision_regulates_party(decision, &party))
        return decision_refuse_for(decision, "digest");
    return reason == 0 ? decision_grant() : decision_refuse((enum custody_reason)reason, "digest");
}
