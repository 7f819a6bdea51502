/* movement.h: double entry: what a container's history adds to whose account on which day, in grams and in pieces.
 * Never a balance: a figure is the sum of rows, and whoever reads it can list them.
 *
 * A row is (party, code, day, account, entry, container) -> signed grams and pieces. Rows are never changed: when a later
 * entry makes a history come out differently, the difference is written as rows of that entry. So a figure as of n is the
 * sum of the rows with entry < n, for ever, and a later correction never rewrites an old report. Days are civil days of
 * the ledger. Sums are exact; only printing rounds. */
#ifndef CUSTODY_DOMAIN_MOVEMENT_H
#define CUSTODY_DOMAIN_MOVEMENT_H

#include "daemon/domain/container.h"

/* Number, name, Chinese, English. What comes in and goes out of a party's stock has its sign in the name of the figure:
 * opening + generated + taken + received + returned + yielded - sent - handed_on - treated - sent_back - lost - by_order
 * = closing, for every party and code. `in_time` ... count what was treated, by its age. */
/* clang-format off */
#define MOVEMENT_ACCOUNTS(X) \
    X(1, generated, "产生", "generated") \
    X(2, yielded, "处置产出", "came out of treatment") \
    X(3, taken, "承运装车", "taken over by the carrier") \
    X(4, received, "接收", "received") \
    X(5, returned, "退回", "returned to the generator") \
    X(6, sent, "移出", "handed over by the generator") \
    X(7, handed_on, "交付", "handed on by the carrier") \
    X(8, treated, "处置", "treated") \
    X(9, sent_back, "退运", "rejected and sent back") \
    X(10, lost, "流失", "lost") \
    X(11, by_order, "依令核销", "closed by order, not treated") \
    X(12, self_treated, "自行处置", "treated by its own generator") \
    X(20, in_time, "及时处置", "treated within the limit") \
    X(21, late, "超期处置", "treated after the limit") \
    X(22, age_1, "24小时内", "treated within 24 hours") \
    X(23, age_2, "24至48小时", "treated after 24 to 48 hours") \
    X(24, age_3, "48至72小时", "treated after 48 to 72 hours") \
    X(25, age_4, "超过72小时", "treated after more than 72 hours") \
    X(40, mark_typed, "手工录入重量", "weights that were typed") \
    X(41, mark_single, "单方签名", "hand-overs that one side signed") \
    X(42, mark_late, "迟录", "records made late within the limit") \
    X(43, mark_five, "五即间隔", "at-once steps too far apart")
/* clang-format on */

enum movement_account {
#define MOVEMENT_X(number, name, zh, en) MOVEMENT_##name = number,
    MOVEMENT_ACCOUNTS(MOVEMENT_X)
#undef MOVEMENT_X
};

struct movement {
    uint32_t party;
    uint32_t code; /* number of the waste code's name; 0: not known */
    int32_t day;
    uint8_t account; /* enum movement_account */
    int64_t grams;
    int64_t pieces;
};

enum { MOVEMENTS_MAX = 1024 };

struct movement_set {
    uint32_t count;
    struct movement rows[MOVEMENTS_MAX];
};

struct movement_account_row {
    uint8_t number;
    const char *name, *zh, *en;
};
/* NULL for an unknown number. */
const struct movement_account_row *movement_account_find(uint8_t number);
/* What goes into a party's stock is 1, what goes out -1, what only counts 0. */
int movement_account_sign(uint8_t account);

/* Everything that the history adds up to: rows of one (party, code, day, account) are one. */
void movement_of_history(const struct container_history *history,
                         const struct container_context *context,
                         struct movement_set *ret);
/* `after` less `before`, without what comes to nothing. */
void movement_difference(const struct movement_set *before,
                         const struct movement_set *after,
                         struct movement_set *ret);

#endif
