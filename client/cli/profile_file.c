/* profile_file.c: a profile read from a file.
 * Never asks the ledger. */
#include "client/cli/profile_file.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/files.h"
#include "client/lib/problem.h"

enum custody_status profile_file_parse(const char *name,
                                       struct span text,
                                       struct profile *ret,
                                       struct custody_problem *problem)
{
    struct profile_problem wrong;
    char field[sizeof problem->field], remedy[3 * PROFILE_WORD_MAX];
    if (profile_parse(text, ret, &wrong))
        return CUSTODY_OK;
    const char *slash = strrchr(name, '/');
    int len = snprintf(field, sizeof field, "%.40s", slash == NULL ? name : slash + 1);
    if (wrong.line != 0)
        len += snprintf(field + len, sizeof field - (size_t)len, ":%d", wrong.line);
    if (wrong.section[0] != '\0')
        snprintf(field + len, sizeof field - (size_t)len, " [%.20s]%s%.40s", wrong.section,
                 wrong.key[0] == '\0' ? "" : " ", wrong.key);
    enum custody_status status = problem_set(problem, CUSTODY_ERR_INVALID, field, wrong.expected,
                                             "%s", wrong.got[0] == '\0' ? "nothing" : wrong.got);
    if (wrong.nearest[0] != '\0') {
        snprintf(remedy, sizeof remedy, "did you mean %s?", wrong.nearest);
        problem_advise(problem, remedy);
    } else {
        problem_advise(problem, "custody profile keys lists every key, its unit and its source");
    }
    return status;
}

enum custody_status
profile_file_read(const char *path, struct profile_file *ret, struct custody_problem *problem)
{
    memset(ret, 0, sizeof *ret);
    enum custody_status status = files_read(path, PROFILE_TEXT_MAX, &ret->text, &ret->len, problem);
    if (status == CUSTODY_OK)
        status = profile_file_parse(path, span_of(ret->text, ret->len), &ret->profile, problem);
    if (status != CUSTODY_OK)
        profile_file_done(ret);
    return status;
}

void profile_file_done(struct profile_file *file)
{
    free(file->text);
    file->text = NULL;
}
