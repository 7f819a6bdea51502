/* trust.c: the newest checkpoint that this device has verified, and the one way to a newer one.
 * Never goes back, and never forward without a proof. */
#include "client/lib/trust.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/bytes.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"

enum { LOCK_WAIT_MS = 5000 };

/* The checkpoint in the file; size 0 when there is none. */
static enum custody_status load(const char *path,
                                const struct evidence_ledger *ledger,
                                struct checkpoint *ret,
                                uint8_t **ret_note,
                                size_t *ret_len,
                                struct custody_problem *problem)
{
    uint8_t *note = NULL;
    size_t len = 0;
    enum custody_status status = files_read(path, CHECKPOINT_SIZE_MAX, &note, &len, problem);
    if (status == CUSTODY_ERR_NOT_FOUND) {
        memset(ret, 0, sizeof(*ret));
        *ret_note = NULL;
        *ret_len = 0;
        return CUSTODY_OK;
    }
    if (status != CUSTODY_OK)
        return status;
    status = evidence_check_note(ledger, span_of(note, len), ret, problem);
    if (status != CUSTODY_OK) {
        problem_prefix(problem, path);
        free(note);
        return status;
    }
    *ret_note = note;
    *ret_len = len;
    return CUSTODY_OK;
}

enum custody_status trust_open(const char *home,
                               const struct evidence_ledger *ledger,
                               struct trust *ret,
                               struct custody_problem *problem)
{
    char path[FILES_PATH_MAX];
    struct trust trust = {.ledger = *ledger};
    enum custody_status status = files_join(home, "head", path, problem);
    if (status != CUSTODY_OK)
        return status;
    status = load(path, ledger, &trust.head, &trust.note, &trust.note_len, problem);
    if (status != CUSTODY_OK)
        return status;
    trust.saved = trust.head;
    trust.path = strdup(path);
    if (trust.path == NULL) {
        trust_done(&trust);
        return problem_set(problem, CUSTODY_ERR_MEMORY, "head", NULL, "nothing left");
    }
    *ret = trust;
    return CUSTODY_OK;
}

void trust_done(struct trust *trust)
{
    free(trust->path);
    free(trust->note);
    memset(trust, 0, sizeof(*trust));
}

void trust_keep_evidence(const struct trust *trust,
                         struct span note,
                         struct custody_problem *problem)
{
    char path[FILES_PATH_MAX], remedy[CUSTODY_PROBLEM_TEXT_MAX];
    struct custody_problem ignored;
    struct digest digest = digest_sha256(note);
    int folder_len = (int)(strlen(trust->path) - strlen("head"));
    int len = snprintf(path, sizeof(path), "%.*sevidence-%08x", folder_len, trust->path,
                       bytes_get_u32(digest.bytes));
    uint8_t *both = malloc(trust->note_len + 1 + note.len);
    if (both == NULL || len < 0 || (size_t)len >= sizeof(path))
        goto done;
    memcpy(both, trust->note, trust->note_len);
    both[trust->note_len] = '\n';
    memcpy(both + trust->note_len + 1, note.data, note.len);
    enum custody_status status =
        files_create(path, span_of(both, trust->note_len + 1 + note.len), &ignored);
    if (status == CUSTODY_OK || status == CUSTODY_ERR_EXISTS) {
        snprintf(remedy, sizeof(remedy),
                 "trust nothing of this ledger now; show the file %s of the home folder to the "
                 "regulator",
                 path + folder_len);
        problem_advise(problem, remedy);
    }
done:
    free(both);
}

enum custody_status trust_advance(struct trust *trust,
                                  struct span note,
                                  const Custody__V1__ConsistencyProof *proof,
                                  struct custody_problem *problem)
{
    struct checkpoint checkpoint;
    enum custody_status status = evidence_check_note(&trust->ledger, note, &checkpoint, problem);
    if (status != CUSTODY_OK)
        return status;
    if (trust->head.size > 0)
        status = evidence_check_consistency(&trust->head, &checkpoint, proof, problem);
    if (status == CUSTODY_ERR_EVIDENCE)
        trust_keep_evidence(trust, note, problem);
    if (status != CUSTODY_OK)
        return status;
    if (trust->note != NULL && checkpoint.size == trust->head.size)
        return CUSTODY_OK;
    uint8_t *copied = malloc(note.len);
    if (copied == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "head", NULL, "nothing left");
    memcpy(copied, note.data, note.len);
    free(trust->note);
    trust->note = copied;
    trust->note_len = note.len;
    trust->head = checkpoint;
    return CUSTODY_OK;
}

enum custody_status trust_save(struct trust *trust, struct custody_problem *problem)
{
    char lock_path[FILES_PATH_MAX];
    struct checkpoint there;
    uint8_t *note = NULL;
    size_t len = 0;
    int lock = -1;
    if (trust->note == NULL || trust->head.size == trust->saved.size)
        return CUSTODY_OK;
    int count = snprintf(lock_path, sizeof(lock_path), "%s.lock", trust->path);
    if (count < 0 || (size_t)count >= sizeof(lock_path))
        return problem_set(problem, CUSTODY_ERR_INVALID, trust->path, "a shorter path", "%d bytes",
                           count);
    enum custody_status status = files_lock(lock_path, LOCK_WAIT_MS, &lock, problem);
    if (status == CUSTODY_OK)
        status = load(trust->path, &trust->ledger, &there, &note, &len, problem);
    if (status != CUSTODY_OK)
        goto done;
    if (there.size == trust->saved.size &&
        (there.size == 0 || digest_is_equal(&there.root, &trust->saved.root))) {
        status = files_replace(trust->path, span_of(trust->note, trust->note_len), problem);
        if (status == CUSTODY_OK)
            trust->saved = trust->head;
    } else if (there.size == trust->head.size) {
        status = evidence_check_consistency(&there, &trust->head, NULL, problem);
    }
done:
    free(note);
    files_unlock(&lock);
    return status;
}
