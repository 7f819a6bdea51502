/* command.h: the table of commands, the options that all of them share, help.
 * Never does a command's work: one file each does.
 *
 * From the table come --help, the list, the suggestions and the man page's section COMMANDS (tests compare). */
#ifndef CUSTODY_CLIENT_CLI_COMMAND_H
#define CUSTODY_CLIENT_CLI_COMMAND_H

#include <stdio.h>

#include "client/lib/client.h"
#include "client/cli/arguments.h"
#include "client/cli/fields.h"
#include "client/cli/output.h"

enum { COMMAND_RECORDS_MAX = 8, COMMAND_EXIT_USAGE = 2, COMMAND_EXIT_UNREACHABLE = 3 };

struct command;

/* What a command is run with. */
struct command_context {
    const struct command *command;
    struct custody_options options;
    struct output output;
    const char *ref;
    int64_t at_us; /* --at, or 0 */
    bool is_offline;
    bool has_position;
    struct custody_position position;
    const char *records[COMMAND_RECORDS_MAX];
    size_t record_count;
    struct custody_client *client;  /* NULL until command_open */
    struct custody_problem problem; /* while there is no client */
};

/* Gives the exit code. What stopped it was printed. */
typedef int command_run(struct command_context *context, struct arguments *arguments);

struct command {
    const char *name;
    command_run *run;
    const char *usage;
    const char *summary;
    uint32_t act;      /* enum Act, for a command that submits one; else 0 */
    uint16_t question; /* enum envelope_kind, for one that asks; else 0 */
};

/* The table; the end has no name. */
extern const struct command command_table[];

const struct command *command_find(const char *name);
/* The nearest name, or NULL when none is near. */
const char *command_suggest(const char *name);
int command_main(int argc, char **argv, FILE *out, FILE *errors);
/* The man page's section COMMANDS, as it stands in custody.1. */
void command_write_man(FILE *file);
void command_write_help(const struct command *command, FILE *file);

/* Open the client. When it cannot be, command_fail says why. */
CUSTODY_CHECK bool command_open(struct command_context *context);
/* Print the problem of the client, or of the context; its exit code. */
int command_fail(struct command_context *context);
/* Print a usage problem. */
int command_usage(struct command_context *context,
                  const char *field,
                  const char *expected,
                  const char *got);
/* Nothing may be left over; prints what is. */
CUSTODY_CHECK bool command_check_used(struct command_context *context, struct arguments *arguments);
/* For fields_source: the start of an id, from the own spool. `context`: struct command_context. */
enum custody_status command_complete(void *context,
                                     const char *prefix,
                                     char ret[static FIELDS_STATEMENT_TEXT_MAX],
                                     struct custody_problem *problem);
/* Ask by the command's question, with options as fields of the request, `word_field` (may be NULL) the field that a bare word
 * stands for. `*ret_reply` is freed with reflect_free. Prints what stopped it; the exit code is 0 when all went well. */
int command_ask(struct command_context *context,
                struct arguments *arguments,
                const char *word_field,
                ProtobufCMessage **ret_request,
                ProtobufCMessage **ret_reply);
/* The same request again, for the next page. `question`: enum envelope_kind of the request. 0 when all went well. */
int command_ask_page(struct command_context *context,
                     uint16_t question,
                     ProtobufCMessage *request,
                     struct span page,
                     ProtobufCMessage **ret_reply);

/* One file each. */
command_run keygen_command, enrol_command, invite_command, submit_command, sync_command,
    trace_command, show_command, unclosed_command, findings_command, prove_command, verify_command,
    follow_command, audit_command, status_command, head_command, party_command, hello_command,
    act_command, countersign_command, enrol_key_command, set_divisions_command,
    set_catalogue_command, set_profile_command, profile_command, balance_command, report_command,
    explain_command, declare_command;
command_run due_command, today_command, expected_command, dossier_command;
command_run move_command, catalogue_command, record_command, access_log_command,
    anchor_access_log_command, evidence_command, label_command, form_command;
command_run import_command, export_command, trip_command, scan_command, fix_command;

#endif
