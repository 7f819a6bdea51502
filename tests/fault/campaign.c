/* campaign.c: how many of all the possible faults a run tries. */
#include "tests/fault/campaign.h"

#include <stdlib.h>
#include <string.h>

uint64_t campaign_wanted(uint64_t share)
{
    const char *campaign = getenv("CAMPAIGN");
    if (campaign == NULL || *campaign == 0)
        return share;
    return strcmp(campaign, "all") == 0 ? UINT64_MAX : strtoull(campaign, NULL, 10);
}
