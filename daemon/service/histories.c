/* histories.c: a head that this ledger's key signed and that is not of this ledger.
 * Never believes who shows it. */
#include "daemon/service/histories.h"

#include <stdio.h>
#include <unistd.h>

#include "daemon/base/logger.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/segment.h"
#include "daemon/service/ledger_parts.h"

enum { HISTORIES_PATH = 600 };

static void path_of(const char *data, char ret[static HISTORIES_PATH])
{
    snprintf(ret, HISTORIES_PATH, "%s/two-histories", data);
}

static void stop(struct ledger *ledger, const char *path, const char *kept)
{
    LOG(LOGGER_ERROR, "two_histories",
        LOGGER_TEXT("sentence", "another history was signed with this ledger's key: it is used "
                                "elsewhere, or this is an old copy; nothing more is signed"),
        LOGGER_TEXT("evidence", path), LOGGER_TEXT("kept", kept),
        LOGGER_TEXT("remedy", "find out which it is; custodyd rotate-key, or a newer copy"));
    atomic_store(&ledger->has_two_histories, true);
}

void histories_look(struct ledger *ledger,
                    struct span note,
                    const uint8_t key_in_force[static PUBLIC_KEY_SIZE],
                    uint64_t size,
                    merkle_read_node *read_node,
                    void *context)
{
    char path[HISTORIES_PATH];
    if (histories_are_two(ledger) || mark_check(note, ledger->keys.origin, key_in_force, size,
                                                read_node, context) != CUSTODY_ERR_ROLLBACK)
        return;
    path_of(ledger->options.data, path);
    stop(ledger, path, custody_status_name(mark_write(path, note)));
}

void histories_recall(struct ledger *ledger)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    char path[HISTORIES_PATH];
    size_t len;
    path_of(ledger->options.data, path);
    if (mark_read(path, note, sizeof note, &len) == CUSTODY_OK &&
        mark_check(span_of(note, len), ledger->keys.origin, ledger->keys.public_key,
                   journal_size(ledger->journal), tree_read, ledger->tree) == CUSTODY_ERR_ROLLBACK)
        stop(ledger, path, "before");
}

bool histories_are_two(const struct ledger *ledger)
{
    return atomic_load_explicit(&ledger->has_two_histories, memory_order_relaxed);
}

enum custody_status histories_set_aside(struct ledger *ledger)
{
    char path[HISTORIES_PATH], aside[HISTORIES_PATH + 32];
    path_of(ledger->options.data, path);
    atomic_store(&ledger->has_two_histories, false);
    if (access(path, F_OK) != 0)
        return CUSTODY_OK;
    snprintf(aside, sizeof aside, "%s-%llu", path,
             (unsigned long long)journal_size(ledger->journal));
    return rename(path, aside) == 0 ? segment_sync_folder(ledger->options.data)
                                    : segment_status_of_errno();
}

bool histories_were_two(const char *data)
{
    char path[HISTORIES_PATH];
    path_of(data, path);
    return access(path, F_OK) == 0;
}
