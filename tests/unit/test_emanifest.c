/* test_emanifest.c: US e-Manifest documents in and out: parties, lines, legs, units, rejections, discrepancies, and what is not taken.
 * Never asks a ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/reflect.h"
#include "client/exchange/emanifest.h"
#include "client/exchange/leftover.h"
#include "tests/lib/check.h"

static const char document[] =
    "{'generator':{'epaSiteId':'VATEST000004','contact':{'phone':{'number':'1'}}},"
    "'designatedFacility':{'epaSiteId':'VAD000532119'},"
    "'transporters':[{'epaSiteId':'VATEST000009','order':2},{'epaSiteId':'VATEST000002','order':1}]"
    ","
    "'wastes':[{'lineNumber':1,'br':false,'quantity':{'containerNumber':20,'containerType':{'code':"
    "'BA'},'quantity':10,'unitOfMeasurement':{'code':'P'}},'hazardousWaste':{'federalWasteCodes':[{"
    "'code':'D003'},{'code':'D001'}]},'managementMethod':{'code':'H070'},'discrepancyResidueInfo':{"
    "'wasteQuantity':true,'wasteType':false}},{'lineNumber':2,'quantity':{'quantity':5,"
    "'unitOfMeasurement':{'code':'G'}},'managementMethod':{'code':'H070'}}],"
    "'rejection':true,'discrepancy':false,'rejectionInfo':{'rejectionType':'PartialReject',"
    "'newManifestTrackingNumbers':['123456789JJK']}}";

static json_t *read(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *json = json_loads(copy, 0, NULL);
    assert_non_null(json);
    free(copy);
    return json;
}

static void check_json(json_t *json, const char *expected)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    json_t *wanted = read(expected);
    char *wanted_text = json_dumps(wanted, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, wanted_text);
    json_decref(wanted);
    free(wanted_text);
    free(text);
}

static void check_left(json_t *json, const char *expected)
{
    struct leftover leftover = {0};
    leftover_add_json(&leftover, "", json);
    json_t *left = leftover_to_json(&leftover);
    check_json(left, expected);
    json_decref(left);
}

static void a_plan(void **state)
{
    struct picking_fault fault;
    json_t *json = read(document);
    json_t *body = emanifest_plan(json, &fault);
    (void)state;
    check_json(body,
               "{'plan':{'generator':'epa:VATEST000004','receiver':'epa:VAD000532119','method':"
               "'H070','lines':[{'planned_mass_g':4536,'package':'bag','planned_pieces':20,"
               "'waste_code':'D003'},{}],'legs':[{'carrier':'epa:VATEST000002'},{'carrier':"
               "'epa:VATEST000009'}]}}");
    check_left(json,
               "{'generator.contact.phone.number':1,'wastes[].hazardousWaste."
               "federalWasteCodes[].code':1,'wastes[].discrepancyResidueInfo.wasteQuantity':1,"
               "'wastes[].quantity.quantity':1,'wastes[].quantity.unitOfMeasurement.code':1,"
               "'rejection':1,'rejectionInfo.rejectionType':1,"
               "'rejectionInfo.newManifestTrackingNumbers[]':1}");
    json_decref(body);
    json_decref(json);
}

static void a_receipt(void **state)
{
    struct picking_fault fault;
    json_t *json = read(document);
    json_t *body = emanifest_receipt(json, "aa", &fault);
    (void)state;
    check_json(body, "{'manifest':'aa','method':'H070','lines':[{'line':1,'verdict':'accepted',"
                     "'material_difference':true,'accepted_mass_g':4536},{'line':2,'verdict':"
                     "'accepted','material_difference':true}]}");
    json_decref(body);
    json_decref(json);
    json = read("{'rejection':true,'rejectionInfo':{'rejectionType':'FullReject'},'wastes':[{"
                "'quantity':{'quantity':1,'unitOfMeasurement':{'code':'M'}}}]}");
    body = emanifest_receipt(json, "aa", &fault);
    check_json(body, "{'manifest':'aa','lines':[{'line':1,'verdict':'rejected'}]}");
    json_decref(body);
    json_decref(json);
}

static void what_is_missing_is_named(void **state)
{
    static const char *const bad[][2] = {
        {"{}", "generator.epaSiteId"},
        {"{'generator':{'epaSiteId':7}}", "generator.epaSiteId"},
        {"{'generator':{'epaSiteId':'A'},'designatedFacility':[]}", "designatedFacility.epaSiteId"},
        {"{'generator':{'epaSiteId':'A'},'designatedFacility':{'epaSiteId':'B'},'wastes':{}}",
         "wastes"},
    };
    struct picking_fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *json = read(bad[i][0]);
        assert_null(emanifest_plan(json, &fault));
        assert_string_equal(fault.field, bad[i][1]);
        json_decref(json);
    }
    json_t *json = read("{}");
    assert_null(emanifest_receipt(json, "aa", &fault));
    assert_string_equal(fault.field, "wastes");
    json_decref(json);
}

static char *copy(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void out_and_in_again(void **state)
{
    Custody__V1__ManifestView manifest = CUSTODY__V1__MANIFEST_VIEW__INIT;
    Custody__V1__ManifestLine line = CUSTODY__V1__MANIFEST_LINE__INIT, *lines[] = {&line};
    Custody__V1__ManifestLegView leg = CUSTODY__V1__MANIFEST_LEG_VIEW__INIT, *legs[] = {&leg};
    Custody__V1__ConfirmedLine said = CUSTODY__V1__CONFIRMED_LINE__INIT, *confirmed[] = {&said};
    struct picking_fault fault;
    (void)state;
    line.waste_code = copy("D003");
    line.planned_mass_g = 4536;
    line.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_DRUM;
    line.planned_pieces = 3;
    leg.carrier = copy("epa:C");
    said.verdict = CUSTODY__V1__VERDICT__VERDICT_REJECTED;
    manifest.generator = copy("epa:G");
    manifest.receiver = copy("epa:R");
    manifest.planned_method = copy("H040");
    manifest.national_number = copy("123456789JJK");
    manifest.lines = lines;
    manifest.legs = legs;
    manifest.confirmed = confirmed;
    manifest.n_lines = manifest.n_legs = manifest.n_confirmed = 1;
    json_t *json = emanifest_write(&manifest);
    json_t *again = json_deep_copy(json);
    json_t *plan = emanifest_plan(json, &fault);
    check_json(plan, "{'plan':{'generator':'epa:G','receiver':'epa:R','method':'H040','lines':[{"
                     "'planned_mass_g':4536,'package':'drum','planned_pieces':3,'waste_code':"
                     "'D003'}],'legs':[{'carrier':'epa:C'}]}}");
    check_left(json, "{'manifestTrackingNumber':1,'rejection':1,'rejectionInfo.rejectionType':1}");
    json_t *receipt = emanifest_receipt(again, "aa", &fault);
    check_json(receipt,
               "{'manifest':'aa','method':'H040','lines':[{'line':1,'verdict':'rejected'}]}");
    json_decref(receipt);
    json_decref(again);
    json_decref(plan);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan),
        cmocka_unit_test(a_receipt),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(out_and_in_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
