/* listing.h: what is open, the most urgent first: unclosed manifests and obligations, and findings.
 * Pages are cut by the rows themselves, so they never shift. Never writes. */
#ifndef CUSTODY_SERVICE_LISTING_H
#define CUSTODY_SERVICE_LISTING_H

#include "daemon/service/asking.h"

void listing_unclosed(struct asking *asking, const Custody__V1__UnclosedRequest *request);
/* Also obligations whose time is over: the rule has been broken since. */
void listing_findings(struct asking *asking, const Custody__V1__FindingsRequest *request);

#endif
