/* enrolment.h: how a device's key comes onto the ledger: by an invitation, or by a sponsor's card.
 * Never gives a role; it carries what an admin gave. */
#ifndef CUSTODY_CLIENT_LIB_ENROLMENT_H
#define CUSTODY_CLIENT_LIB_ENROLMENT_H

#include "client/lib/client.h"

/* A new invitation, as a file 0600 that must not be there yet, and the statement that makes it good: enrol_key of the
 * one-time keys, kept in the spool. `card` names party, roles and until; its other fields are filled in and wiped. */
CUSTODY_CHECK enum custody_status enrolment_invite(struct custody_client *client,
                                                   struct card *card,
                                                   const char *invitation_file,
                                                   struct custody_kept *ret);
/* Enrol the device that wrote the request: keeps enrol_key, and writes the ledger card for it. */
CUSTODY_CHECK enum custody_status enrolment_sponsor(struct custody_client *client,
                                                    const char *request_file,
                                                    const char *card_file,
                                                    int64_t until_us,
                                                    const char *ref,
                                                    struct custody_kept *ret);

#endif
