/* passage.c: the head with a change of the ledger's key in it, which the old key signed too.
 * Never signs. */
#include "daemon/service/passage.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/ledger/mark.h"

enum { ED25519 = 0x01, PASSAGE_PATH = 600 };

static void path_of(const char *data,
                    const char *origin,
                    const uint8_t key[static PUBLIC_KEY_SIZE],
                    char ret[static PASSAGE_PATH])
{
    snprintf(ret, PASSAGE_PATH, "%s/passage-%08" PRIx32, data,
             checkpoint_key_id(origin, ED25519, key));
}

enum custody_status passage_keep(const char *data,
                                 const char *origin,
                                 const uint8_t former_key[static PUBLIC_KEY_SIZE],
                                 struct span note)
{
    char path[PASSAGE_PATH];
    struct checkpoint head;
    if (checkpoint_verify(note, origin, former_key, &head) != CHECKPOINT_OK)
        return CUSTODY_OK;
    path_of(data, origin, former_key, path);
    return mark_write(path, note);
}

enum custody_status passage_read(const char *data,
                                 const char *origin,
                                 const uint8_t former_key[static PUBLIC_KEY_SIZE],
                                 uint8_t ret[static CHECKPOINT_SIZE_MAX],
                                 size_t *ret_len,
                                 uint64_t *ret_size)
{
    char path[PASSAGE_PATH];
    struct checkpoint head;
    size_t len;
    path_of(data, origin, former_key, path);
    enum custody_status status = mark_read(path, ret, CHECKPOINT_SIZE_MAX, &len);
    if (status == CUSTODY_OK &&
        checkpoint_verify(span_of(ret, len), origin, former_key, &head) != CHECKPOINT_OK)
        status = CUSTODY_ERR_EVIDENCE;
    if (status != CUSTODY_OK)
        return status;
    *ret_len = len;
    *ret_size = head.size;
    return CUSTODY_OK;
}
