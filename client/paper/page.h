/* page.h: A4 pages of headings, fields, tables, lines and QR codes, one below the other.
 * Never adds up or decides: what stands in the document is what is drawn.
 *
 * The document (JSON):
 *   {"kind": "page", "title": TEXT, "subtitle": TEXT, "corner": TEXT, "mark": TEXT, "footer": TEXT, "created": TIME,
 *    "blocks": [BLOCK, ...]}
 *   BLOCK = {"heading": TEXT}
 *         | {"fields": [[NAME, VALUE], ...], "columns": N}       in boxes, N of them side by side
 *         | {"table": {"heads": [TEXT, ...], "widths": [N, ...], "right": [COLUMN, ...], "rows": [[TEXT, ...], ...]}}
 *         | {"lines": [[[COLOUR, TEXT], ...], ...]}              COLOUR: plain dim good warn bad bold
 *         | {"qr": TEXT, "caption": TEXT}
 * A table may be without heads. `corner` stands at the upper right, `mark` across the top of each page, `footer` below with the page's number. `widths` are shares;
 * where there are none, the texts decide. A table that is longer than its page goes on, under its heads, on the next. */
#ifndef CUSTODY_CLIENT_PAPER_PAGE_H
#define CUSTODY_CLIENT_PAPER_PAGE_H

#include <jansson.h>
#include <stdbool.h>

/* False: a sentence is in `*ret_complaint`, static. */
bool page_write(const json_t *document, const char *path, int dpi, const char **ret_complaint);

#endif
