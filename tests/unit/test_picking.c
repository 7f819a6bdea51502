/* test_picking.c: members taken out of a document by their path; what does not fit stays where it was.
 * Never converts. */
#include <string.h>

#include "client/exchange/picking.h"
#include "tests/lib/check.h"

static void taken_is_gone(void **state)
{
    json_t *json =
        json_loads("{\"a\":{\"b\":{\"c\":\"x\"}},\"n\":2.5,\"f\":true,\"p\":\"77\"}", 0, NULL);
    char text[8];
    double number = 0;
    json_t *party = json_object();
    (void)state;
    picking_text(json, "a.b.c", text, sizeof(text));
    assert_string_equal(text, "x");
    picking_text(json, "a.b.c", text, sizeof(text));
    assert_string_equal(text, "");
    assert_true(picking_number(json, "n", &number) && number == 2.5);
    assert_false(picking_number(json, "n", &number));
    assert_true(picking_flag(json, "f"));
    assert_false(picking_flag(json, "f"));
    assert_true(picking_party(json, "p", "siret", party, "carrier"));
    assert_string_equal(json_string_value(json_object_get(party, "carrier")), "siret:77");
    json_t *rest = picking_take(json, "a");
    assert_int_equal(json_object_size(rest), 1);
    assert_int_equal(json_object_size(json), 0);
    json_decref(rest);
    json_decref(party);
    json_decref(json);
}

static void what_does_not_fit_stays(void **state)
{
    json_t *json =
        json_loads("{\"t\":\"too long for it\",\"i\":7,\"n\":1e300,\"m\":-1,\"a\":[]}", 0, NULL);
    char text[8];
    double number = 3;
    (void)state;
    picking_text(json, "t", text, sizeof(text));
    assert_string_equal(text, "");
    picking_text(json, "i", text, sizeof(text));
    assert_string_equal(text, "");
    assert_false(picking_number(json, "n", &number));
    assert_false(picking_number(json, "m", &number));
    assert_false(picking_number(json, "t", &number));
    assert_null(picking_take(json, "a.b.c"));
    assert_null(picking_take(json, "none"));
    assert_true(number == 3);
    assert_int_equal(json_object_size(json), 5);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_is_gone),
        cmocka_unit_test(what_does_not_fit_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
