/* rule.c: every rule that facts can break, found by its number.
 * Never tests a rule: the folds do. */
#include "daemon/domain/rule.h"

#include <stddef.h>

static const struct rule_row rows[] = {
#define RULE_X(number, name, edition, weight, article, zh, en)                                     \
    {number, #name, edition, weight, article, zh, en},
    RULES(RULE_X)
#undef RULE_X
};

const struct rule_row *rule_find(uint16_t number)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}
