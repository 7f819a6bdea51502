/* logger.c: writes each line with one write, so that lines of threads never mix.
 * Never allocates and never fails its caller. */
#include "daemon/base/logger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/bytes.h"

enum {
    LINE_MAX_BYTES = 4096, /* PIPE_BUF: up to here a write to a pipe is not cut up */
    VALUE_MAX = 512,
};

static atomic_int least_level = LOGGER_INFO;

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

void logger_set_level(enum logger_level least)
{
    atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
}

static const char *level_name(enum logger_level level)
{
    switch (level) {
    case LOGGER_DEBUG:
        return "debug";
    case LOGGER_INFO:
        return "info";
    case LOGGER_WARNING:
        return "warning";
    case LOGGER_ERROR:
        return "error";
    }
    return "error";
}

/* One byte is kept for the line's end. */
static void add(struct line *line, const char *text, size_t len)
{
    size_t room = sizeof(line->text) - 1 - line->len;
    len = len < room ? len : room;
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void add_text(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

static bool is_plain(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == ' ' || text[i] == '"' || text[i] == '\\' || text[i] == '=') {
            return false;
        }
    }
    return len > 0;
}

/* Printable UTF-8 stays readable; of anything else every byte that is not ASCII is shown in hexadecimal. */
static void add_value(struct line *line, const char *text)
{
    size_t whole = strlen(text);
    size_t len = whole < VALUE_MAX ? whole : VALUE_MAX;
    while (len < whole && len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    bool is_printable = bytes_is_printable(span_of(text, len));
    if (is_printable && len == whole && is_plain(text, len)) {
        add(line, text, len);
        return;
    }
    add_text(line, "\"");
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\') {
            add(line, (char[]){'\\', (char)byte}, 2);
        } else if (byte == '\n') {
            add_text(line, "\\n");
        } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_printable)) {
            char escaped[5];
            snprintf(escaped, sizeof(escaped), "\\x%02x", byte);
            add_text(line, escaped);
        } else {
            add(line, &text[i], 1);
        }
    }
    add_text(line, len < whole ? "...\"" : "\"");
}

static void write_line(struct line *line)
{
    line->text[line->len++] = '\n';
    int saved = errno;
    for (size_t done = 0; done < line->len;) {
        ssize_t written = write(STDERR_FILENO, line->text + done, line->len - done);
        if (written < 0 && errno != EINTR) {
            break;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    errno = saved;
}

void logger_write(enum logger_level level,
                  const char *op,
                  unsigned count,
                  const struct logger_field *fields)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) {
        return;
    }
    struct line line;
    line.len = 0;
    add_text(&line, "level=");
    add_text(&line, level_name(level));
    add_text(&line, " op=");
    add_value(&line, op);
    for (unsigned i = 0; i < count; i++) {
        add_text(&line, " ");
        add_text(&line, fields[i].name);
        add_text(&line, "=");
        if (fields[i].text != NULL) {
            add_value(&line, fields[i].text);
        } else {
            char number[24];
            snprintf(number, sizeof(number), "%" PRId64, fields[i].number);
            add_text(&line, number);
        }
    }
    write_line(&line);
}

void logger_defect(const char *condition, const char *file, int line)
{
    LOG(LOGGER_ERROR, "defect", LOGGER_TEXT("condition", condition), LOGGER_TEXT("file", file),
        LOGGER_NUMBER("line", line));
    abort();
}
