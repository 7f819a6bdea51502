/* logger.h: one line per fact, key=value, to stderr (journald reads it).
 * Never a secret, never a person's name.
 *
 * A line: `level=info op=start origin=... endpoint=...`. Values with spaces, quotes or control characters are quoted
 * and escaped, so that one fact stays one line whatever a peer sent. Threads: any. */
#ifndef CUSTODY_BASE_LOGGER_H
#define CUSTODY_BASE_LOGGER_H

#include <stddef.h>
#include <stdint.h>

enum logger_level { LOGGER_DEBUG, LOGGER_INFO, LOGGER_WARNING, LOGGER_ERROR };

void logger_set_level(enum logger_level least);

/* A field: LOGGER_TEXT("origin", origin), LOGGER_NUMBER("entry", n). A NULL text is shown as "-". */
struct logger_field {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t number;
};
static inline struct logger_field logger_text(const char *name, const char *text)
{
    return (struct logger_field){.name = name, .text = text != NULL ? text : "-"};
}
#define LOGGER_TEXT(name_, text_) logger_text((name_), (text_))
#define LOGGER_NUMBER(name_, number_)                                                              \
    ((struct logger_field){.name = (name_), .number = (int64_t)(number_)})

/* logger_write(LOGGER_INFO, "start", 2, (struct logger_field[]){LOGGER_TEXT(...), LOGGER_NUMBER(...)}) */
void logger_write(enum logger_level level,
                  const char *op,
                  unsigned count,
                  const struct logger_field *fields);
#define LOG(level, op, ...)                                                                        \
    logger_write(                                                                                  \
        (level), (op),                                                                             \
        (unsigned)(sizeof((struct logger_field[]){__VA_ARGS__}) / sizeof(struct logger_field)),    \
        (struct logger_field[]){__VA_ARGS__})

/* A broken invariant of ours: prints and aborts, in release builds too. Never on outside input. */
_Noreturn void logger_defect(const char *condition, const char *file, int line);
#define INVARIANT(condition) ((condition) ? (void)0 : logger_defect(#condition, __FILE__, __LINE__))

#endif
