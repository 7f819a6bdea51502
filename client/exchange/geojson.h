/* geojson.h: what is open as GeoJSON (RFC 7946): a feature each, where it was last seen.
 * Never guesses a place: what told none has a null geometry. */
#ifndef CUSTODY_CLIENT_EXCHANGE_GEOJSON_H
#define CUSTODY_CLIENT_EXCHANGE_GEOJSON_H

#include <jansson.h>

#include <custody/client.h>
#include "proto/custody.pb-c.h"

/* A new reference. `position` NULL: not known. `now` is the ledger's, for `overdue`. Times are RFC 3339, masses kilograms. */
json_t *geojson_feature(const Custody__V1__OpenItem *item,
                        int64_t now,
                        const struct custody_position *position);

#endif
