/* config.c: one table of settings, read by libinih, written back as the same file.
 * Never accepts a key that it does not know. */
#include "daemon/config.h"

#include <ini.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "proto/bytes.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_SIZE, KIND_WORD };

struct setting {
    const char *section;
    const char *key;
    enum kind kind;
    size_t offset;
    uint64_t least, most;
    const char *initial;
    const char *help;
    const char *const *words; /* of KIND_WORD: what it may be, NULL at the end */
};

static const char *const levels[] = {"debug", "info", "warning", "error", NULL};
static const char *const switches[] = {"on", "off", NULL};

#define TEXT(section_, key_, initial_, help_)                                                      \
    {                                                                                              \
        section_, #key_, KIND_TEXT, offsetof(struct config, key_), 0, 0, initial_, help_, NULL     \
    }
#define NUMBER(section_, key_, least_, most_, initial_, help_)                                     \
    {                                                                                              \
        section_, #key_, KIND_NUMBER, offsetof(struct config, key_), least_, most_, initial_,      \
            help_, NULL                                                                            \
    }
#define SIZE(section_, key_, least_, most_, initial_, help_)                                       \
    {                                                                                              \
        section_, #key_, KIND_SIZE, offsetof(struct config, key_), least_, most_, initial_, help_, \
            NULL                                                                                   \
    }
#define WORD(section_, key_, words_, initial_, help_)                                              \
    {                                                                                              \
        section_, #key_, KIND_WORD, offsetof(struct config, key_), 0, 0, initial_, help_, words_   \
    }

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

static const struct setting settings[] = {
    TEXT("ledger", data, "/var/lib/custodyd/ledger", "folder of journal, look-ups and annex"),
    TEXT("ledger",
         key_file,
         "/var/lib/custodyd/ledger.key",
         "the ledger's keys, mode 0600, outside data"),
    TEXT("ledger",
         mark_file,
         "/var/lib/custodyd/mark",
         "newest published checkpoint, outside data, best on another disk"),
    SIZE(
        "ledger", map_size, 16 * MIB, 64 * TIB, "1 TiB", "the most a database may grow to; sparse"),
    SIZE("ledger", fill_ahead, 0, 4 * GIB, "64 MiB", "zeros kept ahead in the journal; 0: none"),
    SIZE("ledger",
         disk_reserve,
         0,
         1 * TIB,
         "256 MiB",
         "free room below which nothing new is taken"),

    TEXT("listen", endpoint, "tcp://127.0.0.1:7401", "requests; port * takes a free one"),
    TEXT("listen",
         announcements,
         "tcp://127.0.0.1:7402",
         "new checkpoints; port * takes a free one"),

    NUMBER("limits", verifiers, 0, 64, "0", "threads that check signatures; 0: one a processor"),
    NUMBER("limits", readers, 1, 256, "4", "threads that answer questions"),
    NUMBER("limits",
           queue,
           16,
           65536,
           "4096",
           "statements that wait for a verifier, and for the writer"),
    NUMBER("limits", jobs, 16, 65536, "4096", "requests in flight, of all keys"),
    NUMBER("limits", user_jobs, 1, 65536, "512", "requests in flight, of one key"),
    NUMBER("limits", user_questions, 1, 65536, "16", "of these, questions"),
    NUMBER("limits", question_ms, 100, 60000, "4000", "milliseconds that one question may take"),
    NUMBER("limits", connections, 4, 32768, "4096", "open connections to each endpoint"),
    NUMBER("limits", user_connections, 1, 32768, "32", "open connections of one key"),
    NUMBER(
        "limits", submit_rate, 0, 1000000, "2000", "statements a second of one key; 0: no limit"),
    NUMBER("limits", submit_burst, 1, 4000000, "20000", "statements at once of one key"),
    NUMBER("limits", ask_rate, 0, 1000000, "500", "questions a second of one key; 0: no limit"),
    NUMBER("limits", ask_burst, 1, 4000000, "2000", "questions at once of one key"),
    NUMBER("limits",
           party_rate,
           0,
           1000000,
           "10000",
           "statements a second that one party's keys carry; 0: no limit"),
    NUMBER("limits", party_burst, 1, 4000000, "100000", "statements at once that they carry"),
    SIZE("limits",
         overlay,
         1 * MIB,
         16 * GIB,
         "64 MiB",
         "memory for changes not yet in the look-ups"),

    TEXT("backup",
         backup_folder,
         "/var/lib/custodyd/backup",
         "folder of backups when none is named, best on another disk"),
    TEXT("backup",
         passphrase_file,
         "/etc/custodyd/backup.passphrase",
         "their passphrase, mode 0600; not there: the terminal is asked"),
    TEXT("backup",
         export_folder,
         "/var/lib/custodyd/tiles",
         "folder of exported tiles when none is named"),
    TEXT("metrics",
         metrics_file,
         "/run/custodyd/custodyd.prom",
         "figures for Prometheus, every 15 s; none: no file"),

    WORD("log", level, levels, "info", "debug, info, warning or error"),

    WORD("process", sandbox, switches, "on", "on or off: no files and calls but its own"),
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

_Static_assert((int)SETTINGS <= (int)CONFIG_SETTINGS_MAX, "struct config must remember each");

__attribute__((format(printf, 2, 3))) static bool
fail(struct config_fault *ret_fault, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ret_fault->sentence, sizeof(ret_fault->sentence), format, arguments);
    va_end(arguments);
    return false;
}

static uint64_t *number_of(struct config *config, const struct setting *setting)
{
    return (uint64_t *)(void *)((char *)config + setting->offset);
}

static char *text_of(struct config *config, const struct setting *setting)
{
    return (char *)config + setting->offset;
}

static const struct {
    const char *name;
    unsigned shift;
} units[] = {
    {"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"T", 40}, {"G", 30}, {"M", 20}, {"K", 10},
};
enum { UNITS = sizeof(units) / sizeof(units[0]) };

/* "65536", "64 MiB", "16G". */
static bool parse_size(const char *value, uint64_t *ret)
{
    size_t digits = strspn(value, "0123456789");
    const char *unit = value + digits + strspn(value + digits, " ");
    unsigned shift = 0;
    if (*unit != '\0') {
        size_t i = 0;
        while (i < UNITS && strcmp(units[i].name, unit) != 0) {
            i++;
        }
        if (i == UNITS) {
            return false;
        }
        shift = units[i].shift;
    }
    uint64_t number = 0;
    if (!bytes_parse_decimal(span_of(value, digits), &number) || number > UINT64_MAX >> shift) {
        return false;
    }
    *ret = number << shift;
    return true;
}

static void write_size(uint64_t size, char *ret, size_t cap)
{
    for (size_t i = 0; i < UNITS / 2; i++) {
        if (size != 0 && size % (UINT64_C(1) << units[i].shift) == 0) {
            snprintf(ret, cap, "%" PRIu64 " %s", size >> units[i].shift, units[i].name);
            return;
        }
    }
    snprintf(ret, cap, "%" PRIu64, size);
}

static bool put_number(struct config *config,
                       const struct setting *setting,
                       const char *value,
                       struct config_fault *ret_fault)
{
    bool is_size = setting->kind == KIND_SIZE;
    char least[32];
    char most[32];
    uint64_t number = 0;
    bool is_number =
        is_size ? parse_size(value, &number) : bytes_parse_decimal(span_text(value), &number);
    if (is_number && number >= setting->least && number <= setting->most) {
        *number_of(config, setting) = number;
        return true;
    }
    write_size(setting->least, least, sizeof(least));
    write_size(setting->most, most, sizeof(most));
    if (!is_size) {
        snprintf(least, sizeof(least), "%" PRIu64, setting->least);
        snprintf(most, sizeof(most), "%" PRIu64, setting->most);
    }
    return fail(ret_fault, "%s.%s: expected a %s from %s to %s, got \"%s\"", setting->section,
                setting->key, is_size ? "size like 64 MiB" : "number", least, most, value);
}

static bool is_one_of(const char *const *words, const char *value)
{
    while (*words != NULL && strcmp(*words, value) != 0) {
        words++;
    }
    return *words != NULL;
}

/* libinih takes spaces at the ends away, and what stands behind a semicolon after a space or at the beginning. */
static bool is_whole_in_a_file(const char *value)
{
    return value[0] != ' ' && value[0] != ';' && value[strlen(value) - 1] != ' ' &&
           strstr(value, " ;") == NULL;
}

static bool put_text(struct config *config,
                     const struct setting *setting,
                     const char *value,
                     struct config_fault *ret_fault)
{
    size_t len = strlen(value);
    if (len == 0 || len >= CONFIG_TEXT_MAX) {
        return fail(ret_fault, "%s.%s: expected 1 to %d bytes, got %zu", setting->section,
                    setting->key, CONFIG_TEXT_MAX - 1, len);
    }
    if (!bytes_is_printable(span_of(value, len))) {
        return fail(ret_fault, "%s.%s: is not printable UTF-8", setting->section, setting->key);
    }
    if (!is_whole_in_a_file(value)) {
        return fail(ret_fault, "%s.%s: no file could hold this value: spaces at an end, or ;",
                    setting->section, setting->key);
    }
    if (setting->kind == KIND_WORD && !is_one_of(setting->words, value)) {
        return fail(ret_fault, "%s.%s: expected %s, got \"%s\"", setting->section, setting->key,
                    setting->help, value);
    }
    memset(text_of(config, setting), 0, CONFIG_TEXT_MAX);
    memcpy(text_of(config, setting), value, len);
    return true;
}

static bool put(struct config *config,
                const struct setting *setting,
                const char *value,
                struct config_fault *ret_fault)
{
    switch (setting->kind) {
    case KIND_TEXT:
    case KIND_WORD:
        return put_text(config, setting, value, ret_fault);
    case KIND_NUMBER:
    case KIND_SIZE:
        return put_number(config, setting, value, ret_fault);
    }
    return false;
}

void config_init(struct config *ret)
{
    struct config_fault fault;
    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < SETTINGS; i++) {
        put(ret, &settings[i], settings[i].initial, &fault);
    }
}

/* --- the file ------------------------------------------------------------------------------ */

/* libinih asks for one line after the other, so the line of a complaint is the one given last. */
struct reading {
    struct config *config;
    const char *rest;
    int line;
    struct config_fault fault; /* line 0: none yet */
    bool is_seen[SETTINGS];
};

static void complain(struct reading *reading, const struct config_fault *fault)
{
    if (reading->fault.line == 0) {
        reading->fault = *fault;
        reading->fault.line = reading->line;
    }
}

static int take(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;
    struct config_fault fault = {0};
    bool is_taken = false;
    size_t i = 0;
    while (i < SETTINGS &&
           (strcmp(settings[i].section, section) != 0 || strcmp(settings[i].key, key) != 0)) {
        i++;
    }
    if (i == SETTINGS) {
        fail(&fault, "there is no key \"%s\" in section [%s]", key, section);
    } else if (reading->is_seen[i]) {
        fail(&fault, "%s.%s: set twice", section, key);
    } else {
        reading->is_seen[i] = true;
        struct config scratch = *reading->config;
        struct config *into = reading->config->is_given[i] ? &scratch : reading->config;
        is_taken = put(into, &settings[i], value, &fault);
    }
    if (!is_taken) {
        complain(reading, &fault);
    }
    return is_taken;
}

/* An ini_reader: the next line, NULL at the end or after a complaint. Of a line that does not fit libinih would take
 * the rest for a line of its own. */
static char *next_line(char *ret, int cap, void *context)
{
    enum { LINE_MAX_BYTES = 190 };
    struct reading *reading = context;
    struct config_fault fault = {0};
    size_t len = strcspn(reading->rest, "\n");
    bool has_end = reading->rest[len] == '\n';
    if (reading->fault.line != 0 || (len == 0 && !has_end)) {
        return NULL;
    }
    reading->line++;
    if (len > LINE_MAX_BYTES || len + 2 > (size_t)cap) {
        fail(&fault, "the line has %zu bytes, more than %d", len, LINE_MAX_BYTES);
        complain(reading, &fault);
        return NULL;
    }
    memcpy(ret, reading->rest, len + has_end);
    ret[len + has_end] = '\0';
    reading->rest += len + has_end;
    return ret;
}

bool config_parse(struct config *config, const char *text, struct config_fault *ret_fault)
{
    struct reading reading = {.config = config, .rest = text};
    *ret_fault = (struct config_fault){0};
    int line = ini_parse_stream(next_line, &reading, take, &reading);
    if (line == 0 && reading.fault.line == 0) {
        return true;
    }
    *ret_fault = reading.fault;
    /* libinih's own complaint has no words; it counts when it came first. */
    if (line != 0 && (reading.fault.line == 0 || line < reading.fault.line)) {
        ret_fault->line = line > 0 ? line : 0;
        return fail(ret_fault, "expected [section] or key = value");
    }
    return false;
}

/* --- the command line ---------------------------------------------------------------------- */

/* "map-size" is the option of map_size. */
static const struct setting *find_option(const char *option)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const char *a = settings[i].key;
        const char *b = option;
        while (*a != '\0' && (*a == *b || (*a == '_' && *b == '-'))) {
            a++;
            b++;
        }
        if (*a == '\0' && *b == '\0') {
            return &settings[i];
        }
    }
    return NULL;
}

bool config_is_option(const char *option)
{
    return find_option(option) != NULL;
}

bool config_set(struct config *config,
                const char *option,
                const char *value,
                struct config_fault *ret_fault)
{
    *ret_fault = (struct config_fault){0};
    const struct setting *setting = find_option(option);
    if (setting == NULL) {
        return fail(ret_fault, "there is no option --%s", option);
    }
    config->is_given[setting - settings] = true;
    return put(config, setting, value, ret_fault);
}

static bool is_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/') {
        len--;
    }
    return strncmp(path, folder, len) == 0 &&
           (path[len] == '/' || path[len] == '\0' || folder[len - 1] == '/');
}

bool config_check(const struct config *config, struct config_fault *ret_fault)
{
    *ret_fault = (struct config_fault){0};
    if (is_within(config->key_file, config->data)) {
        return fail(ret_fault, "ledger.key_file: must lie outside ledger.data, or a copy of the "
                               "data would be a copy of the key");
    }
    if (is_within(config->mark_file, config->data)) {
        return fail(ret_fault, "ledger.mark_file: must lie outside ledger.data, or it would be "
                               "rolled back together with it");
    }
    if (is_within(config->backup_folder, config->data) ||
        is_within(config->export_folder, config->data)) {
        return fail(ret_fault,
                    "backup.%s: must lie outside ledger.data, or it would be lost "
                    "together with it",
                    is_within(config->backup_folder, config->data) ? "backup_folder"
                                                                   : "export_folder");
    }
    if (config->user_jobs > config->jobs) {
        return fail(ret_fault, "limits.user_jobs: more than limits.jobs");
    }
    if (config->user_questions > config->user_jobs) {
        return fail(ret_fault, "limits.user_questions: more than limits.user_jobs");
    }
    return true;
}

/* --- showing ------------------------------------------------------------------------------- */

void config_print(const struct config *config, FILE *out)
{
    const char *section = "";
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        struct config copy = *config;
        char number[32];
        if (strcmp(section, setting->section) != 0) {
            fprintf(out, "%s[%s]\n", section[0] == '\0' ? "" : "\n", setting->section);
            section = setting->section;
        }
        const char *value = number;
        switch (setting->kind) {
        case KIND_TEXT:
        case KIND_WORD:
            value = text_of(&copy, setting);
            break;
        case KIND_SIZE:
            write_size(*number_of(&copy, setting), number, sizeof(number));
            break;
        case KIND_NUMBER:
            snprintf(number, sizeof(number), "%" PRIu64, *number_of(&copy, setting));
            break;
        }
        fprintf(out, "%s = %s\n", setting->key, value);
    }
}

void config_print_options(FILE *out)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        char option[40];
        int len = snprintf(option, sizeof(option), "--%s", settings[i].key);
        for (int at = 0; at < len; at++) {
            option[at] = option[at] == '_' ? '-' : option[at];
        }
        fprintf(out, "  %-19s %s (%s)\n", option, settings[i].help, settings[i].initial);
    }
}
