/* recordlog.h: an append-only file of records, each on disk before it counts.
 * Never rewrites a record and never guesses: a torn last record is cut off, any other damage is an error.
 *
 * Layout, big-endian. File: "custody-log/1\n" and two zeros, 16 bytes of purpose, 32 bytes of owner, 32 bytes of mark, first 8 bytes of
 * the SHA-256 of these. Record: u32 "CREC", u32 length, u64 own offset, u32 start of the SHA-256 of these three, u64 start of
 * the SHA-256 of the payload, payload, one byte "\n".
 *
 * Only the last append can be torn, because each is on disk before the next begins. A record counts as torn when the
 * file ends within it, or when a block of the disk in it was never written (is all zero); a last record that is whole
 * and wrong was damaged later, and that is reported: it had been promised.
 *
 * The mark holds what the file system knows of this very file: a copy or a restored file has another. */
#ifndef CUSTODY_CLIENT_LIB_RECORDLOG_H
#define CUSTODY_CLIENT_LIB_RECORDLOG_H

#include <custody/client.h>
#include "proto/digest.h"

enum { RECORDLOG_PURPOSE_MAX = 16, RECORDLOG_PAYLOAD_MAX = 16 * 1024 * 1024 };

struct recordlog;

/* One record, while the file is opened; `payload` lives until the call returns. */
typedef enum custody_status recordlog_take(void *context,
                                           uint64_t offset,
                                           struct span payload,
                                           struct custody_problem *problem);

/* Open, or make an empty one, and hand every record to `take`. `owner` must be that of the file. */
CUSTODY_CHECK enum custody_status recordlog_open(const char *path,
                                                 const char *purpose,
                                                 const uint8_t owner[static PUBLIC_KEY_SIZE],
                                                 recordlog_take *take,
                                                 void *context,
                                                 struct recordlog **ret,
                                                 struct custody_problem *problem);
void recordlog_close(struct recordlog *log); /* NULL is allowed */
/* The parts, one after the other, as one record, on disk when it returns. After a failure the file is as it was before
 * the call, or the log takes nothing more. What belongs together goes into one record: two that were not yet on disk could
 * be torn in the wrong order. */
CUSTODY_CHECK enum custody_status recordlog_append(struct recordlog *log,
                                                   const struct span *parts,
                                                   size_t count,
                                                   uint64_t *ret_offset,
                                                   struct custody_problem *problem);
/* Read a record again; the caller frees `*ret_payload`. */
CUSTODY_CHECK enum custody_status recordlog_read(struct recordlog *log,
                                                 uint64_t offset,
                                                 uint8_t **ret_payload,
                                                 size_t *ret_len,
                                                 struct custody_problem *problem);
/* Is this the file that was made here, not a copy? */
bool recordlog_is_original(const struct recordlog *log);
bool recordlog_was_torn(const struct recordlog *log); /* cut off at opening */

#endif
