/* teller.h: a thread that writes all figures to one file every 15 seconds, for Prometheus' node_exporter and for people.
 * Never listens: who may read the file may read the figures, and nobody can ask the daemon to work for them.
 *
 * The file is replaced whole, mode 0644, and removed when the daemon ends as it should: figures of a daemon that is gone are no
 * figures. One that cannot be written is said once, and once when it can be again; the daemon goes on. */
#ifndef CUSTODY_SERVER_TELLER_H
#define CUSTODY_SERVER_TELLER_H

#include "daemon/server/road.h"

struct teller;

enum { TELLER_EVERY_S = 15, TELLER_PATH_MAX = 512 };

/* `path` is copied. The first file is written at once. */
enum custody_status
teller_start(const struct road *road, const char *path, unsigned every_s, struct teller **ret);
/* NULL is allowed. */
void teller_stop(struct teller *teller);

#endif
