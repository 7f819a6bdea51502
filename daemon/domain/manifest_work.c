/* manifest_work.c: what of a manifest is open: the row that it is unclosed, obligations and findings.
 * Never folds containers and never decides what may happen. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/manifest.h"

enum {
    HAZARD_REST = 0,
    HAZARD_HAZARDOUS = 1,
    HAZARD_MEDICAL = 2,
    HAZARD_EPIDEMIC = 3,
    NATIONAL_DIGITS = 14, /* YYYY, province 2, prefecture 2, serial 6 (art. 15) */
    RCRA_CHARACTERS = 12, /* nine digits, three letters */
    NATIONAL_FIRST_YEAR = 2022,
};

struct rows {
    const struct manifest *manifest;
    uint64_t number;
    const struct profile *profile;
    struct work_set *set;
    /* what every row tells */
    uint8_t state, hazard;
    uint64_t mass_g;
    bool is_unreported;
};

/* Of solid waste that is not hazardous the code has another form. */
static uint8_t hazard_of(const struct manifest *manifest, const struct profile *profile)
{
    if (profile->is_epidemic || manifest->sums.epidemic > 0)
        return HAZARD_EPIDEMIC;
    if ((manifest->bits & FACT_MEDICAL) != 0)
        return HAZARD_MEDICAL;
    return strcmp(profile->code_form, "solid") == 0 || strcmp(profile->code_form, "free") == 0
               ? HAZARD_REST
               : HAZARD_HAZARDOUS;
}

/* What is open of it: loaded less fed; before anything was loaded, what is planned. */
static uint64_t mass_of(const struct manifest *manifest)
{
    const struct manifest_sums *sums = &manifest->sums;
    uint64_t planned_g = 0;
    if (sums->loaded > 0)
        return sums->loaded_g > sums->fed_g ? (uint64_t)(sums->loaded_g - sums->fed_g) : 0;
    for (uint32_t i = 0; i < manifest->line_count; i++)
        if (__builtin_add_overflow(planned_g, manifest->lines[i].planned_g, &planned_g))
            planned_g = UINT64_MAX;
    return planned_g;
}

static void tell(const struct rows *rows, struct work *row)
{
    const struct manifest *manifest = rows->manifest;
    row->subject_kind = SUBJECT_MANIFEST;
    row->subject = rows->number;
    row->division = manifest->division;
    row->profile = manifest->profile;
    row->generator = manifest->generator;
    row->receiver = manifest->receiver;
    for (uint32_t i = 0; i < manifest->leg_count && i < WORK_CARRIERS_MAX; i++)
        row->carriers[i] = manifest->carriers[i];
    row->vehicle = manifest->vehicle;
    row->state = rows->state;
    row->hazard = rows->hazard;
    row->mass_g = rows->mass_g;
    row->since_us = manifest_since_us(manifest);
    row->is_unreported = rows->is_unreported;
}

/* Anchored at `anchor`, or at the manifest's own statement. Never NULL: what the full set drops goes to `spare`. */
static struct work *add_row(const struct rows *rows,
                            enum work_kind kind,
                            uint16_t rule,
                            const struct fact *anchor,
                            struct work *spare)
{
    const struct manifest *manifest = rows->manifest;
    struct work *row = work_add(rows->set);
    if (row == NULL)
        row = spare;
    row->kind = (uint8_t)kind;
    row->rule = rule;
    tell(rows, row);
    row->anchor_key = anchor == NULL ? manifest->key : anchor->key;
    row->anchor_sequence = anchor == NULL ? manifest->key_sequence : anchor->key_sequence;
    row->due_us = anchor == NULL ? manifest->issued_us : anchor->effective_us;
    row->entry_count = 1;
    row->entries[0] = anchor == NULL ? manifest->entry : anchor->entry;
    return row;
}

static void show_entry(struct work *row, const struct fact *fact)
{
    if (fact != NULL && row->entry_count < WORK_ENTRIES_MAX &&
        fact->entry != row->entries[row->entry_count - 1])
        row->entries[row->entry_count++] = fact->entry;
}

static bool has_rule(const struct rows *rows, uint16_t rule)
{
    return profile_has_rule(rows->profile, rule);
}

/* The receiver's regulator is told as well (Transfer Measures art. 18), under a rule of its own in its division, so that each of
 * the two explains and settles what is its own. */
static void tell_receiver_too(const struct rows *rows, const struct work *row)
{
    const struct manifest *manifest = rows->manifest;
    if (manifest->receiver_division == 0 || manifest->receiver_division == manifest->division ||
        !has_rule(rows, RULE_difference_here))
        return;
    for (uint32_t i = 0; i < rows->set->count; i++)
        if (rows->set->rows[i].rule == RULE_difference_here &&
            rows->set->rows[i].anchor_key == row->anchor_key &&
            rows->set->rows[i].anchor_sequence == row->anchor_sequence)
            return;
    struct work *there = work_add(rows->set);
    if (there == NULL)
        return;
    *there = *row;
    there->rule = RULE_difference_here;
    there->division = manifest->receiver_division;
}

static void add_unclosed(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    if (rows->state == MANIFEST_CLOSED || rows->state == MANIFEST_CLOSED_BY_ORDER ||
        rows->state == MANIFEST_CANCELLED)
        return;
    struct work spare = {0};
    struct work *row = add_row(rows, WORK_MANIFEST, 0, NULL, &spare);
    if (__builtin_add_overflow(manifest_since_us(manifest), rows->profile->manifest_us,
                               &row->due_us))
        row->due_us = manifest->issued_us;
    row->party = manifest_holder(manifest);
}

/* Within so many working days, or, as 40 CFR 264.71 and the French decree have it, days; both: the earlier. False: neither. */
static bool set_confirmation_due(const struct profile *profile, int64_t from_us, struct work *ret)
{
    int64_t copy_us;
    bool is_due = profile->confirm_working_days != 0;
    if (is_due)
        ret->due_us = calendar_after_working_days_us(&profile->calendar, from_us,
                                                     (uint32_t)profile->confirm_working_days,
                                                     &ret->is_provisional);
    if (profile->copy_us == 0 || __builtin_add_overflow(from_us, profile->copy_us, &copy_us) ||
        (is_due && ret->due_us <= copy_us))
        return is_due;
    ret->due_us = copy_us;
    ret->is_provisional = false;
    return true;
}

/* Rule 2, Transfer Measures art. 18: the receiver confirms within five working days of accepting. */
static void add_confirmation(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    const struct fact *receive = manifest_find(manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false);
    const struct fact *confirm =
        manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, false);
    if (receive == NULL || !has_rule(rows, RULE_receipt_unconfirmed) ||
        manifest->is_closed_by_order)
        return;
    struct work due = {0};
    if (!set_confirmation_due(rows->profile, receive->effective_us, &due) ||
        (confirm != NULL && confirm->effective_us <= due.due_us))
        return;
    struct work spare = {0};
    struct work *row = add_row(rows, confirm == NULL ? WORK_OBLIGATION : WORK_FINDING,
                               RULE_receipt_unconfirmed, receive, &spare);
    row->due_us = due.due_us;
    row->is_provisional = due.is_provisional;
    row->party = manifest->receiver;
    row->met_us = confirm == NULL ? 0 : confirm->effective_us;
    show_entry(row, confirm);
}

/* Rule 73, 40 CFR 262.42: with no copy that the receiver signed the generator asks the carrier, and then reports it. What the
 * gate signs is that copy, whatever it says of the load. */
static void add_missing_copy(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    const struct profile *profile = rows->profile;
    const struct fact *load = manifest_find(manifest, CUSTODY__V1__ACT__ACT_LOAD, false);
    const struct fact *copy = manifest_find(manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false);
    int64_t due_us;
    if (load == NULL || profile->exception_us == 0 || !has_rule(rows, RULE_copy_missing) ||
        manifest->is_closed_by_order ||
        __builtin_add_overflow(load->effective_us, profile->exception_us, &due_us) ||
        (copy != NULL && copy->effective_us <= due_us))
        return;
    struct work spare = {0};
    struct work *row = add_row(rows, copy == NULL ? WORK_OBLIGATION : WORK_FINDING,
                               RULE_copy_missing, load, &spare);
    row->due_us = due_us;
    row->party = manifest->generator;
    row->notice_us = copy == NULL ? load->effective_us + profile->exception_contact_us : 0;
    row->met_us = copy == NULL ? 0 : copy->effective_us;
    show_entry(row, copy);
}

/* Rule 6, art. 18: what the weighbridge said of the whole against what was loaded. */
static void add_mass_difference(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    const struct fact *first = NULL;
    struct work spare = {0};
    uint64_t total_g = 0;
    struct work shown = {0};
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (fact->act != CUSTODY__V1__ACT__ACT_RECEIVE || fact->mass_g == FACT_NO_MASS ||
            !manifest_fact_counts(manifest, fact))
            continue;
        if (first == NULL) {
            first = fact;
            shown.entries[shown.entry_count++] = fact->entry;
        }
        show_entry(&shown, fact);
        if (__builtin_add_overflow(total_g, fact->mass_g, &total_g))
            total_g = UINT64_MAX;
    }
    if (first == NULL || manifest->sums.loaded_g <= 0 || !has_rule(rows, RULE_mass_differs) ||
        !waste_mass_differs((uint64_t)manifest->sums.loaded_g, total_g,
                            (uint32_t)rows->profile->mass_tolerance_per_mille,
                            (uint64_t)rows->profile->mass_tolerance_g))
        return;
    struct work *row = add_row(rows, WORK_FINDING, RULE_mass_differs, first, &spare);
    row->party = manifest->generator;
    row->entry_count = shown.entry_count;
    memcpy(row->entries, shown.entries, sizeof row->entries);
    tell_receiver_too(rows, row);
}

/* Rules 32 and 71, art. 18: a difference or a rejection is told to the generator and reported where the receiver is. */
static void add_reported_difference(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    const struct fact *confirm =
        manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, true);
    struct work spare = {0};
    if (confirm != NULL && (confirm->bits & FACT_DIFFERENCE) != 0 &&
        has_rule(rows, RULE_material_difference)) {
        struct work *row = add_row(rows, WORK_FINDING, RULE_material_difference, confirm, &spare);
        row->party = manifest->generator;
        tell_receiver_too(rows, row);
    }
    if (manifest->sums.rejected > 0 && has_rule(rows, RULE_load_rejected)) {
        const struct fact *receive = manifest_find(manifest, CUSTODY__V1__ACT__ACT_RECEIVE, false);
        struct work *row = add_row(rows, WORK_FINDING, RULE_load_rejected,
                                   receive == NULL ? confirm : receive, &spare);
        row->party = manifest->generator;
        tell_receiver_too(rows, row);
    }
}

/* ---- its own statement -------------------------------------------------------------------------- */

static uint32_t breaker_of(const struct manifest *manifest, uint16_t rule)
{
    switch (rule) {
    case RULE_receiver_not_permitted:
        return manifest->receiver;
    case RULE_carrier_not_permitted:
        return manifest->leg_count > 0 ? manifest->carriers[0] : manifest->author;
    case RULE_drawn_outside_block:
        return manifest->author;
    default:
        return manifest->generator;
    }
}

static void add_of_issue(const struct rows *rows, uint16_t rule)
{
    struct work spare = {0};
    if (has_rule(rows, rule))
        add_row(rows, WORK_FINDING, rule, NULL, &spare)->party = breaker_of(rows->manifest, rule);
}

/* Rule 51, art. 20: entered within ten working days after the transfer was completed on paper. About the lateness of
 * recording itself: the time of recording decides. */
static void add_back_entry(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    if (manifest->type != CUSTODY__V1__MANIFEST_TYPE__MANIFEST_BACK_ENTRY ||
        manifest->completed_us == 0 || !has_rule(rows, RULE_back_entry_late))
        return;
    bool is_provisional = false;
    int64_t due_us = calendar_after_working_days_us(
        &rows->profile->calendar, manifest->completed_us,
        (uint32_t)rows->profile->back_entry_working_days, &is_provisional);
    if (manifest->recorded_us <= due_us)
        return;
    struct work spare = {0};
    struct work *row = add_row(rows, WORK_FINDING, RULE_back_entry_late, NULL, &spare);
    row->due_us = due_us;
    row->is_provisional = is_provisional;
    row->party = manifest->author;
}

/* ---- numbers ------------------------------------------------------------------------------------ */

static bool are_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

static uint32_t number_of(const char *text, size_t count)
{
    uint32_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint32_t)(text[i] - '0');
    return value;
}

/* Art. 15: the year, the prefecture that it leaves from, a serial that begins at one. */
static bool is_national_number(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    const char *text = manifest->national;
    int32_t year;
    uint32_t month, day;
    if (strlen(text) != NATIONAL_DIGITS || !are_digits(text, NATIONAL_DIGITS))
        return false;
    calendar_civil(calendar_day(&rows->profile->calendar, manifest->issued_us), &year, &month,
                   &day);
    int32_t said = (int32_t)number_of(text, 4);
    return said >= NATIONAL_FIRST_YEAR && said <= year + 1 &&
           number_of(text + 4, 4) == manifest->division / 100 && number_of(text + 8, 6) != 0;
}

static bool is_rcra_number(const char *text)
{
    if (strlen(text) != RCRA_CHARACTERS || !are_digits(text, RCRA_CHARACTERS - 3))
        return false;
    for (size_t i = RCRA_CHARACTERS - 3; i < RCRA_CHARACTERS; i++)
        if (text[i] < 'A' || text[i] > 'Z')
            return false;
    return true;
}

static bool has_number_form(const struct rows *rows)
{
    const char *form = rows->profile->number_form;
    if (strcmp(form, "cn-14") == 0)
        return is_national_number(rows);
    if (strcmp(form, "rcra-12") == 0)
        return is_rcra_number(rows->manifest->national);
    return true;
}

/* Rules 69 and 70, art. 15; rule 65, art. 7: reported within the time that the bureau gives, and owed until it is. */
static void add_numbers(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    const struct fact *said = manifest_find_number(manifest, 0);
    struct work spare = {0};
    if (said != NULL && !has_number_form(rows) && has_rule(rows, RULE_number_malformed))
        add_row(rows, WORK_FINDING, RULE_number_malformed, said, &spare)->party = said->party;
    if (manifest->is_number_shared && has_rule(rows, RULE_number_shared))
        add_row(rows, WORK_FINDING, RULE_number_shared, said, &spare)->party =
            said == NULL ? manifest->author : said->party;
    if (rows->profile->report_us == 0 || !rows->is_unreported ||
        rows->state == MANIFEST_CANCELLED || !has_rule(rows, RULE_number_unreported))
        return;
    struct work *row = add_row(rows, WORK_OBLIGATION, RULE_number_unreported, NULL, &spare);
    row->due_us = manifest_since_us(manifest) + rows->profile->report_us;
    row->party = manifest->generator;
}

/* ---- what was moved under it when nothing might be ------------------------------------------------ */

/* Rule 46, art. 11: a load that names it although it was refused, or after it was cancelled. */
static void add_moved_under_refused(const struct rows *rows)
{
    const struct manifest *manifest = rows->manifest;
    struct work spare = {0};
    if (!has_rule(rows, RULE_moved_under_refused))
        return;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        bool is_ended = manifest->is_refused ||
                        (manifest->is_cancelled && fact->effective_us >= manifest->ended_us);
        if (fact->act != CUSTODY__V1__ACT__ACT_LOAD || !is_ended || !fact_counts(fact) ||
            (fact->bits & FACT_WITHDRAWN) != 0)
            continue;
        struct work *row = add_row(rows, WORK_FINDING, RULE_moved_under_refused, fact, &spare);
        row->party = fact->party;
        row->entries[row->entry_count++] =
            manifest->is_refused ? manifest->entry : manifest->ended_entry;
    }
}

void manifest_work(const struct manifest *manifest,
                   uint64_t number,
                   const struct law *law,
                   struct work_set *set)
{
    uint32_t judge = manifest->profile != 0
                         ? manifest->profile
                         : law->codeless(law->context, manifest->generator, manifest->issued_us);
    const struct profile *profile = law->profile(law->context, judge);
    const struct rows rows = {
        .manifest = manifest,
        .number = number,
        .profile = profile,
        .set = set,
        .state = (uint8_t)manifest_state_of(manifest),
        .hazard = hazard_of(manifest, profile),
        .mass_g = mass_of(manifest),
        .is_unreported = !manifest_is_reported(manifest),
    };
    if (!manifest->is_known)
        return;
    add_moved_under_refused(&rows);
    if (!manifest_is_in_force(manifest))
        return;
    add_unclosed(&rows);
    add_confirmation(&rows);
    add_missing_copy(&rows);
    add_mass_difference(&rows);
    add_reported_difference(&rows);
    for (uint32_t i = 0; i < manifest->rule_count; i++)
        add_of_issue(&rows, manifest->rules[i]);
    if ((manifest->bits & FACT_CODE_UNKNOWN) != 0)
        add_of_issue(&rows, RULE_code_unknown);
    add_back_entry(&rows);
    add_numbers(&rows);
}
