/* fuzz_card.c: a card that is taken is written back to one that says the same; what is wrong with another is named. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[CARD_FILE_MAX], again_text[CARD_FILE_MAX];
    for (int kind = CARD_INVITATION; kind <= CARD_REQUEST; kind++) {
        struct card card, again;
        struct custody_problem problem = {0};
        if (card_parse(span_of(data, size), (enum card_kind)kind, &card, &problem) != CUSTODY_OK) {
            require(problem.status != CUSTODY_OK && problem.expected[0] != 0);
            continue;
        }
        require(card.kind == (enum card_kind)kind && card.role_count <= CARD_ROLES_MAX);
        size_t len = card_write(&card, text);
        require(len > 0);
        require(card_parse(span_of((const uint8_t *)text, len), (enum card_kind)kind, &again,
                           &problem) == CUSTODY_OK);
        require(card_write(&again, again_text) == len && memcmp(text, again_text, len) == 0);
    }
    return 0;
}
