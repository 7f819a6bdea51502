/* passage.h: the head with a change of the ledger's key in it, which the old key signed too, kept for who knows the old key and has
 * verified nothing yet: a device that takes up an invitation of before the change.
 * Never needed by who has a head of its own, and so in no backup: without it such an invitation is made anew.
 *
 * A file `<data>/passage-<key id>` for each key that is no more in force. Any thread. */
#ifndef CUSTODY_SERVICE_PASSAGE_H
#define CUSTODY_SERVICE_PASSAGE_H

#include <custody/status.h>
#include "proto/checkpoint.h"

/* Keeps the note when the former key signed it; otherwise there is nothing to keep. */
enum custody_status passage_keep(const char *data,
                                 const char *origin,
                                 const uint8_t former_key[static PUBLIC_KEY_SIZE],
                                 struct span note);
/* NOT_FOUND when there is none. `ret_size`: of the head in it. */
enum custody_status passage_read(const char *data,
                                 const char *origin,
                                 const uint8_t former_key[static PUBLIC_KEY_SIZE],
                                 uint8_t ret[static CHECKPOINT_SIZE_MAX],
                                 size_t *ret_len,
                                 uint64_t *ret_size);

#endif
