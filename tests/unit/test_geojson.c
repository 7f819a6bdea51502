/* test_geojson.c: what is open as features: where it was seen, east first; nothing where it was not.
 * Never asks a ledger. */
#include <string.h>

#include "client/exchange/geojson.h"
#include "tests/lib/check.h"

static char *copy(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void a_manifest_on_the_road(void **state)
{
    Custody__V1__OpenItem item = CUSTODY__V1__OPEN_ITEM__INIT;
    Custody__V1__ManifestView manifest = CUSTODY__V1__MANIFEST_VIEW__INIT;
    Custody__V1__LastFact last = CUSTODY__V1__LAST_FACT__INIT;
    const struct custody_position position = {296490000, 943617000, 15};
    (void)state;
    manifest.number = copy("20265404000017");
    last.act = copy("load");
    last.entry = 42;
    item.kind = copy("manifest");
    item.state = copy("in transit");
    item.manifest = &manifest;
    item.last = &last;
    item.mass_g = 5250;
    item.due = 1779000000000000;
    json_t *feature = geojson_feature(&item, item.due + 1, &position);
    assert_string_equal(json_string_value(json_object_get(feature, "type")), "Feature");
    assert_string_equal(json_string_value(json_object_get(feature, "id")), "20265404000017");
    json_t *geometry = json_object_get(feature, "geometry");
    json_t *coordinates = json_object_get(geometry, "coordinates");
    assert_string_equal(json_string_value(json_object_get(geometry, "type")), "Point");
    assert_true(json_real_value(json_array_get(coordinates, 0)) == 94.3617);
    assert_true(json_real_value(json_array_get(coordinates, 1)) == 29.649);
    json_t *properties = json_object_get(feature, "properties");
    assert_true(json_is_true(json_object_get(properties, "overdue")));
    assert_true(json_real_value(json_object_get(properties, "mass_kg")) == 5.25);
    assert_int_equal(json_integer_value(json_object_get(properties, "last_entry")), 42);
    assert_int_equal(json_integer_value(json_object_get(properties, "accuracy_m")), 15);
    assert_null(json_object_get(properties, "holder"));
    json_decref(feature);
}

static void without_a_position(void **state)
{
    Custody__V1__OpenItem item = CUSTODY__V1__OPEN_ITEM__INIT;
    (void)state;
    item.due = 5;
    json_t *feature = geojson_feature(&item, 5, NULL);
    json_t *properties = json_object_get(feature, "properties");
    assert_true(json_is_null(json_object_get(feature, "geometry")));
    assert_true(json_is_false(json_object_get(properties, "overdue")));
    assert_null(json_object_get(properties, "accuracy_m"));
    assert_null(json_object_get(feature, "id"));
    json_decref(feature);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manifest_on_the_road),
        cmocka_unit_test(without_a_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
