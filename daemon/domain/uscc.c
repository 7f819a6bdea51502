/* uscc.c: the unified social credit code of GB 32100-2015 and its check digit.
 * Never asks who holds a code. */
#include "daemon/domain/uscc.h"

#include <string.h>

enum { CODE_LEN = 18, BASE = 31 };

/* GB 32100-2015 table 2: digits and letters without I, O, S, V, Z. */
static int32_t value_of(uint8_t character)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const char *at = character == 0 ? NULL : strchr(alphabet, character);
    return at == NULL ? -1 : (int32_t)(at - alphabet);
}

enum uscc_verdict uscc_check(struct span party)
{
    static const char scheme[] = "uscc:";
    enum { SCHEME_LEN = sizeof scheme - 1 };
    if (party.len < SCHEME_LEN || memcmp(party.data, scheme, SCHEME_LEN) != 0)
        return USCC_NONE;
    if (party.len != SCHEME_LEN + CODE_LEN)
        return USCC_DIFFERS;
    const uint8_t *code = party.data + SCHEME_LEN;
    int32_t sum = 0, weight = 1; /* of the i-th character: 3 to the (i - 1)th, modulo 31 */
    for (size_t i = 0; i < CODE_LEN - 1; i++) {
        int32_t value = value_of(code[i]);
        if (value < 0)
            return USCC_DIFFERS;
        sum += value * weight;
        weight = weight * 3 % BASE;
    }
    return value_of(code[CODE_LEN - 1]) == (BASE - sum % BASE) % BASE ? USCC_FITS : USCC_DIFFERS;
}
