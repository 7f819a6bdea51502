/* division.h: administrative divisions as six-digit numbers (GB/T 2260).
 * A region 540000 covers its prefectures 54pp00, a prefecture its counties 54ppcc. */
#ifndef CUSTODY_DOMAIN_DIVISION_H
#define CUSTODY_DOMAIN_DIVISION_H

#include "proto/span.h"

/* 0 when `text` is not six digits, the first of them not zero. */
uint32_t division_parse(struct span text);
bool division_covers(uint32_t wider, uint32_t narrower); /* a division covers itself */
/* Lowest and highest division that `wider` covers. Also takes a prefix of 2, 4 or 6 digits as text. */
void division_range(uint32_t wider, uint32_t *ret_first, uint32_t *ret_last);
bool division_parse_prefix(struct span text, uint32_t *ret_first, uint32_t *ret_last);

#endif
