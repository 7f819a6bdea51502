/* waste.h: lies in proto/waste.h since a profile's text is read by the daemon and by the command alike.
 * Never says anything of its own: include and change proto/waste.h. */
#ifndef CUSTODY_DOMAIN_WASTE_H
#define CUSTODY_DOMAIN_WASTE_H

#include "proto/waste.h"

#endif
