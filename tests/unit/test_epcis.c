/* test_epcis.c: statements as EPCIS events: each of the shape that the standard asks for, with its words; what was put right declared wrong.
 * Never validates against GS1's own schema, which is not ours to ship: the shapes below were written from the standard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/exchange/epcis.h"
#include "tests/lib/check.h"

struct said {
    const char *act, *body, *types; /* of the events, with commas */
};

static const struct said all[] = {
    {"pack",
     "{'generator':'uscc:H','place':'Z','containers':[{'code':'B "
     "1','mass_g':2300},{'code':'袋2'}]}",
     "ObjectEvent"},
    {"store",
     "{'generator':'uscc:H','place':{'code':'Z'},'containers':['B1'],'boxes':['X'],"
     "'temperature_mc':4500}",
     "ObjectEvent"},
    {"depart", "{'vehicle':{'plate':'藏G1','colour':'yellow'},'receiver':'uscc:P'}", "ObjectEvent"},
    {"load",
     "{'generator':'uscc:H','trip':'aa','manifest':'bb','stop':{'party':'uscc:H','code':'Z'},"
     "'containers':[{'code':'B1','mass_g':5}]}",
     "ObjectEvent"},
    {"transfer", "{'generator':'uscc:H','containers':['B1']}", "ObjectEvent"},
    {"receive",
     "{'generator':'uscc:H','manifest':'bb','containers':[{'code':'B1','verdict':"
     "'rejected','reason':'packaging'},{'code':'B2','verdict':'missing'}],"
     "'remainder':'accepted'}",
     "ObjectEvent,ObjectEvent,TransactionEvent"},
    {"feed", "{'generator':'uscc:H','batch':'K1','containers':['B1']}", "TransformationEvent"},
    {"yield", "{'batch':'K1','method':'Y10','outputs':[{'code':'ASH','mass_g':9}]}",
     "TransformationEvent"},
    {"relabel", "{'generator':'uscc:H','containers':[{'old_code':'B1','new_code':'B9'}]}",
     "TransformationEvent"},
    {"nest", "{'generator':'uscc:H','box':'X','containers':['B1']}", "AggregationEvent"},
    {"unnest", "{'generator':'uscc:H','box':'X','containers':['B1']}", "AggregationEvent"},
    {"issue_manifest",
     "{'plan':{'generator':'uscc:H','receiver':'uscc:P','lines':[{'waste_code':"
     "'841-001-01','planned_mass_g':5000}]}}",
     "TransactionEvent"},
    {"confirm_receipt", "{'manifest':'bb','lines':[{'line':1,'material_difference':true}]}",
     "TransactionEvent"},
    {"clean", "{'box':'X'}", ""},
};

static json_t *body_of(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *body = json_loads(copy, 0, NULL);
    assert_non_null(body);
    free(copy);
    return body;
}

static struct epcis_fact fact_of(const char *act, const char *id, const json_t *body)
{
    static const struct custody_position position = {296490000, 943617000, 15};
    return (struct epcis_fact){.origin = "ledger.example.org/trial",
                               .act = act,
                               .id = id,
                               .at_us = 1779062400000000,
                               .recorded_at_us = 1779062401000000,
                               .position = &position,
                               .body = body};
}

static bool is_among(const char *const *words, const char *word)
{
    for (; *words != NULL; words++)
        if (word != NULL && strcmp(*words, word) == 0)
            return true;
    return false;
}

/* Plain ASCII without spaces, with a scheme. */
static void check_uri(const json_t *value)
{
    const char *text = json_string_value(value);
    assert_non_null(text);
    assert_non_null(strchr(text, ':'));
    for (const char *c = text; *c != '\0'; c++)
        assert_true(*c > ' ' && *c < 127);
}

static void check_uris(const json_t *list)
{
    size_t index;
    json_t *value;
    json_array_foreach(list, index, value)
    {
        check_uri(value);
    }
}

static void check_names(json_t *event)
{
    static const char *const known[] = {"type",
                                        "eventID",
                                        "eventTime",
                                        "recordTime",
                                        "eventTimeZoneOffset",
                                        "bizStep",
                                        "disposition",
                                        "action",
                                        "epcList",
                                        "bizLocation",
                                        "readPoint",
                                        "sourceList",
                                        "destinationList",
                                        "bizTransactionList",
                                        "errorDeclaration",
                                        "parentID",
                                        "childEPCs",
                                        "inputEPCList",
                                        "outputEPCList",
                                        "transformationID",
                                        "sensorElementList",
                                        "quantityList",
                                        NULL};
    const char *name;
    json_t *value;
    json_object_foreach(event, name, value)
    {
        assert_true(is_among(known, name) || strncmp(name, "custody:", 8) == 0);
    }
}

/* What EPCIS 2.0 requires of an event, and the words that its vocabulary has. */
static void check_event(json_t *event)
{
    static const char *const steps[] = {
        "commissioning", "storing",    "departing",   "loading", "transporting",
        "receiving",     "destroying", "repackaging", "packing", "unpacking",
        "consigning",    "accepting",  NULL};
    static const char *const dispositions[] = {"active",         "in_progress",       "in_transit",
                                               "non_conformant", "unknown",           "destroyed",
                                               "conformant",     "mismatch_quantity", NULL};
    static const char *const actions[] = {"ADD", "OBSERVE", "DELETE", NULL};
    const char *type = json_string_value(json_object_get(event, "type"));
    const char *at = json_string_value(json_object_get(event, "eventTime"));
    const char *action = json_string_value(json_object_get(event, "action"));
    assert_true(is_among(steps, json_string_value(json_object_get(event, "bizStep"))));
    assert_true(is_among(dispositions, json_string_value(json_object_get(event, "disposition"))));
    assert_string_equal(at, "2026-05-18T00:00:00.000000Z");
    assert_string_equal(json_string_value(json_object_get(event, "eventTimeZoneOffset")), "+08:00");
    check_uri(json_object_get(event, "eventID"));
    check_uri(json_object_get(json_object_get(event, "readPoint"), "id"));
    check_uris(json_object_get(event, "epcList"));
    check_uris(json_object_get(event, "childEPCs"));
    check_uris(json_object_get(event, "inputEPCList"));
    check_uris(json_object_get(event, "outputEPCList"));
    check_names(event);
    assert_true((strcmp(type, "TransformationEvent") == 0) == (action == NULL));
    assert_true(action == NULL || is_among(actions, action));
    if (strcmp(type, "ObjectEvent") == 0)
        assert_true(json_is_array(json_object_get(event, "epcList")));
    if (strcmp(type, "AggregationEvent") == 0)
        check_uri(json_object_get(event, "parentID"));
    if (strcmp(type, "TransactionEvent") == 0) {
        assert_true(json_array_size(json_object_get(event, "bizTransactionList")) > 0);
        /* Only what ends a transaction may name nothing. */
        assert_true(json_object_get(event, "epcList") != NULL ||
                    json_object_get(event, "quantityList") != NULL);
    }
    if (strcmp(type, "TransformationEvent") == 0)
        assert_true(json_array_size(json_object_get(event, "inputEPCList")) +
                        json_array_size(json_object_get(event, "outputEPCList")) >
                    0);
}

static void every_act_has_its_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char types[128] = "";
        size_t index;
        json_t *event;
        json_t *body = body_of(all[i].body);
        struct epcis_fact fact = fact_of(all[i].act, "cafe", body);
        json_t *events = epcis_events(&fact);
        json_array_foreach(events, index, event)
        {
            check_event(event);
            size_t len = strlen(types);
            snprintf(types + len, sizeof(types) - len, "%s%s", index > 0 ? "," : "",
                     json_string_value(json_object_get(event, "type")));
        }
        assert_string_equal(types, all[i].types);
        json_decref(events);
        json_decref(body);
    }
}

static void identifiers_are_uris(void **state)
{
    json_t *body = body_of(all[0].body);
    struct epcis_fact fact = fact_of("pack", "cafe", body);
    json_t *events = epcis_events(&fact);
    json_t *list = json_object_get(json_array_get(events, 0), "epcList");
    (void)state;
    assert_string_equal(json_string_value(json_array_get(list, 0)),
                        "https://ledger.example.org/trial/container/uscc:H/B%201");
    assert_string_equal(json_string_value(json_array_get(list, 1)),
                        "https://ledger.example.org/trial/container/uscc:H/%E8%A2%8B2");
    json_decref(events);
    json_decref(body);
}

static void an_amend_declares_and_corrects(void **state)
{
    json_t *body = body_of(all[0].body);
    json_t *change =
        body_of("{'target':{'id':'cafe'},'containers':[{'code':'B 1','mass_g':2500}]}");
    struct epcis_fact fact = fact_of("pack", "cafe", body), by = fact_of("amend", "beef", change);
    json_t *events = epcis_corrected(&fact, &by);
    json_t *wrong = json_array_get(events, 0), *right = json_array_get(events, 1);
    json_t *declaration = json_object_get(wrong, "errorDeclaration");
    (void)state;
    assert_int_equal(json_array_size(events), 2);
    check_event(wrong);
    check_event(right);
    assert_null(json_object_get(right, "errorDeclaration"));
    assert_string_equal(json_string_value(json_object_get(declaration, "reason")),
                        "incorrect_data");
    assert_true(json_equal(json_array_get(json_object_get(declaration, "correctiveEventIDs"), 0),
                           json_object_get(right, "eventID")));
    /* The declared event is the first one again, number and all. */
    json_t *first = epcis_events(&fact);
    assert_true(json_equal(json_object_get(json_array_get(first, 0), "eventID"),
                           json_object_get(wrong, "eventID")));
    json_t *details = json_array_get(json_object_get(right, "custody:containers"), 0);
    assert_int_equal(json_integer_value(json_object_get(details, "custody:massG")), 2500);
    json_decref(first);
    json_decref(events);
    json_decref(change);
    json_decref(body);
}

static void a_withdrawal_did_not_occur(void **state)
{
    json_t *body = body_of(all[0].body), *target = body_of("{'target':{'id':'cafe'}}");
    struct epcis_fact fact = fact_of("pack", "cafe", body), by = fact_of("withdraw", "f", target);
    json_t *events = epcis_corrected(&fact, &by);
    json_t *declaration = json_object_get(json_array_get(events, 0), "errorDeclaration");
    (void)state;
    assert_int_equal(json_array_size(events), 1);
    assert_string_equal(json_string_value(json_object_get(declaration, "reason")), "did_not_occur");
    assert_null(json_object_get(declaration, "correctiveEventIDs"));
    json_decref(events);
    json_decref(target);
    json_decref(body);
}

static void a_document_is_whole(void **state)
{
    char text[1024];
    char *head = epcis_head("ledger.example.org/trial", 1779062400000000);
    (void)state;
    snprintf(text, sizeof(text), "%s%s", head, EPCIS_END);
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "type")), "EPCISDocument");
    assert_string_equal(json_string_value(json_object_get(document, "schemaVersion")), "2.0");
    assert_int_equal(json_array_size(json_object_get(document, "@context")), 2);
    assert_true(
        json_is_array(json_object_get(json_object_get(document, "epcisBody"), "eventList")));
    json_decref(document);
    free(head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_act_has_its_events),
        cmocka_unit_test(identifiers_are_uris),
        cmocka_unit_test(an_amend_declares_and_corrects),
        cmocka_unit_test(a_withdrawal_did_not_occur),
        cmocka_unit_test(a_document_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
