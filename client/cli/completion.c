/* completion.c: what a shell offers for the word that is being typed.
 * Never asks the ledger. */
#include "client/cli/completion.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/command.h"

#define OPTION_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define VALUE_LETTERS  "abcdefghijklmnopqrstuvwxyz0123456789_"

enum { OPTION_MAX = 64 };

static const char *const shared[] = {
    "--home",     "--endpoint", "--format", "--timeout", "--utc",     "--offline",   "--at",
    "--position", "--ref",      "--record", "--help",    "--version", "--clock-file"};

/* Lives until the caller frees it; NULL when memory is used up. */
static char *help_of(const struct command *command)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    if (file == NULL)
        return NULL;
    command_write_help(command, file);
    if (fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}

/* "--name" at this place of the text; its length, 0 when there is none. */
static size_t option_at(const char *text, const char *from)
{
    if (strncmp(text, "--", 2) != 0 || (text > from && strchr(" [|\n", text[-1]) == NULL))
        return 0;
    size_t len = 2 + strspn(text + 2, OPTION_LETTERS);
    return len > 2 && len < OPTION_MAX ? len : 0;
}

static void write_options(const struct command *command, FILE *file)
{
    char *help = help_of(command);
    for (const char *at = help; at != NULL && *at != '\0'; at++) {
        size_t len = option_at(at, help);
        bool is_new = len > 0;
        for (const char *before = help; is_new && before < at; before++)
            is_new = option_at(before, help) != len || strncmp(before, at, len) != 0;
        if (is_new)
            fprintf(file, "%.*s\n", (int)len, at);
    }
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        fprintf(file, "%s\n", shared[i]);
    free(help);
}

/* "a|b|c": each. What is in capitals stands for something that the user knows. */
static void write_values(const char *text, FILE *file)
{
    for (size_t len; (len = strspn(text, VALUE_LETTERS)) > 0; text += len + 1) {
        if (text[len] != '|' && text[len] != '\0' && strchr(" \n]", text[len]) == NULL)
            return;
        fprintf(file, "%.*s\n", (int)len, text);
        if (text[len] != '|')
            return;
    }
}

/* In help a repeated field has its plural, and the option may be typed without. */
static bool is_option(const char *text, size_t len, const char *option)
{
    size_t typed = strlen(option);
    return strncmp(text, option, typed) == 0 &&
           (len == typed || (len == typed + 1 && text[typed] == 's'));
}

static void write_values_of(const struct command *command, const char *option, FILE *file)
{
    char *help = help_of(command);
    if (strcmp(option, "--format") == 0)
        write_values("text|json|tsv", file);
    for (const char *at = help; at != NULL && (at = strstr(at, "\n  --")) != NULL; at++) {
        size_t len = option_at(at + 3, help);
        if (len > 0 && is_option(at + 3, len, option) && at[3 + len] == ' ')
            write_values(at + 4 + len, file);
    }
    free(help);
}

void completion_write_words(const char *const *words, size_t count, FILE *file)
{
    const struct command *command = NULL;
    const char *typed = count == 0 ? "" : words[count - 1];
    const char *before = count < 2 ? "" : words[count - 2];
    for (size_t i = 0; i + 1 < count && command == NULL; i++)
        command = command_find(words[i]);
    if (command == NULL && typed[0] == '-') {
        for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
            fprintf(file, "%s\n", shared[i]);
    } else if (command == NULL && strcmp(before, "--format") == 0) {
        write_values("text|json|tsv", file);
    } else if (command == NULL && strncmp(before, "--", 2) != 0) {
        for (command = command_table; command->name != NULL; command++)
            fprintf(file, "%s\n", command->name);
        fputs("help\n", file);
    } else if (command != NULL && typed[0] == '-') {
        write_options(command, file);
    } else if (command != NULL && strncmp(before, "--", 2) == 0) {
        write_values_of(command, before, file);
    }
}
