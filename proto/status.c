/* status.c: the texts and properties of outcomes, reasons and statuses.
 * Never holds a number of its own: all come from the one table. */

/* libcustody is built with hidden symbols; these are part of its interface. */
#pragma GCC visibility push(default)
#include <custody/status.h>
#pragma GCC visibility pop

#include <stddef.h>

struct row {
    uint32_t number;
    const char *name;
    const char *sentence;
    const char *remedy;           /* reasons only */
    enum custody_outcome outcome; /* reasons only */
    int exit_code;                /* not of reasons */
    bool retryable;
};

static const struct row outcomes[] = {
#define CUSTODY_X(number, name, sentence, exit_code, retryable)                                    \
    {number, #name, sentence, "", CUSTODY_OUTCOME_##name, exit_code, retryable},
    CUSTODY_OUTCOMES(CUSTODY_X)
#undef CUSTODY_X
};

static const struct row reasons[] = {
#define CUSTODY_X(number, name, outcome, sentence, remedy, retryable)                              \
    {number, #name, sentence, remedy, CUSTODY_OUTCOME_##outcome, 0, retryable},
    CUSTODY_REASONS(CUSTODY_X)
#undef CUSTODY_X
};

static const struct row statuses[] = {
#define CUSTODY_X(number, name, sentence, exit_code, retryable)                                    \
    {number, #name, sentence, "", CUSTODY_OUTCOME_unknown, exit_code, retryable},
    CUSTODY_STATUSES(CUSTODY_X)
#undef CUSTODY_X
};

static const struct row stranger = {0, "?", "?", "?", CUSTODY_OUTCOME_unknown, 4, false};

static const struct row *find(const struct row *rows, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].number == number)
            return &rows[i];
    }
    return &stranger;
}

static const struct row *find_outcome(uint32_t outcome)
{
    return find(outcomes, sizeof(outcomes) / sizeof(outcomes[0]), outcome);
}

static const struct row *find_reason(uint32_t reason)
{
    return find(reasons, sizeof(reasons) / sizeof(reasons[0]), reason);
}

static const struct row *find_status(enum custody_status status)
{
    return find(statuses, sizeof(statuses) / sizeof(statuses[0]), (uint32_t)status);
}

const char *custody_outcome_name(uint32_t outcome)
{
    return find_outcome(outcome)->name;
}

const char *custody_outcome_sentence(uint32_t outcome)
{
    return find_outcome(outcome)->sentence;
}

int custody_outcome_exit_code(uint32_t outcome)
{
    return find_outcome(outcome)->exit_code;
}

bool custody_outcome_is_retryable(uint32_t outcome)
{
    return find_outcome(outcome)->retryable;
}

const char *custody_reason_name(uint32_t reason)
{
    return find_reason(reason)->name;
}

const char *custody_reason_sentence(uint32_t reason)
{
    return find_reason(reason)->sentence;
}

const char *custody_reason_remedy(uint32_t reason)
{
    return find_reason(reason)->remedy;
}

enum custody_outcome custody_reason_outcome(uint32_t reason)
{
    return find_reason(reason)->outcome;
}

bool custody_reason_is_retryable(uint32_t reason)
{
    return find_reason(reason)->retryable;
}

const char *custody_status_name(enum custody_status status)
{
    return find_status(status)->name;
}

const char *custody_status_sentence(enum custody_status status)
{
    return find_status(status)->sentence;
}

int custody_status_exit_code(enum custody_status status)
{
    return find_status(status)->exit_code;
}

bool custody_status_is_retryable(enum custody_status status)
{
    return find_status(status)->retryable;
}
