/* epcis.h: statements as events of GS1's EPCIS 2.0, in its JSON-LD, with business steps and dispositions of the Core Business Vocabulary.
 * Never judges: an event is what was stated. What was put right has an error declaration.
 *
 * | act                          | event                | business step          | disposition                          |
 * | pack                         | ObjectEvent ADD      | commissioning          | active                               |
 * | store                        | ObjectEvent OBSERVE  | storing                | in_progress                          |
 * | depart                       | ObjectEvent OBSERVE  | departing              | in_transit                           |
 * | load                         | ObjectEvent OBSERVE  | loading                | in_transit                           |
 * | transfer                     | ObjectEvent OBSERVE  | transporting           | in_transit                           |
 * | receive, by verdict          | ObjectEvent OBSERVE  | receiving              | in_progress, non_conformant, unknown |
 * | feed, yield                  | TransformationEvent  | destroying, commissioning | destroyed, active                 |
 * | relabel                      | TransformationEvent  | repackaging            | active                               |
 * | nest, unnest                 | AggregationEvent     | packing, unpacking     | in_progress                          |
 * | issue_manifest, draw_manifest | TransactionEvent ADD | consigning            | active                               |
 * | confirm_receipt              | TransactionEvent     | accepting              | conformant or mismatch_quantity      |
 *
 * An identifier is a URI beneath the ledger's origin. What the vocabulary has no word for stands under `custody:`. */
#ifndef CUSTODY_CLIENT_EXCHANGE_EPCIS_H
#define CUSTODY_CLIENT_EXCHANGE_EPCIS_H

#include <jansson.h>
#include <stdint.h>

#include <custody/client.h>

struct epcis_fact {
    const char *origin;   /* of the ledger */
    const char *act, *id; /* of the statement, hex */
    int64_t at_us, recorded_at_us;
    const struct custody_position *position; /* NULL: not known */
    const json_t *body;
};

/* A new array of its events, without a context; empty for an act that makes none; NULL when memory is used up. */
json_t *epcis_events(const struct epcis_fact *fact);
/* The events of `fact` once more, declared wrong by `by`: an amend or a withdraw; of an amend the right ones follow. The same ids, and those
 * that correct them named. NULL when memory is used up. */
json_t *epcis_corrected(const struct epcis_fact *fact, const struct epcis_fact *by);
/* All of a document but its events: what stands before them as text, for the caller to free; behind them stands EPCIS_END. */
#define EPCIS_END "]}}\n"
char *epcis_head(const char *origin, int64_t created_us);

#endif
