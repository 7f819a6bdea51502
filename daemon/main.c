/* main.c: custodyd's commands: words in, exit code out.
 * Never decides anything about the ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <custody/version.h>
#include "proto/digest.h"
#include "daemon/base/clock.h"
#include "daemon/config.h"
#include "daemon/console.h"
#include "daemon/doctor.h"
#include "daemon/init.h"
#include "daemon/inspect.h"
#include "daemon/invocation.h"
#include "daemon/metrics.h"
#include "daemon/retained.h"
#include "daemon/serve.h"
#include "daemon/upkeep.h"

struct command {
    const char *name;
    int bit;
    int (*run)(struct invocation *invocation);
    const char *summary;
    const char *page;
};

static int run_backup(struct invocation *invocation);
static int run_restore(struct invocation *invocation);
static int run_doctor(struct invocation *invocation);
static int run_metrics(struct invocation *invocation);
static int run_retention(struct invocation *invocation);
static int run_rotate_key(struct invocation *invocation);

static const struct command commands[] = {
    {"init", INVOCATION_INIT, init_run, "make a new ledger and the first regulator's invitation",
     "Makes the ledger's keys and its first entries, prints two root keys for paper, and writes "
     "the\n"
     "invitation by which the first regulator enrols. Replaces nothing that exists.\n"},
    {"run", INVOCATION_RUN, serve_run, "serve the ledger until SIGTERM or SIGINT",
     "Serves until SIGTERM or SIGINT, then answers what it took and ends. Where it listens stands "
     "in\n"
     "the file `endpoints` of the data folder once it is ready.\n"},
    {"audit", INVOCATION_AUDIT, inspect_audit, "recompute everything from entry 0",
     "Recomputes the journal from entry 0, compares the look-ups with a rebuild and the access "
     "log\n"
     "with its anchors on the ledger. The daemon must not be running. Exit code 5 when anything\n"
     "lies; the first byte, or the first line of the access log, that does is named.\n"
     "--tiles looks at an export instead: it needs no ledger, only the ledger's public key.\n"},
    {"rebuild", INVOCATION_REBUILD, inspect_rebuild,
     "drop the look-ups and make them anew from the journal",
     "Drops the look-ups and makes them anew from the journal. The daemon must not be running.\n"
     "With --ahead a daemon of an older program may run: those of this program's format are "
     "filled\n"
     "beside, and what is open by the old and by the new is compared.\n"},
    {"backup", INVOCATION_BACKUP, run_backup,
     "copy what is new to a folder, and verify all of the copy",
     "custodyd backup FOLDER copies journal, annex, access log, settings and, under a passphrase, "
     "the "
     "keys.\n"
     "The daemon may go on running. A second backup to the same folder copies only what is new. "
     "All of\n"
     "it is read back and verified; until then, and after a failure, the earlier backup stands.\n"
     "-o packs it as one file besides, a tar; - is standard output.\n"},
    {"restore", INVOCATION_RESTORE, run_restore,
     "bring a ledger back from a backup, or found its successor",
     "custodyd restore FOLDER, or such a file, makes the data folder, which must not be there, "
     "from a backup: only "
     "when the\n"
     "mark shows that nothing was published after it. Otherwise --successor founds the ledger that "
     "follows,\n"
     "with both root keys; devices then send it what it lacks. --drill shows that the backup would "
     "do.\n"},
    {"export", INVOCATION_EXPORT, inspect_export,
     "bring a folder of tlog-tiles up to date, and verify it",
     "custodyd export FOLDER writes the ledger as static files that any C2SP tlog-tiles client can "
     "check:\n"
     "checkpoint, hash tiles and, unless --no-entries, the entries. The daemon may go on running. "
     "Only what\n"
     "is new is written; all of it is read back before the new checkpoint takes the old one's "
     "place.\n"},
    {"doctor", INVOCATION_DOCTOR, run_doctor, "one page: does anything need care?",
     "Says how long the disk will do, how old the last backup and the last drill are, what ends "
     "soon,\n"
     "which tables are in force. The daemon may be running. Exit code 1 when a line begins with "
     "!.\n"},
    {"metrics", INVOCATION_METRICS, run_metrics,
     "the running daemon's figures, as Prometheus reads them",
     "Prints the file that the daemon writes every 15 seconds (metrics_file). Exit code 1 when it "
     "is\n"
     "older than a minute.\n"},
    {"retention", INVOCATION_RETENTION, run_retention,
     "which records may be erased, and what keeps the others",
     "Says by year how many entries the ledger has and how many records of the annex, how many of "
     "them\n"
     "may be erased now, and what keeps the others: their time, a hold or an open case. Erases "
     "nothing.\n"
     "The daemon may be running.\n"},
    {"rotate-key", INVOCATION_ROTATE, run_rotate_key,
     "change the key that signs the ledger's heads",
     "Makes a new key, has both root keys say on the ledger that it is the ledger's from here on, "
     "and puts\n"
     "it in the key file in the place of the old one, which is gone then. The daemon must not be "
     "running.\n"
     "Cut off at any moment, it is done again in the same way: what stands is kept. Devices learn "
     "the new\n"
     "key from the ledger when they next ask it, however many changes later.\n"},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* --- words --------------------------------------------------------------------------------- */

static void print_version(void)
{
    printf("custodyd %s\n", CUSTODY_VERSION);
}

static void print_overview(FILE *out)
{
    fprintf(out, "custodyd: an append-only ledger of waste transfers\n\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        fprintf(out, "  custodyd %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(
        out,
        "  custodyd help       this page; custodyd COMMAND --help says more\n"
        "  custodyd version    which custodyd this is\n\n"
        "Exit codes: 0 done, 1 something needs care (doctor, metrics), 2 usage, 4 failure, 5 the "
        "ledger's evidence does not hold,\n"
        "7 whether the last batch was written is not known.\n");
}

static void print_page(const struct command *command)
{
    printf("custodyd %s [options]\n\n%s\n", command->name, command->page);
    invocation_print_options(command->bit);
}

/* --- backup, restore ----------------------------------------------------------------------- */

static struct upkeep_options upkeep_options_of(const struct invocation *invocation,
                                               struct progress *progress)
{
    return (struct upkeep_options){
        .config = &invocation->config,
        .ledger = invocation_ledger(&invocation->config),
        .place = invocation->place != NULL ? invocation->place : invocation->config.backup_folder,
        .passphrase_file = invocation->config.passphrase_file,
        .progress = console_show,
        .context = progress,
        .is_drill = invocation->drill,
        .is_successor = invocation->successor,
        .root_key_files = {invocation->root_key_1, invocation->root_key_2},
        .checkpoint_file = invocation->checkpoint,
        .output = invocation->output,
    };
}

static int run_upkeep(const struct invocation *invocation,
                      const char *name,
                      enum custody_status (*run)(const struct upkeep_options *options,
                                                 char *ret_sentence))
{
    char sentence[UPKEEP_SENTENCE] = "";
    struct progress progress = console_begin(name);
    const struct upkeep_options upkeep = upkeep_options_of(invocation, &progress);
    enum custody_status status = run(&upkeep, sentence);
    console_clear(&progress);
    return status == CUSTODY_OK ? EXIT_SUCCESS : console_fail(name, status, sentence);
}

static int run_backup(struct invocation *invocation)
{
    return run_upkeep(invocation, "backup", upkeep_backup);
}

static int run_restore(struct invocation *invocation)
{
    if (invocation->drill && invocation->successor) {
        return console_usage("a drill makes no successor", "--drill");
    }
    return run_upkeep(invocation, "restore", upkeep_restore);
}

static int run_rotate_key(struct invocation *invocation)
{
    return run_upkeep(invocation, "rotate-key", upkeep_rotate_key);
}

/* --- doctor -------------------------------------------------------------------------------- */

static int run_doctor(struct invocation *invocation)
{
    const struct ledger_options ledger = invocation_ledger(&invocation->config);
    struct doctor_findings findings;
    char sentence[240] = "";
    enum custody_status status = doctor_look(&ledger, sentence, &findings);
    return status == CUSTODY_OK ? (int)doctor_print(&findings, stdout)
                                : console_fail("doctor", status, sentence);
}

/* --- metrics, retention -------------------------------------------------------------------- */

static int run_metrics(struct invocation *invocation)
{
    const char *path = invocation_metrics_file(&invocation->config);
    bool is_fresh = false;
    char sentence[240] = "";
    if (path == NULL) {
        return console_usage("metrics_file is none: the daemon writes no figures", "");
    }
    enum custody_status status = metrics_print(path, clock_wall_us(), stdout, &is_fresh, sentence);
    if (status != CUSTODY_OK) {
        return console_fail("metrics", status, sentence);
    }
    if (!is_fresh) {
        fprintf(stderr, "custodyd: %s\n", sentence);
    }
    return is_fresh ? EXIT_SUCCESS : EXIT_CARE;
}

static int run_retention(struct invocation *invocation)
{
    const struct ledger_options ledger = invocation_ledger(&invocation->config);
    struct health health;
    struct kept kept;
    char sentence[240] = "";
    int64_t now_us = clock_wall_us();
    enum custody_status status = health_look(&ledger, now_us, sentence, &health);
    if (status == CUSTODY_OK) {
        status = kept_look(&ledger, now_us, invocation->list ? retained_print_record : NULL, stdout,
                           sentence, &kept);
    }
    if (status != CUSTODY_OK) {
        return console_fail("retention", status, sentence);
    }
    if (!invocation->list) {
        retained_print(&kept, &health, stdout);
    }
    return EXIT_SUCCESS;
}

/* --- main ---------------------------------------------------------------------------------- */

static int run_command(const struct command *command, char **argv)
{
    struct invocation invocation = {0};
    config_init(&invocation.config);
    while (*argv != NULL) {
        if (!invocation_take(&invocation, command->bit, &argv)) {
            return EXIT_USAGE;
        }
    }
    if (invocation.help) {
        print_page(command);
        return EXIT_SUCCESS;
    }
    if (invocation.version) {
        print_version();
        return EXIT_SUCCESS;
    }
    int exit_code = invocation_read_settings(&invocation);
    if (exit_code != 0) {
        return exit_code;
    }
    if (invocation.print_config) {
        config_print(&invocation.config, stdout);
    }
    if (invocation.print_config || invocation.check_config) {
        return EXIT_SUCCESS;
    }
    if (!invocation_is_owners(&invocation.config)) {
        return EXIT_USAGE;
    }
    if (!digest_init()) {
        return console_fail(command->name, CUSTODY_ERR_MEMORY, "libsodium cannot start");
    }
    return command->run(&invocation);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    umask(0077);
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_overview(stdout);
        return console_end(EXIT_SUCCESS);
    }
    if (strcmp(word, "version") == 0 || strcmp(word, "--version") == 0) {
        print_version();
        return console_end(EXIT_SUCCESS);
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, word) == 0) {
            return console_end(run_command(&commands[i], argv + 2));
        }
    }
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    return console_usage("there is no such command", word);
}
