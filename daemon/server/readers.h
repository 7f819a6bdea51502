/* readers.h: the threads that answer questions, one snapshot each.
 * Never writes and never holds a snapshot past a question's time. */
#ifndef CUSTODY_SERVER_READERS_H
#define CUSTODY_SERVER_READERS_H

#include <stdint.h>

#include <custody/status.h>

struct road;
struct readers;

enum custody_status readers_start(const struct road *road,
                                  unsigned threads,
                                  uint32_t question_ms,
                                  struct readers **ret);
/* Ends when road->questions is closed and empty. NULL is allowed. */
void readers_stop(struct readers *readers);

#endif
