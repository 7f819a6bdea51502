/* tables.h: every key of the three environments, on one page.
 *
 * Journal (DATA/journal)
 *   entries   u64 number, native order (MDB_INTEGERKEY)  -> entry.h bytes; appended only
 *   (main)    "head"     -> u16 length, checkpoint note (signed), then merkle_edge bytes
 *             "format"   -> "custody-journal/1"
 *
 * Look-ups (DATA/lookups-<format>): one table; a key is one byte (below) and then the fields, big-endian. A value is
 * u32 checksum (lookups.c: upper half of the row's SipHash), then bytes. Everything here can be dropped and rebuilt from the journal. Numbers are given at first
 * mention, in ledger order, one sequence per kind of name.
 *   names     u8 kind, text            -> number           the one scattered table
 *   texts     u8 kind, u32 number      -> text             the way back
 *   slots     u32 key, u64 sequence    -> statements in that slot, and who awaits one
 *   records   u8 kind, u64 number      -> the record of a party, key, vehicle, container, manifest, ...
 *   members   u8 kind, u64 of, u64 i   -> the i-th member of a manifest, box day, batch, party
 *   work      u8 kind, u32 division, u64 due, u8 hazard, u64 mass, u8 kind, u64 subject, u16 rule, u32 u64 anchor
 *                                      -> what is open, most urgent first (work.h); once more under each party and each other division
 *                                         that it concerns; counts, and findings by their name (docket.h)
 *   tiles     u8 level, u64 index      -> up to 256 hashes (C2SP tlog-tiles)
 *   movements u32 party, u32 code, u32 day, u64 entry -> what the entry changed: account, signed grams, pieces (movement.h)
 *   position  (no fields)              -> u64 entries reflected, then per table (names to movements) u64 count of rows, u64 sum
 *                                         of the rows' whole hashes
 *
 * Annex (DATA/annex): primary data; backed up, never rebuilt
 *   records   digest[32]               -> nonce, record encrypted under its own key
 *   keys      digest[32]               -> the record's key; erasing removes the record and leaves an empty key here, so
 *                                         that a record that is sent again is not kept
 */
#ifndef CUSTODY_LEDGER_TABLES_H
#define CUSTODY_LEDGER_TABLES_H

enum lookups_table {
    LOOKUPS_NAMES = 1,
    LOOKUPS_TEXTS = 2,
    LOOKUPS_SLOTS = 3,
    LOOKUPS_RECORDS = 4,
    LOOKUPS_MEMBERS = 5,
    LOOKUPS_WORK = 6,
    LOOKUPS_TILES = 7,
    LOOKUPS_MOVEMENTS = 8,
    LOOKUPS_POSITION = 9,
    LOOKUPS_TABLES = 10,
};

enum { LOOKUPS_FORMAT = 5, LOOKUPS_KEY_MAX = 200, LOOKUPS_VALUE_MAX = 1024 * 1024 };

#endif
