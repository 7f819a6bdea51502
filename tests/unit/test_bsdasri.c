/* test_bsdasri.c: French BSDASRI documents in: parties, waste, packagings, acceptation, and what is not taken.
 * Never asks a ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/bsdasri.h"
#include "client/exchange/leftover.h"
#include "tests/lib/check.h"

static const char document[] =
    "{'status':'PROCESSED','waste':{'code':'18 01 03*','adr':'UN 3291'},'emitter':{'company':{"
    "'siret':'11111111111111','name':'Clinique'},'emission':{'weight':{'value':12.5,'isEstimate':"
    "false},'packagings':[{'type':'FUT','quantity':2,'volume':60}]}},'transporter':{'company':{"
    "'siret':'22222222222222'},'transport':{'mode':'ROAD','plates':['AB-123-CD','XY-1']}},"
    "'destination':{'company':{'siret':'33333333333333'},'reception':{'acceptation':{'status':"
    "'PARTIALLY_REFUSED','refusalReason':'carton'}},'operation':{'code':'D10','weight':{'value':"
    "11.2}}},'grouping':[{'id':'DASRI-1'}]}";

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

static void a_plan_and_what_is_left(void **state)
{
    struct picking_fault fault;
    struct leftover leftover = {0};
    json_t *json = read(document);
    json_t *body = bsdasri_plan(json, &fault);
    (void)state;
    check_json(body,
               "{'plan':{'generator':'siret:11111111111111','receiver':'siret:33333333333333',"
               "'method':'D10','lines':[{'waste_code':'18 01 03*','planned_mass_g':12500,"
               "'planned_pieces':2,'package':'drum'}],'legs':[{'carrier':"
               "'siret:22222222222222','vehicle':{'plate':'AB-123-CD','colour':'other'}}]}}");
    leftover_add_json(&leftover, "", json);
    json_t *left = leftover_to_json(&leftover);
    check_json(left, "{'status':1,'waste.adr':1,'emitter.company.name':1,"
                     "'emitter.emission.packagings[].volume':1,'transporter.transport.mode':1,"
                     "'transporter.transport.plates[]':1,"
                     "'destination.reception.acceptation.status':1,"
                     "'destination.reception.acceptation.refusalReason':1,"
                     "'destination.operation.weight.value':1,'grouping[].id':1}");
    json_decref(left);
    json_decref(body);
    json_decref(json);
}

static void receipts(void **state)
{
    static const char *const words[][2] = {
        {"ACCEPTED", "{'line':1,'verdict':'accepted'}"},
        {"PARTIALLY_REFUSED", "{'line':1,'verdict':'accepted','material_difference':true}"},
        {"REFUSED", "{'line':1,'verdict':'rejected'}"},
    };
    struct picking_fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        json_t *json = json_pack("{s:{s:{s:{s:s}}}}", "destination", "reception", "acceptation",
                                 "status", words[i][0]);
        json_t *body = bsdasri_receipt(json, "aa", &fault);
        check_json(json_array_get(json_object_get(body, "lines"), 0), words[i][1]);
        json_decref(body);
        json_decref(json);
    }
    json_t *json = read(document);
    json_t *body = bsdasri_receipt(json, "aa", &fault);
    check_json(body, "{'manifest':'aa','method':'D10','lines':[{'line':1,'verdict':'accepted',"
                     "'material_difference':true,'accepted_mass_g':11200}]}");
    json_decref(body);
    json_decref(json);
}

static void what_is_missing_is_named(void **state)
{
    static const char *const bad[][2] = {
        {"{}", "emitter.company.siret"},
        {"{'emitter':{'company':{'siret':'1'}}}", "destination.company.siret"},
        {"{'emitter':{'company':{'siret':'1'}},'destination':{'company':{'siret':'2'}}}",
         "waste.code"},
    };
    struct picking_fault fault;
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        json_t *json = read(bad[i][0]);
        assert_null(bsdasri_plan(json, &fault));
        assert_string_equal(fault.field, bad[i][1]);
        json_decref(json);
    }
    json_t *json = read("{'destination':{'reception':{'acceptation':{'status':'MAYBE'}}}}");
    assert_null(bsdasri_receipt(json, "aa", &fault));
    assert_string_equal(fault.field, "destination.reception.acceptation.status");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_and_what_is_left),
        cmocka_unit_test(receipts),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
