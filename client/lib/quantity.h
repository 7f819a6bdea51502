/* quantity.h: times, masses, temperatures and durations as people write them, to the ledger's integers and back.
 * Never rounds when reading: what does not come out whole is not taken. Never reads a clock.
 *
 * A time without a zone is meant in the ledger's civil time, +08:00. */
#ifndef CUSTODY_CLIENT_LIB_QUANTITY_H
#define CUSTODY_CLIENT_LIB_QUANTITY_H

#include "proto/span.h"

enum { QUANTITY_TEXT_MAX = 48, QUANTITY_CIVIL_MINUTES = 480 };

/* 2026-05-01T08:00:00.5+08:00, 2026-05-01 08:00, 2026-05-01T00:00Z, 2026-05-01; or microseconds as a plain number. */
bool quantity_parse_time(struct span text, int64_t *ret_us);
/* "2.3 kg", "2300g", "1.2 t"; a plain number is grams. */
bool quantity_parse_mass(struct span text, uint64_t *ret_g);
/* "4.5 C", "-18C", "4.5 °C"; a plain number is thousandths of a degree. */
bool quantity_parse_temperature(struct span text, int64_t *ret_mc);
/* "29.649", "-94.3617012": degrees, in units of 1e-7; at most seven decimals. */
bool quantity_parse_degrees(struct span text, int64_t *ret_e7);
/* "90s", "15min", "2h", "3d", "250ms"; a plain number is microseconds. */
bool quantity_parse_duration(struct span text, int64_t *ret_us);

/* "2026-05-01 08:00:00", cut at `offset_minutes` from UTC; "-" for zero. */
void quantity_write_civil(int64_t us, int offset_minutes, char ret[static QUANTITY_TEXT_MAX]);
void quantity_write_rfc3339(int64_t us, char ret[static QUANTITY_TEXT_MAX]); /* ...Z */
void quantity_write_mass(uint64_t g, char ret[static QUANTITY_TEXT_MAX]);    /* 2.300 kg */
/* "3 d 4 h", "2 h 05 min", "40 s": the two largest units. */
void quantity_write_duration(int64_t us, char ret[static QUANTITY_TEXT_MAX]);

#endif
