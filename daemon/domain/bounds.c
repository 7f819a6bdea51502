/* bounds.c: is a body's content within what can be true?
 * Never asks the registry and never looks at who speaks.
 *
 * One table says what each field must look like; a field without a row follows its type: text of at most 64 bytes, 32 bytes
 * or none, a time of the years 2000-2199 or none, a mass of at most one line's. What needs two fields is below the walk. */
#include "daemon/domain/bounds.h"

#include <stdio.h>

#include <custody/status.h>
#include "proto/body.h"
#include "proto/checkpoint.h"
#include "proto/waste.h"
#include "daemon/domain/block.h"
#include "daemon/domain/catalogue.h"
#include "daemon/domain/division.h"
#include "daemon/domain/document.h"
#include "daemon/domain/edition.h"
#include "daemon/domain/manifest.h"
#include "daemon/domain/retime.h"

#define TIME_FIRST_US    INT64_C(946684800000000)  /* 2000-01-01 */
#define TIME_END_US      INT64_C(7258118400000000) /* 2200-01-01 */
#define YEAR_US          INT64_C(31622400000000)   /* 366 days */
#define LATITUDE_MAX_E7  900000000
#define LONGITUDE_MAX_E7 1800000000
#define CONTAINER_MAX_G  (INT64_C(1000) * WASTE_CONTAINER_MASS_MAX_KG)
#define LINE_MAX_G       (INT64_C(1000) * WASTE_LINE_MASS_MAX_KG)
#define YEARLY_MAX_G     (INT64_C(1000) * LINE_MAX_G)
#define SEQUENCE_MAX     INT64_MAX

#define CONTAINER_MASS "1 to 100000000 grams"
#define LINE_MASS      "1 to 10000000000 grams"
#define YEARLY_MASS    "at most 10000000000000 grams"
#define YEAR           "at most 366 days before"

enum form {
    FORM_BY_TYPE,
    FORM_ANY,  /* strings and bytes of up to `most` bytes */
    FORM_CODE, /* a label, a place, a batch */
    FORM_BOX,  /* a code, or party/code */
    FORM_PARTY,
    FORM_DIVISION,
    FORM_WASTE_CODE,
    FORM_PATTERN,
    FORM_PLATE,
    FORM_NUMBER,     /* of a manifest */
    FORM_ANY_NUMBER, /* that another system gave */
    FORM_SHORT,      /* printable, at most `most` bytes */
    FORM_DIGITS,     /* exactly `most` of them */
    FORM_ORIGIN,
    FORM_RANGE, /* `least` to `most` */
};

enum { OPTIONAL = 0, NEEDED = 1, DISTINCT = 2 };

struct row {
    const ProtobufCMessageDescriptor *message;
    const char *field;
    unsigned flags;
    enum form form;
    int64_t least,
        most; /* of a repeated field with another form than FORM_RANGE, `most` is how many */
    const char *expected; /* of a range */
};

/* clang-format off */
#define ROWS_OF(name) &custody__v1__##name##__descriptor
static const struct row rows[] = {
    /* names that statements share */
    {ROWS_OF(statement_name), "key", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(statement_name), "sequence", NEEDED, FORM_RANGE, 1, SEQUENCE_MAX, "1 to 2^63 - 1"},
    {ROWS_OF(statement_name), "id", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(container_name), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(container_name), "code", OPTIONAL, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(bulk_name), "manifest", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(bulk_name), "line", NEEDED, FORM_RANGE, 1, MANIFEST_LINES_MAX, "1 to 32"},
    {ROWS_OF(place_name), "party", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(place_name), "code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(vehicle_name), "plate", NEEDED, FORM_PLATE, 0, 0, NULL},
    {ROWS_OF(vehicle_name), "colour", NEEDED, 0, 0, 0, NULL},

    /* permissions */
    {ROWS_OF(found_ledger_body), "origin", NEEDED, FORM_ORIGIN, 0, 0, NULL},
    {ROWS_OF(found_ledger_body), "ledger_key", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(found_ledger_body), "root_keys", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(found_ledger_body), "division", NEEDED, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(found_ledger_body), "utc_offset_minutes", OPTIONAL, FORM_RANGE, -720, 840, "-720 to 840 minutes"},
    {ROWS_OF(predecessor), "origin", NEEDED, FORM_ORIGIN, 0, 0, NULL},
    {ROWS_OF(predecessor), "restored_root", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(predecessor), "newest_checkpoint", OPTIONAL, FORM_ANY, 0, CHECKPOINT_SIZE_MAX, NULL},
    {ROWS_OF(register_party_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(register_party_body), "kinds", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(register_party_body), "division", NEEDED, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(register_party_body), "sector", OPTIONAL, FORM_SHORT, 0, PARTY_SECTOR_MAX, "at most 16 printable bytes"},
    {ROWS_OF(register_party_body), "beds", OPTIONAL, FORM_RANGE, 0, 100000, "at most 100000"},
    {ROWS_OF(register_party_body), "parent", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(change_party_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(change_party_body), "division", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(change_party_body), "sector", OPTIONAL, FORM_SHORT, 0, PARTY_SECTOR_MAX, "at most 16 printable bytes"},
    {ROWS_OF(change_party_body), "beds", OPTIONAL, FORM_RANGE, 0, 100000, "at most 100000"},
    {ROWS_OF(change_party_body), "parent", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(change_party_body), "successor", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(register_place_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(register_place_body), "code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(register_place_body), "kind", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(register_place_body), "division", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(register_vehicle_body), "vehicle", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(register_vehicle_body), "carrier", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(register_vehicle_body), "licence", OPTIONAL, FORM_SHORT, 0, PERMIT_NUMBER_MAX, "at most 64 printable bytes"},
    {ROWS_OF(register_vehicle_body), "capacity_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(grant_permit_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(grant_permit_body), "number", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(grant_permit_body), "activities", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(grant_permit_body), "codes", NEEDED, FORM_PATTERN, 0, PERMIT_PATTERNS_MAX, NULL},
    {ROWS_OF(grant_permit_body), "mass_hourly_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(grant_permit_body), "mass_daily_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(grant_permit_body), "mass_yearly_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(grant_permit_body), "methods", OPTIONAL | DISTINCT, FORM_CODE, 0, PERMIT_METHODS_MAX, NULL},
    {ROWS_OF(grant_permit_body), "storage_limit_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(suspend_body), "party", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(suspend_body), "order", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(enrol_key_body), "key", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(enrol_key_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(enrol_key_body), "roles", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(revoke_key_body), "key", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(rotate_ledger_key_body), "next_key", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(rotate_ledger_key_body), "proof", NEEDED, FORM_ANY, SIGNATURE_SIZE, SIGNATURE_SIZE, NULL},
    {ROWS_OF(approve_transfer_body), "number", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(approve_transfer_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(approve_transfer_body), "receiver", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(approve_transfer_body), "codes", NEEDED, FORM_PATTERN, 0, PERMIT_PATTERNS_MAX, NULL},
    {ROWS_OF(approve_transfer_body), "mass_g", NEEDED, FORM_RANGE, 1, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(approve_transfer_body), "method", OPTIONAL, FORM_SHORT, 0, PERMIT_METHOD_MAX, "at most 8 printable bytes"},
    {ROWS_OF(approve_transfer_body), "origin_division", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(approve_transfer_body), "destination_division", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(reserve_numbers_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(reserve_numbers_body), "count", NEEDED, FORM_RANGE, 1, BLOCK_NUMBERS_MAX, "1 to 1000"},
    {ROWS_OF(reserve_numbers_body), "receivers", OPTIONAL, FORM_PARTY, 0, BLOCK_RECEIVERS_MAX, NULL},
    {ROWS_OF(reserve_numbers_body), "codes", OPTIONAL, FORM_PATTERN, 0, PERMIT_PATTERNS_MAX, NULL},
    {ROWS_OF(reserve_numbers_body), "mass_ceiling_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(reserve_numbers_body), "national_first", OPTIONAL, FORM_DIGITS, 0, 14, NULL},
    {ROWS_OF(close_block_body), "block", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(manifest_line), "waste_code", NEEDED, FORM_WASTE_CODE, 0, 0, NULL},
    {ROWS_OF(manifest_line), "planned_mass_g", NEEDED, FORM_RANGE, 1, LINE_MAX_G, LINE_MASS},
    {ROWS_OF(manifest_line), "planned_pieces", OPTIONAL, FORM_RANGE, 0, 1000000, "at most 1000000"},
    {ROWS_OF(manifest_leg), "carrier", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(manifest_leg), "from_division", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(manifest_leg), "to_division", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(manifest_plan), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(manifest_plan), "receiver", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(manifest_plan), "lines", NEEDED, 0, 0, MANIFEST_LINES_MAX, NULL},
    {ROWS_OF(manifest_plan), "legs", OPTIONAL, 0, 0, MANIFEST_LEGS_MAX, NULL},
    {ROWS_OF(issue_manifest_body), "plan", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(cancel_manifest_body), "manifest", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(set_profile_body), "name", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(set_profile_body), "text", OPTIONAL, FORM_ANY, 0, STATEMENT_SIZE_MAX, NULL},
    {ROWS_OF(set_profile_body), "divisions", OPTIONAL, FORM_DIVISION, 0, EDITION_DIVISIONS_MAX, NULL},
    {ROWS_OF(set_divisions_body), "divisions", NEEDED | DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(division), "code", NEEDED, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(division), "parent", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(division), "successor", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(division), "utc_offset_minutes", OPTIONAL, FORM_RANGE, -720, 840, "-720 to 840 minutes"},
    {ROWS_OF(set_catalogue_body), "edition", NEEDED, FORM_SHORT, 0, CATALOGUE_NAME_MAX, "at most 32 printable bytes"},
    {ROWS_OF(set_catalogue_body), "rows", NEEDED | DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(catalogue_row), "code", NEEDED, FORM_WASTE_CODE, 0, 0, NULL},
    {ROWS_OF(catalogue_row), "category", OPTIONAL, FORM_SHORT, 0, CATALOGUE_CATEGORY_MAX, "at most 16 printable bytes"},
    {ROWS_OF(catalogue_row), "hazard", OPTIONAL, FORM_SHORT, 0, CATALOGUE_HAZARD_MAX, "at most 32 printable bytes"},
    {ROWS_OF(catalogue_row), "replaces", OPTIONAL, FORM_WASTE_CODE, 0, 0, NULL},
    {ROWS_OF(file_document_body), "kind", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(file_document_body), "number", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(file_document_body), "parties", OPTIONAL | DISTINCT, FORM_PARTY, 0, DOCUMENT_PARTIES_MAX, NULL},
    {ROWS_OF(file_document_body), "lines", OPTIONAL | DISTINCT, 0, 0, DOCUMENT_LINES_MAX, NULL},
    {ROWS_OF(close_by_order_body), "order", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(erase_body), "digest", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(erase_body), "order", NEEDED, 0, 0, 0, NULL},

    /* facts */
    {ROWS_OF(draw_manifest_body), "block", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(draw_manifest_body), "number", NEEDED, FORM_NUMBER, 0, 0, NULL},
    {ROWS_OF(draw_manifest_body), "plan", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(pack_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(pack_body), "place", OPTIONAL, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(pack_body), "containers", NEEDED | DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(packed_container), "code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(packed_container), "waste_code", NEEDED, FORM_WASTE_CODE, 0, 0, NULL},
    {ROWS_OF(packed_container), "mass_g", NEEDED, FORM_RANGE, 1, CONTAINER_MAX_G, CONTAINER_MASS},
    {ROWS_OF(five_times), "generated_before_us", OPTIONAL, FORM_RANGE, 0, YEAR_US, YEAR},
    {ROWS_OF(five_times), "packed_before_us", OPTIONAL, FORM_RANGE, 0, YEAR_US, YEAR},
    {ROWS_OF(five_times), "weighed_before_us", OPTIONAL, FORM_RANGE, 0, YEAR_US, YEAR},
    {ROWS_OF(five_times), "coded_before_us", OPTIONAL, FORM_RANGE, 0, YEAR_US, YEAR},
    {ROWS_OF(five_times), "stored_before_us", OPTIONAL, FORM_RANGE, 0, YEAR_US, YEAR},
    {ROWS_OF(store_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(store_body), "containers", DISTINCT, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(store_body), "boxes", DISTINCT, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(store_body), "temperature_mc", OPTIONAL, FORM_RANGE, -100000, 200000, "-100000 to 200000 thousandths of a degree"},
    {ROWS_OF(depart_body), "vehicle", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(depart_body), "receiver", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(depart_body), "carrier", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(clean_body), "box", OPTIONAL, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(load_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(load_body), "containers", DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(load_body), "boxes", DISTINCT, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(load_body), "bulk", DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(moved_container), "code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(moved_container), "mass_g", OPTIONAL, FORM_RANGE, 1, CONTAINER_MAX_G, CONTAINER_MASS},
    {ROWS_OF(bulk_mass), "line", NEEDED, FORM_RANGE, 1, MANIFEST_LINES_MAX, "1 to 32"},
    {ROWS_OF(bulk_mass), "mass_g", NEEDED, FORM_RANGE, 1, LINE_MAX_G, LINE_MASS},
    {ROWS_OF(transfer_body), "kind", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(transfer_body), "generator", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(transfer_body), "containers", DISTINCT, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(transfer_body), "boxes", DISTINCT, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(receive_body), "generator", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(receive_body), "containers", DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(receive_body), "boxes", DISTINCT, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(receive_body), "bulk", DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(received_container), "code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(received_container), "verdict", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(received_container), "mass_g", OPTIONAL, FORM_RANGE, 1, CONTAINER_MAX_G, CONTAINER_MASS},
    {ROWS_OF(received_bulk), "line", NEEDED, FORM_RANGE, 1, MANIFEST_LINES_MAX, "1 to 32"},
    {ROWS_OF(received_bulk), "verdict", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(confirm_receipt_body), "manifest", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(confirm_receipt_body), "lines", DISTINCT, 0, 0, MANIFEST_LINES_MAX, NULL},
    {ROWS_OF(confirmed_line), "line", NEEDED, FORM_RANGE, 1, MANIFEST_LINES_MAX, "1 to 32"},
    {ROWS_OF(confirmed_line), "waste_code", OPTIONAL, FORM_WASTE_CODE, 0, 0, NULL},
    {ROWS_OF(feed_body), "batch", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(feed_body), "generator", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(feed_body), "containers", DISTINCT, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(feed_body), "boxes", DISTINCT, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(yield_body), "batch", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(yield_body), "outputs", DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(relabel_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(relabel_body), "containers", NEEDED | DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(relabelled), "old_code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(relabelled), "new_code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(nest_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(nest_body), "box", NEEDED, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(nest_body), "box_owner", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(nest_body), "containers", NEEDED | DISTINCT, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(unnest_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(unnest_body), "box", NEEDED, FORM_BOX, 0, 0, NULL},
    {ROWS_OF(unnest_body), "box_owner", OPTIONAL, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(unnest_body), "containers", NEEDED | DISTINCT, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(measure_body), "kind", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(number_body), "manifest", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(number_body), "national_number", OPTIONAL, FORM_ANY_NUMBER, 0, 0, NULL},
    {ROWS_OF(number_body), "provincial_number", OPTIONAL, FORM_ANY_NUMBER, 0, 0, NULL},
    {ROWS_OF(amend_body), "target", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(amend_body), "generator", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(amend_body), "containers", NEEDED | DISTINCT, 0, 0, 0, NULL},
    {ROWS_OF(amended_container), "code", NEEDED, FORM_CODE, 0, 0, NULL},
    {ROWS_OF(amended_container), "mass_g", OPTIONAL, FORM_RANGE, 1, CONTAINER_MAX_G, CONTAINER_MASS},
    {ROWS_OF(amended_container), "temperature_mc", OPTIONAL, FORM_RANGE, -100000, 200000, "-100000 to 200000 thousandths of a degree"},
    {ROWS_OF(withdraw_body), "target", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(countersign_body), "target", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(dispute_body), "target", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(finding_name), "rule", NEEDED, FORM_RANGE, 1, UINT16_MAX, "1 to 65535"},
    {ROWS_OF(finding_name), "subject", NEEDED, FORM_ANY, 0, BOUNDS_FIELD_MAX, NULL},
    {ROWS_OF(explain_body), "finding", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(settle_body), "finding", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(declare_body), "period", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(declare_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(declare_body), "first_day", NEEDED, FORM_DIGITS, 0, 8, NULL},
    {ROWS_OF(declared_line), "waste_code", NEEDED, FORM_WASTE_CODE, 0, 0, NULL},
    {ROWS_OF(declared_line), "opening_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(declared_line), "generated_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(declared_line), "self_treated_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(declared_line), "transferred_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(declared_line), "closing_g", OPTIONAL, FORM_RANGE, 0, YEARLY_MAX_G, YEARLY_MASS},
    {ROWS_OF(incident_body), "kind", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(incident_body), "division", OPTIONAL, FORM_DIVISION, 0, 0, NULL},
    {ROWS_OF(inspect_body), "party", NEEDED, FORM_PARTY, 0, 0, NULL},
    {ROWS_OF(hold_body), "order", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(release_body), "order", NEEDED, 0, 0, 0, NULL},
    {ROWS_OF(correct_clock_body), "first_sequence", NEEDED, FORM_RANGE, 1, SEQUENCE_MAX, "1 to 2^63 - 1"},
    {ROWS_OF(correct_clock_body), "last_sequence", NEEDED, FORM_RANGE, 1, SEQUENCE_MAX, "1 to 2^63 - 1"},
    {ROWS_OF(anchor_access_log_body), "day", NEEDED, FORM_DIGITS, 0, 8, NULL},
    {ROWS_OF(anchor_access_log_body), "log_digest", NEEDED, 0, 0, 0, NULL},
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof rows[0] };

uint32_t bounds_row_count(void)
{
    return ROWS;
}

const char *bounds_row(uint32_t index, const ProtobufCMessageDescriptor **ret_message)
{
    *ret_message = rows[index].message;
    return rows[index].field;
}

/* ---- where we are ------------------------------------------------------------------------------ */

/* A field's name, or the index of an element of the field before it. */
struct step {
    const char *name; /* NULL: an element */
    size_t index;
};

/* Each message within another is two steps at most. A body that was scanned is no deeper; of a deeper one the path ends early. */
enum { STEPS_MAX = 2 * BODY_DEPTH_MAX };

/* Most bodies are sound: where we are becomes a text only when there is something to complain about. */
struct walk {
    struct bounds_fault *fault;
    struct step steps[STEPS_MAX];
    uint32_t depth;
};

static void take_step(struct walk *walk, const char *name, size_t index)
{
    if (walk->depth < STEPS_MAX)
        walk->steps[walk->depth] = (struct step){.name = name, .index = index};
    walk->depth++;
}

static void enter(struct walk *walk, const char *name)
{
    take_step(walk, name, 0);
}

static void enter_element(struct walk *walk, size_t index)
{
    take_step(walk, NULL, index);
}

static void leave(struct walk *walk)
{
    walk->depth--;
}

static bool complain(struct walk *walk, enum custody_reason reason, const char *expected)
{
    char *field = walk->fault->field;
    size_t len = 0;
    walk->fault->reason = (uint16_t)reason;
    walk->fault->expected = expected;
    for (uint32_t i = 0; i < walk->depth && i < STEPS_MAX; i++) {
        const struct step *step = &walk->steps[i];
        if (step->name == NULL)
            snprintf(field + len, BOUNDS_FIELD_MAX - len, "[%zu]", step->index);
        else
            snprintf(field + len, BOUNDS_FIELD_MAX - len, "%s%s", i == 0 ? "" : ".", step->name);
        len += strlen(field + len);
    }
    return false;
}

static bool complain_about(struct bounds_fault *ret,
                           enum custody_reason reason,
                           const char *field,
                           const char *expected)
{
    ret->reason = (uint16_t)reason;
    ret->expected = expected;
    snprintf(ret->field, sizeof ret->field, "%s", field);
    return false;
}

/* ---- forms of text ----------------------------------------------------------------------------- */

static bool is_digits(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_name_character(uint8_t c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

static bool is_party(struct span name)
{
    size_t scheme = 0;
    while (scheme < name.len && is_lower(name.data[scheme]))
        scheme++;
    if (scheme < 2 || scheme > 12 || scheme == name.len || name.data[scheme] != ':')
        return false;
    size_t value = name.len - scheme - 1;
    if (value < 1 || value > 48)
        return false;
    for (size_t i = scheme + 1; i < name.len; i++)
        if (!is_name_character(name.data[i]))
            return false;
    return true;
}

bool bounds_is_party(const char *name)
{
    return is_party(span_text(name));
}

static bool is_code(struct span text)
{
    return text.len >= 1 && text.len <= BOUNDS_CONTAINER_CODE_MAX && bytes_is_printable(text);
}

static bool is_box(struct span text)
{
    for (size_t at = text.len; at > 0; at--)
        if (text.data[at - 1] == '/')
            return is_party(span_of(text.data, at - 1)) &&
                   is_code(span_of(text.data + at, text.len - at));
    return is_code(text);
}

static bool is_number(struct span text)
{
    size_t local = text.len > 0 && text.data[0] == 'L' ? 1 : 0;
    return text.len <= MANIFEST_NUMBER_MAX &&
           is_digits(span_of(text.data + local, text.len - local));
}

static bool check_text(struct walk *walk, const struct row *row, struct span text)
{
    switch (row->form) {
    case FORM_CODE:
        return is_code(text) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, "1 to 48 printable bytes");
    case FORM_BOX:
        return is_box(text) || complain(walk, CUSTODY_REASON_out_of_bounds,
                                        "1 to 48 printable bytes, or party/code");
    case FORM_PARTY:
        return is_party(text) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, "scheme:value, as in uscc:1234");
    case FORM_DIVISION:
        return division_parse(text) != 0 ||
               complain(walk, CUSTODY_REASON_out_of_bounds, "six digits of a division");
    case FORM_WASTE_CODE:
        return waste_is_code(text) ||
               complain(walk, CUSTODY_REASON_code_malformed, "a waste code, e.g. 841-001-01");
    case FORM_PATTERN:
        return waste_is_pattern(text) ||
               complain(walk, CUSTODY_REASON_code_malformed,
                        "a waste code, the beginning of one and a star, or HWdd");
    case FORM_PLATE:
        return (text.len >= 5 && text.len <= 16 && bytes_is_printable(text)) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, "5 to 16 printable bytes");
    case FORM_NUMBER:
        return is_number(text) || complain(walk, CUSTODY_REASON_out_of_bounds,
                                           "digits, an L in front when local, at most 24 in all");
    case FORM_ANY_NUMBER:
        return (text.len <= MANIFEST_NUMBER_MAX && is_code(text)) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, "1 to 24 printable bytes");
    case FORM_SHORT:
        return (text.len <= (size_t)row->most && bytes_is_printable(text)) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, row->expected);
    case FORM_DIGITS:
        return (is_digits(text) && text.len == (size_t)row->most) ||
               complain(walk, CUSTODY_REASON_out_of_bounds,
                        row->most == 8 ? "yyyymmdd" : "14 digits");
    case FORM_ORIGIN:
        return (text.len <= CHECKPOINT_ORIGIN_MAX && checkpoint_is_name(text)) ||
               complain(walk, CUSTODY_REASON_out_of_bounds,
                        "a name without space and plus sign, at most 200 bytes");
    case FORM_BY_TYPE:
        return text.len <= BOUNDS_NAME_MAX ||
               complain(walk, CUSTODY_REASON_out_of_bounds, "at most 64 bytes");
    case FORM_ANY:
    case FORM_RANGE:
        break;
    }
    return true;
}

static bool check_bytes(struct walk *walk, const struct row *row, size_t len)
{
    if (row->form == FORM_ANY)
        return (len >= (size_t)row->least && len <= (size_t)row->most) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, "bytes of another length");
    return len == DIGEST_SIZE || complain(walk, CUSTODY_REASON_out_of_bounds, "32 bytes");
}

/* ---- numbers ----------------------------------------------------------------------------------- */

static bool is_mass(const char *field)
{
    size_t len = strlen(field);
    return len > 2 && strcmp(field + len - 2, "_g") == 0;
}

static bool check_signed(struct walk *walk, const struct row *row, int64_t value, bool is_time)
{
    if (row->form == FORM_RANGE)
        return (value >= row->least && value <= row->most) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, row->expected);
    return !is_time || (value >= TIME_FIRST_US && value < TIME_END_US) ||
           complain(walk, CUSTODY_REASON_out_of_bounds, "a time of the years 2000 to 2199");
}

static bool
check_unsigned(struct walk *walk, const struct row *row, uint64_t value, const char *name)
{
    if (row->form == FORM_RANGE)
        return (value <= INT64_MAX && (int64_t)value >= row->least &&
                (int64_t)value <= row->most) ||
               complain(walk, CUSTODY_REASON_out_of_bounds, row->expected);
    return !is_mass(name) || value <= LINE_MAX_G ||
           complain(walk, CUSTODY_REASON_out_of_bounds, LINE_MASS);
}

/* ---- the walk ---------------------------------------------------------------------------------- */

/* The rows of one message stand together. */
struct group {
    uint32_t first, count;
};

static struct group find_group(const ProtobufCMessageDescriptor *message)
{
    struct group group = {0};
    while (group.first < ROWS && rows[group.first].message != message)
        group.first++;
    while (group.first + group.count < ROWS && rows[group.first + group.count].message == message)
        group.count++;
    return group;
}

static const struct row *find_row(const struct group *group, const char *field)
{
    static const struct row none = {.form = FORM_BY_TYPE};
    for (uint32_t i = 0; i < group->count; i++)
        if (strcmp(rows[group->first + i].field, field) == 0)
            return &rows[group->first + i];
    return &none;
}

static bool
check_message(struct walk *walk, const ProtobufCMessage *message, const struct group *group);

/* Zero, empty and NULL are absent: proto3 writes them the same way. */
static bool is_absent(const ProtobufCFieldDescriptor *field, const void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return *(char *const *)member == NULL || **(char *const *)member == 0;
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)member)->len == 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)member == NULL;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return *(const uint64_t *)member == 0;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return *(const uint32_t *)member == 0;
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)member == 0;
    }
    return true;
}

/* One value that is there. */
static bool check_value(struct walk *walk,
                        const struct row *row,
                        const ProtobufCFieldDescriptor *field,
                        const struct group *inner,
                        const void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return check_text(walk, row, span_text(*(char *const *)member));
    case PROTOBUF_C_TYPE_BYTES:
        return check_bytes(walk, row, ((const ProtobufCBinaryData *)member)->len);
    case PROTOBUF_C_TYPE_MESSAGE:
        return check_message(walk, *(ProtobufCMessage *const *)member, inner);
    case PROTOBUF_C_TYPE_INT64:
        return check_signed(walk, row, *(const int64_t *)member, true);
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return check_signed(walk, row, *(const int64_t *)member, false);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return check_signed(walk, row, *(const int32_t *)member, false);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return check_unsigned(walk, row, *(const uint64_t *)member, field->name);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return check_unsigned(walk, row, *(const uint32_t *)member, field->name);
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    return true;
}

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_FLOAT:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    }
    return 0;
}

/* What tells the elements of a list apart: a text, or the first field of a message, a text or a number. */
static struct span key_of(const ProtobufCFieldDescriptor *field, const uint8_t *element)
{
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return span_text(*(char *const *)(const void *)element);
    const ProtobufCMessage *message = *(ProtobufCMessage *const *)(const void *)element;
    const ProtobufCFieldDescriptor *first = &message->descriptor->fields[0];
    const uint8_t *member = (const uint8_t *)message + first->offset;
    if (first->type == PROTOBUF_C_TYPE_STRING)
        return span_text(*(char *const *)(const void *)member);
    return span_of(member, size_of(first));
}

static uint32_t hash_of(struct span key)
{
    uint32_t hash = UINT32_C(2166136261); /* FNV-1a */
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.data[i]) * UINT32_C(16777619);
    return hash;
}

static bool check_distinct(struct walk *walk,
                           const ProtobufCFieldDescriptor *field,
                           const uint8_t *elements,
                           size_t count)
{
    enum { SLOTS = 1024 };
    _Static_assert(SLOTS > 2 * STATEMENT_ITEMS_MAX, "a search ends at a free slot");
    uint16_t slots[SLOTS] = {0}; /* index + 1 */
    for (size_t i = 0; i < count; i++) {
        struct span key = key_of(field, elements + i * size_of(field));
        uint32_t at = hash_of(key) % SLOTS;
        for (; slots[at] != 0; at = (at + 1) % SLOTS) {
            size_t other = (size_t)slots[at] - 1;
            if (span_is_equal(key, key_of(field, elements + other * size_of(field)))) {
                enter_element(walk, i);
                return complain(walk, CUSTODY_REASON_out_of_bounds, "each one once");
            }
        }
        slots[at] = (uint16_t)(i + 1);
    }
    return true;
}

static bool check_repeated(struct walk *walk,
                           const struct row *row,
                           const ProtobufCFieldDescriptor *field,
                           const struct group *inner,
                           const ProtobufCMessage *message)
{
    const uint8_t *base = (const uint8_t *)message;
    size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    const uint8_t *elements = *(uint8_t *const *)(const void *)(base + field->offset);
    if (count == 0)
        return (row->flags & NEEDED) == 0 ||
               complain(walk, CUSTODY_REASON_field_missing, "at least one");
    if (count > STATEMENT_ITEMS_MAX)
        return complain(walk, CUSTODY_REASON_out_of_bounds, "at most 500 items");
    if (row->form != FORM_RANGE && row->most != 0 && count > (size_t)row->most)
        return complain(walk, CUSTODY_REASON_out_of_bounds, "fewer items");
    for (size_t i = 0; i < count; i++) {
        const uint8_t *element = elements + i * size_of(field);
        enter_element(walk, i);
        if (is_absent(field, element) && field->type != PROTOBUF_C_TYPE_MESSAGE)
            return complain(walk, CUSTODY_REASON_field_missing, "a value");
        if (!check_value(walk, row, field, inner, element))
            return false;
        leave(walk);
    }
    return (row->flags & DISTINCT) == 0 || check_distinct(walk, field, elements, count);
}

static bool check_field(struct walk *walk,
                        const struct row *row,
                        const ProtobufCFieldDescriptor *field,
                        const ProtobufCMessage *message)
{
    const uint8_t *base = (const uint8_t *)message;
    struct group inner = {0};
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        inner = find_group(field->descriptor);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return check_repeated(walk, row, field, &inner, message);
    bool is_of_choice = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
    if (is_of_choice &&
        *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id)
        return true;
    const void *member = base + field->offset;
    if (is_absent(field, member) && !is_of_choice)
        return (row->flags & NEEDED) == 0 ||
               complain(walk, CUSTODY_REASON_field_missing,
                        row->expected != NULL ? row->expected : "a value");
    return check_value(walk, row, field, &inner, member);
}

static bool
check_message(struct walk *walk, const ProtobufCMessage *message, const struct group *group)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        enter(walk, field->name);
        if (!check_field(walk, find_row(group, field->name), field, message))
            return false;
        leave(walk);
    }
    return true;
}

/* All lists of a statement together; body_scan counts only lists of messages. */
static bool check_items(const ProtobufCMessage *body, struct bounds_fault *ret)
{
    size_t items = 0;
    for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
        if (field->label != PROTOBUF_C_LABEL_REPEATED)
            continue;
        items += *(const size_t *)(const void *)((const uint8_t *)body + field->quantifier_offset);
        if (items > STATEMENT_ITEMS_MAX)
            return complain_about(ret, CUSTODY_REASON_out_of_bounds, field->name,
                                  "at most 500 items");
    }
    return true;
}

/* ---- what needs two fields --------------------------------------------------------------------- */

static bool check_receive(const Custody__V1__ReceiveBody *body, struct bounds_fault *ret)
{
    bool speaks_of_manifest = body->n_bulk > 0 || body->remainder != 0 || body->total_mass_g > 0 ||
                              (body->n_containers == 0 && body->n_boxes == 0);
    if (speaks_of_manifest && body->manifest.len == 0)
        return complain_about(ret, CUSTODY_REASON_field_missing, "manifest", "32 bytes");
    if (body->n_containers > 0 && body->generator[0] == 0)
        return complain_about(ret, CUSTODY_REASON_field_missing, "generator", "scheme:value");
    for (size_t i = 0; i < body->n_bulk; i++) {
        const Custody__V1__ReceivedBulk *bulk = body->bulk[i];
        char field[BOUNDS_FIELD_MAX];
        snprintf(field, sizeof field, "bulk[%zu].mass_g", i);
        /* A bulk that is accepted must say how much came. */
        if (bulk->verdict == CUSTODY__V1__VERDICT__VERDICT_ACCEPTED && bulk->mass_g == 0)
            return complain_about(ret, CUSTODY_REASON_field_missing, field, LINE_MASS);
    }
    return true;
}

static bool check_together(uint32_t act, const ProtobufCMessage *body, struct bounds_fault *ret)
{
    const void *any = body;
    switch (act) {
    case CUSTODY__V1__ACT__ACT_STORE: {
        const Custody__V1__StoreBody *store = any;
        return store->n_containers > 0 || store->n_boxes > 0 ||
               complain_about(ret, CUSTODY_REASON_field_missing, "containers", "at least one");
    }
    case CUSTODY__V1__ACT__ACT_LOAD: {
        const Custody__V1__LoadBody *load = any;
        return load->n_bulk == 0 || load->manifest.len > 0 ||
               complain_about(ret, CUSTODY_REASON_field_missing, "manifest", "32 bytes");
    }
    case CUSTODY__V1__ACT__ACT_RECEIVE:
        return check_receive(any, ret);
    case CUSTODY__V1__ACT__ACT_SUSPEND: {
        const Custody__V1__SuspendBody *suspend = any;
        return suspend->subject_case != CUSTODY__V1__SUSPEND_BODY__SUBJECT__NOT_SET ||
               complain_about(ret, CUSTODY_REASON_field_missing, "party",
                              "a party, a permit's number or a vehicle");
    }
    case CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER: {
        const Custody__V1__CloseByOrderBody *close = any;
        return close->subject_case != CUSTODY__V1__CLOSE_BY_ORDER_BODY__SUBJECT__NOT_SET ||
               complain_about(ret, CUSTODY_REASON_field_missing, "manifest",
                              "a manifest or a container");
    }
    case CUSTODY__V1__ACT__ACT_FEED: {
        const Custody__V1__FeedBody *feed = any;
        if (feed->n_containers == 0 && feed->n_boxes == 0 && feed->n_bulk == 0)
            return complain_about(ret, CUSTODY_REASON_field_missing, "containers", "at least one");
        return (feed->n_containers == 0 && feed->n_bulk == 0) || feed->generator[0] != 0 ||
               complain_about(ret, CUSTODY_REASON_field_missing, "generator", "scheme:value");
    }
    case CUSTODY__V1__ACT__ACT_CORRECT_CLOCK: {
        const Custody__V1__CorrectClockBody *correct = any;
        if (correct->last_sequence < correct->first_sequence)
            return complain_about(ret, CUSTODY_REASON_out_of_bounds, "last_sequence",
                                  "not below first_sequence");
        return correct->last_sequence - correct->first_sequence < RETIME_RANGE_MAX ||
               complain_about(ret, CUSTODY_REASON_out_of_bounds, "last_sequence",
                              "at most 499 above first_sequence");
    }
    default:
        return true;
    }
}

bool bounds_check(uint32_t act, const ProtobufCMessage *body, struct bounds_fault *ret)
{
    struct walk walk;
    struct group group = find_group(body->descriptor);
    *ret = (struct bounds_fault){0};
    walk.fault = ret;
    walk.depth = 0;
    return check_items(body, ret) && check_message(&walk, body, &group) &&
           check_together(act, body, ret);
}

bool bounds_check_header(const struct statement_header *header, struct bounds_fault *ret)
{
    static const char time_text[] = "a time of the years 2000 to 2199";
    *ret = (struct bounds_fault){0};
    if (header->occurred_at_us < TIME_FIRST_US || header->occurred_at_us >= TIME_END_US)
        return complain_about(ret, CUSTODY_REASON_out_of_bounds, "occurred_at", time_text);
    if (header->signed_at_us < TIME_FIRST_US || header->signed_at_us >= TIME_END_US)
        return complain_about(ret, CUSTODY_REASON_out_of_bounds, "signed_at", time_text);
    if (!header->position_is_known)
        return true;
    if (header->latitude_e7 < -LATITUDE_MAX_E7 || header->latitude_e7 > LATITUDE_MAX_E7)
        return complain_about(ret, CUSTODY_REASON_out_of_bounds, "latitude",
                              "-900000000 to 900000000");
    if (header->longitude_e7 < -LONGITUDE_MAX_E7 || header->longitude_e7 > LONGITUDE_MAX_E7)
        return complain_about(ret, CUSTODY_REASON_out_of_bounds, "longitude",
                              "-1800000000 to 1800000000");
    return true;
}
