/* status.h: the one table of outcomes, reasons and failures, for daemon, library, CLI and documents.
 *
 * An *outcome* is what the ledger says of a request. A *reason* tells why it is not simply "recorded"
 * or "granted". A *status* is what a function of the library returns; 0 is success. Numbers never
 * change their meaning: they are on the wire and, for refusals, in entries.
 *
 * Columns of CUSTODY_OUTCOMES: number, name, sentence, CLI exit code, retryable.
 * Columns of CUSTODY_REASONS: number, name, outcome, sentence, remedy, retryable.
 * Columns of CUSTODY_STATUSES: number, name, sentence, CLI exit code, retryable. */
#ifndef CUSTODY_STATUS_H
#define CUSTODY_STATUS_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define CUSTODY_OUTCOMES(X)                                                                       \
    X(1, recorded, "on the ledger", 0, false)                                                     \
    X(2, granted, "granted", 0, false)                                                            \
    X(3, refused, "not permitted; the request stands on the ledger as refused", 1, false)         \
    X(4, held, "on the ledger, without effect until it is confirmed by name", 1, false)           \
    X(5, turned_away, "not taken: this is not a statement that the ledger can keep", 1, false)    \
    X(6, busy, "not taken now; try again later", 3, true)                                         \
    X(7, unavailable, "not taken now; the ledger cannot answer", 3, true)                         \
    X(8, unknown, "no answer: the statement may or may not be on the ledger; ask again", 3, true)

/* 100-199 turned away; 200-299 busy; 300-399 unavailable; 400-999 refused; 1000-1099 a query's no. */
#define CUSTODY_REASONS(X)                                                                                      \
    X(100, not_a_statement, turned_away, "the bytes are not a statement", "build the statement by PROTOCOL.md 3", false) \
    X(101, bad_signature, turned_away, "the signature does not verify under the key in the header", "sign the exact bytes that are sent", false) \
    X(102, other_origin, turned_away, "the statement is addressed to another ledger", "send it to the ledger that it names", false) \
    X(103, too_large, turned_away, "the message is over the limit", "split it into several statements", false)  \
    X(104, not_a_request, turned_away, "the frames are not a request of this protocol", "see PROTOCOL.md 6", false) \
    X(105, other_version, turned_away, "this daemon does not speak that version", "ask hello which versions it speaks", false) \
    X(106, unknown_kind, turned_away, "this daemon does not know that kind of request", "ask hello which versions it speaks", false) \
    X(107, not_admitted, turned_away, "this connection may not ask that", "connect with an enrolled key", false) \
    X(108, record_unnamed, turned_away, "a record for the annex is not named by any digest in the statement", "name it, or leave it out", false) \
    X(200, queue_full, busy, "the daemon has more work than it can take", "wait and send again", true)          \
    X(201, quota_spent, busy, "this key or party has sent its share for now", "wait and send again", true)      \
    X(202, disk_reserve, busy, "the ledger's disk is nearly full", "tell the operator; the device keeps everything", true) \
    X(203, lookups_behind, busy, "the ledger is catching up", "wait and send again", true)                      \
    X(204, not_yet, busy, "the ledger has not reached the asked-for entry", "wait and ask again", true)         \
    X(300, enrolment_awaited, unavailable, "the key is not enrolled here yet", "the device keeps the statement; enrol the key", true) \
    X(301, stopping, unavailable, "the daemon is stopping", "wait and send again", true)                        \
    X(302, disk_failed, unavailable, "the ledger's disk failed; nothing was written", "tell the operator; the device keeps everything", true) \
    X(303, two_histories, unavailable, "another history was signed with the ledger's key; the ledger signs nothing more", "tell the operator: custodyd doctor; the device keeps everything", true) \
    X(400, content_not_understood, refused, "the body is not in the canonical form of a known act", "see PROTOCOL.md 4", false) \
    X(401, act_not_known, refused, "this daemon does not know that act", "update the daemon or the client", false) \
    X(402, out_of_bounds, refused, "a value is outside what can be true", "correct the field and submit again", false) \
    X(403, role_missing, refused, "the key's role may not do that", "ask a key with the role, or the party's admin", false) \
    X(404, key_revoked, refused, "the key was revoked before this request", "enrol a new key", false)           \
    X(405, party_unknown, refused, "no such party is registered", "register the party first", false)            \
    X(406, party_exists, refused, "the party is registered already", "use change_party", false)                 \
    X(407, party_closed, refused, "the party was closed or suspended at that time", "name its successor", false) \
    X(408, not_own_party, refused, "the request speaks for another party", "have that party's admin or a regulator ask", false) \
    X(409, kind_missing, refused, "the party is not of the kind that this needs", "have the party registered with the kind", false) \
    X(410, place_exists, refused, "the place is registered already", "use another code", false)                 \
    X(411, permit_missing, refused, "the receiver holds no permit that covers this waste at that time", "choose a permitted receiver or have the permit granted", false) \
    X(412, code_malformed, refused, "a waste code is not of the catalogue's form", "write it as the catalogue does, e.g. 841-001-01", false) \
    X(413, block_unknown, refused, "no such block of numbers", "reserve numbers first", false)                  \
    X(414, block_spent, refused, "the block is used up, lapsed or closed", "reserve new numbers", false)        \
    X(415, key_exists, refused, "the key is enrolled already", "make a new key", false)                         \
    X(416, key_unknown, refused, "no such key is enrolled", "check the key", false)                             \
    X(417, last_regulator, refused, "the last regulator key cannot be revoked", "enrol another regulator first", false) \
    X(418, invitation_spent, refused, "the invitation was used already or has lapsed", "ask for a new invitation", false) \
    X(419, role_not_invited, refused, "the invitation does not cover that role or party", "ask for a new invitation", false) \
    X(420, ledger_open, refused, "the ledger is open: this can only stand at its beginning", "nothing to do", false) \
    X(421, division_unknown, refused, "no such division is in the table", "set the divisions first", false)      \
    X(422, vehicle_exists, refused, "the vehicle is filed already for that time", "file it from the day its filing ends", false) \
    X(423, field_missing, refused, "a field that this act needs is missing", "fill it in and submit again", false) \
    X(424, parent_not_allowed, refused, "that party may not sponsor this one", "register the sponsor as its parent", false) \
    X(425, number_taken, refused, "the number is taken", "take another", false)                                  \
    X(426, act_not_open, refused, "that act is not open to devices", "the ledger's keeper does it: custodyd rotate-key", false)        \
    X(427, vehicle_unknown, refused, "no such vehicle is filed", "file the vehicle first", false)               \
    X(428, permit_unknown, refused, "no permit of that number was granted", "check the permit's number", false)  \
    X(429, reaches_back, refused, "it would change what held before it was recorded", "let it take effect from now on", false) \
    X(430, approval_exists, refused, "this end has approved it already", "nothing to do; the other end's regulator approves under the same number", false) \
    X(431, approval_differs, refused, "the approval of that number has other terms", "approve the same terms, or take another number", false) \
    X(432, approval_missing, refused, "no approval in force covers this transfer", "have the regulators of both ends approve it", false) \
    X(433, approval_spent, refused, "less is left of the approval than this would draw", "plan less, or have another transfer approved", false) \
    X(434, approval_too_long, refused, "an approval may not last so long", "at most 12 months, and not beyond the receiver's permit", false) \
    X(435, block_closed, refused, "the block was closed already", "nothing to do", false)                        \
    X(436, manifest_unknown, refused, "no such manifest is in force", "check the manifest's id", false)          \
    X(437, manifest_under_way, refused, "something was loaded under it already", "let the receiver reject it, or have it closed by order", false) \
    X(438, manifest_ended, refused, "the manifest was cancelled, or has ended", "nothing to do", false)           \
    X(439, code_unlisted, refused, "the waste code is not in the catalogue in force", "take a code of the edition in force", false) \
    X(440, record_unknown, refused, "no statement names that record of the annex", "check the digest", false) \
    X(441, record_retained, refused, "the record must still be kept", "ask again when its time is over", false) \
    X(442, contract_missing, refused, "no contract in force between generator and receiver is on file", "file the contract first", false) \
    X(443, carrier_not_permitted, refused, "the carrier holds no permit to transport this waste", "choose another carrier or have the permit granted", false) \
    X(444, permit_spent, refused, "the receiver's permit holds no more mass this year", "choose another receiver", false) \
    X(445, self_receipt, refused, "generator and receiver are the same party", "name another receiver; on-site treatment needs no manifest", false) \
    X(446, method_not_permitted, refused, "the receiver's permit does not name that method", "take a method of the permit", false) \
    X(447, mode_forbidden, refused, "medical waste may not travel by rail or by air", "plan another way", false)    \
    X(448, division_merged, refused, "the division was merged into another", "name its successor", false)         \
    X(449, plan_missing, refused, "no management plan on file covers this transfer", "file the plan first, and name its number", false) \
    X(450, profile_malformed, refused, "the text is no profile", "custody profile check names the line", false) \
    X(451, text_differs, refused, "the text is not the one that the statement names", "let custody set-profile fill in name, edition and digest", false) \
    X(452, edition_not_newer, refused, "an edition as high is recorded already", "raise the edition in the file", false) \
    X(453, table_full, refused, "no room is left for another one", "close or let lapse what is not needed", false) \
    X(454, container_unknown, refused, "no such container is on the ledger", "check generator and code", false)    \
    X(455, plan_spent, refused, "less is left of the management plan than this would move", "file the changed plan first", false) \
    X(456, record_on_hold, refused, "a regulator's hold stands on waste that the record's party had a part in", "release the hold first", false) \
    X(457, record_in_case, refused, "a breach or a dispute that the record may be evidence of is not settled", "settle it first", false) \
    X(1000, not_found, refused, "nothing on the ledger has that name", "check the spelling; it may not have synced yet", false) \
    X(1001, not_visible, refused, "this key may not see that", "ask as a party that took part, or as a regulator", false) \
    X(1002, bad_question, refused, "the question cannot be read", "see PROTOCOL.md 7", false)

#define CUSTODY_STATUSES(X)                                                                    \
    X(0, OK, "done", 0, false)                                                                 \
    X(1, ERR_MEMORY, "out of memory", 4, true)                                                 \
    X(2, ERR_IO, "reading or writing failed", 4, true)                                         \
    X(3, ERR_FULL, "the disk or a file's limit is full", 4, true)                              \
    X(4, ERR_CORRUPT, "stored bytes are damaged", 5, false)                                    \
    X(5, ERR_NOT_FOUND, "not found", 1, false)                                                 \
    X(6, ERR_EXISTS, "exists already", 1, false)                                               \
    X(7, ERR_INVALID, "a value is not valid", 2, false)                                        \
    X(8, ERR_TIMEOUT, "no answer in time", 3, true)                                            \
    X(9, ERR_UNREACHABLE, "the daemon cannot be reached", 3, true)                             \
    X(10, ERR_PROTOCOL, "the answer is not one of this protocol", 4, false)                    \
    X(11, ERR_EVIDENCE, "evidence does not verify", 5, false)                                  \
    X(12, ERR_ROLLBACK, "the ledger is older than what it has shown before", 5, false)         \
    X(13, ERR_BUSY, "locked by another process", 3, true)                                      \
    X(14, ERR_UNKNOWN_RESULT, "whether it was written is not known", 4, true)                  \
    X(15, ERR_PERMISSION, "file permissions do not allow that", 4, false)                      \
    X(16, ERR_COPIED, "this device's store was copied or restored and must not sign", 4, false)         \
    X(17, ERR_REFUSED, "the ledger answered no", 1, false)

/* clang-format on */

enum custody_outcome {
#define CUSTODY_X(number, name, sentence, exit_code, retryable) CUSTODY_OUTCOME_##name = number,
    CUSTODY_OUTCOMES(CUSTODY_X)
#undef CUSTODY_X
};

enum custody_reason {
    CUSTODY_REASON_none = 0,
#define CUSTODY_X(number, name, outcome, sentence, remedy, retryable)                              \
    CUSTODY_REASON_##name = number,
    CUSTODY_REASONS(CUSTODY_X)
#undef CUSTODY_X
};

enum custody_status {
#define CUSTODY_X(number, name, sentence, exit_code, retryable) CUSTODY_##name = number,
    CUSTODY_STATUSES(CUSTODY_X)
#undef CUSTODY_X
};

/* Every text is static. An unknown number gives "?" , exit code 4 and not retryable. */
const char *custody_outcome_name(uint32_t outcome);
const char *custody_outcome_sentence(uint32_t outcome);
int custody_outcome_exit_code(uint32_t outcome);
bool custody_outcome_is_retryable(uint32_t outcome);
const char *custody_reason_name(uint32_t reason);
const char *custody_reason_sentence(uint32_t reason);
const char *custody_reason_remedy(uint32_t reason);
enum custody_outcome custody_reason_outcome(uint32_t reason);
bool custody_reason_is_retryable(uint32_t reason);
const char *custody_status_name(enum custody_status status);
const char *custody_status_sentence(enum custody_status status);
int custody_status_exit_code(enum custody_status status);
bool custody_status_is_retryable(enum custody_status status);

#endif
