/* figure.c: the name of a printed figure.
 * Never knows which figures there are. */
#include "proto/figure.h"

#include <stdio.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/calendar.h"

static bool parse_digits(struct span text, uint32_t *ret)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    *ret = value;
    return text.len > 0 && text.len <= 8;
}

static bool make_day(uint32_t year, uint32_t month, uint32_t day, int32_t *ret)
{
    int32_t back_year;
    uint32_t back_month, back_day;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    int32_t number = calendar_from_civil((int32_t)year, month, day);
    calendar_civil(number, &back_year, &back_month, &back_day);
    if ((uint32_t)back_year != year || back_month != month || back_day != day)
        return false;
    *ret = number;
    return true;
}

bool figure_parse_day(struct span text, int32_t *ret)
{
    uint32_t value;
    return text.len == 8 && parse_digits(text, &value) &&
           make_day(value / 10000, value / 100 % 100, value % 100, ret);
}

bool figure_parse_period(struct span text, int32_t *ret_first, int32_t *ret_after)
{
    uint32_t year, month;
    int32_t first, last;
    if (text.len == 4 && parse_digits(text, &year) && make_day(year, 1, 1, &first)) {
        *ret_first = first;
        *ret_after = calendar_from_civil((int32_t)year + 1, 1, 1);
        return true;
    }
    if (text.len == 7 && text.data[4] == '-' && parse_digits(span_of(text.data, 4), &year) &&
        parse_digits(span_of(text.data + 5, 2), &month) && make_day(year, month, 1, &first)) {
        *ret_first = first;
        *ret_after = calendar_from_civil((int32_t)(year + month / 12), month % 12 + 1, 1);
        return true;
    }
    if (text.len == 7 && text.data[4] == '-' && text.data[5] == 'Q' && text.data[6] >= '1' &&
        text.data[6] <= '4' && parse_digits(span_of(text.data, 4), &year) &&
        make_day(year, 3 * (uint32_t)(text.data[6] - '1') + 1, 1, &first)) {
        uint32_t quarter = (uint32_t)(text.data[6] - '0');
        *ret_first = first;
        *ret_after = calendar_from_civil((int32_t)(year + quarter / 4), 3 * quarter % 12 + 1, 1);
        return true;
    }
    if (text.len == 17 && text.data[8] == '-' && figure_parse_day(span_of(text.data, 8), &first) &&
        figure_parse_day(span_of(text.data + 9, 8), &last) && first <= last) {
        *ret_first = first;
        *ret_after = last + 1;
        return true;
    }
    return false;
}

/* The next part, up to a slash or the end; false when it is empty or too long. */
static bool take_part(struct span *text, char *ret, size_t max)
{
    size_t len = 0;
    while (len < text->len && text->data[len] != '/')
        len++;
    if (len == 0 || len > max)
        return false;
    memcpy(ret, text->data, len);
    ret[len] = 0;
    size_t taken = len < text->len ? len + 1 : len;
    *text = span_of(text->data + taken, text->len - taken);
    return true;
}

bool figure_parse(struct span text, struct figure *ret)
{
    struct figure figure = {0};
    struct span left = text;
    size_t slashes = 0;
    for (size_t i = 0; i < text.len; i++)
        slashes += text.data[i] == '/' ? 1 : 0;
    if ((slashes != 2 && slashes != 3) || !bytes_is_printable(text) ||
        !take_part(&left, figure.period, FIGURE_PERIOD_MAX) ||
        !figure_parse_period(span_text(figure.period), &figure.first, &figure.after) ||
        !take_part(&left, figure.scope, FIGURE_SCOPE_MAX) ||
        (slashes == 3 && !take_part(&left, figure.code, FIGURE_CODE_MAX)) ||
        !take_part(&left, figure.name, FIGURE_NAME_MAX) || left.len > 0)
        return false;
    *ret = figure;
    return true;
}

void figure_write(const char *period,
                  const char *scope,
                  const char *code,
                  const char *name,
                  char ret[static FIGURE_TEXT_MAX + 1])
{
    snprintf(ret, FIGURE_TEXT_MAX + 1, "%s/%s%s%s/%s", period, scope, code[0] == 0 ? "" : "/", code,
             name);
}

void figure_write_scope(uint32_t division, char ret[static 7])
{
    unsigned number = division % 1000000;
    if (number % 10000 == 0)
        snprintf(ret, 7, "%02u", number / 10000);
    else if (number % 100 == 0)
        snprintf(ret, 7, "%04u", number / 100);
    else
        snprintf(ret, 7, "%06u", number);
}
