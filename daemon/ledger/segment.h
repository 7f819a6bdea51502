/* segment.h: a file that is written once, whole or not at all, and read back from its beginning to its end.
 * Never changed afterwards, never knows what the bytes mean.
 *
 * Written as NAME.new; finishing syncs it, gives it its name and syncs the folder. Both ends take the SHA-256 as they go, so that
 * whoever kept it knows a file that rotted. Mode 0600. One thread. */
#ifndef CUSTODY_LEDGER_SEGMENT_H
#define CUSTODY_LEDGER_SEGMENT_H

#include <custody/status.h>
#include "proto/digest.h"

struct segment_writer;
struct segment_reader;

enum { SEGMENT_PATH_MAX = 4096 };

/* EXISTS is never given: a file of that name is replaced when the new one is whole. */
enum custody_status
segment_create(const char *folder, const char *name, struct segment_writer **ret);
/* Sticky: after the first failure nothing more is written, and segment_finish gives it. */
void segment_write(struct segment_writer *writer, struct span bytes);
/* A u32 length, big-endian, and the bytes. */
void segment_write_counted(struct segment_writer *writer, struct span bytes);
/* The writer is gone, whatever comes back; after a failure there is no file. */
enum custody_status
segment_finish(struct segment_writer **writer, uint64_t *ret_bytes, struct digest *ret_digest);
void segment_discard(struct segment_writer **writer); /* NULL is allowed */

/* `folder` may be a tar of one (tape.h). */
enum custody_status segment_open(const char *folder, const char *name, struct segment_reader **ret);
uint64_t segment_left(const struct segment_reader *reader);
/* CORRUPT when the file ends before. */
enum custody_status segment_read(struct segment_reader *reader, void *ret, size_t len);
/* What segment_write_counted wrote; CORRUPT when it is longer than `cap`. */
enum custody_status
segment_read_counted(struct segment_reader *reader, uint8_t *ret, size_t cap, size_t *ret_len);
/* OK when the whole file was read and this is its digest; else CORRUPT. */
enum custody_status
segment_check(const struct segment_reader *reader, uint64_t bytes, const struct digest *digest);
void segment_close(struct segment_reader *reader); /* NULL is allowed */

/* FOLDER/NAME into `ret` (SEGMENT_PATH_MAX bytes); false when it does not fit. */
bool segment_path(const char *folder, const char *name, char *ret);
/* Make the names in a folder durable. */
enum custody_status segment_sync_folder(const char *folder);
enum custody_status segment_status_of_errno(void);

#endif
