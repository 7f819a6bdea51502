/* rule.c: every rule that facts can break, found by its number.
 * Never tests a rule: the folds do. */
#include "proto/rule.h"

#include <stddef.h>
#include <string.h>

static const struct rule_row rows[] = {
#define RULE_X(number, name, edition, weight, row, article, zh, en)                                \
    {number, #name, edition, weight, row, article, zh, en},
    RULES(RULE_X)
#undef RULE_X
};

static const struct rule_duty duties[] = {
#define RULE_X(name, zh, en) {RULE_##name, zh, en},
    RULE_DUTIES(RULE_X)
#undef RULE_X
};

const struct rule_row *rule_find(uint16_t number)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].number == number)
            return &rows[i];
    return NULL;
}

const struct rule_row *rule_find_name(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const struct rule_duty *rule_find_duty(uint16_t number)
{
    for (size_t i = 0; i < sizeof duties / sizeof duties[0]; i++)
        if (duties[i].number == number)
            return &duties[i];
    return NULL;
}
