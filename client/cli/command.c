/* command.c: the table of commands, the options that all of them share, help.
 * Never does a command's work. */
#include "client/cli/command.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <custody/version.h>
#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/cli/act.h"
#include "client/cli/completion.h"
#include "client/cli/paper.h"
#include "client/cli/printed.h"

enum { SUGGEST_DISTANCE = 3, NAME_LENGTH_MAX = 64, PATH_LENGTH_MAX = 4096 };

#define ACT(name) CUSTODY__V1__ACT__ACT_##name

const struct command command_table[] = {
    {"keygen", keygen_command, "", "make this device's keys", 0, 0},
    {"enrol", enrol_command,
     "FILE | --request --party PARTY --roles ROLES -o FILE | --card FILE | --sponsor FILE",
     "take up an invitation; or, with no network, ask a sponsor and take its card", 0, 0},
    {"invite", invite_command, "--party PARTY --roles ROLES [--until TIME] -o FILE",
     "invite a device: a file that lets it enrol its own keys, once", 0, 0},
    {"submit", submit_command, "- | FILE", "keep and send acts written as JSON lines", 0, 0},
    {"import", import_command,
     "csv|jsonl|national|emanifest|bsdasri FILE [--dry-run] [--act ACT] [--skip COLUMN,...] | "
     "columns",
     "keep and send what other programs know", 0, 0},
    {"export", export_command,
     "csv|jsonl [--act ACT] [--month MONTH] | hj1259 --table N [--party PARTY] | geojson | epcis | "
     "national",
     "write what is on the ledger in the forms of other programs", 0, 0},
    {"sync", sync_command, "", "send what waits, and show what the ledger will not take", 0, 0},
    {"move", move_command, "CARD | --carry FILE",
     "after a loss: go over to the ledger's successor, and account for every receipt held here", 0,
     0},

    {"open-ledger", act_command, "", "from here on no permission reaches back", ACT(OPEN_LEDGER),
     0},
    {"register-party", act_command,
     "--party PARTY --kind KIND,... --division CODE [--name TEXT] [--parent PARTY] [--site KIND]",
     "register an organisation", ACT(REGISTER_PARTY), 0},
    {"change-party", act_command,
     "--party PARTY [--kind KIND,...] [--division CODE] [--beds N | --no-beds] [--successor PARTY] "
     "[--closed]",
     "change an organisation from a date on, or close it and name its successor", ACT(CHANGE_PARTY),
     0},
    {"register-place", act_command,
     "--party PARTY --code CODE --kind KIND [--capacity MASS] [--temperature CLASS] [--name TEXT]",
     "register a storage place", ACT(REGISTER_PLACE), 0},
    {"register-vehicle", act_command,
     "--vehicle PLATE/COLOUR --carrier PARTY [--scope CLASS,...] [--capacity MASS] [--medical]",
     "file a vehicle, also one of another province", ACT(REGISTER_VEHICLE), 0},
    {"grant-permit", act_command,
     "--party PARTY --number TEXT --activity ACTIVITY,... --code PATTERN,... [--effective-until "
     "TIME]",
     "grant a permit", ACT(GRANT_PERMIT), 0},
    {"suspend", act_command,
     "--party PARTY | --permit NUMBER | --vehicle PLATE/COLOUR --order TEXT [--effective-until "
     "TIME]",
     "suspend an organisation, a permit or a vehicle, by an order", ACT(SUSPEND), 0},
    {"approve-transfer", act_command,
     "--number TEXT --generator PARTY --receiver PARTY --code CODE,... --mass MASS "
     "--effective-until TIME",
     "approve transfers across regions, with a quota; both ends must", ACT(APPROVE_TRANSFER), 0},
    {"enrol-key", enrol_key_command,
     "--request FILE [--card FILE] [--until TIME] | --key HEX --curve-key HEX --party PARTY --role "
     "ROLE,...",
     "enrol a device's key, with or without a network", ACT(ENROL_KEY), 0},
    {"revoke-key", act_command, "--key HEX [--doubt-since TIME] [--reason REASON]", "revoke a key",
     ACT(REVOKE_KEY), 0},
    {"reserve-numbers", act_command,
     "--party PARTY --count N --receiver PARTY,... --code PATTERN,... --mass-ceiling MASS",
     "reserve a block of manifest numbers, for use with no network", ACT(RESERVE_NUMBERS), 0},
    {"close-block", act_command, "--block KEY:SEQUENCE:ID",
     "give back what is left of a block of numbers", ACT(CLOSE_BLOCK), 0},
    {"issue-manifest", act_command,
     "--receiver PARTY --line waste_code=,planned_mass=,... --leg carrier=,vehicle=,... [--type "
     "TYPE]",
     "ask for a manifest; the ledger gives its number", ACT(ISSUE_MANIFEST), 0},
    {"cancel-manifest", act_command, "--manifest ID --reason REASON",
     "cancel a manifest under which nothing was loaded", ACT(CANCEL_MANIFEST), 0},
    {"file-document", act_command,
     "--kind KIND --number TEXT --party PARTY,... [--line waste_code=,planned_mass=,...] "
     "--effective-until TIME",
     "file a plan, a contract, a certificate, an insurance", ACT(FILE_DOCUMENT), 0},
    {"close-by-order", act_command, "--order TEXT --manifest ID | --container PARTY/CODE",
     "end by order what can never end otherwise; it does not count as treated", ACT(CLOSE_BY_ORDER),
     0},
    {"set-divisions", set_divisions_command, "FILE.csv [--effective-from TIME]",
     "set the table of administrative divisions", ACT(SET_DIVISIONS), 0},
    {"set-catalogue", set_catalogue_command, "FILE.csv --edition NAME [--effective-from TIME]",
     "set the catalogue of waste codes", ACT(SET_CATALOGUE), 0},
    {"set-profile", set_profile_command, "FILE.ini [--from TIME] [--division CODE,...]",
     "set the numbers that waste is judged by", ACT(SET_PROFILE), 0},

    {"draw-manifest", act_command, "--block ID --number TEXT --receiver PARTY --line ... --leg ...",
     "draw a manifest from a block of numbers, with no network", ACT(DRAW_MANIFEST), 0},
    {"pack", act_command,
     "--place CODE --container code=,waste_code=,mass=,mass_source=,package=,... [--generator "
     "PARTY]",
     "pack, weigh and label containers", ACT(PACK), 0},
    {"store", act_command,
     "--generator PARTY --place PARTY/CODE --container CODE,... [--box CODE,...] [--temperature "
     "\"4.5 C\"]",
     "put containers into a place", ACT(STORE), 0},
    {"depart", act_command,
     "--vehicle PLATE/COLOUR --receiver PARTY [--start PARTY/CODE] [--driver TEXT] [--escort TEXT]",
     "open a trip", ACT(DEPART), 0},
    {"clean", act_command,
     "--vehicle PLATE/COLOUR | --box CODE | --place PARTY/CODE [--agent TEXT]",
     "a vehicle, a box or a place was cleaned and disinfected", ACT(CLEAN), 0},
    {"load", act_command,
     "--trip ID --generator PARTY --stop PARTY/CODE [--manifest ID] [--container code=,mass=,...]",
     "load at a stop; without containers: nothing to collect", ACT(LOAD), 0},
    {"trip", trip_command,
     "[start --vehicle PLATE/COLOUR --receiver PARTY | stop PARTY/PLACE [--manifest ID] | end]",
     "a driver's round with no network: begin it, scan at each stop, see where it stands", 0, 0},
    {"scan", scan_command,
     "[pack --place CODE --waste-code CODE | store | load | receive | feed ... | drop]",
     "codes from a scanner and weights from a scale, line by line, then signed as one statement", 0,
     0},
    {"fix", fix_command, "weight CODE MASS | code OLD NEW | swap CODE MANIFEST",
     "put right what this device said of a bag; it asks for what is not given", 0, 0},
    {"transfer", act_command,
     "--kind leg|vehicle|collection_centre --from-trip ID [--to-trip ID] [--container CODE,...] "
     "[--whole-trip]",
     "hand over on the way: to the next carrier, another vehicle, a collection centre",
     ACT(TRANSFER), 0},
    {"receive", act_command,
     "--trip ID --generator PARTY [--manifest ID] [--container code=,verdict=,...] [--remainder "
     "accepted]",
     "receive at the gate", ACT(RECEIVE), 0},
    {"confirm-receipt", act_command,
     "--manifest ID --line line=,accepted_mass=,verdict=,... --method CODE",
     "confirm a receipt, within 5 working days", ACT(CONFIRM_RECEIPT), 0},
    {"feed", act_command, "--batch CODE --generator PARTY --container CODE,... [--line TEXT]",
     "put containers into a batch", ACT(FEED), 0},
    {"yield", act_command,
     "--batch CODE --method CODE [--output code=,waste_code=,mass=,...] [--finished]",
     "say what came of a batch", ACT(YIELD), 0},
    {"relabel", act_command, "--generator PARTY --container old_code=,new_code=,...",
     "give containers new labels; the old ones still answer", ACT(RELABEL), 0},
    {"nest", act_command, "--generator PARTY --box CODE --container CODE,... [--box-owner PARTY]",
     "put containers into a box", ACT(NEST), 0},
    {"unnest", act_command, "--generator PARTY --box CODE --container CODE,... [--box-owner PARTY]",
     "take containers out of a box", ACT(UNNEST), 0},
    {"measure", act_command,
     "--kind KIND --instrument TEXT --value N --unit TEXT [--from TIME] [--until TIME] [--trip ID]",
     "what an instrument says: weighbridge, temperature, electricity, line, track", ACT(MEASURE),
     0},
    {"number", act_command,
     "--manifest ID [--national-number TEXT] [--provincial-number TEXT] [--state STATE]",
     "bind a national number to a manifest, or say how its reporting went", ACT(NUMBER), 0},
    {"amend", act_command,
     "--target ID --generator PARTY --container code=,mass=,... --reason REASON",
     "correct mass, package, ward, temperature or reason", ACT(AMEND), 0},
    {"withdraw", act_command, "--target KEY:SEQUENCE:ID --reason REASON",
     "take back a statement on which nobody has built", ACT(WITHDRAW), 0},
    {"erase", act_command, "--digest HEX --order TEXT",
     "erase a record of the annex when its time is over; statements and proofs stay", ACT(ERASE),
     0},
    {"anchor-access-log", anchor_access_log_command, "--day 20260501",
     "put the digest of a day's access log onto the ledger", ACT(ANCHOR_ACCESS_LOG), 0},
    {"countersign", countersign_command, "--statement KEY:SEQUENCE:ID | --entry N",
     "sign that another party's statement is true", ACT(COUNTERSIGN), 0},
    {"dispute", act_command, "--target KEY:SEQUENCE:ID --reason REASON [--text TEXT]",
     "say that another party's statement is not true", ACT(DISPUTE), 0},
    {"hold", act_command, "--order TEXT --container PARTY/CODE,... | --manifest ID",
     "hold containers or a manifest, by an order", ACT(HOLD), 0},
    {"release", act_command, "--order TEXT --container PARTY/CODE,... | --manifest ID",
     "release what was held", ACT(RELEASE), 0},
    {"correct-clock", act_command, "--first-sequence N --last-sequence N --offset DURATION",
     "say by how much this device's clock was wrong; another party countersigns",
     ACT(CORRECT_CLOCK), 0},

    {"declare", declare_command,
     "--period month|quarter|year|self_check --first-day DAY --prefill | --line "
     "waste_code=,generated=,...",
     "declare a period; with --prefill the ledger's own figures", ACT(DECLARE), 0},
    {"explain", explain_command,
     "FIGURE [--as-of N] [--since N] | --finding rule=,subject=,anchor= [--reason REASON]",
     "the entries behind a printed figure; or explain a finding", ACT(EXPLAIN), ENVELOPE_FIGURE},
    {"settle", act_command, "--finding ID [--order NUMBER] [--text TEXT]",
     "settle another party's finding, as a regulator", ACT(SETTLE), 0},
    {"inspect", act_command, "--party PARTY --outcome N [--finding ID,...] [--photo @FILE] ...",
     "say what an inspection found", ACT(INSPECT), 0},
    {"incident", act_command,
     "--kind KIND [--order NUMBER --division CODE --from TIME --until TIME] [--container "
     "PARTY/CODE]",
     "a spill, a loss; a closure that a regulator's order excuses", ACT(INCIDENT), 0},

    {"trace", trace_command,
     "PARTY/CODE | --manifest ID | --manifest-number TEXT | --batch PARTY/CODE [--forward] "
     "[--during TIME] ...",
     "the chain of custody of a container, a manifest or a batch", 0, ENVELOPE_TRACE},
    {"unclosed", unclosed_command,
     "[--division CODE] [--party PARTY] [--role ROLE] [--late-by TIME] [--overdue] [--limit N] ...",
     "what is still open, the most urgent first, and who holds it", 0, ENVELOPE_UNCLOSED},
    {"due", due_command, "[--late-by TIME] [--overdue] [--limit N]",
     "what this party owes, and by when", 0, ENVELOPE_UNCLOSED},
    {"findings", findings_command,
     "[ID] [--division CODE] [--party PARTY] [--least WEIGHT] [--state STATE] [--order NUMBER] ...",
     "rules that facts have broken, with their article; one of them, with what was said of it", 0,
     ENVELOPE_FINDINGS},
    {"today", today_command, "[--division CODE] [--late-by TIME] [--since N]",
     "one screen a day: what is new, late by tonight, overdue and why, worth a visit", 0,
     ENVELOPE_TODAY},
    {"expected", expected_command, "[--party PARTY] [--issued]", "what is on its way to this plant",
     0, ENVELOPE_EXPECTED},
    {"dossier", dossier_command, "[PARTY]",
     "one party on one page: who, permits, stock, what is open, what was found", 0,
     ENVELOPE_DOSSIER},
    {"balance", balance_command,
     "[PARTY] [--waste-code CODE] [--from 20260501 --until 20260531] [--as-of N]",
     "generated, stored, moved and treated of a party, by waste code", 0, ENVELOPE_BALANCE},
    {"report", report_command,
     "month|quarter|year [2026-05|2026-Q2|2026] [--division CODE] [--as-of N] [--compare N|FILE] "
     "[--draft]",
     "the figures of a division, frozen at a position; what changed since an older report", 0,
     ENVELOPE_REPORT},
    {"show", show_command, "N | --statement KEY:SEQUENCE:ID", "one entry, taken apart", 0,
     ENVELOPE_SHOW},
    {"record", record_command, "get DIGEST [-o FILE] [--entry N]",
     "a text, a photograph or another record that a statement names by its digest", 0,
     ENVELOPE_RECORD},
    {"access-log", access_log_command, "[PARTY] [--day 20260501 [--anchored ENTRY]]",
     "who read what of others: about a party, or on a day", 0, ENVELOPE_ACCESS},
    {"party", party_command, "PARTY",
     "an organisation: permits, approvals, documents, blocks of numbers, keys", 0, ENVELOPE_PARTY},
    {"profile", profile_command, "check FILE... | show [NAME|FILE] [--edition N] | keys",
     "the numbers of a profile: a file's, the ledger's or the built-in ones", 0, ENVELOPE_PROFILE},
    {"catalogue", catalogue_command, "check FILE [--from DATE]",
     "what an edition of the catalogue would change, and whom that touches", 0, ENVELOPE_CATALOGUE},
    {"head", head_command, "", "the newest checkpoint, verified", 0, ENVELOPE_HEAD},
    {"hello", hello_command, "", "what the ledger is and what it speaks", 0, ENVELOPE_HELLO},
    {"status", status_command, "", "this device, and the daemon's counters", 0, ENVELOPE_STATUS},

    {"label", label_command,
     "CODE... | --roll N [--hazardous] [-o FILE.pdf|.png] [--sheet] [--size 100|150|200] [--unit "
     "TEXT] ...",
     "labels of containers with QR codes; or a roll of labels for containers to come", 0, 0},

    {"form", form_command,
     "MANIFEST | --trip ID | --month 2026-05 [--party PARTY] [--receiver TEXT] [-o FILE.pdf|.png]",
     "the national manifest form; a trip's card; the month's sheet of medical waste", 0, 0},

    {"prove", prove_command, "N [-o FILE]", "write the offline proof of an entry", 0,
     ENVELOPE_PROVE},
    {"evidence", evidence_command,
     "PARTY/CODE | --manifest ID | --batch PARTY/CODE | --entry N,... [--sealed] -o FILE.zip",
     "all that proves what happened, as one file that anybody can check; --sealed: without records",
     0, 0},
    {"verify", verify_command, "[FILE] [--ledger VKEY]",
     "check a proof, a checkpoint or evidence offline; with no file, every receipt kept here", 0,
     0},
    {"follow", follow_command, "[--from-start]", "pull new entries and recompute the root over all",
     0, 0},
    {"audit", audit_command, "[--continue]",
     "follow from entry 0, and verify every statement's signature", 0, 0},
    {NULL, NULL, NULL, NULL, 0, 0},
};

/* ---- finding a command ---- */

const struct command *command_find(const char *name)
{
    for (const struct command *command = command_table; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}

/* How many letters must be changed, added or taken away (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_LENGTH_MAX + 1];
    size_t b_len = strlen(b);
    if (strlen(a) > NAME_LENGTH_MAX || b_len > NAME_LENGTH_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= b_len; k++)
        row[k] = k;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < b_len; k++) {
            size_t best = diagonal + (a[i] == b[k] ? 0 : 1);
            best = row[k] + 1 < best ? row[k] + 1 : best;
            best = row[k + 1] + 1 < best ? row[k + 1] + 1 : best;
            diagonal = row[k + 1];
            row[k + 1] = best;
        }
    }
    return row[b_len];
}

const char *command_suggest(const char *name)
{
    const char *nearest = NULL;
    size_t least = SUGGEST_DISTANCE;
    for (const struct command *command = command_table; command->name != NULL; command++) {
        size_t here = distance(name, command->name);
        if (here < least || (strlen(name) > 2 && strncmp(command->name, name, strlen(name)) == 0)) {
            nearest = command->name;
            least = here < least ? here : least;
        }
    }
    return nearest;
}

/* ---- help ---- */

static const char global_usage[] =
    "custody [--home DIR] [--endpoint ENDPOINT] [--format text|json|tsv] [--timeout SECONDS] "
    "[--utc]\n"
    "        [--offline] [--at TIME] [--position NORTH,EAST,METRES] [--ref TEXT]\n"
    "        [--record TEXT ...] [--clock-file FILE] [--paper FILE.pdf|.png] <command> ...";

static void print_list(FILE *file)
{
    fprintf(file, "usage: %s\n\ncommands:\n", global_usage);
    for (const struct command *command = command_table; command->name != NULL; command++)
        fprintf(file, "  %-18s %s\n", command->name, command->summary);
    fprintf(file, "\ncustody <command> --help tells more.\n"
                  "exit codes: 0 done, 1 a lawful no, 2 usage, 3 not reached (kept), 4 failure, "
                  "5 evidence does not verify\n");
}

static bool is_one_of(const struct command *command, const uint16_t *questions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (command->question == questions[i])
            return true;
    return false;
}

/* Can the listing be cut into pages? */
static bool has_pages(const struct command *command)
{
    static const uint16_t questions[] = {ENVELOPE_UNCLOSED, ENVELOPE_FINDINGS, ENVELOPE_EXPECTED,
                                         ENVELOPE_FIGURE, ENVELOPE_ACCESS};
    return is_one_of(command, questions, sizeof(questions) / sizeof(questions[0]));
}

void command_write_help(const struct command *command, FILE *file)
{
    fprintf(file, "usage: custody %s%s%s\n\n%s\n", command->name,
            command->usage[0] == '\0' ? "" : " ", command->usage, command->summary);
    if (command->usage[0] == '\0')
        return;
    const ProtobufCMessageDescriptor *of_question =
        command->question == 0 ? NULL : ask_request_descriptor(command->question);
    const ProtobufCMessageDescriptor *of_act =
        command->act == 0 ? NULL : body_descriptor(command->act);
    if (of_question == NULL && (of_act == NULL || of_act->n_fields == 0))
        return;
    fprintf(file, "\nfields:\n");
    if (of_question != NULL)
        fields_describe(of_question, file);
    if (has_pages(command))
        fprintf(file, "  --limit NUMBER\n  --page HEX   (next_page of the page before)\n");
    if (of_act != NULL)
        fields_describe(of_act, file);
    fprintf(file,
            "\nrepeated fields: several times, or with commas; parts of one value: key=value,...\n"
            "a mass is written 2.3kg, a duration 36h, a temperature 4.5C, a time 2026-05-01T08:00 "
            "(+08:00 if no zone is given)\n");
}

/* Text as groff wants it: a minus that can be copied, no line that begins with a request. */
static void write_groff(const char *text, FILE *file)
{
    if (text[0] == '.' || text[0] == '\'')
        fputs("\\&", file);
    for (; *text != '\0'; text++) {
        if (*text == '-')
            fputs("\\-", file);
        else
            fputc(*text, file);
    }
}

void command_write_man(FILE *file)
{
    for (const struct command *command = command_table; command->name != NULL; command++) {
        fputs(".TP\n.B custody ", file);
        write_groff(command->name, file);
        fputc('\n', file);
        if (command->usage[0] != '\0') {
            write_groff(command->usage, file);
            fputs("\n.br\n", file);
        }
        /* The first letter as a sentence has it. */
        fprintf(file, "%c%s.\n",
                command->summary[0] >= 'a' && command->summary[0] <= 'z'
                    ? command->summary[0] - 'a' + 'A'
                    : command->summary[0],
                command->summary + 1);
    }
}

/* ---- the shared options ---- */

static bool is_global_flag(const char *name)
{
    return strcmp(name, "offline") == 0 || strcmp(name, "utc") == 0 || strcmp(name, "help") == 0 ||
           strcmp(name, "version") == 0 || strcmp(name, "from_start") == 0 ||
           strcmp(name, "continue") == 0 || strcmp(name, "draft") == 0 ||
           strcmp(name, "prefill") == 0 || strcmp(name, "sealed") == 0 ||
           strcmp(name, "dry_run") == 0;
}

/* For arguments_parse: the shared flags, those of the commands, and the message's own. */
static bool is_flag(const void *context, const char *name)
{
    const struct command *command = context;
    if (is_global_flag(name))
        return true;
    if (command == NULL)
        return false;
    if (command->run == enrol_command && strcmp(name, "request") == 0)
        return true;
    if (command->run == label_command)
        return strcmp(name, "sheet") == 0 || strcmp(name, "hazardous") == 0;
    if (command->act != 0)
        return fields_is_flag(body_descriptor(command->act), name);
    return command->question != 0 &&
           fields_is_flag(ask_request_descriptor(command->question), name);
}

static bool take_timeout(struct command_context *context, const char *text)
{
    char *end;
    errno = 0;
    long seconds = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || seconds < 1 || seconds > 86400)
        return false;
    context->options.timeout_ms = (int)seconds * 1000;
    return true;
}

/* "29.6490,94.3617,15": degrees north, degrees east, metres. */
static bool take_position(struct command_context *context, const char *text)
{
    int64_t numbers[2];
    uint64_t metres;
    for (size_t i = 0; i < 2; i++) {
        const char *comma = strchr(text, ',');
        if (comma == NULL ||
            !quantity_parse_degrees(span_of(text, (size_t)(comma - text)), &numbers[i]))
            return false;
        text = comma + 1;
    }
    if (!bytes_parse_decimal(span_text(text), &metres) || metres == 0 || metres > UINT32_MAX)
        return false;
    context->has_position = true;
    context->position = (struct custody_position){.latitude_e7 = (int32_t)numbers[0],
                                                  .longitude_e7 = (int32_t)numbers[1],
                                                  .accuracy_m = (uint32_t)metres};
    return true;
}

static const char *default_home(char ret[static PATH_LENGTH_MAX])
{
    const char *home = getenv("HOME");
    int len = snprintf(ret, PATH_LENGTH_MAX, "%s/.custody", home == NULL ? "." : home);
    return len > 0 && len < PATH_LENGTH_MAX ? ret : ".custody";
}

static int take_globals(struct command_context *context, struct arguments *arguments)
{
    const char *at = arguments_take(arguments, "at");
    const char *timeout = arguments_take(arguments, "timeout");
    const char *home = arguments_take(arguments, "home");
    if (home != NULL)
        context->options.home = home;
    context->options.endpoint = arguments_take(arguments, "endpoint");
    if (context->options.endpoint == NULL)
        context->options.endpoint = getenv("CUSTODY_ENDPOINT");
    context->options.clock_file = arguments_take(arguments, "clock_file");
    context->is_offline = arguments_take_flag(arguments, "offline");
    context->ref = arguments_take(arguments, "ref");
    for (size_t i = 0; i < arguments->count; i++) {
        struct argument *argument = &arguments->all[i];
        if (argument->name == NULL || strcmp(argument->name, "record") != 0)
            continue;
        argument->is_used = true;
        if (context->record_count == COMMAND_RECORDS_MAX)
            return command_usage(context, "record", "at most 8", "more");
        context->records[context->record_count++] = argument->value;
    }
    if (timeout != NULL && !take_timeout(context, timeout))
        return command_usage(context, "timeout", "seconds, 1 to 86400", timeout);
    const char *position = arguments_take(arguments, "position");
    if (position != NULL && !take_position(context, position))
        return command_usage(context, "position", "north,east,metres, e.g. 29.6490,94.3617,15",
                             position);
    if (at != NULL && !quantity_parse_time(span_text(at), &context->at_us))
        return command_usage(context, "at", "a time, e.g. 2026-05-01T08:00+08:00", at);
    return 0;
}

/* The format must be known before anything is said. False when it is none. */
static bool
take_format(struct arguments *arguments, bool *ret_is_json, bool *ret_is_tsv, const char **ret_text)
{
    const char *format = arguments_take(arguments, "format");
    *ret_text = format;
    *ret_is_json = format != NULL && strcmp(format, "json") == 0;
    *ret_is_tsv = format != NULL && strcmp(format, "tsv") == 0;
    return format == NULL || *ret_is_json || *ret_is_tsv || strcmp(format, "text") == 0;
}

/* ---- running ---- */

bool command_open(struct command_context *context)
{
    if (context->client != NULL)
        return true;
    return custody_client_open(&context->options, &context->client, &context->problem) ==
           CUSTODY_OK;
}

int command_fail(struct command_context *context)
{
    const struct custody_problem *problem =
        context->client != NULL && context->client->problem.status != CUSTODY_OK
            ? &context->client->problem
            : &context->problem;
    output_problem(&context->output, problem);
    return output_exit_code(problem);
}

int command_usage(struct command_context *context,
                  const char *field,
                  const char *expected,
                  const char *got)
{
    problem_set(&context->problem, CUSTODY_ERR_INVALID, field, expected, "%s", got);
    if (context->command != NULL) {
        char remedy[80];
        snprintf(remedy, sizeof(remedy), "see custody %s --help", context->command->name);
        problem_advise(&context->problem, remedy);
    }
    output_problem(&context->output, &context->problem);
    return COMMAND_EXIT_USAGE;
}

bool command_check_used(struct command_context *context, struct arguments *arguments)
{
    struct custody_problem problem;
    if (arguments_check_used(arguments, &problem) == CUSTODY_OK)
        return true;
    command_usage(context, problem.field, problem.expected, problem.got);
    return false;
}

enum custody_status command_complete(void *context,
                                     const char *prefix,
                                     char ret[static FIELDS_STATEMENT_TEXT_MAX],
                                     struct custody_problem *problem)
{
    struct command_context *command = context;
    struct custody_client *client = command->client;
    char key[2 * PUBLIC_KEY_SIZE + 1], id[2 * DIGEST_SIZE + 1];
    size_t count = 0;
    enum custody_status status = client_open_spool(client);
    if (status != CUSTODY_OK) {
        *problem = client->problem;
        return status;
    }
    uint64_t sequence = spool_find_id(client->spool, span_text(prefix), &count);
    if (sequence == 0)
        return problem_set(problem, CUSTODY_ERR_INVALID, "",
                           "an id of 64 hex digits, or the start of one signed on this device",
                           "%s: %zu found here", prefix, count);
    bytes_write_hex(span_of(client->identity.public_key, PUBLIC_KEY_SIZE), key);
    bytes_write_hex(span_of(spool_item(client->spool, sequence)->id.bytes, DIGEST_SIZE), id);
    snprintf(ret, FIELDS_STATEMENT_TEXT_MAX, "%s:%llu:%s", key, (unsigned long long)sequence, id);
    return CUSTODY_OK;
}

int command_ask(struct command_context *context,
                struct arguments *arguments,
                const char *word_field,
                ProtobufCMessage **ret_request,
                ProtobufCMessage **ret_reply)
{
    const ProtobufCMessageDescriptor *descriptor =
        ask_request_descriptor(context->command->question);
    const struct fields_source source = {
        .descriptor = descriptor, .complete = command_complete, .context = context};
    json_t *object = NULL;
    ProtobufCMessage *request = NULL, *reply = NULL;
    if (!command_open(context))
        return command_fail(context);
    struct custody_problem *problem = &context->client->problem;
    enum custody_status status = fields_take(&source, arguments, &object, problem);
    const char *word = word_field == NULL ? NULL : arguments_take_word(arguments);
    if (status == CUSTODY_OK && word != NULL)
        json_object_set_new(object, word_field, json_string(word));
    if (status == CUSTODY_OK && !command_check_used(context, arguments)) {
        json_decref(object);
        return COMMAND_EXIT_USAGE;
    }
    if (status == CUSTODY_OK)
        status = reflect_from_json(descriptor, object, &request, problem);
    json_decref(object);
    if (status == CUSTODY_OK)
        status = ask_question(context->client, context->command->question, request, &reply);
    if (status != CUSTODY_OK) {
        reflect_free(request);
        return command_fail(context);
    }
    if (ret_request != NULL)
        *ret_request = request;
    else
        reflect_free(request);
    *ret_reply = reply;
    return 0;
}

int command_ask_page(struct command_context *context,
                     uint16_t question,
                     ProtobufCMessage *request,
                     struct span page,
                     ProtobufCMessage **ret_reply)
{
    ProtobufCMessage *options = reflect_get_message(request, "options");
    if (options == NULL || reflect_set_bytes(options, "page", page) != CUSTODY_OK) {
        problem_set(&context->client->problem, CUSTODY_ERR_MEMORY, "page", NULL, "nothing left");
        return command_fail(context);
    }
    if (ask_question(context->client, question, request, ret_reply) != CUSTODY_OK)
        return command_fail(context);
    return 0;
}

/* The first word that is not an option or an option's value: the command. */
static int find_name(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-')
            return i;
        if (strncmp(argv[i], "--", 2) == 0 && strchr(argv[i], '=') == NULL &&
            !is_global_flag(argv[i] + 2))
            i++;
    }
    return argc;
}

static int unknown_command(struct command_context *context, const char *name)
{
    const char *near = command_suggest(name);
    char remedy[120];
    problem_set(&context->problem, CUSTODY_ERR_INVALID, "command", "a command of custody", "%s",
                name);
    if (near != NULL)
        snprintf(remedy, sizeof(remedy), "did you mean custody %s?", near);
    else
        snprintf(remedy, sizeof(remedy), "custody --help lists them");
    problem_advise(&context->problem, remedy);
    output_problem(&context->output, &context->problem);
    return COMMAND_EXIT_USAGE;
}

/* Can the answer be a table? */
static bool has_rows(const struct command *command)
{
    static const uint16_t questions[] = {ENVELOPE_UNCLOSED, ENVELOPE_FINDINGS, ENVELOPE_TODAY,
                                         ENVELOPE_EXPECTED, ENVELOPE_BALANCE,  ENVELOPE_REPORT,
                                         ENVELOPE_FIGURE,   ENVELOPE_ACCESS};
    return is_one_of(command, questions, sizeof(questions) / sizeof(questions[0]));
}

/* `custody help man`, and `custody help words -- ...`, which shells ask for what may follow. */
static int
help_about(struct command_context *context, struct arguments *arguments, const char *word)
{
    FILE *file = context->output.file;
    if (strcmp(word, "man") == 0) {
        command_write_man(file);
        return 0;
    }
    if (strcmp(word, "words") == 0) {
        const char *words[ARGUMENTS_MAX];
        size_t count = 0;
        for (const char *next; (next = arguments_take_word(arguments)) != NULL;)
            words[count++] = next;
        completion_write_words(words, count, file);
        return 0;
    }
    return unknown_command(context, word);
}

/* The answer drawn on paper in the place of the screen. */
static int
run_for_paper(struct command_context *context, struct arguments *arguments, const char *path)
{
    struct output screen = context->output;
    if (context->command->question == 0 || context->command->act != 0)
        return command_usage(context, "paper", "a command that asks", context->command->name);
    if (!paper_is_name(path))
        return command_usage(context, "paper", "a file that ends in .pdf or .png", path);
    struct printed *printed = printed_create();
    if (printed == NULL) {
        problem_set(&context->problem, CUSTODY_ERR_MEMORY, "page", NULL, "nothing left");
        return command_fail(context);
    }
    context->output.printed = printed;
    context->output.file = printed_file(printed);
    context->output.has_colour = context->output.is_json = context->output.is_tsv = false;
    int code = context->command->run(context, arguments);
    context->output = screen;
    if (code == 0)
        code = paper_write_printed(context, printed, path);
    printed_destroy(printed);
    return code;
}

static int run(struct command_context *context, struct arguments *arguments, const char *name)
{
    FILE *file = context->output.file;
    if (arguments_take_flag(arguments, "version")) {
        fprintf(file, "custody %s\n", CUSTODY_VERSION);
        return 0;
    }
    bool wants_help = arguments_take_flag(arguments, "help");
    if (name != NULL && strcmp(name, "help") == 0) {
        const char *word = arguments_take_word(arguments);
        if (word != NULL && (context->command = command_find(word)) != NULL) {
            command_write_help(context->command, file);
            return 0;
        }
        if (word != NULL)
            return help_about(context, arguments, word);
    }
    if (name == NULL || strcmp(name, "help") == 0) {
        print_list(wants_help || name != NULL ? file : context->output.errors);
        return wants_help || name != NULL ? 0 : COMMAND_EXIT_USAGE;
    }
    if (context->command == NULL)
        return unknown_command(context, name);
    if (wants_help) {
        command_write_help(context->command, file);
        return 0;
    }
    if (context->output.is_tsv && !has_rows(context->command))
        return command_usage(context, "format", "text or json: the answer is no table", "tsv");
    int code = take_globals(context, arguments);
    const char *paper = arguments_take(arguments, "paper");
    if (code != 0)
        return code;
    return paper != NULL ? run_for_paper(context, arguments, paper)
                         : context->command->run(context, arguments);
}

int command_main(int argc, char **argv, FILE *out, FILE *errors)
{
    struct command_context context = {0};
    struct arguments *arguments = calloc(1, sizeof(*arguments));
    char home[PATH_LENGTH_MAX];
    bool is_json = false, is_tsv = false;
    const char *format = NULL;
    int code;
    setlocale(LC_CTYPE, "");
    output_init(&context.output, out, errors, false, false);
    if (arguments == NULL)
        return custody_status_exit_code(CUSTODY_ERR_MEMORY);
    int at = find_name(argc, argv);
    const char *name = at < argc ? argv[at] : NULL;
    context.command = name == NULL ? NULL : command_find(name);
    context.options.home = default_home(home);
    /* The command's name is taken out; what is left are options and words. */
    for (int i = at; i + 1 < argc; i++)
        argv[i] = argv[i + 1];
    int left = argc - 1 - (name == NULL ? 0 : 1);
    enum custody_status status =
        arguments_parse(left, argv + 1, is_flag, context.command, arguments, &context.problem);
    if (status != CUSTODY_OK) {
        output_problem(&context.output, &context.problem);
        code = COMMAND_EXIT_USAGE;
        goto done;
    }
    bool is_format = take_format(arguments, &is_json, &is_tsv, &format);
    output_init(&context.output, out, errors, is_json, arguments_take_flag(arguments, "utc"));
    context.output.is_tsv = is_tsv;
    code = is_format ? run(&context, arguments, name)
                     : command_usage(&context, "format", "text, json or tsv", format);
    if (!output_is_written(&context.output) && code == 0) {
        problem_set(&context.problem, CUSTODY_ERR_FULL, "stdout", "all of the answer written",
                    "only a part");
        output_problem(&context.output, &context.problem);
        code = custody_status_exit_code(CUSTODY_ERR_FULL);
    }
done:
    custody_client_close(context.client);
    arguments_done(arguments);
    free(arguments);
    return code;
}
