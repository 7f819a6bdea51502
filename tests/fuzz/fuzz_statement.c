/* fuzz_statement.c: whatever parses as a statement has a header that is written back the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t signature[SIGNATURE_SIZE] = {1};
    struct statement statement;
    const char *field = NULL;
    uint8_t header[STATEMENT_HEADER_SIZE];
    enum statement_verdict verdict = statement_parse(span_of(data, size), &statement, &field);
    require((verdict == STATEMENT_NOT_ONE) == (field != NULL));
    if (verdict != STATEMENT_OK)
        return 0;
    require(statement.body.len + STATEMENT_HEADER_SIZE == size);
    statement_write_header(&statement.header, header);
    require(memcmp(header, data, sizeof(header)) == 0);
    struct digest origin = statement.header.origin;
    require(statement_verify(span_of(data, size), signature, &origin, &statement, &field) ==
            STATEMENT_BAD_SIGNATURE);
    return 0;
}
