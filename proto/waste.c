/* waste.c: waste codes, patterns over them, and comparing masses; integers only.
 * Never knows which codes exist. */
#include "proto/waste.h"

/* d: a digit, A: a letter, anything else: itself. */
static const struct form {
    enum waste_form form;
    const char *as;
    const char *category; /* before its two digits; NULL: the form has none */
} forms[] = {
    {WASTE_NATIONAL, "ddd-ddd-dd", "HW"}, {WASTE_SOLID, "ddd-ddd-Sdd", "SW"},
    {WASTE_RCRA, "Addd", NULL},           {WASTE_EU, "dd dd dd", NULL},
    {WASTE_EU, "dd dd dd*", NULL},
};
enum { FORMS = sizeof forms / sizeof forms[0], CATEGORY_LEN = 4, CATEGORY_DIGITS = 2 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The first `len` characters could begin a code of the form. */
static bool begins_a_code(const struct form *form, const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool fits = form->as[i] == 'd'   ? is_digit(text[i])
                    : form->as[i] == 'A' ? text[i] >= 'A' && text[i] <= 'Z'
                                         : text[i] == (uint8_t)form->as[i];
        if (!fits)
            return false;
    }
    return true;
}

static const struct form *form_of(struct span code)
{
    for (size_t i = 0; i < FORMS; i++)
        if (code.len == strlen(forms[i].as) && begins_a_code(&forms[i], code.data, code.len))
            return &forms[i];
    return NULL;
}

/* NULL when the text is no category. */
static const struct form *form_of_category(struct span pattern)
{
    if (pattern.len != CATEGORY_LEN || !is_digit(pattern.data[2]) || !is_digit(pattern.data[3]))
        return NULL;
    for (size_t i = 0; i < FORMS; i++)
        if (forms[i].category != NULL && memcmp(pattern.data, forms[i].category, 2) == 0)
            return &forms[i];
    return NULL;
}

/* The star of the European list is part of a code, so a whole code comes first. WASTE_NO_CODE: a prefix of any form. */
static bool is_prefix_of(struct span pattern, enum waste_form form)
{
    if (pattern.len < 2 || pattern.data[pattern.len - 1] != '*' || form_of(pattern) != NULL)
        return false;
    for (size_t i = 0; i < FORMS; i++)
        if ((form == WASTE_NO_CODE || form == forms[i].form) &&
            pattern.len - 1 < strlen(forms[i].as) &&
            begins_a_code(&forms[i], pattern.data, pattern.len - 1))
            return true;
    return false;
}

static bool is_prefix(struct span pattern)
{
    return is_prefix_of(pattern, WASTE_NO_CODE);
}

enum waste_form waste_form_of(struct span code)
{
    const struct form *form = form_of(code);
    return form == NULL ? WASTE_NO_CODE : form->form;
}

bool waste_is_code(struct span code)
{
    return form_of(code) != NULL;
}

bool waste_is_pattern(struct span pattern)
{
    return form_of(pattern) != NULL || form_of_category(pattern) != NULL || is_prefix(pattern);
}

bool waste_is_pattern_of(struct span pattern, enum waste_form form)
{
    const struct form *category = form_of_category(pattern);
    return (form != WASTE_NO_CODE && waste_form_of(pattern) == form) ||
           (category != NULL && category->form == form) || is_prefix_of(pattern, form);
}

bool waste_covers(struct span pattern, struct span code)
{
    const struct form *form = form_of(code);
    if (form == NULL)
        return false;
    const struct form *category = form_of_category(pattern);
    if (category != NULL)
        return category == form && memcmp(pattern.data + 2, code.data + code.len - CATEGORY_DIGITS,
                                          CATEGORY_DIGITS) == 0;
    if (is_prefix(pattern))
        return pattern.len - 1 <= code.len && memcmp(pattern.data, code.data, pattern.len - 1) == 0;
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
    switch (waste_form_of(code)) {
    case WASTE_NATIONAL:
        return memcmp(code.data + code.len - CATEGORY_DIGITS, "01", CATEGORY_DIGITS) == 0;
    case WASTE_EU:
        return memcmp(code.data, "18", 2) == 0;
    case WASTE_NO_CODE:
    case WASTE_SOLID:
    case WASTE_RCRA:
        break;
    }
    return false;
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
