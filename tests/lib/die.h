/* die.h: how a program that is no test (a benchmark, a generator) gives up, and hears that it should.
 * Never leaves anything running: what was registered runs first, whatever the end is. */
#ifndef TESTS_LIB_DIE_H
#define TESTS_LIB_DIE_H

/* Once, at the start: `name` goes before every complaint; SIGINT and SIGTERM are heard; `clean_up` (may be NULL) runs at
 * every end of the program. */
void die_prepare(const char *name, void (*clean_up)(void));
/* Says why and ends the program. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
/* Ends the program if somebody asked for it; to be called in every long loop. */
void die_check(void);

#endif
