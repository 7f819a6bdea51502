/* form_trip.c: the trip's card, from what the driver's device signed.
 * Never needs the network. */
#include "client/cli/form_trip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/form.h"
#include "client/cli/views.h"

enum { CLASSES = 3, SHORT_ID = 12 };

struct card_sums {
    uint64_t pieces, grams, of_class[CLASSES];
    char name[OUTPUT_CELL_MAX]; /* of the generator */
};

struct trip_card {
    struct command_context *context;
    uint64_t sequence; /* of the depart */
    json_t *rows;
    struct card_sums all;
    bool is_away; /* the ledger did not answer: not asked again */
};

/* The body of one of this device's statements, for the caller to free; NULL when it cannot be read. */
static ProtobufCMessage *
read_body(struct custody_client *client, uint64_t sequence, const ProtobufCMessageDescriptor *as)
{
    struct spool_statement kept;
    struct statement statement;
    const char *field;
    void *memory = NULL;
    ProtobufCMessage *body = NULL;
    if (spool_read(client->spool, sequence, &kept, &memory, &client->problem) == CUSTODY_OK &&
        statement_parse(kept.statement, &statement, &field) == STATEMENT_OK)
        body = protobuf_c_message_unpack(as, NULL, statement.body.len, statement.body.data);
    free(memory);
    return body;
}

/* Class, mass and the generator's name, where the ledger tells. */
static void ask_container(struct trip_card *card,
                          const char *generator,
                          const Custody__V1__MovedContainer *moved,
                          struct card_sums *sums)
{
    struct custody_client *client = card->context->client;
    ProtobufCMessage *request = NULL, *reply = NULL;
    char name[OUTPUT_CELL_MAX];
    uint64_t mass = moved->mass_g;
    enum custody_status status = CUSTODY_ERR_UNREACHABLE;
    snprintf(name, sizeof(name), "%s/%s", generator, moved->code);
    json_t *json = json_pack("{s:s}", "container", name);
    if (!card->is_away && !card->context->is_offline &&
        reflect_from_json(ask_request_descriptor(ENVELOPE_TRACE), json, &request,
                          &client->problem) == CUSTODY_OK) {
        status = ask_question(client, ENVELOPE_TRACE, request, &reply);
        card->is_away = status == CUSTODY_ERR_TIMEOUT || status == CUSTODY_ERR_UNREACHABLE;
    }
    const Custody__V1__TraceReply *trace = (const Custody__V1__TraceReply *)reply;
    if (status == CUSTODY_OK && trace->n_containers > 0) {
        const Custody__V1__ContainerTrace *found = trace->containers[0];
        mass = mass == 0 ? found->mass_g : mass;
        sums->of_class[form_class(found->waste_code)] += mass;
        if (found->generator_name[0] != '\0')
            snprintf(sums->name, sizeof(sums->name), "%s", found->generator_name);
    }
    sums->grams += mass;
    json_decref(json);
    reflect_free(reply);
    reflect_free(request);
}

static json_t *
row(const char *number, const char *name, const char *at, const struct card_sums *sums)
{
    char pieces[24], kilograms[CLASSES + 1][OUTPUT_CELL_MAX];
    snprintf(pieces, sizeof(pieces), "%" PRIu64, sums->pieces);
    for (size_t i = 0; i < CLASSES; i++)
        form_kilograms(sums->of_class[i], kilograms[i]);
    form_kilograms(sums->grams, kilograms[CLASSES]);
    return json_pack("[s, s, s, s, s, s, s, s, s]", number, name, at, pieces, kilograms[1],
                     kilograms[0], kilograms[2], kilograms[CLASSES], "");
}

static void add_stop(struct trip_card *card, const Custody__V1__LoadBody *load, int64_t at_us)
{
    struct card_sums stop = {.pieces = load->n_containers + load->n_boxes};
    char at[OUTPUT_CELL_MAX], number[24];
    snprintf(stop.name, sizeof(stop.name), "%s", load->generator);
    for (size_t i = 0; i < load->n_containers; i++)
        ask_container(card, load->generator, load->containers[i], &stop);
    for (size_t i = 0; i < load->n_bulk; i++)
        stop.grams += load->bulk[i]->mass_g;
    form_time(at_us, at);
    snprintf(number, sizeof(number), "%zu", json_array_size(card->rows) + 1);
    json_array_append_new(card->rows, row(number, stop.name, at, &stop));
    card->all.pieces += stop.pieces;
    card->all.grams += stop.grams;
    for (size_t i = 0; i < CLASSES; i++)
        card->all.of_class[i] += stop.of_class[i];
}

/* Every load of this device under the trip, in the order in which it signed them. */
static void add_stops(struct trip_card *card, const struct digest *trip)
{
    struct custody_client *client = card->context->client;
    for (uint64_t at = card->sequence; at <= spool_count(client->spool); at++) {
        const struct spool_item *item = spool_item(client->spool, at);
        if (item->act != CUSTODY__V1__ACT__ACT_LOAD)
            continue;
        ProtobufCMessage *body = read_body(client, at, &custody__v1__load_body__descriptor);
        const Custody__V1__LoadBody *load = (const Custody__V1__LoadBody *)body;
        if (load != NULL && load->trip.len == DIGEST_SIZE &&
            memcmp(load->trip.data, trip->bytes, DIGEST_SIZE) == 0)
            add_stop(card, load, item->occurred_at_us);
        reflect_free(body);
    }
    json_array_append_new(card->rows, row("", "合计", "", &card->all));
}

static json_t *
head_of(const Custody__V1__DepartBody *depart, const char *carrier, int64_t at_us, const char *id)
{
    char at[OUTPUT_CELL_MAX], plate[OUTPUT_CELL_MAX] = "";
    if (depart->vehicle != NULL)
        snprintf(plate, sizeof(plate), "%s", depart->vehicle->plate);
    form_time(at_us, at);
    return form_fields(
        2, json_pack("[o, o, o, o, o, o, o, o]", form_field("车牌号", plate),
                     form_field("登记卡编号", id), form_field("运送单位", carrier),
                     form_field("出发时间", at), form_field("处置单位", depart->receiver),
                     form_field("到达时间", ""), form_field("驾驶员证号", depart->driver_licence),
                     form_field("押运员证号", depart->escort_licence)));
}

static json_t *blocks_of(struct trip_card *card, json_t *head)
{
    return json_pack(
        "[o, {s:{s:[s, s, s, s, s, s, s, s, s], s:[i, i, i, i, i, i, i, i, i], s:[i, i, i, i, i], "
        "s:O}}, o]",
        head, "table", "heads", "序号", "医疗卫生机构", "交接时间", "件数", "感染性 kg",
        "损伤性 kg", "其他 kg", "合计 kg", "机构交接人签字", "widths", 9, 42, 28, 11, 17, 17, 15,
        17, 28, "right", 3, 4, 5, 6, 7, "rows", card->rows,
        form_fields(2, json_pack("[o, o, o, o]", form_field("司机签字", ""),
                                 form_field("接收人签字", ""), form_field("接收件数", ""),
                                 form_field("接收重量 kg", ""))));
}

int form_trip_draw(struct command_context *context, const char *trip, const char *path)
{
    struct custody_client *client = context->client;
    struct trip_card card = {.context = context};
    struct custody_kept kept;
    size_t count = 0;
    char id[2 * SHORT_ID + 1];
    if (client_open_spool(client) != CUSTODY_OK)
        return command_fail(context);
    card.sequence = spool_find_id(client->spool, span_text(trip), &count);
    const struct spool_item *item =
        card.sequence == 0 ? NULL : spool_item(client->spool, card.sequence);
    if (item == NULL || item->act != CUSTODY__V1__ACT__ACT_DEPART) {
        problem_set(&client->problem, CUSTODY_ERR_NOT_FOUND, "trip",
                    "the id of a depart that this device signed, or its start", "%s", trip);
        return command_fail(context);
    }
    ProtobufCMessage *body =
        read_body(client, card.sequence, &custody__v1__depart_body__descriptor);
    if (body == NULL)
        return command_fail(context);
    const Custody__V1__DepartBody *depart = (const Custody__V1__DepartBody *)body;
    bytes_write_hex(span_of(item->id.bytes, SHORT_ID / 2), id);
    card.rows = json_array();
    add_stops(&card, &item->id);
    json_t *head =
        head_of(depart, depart->carrier[0] != '\0' ? depart->carrier : client->card.party,
                item->occurred_at_us, id);
    json_t *page = paper_page(context, "医疗废物运送登记卡", id, blocks_of(&card, head));
    if (custody_client_kept(client, card.sequence, &kept) == CUSTODY_OK &&
        kept.state == CUSTODY_ON_LEDGER)
        paper_add_proof(context, page, kept.entry);
    json_decref(card.rows);
    reflect_free(body);
    return paper_write(context, page, path);
}
