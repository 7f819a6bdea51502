/* fuzz_emanifest.c: a foreign document gives a plan and a receipt, or a field that is missing; what is left is counted. */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "client/exchange/bsdasri.h"
#include "client/exchange/emanifest.h"
#include "client/exchange/leftover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void take(json_t *body, const json_t *document, const struct picking_fault *fault)
{
    static struct leftover leftover;
    leftover.count = 0;
    leftover.unnamed = 0;
    require((body == NULL) == (fault->field != NULL));
    require(body != NULL || fault->expected != NULL);
    leftover_add_json(&leftover, "", document);
    require(leftover.count <= LEFTOVER_NAMES_MAX);
    json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *document = json_loadb((const char *)data, size, 0, NULL);
    for (int kind = 0; document != NULL && kind < 4; kind++) {
        struct picking_fault fault = {NULL, NULL};
        json_t *copy = json_deep_copy(document);
        require(copy != NULL);
        take(kind == 0   ? emanifest_plan(copy, &fault)
             : kind == 1 ? emanifest_receipt(copy, "aa", &fault)
             : kind == 2 ? bsdasri_plan(copy, &fault)
                         : bsdasri_receipt(copy, "aa", &fault),
             copy, &fault);
        json_decref(copy);
    }
    json_decref(document);
    return 0;
}
