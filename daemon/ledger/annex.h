/* annex.h: records that signed bytes name only by a salted digest: names, texts, identity records, photographs.
 * The one thing here that can be erased, and the one thing that cannot be rebuilt.
 *
 * A record is a 16-byte salt and the content; its name is the SHA-256 of both. Each is encrypted under a key of its
 * own; erasing removes key and record. Threads: one writer, readers from any thread. */
#ifndef CUSTODY_LEDGER_ANNEX_H
#define CUSTODY_LEDGER_ANNEX_H

#include "proto/digest.h"
#include "daemon/ledger/store.h"

struct annex;

enum custody_status
annex_open(const char *path, enum store_mode mode, uint64_t map_size, struct annex **ret);
void annex_close(struct annex *annex);
/* Keep records; each commit is synchronous. Those already there are left as they are. */
enum custody_status annex_put(struct annex *annex, const struct span *records, size_t count);
/* The content without its salt, decrypted into `ret` (at most `cap` bytes); the digest is checked. */
enum custody_status annex_get(
    struct annex *annex, const struct digest *digest, uint8_t *ret, size_t cap, size_t *ret_len);
enum custody_status annex_erase(struct annex *annex, const struct digest *digest);

#endif
