/* histories.h: a head that this ledger's key signed and that is not of this ledger: the key is used elsewhere, or this is an old copy.
 * Never believes who shows it: the signature alone counts, so nobody without the key can stop a ledger.
 *
 * What a device says in `seen` is its own word, and may be a lie; a signed head is not. From then on the ledger answers questions and
 * takes no statement (two_histories), over restarts too, until its key is changed (rotate.h): heads by a key that is no more in force
 * are no reason to stop. The head is kept in the file `<data>/two-histories`, as evidence. */
#ifndef CUSTODY_SERVICE_HISTORIES_H
#define CUSTODY_SERVICE_HISTORIES_H

#include "proto/merkle.h"
#include "daemon/service/ledger.h"

/* Looks at a note that somebody showed; `size` and the nodes are of the tree as the caller sees it. Any thread. */
void histories_look(struct ledger *ledger,
                    struct span note,
                    const uint8_t key_in_force[static PUBLIC_KEY_SIZE],
                    uint64_t size,
                    merkle_read_node *read_node,
                    void *context);
/* At the start: is what was kept still a reason? Before the writer's thread runs. */
void histories_recall(struct ledger *ledger);
/* Nothing may be signed. Any thread. */
bool histories_are_two(const struct ledger *ledger);
/* The key was changed: the evidence gets another name, and is a reason no more. */
enum custody_status histories_set_aside(struct ledger *ledger);
/* For who looks at the folder alone. */
bool histories_were_two(const char *data);

#endif
