/* geojson.c: what is open as GeoJSON.
 * Never guesses a place. */
#include "client/exchange/geojson.h"

#include "client/lib/quantity.h"

#define DEGREE_E7 1e7

/* East first: RFC 7946, 3.1.1. */
static json_t *geometry_of(const struct custody_position *position)
{
    if (position == NULL)
        return json_null();
    return json_pack("{s:s, s:[f, f]}", "type", "Point", "coordinates",
                     (double)position->longitude_e7 / DEGREE_E7,
                     (double)position->latitude_e7 / DEGREE_E7);
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text[0] != '\0')
        json_object_set_new(object, name, json_string(text));
}

static void set_time(json_t *object, const char *name, int64_t us)
{
    char text[QUANTITY_TEXT_MAX];
    if (us == 0)
        return;
    quantity_write_rfc3339(us, text);
    json_object_set_new(object, name, json_string(text));
}

static json_t *properties_of(const Custody__V1__OpenItem *item,
                             int64_t now,
                             const struct custody_position *position)
{
    json_t *object = json_object();
    set_text(object, "kind", item->kind);
    set_text(object, "subject", item->subject);
    set_text(object, "state", item->state);
    set_text(object, "division", item->division);
    set_text(object, "division_name", item->division_name);
    set_text(object, "generator", item->generator);
    set_text(object, "generator_name", item->generator_name);
    set_text(object, "receiver", item->receiver);
    set_text(object, "receiver_name", item->receiver_name);
    set_text(object, "holder", item->holder);
    set_text(object, "holder_name", item->holder_name);
    set_text(object, "vehicle", item->vehicle);
    set_text(object, "family", item->family);
    set_time(object, "since", item->since);
    set_time(object, "due", item->due);
    json_object_set_new(object, "overdue", json_boolean(item->due != 0 && item->due < now));
    json_object_set_new(object, "unreported", json_boolean(item->unreported));
    json_object_set_new(object, "hazard", json_integer((json_int_t)item->hazard));
    json_object_set_new(object, "mass_kg", json_real((double)item->mass_g / 1000));
    if (item->last != NULL) {
        set_text(object, "last_act", item->last->act);
        set_time(object, "last_at", item->last->effective_at);
        json_object_set_new(object, "last_entry", json_integer((json_int_t)item->last->entry));
    }
    if (position != NULL)
        json_object_set_new(object, "accuracy_m", json_integer(position->accuracy_m));
    return object;
}

json_t *geojson_feature(const Custody__V1__OpenItem *item,
                        int64_t now,
                        const struct custody_position *position)
{
    const char *id = item->manifest != NULL ? item->manifest->number : item->id;
    json_t *feature =
        json_pack("{s:s, s:o, s:o}", "type", "Feature", "geometry", geometry_of(position),
                  "properties", properties_of(item, now, position));
    if (feature != NULL)
        set_text(feature, "id", id);
    return feature;
}
