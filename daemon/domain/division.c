/* division.c: administrative divisions as six-digit numbers (GB/T 2260).
 * Never knows which divisions exist. */
#include "daemon/domain/division.h"

static bool parse_digits(struct span text, uint32_t *ret)
{
    uint32_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(text.data[i] - '0');
    }
    *ret = number;
    return true;
}

uint32_t division_parse(struct span text)
{
    uint32_t number = 0;
    if (text.len != 6 || text.data[0] == '0' || !parse_digits(text, &number))
        return 0;
    return number;
}

void division_range(uint32_t wider, uint32_t *ret_first, uint32_t *ret_last)
{
    *ret_first = wider;
    if (wider % 10000 == 0)
        *ret_last = wider + 9999;
    else if (wider % 100 == 0)
        *ret_last = wider + 99;
    else
        *ret_last = wider;
}

bool division_covers(uint32_t wider, uint32_t narrower)
{
    if (wider < 100000 || wider > 999999)
        return false;
    uint32_t first;
    uint32_t last;
    division_range(wider, &first, &last);
    return narrower >= first && narrower <= last;
}

bool division_parse_prefix(struct span text, uint32_t *ret_first, uint32_t *ret_last)
{
    uint32_t number = 0;
    if (text.len != 2 && text.len != 4 && text.len != 6)
        return false;
    if (text.data[0] == '0' || !parse_digits(text, &number))
        return false;
    for (size_t len = text.len; len < 6; len += 2)
        number *= 100;
    division_range(number, ret_first, ret_last);
    return true;
}
