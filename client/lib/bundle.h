/* bundle.h: the evidence bundle: entries with their proofs in one file that a stranger can check, and that no byte can be changed in.
 * Never asks a ledger: what goes in is handed in, what comes out is checked.
 *
 * A ZIP file in the one form of zip.h. Its members, in this order:
 *   anything for people       README.txt, COVER.txt, verify.py, ledger.vkey, told.json: whatever whoever makes it adds
 *   entries/<number>.tlog-proof   one entry: its bytes, the inclusion proof, the signed checkpoint (tlogproof.h); number in ten digits
 *   records/<digest>          a record that a statement names by this digest: salt, then content
 *   SHA256SUMS                of all before, as sha256sum writes it
 *   SIGNATURE                 "custody-evidence/1\nkey <hex>\nsignature <base64>\n": the maker's, over the line
 *                             "custody-evidence/1\n" and SHA256SUMS
 * What the ledger and the statements' authors said is proved by their own signatures; what the cover says is its maker's word.
 * Threads: one a bundle. */
#ifndef CUSTODY_CLIENT_LIB_BUNDLE_H
#define CUSTODY_CLIENT_LIB_BUNDLE_H

#include <custody/proof.h>
#include "proto/digest.h"
#include "client/lib/zip.h"

struct bundle {
    struct zip_member *members;
    size_t count, room;
};

/* A copy of the content under that name. INVALID: no name for a member, or there is one of that name. */
CUSTODY_CHECK enum custody_status bundle_add(struct bundle *bundle,
                                             const char *name,
                                             struct span content,
                                             struct custody_problem *problem);
CUSTODY_CHECK enum custody_status bundle_add_entry(struct bundle *bundle,
                                                   uint64_t number,
                                                   struct span proof,
                                                   struct custody_problem *problem);
/* `record`: salt and content. */
CUSTODY_CHECK enum custody_status
bundle_add_record(struct bundle *bundle, struct span record, struct custody_problem *problem);
/* The file; the caller frees. INVALID when it would be over ZIP_SIZE_MAX. */
CUSTODY_CHECK enum custody_status bundle_seal(struct bundle *bundle,
                                              const uint8_t public_key[static PUBLIC_KEY_SIZE],
                                              const uint8_t secret_key[static SECRET_KEY_SIZE],
                                              uint8_t **ret,
                                              size_t *ret_len,
                                              struct custody_problem *problem);
void bundle_done(struct bundle *bundle); /* also of a zeroed one */

struct bundle_verified {
    size_t entries, records;
    uint8_t maker[PUBLIC_KEY_SIZE];
};

/* For every entry that holds, in the file's order. */
typedef void bundle_visit(void *context, const struct custody_proved *proved);
/* INVALID: no bundle. EVIDENCE: something in it does not hold, which the problem names. `ledger_vkey` as in proof.h; `visit` may be NULL. */
CUSTODY_CHECK enum custody_status bundle_verify(struct span file,
                                                const char *ledger_vkey,
                                                bundle_visit *visit,
                                                void *context,
                                                struct bundle_verified *ret,
                                                struct custody_problem *problem);
/* Does the file begin as one does? */
bool bundle_is_one(struct span file);

#endif
