/* export_geojson.h: custody export geojson: unclosed manifests on a map.
 * Never places what told no position. */
#ifndef CUSTODY_CLIENT_CLI_EXPORT_GEOJSON_H
#define CUSTODY_CLIENT_CLI_EXPORT_GEOJSON_H

#include "client/cli/command.h"

/* With the filters of custody unclosed. */
int export_geojson_run(struct command_context *context, struct arguments *arguments);

#endif
