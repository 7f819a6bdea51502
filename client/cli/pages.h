/* pages.h: a listing, whose answer comes in pages: all of them asked for, one after the other; as JSON one document with all rows.
 * Never looks into a row.
 *
 *     pages_begin(&pages, context, arguments, NULL, lists);
 *     while (pages_next(&pages))
 *         if (!output->is_json) ... print the rows of pages.page ...
 *     if (pages.code == 0 && !output->is_json && !output->is_tsv) ... print what stands under them ...
 *     return pages_end(&pages, NULL);
 *
 * With --limit the listing is one page, and `next_page` in its JSON is what --page continues it with. */
#ifndef CUSTODY_CLIENT_CLI_PAGES_H
#define CUSTODY_CLIENT_CLI_PAGES_H

#include "client/cli/command.h"

enum { PAGES_LISTS_MAX = 3 };

struct pages {
    struct command_context *context;
    int code; /* exit code: 0 as long as all goes well */
    ProtobufCMessage *request;
    ProtobufCMessage *first; /* it alone has the totals; NULL when it did not come */
    ProtobufCMessage *page;  /* the page that pages_next came to */
    const char *const *lists;
    struct {
        FILE *file; /* rows as JSON; NULL for other forms */
        char *text;
        size_t len, rows;
    } gathered[PAGES_LISTS_MAX];
};

/* Ask for the first page, as command_ask does. `lists`: names of the repeated fields that hold rows, PAGES_LISTS_MAX at most, with
 * NULL behind the last; it must live as long as `pages`. */
void pages_begin(struct pages *pages,
                 struct command_context *context,
                 struct arguments *arguments,
                 const char *word_field,
                 const char *const *lists);
/* The first page, then the next ones. False at the end and when something went wrong (`code`). */
bool pages_next(struct pages *pages);
/* Print the JSON document, if that was asked for and all pages came; free everything. `more`, which may be NULL and is dropped: members
 * that are put into the document or replace those of the first page. Gives the exit code. */
int pages_end(struct pages *pages, json_t *more);

#endif
