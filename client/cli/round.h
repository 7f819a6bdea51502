/* round.h: the trip that this device is on: which one, and the stops that were made. Kept in the file `trip` of the home folder.
 * Never asks the ledger: it must serve where there is no network. */
#ifndef CUSTODY_CLIENT_CLI_ROUND_H
#define CUSTODY_CLIENT_CLI_ROUND_H

#include <jansson.h>

#include "client/lib/client.h"

/* {"trip": "<hex>", "vehicle": , "receiver": , "started_at": us, "stops": [{"stop": , "bags": , "mass": grams, "sequence": }]}: a new
 * reference; NULL with OK when no trip is under way. */
CUSTODY_CHECK enum custody_status round_read(struct custody_client *client, json_t **ret);
/* Drops the reference. */
CUSTODY_CHECK enum custody_status round_write(struct custody_client *client, json_t *round);
CUSTODY_CHECK enum custody_status round_end(struct custody_client *client);
/* One more stop of the trip that is under way, if it is that one. A statement that is there already changes nothing. */
CUSTODY_CHECK enum custody_status round_add_stop(struct custody_client *client,
                                                 const char *trip,
                                                 const char *stop,
                                                 size_t bags,
                                                 uint64_t mass_g,
                                                 uint64_t sequence);

#endif
