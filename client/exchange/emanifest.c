/* emanifest.c: a manifest as the US e-Manifest system writes it in JSON.
 * Never converts a volume into a mass. */
#include "client/exchange/emanifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 128 };

static const struct {
    const char *code;
    double grams;
} units[] = {{"K", 1000}, {"M", 1000000}, {"P", 453.59237}, {"T", 907184.74}};

/* Table of container types; the first of a kind is the one that is written. */
static const struct {
    const char *code, *package;
} containers[] = {
    {"BA", "bag"}, {"DM", "drum"}, {"DF", "drum"}, {"DW", "drum"}, {"CF", "box"},
    {"CM", "box"}, {"CW", "box"},  {"TT", "tank"}, {"TC", "tank"}, {"TP", "tank"},
};

/* ---- in ---- */

/* False when the unit is a volume's; then all of it stays. */
static bool take_mass(json_t *waste, json_int_t *ret_g)
{
    double quantity;
    const char *unit = json_string_value(json_object_get(
        json_object_get(json_object_get(waste, "quantity"), "unitOfMeasurement"), "code"));
    for (size_t i = 0; unit != NULL && i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(units[i].code, unit) != 0 ||
            !picking_number(waste, "quantity.quantity", &quantity))
            continue;
        *ret_g = (json_int_t)(quantity * units[i].grams + 0.5);
        json_decref(picking_take(waste, "quantity.unitOfMeasurement"));
        return true;
    }
    return false;
}

static void take_package(json_t *waste, json_t *line)
{
    double count;
    const char *code = json_string_value(json_object_get(
        json_object_get(json_object_get(waste, "quantity"), "containerType"), "code"));
    for (size_t i = 0; code != NULL && i < sizeof(containers) / sizeof(containers[0]); i++) {
        if (strcmp(containers[i].code, code) == 0) {
            json_object_set_new(line, "package", json_string(containers[i].package));
            json_decref(picking_take(waste, "quantity.containerType"));
            break;
        }
    }
    if (picking_number(waste, "quantity.containerNumber", &count) && count > 0)
        json_object_set_new(line, "planned_pieces", json_integer((json_int_t)count));
}

static void take_code(json_t *waste, json_t *line)
{
    json_t *codes = json_object_get(json_object_get(waste, "hazardousWaste"), "federalWasteCodes");
    const char *code = json_string_value(json_object_get(json_array_get(codes, 0), "code"));
    if (code == NULL)
        return;
    json_object_set_new(line, "waste_code", json_string(code));
    json_array_remove(codes, 0);
}

static json_t *take_line(json_t *waste)
{
    json_t *line = json_object();
    json_int_t mass = 0;
    if (take_mass(waste, &mass) && mass > 0)
        json_object_set_new(line, "planned_mass_g", json_integer(mass));
    take_package(waste, line);
    take_code(waste, line);
    json_decref(picking_take(waste, "lineNumber"));
    return line;
}

/* By `order`, which a document need not keep to. */
static json_t *take_legs(json_t *document)
{
    json_t *transporters = json_object_get(document, "transporters"), *transporter;
    json_t *legs = json_array();
    size_t count = json_array_size(transporters), index;
    for (size_t order = 1; order <= count; order++) {
        json_array_foreach(transporters, index, transporter)
        {
            const json_t *told = json_object_get(transporter, "order");
            size_t own = told == NULL ? index + 1 : (size_t)json_integer_value(told);
            json_t *leg = json_object();
            if (own == order && picking_party(transporter, "epaSiteId", "epa", leg, "carrier"))
                json_array_append(legs, leg);
            json_decref(leg);
        }
    }
    json_array_foreach(transporters, index, transporter)
    {
        json_decref(picking_take(transporter, "order"));
    }
    return legs;
}

/* The method of all lines, when it is one; else each stays with its line. */
static void take_method(json_t *document, json_t *object)
{
    json_t *wastes = json_object_get(document, "wastes"), *waste;
    const char *method = NULL;
    size_t index;
    json_array_foreach(wastes, index, waste)
    {
        const char *own =
            json_string_value(json_object_get(json_object_get(waste, "managementMethod"), "code"));
        if (own == NULL || (method != NULL && strcmp(own, method) != 0))
            return;
        method = own;
    }
    if (method == NULL)
        return;
    json_object_set_new(object, "method", json_string(method));
    json_array_foreach(wastes, index, waste)
    {
        json_decref(picking_take(waste, "managementMethod"));
    }
}

json_t *emanifest_plan(json_t *document, struct picking_fault *ret_fault)
{
    json_t *plan = json_object(), *lines = json_array(), *waste;
    size_t index;
    ret_fault->field = NULL;
    if (!picking_party(document, "generator.epaSiteId", "epa", plan, "generator"))
        *ret_fault = (struct picking_fault){"generator.epaSiteId", "an EPA id"};
    else if (!picking_party(document, "designatedFacility.epaSiteId", "epa", plan, "receiver"))
        *ret_fault = (struct picking_fault){"designatedFacility.epaSiteId", "an EPA id"};
    else if (json_array_size(json_object_get(document, "wastes")) == 0)
        *ret_fault = (struct picking_fault){"wastes", "at least one waste"};
    take_method(document, plan);
    json_array_foreach(json_object_get(document, "wastes"), index, waste)
    {
        json_array_append_new(lines, take_line(waste));
    }
    json_object_set_new(plan, "lines", lines);
    json_object_set_new(plan, "legs", take_legs(document));
    if (ret_fault->field != NULL) {
        json_decref(plan);
        return NULL;
    }
    return json_pack("{s:o}", "plan", plan);
}

json_t *emanifest_receipt(json_t *document, const char *manifest, struct picking_fault *ret_fault)
{
    json_t *body = json_pack("{s:s}", "manifest", manifest), *lines = json_array(), *waste;
    char type[TEXT_MAX];
    size_t index;
    ret_fault->field = NULL;
    bool is_rejected = picking_flag(document, "rejection");
    picking_text(document, "rejectionInfo.rejectionType", type, sizeof(type));
    bool is_whole = is_rejected && strcmp(type, "FullReject") == 0;
    bool differs = picking_flag(document, "discrepancy") || (is_rejected && !is_whole);
    if (json_array_size(json_object_get(document, "wastes")) == 0)
        *ret_fault = (struct picking_fault){"wastes", "at least one waste"};
    take_method(document, body);
    json_array_foreach(json_object_get(document, "wastes"), index, waste)
    {
        json_int_t mass = 0;
        json_t *line = json_pack("{s:I, s:s}", "line", (json_int_t)index + 1, "verdict",
                                 is_whole ? "rejected" : "accepted");
        bool own = picking_flag(waste, "discrepancyResidueInfo.wasteQuantity");
        own = picking_flag(waste, "discrepancyResidueInfo.wasteType") || own;
        own = picking_flag(waste, "discrepancyResidueInfo.residue") || own;
        if (own || differs)
            json_object_set_new(line, "material_difference", json_true());
        if (take_mass(waste, &mass) && mass > 0 && !is_whole)
            json_object_set_new(line, "accepted_mass_g", json_integer(mass));
        json_decref(picking_take(waste, "lineNumber"));
        json_array_append_new(lines, line);
    }
    json_object_set_new(body, "lines", lines);
    if (ret_fault->field != NULL) {
        json_decref(body);
        return NULL;
    }
    return body;
}

/* ---- out ---- */

static const char *site_of(const char *party)
{
    return strncmp(party, "epa:", 4) == 0 ? party + 4 : party;
}

static json_t *write_waste(const Custody__V1__ManifestLine *line, size_t number, const char *method)
{
    static const struct {
        Custody__V1__PackageKind kind;
        const char *code;
    } codes[] = {{CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG, "BA"},
                 {CUSTODY__V1__PACKAGE_KIND__PACKAGE_DRUM, "DM"},
                 {CUSTODY__V1__PACKAGE_KIND__PACKAGE_BOX, "CF"},
                 {CUSTODY__V1__PACKAGE_KIND__PACKAGE_TANK, "TT"}};
    json_t *quantity =
        json_pack("{s:f, s:{s:s}, s:i}", "quantity", (double)line->planned_mass_g / 1000,
                  "unitOfMeasurement", "code", "K", "containerNumber", (int)line->planned_pieces);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].kind == line->package)
            json_object_set_new(quantity, "containerType",
                                json_pack("{s:s}", "code", codes[i].code));
    json_t *waste =
        json_pack("{s:I, s:o, s:{s:[{s:s}]}}", "lineNumber", (json_int_t)number, "quantity",
                  quantity, "hazardousWaste", "federalWasteCodes", "code", line->waste_code);
    if (method[0] != '\0')
        json_object_set_new(waste, "managementMethod", json_pack("{s:s}", "code", method));
    return waste;
}

json_t *emanifest_write(const Custody__V1__ManifestView *manifest)
{
    json_t *transporters = json_array(), *wastes = json_array();
    const char *method = manifest->method[0] != '\0' ? manifest->method : manifest->planned_method;
    bool is_rejected = false, is_whole = manifest->n_confirmed > 0;
    for (size_t i = 0; i < manifest->n_legs; i++)
        json_array_append_new(transporters, json_pack("{s:s, s:I}", "epaSiteId",
                                                      site_of(manifest->legs[i]->carrier), "order",
                                                      (json_int_t)i + 1));
    for (size_t i = 0; i < manifest->n_lines; i++)
        json_array_append_new(wastes, write_waste(manifest->lines[i], i + 1, method));
    for (size_t i = 0; i < manifest->n_confirmed; i++) {
        bool own = manifest->confirmed[i]->verdict == CUSTODY__V1__VERDICT__VERDICT_REJECTED;
        is_rejected = is_rejected || own;
        is_whole = is_whole && own;
    }
    json_t *document =
        json_pack("{s:s, s:{s:s}, s:o, s:{s:s}, s:o, s:b, s:b}", "manifestTrackingNumber",
                  manifest->national_number, "generator", "epaSiteId", site_of(manifest->generator),
                  "transporters", transporters, "designatedFacility", "epaSiteId",
                  site_of(manifest->receiver), "wastes", wastes, "discrepancy",
                  (int)manifest->material_difference, "rejection", (int)is_rejected);
    if (is_rejected)
        json_object_set_new(
            document, "rejectionInfo",
            json_pack("{s:s}", "rejectionType", is_whole ? "FullReject" : "PartialReject"));
    return document;
}
