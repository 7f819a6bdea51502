/* fuzz_fields.c: a command line of options for an act comes apart into JSON of that act's names, or its problem is named.
 *
 * The first byte says the act; the rest are the words, one a line. "@" would open files of the machine: such words are left out. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/reflect.h"
#include "client/cli/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 128 };

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* Words in place; gives how many. */
static int split(char *text, char **ret)
{
    int count = 0;
    char *rest = text, *word;
    while (count < WORDS_MAX && (word = strsep(&rest, "\n")) != NULL)
        if (strchr(word, '@') == NULL)
            ret[count++] = word;
    return count;
}

static enum custody_status complete(void *context,
                                    const char *prefix,
                                    char ret[static FIELDS_STATEMENT_TEXT_MAX],
                                    struct custody_problem *problem)
{
    (void)context;
    (void)problem;
    require(prefix != NULL);
    memset(ret, '0', FIELDS_STATEMENT_TEXT_MAX - 1);
    ret[FIELDS_STATEMENT_TEXT_MAX - 1] = 0;
    return CUSTODY_OK;
}

static void try_fields(const ProtobufCMessageDescriptor *descriptor, struct arguments *arguments)
{
    const struct fields_source source = {.descriptor = descriptor, .complete = complete};
    struct custody_problem problem = {0};
    ProtobufCMessage *message = NULL;
    json_t *json = NULL;
    enum custody_status status = fields_take(&source, arguments, &json, &problem);
    if (status != CUSTODY_OK) {
        require(problem.status == status && json == NULL);
        return;
    }
    require(json_is_object(json));
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        require(value != NULL && strlen(name) > 0);
    }
    status = reflect_from_json(descriptor, json, &message, &problem);
    require((status == CUSTODY_OK) == (message != NULL));
    reflect_free(message);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct custody_problem problem = {0};
    struct arguments arguments = {0};
    char *words[WORDS_MAX];
    const ProtobufCMessageDescriptor *descriptor = size == 0 ? NULL : body_descriptor(data[0]);
    if (descriptor == NULL)
        return 0;
    char *text = malloc(size);
    require(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    int count = split(text, words);
    if (arguments_parse(count, words, fields_is_flag, descriptor, &arguments, &problem) ==
        CUSTODY_OK) {
        require(arguments.count <= ARGUMENTS_MAX);
        try_fields(descriptor, &arguments);
    } else {
        require(problem.status != CUSTODY_OK);
    }
    arguments_done(&arguments);
    free(text);
    return 0;
}
