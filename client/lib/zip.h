/* zip.h: a folder as one ZIP file, in the one form that is written here: members stored, dated 1980, nothing between them.
 * Never compresses, never touches a disk, and reads no other form: what zip_parse takes is told, byte for byte, by the members' names
 * and contents, so nothing can hide in a header and no byte can change unseen.
 *
 * Source: PKWARE's APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central header), 4.3.16 (end). Python's zipfile writes the
 * same bytes for ZipInfo(name) with create_system 3.
 * Threads: any; nothing is shared. */
#ifndef CUSTODY_CLIENT_LIB_ZIP_H
#define CUSTODY_CLIENT_LIB_ZIP_H

#include <custody/client.h>
#include "proto/span.h"

enum { ZIP_MEMBERS_MAX = 8192, ZIP_NAME_MAX = 96, ZIP_SIZE_MAX = 256 * 1024 * 1024 };

struct zip_member {
    char name[ZIP_NAME_MAX +
              1]; /* letters, digits, '.', '-', '_', '/' between parts that do not begin with '.' */
    struct span content; /* borrowed */
};

/* Bytes of the file; 0 when it would be too large, or a name is not one. */
size_t zip_size(const struct zip_member *members, size_t count);
/* Exactly zip_size bytes. */
void zip_write(const struct zip_member *members, size_t count, uint8_t *ret);
/* INVALID: not a ZIP file; EVIDENCE: not as zip_write makes one, so it was changed. Contents borrow from `file`. */
CUSTODY_CHECK enum custody_status zip_parse(struct span file,
                                            struct zip_member *ret,
                                            size_t cap,
                                            size_t *ret_count,
                                            struct custody_problem *problem);

#endif
