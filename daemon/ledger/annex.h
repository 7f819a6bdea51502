/* annex.h: records that signed bytes name only by a salted digest: names, texts, identity records, photographs.
 * The one thing here that can be erased, and the one thing that cannot be rebuilt.
 *
 * A record is a 16-byte salt and the content; its name is the SHA-256 of both. Each is encrypted under a key of its
 * own; erasing overwrites every copy of the key on the disk (LMDB leaves what it deletes in free pages), then removes
 * the record. Threads: one writer, readers from any thread. */
#ifndef CUSTODY_LEDGER_ANNEX_H
#define CUSTODY_LEDGER_ANNEX_H

#include "proto/digest.h"
#include "daemon/ledger/store.h"

struct annex;

enum custody_status
annex_open(const char *path, enum store_mode mode, uint64_t map_size, struct annex **ret);
void annex_close(struct annex *annex);
/* Bytes of the data file in use. Any thread. */
uint64_t annex_used(struct annex *annex);
/* Keep records, all or none; the commit is synchronous. Those already there, and those once erased, are left as they
 * are. INVALID: one is shorter than its salt. */
enum custody_status annex_put(struct annex *annex, const struct span *records, size_t count);
/* The content without its salt, decrypted into `ret`; the digest is checked (CORRUPT). NOT_FOUND: never kept, or erased.
 * INVALID: more than `cap` bytes. */
enum custody_status annex_get(
    struct annex *annex, const struct digest *digest, uint8_t *ret, size_t cap, size_t *ret_len);
/* The same with its salt in front: what the digest is the SHA-256 of, for who wants to check it. */
enum custody_status annex_get_salted(
    struct annex *annex, const struct digest *digest, uint8_t *ret, size_t cap, size_t *ret_len);
/* Was it erased? False when it was never kept. */
bool annex_is_erased(struct annex *annex, const struct digest *digest);
/* A record as it is kept, for a copy elsewhere. */
enum { ANNEX_KEY_SIZE = 32 };
struct annex_kept {
    struct digest name;
    struct span row;    /* nonce and encrypted record; empty: erased */
    const uint8_t *key; /* ANNEX_KEY_SIZE bytes; NULL: erased */
};
typedef enum custody_status annex_visit(void *context, const struct annex_kept *kept);
/* In the order of their names those after `after` (NULL: from the first), at most `most`, on one snapshot. The last name goes to
 * `ret_last`, how many there were to `ret_count`; fewer than `most`: there are no more. Any other status than OK ends the walk. */
enum custody_status annex_walk(struct annex *annex,
                               const struct digest *after,
                               size_t most,
                               annex_visit *visit,
                               void *context,
                               struct digest *ret_last,
                               size_t *ret_count);
/* Put them as they were, in one commit; one that is there already is replaced. */
enum custody_status
annex_put_kept(struct annex *annex, const struct annex_kept *kept, size_t count);
/* CORRUPT unless the key opens the row and what is in it has the name. */
enum custody_status annex_check_kept(const struct annex_kept *kept);

/* OK too when there is none: one that comes later is not kept. May be repeated, after a failure or at every start; what is
 * erased already costs a look. */
enum custody_status annex_erase(struct annex *annex, const struct digest *digest);

#endif
