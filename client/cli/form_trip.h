/* form_trip.h: the trip's card (医疗废物运送登记卡), one for each vehicle and trip (环发〔2003〕206号), on the driver's device.
 * Never needs the network: what this device signed is enough for stops, times and pieces; classes and names come from the ledger. */
#ifndef CUSTODY_CLIENT_CLI_FORM_TRIP_H
#define CUSTODY_CLIENT_CLI_FORM_TRIP_H

#include "client/cli/command.h"

/* `trip`: the id of a depart that this device signed, or its start. The exit code. */
int form_trip_draw(struct command_context *context, const char *trip, const char *path);

#endif
