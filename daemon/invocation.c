/* invocation.c: one table of options; words in, settings out.
 * Never acts on them. */
#include "daemon/invocation.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/logger.h"
#include "daemon/console.h"

struct option {
    const char *name;
    int commands;
    bool has_value;
    size_t offset; /* in struct invocation: of a text or of a flag */
    const char *help;
};

#define WITH(commands_, name_, member_, help_)                                                     \
    {                                                                                              \
        name_, commands_, true, offsetof(struct invocation, member_), help_                        \
    }
#define FLAG(commands_, name_, member_, help_)                                                     \
    {                                                                                              \
        name_, commands_, false, offsetof(struct invocation, member_), help_                       \
    }

static const struct option options[] = {
    WITH(INVOCATION_ALL, "config", config_file, "read this file; see custodyd.conf(5)"),
    FLAG(INVOCATION_ALL,
         "check-config",
         check_config,
         "say whether the settings are in order, then end"),
    FLAG(INVOCATION_ALL, "print-config", print_config, "print the settings as a file, then end"),
    FLAG(INVOCATION_ALL, "help", help, "this page"),
    FLAG(INVOCATION_ALL, "version", version, "which custodyd this is"),
    WITH(INVOCATION_INIT | INVOCATION_RUN,
         "clock-file",
         clock_file,
         "follow this file's time; demonstration only"),
    FLAG(INVOCATION_RUN,
         "clock-is-right",
         clock_is_right,
         "start though the newest entry is a year old"),
    WITH(INVOCATION_INIT,
         "origin",
         origin,
         "name of the ledger, e.g. ledger.linzhi.example/custody"),
    WITH(INVOCATION_INIT, "division", division, "division it serves, six digits"),
    WITH(INVOCATION_INIT,
         "utc-offset",
         utc_offset,
         "minutes that its civil time is ahead of UTC (480)"),
    WITH(INVOCATION_INIT, "regulator", regulator, "the first regulator, scheme:value"),
    WITH(INVOCATION_INIT, "regulator-name", regulator_name, "its name, kept in the annex"),
    WITH(INVOCATION_INIT, "regulator-division", regulator_division, "its division (the ledger's)"),
    WITH(INVOCATION_INIT,
         "invitation-days",
         invitation_days,
         "days the invitation is good for (30)"),
    WITH(INVOCATION_INIT | INVOCATION_BACKUP | INVOCATION_RESTORE,
         "output",
         output,
         "write the invitation, a backup as one file, a successor's card, here (-o)"),
    FLAG(INVOCATION_INIT,
         "demonstration",
         demonstration,
         "a ledger for trying out, marked as one for ever"),
    FLAG(INVOCATION_AUDIT,
         "no-signatures",
         no_signatures,
         "do not verify every statement's signature"),
    WITH(INVOCATION_AUDIT,
         "since",
         since,
         "look only at what came after the checkpoint in this file"),
    WITH(INVOCATION_AUDIT, "tiles", tiles, "look at this export instead of the ledger"),
    WITH(INVOCATION_AUDIT,
         "ledger",
         ledger_vkey,
         "of --tiles: the ledger's key, name+id+key (the key file's)"),
    FLAG(INVOCATION_AUDIT | INVOCATION_EXPORT,
         "no-entries",
         no_entries,
         "hash tiles alone: the public form"),
    FLAG(INVOCATION_REBUILD,
         "ahead",
         ahead,
         "beside a daemon of an older format, before it is replaced"),
    FLAG(INVOCATION_RESTORE,
         "drill",
         drill,
         "restore beside, verify, remove again; nothing is put in place"),
    FLAG(INVOCATION_RESTORE,
         "successor",
         successor,
         "after a loss: go on as the ledger's successor"),
    WITH(INVOCATION_RESTORE | INVOCATION_ROTATE,
         "root-key-1",
         root_key_1,
         "file with a root key's seed, mode 0600"),
    WITH(INVOCATION_RESTORE | INVOCATION_ROTATE,
         "root-key-2",
         root_key_2,
         "file with the other root key's seed"),
    FLAG(INVOCATION_RETENTION, "list", list, "a line for each record instead, tab-separated"),
    WITH(INVOCATION_RESTORE,
         "checkpoint",
         checkpoint,
         "newest checkpoint known of the lost ledger, if the mark is gone"),
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

void invocation_print_options(int command)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if ((options[i].commands & command) != 0) {
            printf("  --%-17s %s\n", options[i].name, options[i].help);
        }
    }
    printf("\nSettings, also in the file without the dashes:\n");
    config_print_options(stdout);
}

bool invocation_take(struct invocation *invocation, int command, char ***argv)
{
    const char *word = *(*argv)++;
    if ((command & INVOCATION_PLACED) != 0 && word[0] != '-' && invocation->place == NULL) {
        invocation->place = word;
        return true;
    }
    if (strcmp(word, "-o") == 0) {
        word = "--output";
    } else if (strcmp(word, "-h") == 0) {
        word = "--help";
    }
    if (strncmp(word, "--", 2) != 0) {
        console_usage("not an option", word);
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
        console_usage("this command has no such option", word);
        return false;
    }
    if (option != NULL && !option->has_value) {
        if (value != NULL) {
            console_usage("this option takes no value", name);
            return false;
        }
        *(bool *)((char *)invocation + option->offset) = true;
        return true;
    }
    if (value == NULL) {
        value = **argv;
        if (value == NULL) {
            console_usage("this option needs a value", word);
            return false;
        }
        (*argv)++;
    }
    if (option != NULL) {
        memcpy((char *)invocation + option->offset, &value, sizeof(value));
        return true;
    }
    struct config_fault fault;
    if (!config_set(&invocation->config, name, value, &fault)) {
        console_usage(fault.sentence, "");
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

int invocation_read_settings(struct invocation *invocation)
{
    static char text[CONFIG_FILE_MAX];
    struct config_fault fault;
    const char *path = invocation->config_file;
    if (path != NULL) {
        if (!read_file(path, text)) {
            return EXIT_USAGE;
        }
        if (!config_parse(&invocation->config, text, &fault)) {
            fprintf(stderr, "%s:%d: %s\n", path, fault.line, fault.sentence);
            return EXIT_USAGE;
        }
    }
    if (!config_check(&invocation->config, &fault)) {
        return console_usage(fault.sentence, "");
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
        if (strcmp(levels[i].name, invocation->config.level) == 0) {
            logger_set_level(levels[i].level);
        }
    }
    return 0;
}

struct ledger_options invocation_ledger(const struct config *config)
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

const char *invocation_metrics_file(const struct config *config)
{
    return strcmp(config->metrics_file, "none") == 0 ? NULL : config->metrics_file;
}

bool invocation_is_owners(const struct config *config)
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

bool invocation_is_sandboxed(const struct config *config)
{
    return strcmp(config->sandbox, "on") == 0;
}

unsigned invocation_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > 64 ? 64 : (unsigned)count;
}
