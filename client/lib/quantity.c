/* quantity.c: times, masses, temperatures and durations as people write them, and back.
 * Never rounds when reading; never reads a clock. */
#include "client/lib/quantity.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

enum { FRACTION_DIGITS = 6, DEGREE_E7 = 10000000 };

/* What is left of a text that is read from the left. */
struct rest {
    const char *at;
    const char *end;
};

static struct rest rest_of(struct span text)
{
    const char *at = (const char *)text.data;
    return (struct rest){.at = at, .end = at + text.len};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_done(const struct rest *rest)
{
    return rest->at == rest->end;
}

static bool take(struct rest *rest, char c)
{
    if (is_done(rest) || *rest->at != c)
        return false;
    rest->at++;
    return true;
}

/* Exactly `digits` digits. */
static bool take_fixed(struct rest *rest, int digits, int64_t *ret)
{
    int64_t value = 0;
    if (rest->end - rest->at < digits)
        return false;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(rest->at[i]))
            return false;
        value = 10 * value + (rest->at[i] - '0');
    }
    rest->at += digits;
    *ret = value;
    return true;
}

/* A decimal number times 10^6, exactly: at most six decimals that are not zero. */
static bool take_decimal(struct rest *rest, int64_t *ret_millionths)
{
    int64_t value = 0;
    bool has_digits = false;
    for (; !is_done(rest) && is_digit(*rest->at); rest->at++) {
        has_digits = true;
        if (value > INT64_MAX / SECOND_US / 10 - 1)
            return false;
        value = 10 * value + (*rest->at - '0');
    }
    value *= SECOND_US;
    if (has_digits && !is_done(rest) && *rest->at == '.') {
        rest->at++;
        if (is_done(rest) || !is_digit(*rest->at))
            return false;
        int64_t unit = SECOND_US;
        for (; !is_done(rest) && is_digit(*rest->at); rest->at++) {
            unit /= 10;
            if (unit == 0 && *rest->at != '0')
                return false;
            value += unit * (*rest->at - '0');
        }
    }
    *ret_millionths = value;
    return has_digits;
}

/* Days from 1970-01-01 to a civil date of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil_of(int64_t days, int64_t *ret_year, int64_t *ret_month, int64_t *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *ret_month = shifted + (shifted < 10 ? 3 : -9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    int64_t next_year = month == 12 ? year + 1 : year;
    int64_t next_month = month == 12 ? 1 : month + 1;
    return days_of(next_year, next_month, 1) - days_of(year, month, 1);
}

static bool take_date(struct rest *rest, int64_t *ret_days)
{
    int64_t year, month, day;
    if (!take_fixed(rest, 4, &year) || !take(rest, '-') || !take_fixed(rest, 2, &month) ||
        !take(rest, '-') || !take_fixed(rest, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *ret_days = days_of(year, month, day);
    return true;
}

static bool take_fraction(struct rest *rest, int64_t *ret_us)
{
    int64_t unit = SECOND_US / 10;
    int64_t us = 0;
    int digits = 0;
    for (; !is_done(rest) && is_digit(*rest->at); rest->at++, unit /= 10, digits++) {
        if (digits >= FRACTION_DIGITS)
            return false;
        us += unit * (*rest->at - '0');
    }
    *ret_us = us;
    return digits > 0;
}

static bool take_clock(struct rest *rest, int64_t *ret_us)
{
    int64_t hour, minute, second = 0, fraction = 0;
    if (!take_fixed(rest, 2, &hour) || !take(rest, ':') || !take_fixed(rest, 2, &minute))
        return false;
    if (take(rest, ':') && !take_fixed(rest, 2, &second))
        return false;
    if (take(rest, '.') && !take_fraction(rest, &fraction))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_us = hour * HOUR_US + minute * MINUTE_US + second * SECOND_US + fraction;
    return true;
}

/* Z, +hh:mm, -hh:mm, or nothing: the ledger's civil time. */
static bool take_zone(struct rest *rest, int64_t *ret_offset_us)
{
    int64_t hours, minutes;
    *ret_offset_us = QUANTITY_CIVIL_MINUTES * MINUTE_US;
    if (is_done(rest))
        return true;
    if (take(rest, 'Z') || take(rest, 'z')) {
        *ret_offset_us = 0;
        return true;
    }
    int64_t sign = take(rest, '-') ? -1 : 1;
    if (sign > 0 && !take(rest, '+'))
        return false;
    if (!take_fixed(rest, 2, &hours) || !take(rest, ':') || !take_fixed(rest, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *ret_offset_us = sign * (hours * HOUR_US + minutes * MINUTE_US);
    return true;
}

static bool is_plain_number(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit((char)text.data[i]))
            return false;
    }
    return text.len > 0 && text.len <= 18;
}

static int64_t plain_number(struct span text)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++)
        value = 10 * value + (text.data[i] - '0');
    return value;
}

bool quantity_parse_time(struct span text, int64_t *ret_us)
{
    struct rest rest = rest_of(text);
    int64_t days, clock = 0, offset;
    if (is_plain_number(text)) {
        *ret_us = plain_number(text);
        return true;
    }
    if (!take_date(&rest, &days))
        return false;
    if (take(&rest, 'T') || take(&rest, 't') || take(&rest, ' ')) {
        if (!take_clock(&rest, &clock))
            return false;
        take(&rest, ' ');
    }
    if (!take_zone(&rest, &offset) || !is_done(&rest))
        return false;
    *ret_us = days * DAY_US + clock - offset;
    return true;
}

struct unit {
    const char *name;
    int64_t factor_millionths; /* base units of a millionth of this unit, times 10^6 */
};

/* A number and one of the units, in the base unit; nothing may be lost. */
static bool
parse_with_unit(struct span text, const struct unit *units, bool may_be_negative, int64_t *ret)
{
    struct rest rest = rest_of(text);
    int64_t number;
    bool is_negative = may_be_negative && take(&rest, '-');
    if (!is_negative && may_be_negative)
        take(&rest, '+');
    if (!take_decimal(&rest, &number))
        return false;
    take(&rest, ' ');
    struct span name = span_of(rest.at, (size_t)(rest.end - rest.at));
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        int64_t product;
        if (!span_is_equal(name, span_text(unit->name)))
            continue;
        if (__builtin_mul_overflow(number, unit->factor_millionths, &product) ||
            product % SECOND_US != 0)
            return false;
        *ret = is_negative ? -(product / SECOND_US) : product / SECOND_US;
        return true;
    }
    return false;
}

bool quantity_parse_mass(struct span text, uint64_t *ret_g)
{
    static const struct unit units[] = {
        {"", 1}, {"g", 1}, {"kg", 1000}, {"t", 1000000}, {"千克", 1000}, {"公斤", 1000}, {NULL, 0},
    };
    int64_t value;
    if (!parse_with_unit(text, units, false, &value))
        return false;
    *ret_g = (uint64_t)value;
    return true;
}

bool quantity_parse_temperature(struct span text, int64_t *ret_mc)
{
    static const struct unit units[] = {
        {"", 1}, {"C", 1000}, {"°C", 1000}, {"℃", 1000}, {NULL, 0},
    };
    return parse_with_unit(text, units, true, ret_mc);
}

bool quantity_parse_degrees(struct span text, int64_t *ret_e7)
{
    struct rest rest = rest_of(text);
    bool is_negative = take(&rest, '-');
    int64_t value = 0, unit = DEGREE_E7;
    int digits = 0;
    for (; !is_done(&rest) && is_digit(*rest.at) && digits < 3; rest.at++, digits++)
        value = 10 * value + (*rest.at - '0');
    value *= DEGREE_E7;
    if (digits > 0 && take(&rest, '.')) {
        for (digits = 0; !is_done(&rest) && is_digit(*rest.at) && unit > 1; rest.at++, digits++) {
            unit /= 10;
            value += unit * (*rest.at - '0');
        }
    }
    if (digits == 0 || !is_done(&rest))
        return false;
    *ret_e7 = is_negative ? -value : value;
    return true;
}

bool quantity_parse_duration(struct span text, int64_t *ret_us)
{
    static const struct unit units[] = {
        {"", 1},        {"us", 1},     {"ms", 1000}, {"s", SECOND_US}, {"min", MINUTE_US},
        {"h", HOUR_US}, {"d", DAY_US}, {NULL, 0},
    };
    return parse_with_unit(text, units, false, ret_us);
}

struct civil {
    int64_t year, month, day, hour, minute, second, us;
};

static struct civil civil_at(int64_t us, int64_t offset_minutes)
{
    struct civil civil;
    int64_t local = us + offset_minutes * MINUTE_US;
    int64_t days = local / DAY_US - (local % DAY_US < 0 ? 1 : 0);
    int64_t left = local - days * DAY_US;
    civil_of(days, &civil.year, &civil.month, &civil.day);
    civil.hour = left / HOUR_US;
    civil.minute = left / MINUTE_US % 60;
    civil.second = left / SECOND_US % 60;
    civil.us = left % SECOND_US;
    return civil;
}

void quantity_write_civil(int64_t us, int offset_minutes, char ret[static QUANTITY_TEXT_MAX])
{
    struct civil c = civil_at(us, offset_minutes);
    if (us == 0) {
        snprintf(ret, QUANTITY_TEXT_MAX, "-");
        return;
    }
    snprintf(ret, QUANTITY_TEXT_MAX, "%04d-%02d-%02d %02d:%02d:%02d", (int)c.year, (int)c.month,
             (int)c.day, (int)c.hour, (int)c.minute, (int)c.second);
}

void quantity_write_rfc3339(int64_t us, char ret[static QUANTITY_TEXT_MAX])
{
    struct civil c = civil_at(us, 0);
    snprintf(ret, QUANTITY_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (int)c.year,
             (int)c.month, (int)c.day, (int)c.hour, (int)c.minute, (int)c.second, (int)c.us);
}

void quantity_write_mass(uint64_t g, char ret[static QUANTITY_TEXT_MAX])
{
    snprintf(ret, QUANTITY_TEXT_MAX, "%" PRIu64 ".%03d kg", g / 1000, (int)(g % 1000));
}

void quantity_write_duration(int64_t us, char ret[static QUANTITY_TEXT_MAX])
{
    int64_t left = us < 0 ? -us : us;
    if (left >= DAY_US)
        snprintf(ret, QUANTITY_TEXT_MAX, "%" PRId64 " d %d h", left / DAY_US,
                 (int)(left / HOUR_US % 24));
    else if (left >= HOUR_US)
        snprintf(ret, QUANTITY_TEXT_MAX, "%d h %02d min", (int)(left / HOUR_US),
                 (int)(left / MINUTE_US % 60));
    else if (left >= MINUTE_US)
        snprintf(ret, QUANTITY_TEXT_MAX, "%d min", (int)(left / MINUTE_US));
    else
        snprintf(ret, QUANTITY_TEXT_MAX, "%d s", (int)(left / SECOND_US));
}
