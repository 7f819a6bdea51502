/* main.c: custodyd's commands: arguments in, exit code out.
 * Never decides anything about the ledger and never keeps a secret: root keys are printed once. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <custody/version.h>
#include "proto/bytes.h"
#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/ledger/mark.h"
#include "daemon/service/found.h"
#include "daemon/service/replay.h"
#include "daemon/service/succession.h"
#include "daemon/server/sandbox.h"
#include "daemon/server/server.h"
#include "daemon/archive.h"
#include "daemon/config.h"
#include "daemon/doctor.h"
#include "daemon/metrics.h"
#include "daemon/retained.h"
#include "daemon/upkeep.h"

enum { EXIT_CARE = 1, EXIT_USAGE = 2, EXIT_FAILED = 4, EXIT_EVIDENCE = 5 };

/* Bytes of statements that are verified and recorded at a time: about 120 usual ones, enough to share a commit, or one of the
 * largest; so much a newcomer may have to wait for. Half of it for one key. */
enum { SUBMITTING = 64 * 1024 };

/* Bytes of statements of one key that may wait their turn: some sixty of the largest, a few seconds of work. */
enum { USER_BYTES = 3 * 1024 * 1024 };

enum { INVITATION_DAYS = 30, UTC_OFFSET_MINUTES = 480, UTC_OFFSET_MAX = 840 };

struct arguments {
    struct config config;
    const char *config_file;
    bool check_config, print_config;
    bool help, version;
    /* run, init */
    const char *clock_file;
    bool clock_is_right;
    /* init */
    const char *origin, *division, *utc_offset;
    const char *regulator, *regulator_name, *regulator_division;
    const char *invitation_days, *output;
    bool demonstration;
    /* audit */
    bool no_signatures;
    const char *since, *tiles, *ledger_vkey;
    /* audit, export */
    bool no_entries;
    /* rebuild */
    bool ahead;
    /* backup, restore, export */
    const char *place;
    const char *root_key_1, *root_key_2, *checkpoint;
    bool drill, successor;
    /* retention */
    bool list;
};

enum {
    RUN = 1,
    INIT = 2,
    AUDIT = 4,
    REBUILD = 8,
    BACKUP = 16,
    RESTORE = 32,
    DOCTOR = 64,
    EXPORT = 128,
    METRICS = 256,
    RETENTION = 512,
    ROTATE = 1024,
    PLACED = BACKUP | RESTORE | EXPORT, /* these take a folder as their first word */
    ALL = RUN | INIT | AUDIT | REBUILD | BACKUP | RESTORE | DOCTOR | EXPORT | METRICS | RETENTION |
          ROTATE,
};

struct option {
    const char *name;
    int commands;
    bool has_value;
    size_t offset; /* in struct arguments: of a text or of a flag */
    const char *help;
};

#define WITH(commands_, name_, member_, help_)                                                     \
    {                                                                                              \
        name_, commands_, true, offsetof(struct arguments, member_), help_                         \
    }
#define FLAG(commands_, name_, member_, help_)                                                     \
    {                                                                                              \
        name_, commands_, false, offsetof(struct arguments, member_), help_                        \
    }

static const struct option options[] = {
    WITH(ALL, "config", config_file, "read this file; see custodyd.conf(5)"),
    FLAG(ALL, "check-config", check_config, "say whether the settings are in order, then end"),
    FLAG(ALL, "print-config", print_config, "print the settings as a file, then end"),
    FLAG(ALL, "help", help, "this page"),
    FLAG(ALL, "version", version, "which custodyd this is"),
    WITH(INIT | RUN, "clock-file", clock_file, "follow this file's time; demonstration only"),
    FLAG(RUN, "clock-is-right", clock_is_right, "start though the newest entry is a year old"),
    WITH(INIT, "origin", origin, "name of the ledger, e.g. ledger.linzhi.example/custody"),
    WITH(INIT, "division", division, "division it serves, six digits"),
    WITH(INIT, "utc-offset", utc_offset, "minutes that its civil time is ahead of UTC (480)"),
    WITH(INIT, "regulator", regulator, "the first regulator, scheme:value"),
    WITH(INIT, "regulator-name", regulator_name, "its name, kept in the annex"),
    WITH(INIT, "regulator-division", regulator_division, "its division (the ledger's)"),
    WITH(INIT, "invitation-days", invitation_days, "days the invitation is good for (30)"),
    WITH(INIT | BACKUP | RESTORE,
         "output",
         output,
         "write the invitation, a backup as one file, a successor's card, here (-o)"),
    FLAG(INIT, "demonstration", demonstration, "a ledger for trying out, marked as one for ever"),
    FLAG(AUDIT, "no-signatures", no_signatures, "do not verify every statement's signature"),
    WITH(AUDIT, "since", since, "look only at what came after the checkpoint in this file"),
    WITH(AUDIT, "tiles", tiles, "look at this export instead of the ledger"),
    WITH(
        AUDIT, "ledger", ledger_vkey, "of --tiles: the ledger's key, name+id+key (the key file's)"),
    FLAG(AUDIT | EXPORT, "no-entries", no_entries, "hash tiles alone: the public form"),
    FLAG(REBUILD, "ahead", ahead, "beside a daemon of an older format, before it is replaced"),
    FLAG(RESTORE, "drill", drill, "restore beside, verify, remove again; nothing is put in place"),
    FLAG(RESTORE, "successor", successor, "after a loss: go on as the ledger's successor"),
    WITH(RESTORE | ROTATE, "root-key-1", root_key_1, "file with a root key's seed, mode 0600"),
    WITH(RESTORE | ROTATE, "root-key-2", root_key_2, "file with the other root key's seed"),
    FLAG(RETENTION, "list", list, "a line for each record instead, tab-separated"),
    WITH(RESTORE,
         "checkpoint",
         checkpoint,
         "newest checkpoint known of the lost ledger, if the mark is gone"),
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

struct command {
    const char *name;
    int bit;
    int (*run)(struct arguments *arguments);
    const char *summary;
    const char *page;
};

static int run_init(struct arguments *arguments);
static int run_run(struct arguments *arguments);
static int run_audit(struct arguments *arguments);
static int run_rebuild(struct arguments *arguments);
static int run_backup(struct arguments *arguments);
static int run_restore(struct arguments *arguments);
static int run_doctor(struct arguments *arguments);
static int run_export(struct arguments *arguments);
static int run_metrics(struct arguments *arguments);
static int run_retention(struct arguments *arguments);
static int run_rotate_key(struct arguments *arguments);

static const struct command commands[] = {
    {"init", INIT, run_init, "make a new ledger and the first regulator's invitation",
     "Makes the ledger's keys and its first entries, prints two root keys for paper, and writes "
     "the\n"
     "invitation by which the first regulator enrols. Replaces nothing that exists.\n"},
    {"run", RUN, run_run, "serve the ledger until SIGTERM or SIGINT",
     "Serves until SIGTERM or SIGINT, then answers what it took and ends. Where it listens stands "
     "in\n"
     "the file `endpoints` of the data folder once it is ready.\n"},
    {"audit", AUDIT, run_audit, "recompute everything from entry 0",
     "Recomputes the journal from entry 0, compares the look-ups with a rebuild and the access "
     "log\n"
     "with its anchors on the ledger. The daemon must not be running. Exit code 5 when anything\n"
     "lies; the first byte, or the first line of the access log, that does is named.\n"
     "--tiles looks at an export instead: it needs no ledger, only the ledger's public key.\n"},
    {"rebuild", REBUILD, run_rebuild, "drop the look-ups and make them anew from the journal",
     "Drops the look-ups and makes them anew from the journal. The daemon must not be running.\n"
     "With --ahead a daemon of an older program may run: those of this program's format are "
     "filled\n"
     "beside, and what is open by the old and by the new is compared.\n"},
    {"backup", BACKUP, run_backup, "copy what is new to a folder, and verify all of the copy",
     "custodyd backup FOLDER copies journal, annex, access log, settings and, under a passphrase, "
     "the "
     "keys.\n"
     "The daemon may go on running. A second backup to the same folder copies only what is new. "
     "All of\n"
     "it is read back and verified; until then, and after a failure, the earlier backup stands.\n"
     "-o packs it as one file besides, a tar; - is standard output.\n"},
    {"restore", RESTORE, run_restore, "bring a ledger back from a backup, or found its successor",
     "custodyd restore FOLDER, or such a file, makes the data folder, which must not be there, "
     "from a backup: only "
     "when the\n"
     "mark shows that nothing was published after it. Otherwise --successor founds the ledger that "
     "follows,\n"
     "with both root keys; devices then send it what it lacks. --drill shows that the backup would "
     "do.\n"},
    {"export", EXPORT, run_export, "bring a folder of tlog-tiles up to date, and verify it",
     "custodyd export FOLDER writes the ledger as static files that any C2SP tlog-tiles client can "
     "check:\n"
     "checkpoint, hash tiles and, unless --no-entries, the entries. The daemon may go on running. "
     "Only what\n"
     "is new is written; all of it is read back before the new checkpoint takes the old one's "
     "place.\n"},
    {"doctor", DOCTOR, run_doctor, "one page: does anything need care?",
     "Says how long the disk will do, how old the last backup and the last drill are, what ends "
     "soon,\n"
     "which tables are in force. The daemon may be running. Exit code 1 when a line begins with "
     "!.\n"},
    {"metrics", METRICS, run_metrics, "the running daemon's figures, as Prometheus reads them",
     "Prints the file that the daemon writes every 15 seconds (metrics_file). Exit code 1 when it "
     "is\n"
     "older than a minute.\n"},
    {"retention", RETENTION, run_retention,
     "which records may be erased, and what keeps the others",
     "Says by year how many entries the ledger has and how many records of the annex, how many of "
     "them\n"
     "may be erased now, and what keeps the others: their time, a hold or an open case. Erases "
     "nothing.\n"
     "The daemon may be running.\n"},
    {"rotate-key", ROTATE, run_rotate_key, "change the key that signs the ledger's heads",
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

static int usage(const char *sentence, const char *word)
{
    fprintf(stderr, "custodyd: %s%s%s\nTry: custodyd help\n", sentence, word[0] != '\0' ? ": " : "",
            word);
    return EXIT_USAGE;
}

/* A full disk is not success. */
static int end(int exit_code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "custodyd: cannot write to standard output\n");
        return EXIT_FAILED;
    }
    return exit_code;
}

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
    for (size_t i = 0; i < OPTIONS; i++) {
        if ((options[i].commands & command->bit) != 0) {
            printf("  --%-17s %s\n", options[i].name, options[i].help);
        }
    }
    printf("\nSettings, also in the file without the dashes:\n");
    config_print_options(stdout);
}

static int fail(const char *what, enum custody_status status, const char *sentence)
{
    fprintf(stderr, "custodyd: %s: %s%s%s\n", what, custody_status_sentence(status),
            sentence[0] != '\0' ? ": " : "", sentence);
    int exit_code = custody_status_exit_code(status);
    return exit_code == EXIT_EVIDENCE || exit_code == EXIT_USAGE ? exit_code : EXIT_FAILED;
}

struct progress {
    const char *what;
    uint64_t shown_ns;
    bool is_terminal;
    bool has_shown;
};

static struct progress progress_of(const char *what)
{
    return (struct progress){.what = what, .is_terminal = isatty(STDERR_FILENO) == 1};
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    uint64_t now_ns = clock_monotonic_ns();
    if (!progress->is_terminal || now_ns - progress->shown_ns < 100000000) {
        return;
    }
    progress->shown_ns = now_ns;
    progress->has_shown = true;
    fprintf(stderr, "\r%s  %3d %%  %llu of %llu ", progress->what,
            total == 0 ? 100 : (int)((double)done * 100 / (double)total), (unsigned long long)done,
            (unsigned long long)total);
}

static void end_progress(const struct progress *progress)
{
    if (progress->has_shown) {
        fprintf(stderr, "\r\x1b[K");
    }
}

/* --- arguments ----------------------------------------------------------------------------- */

/* Takes one argument, or two when its value is the next; false: the complaint was printed. */
static bool take_option(struct arguments *arguments, int command, char ***argv)
{
    const char *word = *(*argv)++;
    if ((command & PLACED) != 0 && word[0] != '-' && arguments->place == NULL) {
        arguments->place = word;
        return true;
    }
    if (strcmp(word, "-o") == 0) {
        word = "--output";
    } else if (strcmp(word, "-h") == 0) {
        word = "--help";
    }
    if (strncmp(word, "--", 2) != 0) {
        usage("not an option", word);
        return false;
    }
    char name[64];
    size_t len = strcspn(word + 2, "=");
    const char *value = word[2 + len] == '=' ? word + 3 + len : NULL;
    snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : 0), word + 2);

    const struct option *option = NULL;
    for (size_t i = 0; i < OPTIONS; i++) {
        if ((options[i].commands & command) != 0 && strcmp(options[i].name, name) == 0) {
            option = &options[i];
        }
    }
    if (option == NULL && !config_is_option(name)) {
        usage("this command has no such option", word);
        return false;
    }
    if (option != NULL && !option->has_value) {
        if (value != NULL) {
            usage("this option takes no value", name);
            return false;
        }
        *(bool *)((char *)arguments + option->offset) = true;
        return true;
    }
    if (value == NULL) {
        value = **argv;
        if (value == NULL) {
            usage("this option needs a value", word);
            return false;
        }
        (*argv)++;
    }
    if (option != NULL) {
        memcpy((char *)arguments + option->offset, &value, sizeof(value));
        return true;
    }
    struct config_fault fault;
    if (!config_set(&arguments->config, name, value, &fault)) {
        usage(fault.sentence, "");
        return false;
    }
    return true;
}

static bool read_file(const char *path, char ret[static CONFIG_FILE_MAX])
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "custodyd: %s: %s\n", path, strerror(errno));
        return false;
    }
    size_t len = fread(ret, 1, CONFIG_FILE_MAX, file);
    bool is_read = !ferror(file);
    fclose(file);
    if (!is_read || len == CONFIG_FILE_MAX || memchr(ret, '\0', len) != NULL) {
        fprintf(stderr, "custodyd: %s: not a text file of less than 64 KiB\n", path);
        return false;
    }
    ret[len] = '\0';
    return true;
}

/* 0, or the exit code. */
static int read_config(struct arguments *arguments)
{
    static char text[CONFIG_FILE_MAX];
    struct config_fault fault;
    const char *path = arguments->config_file;
    if (path != NULL) {
        if (!read_file(path, text)) {
            return EXIT_USAGE;
        }
        if (!config_parse(&arguments->config, text, &fault)) {
            fprintf(stderr, "%s:%d: %s\n", path, fault.line, fault.sentence);
            return EXIT_USAGE;
        }
    }
    if (!config_check(&arguments->config, &fault)) {
        return usage(fault.sentence, "");
    }
    static const struct {
        const char *name;
        enum logger_level level;
    } levels[] = {
        {"debug", LOGGER_DEBUG},
        {"info", LOGGER_INFO},
        {"warning", LOGGER_WARNING},
        {"error", LOGGER_ERROR},
    };
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(levels[i].name, arguments->config.level) == 0) {
            logger_set_level(levels[i].level);
        }
    }
    return 0;
}

static struct ledger_options ledger_options_of(const struct config *config)
{
    return (struct ledger_options){
        .data = config->data,
        .key_file = config->key_file,
        .mark_file = config->mark_file,
        .map_size = config->map_size,
        .overlay_max = (size_t)config->overlay,
        .fill_ahead = config->fill_ahead,
        .disk_reserve = config->disk_reserve,
    };
}

/* NULL: figures are not written. */
static const char *metrics_file_of(const struct config *config)
{
    return strcmp(config->metrics_file, "none") == 0 ? NULL : config->metrics_file;
}

/* Files that root makes in another user's ledger keep that user's daemon out of it. */
static bool is_owners(const struct config *config)
{
    char parent[4096];
    struct stat found;
    snprintf(parent, sizeof(parent), "%s", config->data);
    char *slash = strrchr(parent, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    if (geteuid() != 0 || (stat(config->data, &found) != 0 && stat(parent, &found) != 0) ||
        found.st_uid == 0) {
        return true;
    }
    const struct passwd *owner = getpwuid(found.st_uid);
    fprintf(stderr,
            "custodyd: %s belongs to another user, and what root makes there would keep the daemon "
            "out.\nTry: runuser -u %s -- custodyd ...\n",
            config->data, owner == NULL ? "OWNER" : owner->pw_name);
    return false;
}

static bool is_sandboxed(const struct config *config)
{
    return strcmp(config->sandbox, "on") == 0;
}

static unsigned processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > 64 ? 64 : (unsigned)count;
}

/* --- init ---------------------------------------------------------------------------------- */

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
    return text == NULL ||
           (bytes_parse_decimal(span_text(text), ret) && *ret >= least && *ret <= most);
}

/* 32 bytes as eight groups of eight digits, four to a line. */
static void print_key(const char *name, const uint8_t key[static 32])
{
    char hex[65];
    bytes_write_hex(span_of(key, 32), hex);
    for (size_t i = 0; i < 8; i++) {
        printf("%s%.8s%s",
               i == 0   ? name
               : i == 4 ? "            "
                        : " ",
               hex + 8 * i, i % 4 == 3 ? "\n" : "");
    }
    digest_wipe(hex, sizeof(hex));
}

static void print_paper(const struct found_paper *paper, const struct arguments *arguments)
{
    printf(
        "The ledger %s is made.\n\n"
        "Two root keys. Write both on paper now and lock them away in two places: they are shown\n"
        "this once, they are kept nowhere, and together with a regulator they decide who speaks "
        "for\n"
        "this ledger after a disaster. Whoever reads a seed has that power.\n",
        arguments->origin);
    for (int i = 0; i < 2; i++) {
        printf("\n  root key %d\n", i + 1);
        print_key("    seed    ", paper->root_seeds[i]);
        print_key("    public  ", paper->root_keys[i]);
    }
    printf("\nThe ledger's key, for anyone who wants to check it:\n\n  %s\n\n", paper->ledger_vkey);
    printf("The first regulator enrols with the invitation in %s.\n"
           "It is a key too: hand it over in person, and remove the file when it was used.\n",
           arguments->output);
    if (arguments->demonstration) {
        printf("\nThis is a demonstration ledger (演示): nothing on it is evidence of anything.\n");
    }
}

static bool write_invitation(int file, const char *text)
{
    size_t len = strlen(text);
    bool is_written = write(file, text, len) == (ssize_t)len && fsync(file) == 0;
    return close(file) == 0 && is_written;
}

static int check_init(const struct arguments *arguments, struct found_options *ret)
{
    const struct {
        const char *name, *value;
    } needed[] = {
        {"--origin", arguments->origin},       {"--division", arguments->division},
        {"--regulator", arguments->regulator}, {"--regulator-name", arguments->regulator_name},
        {"--output", arguments->output},
    };
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (needed[i].value == NULL) {
            return usage("init needs this option", needed[i].name);
        }
    }
    uint64_t offset = UTC_OFFSET_MINUTES;
    uint64_t days = INVITATION_DAYS;
    const char *minutes = arguments->utc_offset;
    bool is_behind = minutes != NULL && minutes[0] == '-';
    if (!read_number(minutes != NULL && is_behind ? minutes + 1 : minutes, 0, UTC_OFFSET_MAX,
                     &offset)) {
        return usage("--utc-offset: expected minutes from -840 to 840", "");
    }
    if (!read_number(arguments->invitation_days, 1, 3650, &days)) {
        return usage("--invitation-days: expected a number from 1 to 3650", "");
    }
    if (arguments->clock_file != NULL && !arguments->demonstration) {
        return usage("--clock-file: only with --demonstration", "");
    }
    if (arguments->clock_file != NULL && !clock_follow_file(arguments->clock_file)) {
        return usage("--clock-file: cannot be mapped", arguments->clock_file);
    }
    const struct config *config = &arguments->config;
    int64_t now_us = clock_wall_us();
    *ret = (struct found_options){
        .data = config->data,
        .key_file = config->key_file,
        .mark_file = config->mark_file,
        .map_size = config->map_size,
        .origin = arguments->origin,
        .division = arguments->division,
        .utc_offset_minutes = is_behind ? -(int32_t)offset : (int32_t)offset,
        .regulator = arguments->regulator,
        .regulator_name = arguments->regulator_name,
        .regulator_division = arguments->regulator_division,
        .endpoint = config->endpoint,
        .announcements = config->announcements,
        .invitation_until_us = now_us + (int64_t)days * 24 * 3600 * 1000000,
        .demonstration = arguments->demonstration,
        .now_us = now_us,
    };
    return 0;
}

static int run_init(struct arguments *arguments)
{
    struct found_options founding;
    int exit_code = check_init(arguments, &founding);
    if (exit_code != 0) {
        return exit_code;
    }
    /* Before the ledger is made: an invitation that cannot be written would be lost with it. */
    int file = open(arguments->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        fprintf(stderr, "custodyd: %s: %s\n", arguments->output, strerror(errno));
        return EXIT_FAILED;
    }
    char sentence[240] = "";
    struct found_paper paper;
    enum custody_status status = found_ledger(&founding, sentence, &paper);
    if (status != CUSTODY_OK) {
        close(file);
        unlink(arguments->output);
        return fail("init", status, sentence);
    }
    bool is_written = write_invitation(file, paper.invitation);
    print_paper(&paper, arguments);
    found_done(&paper);
    if (!is_written) {
        fprintf(stderr, "custodyd: %s could not be written; remove the ledger and begin anew\n",
                arguments->output);
        return EXIT_FAILED;
    }
    return EXIT_SUCCESS;
}

/* --- run ----------------------------------------------------------------------------------- */

/* Before the daemon shuts itself in: it may not rename a key any more. */
static enum custody_status finish_succession(const struct ledger_options *ledger, char *sentence)
{
    struct ledger_keys keys;
    if (!succession_is_open(ledger, &keys)) {
        return CUSTODY_OK;
    }
    enum custody_status status = succession_finish(ledger, sentence);
    if (status == CUSTODY_OK) {
        LOG(LOGGER_WARNING, "succession_finished", LOGGER_TEXT("origin", keys.origin));
    }
    ledger_keys_done(&keys);
    return status;
}

static int run_run(struct arguments *arguments)
{
    const struct config *config = &arguments->config;
    const struct ledger_options ledger = ledger_options_of(config);
    char sentence[240] = "";
    enum custody_status status = finish_succession(&ledger, sentence);
    if (status != CUSTODY_OK) {
        return fail("run", status, sentence);
    }
    uint32_t readers = (uint32_t)config->readers;
    const struct server_options server = {
        .ledger = ledger,
        .endpoint = config->endpoint,
        .announcements = config->announcements,
        .clock_file = arguments->clock_file,
        .metrics_file = metrics_file_of(config),
        .clock_is_right = arguments->clock_is_right,
        .sandbox = is_sandboxed(config),
        .verifiers = config->verifiers == 0 ? processors() : (unsigned)config->verifiers,
        .readers = readers,
        .queue = (uint32_t)config->queue,
        .question_ms = (uint32_t)config->question_ms,
        .party = {(uint32_t)config->party_rate, (uint32_t)config->party_burst},
        .front =
            {
                .jobs = (uint32_t)config->jobs,
                .user_jobs = (uint32_t)config->user_jobs,
                .user_questions = (uint32_t)config->user_questions,
                .user_bytes = USER_BYTES,
                /* None waits for a reader where no newcomer could pass it; half of the readers for one key. */
                .asking = readers,
                .user_asking = (readers + 1) / 2,
                .submitting = SUBMITTING,
                .user_submitting = SUBMITTING / 2,
                .connections = (uint32_t)config->connections,
                .user_connections = (uint32_t)config->user_connections,
                .submissions = {(uint32_t)config->submit_rate, (uint32_t)config->submit_burst},
                .questions = {(uint32_t)config->ask_rate, (uint32_t)config->ask_burst},
            },
    };
    return server_run(&server);
}

/* --- audit, rebuild ------------------------------------------------------------------------ */

/* Days that nobody anchored rest on the files alone. */
static void print_accesses(const struct replay_audit *audit)
{
    const struct anchors_report *accesses = &audit->accesses;
    if (!audit->accesses_are_compared) {
        printf("accesses  not compared: that needs a rebuild of the look-ups\n");
    } else if (accesses->is_sound) {
        printf("accesses  sound, %llu anchored days as they were, %llu gone by age\n",
               (unsigned long long)accesses->compared, (unsigned long long)accesses->gone);
    } else {
        printf("accesses  NOT SOUND: %s\nanchored  by entry %llu\n", accesses->sentence,
               (unsigned long long)accesses->entry);
    }
}

/* They read what may be damaged or another's, and need nothing but its folder. */
static enum custody_status enclose(const struct config *config, const char *folder)
{
    const struct sandbox_options own = {
        .data = folder,
        .key_file = config->key_file,
        .mark_file = config->mark_file,
    };
    return is_sandboxed(config) ? sandbox_enclose(&own) : CUSTODY_OK;
}

static void print_audit(const struct replay_audit *audit, bool signatures)
{
    const struct audit_report *journal = &audit->journal;
    printf("checked   numbers, times, forms, %sleaf hashes, tree, heads\n",
           signatures ? "signatures, " : "");
    printf("entries   %llu\n", (unsigned long long)journal->entries);
    if (journal->is_sound) {
        printf("journal   sound\n");
    } else {
        printf("journal   NOT SOUND: %s\n", journal->sentence);
        printf("entry     %llu\n", (unsigned long long)journal->bad_entry);
        if (journal->bad_offset != UINT64_MAX) {
            printf("byte      %llu\n", (unsigned long long)journal->bad_offset);
        }
        if (journal->byte_is_known) {
            printf("was       0x%02x, should be 0x%02x\n", journal->was, journal->should_be);
        }
    }
    printf("look-ups  %s%s%s, reflect %llu entries\n",
           audit->lookups_are_sound ? "sound" : "NOT SOUND",
           audit->lookups_sentence[0] != '\0' ? ": " : "", audit->lookups_sentence,
           (unsigned long long)audit->lookups_reflect);
    if (journal->is_sound && !audit->lookups_are_sound) {
        printf("remedy    custodyd rebuild\n");
    }
    print_accesses(audit);
}

static int run_archive(const struct arguments *arguments,
                       const char *name,
                       const char *place,
                       enum custody_status (*run)(const struct archive_options *options,
                                                  char *ret_sentence))
{
    char sentence[TILES_SENTENCE] = "";
    struct progress progress = progress_of(name);
    const struct archive_options archive = {
        .config = &arguments->config,
        .place = place,
        .ledger_vkey = arguments->ledger_vkey,
        .without_entries = arguments->no_entries,
        .progress = show_progress,
        .context = &progress,
    };
    enum custody_status status = run(&archive, sentence);
    end_progress(&progress);
    return status == CUSTODY_OK ? EXIT_SUCCESS : fail(name, status, sentence);
}

static int run_export(struct arguments *arguments)
{
    const char *place = arguments->place;
    return run_archive(arguments, "export", place != NULL ? place : arguments->config.export_folder,
                       archive_export);
}

static int run_audit(struct arguments *arguments)
{
    if (arguments->tiles != NULL) {
        enum custody_status enclosed = enclose(&arguments->config, arguments->tiles);
        return enclosed == CUSTODY_OK
                   ? run_archive(arguments, "audit", arguments->tiles, archive_audit)
                   : fail("audit", enclosed, "");
    }
    struct ledger_options ledger = ledger_options_of(&arguments->config);
    ledger.read_only = true;
    struct progress progress = progress_of("audit");
    struct replay_audit audit = {0};
    char sentence[240] = "";
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    if (arguments->since != NULL &&
        mark_read(arguments->since, note, sizeof(note), &len) != CUSTODY_OK) {
        return usage("--since: cannot be read as a checkpoint", arguments->since);
    }
    unsigned threads = processors();
    enum custody_status status = enclose(&arguments->config, arguments->config.data);
    if (status == CUSTODY_OK && arguments->since == NULL)
        status = replay_audit(&ledger, !arguments->no_signatures, threads, show_progress, &progress,
                              &audit, sentence);
    else if (status == CUSTODY_OK)
        status = replay_audit_since(&ledger, span_of(note, len), !arguments->no_signatures, threads,
                                    show_progress, &progress, &audit, sentence);
    end_progress(&progress);
    if (status != CUSTODY_OK) {
        return fail("audit", status, sentence);
    }
    print_audit(&audit, !arguments->no_signatures);
    return audit.journal.is_sound && audit.lookups_are_sound &&
                   (!audit.accesses_are_compared || audit.accesses.is_sound)
               ? EXIT_SUCCESS
               : EXIT_EVIDENCE;
}

static int run_rebuild(struct arguments *arguments)
{
    struct ledger_options ledger = ledger_options_of(&arguments->config);
    struct progress progress = progress_of("rebuild");
    struct changeover_report changeover;
    char sentence[240] = "", told[1000];
    enum custody_status status = enclose(&arguments->config, arguments->config.data);
    if (status == CUSTODY_OK) {
        status = (arguments->ahead ? replay_ahead : replay_rebuild)(
            &ledger, show_progress, &progress, &changeover, sentence);
    }
    end_progress(&progress);
    if (status != CUSTODY_OK) {
        return fail("rebuild", status, sentence);
    }
    if (!arguments->ahead) {
        printf("The look-ups were made anew.\n");
    } else if (changeover.from == 0) {
        printf("There are no look-ups of an older format: nothing to do ahead of time.\n");
    }
    if (changeover.from != 0) {
        changeover_describe(&changeover, told, sizeof(told));
        printf("%s\n", told);
    }
    return EXIT_SUCCESS;
}

/* --- backup, restore ----------------------------------------------------------------------- */

static struct upkeep_options upkeep_options_of(const struct arguments *arguments,
                                               struct progress *progress)
{
    return (struct upkeep_options){
        .config = &arguments->config,
        .ledger = ledger_options_of(&arguments->config),
        .place = arguments->place != NULL ? arguments->place : arguments->config.backup_folder,
        .passphrase_file = arguments->config.passphrase_file,
        .progress = show_progress,
        .context = progress,
        .is_drill = arguments->drill,
        .is_successor = arguments->successor,
        .root_key_files = {arguments->root_key_1, arguments->root_key_2},
        .checkpoint_file = arguments->checkpoint,
        .output = arguments->output,
    };
}

static int run_upkeep(const struct arguments *arguments,
                      const char *name,
                      enum custody_status (*run)(const struct upkeep_options *options,
                                                 char *ret_sentence))
{
    char sentence[UPKEEP_SENTENCE] = "";
    struct progress progress = progress_of(name);
    const struct upkeep_options upkeep = upkeep_options_of(arguments, &progress);
    enum custody_status status = run(&upkeep, sentence);
    end_progress(&progress);
    return status == CUSTODY_OK ? EXIT_SUCCESS : fail(name, status, sentence);
}

static int run_backup(struct arguments *arguments)
{
    return run_upkeep(arguments, "backup", upkeep_backup);
}

static int run_restore(struct arguments *arguments)
{
    if (arguments->drill && arguments->successor) {
        return usage("a drill makes no successor", "--drill");
    }
    return run_upkeep(arguments, "restore", upkeep_restore);
}

static int run_rotate_key(struct arguments *arguments)
{
    return run_upkeep(arguments, "rotate-key", upkeep_rotate_key);
}

/* --- doctor -------------------------------------------------------------------------------- */

static int run_doctor(struct arguments *arguments)
{
    const struct ledger_options ledger = ledger_options_of(&arguments->config);
    struct doctor_findings findings;
    char sentence[240] = "";
    enum custody_status status = doctor_look(&ledger, sentence, &findings);
    return status == CUSTODY_OK ? (int)doctor_print(&findings, stdout)
                                : fail("doctor", status, sentence);
}

/* --- metrics, retention -------------------------------------------------------------------- */

static int run_metrics(struct arguments *arguments)
{
    const char *path = metrics_file_of(&arguments->config);
    bool is_fresh = false;
    char sentence[240] = "";
    if (path == NULL) {
        return usage("metrics_file is none: the daemon writes no figures", "");
    }
    enum custody_status status = metrics_print(path, clock_wall_us(), stdout, &is_fresh, sentence);
    if (status != CUSTODY_OK) {
        return fail("metrics", status, sentence);
    }
    if (!is_fresh) {
        fprintf(stderr, "custodyd: %s\n", sentence);
    }
    return is_fresh ? EXIT_SUCCESS : EXIT_CARE;
}

static int run_retention(struct arguments *arguments)
{
    const struct ledger_options ledger = ledger_options_of(&arguments->config);
    struct health health;
    struct kept kept;
    char sentence[240] = "";
    int64_t now_us = clock_wall_us();
    enum custody_status status = health_look(&ledger, now_us, sentence, &health);
    if (status == CUSTODY_OK) {
        status = kept_look(&ledger, now_us, arguments->list ? retained_print_record : NULL, stdout,
                           sentence, &kept);
    }
    if (status != CUSTODY_OK) {
        return fail("retention", status, sentence);
    }
    if (!arguments->list) {
        retained_print(&kept, &health, stdout);
    }
    return EXIT_SUCCESS;
}

/* --- main ---------------------------------------------------------------------------------- */

static int run_command(const struct command *command, char **argv)
{
    struct arguments arguments = {0};
    config_init(&arguments.config);
    while (*argv != NULL) {
        if (!take_option(&arguments, command->bit, &argv)) {
            return EXIT_USAGE;
        }
    }
    if (arguments.help) {
        print_page(command);
        return EXIT_SUCCESS;
    }
    if (arguments.version) {
        print_version();
        return EXIT_SUCCESS;
    }
    int exit_code = read_config(&arguments);
    if (exit_code != 0) {
        return exit_code;
    }
    if (arguments.print_config) {
        config_print(&arguments.config, stdout);
    }
    if (arguments.print_config || arguments.check_config) {
        return EXIT_SUCCESS;
    }
    if (!is_owners(&arguments.config)) {
        return EXIT_USAGE;
    }
    if (!digest_init()) {
        return fail(command->name, CUSTODY_ERR_MEMORY, "libsodium cannot start");
    }
    return command->run(&arguments);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    umask(0077);
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_overview(stdout);
        return end(EXIT_SUCCESS);
    }
    if (strcmp(word, "version") == 0 || strcmp(word, "--version") == 0) {
        print_version();
        return end(EXIT_SUCCESS);
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, word) == 0) {
            return end(run_command(&commands[i], argv + 2));
        }
    }
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    return usage("there is no such command", word);
}
