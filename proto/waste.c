/* waste.c: waste codes, patterns over them, and comparing masses; integers only.
 * Never knows which codes exist. */
#include "proto/waste.h"

enum { CODE_LEN = 10, CATEGORY_AT = 8, CATEGORY_LEN = 4 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The first `len` characters could begin a code. */
static bool begins_a_code(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_dash = i == 3 || i == 7;
        if (is_dash ? text[i] != '-' : !is_digit(text[i]))
            return false;
    }
    return true;
}

static bool is_category(struct span pattern)
{
    return pattern.len == CATEGORY_LEN && pattern.data[0] == 'H' && pattern.data[1] == 'W' &&
           is_digit(pattern.data[2]) && is_digit(pattern.data[3]);
}

static bool is_prefix(struct span pattern)
{
    return pattern.len >= 2 && pattern.len <= CODE_LEN && pattern.data[pattern.len - 1] == '*' &&
           begins_a_code(pattern.data, pattern.len - 1);
}

bool waste_is_code(struct span code)
{
    return code.len == CODE_LEN && begins_a_code(code.data, CODE_LEN);
}

bool waste_is_pattern(struct span pattern)
{
    return waste_is_code(pattern) || is_category(pattern) || is_prefix(pattern);
}

bool waste_covers(struct span pattern, struct span code)
{
    if (!waste_is_code(code))
        return false;
    if (is_category(pattern))
        return memcmp(pattern.data + 2, code.data + CATEGORY_AT, 2) == 0;
    if (is_prefix(pattern))
        return memcmp(pattern.data, code.data, pattern.len - 1) == 0;
    return span_is_equal(pattern, code);
}

bool waste_covers_pattern(struct span wider, struct span narrower)
{
    if (waste_is_code(narrower))
        return waste_covers(wider, narrower);
    if (is_prefix(wider) && is_prefix(narrower))
        return wider.len <= narrower.len && memcmp(wider.data, narrower.data, wider.len - 1) == 0;
    return waste_is_pattern(narrower) && span_is_equal(wider, narrower);
}

bool waste_is_medical(struct span code)
{
    return waste_is_code(code) && memcmp(code.data + CATEGORY_AT, "01", 2) == 0;
}

bool waste_mass_differs(uint64_t a_g, uint64_t b_g, uint32_t per_mille, uint64_t absolute_g)
{
    uint64_t difference = a_g > b_g ? a_g - b_g : b_g - a_g;
    /* floor(a * per_mille / 1000) without the product, which may not fit: a = 1000 q + r. Comparing
     * a whole number with the floor says the same as comparing it with the fraction. */
    uint64_t allowed;
    if (__builtin_mul_overflow(a_g / 1000, (uint64_t)per_mille, &allowed) ||
        __builtin_add_overflow(allowed, a_g % 1000 * per_mille / 1000, &allowed))
        allowed = UINT64_MAX;
    return difference > allowed && difference > absolute_g;
}
