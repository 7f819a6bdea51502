/* disclosure.h: records of the annex given out, and the access log: who read what of others, noted and told.
 * Never gives out what sight.h does not let see, and never answers a read of others that could not be noted.
 *
 * A line of the log (ledger/accesslog.h), columns between tabs: the asker's key in hex, the question, the scopes that the
 * answer rested on, whom it was about, and the request as text. Whom: parties, separated by commas; or, for a list over more,
 * what the scope covers: `division:540400`, `sector:Q84`, `ledger`. */
#ifndef CUSTODY_SERVICE_DISCLOSURE_H
#define CUSTODY_SERVICE_DISCLOSURE_H

#include "daemon/service/asking.h"

/* Note what was seen of others for this answer. False when it could not be: then the answer must not leave. */
bool disclosure_note(struct asking *asking, const ProtobufCMessage *request);
void disclosure_record(struct asking *asking, const Custody__V1__RecordRequest *request);
void disclosure_access(struct asking *asking, const Custody__V1__AccessRequest *request);

#endif
