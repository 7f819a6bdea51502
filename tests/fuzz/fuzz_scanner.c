/* fuzz_scanner.c: a line of a scanner or a scale: whatever it is, what comes out is bounded, ended, and fit for what its word says. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/scanner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scanner_line line;
    char *text = malloc(size + 1);
    require(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    scanner_read(text, &line);
    require(memchr(line.code, '\0', sizeof(line.code)) != NULL);
    require(memchr(line.party, '\0', sizeof(line.party)) != NULL);
    require((line.word == SCANNER_CODE || line.word == SCANNER_BOX) ==
            (line.code[0] != '\0' && line.word != SCANNER_BAD));
    require(line.word != SCANNER_MASS || line.mass_g > 0);
    free(text);
    return 0;
}
