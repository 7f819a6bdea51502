/* problem.h: what went wrong, as a value that climbs with the status: which field, what was expected, what was there.
 * Never prints; whoever talks to a person does.
 *
 * The first fault wins: whoever finds it fills the value and returns its status, everyone above only hands it on. */
#ifndef CUSTODY_CLIENT_LIB_PROBLEM_H
#define CUSTODY_CLIENT_LIB_PROBLEM_H

#include <custody/client.h>
#include "proto/custody.pb-c.h"

void problem_clear(struct custody_problem *problem);
/* Fill `problem` and return `status`. `field` and `expected` may be NULL; `got` is a format. */
enum custody_status problem_set(struct custody_problem *problem,
                                enum custody_status status,
                                const char *field,
                                const char *expected,
                                const char *got,
                                ...) __attribute__((format(printf, 5, 6)));
/* What the ledger said. The status: ERR_REFUSED for a no, ERR_BUSY and ERR_UNREACHABLE for busy and unavailable. */
enum custody_status problem_from_ledger(struct custody_problem *problem,
                                        const Custody__V1__Problem *said);
enum custody_status problem_from_reason(struct custody_problem *problem,
                                        uint32_t outcome,
                                        uint32_t reason,
                                        const char *field);
/* After a system call failed: errno decides the status, `what` names the file or call. */
enum custody_status problem_from_errno(struct custody_problem *problem, const char *what);
/* Put what to do about it in the place of the table's sentence. */
void problem_advise(struct custody_problem *problem, const char *remedy);
/* The field was inside another: "lines[2]" in front of "mass_g". */
void problem_prefix(struct custody_problem *problem, const char *outer);

#endif
