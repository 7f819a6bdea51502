/* uscc.h: the unified social credit code of GB 32100-2015 and its check digit.
 * Never a reason to refuse: some early codes are lawful and do not fit (RULES.md 5.1), so it is a mark. */
#ifndef CUSTODY_DOMAIN_USCC_H
#define CUSTODY_DOMAIN_USCC_H

#include "proto/span.h"

enum uscc_verdict {
    USCC_NONE = 0, /* not a party of the scheme uscc: nothing to check */
    USCC_FITS = 1,
    USCC_DIFFERS =
        2, /* not 18 characters of the code's alphabet, or its last one is not the sum's */
};

/* `party` is scheme:value. */
enum uscc_verdict uscc_check(struct span party);

#endif
