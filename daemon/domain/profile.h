/* profile.h: lies in proto/profile.h since a profile's text is read by the daemon and by the command alike.
 * Never says anything of its own: include and change proto/profile.h. */
#ifndef CUSTODY_DOMAIN_PROFILE_H
#define CUSTODY_DOMAIN_PROFILE_H

#include "proto/profile.h"

#endif
