/* upkeep.c: what stands around a backup and a restore.
 * Never prints a secret and leaves none in memory. */
#include "daemon/upkeep.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/base/clock.h"
#include "daemon/ledger/backup.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/segment.h"
#include "daemon/ledger/tape.h"
#include "daemon/service/recover.h"
#include "daemon/service/rotate.h"

enum { PASSPHRASE_MAX = 1024, PASSPHRASE_MIN = 8 };

struct passphrase {
    char text[PASSPHRASE_MAX + 1];
    size_t len;
};

__attribute__((format(printf, 3, 4))) static enum custody_status
fail(char ret_sentence[static UPKEEP_SENTENCE], enum custody_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ret_sentence, UPKEEP_SENTENCE, format, arguments);
    va_end(arguments);
    return status;
}

/* --- secrets from outside ------------------------------------------------------------------ */

/* A file that its owner alone may read, at most `cap` bytes. */
static enum custody_status
read_private(const char *path, uint8_t *ret, size_t cap, size_t *ret_len, char *ret_sentence)
{
    struct stat found;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return fail(ret_sentence, segment_status_of_errno(), "%s: %s", path, strerror(errno));
    }
    bool is_private = fstat(file, &found) == 0 && (found.st_mode & 077) == 0;
    close(file);
    if (!is_private) {
        return fail(ret_sentence, CUSTODY_ERR_PERMISSION,
                    "%s: must be readable by its owner only (mode 0600)", path);
    }
    enum custody_status status = mark_read(path, ret, cap, ret_len);
    return status == CUSTODY_OK ? status : fail(ret_sentence, status, "%s cannot be read", path);
}

/* One line from the terminal, without showing it. */
static bool ask(FILE *terminal, const char *prompt, struct passphrase *ret)
{
    struct termios before, silent;
    int file = fileno(terminal);
    if (tcgetattr(file, &before) != 0) {
        return false;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    /* Silent before the question: who answers at once must not see it either. */
    if (tcsetattr(file, TCSAFLUSH, &silent) != 0) {
        return false;
    }
    dprintf(file, "%s", prompt);
    bool is_read = fgets(ret->text, sizeof(ret->text), terminal) != NULL;
    tcsetattr(file, TCSAFLUSH, &before);
    dprintf(file, "\n");
    ret->len = is_read ? strcspn(ret->text, "\n") : 0;
    return is_read;
}

static enum custody_status ask_terminal(const struct upkeep_options *options,
                                        bool is_new,
                                        struct passphrase *ret,
                                        char *ret_sentence)
{
    struct passphrase again = {0};
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (terminal == NULL) {
        return fail(ret_sentence, CUSTODY_ERR_INVALID,
                    "there is no terminal to ask at, and no file %s", options->passphrase_file);
    }
    bool is_read = ask(terminal, "Passphrase of the backup: ", ret);
    if (is_read && is_new) {
        is_read = ask(terminal, "Again: ", &again) && again.len == ret->len &&
                  memcmp(again.text, ret->text, ret->len) == 0;
    }
    fclose(terminal);
    digest_wipe(&again, sizeof(again));
    return is_read ? CUSTODY_OK
                   : fail(ret_sentence, CUSTODY_ERR_INVALID, "no passphrase was given, or two");
}

static enum custody_status read_passphrase(const struct upkeep_options *options,
                                           bool is_new,
                                           struct passphrase *ret,
                                           char *ret_sentence)
{
    enum custody_status status = access(options->passphrase_file, F_OK) != 0
                                     ? ask_terminal(options, is_new, ret, ret_sentence)
                                     : read_private(options->passphrase_file, (uint8_t *)ret->text,
                                                    PASSPHRASE_MAX, &ret->len, ret_sentence);
    if (status != CUSTODY_OK) {
        return status;
    }
    ret->text[ret->len] = '\0';
    ret->len = strcspn(ret->text, "\r\n");
    return ret->len >= PASSPHRASE_MIN
               ? CUSTODY_OK
               : fail(ret_sentence, CUSTODY_ERR_INVALID,
                      "the passphrase must have at least %d bytes", PASSPHRASE_MIN);
}

/* As `init` printed it: hexadecimal digits in groups. */
static enum custody_status
read_seed(const char *path, uint8_t ret[static SEED_SIZE], char *ret_sentence)
{
    char text[256], hex[2 * SEED_SIZE];
    size_t len = 0, digits = 0;
    enum custody_status status =
        read_private(path, (uint8_t *)text, sizeof(text), &len, ret_sentence);
    for (size_t i = 0; i < len && status == CUSTODY_OK; i++) {
        if (isspace((unsigned char)text[i])) {
            continue;
        }
        if (digits < sizeof(hex)) {
            hex[digits] = (char)tolower((unsigned char)text[i]);
        }
        digits++;
    }
    if (status == CUSTODY_OK &&
        (digits != sizeof(hex) || !bytes_parse_hex(span_of(hex, sizeof(hex)), ret, SEED_SIZE))) {
        status = fail(ret_sentence, CUSTODY_ERR_INVALID,
                      "%s: expected a root key's seed, 64 hexadecimal digits", path);
    }
    digest_wipe(text, sizeof(text));
    digest_wipe(hex, sizeof(hex));
    return status;
}

/* --- words --------------------------------------------------------------------------------- */

static void print_time(FILE *out, int64_t at_us)
{
    char text[32];
    struct tm utc;
    time_t seconds = (time_t)(at_us / 1000000);
    gmtime_r(&seconds, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(out, "%s", text);
}

static void print_digest(FILE *out, const struct digest *digest)
{
    char hex[2 * DIGEST_SIZE + 1];
    bytes_write_hex(span_of(digest->bytes, DIGEST_SIZE), hex);
    fprintf(out, "%s", hex);
}

/* --- backup -------------------------------------------------------------------------------- */

static char *print_settings(const struct config *config, size_t *ret_len)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, ret_len);
    if (file == NULL) {
        return NULL;
    }
    config_print(config, file);
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static bool is_standard_output(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static void print_backup(const struct backup_report *report, const struct upkeep_options *options)
{
    /* Standard output has the file then. */
    FILE *out = is_standard_output(options->output) ? stderr : stdout;
    fprintf(out,
            "Backed up %" PRIu64 " entries (%" PRIu64 " new) and %" PRIu64 " records (%" PRIu64
            " new) in %s: %.1f MiB written, all of it read back and verified. Root ",
            report->entries, report->new_entries, report->records, report->new_records,
            options->place, (double)report->new_bytes / (1 << 20));
    print_digest(out, &report->root);
    fprintf(out, "; last entry %" PRIu64 " of ", report->entries - 1);
    print_time(out, report->last_recorded_at_us);
    fprintf(out, ", leaf ");
    print_digest(out, &report->last_leaf);
    fprintf(out, ".\n");
    if (options->output != NULL && out == stdout) {
        printf("Packed as %s, read back and verified.\n", options->output);
    }
}

/* The place as one file, or as a stream that whoever reads it has to keep whole. */
static enum custody_status
pack(const struct upkeep_options *options, struct span passphrase, char *ret_sentence)
{
    if (options->output == NULL) {
        return CUSTODY_OK;
    }
    return is_standard_output(options->output)
               ? tape_write(options->place, stdout, ret_sentence)
               : tape_make(options->place, options->output, passphrase, ret_sentence);
}

/* When it was, for doctor and for the daemon. */
static enum custody_status remember(const struct upkeep_options *options,
                                    const char *what,
                                    uint64_t entries,
                                    char *ret_sentence)
{
    struct backup_mark mark = {.at_us = clock_wall_us(), .entries = entries};
    char *place = realpath(options->place, NULL);
    snprintf(mark.place, sizeof(mark.place), "%.*s", (int)sizeof(mark.place) - 1,
             place == NULL ? options->place : place);
    free(place);
    enum custody_status status = backup_mark_write(options->ledger.data, what, &mark);
    return status == CUSTODY_OK ? status
                                : fail(ret_sentence, status, "%s/last-%s cannot be written",
                                       options->ledger.data, what);
}

enum custody_status upkeep_backup(const struct upkeep_options *options,
                                  char ret_sentence[static UPKEEP_SENTENCE])
{
    struct passphrase passphrase = {0};
    struct ledger_keys keys = {0};
    struct backup_report report;
    struct keyring keyring = {0};
    uint8_t secret[HOLDINGS_SECRET_MAX];
    size_t secret_len = 0, settings_len = 0;
    if (is_standard_output(options->output) && isatty(STDOUT_FILENO) == 1) {
        return fail(ret_sentence, CUSTODY_ERR_INVALID,
                    "-o - writes a file to standard output, which is a terminal");
    }
    char *settings = print_settings(options->config, &settings_len);
    enum custody_status status = CUSTODY_ERR_MEMORY;
    if (settings != NULL) {
        status = read_private(options->ledger.key_file, secret, sizeof(secret), &secret_len,
                              ret_sentence);
    }
    if (status == CUSTODY_OK &&
        ledger_keys_parse(span_of(secret, secret_len), &keys) != CUSTODY_OK) {
        status = fail(ret_sentence, CUSTODY_ERR_INVALID, "%s is not a key file",
                      options->ledger.key_file);
    }
    if (status == CUSTODY_OK) {
        status = rotate_read_keyring(&options->ledger, &keys, &keyring);
        if (status != CUSTODY_OK) {
            fail(ret_sentence, status, "the ledger in %s cannot be read", options->ledger.data);
        }
    }
    if (status == CUSTODY_OK) {
        status = read_passphrase(options, true, &passphrase, ret_sentence);
    }
    if (status == CUSTODY_OK) {
        const struct backup_options making = {
            .data = options->ledger.data,
            .map_size = options->ledger.map_size,
            .place = options->place,
            .origin = keys.origin,
            .ledger_key = keys.public_key,
            .keyring = &keyring,
            .secret = span_of(secret, secret_len),
            .configuration = span_of(settings, settings_len),
            .passphrase = span_of(passphrase.text, passphrase.len),
            .is_quick = keys.is_demonstration,
            .now_us = clock_wall_us(),
            .progress = options->progress,
            .context = options->context,
        };
        status = backup_make(&making, &report);
        if (status != CUSTODY_OK) {
            memcpy(ret_sentence, report.sentence, sizeof(report.sentence));
        }
    }
    if (status == CUSTODY_OK) {
        status = remember(options, "backup", report.entries, ret_sentence);
    }
    if (status == CUSTODY_OK) {
        status = pack(options, span_of(passphrase.text, passphrase.len), ret_sentence);
    }
    if (status == CUSTODY_OK) {
        print_backup(&report, options);
    }
    digest_wipe(secret, sizeof(secret));
    digest_wipe(&passphrase, sizeof(passphrase));
    ledger_keys_done(&keys);
    free(settings);
    return status;
}

/* --- restore ------------------------------------------------------------------------------- */

static void print_restored(const struct recover_report *report, const char *what)
{
    printf("%s %s from the backup of ", what, report->origin);
    print_time(stdout, report->made_at_us);
    printf(": %" PRIu64 " entries, all verified, look-ups made anew. Root ", report->entries);
    print_digest(stdout, &report->root);
    printf("; last entry %" PRIu64 " of ", report->entries - 1);
    print_time(stdout, report->last_recorded_at_us);
    printf(", leaf ");
    print_digest(stdout, &report->last_leaf);
    printf(".\n");
}

static void print_successor(const struct recover_report *report, const char *card)
{
    print_restored(report, "Founded the successor");
    if (report->newest_size > report->entries) {
        printf("Lost with the predecessor: %" PRIu64
               " entries that it had published after this backup.\n",
               report->newest_size - report->entries);
    }
    printf(
        "Start it with `custodyd run`, then give the devices the card %s: with `custody move %s` "
        "each of them checks its\nreceipts and sends again what this ledger lacks. Admins and "
        "the bureau first: what they enrol, others need.\n",
        card, card);
}

static enum custody_status restore_successor(const struct upkeep_options *options,
                                             const struct recover_options *given,
                                             struct recover_report *report,
                                             char *ret_sentence)
{
    uint8_t seeds[2][SEED_SIZE], note[CHECKPOINT_SIZE_MAX];
    struct recover_options recover = *given;
    size_t len = 0;
    enum custody_status status = CUSTODY_OK;
    for (int i = 0; i < 2 && status == CUSTODY_OK; i++) {
        recover.root_seeds[i] = seeds[i];
        status = options->root_key_files[i] == NULL
                     ? fail(ret_sentence, CUSTODY_ERR_INVALID,
                            "a successor needs both root keys: --root-key-1 and --root-key-2")
                     : read_seed(options->root_key_files[i], seeds[i], ret_sentence);
    }
    if (status == CUSTODY_OK && options->output == NULL) {
        status = fail(ret_sentence, CUSTODY_ERR_INVALID,
                      "a successor needs --output, a file for its card");
    }
    if (status == CUSTODY_OK && options->checkpoint_file != NULL) {
        status = mark_read(options->checkpoint_file, note, sizeof(note), &len);
        if (status != CUSTODY_OK) {
            fail(ret_sentence, status, "%s cannot be read", options->checkpoint_file);
        }
        recover.newest = span_of(note, len);
    }
    if (status == CUSTODY_OK) {
        recover.endpoint = options->config->endpoint;
        recover.announcements = options->config->announcements;
        recover.card_file = options->output;
        status = recover_successor(&recover, ret_sentence, report);
    }
    digest_wipe(seeds, sizeof(seeds));
    if (status == CUSTODY_OK) {
        print_successor(report, options->output);
    }
    return status;
}

enum custody_status upkeep_restore(const struct upkeep_options *options,
                                   char ret_sentence[static UPKEEP_SENTENCE])
{
    struct passphrase passphrase = {0};
    struct recover_report report;
    enum custody_status status = read_passphrase(options, false, &passphrase, ret_sentence);
    struct recover_options recover = {
        .place = options->place,
        .passphrase = span_of(passphrase.text, passphrase.len),
        .ledger = options->ledger,
        .now_us = clock_wall_us(),
        .progress = options->progress,
        .context = options->context,
    };
    if (status != CUSTODY_OK) {
        return status;
    }
    if (options->is_successor) {
        status = restore_successor(options, &recover, &report, ret_sentence);
    } else if (options->is_drill) {
        status = recover_drill(&recover, ret_sentence, &report);
        if (status == CUSTODY_OK) {
            status = remember(options, "drill", report.entries, ret_sentence);
        }
        if (status == CUSTODY_OK) {
            print_restored(&report, "Drilled a restore of");
        }
    } else {
        status = recover_same(&recover, ret_sentence, &report);
        if (status == CUSTODY_OK) {
            print_restored(&report, "Restored");
        }
    }
    digest_wipe(&passphrase, sizeof(passphrase));
    return status;
}

/* --- the ledger's key ---------------------------------------------------------------------- */

static void print_rotated(const struct rotate_report *report)
{
    if (report->was_cut_off) {
        printf("An earlier change was cut off after it stood on the ledger; the key file says so "
               "now too.\n");
    } else {
        printf("Was: %s\n", report->old_vkey);
    }
    printf("Now: %s\nIt signs heads of %" PRIu64 " entries and more. Start custodyd again; "
           "devices learn the key from the ledger by\nthemselves. Make a backup now: the ones "
           "before hold the old key. Whoever verifies with tools of their own\nneeds the new "
           "line.\n",
           report->vkey, report->size);
}

enum custody_status upkeep_rotate_key(const struct upkeep_options *options,
                                      char ret_sentence[static UPKEEP_SENTENCE])
{
    uint8_t seeds[2][SEED_SIZE];
    struct rotate_report report;
    struct rotate_options rotate = {
        .ledger = options->ledger,
        .now_us = clock_wall_us(),
        .progress = options->progress,
        .context = options->context,
    };
    enum custody_status status = CUSTODY_OK;
    for (int i = 0; i < 2 && status == CUSTODY_OK; i++) {
        rotate.root_seeds[i] = seeds[i];
        status = options->root_key_files[i] == NULL
                     ? fail(ret_sentence, CUSTODY_ERR_INVALID,
                            "the change needs both root keys: --root-key-1 and --root-key-2")
                     : read_seed(options->root_key_files[i], seeds[i], ret_sentence);
    }
    if (status == CUSTODY_OK) {
        status = rotate_ledger_key(&rotate, ret_sentence, &report);
    }
    digest_wipe(seeds, sizeof(seeds));
    if (status == CUSTODY_OK) {
        print_rotated(&report);
    }
    return status;
}
