/* exporting.h: what every export does: the ledger's entries one by one, as far as this device may read them; what was left out.
 * Never writes a format. */
#ifndef CUSTODY_CLIENT_CLI_EXPORTING_H
#define CUSTODY_CLIENT_CLI_EXPORTING_H

#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "client/cli/command.h"
#include "client/exchange/leftover.h"

/* Which entries: those that the ledger recorded or granted, and that this device may read. */
struct exporting_filter {
    uint32_t act;              /* 0: every act */
    int64_t from_us, until_us; /* by the time that was claimed; until is not included; 0: no end */
};

/* `body` is dropped afterwards; NULL for an act that this version does not know. False stops the export; the client's problem says why. */
typedef bool exporting_visit(void *context,
                             const struct entry *entry,
                             const struct statement *statement,
                             json_t *body);

/* Every entry in the order of the ledger, the tree recomputed and compared with the signed root: what was printed stands under it when this
 * gives 0. Memory does not grow with the ledger. What stopped it was printed. */
int exporting_each(struct command_context *context,
                   const struct exporting_filter *filter,
                   exporting_visit *visit,
                   void *visit_context);
/* --from, --until as days or times, --month 2026-05; into the filter. False: told what is wrong, *ret_code is the exit code. */
CUSTODY_CHECK bool exporting_take_period(struct command_context *context,
                                         struct arguments *arguments,
                                         struct exporting_filter *ret,
                                         int *ret_code);
/* The whole form of a manifest, by its id in hex. It lies in `*ret_message`, which is freed with reflect_free. */
CUSTODY_CHECK enum custody_status exporting_ask_manifest(struct command_context *context,
                                                         const char *id,
                                                         ProtobufCMessage **ret_message,
                                                         const Custody__V1__ManifestView **ret);
/* On stderr: what the file has no place for. */
void exporting_tell(const struct output *output, const struct leftover *leftover);

#endif
