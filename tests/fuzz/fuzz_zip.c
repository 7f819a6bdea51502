/* fuzz_zip.c: a file that claims to be a ZIP file of ours: what is taken has the very bytes that its members would be written as. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/zip.h"

enum { MEMBERS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zip_member members[MEMBERS];
    struct custody_problem problem;
    size_t count = 0;
    if (zip_parse(span_of(data, size), members, MEMBERS, &count, &problem) != CUSTODY_OK)
        return 0;
    uint8_t *again = malloc(size);
    if (again == NULL || zip_size(members, count) != size)
        abort();
    zip_write(members, count, again);
    if (memcmp(again, data, size) != 0)
        abort();
    free(again);
    return 0;
}
