/* import_foreign.c: custody import emanifest and bsdasri: manifests of other countries' systems.
 * Never signs for another. */
#include "client/cli/import_foreign.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/problem.h"
#include "client/exchange/bsdasri.h"
#include "client/exchange/emanifest.h"

static const struct format {
    const char *name, *number;
    json_t *(*plan)(json_t *document, struct picking_fault *ret_fault);
    json_t *(*receipt)(json_t *document, const char *manifest, struct picking_fault *ret_fault);
} formats[] = {
    {"emanifest", "manifestTrackingNumber", emanifest_plan, emanifest_receipt},
    {"bsdasri", "id", bsdasri_plan, bsdasri_receipt},
};

static const struct format *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

bool import_foreign_is_format(const char *format)
{
    return find_format(format) != NULL;
}

/* ---- reading ---- */

struct source {
    FILE *file;
    size_t taken; /* of this document */
};

static size_t take_bytes(void *buffer, size_t len, void *context)
{
    struct source *source = context;
    /* One by one: the bytes behind a document's last bracket are the next one's. */
    int c = len == 0 || source->taken == IMPORT_FOREIGN_DOCUMENT_MAX ? EOF
                                                                     : getc_unlocked(source->file);
    if (c == EOF)
        return 0;
    source->taken++;
    *(char *)buffer = (char)c;
    return 1;
}

/* Spaces, and the byte order mark that some programs write. False at the end. */
static bool skip_to_document(FILE *file)
{
    int c;
    while ((c = getc_unlocked(file)) != EOF && (isspace(c) || strchr("\xef\xbb\xbf", c) != NULL))
        continue;
    if (c == EOF)
        return false;
    ungetc(c, file);
    return true;
}

/* ---- documents ---- */

static void take_document(struct importing *importing,
                          const struct format *format,
                          const char *manifest,
                          json_t *document,
                          size_t number)
{
    struct importing_statement statement = {.line = number, .at_us = importing->context->at_us};
    struct picking_fault fault;
    struct custody_problem problem;
    const char *own = json_string_value(json_object_get(document, format->number));
    char name[IMPORTING_REF_MAX] = "";
    snprintf(name, sizeof(name), "%.60s", own == NULL ? "" : own);
    importing->rows++;
    json_object_del(document, format->number);
    bool is_plan = manifest == NULL;
    statement.act =
        is_plan ? CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST : CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT;
    statement.body =
        is_plan ? format->plan(document, &fault) : format->receipt(document, manifest, &fault);
    if (statement.body == NULL || name[0] == '\0') {
        const char *field = statement.body == NULL ? fault.field : format->number;
        problem_set(&problem, CUSTODY_ERR_INVALID, field,
                    statement.body == NULL ? fault.expected : "the document's own number",
                    "nothing");
        importing_fault(importing, number, field, &problem);
        json_decref(statement.body);
        return;
    }
    const char *const texts[] = {name, is_plan ? "" : manifest};
    importing_ref(format->name, texts, 2, statement.ref);
    leftover_add_json(&importing->not_taken, "", document);
    importing_take(importing, &statement);
}

enum custody_status import_foreign_run(struct importing *importing,
                                       FILE *file,
                                       const char *format,
                                       const char *manifest,
                                       struct custody_problem *problem)
{
    size_t number = 0, index;
    while (skip_to_document(file)) {
        struct source source = {.file = file};
        json_error_t error;
        json_t *list = json_load_callback(take_bytes, &source,
                                          JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
        json_t *document;
        if (list == NULL) {
            char at[48];
            snprintf(at, sizeof(at), "document %zu, line %d", number + 1, error.line);
            return problem_set(problem, CUSTODY_ERR_INVALID, at, "JSON of at most 4 MiB a document",
                               "%s", error.text);
        }
        if (json_is_object(list))
            list = json_pack("[o]", list);
        json_array_foreach(list, index, document)
        {
            take_document(importing, find_format(format), manifest, document, ++number);
        }
        json_decref(list);
    }
    return CUSTODY_OK;
}
