/* office.h: a small registry around Nyingchi's bureau, for tests of the decisions on permissions.
 * Never a ledger: what a permission changes, the test changes by hand.
 *
 * The province's bureau, Nyingchi's and one of its counties'; Shannan's; a township centre and its village; a hospital; a
 * plant with one permit for HW01; a carrier; a clinic that was closed; and a plant of Sichuan that Nyingchi's bureau let in,
 * with one permit. */
#ifndef TESTS_LIB_OFFICE_H
#define TESTS_LIB_OFFICE_H

#include <custody/status.h>
#include "daemon/domain/permission.h"

#define OFFICE_NOW        INT64_C(1777593600000000)
#define OFFICE_DAY        INT64_C(86400000000)
#define OFFICE_ROLE(name) (1U << CUSTODY__V1__ROLE__ROLE_##name)
#define OFFICE_KIND(name) (1U << CUSTODY__V1__PARTY_KIND__PARTY_##name)
#define OFFICE_ACT(name)  CUSTODY__V1__ACT__ACT_##name

enum {
    OFFICE_BUREAU = 1,
    OFFICE_COUNTY_BUREAU,
    OFFICE_OTHER_BUREAU,
    OFFICE_TOWNSHIP,
    OFFICE_VILLAGE,
    OFFICE_HOSPITAL,
    OFFICE_PLANT,
    OFFICE_CARRIER,
    OFFICE_CLOSED,
    OFFICE_PROVINCE,
    OFFICE_FAR_PLANT,
    OFFICE_PARTIES,
};

struct office_party {
    const char *name;
    unsigned kinds;
    uint32_t division;
    uint32_t parent;
};
extern const struct office_party office_registered[OFFICE_PARTIES];

/* Everything that the registry answers from; a test changes it. */
struct office {
    struct party parties[OFFICE_PARTIES];
    struct key author;
    struct key target;
    uint8_t target_key[PUBLIC_KEY_SIZE];
    uint8_t taken_curve_key[PUBLIC_KEY_SIZE];
    struct permit permit;         /* the plant's; number P-1 */
    struct permit far_permit;     /* the plant's in Sichuan; number P-2 */
    struct permit carrier_permit; /* in force only when a test says so; number P-3 */
    struct vehicle vehicle;
    bool vehicle_is_known;
    struct block block;       /* of the statement with sequence 3 */
    struct approval approval; /* number A-1, when it has an end */
    struct document plan;     /* the hospital's, number MP-1, when it was filed */
    struct document contract; /* the hospital's only other document */
    struct manifest manifest; /* whose id is 32 times 5, when it is known */
    struct catalogue catalogue;
    const char *unlisted; /* a waste code that no catalogue lists */
    struct profile profile;
    uint16_t erasure; /* why a record of the hospital's may not be erased; 0: it may */
    uint32_t merged;  /* a division that was merged into 540402 */
    uint32_t regulator_keys;
    bool ledger_is_open;
    bool is_succeeding;
    struct keyring keyring;
    const char *origin; /* and the key that is to be the ledger's next; NULL: none */
    const uint8_t *next_key;
    uint64_t entry;
    struct registry registry;
};
extern struct office office;

/* For cmocka: everything as the head of this file says, the ledger open, Nyingchi's bureau speaking. */
int office_open(void **state);
void office_speak_as(uint32_t party, unsigned roles);
struct permission_answer office_ask(uint32_t act, const void *body);
void office_grants(uint32_t act, const void *body);
void office_refuses(uint32_t act, const void *body, enum custody_reason reason, const char *field);
/* A copy that lives until 63 more were made. */
char *office_text(const char *from);
ProtobufCBinaryData office_bytes(uint8_t *data);

#endif
