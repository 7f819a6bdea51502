/* bsdasri.c: a French BSDASRI as Trackdéchets' API writes it in JSON.
 * Never takes a synthesis or grouping apart. */
#include "client/exchange/bsdasri.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 128 };

static const char *const packages[][2] = {
    {"BOITE_CARTON", "box"},      {"FUT", "drum"}, {"BOITE_PERFORANTS", "sharps_box"},
    {"GRAND_EMBALLAGE", "other"}, {"GRV", "tank"}, {"AUTRE", "other"},
};

static void take_grams(json_t *document, const char *path, json_t *object, const char *name)
{
    double kilograms;
    if (picking_number(document, path, &kilograms) && kilograms > 0)
        json_object_set_new(object, name, json_integer((json_int_t)(kilograms * 1000 + 0.5)));
}

/* Several kinds of packaging are not one package: then only the pieces are taken. */
static void take_packagings(json_t *document, json_t *line)
{
    json_t *list = json_object_get(
        json_object_get(json_object_get(document, "emitter"), "emission"), "packagings");
    json_t *packaging;
    double pieces = 0, quantity;
    size_t index;
    json_array_foreach(list, index, packaging)
    {
        pieces += picking_number(packaging, "quantity", &quantity) ? quantity : 0;
    }
    if (pieces > 0)
        json_object_set_new(line, "planned_pieces", json_integer((json_int_t)pieces));
    const char *type = json_string_value(json_object_get(json_array_get(list, 0), "type"));
    for (size_t i = 0;
         json_array_size(list) == 1 && type != NULL && i < sizeof(packages) / sizeof(packages[0]);
         i++) {
        if (strcmp(packages[i][0], type) == 0) {
            json_object_set_new(line, "package", json_string(packages[i][1]));
            json_decref(picking_take(json_array_get(list, 0), "type"));
            break;
        }
    }
}

static json_t *take_leg(json_t *document)
{
    json_t *leg = json_object();
    picking_party(document, "transporter.company.siret", "siret", leg, "carrier");
    json_t *plates = json_object_get(
        json_object_get(json_object_get(document, "transporter"), "transport"), "plates");
    const char *plate = json_string_value(json_array_get(plates, 0));
    if (plate != NULL) {
        json_object_set_new(leg, "vehicle",
                            json_pack("{s:s, s:s}", "plate", plate, "colour", "other"));
        json_array_remove(plates, 0);
    }
    return leg;
}

json_t *bsdasri_plan(json_t *document, struct picking_fault *ret_fault)
{
    char code[TEXT_MAX], operation[TEXT_MAX];
    json_t *plan = json_object(), *line = json_object();
    ret_fault->field = NULL;
    picking_text(document, "waste.code", code, sizeof(code));
    if (!picking_party(document, "emitter.company.siret", "siret", plan, "generator"))
        *ret_fault = (struct picking_fault){"emitter.company.siret", "a SIRET"};
    else if (!picking_party(document, "destination.company.siret", "siret", plan, "receiver"))
        *ret_fault = (struct picking_fault){"destination.company.siret", "a SIRET"};
    else if (code[0] == '\0')
        *ret_fault = (struct picking_fault){"waste.code", "a waste code, e.g. 18 01 03*"};
    json_object_set_new(line, "waste_code", json_string(code));
    take_grams(document, "emitter.emission.weight.value", line, "planned_mass_g");
    take_packagings(document, line);
    picking_text(document, "destination.operation.code", operation, sizeof(operation));
    if (operation[0] != '\0')
        json_object_set_new(plan, "method", json_string(operation));
    json_object_set_new(plan, "lines", json_pack("[o]", line));
    json_t *leg = take_leg(document);
    json_object_set_new(plan, "legs",
                        json_object_size(leg) > 0 ? json_pack("[O]", leg) : json_array());
    json_decref(leg);
    if (ret_fault->field != NULL) {
        json_decref(plan);
        return NULL;
    }
    return json_pack("{s:o}", "plan", plan);
}

json_t *bsdasri_receipt(json_t *document, const char *manifest, struct picking_fault *ret_fault)
{
    char status[TEXT_MAX], operation[TEXT_MAX];
    ret_fault->field = NULL;
    picking_text(document, "destination.reception.acceptation.status", status, sizeof(status));
    bool is_refused = strcmp(status, "REFUSED") == 0;
    bool is_part = strcmp(status, "PARTIALLY_REFUSED") == 0;
    if (!is_refused && !is_part && strcmp(status, "ACCEPTED") != 0) {
        *ret_fault = (struct picking_fault){"destination.reception.acceptation.status",
                                            "ACCEPTED, PARTIALLY_REFUSED or REFUSED"};
        return NULL;
    }
    json_t *line =
        json_pack("{s:i, s:s}", "line", 1, "verdict", is_refused ? "rejected" : "accepted");
    if (is_part)
        json_object_set_new(line, "material_difference", json_true());
    take_grams(document, "destination.operation.weight.value", line, "accepted_mass_g");
    json_t *body = json_pack("{s:s, s:[o]}", "manifest", manifest, "lines", line);
    picking_text(document, "destination.operation.code", operation, sizeof(operation));
    if (operation[0] != '\0')
        json_object_set_new(body, "method", json_string(operation));
    return body;
}
