/* tape.h: a backup as one file: a POSIX tar of what its inventory names, for a stick, a tape or a pipe.
 * Never makes a backup: it packs the one that stands in a place, and `tar -x` gives that place again.
 *
 * The inventory comes first, then the files in its order, bare names, mode 0600. Numbers that do not fit into octal digits (files of
 * 8 GiB and more) are written in base 256, as GNU tar and libarchive do. segment_open takes such a file for a place, so whatever reads
 * a backup reads it as it is, without unpacking. One thread. */
#ifndef CUSTODY_LEDGER_TAPE_H
#define CUSTODY_LEDGER_TAPE_H

#include <stdio.h>

#include <custody/status.h>
#include "proto/span.h"

enum { TAPE_BLOCK = 512, TAPE_SENTENCE = 240, TAPE_NAME_MAX = 99 };

/* Pack the place into a stream; every file is compared with its digest on the way. BUSY while a backup is at work there, and none
 * begins meanwhile. After a failure `ret_sentence` says what, and what was written is not a backup. */
enum custody_status
tape_write(const char *place, FILE *stream, char ret_sentence[static TAPE_SENTENCE]);
/* The same into a file, which gets its name when all of it was read back and verified (holdings_verify): a file of that name is
 * replaced, a failure leaves it as it was. EVIDENCE: another passphrase, or what was read is not what was written. */
enum custody_status tape_make(const char *place,
                              const char *path,
                              struct span passphrase,
                              char ret_sentence[static TAPE_SENTENCE]);

/* Go to the content of the file of that name. NOT_FOUND; CORRUPT when this is no tar, or cut off. */
enum custody_status tape_find(FILE *stream, const char *name, uint64_t *ret_size);
/* The header of a file; INVALID when the name is too long. */
enum custody_status
tape_header(const char *name, uint64_t size, int64_t made_at_us, uint8_t ret[static TAPE_BLOCK]);

#endif
