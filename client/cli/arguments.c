/* arguments.c: a command line taken apart.
 * Never knows which options a command has. */
#include "client/cli/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/problem.h"

static bool is_truth(const char *word)
{
    return strcmp(word, "true") == 0 || strcmp(word, "false") == 0 || strcmp(word, "yes") == 0 ||
           strcmp(word, "no") == 0;
}

/* Is this an option? "-o" is, "-" and "-18C" are not. */
static bool is_option(const char *word)
{
    if (word[0] != '-' || word[1] == '\0')
        return false;
    return word[1] == '-' || (word[1] >= 'a' && word[1] <= 'z' && word[2] == '\0');
}

static size_t total_length(int argc, char **argv)
{
    size_t len = 1;
    for (int i = 0; i < argc; i++)
        len += strlen(argv[i]) + 1;
    return len;
}

/* The name in `memory`, dashes as underscores; what is behind '=' goes to `*ret_value`. */
static const char *take_name(char **memory, const char *word, const char **ret_value)
{
    const char *from = word + (word[1] == '-' ? 2 : 1);
    const char *equals = strchr(from, '=');
    size_t len = equals == NULL ? strlen(from) : (size_t)(equals - from);
    char *name = *memory;
    for (size_t i = 0; i < len; i++)
        name[i] = from[i] == '-' ? '_' : from[i];
    name[len] = '\0';
    *memory += len + 1;
    *ret_value = equals == NULL ? NULL : equals + 1;
    return name;
}

enum custody_status arguments_parse(int argc,
                                    char **argv,
                                    arguments_is_flag *is_flag,
                                    const void *context,
                                    struct arguments *ret,
                                    struct custody_problem *problem)
{
    char *memory = malloc(total_length(argc, argv));
    bool is_rest = false;
    ret->count = 0;
    ret->memory = memory;
    if (memory == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "arguments", NULL, "nothing left");
    for (int i = 0; i < argc; i++) {
        struct argument argument = {.value = argv[i]};
        if (ret->count == ARGUMENTS_MAX)
            return problem_set(problem, CUSTODY_ERR_INVALID, "arguments",
                               "fewer; use custody submit for many", "%d", argc);
        if (!is_rest && strcmp(argv[i], "--") == 0) {
            is_rest = true;
            continue;
        }
        if (!is_rest && is_option(argv[i])) {
            argument.name = take_name(&memory, argv[i], &argument.value);
            bool is_alone = is_flag != NULL && is_flag(context, argument.name);
            bool has_next = i + 1 < argc && !is_option(argv[i + 1]);
            if (argument.value == NULL && has_next && (!is_alone || is_truth(argv[i + 1])))
                argument.value = argv[++i];
            if (argument.value == NULL && !is_alone)
                return problem_set(problem, CUSTODY_ERR_INVALID, argument.name,
                                   "a value after the option", "nothing");
        }
        ret->all[ret->count++] = argument;
    }
    return CUSTODY_OK;
}

void arguments_done(struct arguments *arguments)
{
    free(arguments->memory);
    arguments->memory = NULL;
    arguments->count = 0;
}

static struct argument *find_last(struct arguments *arguments, const char *name)
{
    struct argument *found = NULL;
    for (size_t i = 0; i < arguments->count; i++) {
        struct argument *argument = &arguments->all[i];
        if (argument->name != NULL && strcmp(argument->name, name) == 0) {
            argument->is_used = true;
            found = argument;
        }
    }
    return found;
}

bool arguments_has(const struct arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->count; i++)
        if (arguments->all[i].name != NULL && strcmp(arguments->all[i].name, name) == 0)
            return true;
    return false;
}

bool arguments_add(struct arguments *arguments, const char *name, const char *value)
{
    if (arguments->count == ARGUMENTS_MAX)
        return false;
    arguments->all[arguments->count++] = (struct argument){.name = name, .value = value};
    return true;
}

const char *arguments_take(struct arguments *arguments, const char *name)
{
    const struct argument *argument = find_last(arguments, name);
    return argument == NULL ? NULL : argument->value;
}

bool arguments_take_flag(struct arguments *arguments, const char *name)
{
    const struct argument *argument = find_last(arguments, name);
    return argument != NULL && (argument->value == NULL || strcmp(argument->value, "true") == 0 ||
                                strcmp(argument->value, "yes") == 0);
}

const char *arguments_take_word(struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++) {
        struct argument *argument = &arguments->all[i];
        if (argument->name == NULL && !argument->is_used) {
            argument->is_used = true;
            return argument->value;
        }
    }
    return NULL;
}

enum custody_status arguments_check_used(const struct arguments *arguments,
                                         struct custody_problem *problem)
{
    for (size_t i = 0; i < arguments->count; i++) {
        const struct argument *argument = &arguments->all[i];
        if (!argument->is_used)
            return problem_set(problem, CUSTODY_ERR_INVALID,
                               argument->name == NULL ? "arguments" : argument->name,
                               "an option or word of this command", "%s",
                               argument->value == NULL ? "an unknown option" : argument->value);
    }
    return CUSTODY_OK;
}
