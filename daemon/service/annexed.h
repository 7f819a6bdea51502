/* annexed.h: which records of the annex the statements name, whose they are, and which were erased.
 * Never looks into a record and never decides whether one may be read or erased.
 *
 * Every statement that was understood is looked through for the fields that name records; what it says is kept under the
 * digest (domain/retention.h), so that a record is found without its statement. Erasures are numbered in ledger order and kept:
 * they are applied to the annex after the commit, and again at every start, so that an annex that was restored from an older
 * copy forgets them anew. */
#ifndef CUSTODY_SERVICE_ANNEXED_H
#define CUSTODY_SERVICE_ANNEXED_H

#include "daemon/domain/retention.h"
#include "daemon/service/apply.h"
#include "daemon/service/ledger.h"

/* An entry is applied: note the records that it names. `author`: the number of its key. Writer's thread. */
void annexed_note(struct book *book, const struct apply_entry *entry, uint32_t author);
/* False when no statement names the digest. */
bool annexed_find(struct book *book, const uint8_t *digest, struct retention_record *ret);
/* When the key of an identity record was revoked or lapsed; 0: it is alive, or the record is no identity. Writer's book only:
 * a reader's knows no times of entries. */
int64_t annexed_ended_us(struct book *book, const struct retention_record *record, int64_t now_us);
/* From then on it may be erased, by the profile in force now; INT64_MAX: not yet to be told. */
int64_t annexed_kept_until_us(struct book *book,
                              const struct retention_record *record,
                              int64_t ended_us,
                              int64_t now_us);

/* What keeps the record then; `ended_us` as in retention.h. */
enum retention_stay annexed_stay(struct book *book,
                                 const struct retention_record *record,
                                 int64_t ended_us,
                                 int64_t now_us);

/* A granted erasure; writer's thread. */
void annexed_erase(struct book *book, const uint8_t *digest);
bool annexed_is_erased(struct book *book, const uint8_t *digest);
/* Erase in the annex what the ledger says and has not been erased since the start. Writer's thread, or before it starts; the
 * book's memory is turned. A failure is tried again at the next call. */
enum custody_status annexed_apply_erasures(struct ledger *ledger);

#endif
