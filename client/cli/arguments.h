/* arguments.h: a command line taken apart: options with their values, and the words that are none.
 * Never knows which options a command has; it only asks which ones take no value. */
#ifndef CUSTODY_CLIENT_CLI_ARGUMENTS_H
#define CUSTODY_CLIENT_CLI_ARGUMENTS_H

#include <custody/client.h>

enum { ARGUMENTS_MAX = 1024 };

struct argument {
    const char *name;  /* without the dashes; NULL for a word */
    const char *value; /* NULL: none was given */
    bool is_used;
};

struct arguments {
    size_t count;
    struct argument all[ARGUMENTS_MAX];
    char *memory; /* the names, with '-' turned into '_' */
};

/* Does the option stand alone? Such a one takes a following word as its value only when that is true, false, yes or no. */
typedef bool arguments_is_flag(const void *context, const char *name);

/* `--name value`, `--name=value`, `-o value`; `-` alone is a word, and so is all after `--`. Borrows from argv. */
CUSTODY_CHECK enum custody_status arguments_parse(int argc,
                                                  char **argv,
                                                  arguments_is_flag *is_flag,
                                                  const void *context,
                                                  struct arguments *ret,
                                                  struct custody_problem *problem);
void arguments_done(struct arguments *arguments);
/* Was the option given? */
bool arguments_has(const struct arguments *arguments, const char *name);
/* One more option, as if it had been given last; borrows both texts. False when there are too many. */
CUSTODY_CHECK bool arguments_add(struct arguments *arguments, const char *name, const char *value);
/* The option's value, and mark it as used; NULL when it is not there. The last one counts. */
const char *arguments_take(struct arguments *arguments, const char *name);
bool arguments_take_flag(struct arguments *arguments, const char *name);
/* The next word, or NULL. */
const char *arguments_take_word(struct arguments *arguments);
/* ERR_INVALID naming the first that nobody took. */
CUSTODY_CHECK enum custody_status arguments_check_used(const struct arguments *arguments,
                                                       struct custody_problem *problem);

#endif
