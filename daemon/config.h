/* config.h: what custodyd was told: defaults, then the file, then the command line, as one struct.
 * Never opens a file or a socket, never looks into the environment.
 *
 * Every setting stands once, in the table of config.c: its section and key in the file, `--key` (with `-` for `_`) on
 * the command line, its bounds, its default, its line in --print-config. */
#ifndef CUSTODY_CONFIG_H
#define CUSTODY_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { CONFIG_TEXT_MAX = 180, CONFIG_SETTINGS_MAX = 40, CONFIG_FILE_MAX = 64 * 1024 };

struct config {
    /* [ledger] */
    char data[CONFIG_TEXT_MAX];
    char key_file[CONFIG_TEXT_MAX];
    char mark_file[CONFIG_TEXT_MAX];
    uint64_t map_size;
    uint64_t fill_ahead;
    uint64_t disk_reserve;
    /* [listen] */
    char endpoint[CONFIG_TEXT_MAX];
    char announcements[CONFIG_TEXT_MAX];
    /* [limits] */
    uint64_t verifiers;
    uint64_t readers;
    uint64_t queue;
    uint64_t jobs;
    uint64_t user_jobs;
    uint64_t user_questions;
    uint64_t question_ms;
    uint64_t connections;
    uint64_t user_connections;
    uint64_t submit_rate;
    uint64_t submit_burst;
    uint64_t ask_rate;
    uint64_t ask_burst;
    uint64_t party_rate;
    uint64_t party_burst;
    uint64_t overlay;
    /* [backup] */
    char backup_folder[CONFIG_TEXT_MAX];
    char passphrase_file[CONFIG_TEXT_MAX];
    char export_folder[CONFIG_TEXT_MAX];
    /* [metrics] */
    char metrics_file[CONFIG_TEXT_MAX]; /* "none": no file */
    /* [log] */
    char level[CONFIG_TEXT_MAX];
    /* [process] */
    char sandbox[CONFIG_TEXT_MAX]; /* "on" or "off" */
    /* which settings the command line gave, so that the file does not replace them */
    bool is_given[CONFIG_SETTINGS_MAX];
};

/* What is wrong, for people: "limits.jobs: at least 16". */
struct config_fault {
    int line; /* in the file; 0: not there */
    char sentence[400];
};

void config_init(struct config *ret); /* the defaults */
/* The text of a file (NUL-terminated). An unknown key, a value out of bounds, a key set twice, a line that is too long:
 * false, with the first such line. */
bool config_parse(struct config *config, const char *text, struct config_fault *ret_fault);
/* One setting by the name of its option, without the dashes ("map-size"); beats the file, which may be parsed before or after.
 * False also for an option that is none. */
bool config_set(struct config *config,
                const char *option,
                const char *value,
                struct config_fault *ret_fault);
bool config_is_option(const char *option);
/* What no single setting shows: the key file within the data folder, fewer jobs than one user may have. */
bool config_check(const struct config *config, struct config_fault *ret_fault);
/* A file that config_parse reads back to the same settings. */
void config_print(const struct config *config, FILE *out);
/* `--key VALUE   what it is`, a line each. */
void config_print_options(FILE *out);

#endif
