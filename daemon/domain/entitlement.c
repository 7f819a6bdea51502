/* entitlement.c: who may ask, say and see what, as tables.
 * Never looks at anything but its arguments. */
#include "daemon/domain/entitlement.h"

#include <custody/status.h>
#include "proto/custody.pb-c.h"
#include "proto/envelope.h"

enum { KINDS_LAST = ENTITLEMENT_KINDS - 1, ROLES_LAST = ENTITLEMENT_ROLES - 1 };

/* Shorthand of the cells. 0: never. */
enum {
    O = ENTITLEMENT_OWN,
    OS = ENTITLEMENT_OWN | ENTITLEMENT_SPONSORED,
    S = ENTITLEMENT_SPONSORED,
    D = ENTITLEMENT_DIVISION,
    A = ENTITLEMENT_ANYWHERE,
    F = ENTITLEMENT_FOUNDING,
    AF = ENTITLEMENT_ANYWHERE | ENTITLEMENT_FOUNDING,
};

struct act_row {
    uint8_t act;
    entitlement_bits cells[ROLES_LAST];
};

#define ROW(act, ...)                                                                              \
    {                                                                                              \
        CUSTODY__V1__ACT__ACT_##act,                                                               \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

/* clang-format off */
/* found_ledger is signed by the first root key before any key is enrolled. */
static const struct act_row permissions[] = {
    /*                     gen drv fac reg aud wit adm root invited */
    ROW(FOUND_LEDGER,      0,  0,  0,  0,  0,  0,  0,  F,  0),
    ROW(OPEN_LEDGER,       0,  0,  0,  A,  0,  0,  0,  A,  0),
    ROW(REGISTER_PARTY,    0,  0,  0,  D,  0,  0,  S,  F,  0),
    ROW(CHANGE_PARTY,      0,  0,  0,  D,  0,  0,  OS, F,  0),
    ROW(REGISTER_PLACE,    0,  0,  0,  D,  0,  0,  OS, F,  0),
    ROW(REGISTER_VEHICLE,  0,  0,  0,  A,  0,  0,  0,  F,  0),
    ROW(GRANT_PERMIT,      0,  0,  0,  D,  0,  0,  0,  F,  0),
    ROW(SUSPEND,           0,  0,  0,  D,  0,  0,  0,  0,  0),
    ROW(ENROL_KEY,         0,  0,  0,  D,  0,  0,  OS, AF, O),
    ROW(REVOKE_KEY,        0,  0,  0,  D,  0,  0,  OS, AF, 0),
    ROW(ROTATE_LEDGER_KEY, 0,  0,  0,  0,  0,  0,  0,  AF, 0),
    ROW(APPROVE_TRANSFER,  0,  0,  0,  D,  0,  0,  0,  0,  0),
    ROW(RESERVE_NUMBERS,   O,  O,  0,  D,  0,  0,  OS, 0,  0),
    ROW(CLOSE_BLOCK,       O,  O,  0,  D,  0,  0,  OS, 0,  0),
    ROW(ISSUE_MANIFEST,    O,  0,  0,  0,  0,  0,  OS, 0,  0),
    ROW(CANCEL_MANIFEST,   O,  0,  0,  D,  0,  0,  OS, 0,  0),
    ROW(SET_PROFILE,       0,  0,  0,  D,  0,  0,  0,  F,  0),
    ROW(SET_DIVISIONS,     0,  0,  0,  D,  0,  0,  0,  F,  0),
    ROW(SET_CATALOGUE,     0,  0,  0,  D,  0,  0,  0,  F,  0),
    ROW(FILE_DOCUMENT,     O,  O,  O,  D,  0,  0,  OS, 0,  0),
    ROW(CLOSE_BY_ORDER,    0,  0,  0,  D,  0,  0,  0,  0,  0),
    ROW(ERASE,             0,  0,  0,  D,  0,  0,  0,  0,  0),
};
/* clang-format on */
#undef ROW

/* ---- permissions ------------------------------------------------------------------------------- */

entitlement_bits entitlement_cell(uint32_t act, unsigned role)
{
    if (role < 1 || role > ROLES_LAST)
        return 0;
    for (size_t i = 0; i < sizeof permissions / sizeof permissions[0]; i++)
        if (permissions[i].act == act)
            return permissions[i].cells[role - 1];
    return 0;
}

static entitlement_bits all_cells(uint32_t act, party_bits roles)
{
    entitlement_bits bits = 0;
    for (unsigned role = 1; role <= ROLES_LAST; role++)
        if ((roles >> role & 1) != 0)
            bits |= entitlement_cell(act, role);
    return bits;
}

bool entitlement_may_ask(uint32_t act, party_bits roles, entitlement_bits standing)
{
    return (all_cells(act, roles) & standing) != 0;
}

bool entitlement_has_role(uint32_t act, party_bits roles)
{
    return all_cells(act, roles) != 0;
}

/* ---- facts ------------------------------------------------------------------------------------- */

enum {
    G = ENTITLEMENT_GENERATOR,
    HC = ENTITLEMENT_HOLDER | ENTITLEMENT_COUNTERSIGNED,
    GHC = G | HC,
    HNC = HC | ENTITLEMENT_NAMED,
    HNCU = HNC | ENTITLEMENT_UNHELD,
    HCU = HC | ENTITLEMENT_UNHELD,
};

/* clang-format off */
static const struct {
    uint8_t act;
    entitlement_bits cells[KINDS_LAST];
} facts[] = {
    /*                                     generator carrier facility regulator auditor */
    {CUSTODY__V1__ACT__ACT_PACK,         { G,        G,      G,       G,        G }},
    {CUSTODY__V1__ACT__ACT_STORE,        { GHC,      GHC,    GHC,     GHC,      GHC }},
    {CUSTODY__V1__ACT__ACT_LOAD,         { HNC,      HNCU,   HNC,     HNC,      HNC }},
    {CUSTODY__V1__ACT__ACT_RECEIVE,      { HNC,      HNC,    HNCU,    HNC,      HNC }},
    {CUSTODY__V1__ACT__ACT_FEED,         { 0,        0,      HCU,     0,        0 }},
    {CUSTODY__V1__ACT__ACT_NEST,         { GHC,      GHC,    GHC,     GHC,      GHC }},
    {CUSTODY__V1__ACT__ACT_UNNEST,       { GHC,      GHC,    GHC,     GHC,      GHC }},
};
/* clang-format on */

entitlement_bits entitlement_word_of(uint32_t act, unsigned kind)
{
    if (kind < 1 || kind > KINDS_LAST)
        return 0;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (facts[i].act == act)
            return facts[i].cells[kind - 1];
    return 0;
}

/* ---- questions --------------------------------------------------------------------------------- */

enum {
    H = ENTITLEMENT_SEES_HASHES,
    P = ENTITLEMENT_SEES_OWN,
    PS = P | ENTITLEMENT_SEES_SPONSORED,
    PD = P | ENTITLEMENT_SEES_DIVISION,
    PX = P | ENTITLEMENT_SEES_SECTOR,
    L = ENTITLEMENT_SEES_LEDGER,
    HP = H | P,
    HPS = H | PS,
    HPD = H | PD,
    HPX = H | PX,
    HL = H | L,
    DV = ENTITLEMENT_SEES_DIVISION,
    SX = ENTITLEMENT_SEES_SECTOR,
};

struct question_row {
    uint16_t question;
    entitlement_bits cells[ROLES_LAST];
};

/* clang-format off */
/* submit: anybody's statements; an invitation's connection only its own enrolment (submit.c). */
static const struct question_row questions[] = {
    /*                     gen drv fac reg  aud  wit adm  root invited */
    {ENVELOPE_HELLO,     { H,  H,  H,  H,   H,   H,  H,   H,   H }},
    {ENVELOPE_SUBMIT,    { H,  H,  H,  H,   H,   H,  H,   H,   H }},
    {ENVELOPE_HEAD,      { H,  H,  H,  H,   H,   H,  H,   H,   H }},
    {ENVELOPE_TRACE,     { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_UNCLOSED,  { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_FINDINGS,  { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_SHOW,      { HP, HP, HP, HPD, HPX, H,  HPS, HL,  0 }},
    {ENVELOPE_PROVE,     { HP, HP, HP, HPD, HPX, H,  HPS, HL,  0 }},
    {ENVELOPE_ENTRIES,   { HP, HP, HP, HPD, HPX, H,  HPS, HL,  0 }},
    {ENVELOPE_STATUS,    { H,  H,  H,  H,   H,   0,  H,   H,   0 }},
    {ENVELOPE_PARTY,     { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_REPORT,    { 0,  0,  0,  DV,  SX,  0,  0,   L,   0 }},
    {ENVELOPE_BALANCE,   { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_FIGURE,    { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_PROFILE,   { H,  H,  H,  H,   H,   H,  H,   H,   0 }},
    {ENVELOPE_TODAY,     { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_EXPECTED,  { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_DOSSIER,   { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_RECORD,    { P,  P,  P,  PD,  PX,  0,  PS,  L,   0 }},
    {ENVELOPE_ACCESS,    { 0,  0,  0,  PD,  0,   0,  P,   L,   0 }},
    {ENVELOPE_CATALOGUE, { 0,  0,  0,  PD,  0,   0,  0,   L,   0 }},
};
/* A record about a person: of a key's holder, of a trip's driver or escort. */
static const entitlement_bits identity[ROLES_LAST] =
                         { 0,  0,  0,  DV,  0,   0,  P,   0,   0 };
/* clang-format on */

entitlement_bits entitlement_scope_cell(uint16_t question, unsigned role)
{
    if (role < 1 || role > ROLES_LAST)
        return 0;
    if (question == ENTITLEMENT_IDENTITY)
        return identity[role - 1];
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        if (questions[i].question == question)
            return questions[i].cells[role - 1];
    return 0;
}

party_bits entitlement_roles(party_bits roles, party_bits kinds)
{
    const unsigned regulator = 1U << CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    const unsigned auditor = 1U << CUSTODY__V1__PARTY_KIND__PARTY_AUDITOR;
    unsigned counted = roles;
    if ((kinds & regulator) == 0)
        counted &= ~(1U << CUSTODY__V1__ROLE__ROLE_REGULATOR);
    if ((kinds & (regulator | auditor)) == 0)
        counted &= ~(1U << CUSTODY__V1__ROLE__ROLE_AUDITOR);
    return (party_bits)counted;
}

entitlement_bits entitlement_scopes(uint16_t question, party_bits roles)
{
    entitlement_bits bits = 0;
    for (unsigned role = 1; role <= ROLES_LAST; role++)
        if ((roles >> role & 1) != 0)
            bits |= entitlement_scope_cell(question, role);
    return bits;
}

/* ---- keys -------------------------------------------------------------------------------------- */

static const struct entitlement_key keys[ENTITLEMENT_KEY_STANDINGS] = {
    [ENTITLEMENT_KEY_LIVE] = {"enrolled", true, CUSTODY_OUTCOME_recorded, 0},
    [ENTITLEMENT_KEY_INVITED] = {"invitation, not used", true, CUSTODY_OUTCOME_held, 0},
    [ENTITLEMENT_KEY_SPENT] = {"invitation, used or lapsed", false, CUSTODY_OUTCOME_held,
                               CUSTODY_REASON_invitation_spent},
    [ENTITLEMENT_KEY_REVOKED] = {"revoked", false, CUSTODY_OUTCOME_held,
                                 CUSTODY_REASON_key_revoked},
    [ENTITLEMENT_KEY_LAPSED] = {"past its end", false, CUSTODY_OUTCOME_held,
                                CUSTODY_REASON_key_revoked},
    [ENTITLEMENT_KEY_UNKNOWN] = {"not enrolled", false, CUSTODY_OUTCOME_unavailable,
                                 CUSTODY_REASON_enrolment_awaited},
};

enum entitlement_key_standing entitlement_of_key(const struct key *key, int64_t now_us)
{
    if (key == NULL || !key->is_enrolled)
        return ENTITLEMENT_KEY_UNKNOWN;
    bool is_past = now_us >= key->until_us;
    if ((key->roles >> CUSTODY__V1__ROLE__ROLE_INVITED & 1) != 0)
        return key->is_spent || key->is_revoked || is_past ? ENTITLEMENT_KEY_SPENT
                                                           : ENTITLEMENT_KEY_INVITED;
    if (key->is_revoked)
        return ENTITLEMENT_KEY_REVOKED;
    return is_past ? ENTITLEMENT_KEY_LAPSED : ENTITLEMENT_KEY_LIVE;
}

const struct entitlement_key *entitlement_key_row(enum entitlement_key_standing standing)
{
    return &keys[standing];
}
