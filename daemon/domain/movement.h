/* movement.h: double entry: what a container's history adds to whose account on which day, in grams and in pieces.
 * Never a balance: a figure is the sum of rows, and whoever reads it can list them.
 *
 * A row on disk is (party, code, day, entry) -> per account signed grams and pieces: what that entry changed. Rows are
 * never changed: when a later entry makes a history come out differently, the difference is written as a row of that
 * entry. So a figure as of n is the sum of the rows with entry < n, for ever, and a later correction never rewrites an
 * old report. Days are civil days of the ledger. Sums are exact; only printing rounds.
 *
 * A hand-over moves the same grams out of one account and into another: what the next scale found differently is
 * `reweighed`, of the party that held it until then. A mass that nobody gave is the first that anybody gave later, else 0.
 * Bulk waste arises when it is loaded or received. So does what was loaded before it was packed, once a pack is there;
 * what was taken and never packed is `unpacked`, and no generator's. */
#ifndef CUSTODY_DOMAIN_MOVEMENT_H
#define CUSTODY_DOMAIN_MOVEMENT_H

#include "daemon/domain/container.h"

/* Number, name, sign, Chinese, English. Sign: 1 comes into the party's stock, -1 goes out, 0 only counts:
 * opening + ins - outs = closing, for every party and code.
 * 20-25: what was treated, by its age then, at its generator; only waste with a storage limit.
 * 32-36: what became of what was generated, on the day of its generation and in the grams of then: together they are
 * `generated`. `of_disposed`: fed by the receiver that its manifest names, or by its generator where that is allowed.
 * 40-43: marks, at who made the record; pieces only.
 * 50-58: what the party declared, on the first day of the month, year or quarter; grams only. */
/* clang-format off */
#define MOVEMENT_ACCOUNTS(X) \
    X(1, generated, 1, "产生", "generated") \
    X(2, yielded, 1, "处置产出", "came out of treatment") \
    X(3, taken, 1, "承运装车", "taken over by the carrier") \
    X(4, received, 1, "接收", "received") \
    X(5, returned, 1, "退回", "returned to the generator") \
    X(6, sent, -1, "移出", "handed over by who kept it") \
    X(7, handed_on, -1, "交付", "handed on by the carrier") \
    X(8, treated, -1, "处置", "treated") \
    X(9, sent_back, -1, "退运", "rejected and sent back") \
    X(10, lost, -1, "流失", "lost") \
    X(11, by_order, -1, "依令核销", "closed by order, not treated") \
    X(12, self_treated, -1, "自行处置", "treated by its own generator") \
    X(13, reweighed, 1, "复称差", "found by weighing again") \
    X(14, unpacked, 0, "无包装记录", "taken of its name with no record of packing") \
    X(20, in_time, 0, "及时处置", "treated within the limit") \
    X(21, late, 0, "超期处置", "treated after the limit") \
    X(22, age_1, 0, "24小时内", "treated within 24 hours") \
    X(23, age_2, 0, "24至48小时", "treated after 24 to 48 hours") \
    X(24, age_3, 0, "48至72小时", "treated after 48 to 72 hours") \
    X(25, age_4, 0, "超过72小时", "treated after more than 72 hours") \
    X(32, of_disposed, 0, "其中已安全处置", "of it disposed of by a closed transfer") \
    X(33, of_strayed, 0, "其中未按联单处置", "of it treated elsewhere than its manifest says") \
    X(34, of_by_order, 0, "其中依令核销", "of it closed by order") \
    X(35, of_lost, 0, "其中流失", "of it lost") \
    X(36, of_open, 0, "其中未办结", "of it still open") \
    X(40, mark_typed, 0, "手工录入重量", "weights that were typed") \
    X(41, mark_single, 0, "单方签名", "hand-overs that one side signed") \
    X(42, mark_late, 0, "迟录", "records made late within the limit") \
    X(43, mark_five, 0, "五即间隔", "at-once steps too far apart") \
    X(50, declared_generated, 0, "申报产生", "declared as generated") \
    X(51, declared_transferred, 0, "申报移出", "declared as moved out") \
    X(52, declared_self_treated, 0, "申报自行处置", "declared as treated by itself") \
    X(53, year_generated, 0, "年报产生", "declared for the year as generated") \
    X(54, year_transferred, 0, "年报移出", "declared for the year as moved out") \
    X(55, year_self_treated, 0, "年报自行处置", "declared for the year as treated by itself") \
    X(56, quarter_generated, 0, "季报产生", "declared for the quarter as generated") \
    X(57, quarter_transferred, 0, "季报移出", "declared for the quarter as moved out") \
    X(58, quarter_self_treated, 0, "季报自行处置", "declared for the quarter as treated by itself")
/* clang-format on */

enum movement_account {
#define MOVEMENT_X(number, name, sign, zh, en) MOVEMENT_##name = number,
    MOVEMENT_ACCOUNTS(MOVEMENT_X)
#undef MOVEMENT_X
};
enum { MOVEMENT_ACCOUNT_MAX = 63 };

struct movement {
    uint32_t party;
    uint32_t code; /* number of the waste code's name; 0: not known */
    int32_t day;
    uint8_t account; /* enum movement_account */
    int64_t grams;
    int64_t pieces;
};

/* More than any history of 2 * FACTS_MAX steps comes to. */
enum { MOVEMENTS_MAX = 2 * FACTS_MAX * 12 + CONTAINER_FILLS_MAX };

struct movement_set {
    uint32_t count;
    uint32_t dropped; /* beyond the bound: never, see above */
    struct movement rows[MOVEMENTS_MAX];
};

struct movement_account_row {
    uint8_t number;
    const char *name;
    int sign;
    const char *zh, *en;
};
/* NULL for an unknown number or name. */
const struct movement_account_row *movement_account_find(uint8_t number);
const struct movement_account_row *movement_account_find_name(struct span name);
/* What goes into a party's stock is 1, what goes out -1, what only counts 0. */
int movement_account_sign(uint8_t account);

/* Everything that the history adds up to: rows of one (party, code, day, account) are one, and none is of nothing. */
void movement_of_history(const struct container_history *history,
                         const struct container_context *context,
                         struct movement_set *ret);
/* Adds to the row of that party, code, day and account. */
void movement_add(struct movement_set *set, const struct movement *row);
/* What the party holds of the container by the history: what its rows add up to, the long way round. */
void movement_stock(const struct container_history *history,
                    uint32_t party,
                    int64_t *ret_grams,
                    int64_t *ret_pieces);

/* A row of the table. The key orders by party, code, day, entry. */
enum { MOVEMENT_KEY_BYTES = 4 + 4 + 4 + 8, MOVEMENT_VALUE_MAX = (MOVEMENT_ACCOUNT_MAX + 1) * 21 };
struct movement_key {
    uint32_t party, code;
    int32_t day;
    uint64_t entry;
};
void movement_write_key(const struct movement_key *key, uint8_t ret[static MOVEMENT_KEY_BYTES]);
bool movement_parse_key(struct span bytes, struct movement_key *ret);
/* Accounts in their order, those of nothing left out; 0 when all are. */
struct movement_sums {
    int64_t grams[MOVEMENT_ACCOUNT_MAX + 1];
    int64_t pieces[MOVEMENT_ACCOUNT_MAX + 1];
};
size_t movement_write_value(const struct movement_sums *sums,
                            uint8_t ret[static MOVEMENT_VALUE_MAX]);
/* Calls for each account of a value; false on damage: an account twice, out of order, or of nothing. */
typedef void movement_visit(void *context, uint8_t account, int64_t grams, int64_t pieces);
bool movement_parse_value(struct span bytes, movement_visit *visit, void *context);

#endif
