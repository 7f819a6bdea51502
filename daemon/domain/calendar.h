/* calendar.h: lies in proto/calendar.h since a profile's text is read by the daemon and by the command alike.
 * Never says anything of its own: include and change proto/calendar.h. */
#ifndef CUSTODY_DOMAIN_CALENDAR_H
#define CUSTODY_DOMAIN_CALENDAR_H

#include "proto/calendar.h"

#endif
