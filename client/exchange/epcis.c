/* epcis.c: statements as events of GS1's EPCIS 2.0.
 * Never judges. */
#include "client/exchange/epcis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/quantity.h"

enum { URI_MAX = 1024 };

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value == NULL ? "" : value;
}

/* ---- identifiers ---- */

/* RFC 3986: what is not unreserved is written in percent. */
static void encode(const char *from, char *ret, size_t cap)
{
    size_t len = strlen(ret);
    for (; *from != '\0' && len + 4 < cap; from++) {
        unsigned char c = (unsigned char)*from;
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || strchr("-._~:", c) != NULL;
        len += (size_t)snprintf(ret + len, cap - len, is_plain ? "%c" : "%%%02X", c);
    }
}

/* https://ORIGIN/kind/a/b; empty parts are left out. */
static json_t *uri(const struct epcis_fact *fact, const char *kind, const char *a, const char *b)
{
    char ret[URI_MAX];
    snprintf(ret, sizeof(ret), "https://%.200s/%s", fact->origin, kind);
    const char *const parts[] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        if (parts[i][0] == '\0')
            continue;
        size_t len = strlen(ret);
        snprintf(ret + len, sizeof(ret) - len, "/");
        encode(parts[i], ret, sizeof(ret));
    }
    return json_string(ret);
}

static json_t *container(const struct epcis_fact *fact, const char *code)
{
    return uri(fact, "container", text(fact->body, "generator"), code);
}

static json_t *event_id(const struct epcis_fact *fact, const char *part)
{
    return uri(fact, "event", fact->id, part);
}

/* ---- the parts of an event ---- */

static void set_time(json_t *event, const char *name, int64_t us)
{
    char at[QUANTITY_TEXT_MAX];
    quantity_write_rfc3339(us, at);
    json_object_set_new(event, name, json_string(at));
}

static void set_manifest(const struct epcis_fact *fact, json_t *event, const char *manifest)
{
    if (manifest[0] != '\0')
        json_object_set_new(event, "bizTransactionList",
                            json_pack("[{s:s, s:o}]", "type", "bol", "bizTransaction",
                                      uri(fact, "manifest", manifest, "")));
}

static void set_place(const struct epcis_fact *fact, json_t *event)
{
    const json_t *place = json_object_get(fact->body, "place");
    if (place == NULL)
        place = json_object_get(fact->body, "stop");
    const char *code = json_is_string(place) ? json_string_value(place) : text(place, "code");
    const char *party =
        json_is_string(place) ? text(fact->body, "generator") : text(place, "party");
    /* A place without a party is the author's own; the statement does not say whose that is. */
    if (code[0] != '\0' && party[0] == '\0')
        json_object_set_new(event, "custody:place", json_string(code));
    else if (code[0] != '\0')
        json_object_set_new(event, "bizLocation",
                            json_pack("{s:o}", "id", uri(fact, "place", party, code)));
    if (fact->position != NULL) {
        char geo[URI_MAX];
        snprintf(geo, sizeof(geo), "geo:%.7f,%.7f;u=%u", fact->position->latitude_e7 / 1e7,
                 fact->position->longitude_e7 / 1e7, (unsigned)fact->position->accuracy_m);
        json_object_set_new(event, "readPoint", json_pack("{s:s}", "id", geo));
    }
}

static void set_party(const struct epcis_fact *fact,
                      json_t *event,
                      const char *list,
                      const char *name,
                      const char *party)
{
    if (party[0] != '\0')
        json_object_set_new(event, list,
                            json_pack("[{s:s, s:o}]", "type", "possessing_party", name,
                                      uri(fact, "party", party, "")));
}

/* `part` tells the events of one statement apart; empty when there is one. */
static json_t *begin(const struct epcis_fact *fact,
                     const char *type,
                     const char *part,
                     const char *step,
                     const char *disposition)
{
    json_t *event =
        json_pack("{s:s, s:o, s:s, s:s, s:s}", "type", type, "eventID", event_id(fact, part),
                  "eventTimeZoneOffset", "+08:00", "bizStep", step, "disposition", disposition);
    if (event == NULL)
        return NULL;
    set_time(event, "eventTime", fact->at_us);
    set_time(event, "recordTime", fact->recorded_at_us);
    set_place(fact, event);
    set_manifest(fact, event, text(fact->body, "manifest"));
    return event;
}

/* What each container is or weighed, which EPCIS has no place for. */
static json_t *details_of(const struct epcis_fact *fact, const json_t *item, const char *code)
{
    static const char *const names[][2] = {
        {"mass_g", "custody:massG"},
        {"mass_source", "custody:massSource"},
        {"waste_code", "custody:wasteCode"},
        {"package", "custody:package"},
        {"ward", "custody:ward"},
        {"epidemic", "custody:epidemic"},
        {"reason", "custody:reason"},
    };
    json_t *details = json_pack("{s:o}", "custody:epc", container(fact, code));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_object_get(item, names[i][0]) != NULL)
            json_object_set(details, names[i][1], json_object_get(item, names[i][0]));
    return details;
}

/* The containers of the list, of those with this verdict when one is given, into epcs[name]; false when there are none. */
static bool set_containers(const struct epcis_fact *fact,
                           json_t *event,
                           const char *list,
                           const char *code_name,
                           const char *verdict,
                           const char *name)
{
    json_t *epcs = json_array(), *details = json_array(), *item;
    size_t index;
    json_array_foreach(json_object_get(fact->body, list), index, item)
    {
        const char *code = json_is_string(item) ? json_string_value(item) : text(item, code_name);
        if (verdict != NULL && strcmp(text(item, "verdict"), verdict) != 0)
            continue;
        json_array_append_new(epcs, container(fact, code));
        if (json_is_object(item) && json_object_size(item) > 1)
            json_array_append_new(details, details_of(fact, item, code));
    }
    bool has_any = json_array_size(epcs) > 0;
    json_object_set_new(event, name, epcs);
    if (json_array_size(details) > 0)
        json_object_set_new(event, "custody:containers", details);
    else
        json_decref(details);
    return has_any;
}

/* Boxes travel as what they are; what is in them is in their aggregation. */
static void add_boxes(const struct epcis_fact *fact, json_t *event)
{
    json_t *epcs = json_object_get(event, "epcList"), *box;
    size_t index;
    json_array_foreach(json_object_get(fact->body, "boxes"), index, box)
    {
        json_array_append_new(epcs, uri(fact, "box", json_string_value(box), ""));
    }
}

/* ---- acts ---- */

static json_t *object_event(const struct epcis_fact *fact,
                            const char *action,
                            const char *step,
                            const char *disposition)
{
    json_t *event = begin(fact, "ObjectEvent", "", step, disposition);
    json_object_set_new(event, "action", json_string(action));
    set_containers(fact, event, "containers", "code", NULL, "epcList");
    add_boxes(fact, event);
    return event;
}

static void pack(const struct epcis_fact *fact, json_t *events)
{
    json_array_append_new(events, object_event(fact, "ADD", "commissioning", "active"));
}

static void store(const struct epcis_fact *fact, json_t *events)
{
    json_t *event = object_event(fact, "OBSERVE", "storing", "in_progress");
    const json_t *temperature = json_object_get(fact->body, "temperature_mc");
    if (temperature != NULL)
        json_object_set_new(
            event, "sensorElementList",
            json_pack("[{s:[{s:s, s:f, s:s}]}]", "sensorReport", "type", "Temperature", "value",
                      (double)json_integer_value(temperature) / 1000, "uom", "CEL"));
    json_array_append_new(events, event);
}

static void depart(const struct epcis_fact *fact, json_t *events)
{
    const json_t *vehicle = json_object_get(fact->body, "vehicle");
    json_t *event = begin(fact, "ObjectEvent", "", "departing", "in_transit");
    json_object_set_new(event, "action", json_string("OBSERVE"));
    json_object_set_new(
        event, "epcList",
        json_pack("[o]", uri(fact, "vehicle", text(vehicle, "plate"), text(vehicle, "colour"))));
    set_party(fact, event, "destinationList", "destination", text(fact->body, "receiver"));
    json_array_append_new(events, event);
}

static void load(const struct epcis_fact *fact, json_t *events)
{
    json_t *event = object_event(fact, "OBSERVE", "loading", "in_transit");
    set_party(fact, event, "sourceList", "source", text(fact->body, "generator"));
    json_object_set_new(event, "custody:trip", uri(fact, "event", text(fact->body, "trip"), ""));
    json_array_append_new(events, event);
}

static void transfer(const struct epcis_fact *fact, json_t *events)
{
    json_array_append_new(events, object_event(fact, "OBSERVE", "transporting", "in_transit"));
}

static void receive(const struct epcis_fact *fact, json_t *events)
{
    static const char *const verdicts[][2] = {
        {"accepted", "in_progress"}, {"rejected", "non_conformant"}, {"missing", "unknown"}};
    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        json_t *event = begin(fact, "ObjectEvent", verdicts[i][0], "receiving", verdicts[i][1]);
        json_object_set_new(event, "action", json_string("OBSERVE"));
        if (set_containers(fact, event, "containers", "code", verdicts[i][0], "epcList"))
            json_array_append_new(events, event);
        else
            json_decref(event);
    }
    /* Who says "all but these" speaks of the manifest. */
    const char *remainder = text(fact->body, "remainder");
    if (remainder[0] == '\0' || text(fact->body, "manifest")[0] == '\0')
        return;
    json_t *event = begin(fact, "TransactionEvent", "remainder", "receiving",
                          strcmp(remainder, "accepted") == 0   ? "in_progress"
                          : strcmp(remainder, "rejected") == 0 ? "non_conformant"
                                                               : "unknown");
    json_object_set_new(event, "action", json_string("OBSERVE"));
    json_object_set_new(event, "epcList", json_array());
    json_object_set_new(event, "custody:remainder", json_string(remainder));
    json_array_append_new(events, event);
}

static void feed(const struct epcis_fact *fact, json_t *events)
{
    json_t *event = begin(fact, "TransformationEvent", "", "destroying", "destroyed");
    set_containers(fact, event, "containers", "code", NULL, "inputEPCList");
    json_object_set_new(event, "transformationID",
                        uri(fact, "batch", text(fact->body, "batch"), ""));
    json_array_append_new(events, event);
}

static void yield(const struct epcis_fact *fact, json_t *events)
{
    json_t *event = begin(fact, "TransformationEvent", "", "commissioning", "active");
    set_containers(fact, event, "outputs", "code", NULL, "outputEPCList");
    json_object_set_new(event, "transformationID",
                        uri(fact, "batch", text(fact->body, "batch"), ""));
    json_object_set_new(event, "custody:method", json_string(text(fact->body, "method")));
    json_array_append_new(events, event);
}

static void relabel(const struct epcis_fact *fact, json_t *events)
{
    json_t *event = begin(fact, "TransformationEvent", "", "repackaging", "active");
    set_containers(fact, event, "containers", "old_code", NULL, "inputEPCList");
    set_containers(fact, event, "containers", "new_code", NULL, "outputEPCList");
    json_object_del(event, "custody:containers");
    json_array_append_new(events, event);
}

static void aggregate(const struct epcis_fact *fact, json_t *events)
{
    bool is_nesting = strcmp(fact->act, "nest") == 0;
    json_t *event =
        begin(fact, "AggregationEvent", "", is_nesting ? "packing" : "unpacking", "in_progress");
    json_object_set_new(event, "action", json_string(is_nesting ? "ADD" : "DELETE"));
    json_object_set_new(event, "parentID",
                        uri(fact, "box", text(fact->body, "box_owner"), text(fact->body, "box")));
    set_containers(fact, event, "containers", "code", NULL, "childEPCs");
    json_array_append_new(events, event);
}

/* Waste that is not yet, or no longer, told by the container: kilograms of each line. */
static void set_quantities(const struct epcis_fact *fact,
                           json_t *event,
                           const char *manifest,
                           const json_t *lines,
                           const char *mass_name)
{
    json_t *list = json_array(), *line;
    size_t index;
    json_array_foreach(lines, index, line)
    {
        char number[24];
        json_int_t told = json_integer_value(json_object_get(line, "line"));
        snprintf(number, sizeof(number), "%lld", told > 0 ? (long long)told : (long long)index + 1);
        json_array_append_new(
            list, json_pack("{s:o, s:f, s:s}", "epcClass", uri(fact, "line", manifest, number),
                            "quantity",
                            (double)json_integer_value(json_object_get(line, mass_name)) / 1000,
                            "uom", "KGM"));
    }
    json_object_set_new(event, "quantityList", list);
}

static void make_manifest(const struct epcis_fact *fact, json_t *events)
{
    const json_t *plan = json_object_get(fact->body, "plan");
    json_t *event = begin(fact, "TransactionEvent", "", "consigning", "active");
    json_object_set_new(event, "action", json_string("ADD"));
    set_manifest(fact, event, fact->id);
    set_party(fact, event, "sourceList", "source", text(plan, "generator"));
    set_party(fact, event, "destinationList", "destination", text(plan, "receiver"));
    set_quantities(fact, event, fact->id, json_object_get(plan, "lines"), "planned_mass_g");
    json_object_set(event, "custody:plan", json_object_get(fact->body, "plan"));
    json_array_append_new(events, event);
}

static void confirm(const struct epcis_fact *fact, json_t *events)
{
    bool differs = false;
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(fact->body, "lines"), index, line)
    {
        differs = differs || json_is_true(json_object_get(line, "material_difference"));
    }
    json_t *event = begin(fact, "TransactionEvent", "", "accepting",
                          differs ? "mismatch_quantity" : "conformant");
    json_object_set_new(event, "action", json_string("OBSERVE"));
    set_quantities(fact, event, text(fact->body, "manifest"), json_object_get(fact->body, "lines"),
                   "accepted_mass_g");
    json_object_set(event, "custody:lines", json_object_get(fact->body, "lines"));
    json_object_set_new(event, "custody:method", json_string(text(fact->body, "method")));
    json_array_append_new(events, event);
}

json_t *epcis_events(const struct epcis_fact *fact)
{
    static const struct {
        const char *act;
        void (*write)(const struct epcis_fact *fact, json_t *events);
    } acts[] = {
        {"pack", pack},
        {"store", store},
        {"depart", depart},
        {"load", load},
        {"transfer", transfer},
        {"receive", receive},
        {"feed", feed},
        {"yield", yield},
        {"relabel", relabel},
        {"nest", aggregate},
        {"unnest", aggregate},
        {"issue_manifest", make_manifest},
        {"draw_manifest", make_manifest},
        {"confirm_receipt", confirm},
    };
    json_t *events = json_array();
    for (size_t i = 0; events != NULL && i < sizeof(acts) / sizeof(acts[0]); i++)
        if (strcmp(acts[i].act, fact->act) == 0)
            acts[i].write(fact, events);
    return events;
}

/* ---- corrections ---- */

/* The statement's body with what the amend changes in it. */
static json_t *amended_body(const struct epcis_fact *fact, const struct epcis_fact *by)
{
    json_t *body = json_deep_copy(fact->body), *change, *item;
    size_t i, k;
    json_array_foreach(json_object_get(by->body, "containers"), i, change)
    {
        json_array_foreach(json_object_get(body, "containers"), k, item)
        {
            if (json_is_object(item) && strcmp(text(item, "code"), text(change, "code")) == 0)
                json_object_update(item, change);
        }
    }
    return body;
}

static json_t *declare_wrong(const struct epcis_fact *by, const json_t *corrections)
{
    json_t *declaration = json_object(), *ids = json_array(), *event;
    size_t index;
    set_time(declaration, "declarationTime", by->at_us);
    json_object_set_new(declaration, "reason",
                        json_string(corrections == NULL ? "did_not_occur" : "incorrect_data"));
    json_array_foreach(corrections, index, event)
    {
        json_array_append(ids, json_object_get(event, "eventID"));
    }
    if (json_array_size(ids) > 0)
        json_object_set_new(declaration, "correctiveEventIDs", ids);
    else
        json_decref(ids);
    return declaration;
}

json_t *epcis_corrected(const struct epcis_fact *fact, const struct epcis_fact *by)
{
    json_t *events = epcis_events(fact), *right = NULL, *event;
    size_t index;
    if (strcmp(by->act, "amend") == 0) {
        json_t *body = amended_body(fact, by);
        struct epcis_fact after = *fact;
        after.id = by->id;
        after.recorded_at_us = by->recorded_at_us;
        after.body = body;
        right = epcis_events(&after);
        json_decref(body);
    }
    json_array_foreach(events, index, event)
    {
        json_object_set_new(event, "errorDeclaration", declare_wrong(by, right));
    }
    if (right != NULL)
        json_array_extend(events, right);
    json_decref(right);
    return events;
}

char *epcis_head(const char *origin, int64_t created_us)
{
    char at[QUANTITY_TEXT_MAX], vocabulary[URI_MAX];
    quantity_write_rfc3339(created_us, at);
    snprintf(vocabulary, sizeof(vocabulary), "https://%.200s/vocabulary#", origin);
    json_t *context =
        json_pack("[s, {s:s}]", "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                  "custody", vocabulary);
    char *list = context == NULL ? NULL : json_dumps(context, JSON_COMPACT);
    char *head = NULL;
    if (list != NULL &&
        asprintf(&head,
                 "{\"@context\":%s,\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\","
                 "\"creationDate\":\"%s\",\"epcisBody\":{\"eventList\":[",
                 list, at) < 0)
        head = NULL;
    free(list);
    json_decref(context);
    return head;
}
