/* problem.c: what went wrong, as a value that climbs with the status.
 * Never prints; whoever talks to a person does. */
#include "client/lib/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy(char *ret, size_t cap, const char *text)
{
    snprintf(ret, cap, "%s", text == NULL ? "" : text);
}

/* What to do about a status, where its sentence alone leaves one helpless. */
static const char *remedy_of(enum custody_status status)
{
    switch (status) {
    case CUSTODY_OK:
        return "";
    case CUSTODY_ERR_MEMORY:
        return "close other programs and try again";
    case CUSTODY_ERR_IO:
        return "check the disk, then try again";
    case CUSTODY_ERR_FULL:
        return "free some space, then try again";
    case CUSTODY_ERR_CORRUPT:
        return "keep the folder as it is and show it to whoever looks after this device";
    case CUSTODY_ERR_NOT_FOUND:
        return "check the spelling";
    case CUSTODY_ERR_EXISTS:
        return "use another name";
    case CUSTODY_ERR_INVALID:
        return "correct the value";
    case CUSTODY_ERR_TIMEOUT:
    case CUSTODY_ERR_UNREACHABLE:
        return "what was kept stays kept; run custody sync when there is a network";
    case CUSTODY_ERR_PROTOCOL:
        return "check that endpoint and version belong to this ledger";
    case CUSTODY_ERR_EVIDENCE:
        return "trust nothing this ledger answers now; show this message to the regulator";
    case CUSTODY_ERR_ROLLBACK:
        return "the ledger may have been set back; show this message to the regulator";
    case CUSTODY_ERR_BUSY:
        return "wait and try again";
    case CUSTODY_ERR_UNKNOWN_RESULT:
        return "ask again before repeating it";
    case CUSTODY_ERR_PERMISSION:
        return "correct the permissions";
    case CUSTODY_ERR_COPIED:
        return "make a new key in a new folder and have it enrolled in place of this one";
    case CUSTODY_ERR_REFUSED:
        return "see what the ledger said";
    }
    return "";
}

void problem_clear(struct custody_problem *problem)
{
    memset(problem, 0, sizeof(*problem));
}

enum custody_status problem_set(struct custody_problem *problem,
                                enum custody_status status,
                                const char *field,
                                const char *expected,
                                const char *got,
                                ...)
{
    va_list arguments;
    char text[CUSTODY_PROBLEM_TEXT_MAX];
    /* Formatted first: `got` may print what is in `problem` already. */
    va_start(arguments, got);
    vsnprintf(text, sizeof(text), got, arguments);
    va_end(arguments);
    problem_clear(problem);
    problem->status = status;
    problem->retryable = custody_status_is_retryable(status);
    copy(problem->name, sizeof(problem->name), custody_status_name(status));
    copy(problem->sentence, sizeof(problem->sentence), custody_status_sentence(status));
    copy(problem->field, sizeof(problem->field), field);
    copy(problem->expected, sizeof(problem->expected), expected);
    copy(problem->got, sizeof(problem->got), text);
    copy(problem->remedy, sizeof(problem->remedy), remedy_of(status));
    return status;
}

static enum custody_status status_of(uint32_t outcome)
{
    switch (outcome) {
    case CUSTODY_OUTCOME_busy:
        return CUSTODY_ERR_BUSY;
    case CUSTODY_OUTCOME_unavailable:
        return CUSTODY_ERR_UNREACHABLE;
    case CUSTODY_OUTCOME_unknown:
        return CUSTODY_ERR_UNKNOWN_RESULT;
    default:
        return CUSTODY_ERR_REFUSED;
    }
}

enum custody_status problem_from_reason(struct custody_problem *problem,
                                        uint32_t outcome,
                                        uint32_t reason,
                                        const char *field)
{
    problem_clear(problem);
    problem->status = status_of(outcome);
    problem->outcome = outcome;
    problem->reason = reason;
    problem->retryable =
        reason == 0 ? custody_outcome_is_retryable(outcome) : custody_reason_is_retryable(reason);
    copy(problem->name, sizeof(problem->name),
         reason == 0 ? custody_outcome_name(outcome) : custody_reason_name(reason));
    copy(problem->sentence, sizeof(problem->sentence),
         reason == 0 ? custody_outcome_sentence(outcome) : custody_reason_sentence(reason));
    copy(problem->field, sizeof(problem->field), field);
    copy(problem->remedy, sizeof(problem->remedy),
         reason == 0 ? "" : custody_reason_remedy(reason));
    return problem->status;
}

enum custody_status problem_from_ledger(struct custody_problem *problem,
                                        const Custody__V1__Problem *said)
{
    problem_from_reason(problem, (uint32_t)said->outcome, said->reason, said->field);
    /* A newer daemon may know reasons that this table does not. */
    if (said->name[0] != '\0' && strcmp(problem->name, "?") == 0) {
        copy(problem->name, sizeof(problem->name), said->name);
        copy(problem->sentence, sizeof(problem->sentence),
             custody_outcome_sentence((uint32_t)said->outcome));
    }
    if (said->remedy[0] != '\0')
        copy(problem->remedy, sizeof(problem->remedy), said->remedy);
    copy(problem->expected, sizeof(problem->expected), said->expected);
    copy(problem->got, sizeof(problem->got), said->got);
    problem->retryable = said->retryable;
    problem->retry_after_ms = said->retry_after_ms;
    return problem->status;
}

enum custody_status problem_from_errno(struct custody_problem *problem, const char *what)
{
    int error = errno;
    enum custody_status status = CUSTODY_ERR_IO;
    if (error == ENOMEM)
        status = CUSTODY_ERR_MEMORY;
    else if (error == ENOSPC || error == EDQUOT || error == EFBIG)
        status = CUSTODY_ERR_FULL;
    else if (error == ENOENT || error == ENOTDIR)
        status = CUSTODY_ERR_NOT_FOUND;
    else if (error == EEXIST)
        status = CUSTODY_ERR_EXISTS;
    else if (error == EACCES || error == EPERM || error == EROFS)
        status = CUSTODY_ERR_PERMISSION;
    char text[128];
    return problem_set(problem, status, what, NULL, "%s", strerror_r(error, text, sizeof(text)));
}

void problem_advise(struct custody_problem *problem, const char *remedy)
{
    copy(problem->remedy, sizeof(problem->remedy), remedy);
}

void problem_prefix(struct custody_problem *problem, const char *outer)
{
    char field[sizeof(problem->field)];
    const char *joint = problem->field[0] == '\0' || problem->field[0] == '[' ? "" : ".";
    int len = snprintf(field, sizeof(field), "%s%s%s", outer, joint, problem->field);
    if (len > 0)
        copy(problem->field, sizeof(problem->field), field);
}
