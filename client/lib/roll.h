/* roll.h: codes of labels that are printed before there is a container: unique without a network, with a check character.
 * Never gives a code twice on a device, whatever happens to the printer or the power.
 *
 * The form, 14 characters: R, six of the device, a hyphen, five of the serial number, one check character, e.g. R4K7Q2M-0001A7. The
 * characters are the 32 digits and capital letters without I, L, O and U. The six are the first 30 bits of the device's public key;
 * the serial counts from 0. The check character is that of ISO 7064's hybrid procedure with 32 in the place of 36, over the twelve
 * before it: it finds every wrong character, and all but one in 496 swaps of two neighbours. */
#ifndef CUSTODY_CLIENT_LIB_ROLL_H
#define CUSTODY_CLIENT_LIB_ROLL_H

#include "client/lib/client.h"

#define ROLL_FILE "rolls" /* in the home folder: a line `first count ref` for each roll */

enum { ROLL_CODE_LENGTH = 14, ROLL_COUNT_MAX = 2000, ROLL_SERIALS = 1 << 25 };

enum roll_check { ROLL_OTHER = 0, ROLL_GOOD = 1, ROLL_WRONG = 2 };

void roll_write(const uint8_t key[static PUBLIC_KEY_SIZE],
                uint32_t serial,
                char ret[static ROLL_CODE_LENGTH + 1]);
/* ROLL_OTHER: not of this form at all. ROLL_WRONG: of the form, but some character is not what was printed. */
enum roll_check roll_check(struct span code);
/* Set `count` serials aside, on disk before it returns. With a `ref` (may be NULL) that a roll was taken under before, the same ones
 * again: a roll that the printer spoilt. ERR_EXISTS when that one had another count, ERR_COPIED in a copied home, which would repeat
 * what the original printed. Fills client->problem. */
CUSTODY_CHECK enum custody_status
roll_take(struct custody_client *client, uint32_t count, const char *ref, uint32_t *ret_first);

#endif
