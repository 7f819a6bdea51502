/* fuzz_profile.c: a text is a profile that holds together, or its problem is told in words that a terminal can show. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void require_words(const char *text, size_t cap)
{
    size_t len = strnlen(text, cap);
    require(len < cap);
    for (size_t i = 0; i < len; i++)
        require((uint8_t)text[i] >= 0x20 && text[i] != 0x7F);
}

static void require_list(const struct calendar *calendar, const struct calendar_list *list)
{
    require(list->count <= CALENDAR_RANGES_MAX);
    for (uint32_t i = 0; i < list->count; i++) {
        require(list->ranges[i].first <= list->ranges[i].last);
        require(i == 0 || list->ranges[i - 1].last < list->ranges[i].first);
        require(calendar_is_covered(calendar, list->ranges[i].first));
        require(calendar_is_covered(calendar, list->ranges[i].last));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct profile profile, again;
    struct profile_problem problem;
    if (!profile_parse(span_of(data, size), &profile, &problem)) {
        require_words(problem.section, sizeof problem.section);
        require_words(problem.key, sizeof problem.key);
        require_words(problem.expected, sizeof problem.expected);
        require_words(problem.got, sizeof problem.got);
        require_words(problem.nearest, sizeof problem.nearest);
        require(problem.expected[0] != 0 && problem.line >= 0);
        return 0;
    }
    require(profile_is_name(span_text(profile.name)) && profile_is_name(span_text(profile.family)));
    require(profile.edition > 0 && profile.pattern_count <= PROFILE_PATTERNS_MAX);
    for (uint32_t i = 0; i < profile.pattern_count; i++)
        require(waste_is_pattern(span_text(profile.patterns[i])));
    require_list(&profile.calendar, &profile.calendar.holidays);
    require_list(&profile.calendar, &profile.calendar.workdays);
    require(profile_parse(span_of(data, size), &again, &problem));
    for (size_t i = 0; i < profile_number_count(); i++) {
        char value[PROFILE_VALUE_MAX], same[PROFILE_VALUE_MAX];
        profile_write_number(&profile, i, value);
        profile_write_number(&again, i, same);
        require_words(value, sizeof value);
        require(strcmp(value, same) == 0);
    }
    return 0;
}
