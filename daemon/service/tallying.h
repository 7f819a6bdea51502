/* tallying.h: the sums that look at more than one container: a plant's days and years, what a party recorded late, the
 * marks of its month, what is in stock.
 * Never decides a rule: the pure records do (plant.h, sitting.h, pattern.h, stock.h).
 *
 * Two roads lead here. What containers contribute is subtracted and added (contribution.h). What a statement says by itself
 * is remembered as a moment, or counted, and told again when it comes to count or ceases to (voice.h). Writer's thread. */
#ifndef CUSTODY_SERVICE_TALLYING_H
#define CUSTODY_SERVICE_TALLYING_H

#include "proto/custody.pb-c.h"
#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"
#include "daemon/service/settle.h"

/* ---- for the records of other files ---- */

/* The statement that is being applied, as a moment: of its author, at its effective time, void while it is. */
struct moment tallying_moment(const struct apply *apply, uint8_t kind);
/* Did the author have that kind (enum PartyKind) then? */
bool tallying_is_kind(const struct apply *apply, unsigned kind);
const struct calendar *tallying_calendar(const struct apply *apply);
/* A record of one's own to change, from what the book has (book_look); NULL after a failure. */
void *tallying_load(struct apply *apply,
                    uint8_t record,
                    uint64_t number,
                    size_t size,
                    bool (*parse)(struct span bytes, void *ret));
/* Rows from `first` on get the division in which their party was when it began. */
void tallying_place(struct apply *apply, struct work_set *set, uint32_t first);

/* ---- what is called as a statement is applied ---- */

void tallying_part(struct apply *apply, const struct tally_part *part);
/* A fact about a container: shown, if it carries a mark. A void one too, as such. */
void tallying_fact(struct apply *apply, const struct fact *fact);
/* The statement as a whole, once its facts are there; how it is told is apply->tell. */
void tallying_statement(struct apply *apply, uint32_t act, const ProtobufCMessage *body);

#endif
