/* sorted.h: lines of a text in the order of their bytes, for texts whose equal rows stand in the order of arrival. */
#ifndef TESTS_LIB_SORTED_H
#define TESTS_LIB_SORTED_H

#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "tests/lib/check.h"

enum { SORTED_LINES_MAX = 256 };

static inline int sorted_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes `text` apart. */
static inline char *sorted_lines(struct arena *arena, char *text)
{
    char *lines[SORTED_LINES_MAX] = {NULL};
    size_t count = 0, len = strlen(text) + 2, at = 0;
    char *sorted = arena_alloc(arena, len);
    assert_non_null(sorted);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        assert_true(count < SORTED_LINES_MAX);
        lines[count++] = line;
    }
    qsort(lines, count, sizeof lines[0], sorted_compare);
    for (size_t i = 0; i < count; i++) {
        size_t line_len = strlen(lines[i]);
        memcpy(sorted + at, lines[i], line_len);
        at += line_len;
        sorted[at++] = '\n';
    }
    sorted[at] = 0;
    return sorted;
}

#endif
