/* main.c: custody-paper: a document as JSON on its standard input, drawn to a PDF or PNG.
 * Never asks the ledger, and holds no key: custody does, and calls this program, so that it needs no drawing libraries itself. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/paper/document.h"
#include "client/paper/label.h"
#include "client/paper/page.h"
#include "client/paper/sheet.h"
#include "client/paper/text.h"

enum { EXIT_USAGE = 2, EXIT_DRAWING = 4 };

#ifdef CUSTODY_INSTRUMENTED
/* Fontconfig keeps its lists until the process ends, and cairo does not let go of the fonts that refer to them. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}
#endif

static int usage(void)
{
    fputs("usage: custody-paper -o FILE.pdf|FILE.png [--dpi N] < DOCUMENT\n"
          "It draws what custody label, custody form and custody --paper give it.\n",
          stderr);
    return EXIT_USAGE;
}

static int draw(const json_t *document, const char *path, int dpi)
{
    const char *kind = document_text(document, "kind"), *complaint = "";
    bool is_well = false;
    if (!text_has_chinese())
        complaint = "no font with Chinese characters: install fonts-wqy-microhei";
    else if (strcmp(kind, "labels") == 0)
        is_well = label_write(document, path, dpi, &complaint);
    else if (strcmp(kind, "page") == 0)
        is_well = page_write(document, path, dpi, &complaint);
    else
        complaint = "a document is of kind labels or page";
    if (is_well && text_lacks_some())
        fprintf(stderr, "custody-paper: %s: some characters are in no installed font\n", path);
    if (!is_well)
        fprintf(stderr, "custody-paper: %s: %s\n", path, complaint);
    return is_well ? 0 : EXIT_DRAWING;
}

int main(int argc, char **argv)
{
    const char *path = NULL;
    long dpi = SHEET_DPI;
    for (int i = 1; i < argc; i += 2) {
        char *end = NULL;
        if (i + 1 == argc)
            return usage();
        if (strcmp(argv[i], "-o") == 0)
            path = argv[i + 1];
        else if (strcmp(argv[i], "--dpi") == 0)
            dpi = strtol(argv[i + 1], &end, 10);
        else
            return usage();
        if (end != NULL && (*end != '\0' || dpi < 50 || dpi > SHEET_DPI_MAX))
            return usage();
    }
    if (path == NULL)
        return usage();
    json_error_t error;
    json_t *document = json_loadf(stdin, 0, &error);
    if (document == NULL) {
        fprintf(stderr, "custody-paper: line %d: %s\n", error.line, error.text);
        return EXIT_USAGE;
    }
    int code = draw(document, path, (int)dpi);
    json_decref(document);
    return code;
}
