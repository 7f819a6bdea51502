/* pages.c: a listing, whose answer comes in pages.
 * Never looks into a row. */
#include "client/cli/pages.h"

#include <stdlib.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"

static int fail_for_memory(struct pages *pages)
{
    problem_set(&pages->context->client->problem, CUSTODY_ERR_MEMORY, "page", NULL, "nothing left");
    return command_fail(pages->context);
}

void pages_begin(struct pages *pages,
                 struct command_context *context,
                 struct arguments *arguments,
                 const char *word_field,
                 const char *const *lists)
{
    *pages = (struct pages){.context = context, .lists = lists};
    pages->code = command_ask(context, arguments, word_field, &pages->request, &pages->first);
    for (size_t i = 0; pages->code == 0 && context->output.is_json && lists[i] != NULL; i++) {
        pages->gathered[i].file = open_memstream(&pages->gathered[i].text, &pages->gathered[i].len);
        if (pages->gathered[i].file == NULL)
            pages->code = fail_for_memory(pages);
    }
}

/* As text, which takes a small part of the memory that values take. */
static bool gather(struct pages *pages)
{
    if (!pages->context->output.is_json)
        return true;
    json_t *json = reflect_to_json(pages->page);
    bool is_well = json != NULL;
    for (size_t i = 0; is_well && pages->lists[i] != NULL; i++) {
        FILE *file = pages->gathered[i].file;
        size_t index;
        json_t *row;
        json_array_foreach(json_object_get(json, pages->lists[i]), index, row)
        {
            if (pages->gathered[i].rows++ > 0)
                fputc(',', file);
            is_well = is_well && json_dumpf(row, file, JSON_COMPACT) == 0;
        }
        is_well = is_well && ferror(file) == 0;
    }
    json_decref(json);
    return is_well;
}

static bool has_rows(const struct pages *pages)
{
    for (size_t i = 0; pages->lists[i] != NULL; i++) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
            pages->page->descriptor, pages->lists[i]);
        size_t count = 0;
        if (field != NULL)
            memcpy(&count, (const char *)pages->page + field->quantifier_offset, sizeof count);
        if (count > 0)
            return true;
    }
    return false;
}

static bool is_last(const struct pages *pages)
{
    const Custody__V1__QueryOptions *options =
        (const Custody__V1__QueryOptions *)reflect_get_message(pages->request, "options");
    bool has_limit = options != NULL && options->limit != 0;
    return reflect_get_bytes(pages->page, "next_page").len == 0 || (has_limit && has_rows(pages));
}

static void drop_page(struct pages *pages)
{
    if (pages->page != pages->first)
        reflect_free(pages->page);
    pages->page = NULL;
}

bool pages_next(struct pages *pages)
{
    ProtobufCMessage *next = pages->first;
    if (pages->code != 0)
        return false;
    if (pages->page != NULL) {
        if (is_last(pages))
            return false;
        pages->code =
            command_ask_page(pages->context, pages->context->command->question, pages->request,
                             reflect_get_bytes(pages->page, "next_page"), &next);
        if (pages->code != 0)
            return false;
        drop_page(pages);
    }
    pages->page = next;
    if (!gather(pages))
        pages->code = fail_for_memory(pages);
    return pages->code == 0;
}

/* The first page without its rows, then the rows of all. */
static int write_document(struct pages *pages, json_t *more)
{
    FILE *file = pages->context->output.file;
    json_t *json = reflect_to_json(pages->first), *last = reflect_to_json(pages->page);
    json_t *next_page = json_object_get(last, "next_page");
    for (size_t i = 0; pages->lists[i] != NULL; i++)
        json_object_del(json, pages->lists[i]);
    json_object_del(json, "next_page");
    if (next_page != NULL)
        json_object_set(json, "next_page", next_page);
    if (more != NULL)
        json_object_update(json, more);
    char *text = json_dumps(json, JSON_COMPACT);
    size_t len = text == NULL ? 0 : strlen(text);
    json_decref(last);
    json_decref(json);
    if (len == 0)
        return fail_for_memory(pages);
    fwrite(text, 1, len - 1, file);
    for (size_t i = 0; pages->lists[i] != NULL; i++) {
        fprintf(file, "%s\"%s\":[", len > 2 || i > 0 ? "," : "", pages->lists[i]);
        fwrite(pages->gathered[i].text, 1, pages->gathered[i].len, file);
        fputc(']', file);
    }
    fputs("}\n", file);
    free(text);
    return 0;
}

int pages_end(struct pages *pages, json_t *more)
{
    for (size_t i = 0; i < PAGES_LISTS_MAX; i++)
        if (pages->gathered[i].file != NULL && fclose(pages->gathered[i].file) != 0 &&
            pages->code == 0)
            pages->code = fail_for_memory(pages);
    if (pages->code == 0 && pages->context->output.is_json)
        pages->code = write_document(pages, more);
    for (size_t i = 0; i < PAGES_LISTS_MAX; i++)
        free(pages->gathered[i].text);
    drop_page(pages);
    reflect_free(pages->first);
    reflect_free(pages->request);
    json_decref(more);
    return pages->code;
}
