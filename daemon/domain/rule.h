/* rule.h: lies in proto/rule.h since a profile's text is read by the daemon and by the command alike.
 * Never says anything of its own: include and change proto/rule.h. */
#ifndef CUSTODY_DOMAIN_RULE_H
#define CUSTODY_DOMAIN_RULE_H

#include "proto/rule.h"

#endif
