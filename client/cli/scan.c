/* scan.c: custody scan: codes and weights, line by line, until they are signed as one statement.
 * Never signs what was not said to be done, and never loses a scan that it has confirmed. */
#include "client/cli/scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "client/lib/identity.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/roll.h"
#include "client/cli/act.h"
#include "client/cli/round.h"
#include "client/cli/session.h"
#include "client/cli/words.h"

enum { REF_BYTES = 8, LINE_ROOM = 1024, ITEM_OPTIONS_MAX = 4 };

#define ACT(name) CUSTODY__V1__ACT__ACT_##name

/* What is scanned for. */
static const struct kind {
    const char *name;
    uint32_t act;
    bool has_items;                        /* containers are messages, not codes alone */
    bool is_weighed;                       /* each must have a weight */
    bool is_on_trip;                       /* the device's trip, where none is given */
    const char *options[ITEM_OPTIONS_MAX]; /* of each container, said once */
} kinds[] = {
    {"pack", ACT(PACK), true, true, false, {"waste_code", "package", "ward"}},
    {"store", ACT(STORE), false, false, false, {NULL}},
    {"load", ACT(LOAD), true, false, true, {NULL}},
    {"receive", ACT(RECEIVE), true, false, true, {"verdict", "reason"}},
    {"feed", ACT(FEED), false, false, false, {NULL}},
};

struct scan {
    struct command_context *context;
    const struct kind *kind;
    struct session *session;
    const char *generator;
    bool is_loud; /* a terminal: a bell for each scan */
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* ---- one line for each scan ---- */

static void tell(const struct scan *scan,
                 enum output_colour colour,
                 const char *result,
                 const char *code,
                 const char *words)
{
    const struct output *output = &scan->context->output;
    if (output->is_json)
        output_json(output, json_pack("{s:s, s:s, s:I}", "scan", code, "result", result, "count",
                                      (json_int_t)scan->session->count));
    else
        output_print(output, colour, "%3zu  %-20s %s%s\n", scan->session->count, code, words,
                     scan->is_loud ? "\a" : "");
    fflush(output->file);
}

static int fail(const struct scan *scan)
{
    return command_fail(scan->context);
}

/* "2.350 kg", or that it is to be weighed. */
static const char *
say_mass(const struct scan *scan, uint64_t mass_g, char ret[static QUANTITY_TEXT_MAX])
{
    if (mass_g > 0) {
        quantity_write_mass(mass_g, ret);
        return ret;
    }
    return scan->kind->is_weighed ? words_pick("重量？", "weight?") : "";
}

static int add_code(struct scan *scan, const struct scanner_line *line)
{
    struct session_item item = {.is_box = line->word == SCANNER_BOX, .mass_g = line->mass_g};
    char mass[QUANTITY_TEXT_MAX];
    memcpy(item.code, line->code, sizeof(item.code));
    if (line->party[0] != '\0' && scan->generator[0] != '\0' &&
        strcmp(line->party, scan->generator) != 0) {
        tell(scan, OUTPUT_BAD, "other_party", line->code,
             words_pick("不是这家的！", "not this clinic's!"));
        return 0;
    }
    if (roll_check(span_text(line->code)) == ROLL_WRONG) {
        tell(scan, OUTPUT_BAD, "misread", line->code,
             words_pick("校验位不符，再扫一次", "the check character does not fit: scan it again"));
        return 0;
    }
    if (session_find(scan->session, line->code, item.is_box) != NULL) {
        tell(scan, OUTPUT_WARN, "again", line->code, words_pick("已有", "had it already"));
        return 0;
    }
    if (session_add(scan->session, &item, &scan->context->client->problem) != CUSTODY_OK)
        return fail(scan);
    tell(scan, OUTPUT_GOOD, "new", line->code, say_mass(scan, item.mass_g, mass));
    return 0;
}

static int add_mass(struct scan *scan, uint64_t mass_g)
{
    char mass[QUANTITY_TEXT_MAX];
    if (scan->session->count == 0) {
        tell(scan, OUTPUT_WARN, "no_code", "",
             words_pick("先扫码，再称重", "scan first, then weigh"));
        return 0;
    }
    if (session_weigh(scan->session, mass_g, &scan->context->client->problem) != CUSTODY_OK)
        return fail(scan);
    tell(scan, OUTPUT_GOOD, "weighed", scan->session->items[scan->session->count - 1].code,
         say_mass(scan, mass_g, mass));
    return 0;
}

static int undo(struct scan *scan)
{
    char code[SCANNER_CODE_MAX + 1];
    if (scan->session->count == 0) {
        tell(scan, OUTPUT_WARN, "nothing", "", words_pick("没有可撤销的", "nothing to take back"));
        return 0;
    }
    memcpy(code, scan->session->items[scan->session->count - 1].code, sizeof(code));
    if (session_undo(scan->session, &scan->context->client->problem) != CUSTODY_OK)
        return fail(scan);
    tell(scan, OUTPUT_WARN, "undone", code, words_pick("已撤销", "taken back"));
    return 0;
}

/* ---- the statement ---- */

/* The first that was never weighed, where all must be; NULL: none. */
static const struct session_item *find_unweighed(const struct scan *scan)
{
    for (size_t i = 0; scan->kind->is_weighed && i < scan->session->count; i++)
        if (scan->session->items[i].mass_g == 0)
            return &scan->session->items[i];
    return NULL;
}

static json_t *make_item(const struct scan *scan, const struct session_item *item)
{
    if (!scan->kind->has_items)
        return json_string(item->code);
    json_t *object = json_deep_copy(json_object_get(scan->session->begun, "item"));
    if (object == NULL)
        return NULL;
    json_object_set_new(object, "code", json_string(item->code));
    if (item->mass_g > 0) {
        json_object_set_new(object, "mass_g", json_integer((json_int_t)item->mass_g));
        json_object_set_new(object, "mass_source", json_string("weighed"));
    }
    return object;
}

static json_t *make_body(const struct scan *scan)
{
    json_t *body = json_deep_copy(json_object_get(scan->session->begun, "body"));
    json_t *containers = json_array(), *boxes = json_array();
    for (size_t i = 0; i < scan->session->count; i++) {
        const struct session_item *item = &scan->session->items[i];
        json_array_append_new(item->is_box ? boxes : containers,
                              item->is_box ? json_string(item->code) : make_item(scan, item));
    }
    if (json_array_size(containers) > 0)
        json_object_set(body, "containers", containers);
    if (json_array_size(boxes) > 0)
        json_object_set(body, "boxes", boxes);
    json_decref(containers);
    json_decref(boxes);
    return body;
}

static const char *body_text(const struct scan *scan, const char *name)
{
    const char *text =
        json_string_value(json_object_get(json_object_get(scan->session->begun, "body"), name));
    return text == NULL ? "" : text;
}

static enum custody_status note_stop(const struct scan *scan, uint64_t sequence)
{
    uint64_t mass_g = 0;
    for (size_t i = 0; i < scan->session->count; i++)
        mass_g += scan->session->items[i].mass_g;
    if (scan->kind->act != ACT(LOAD))
        return CUSTODY_OK;
    return round_add_stop(scan->context->client, body_text(scan, "trip"), body_text(scan, "stop"),
                          scan->session->count, mass_g, sequence);
}

/* Kept first; only then is the session forgotten. A second signing after a cut gives the same statement, by its ref. */
static int sign(struct scan *scan)
{
    struct command_context *context = scan->context;
    struct custody_kept kept;
    struct custody_problem stopped;
    const char *ref = json_string_value(json_object_get(scan->session->begun, "ref"));
    enum custody_status status =
        act_keep(context, scan->kind->act, make_body(scan), ref, context->at_us, &kept);
    if (status == CUSTODY_OK)
        status = note_stop(scan, kept.sequence);
    if (status != CUSTODY_OK)
        return command_fail(context);
    act_announce(context, scan->kind->act, &kept);
    status = session_end(scan->session, &context->client->problem);
    scan->session = NULL;
    if (status != CUSTODY_OK)
        return command_fail(context);
    enum custody_status delivered = act_deliver(context);
    stopped = context->client->problem;
    if (custody_client_kept(context->client, kept.sequence, &kept) != CUSTODY_OK)
        return command_fail(context);
    int code = act_report(context, scan->kind->act, &kept, delivered);
    if (delivered != CUSTODY_OK && kept.state == CUSTODY_WAITING)
        output_problem(&context->output, &stopped);
    return code;
}

static int finish(struct scan *scan, bool *ret_is_done)
{
    const struct session_item *unweighed = find_unweighed(scan);
    if (scan->session->count == 0) {
        tell(scan, OUTPUT_WARN, "nothing", "",
             scan->kind->act == ACT(LOAD)
                 ? words_pick("还没有扫；没有可收的请输入：无",
                              "nothing was scanned; if there is nothing to collect: none")
                 : words_pick("还没有扫", "nothing was scanned"));
        return 0;
    }
    if (unweighed != NULL) {
        tell(scan, OUTPUT_WARN, "unweighed", unweighed->code,
             words_pick("还没有称重", "has no weight yet"));
        return 0;
    }
    *ret_is_done = true;
    return sign(scan);
}

static int nothing_here(struct scan *scan, bool *ret_is_done)
{
    if (scan->kind->act != ACT(LOAD) || scan->session->count > 0) {
        tell(scan, OUTPUT_WARN, "not_now", "",
             scan->session->count > 0
                 ? words_pick("已经扫了，先撤销", "something was scanned: take it back first")
                 : words_pick("只用于装车", "only when loading"));
        return 0;
    }
    *ret_is_done = true;
    return sign(scan);
}

/* ---- line by line ---- */

static void print_help(const struct scan *scan)
{
    output_note(
        &scan->context->output, "%s",
        words_pick("扫码，或输入：重量如 2.35kg；撤销；完（签名）；无（没有可收的）；帮助",
                   "scan, or type: a weight as 2.35kg; undo; done, to sign; none, when there "
                   "is nothing to collect; help"));
}

static int take_line(struct scan *scan, const char *text, bool *ret_is_done)
{
    struct scanner_line line;
    scanner_read(text, &line);
    switch (line.word) {
    case SCANNER_CODE:
    case SCANNER_BOX:
        return add_code(scan, &line);
    case SCANNER_MASS:
        return add_mass(scan, line.mass_g);
    case SCANNER_UNDO:
        return undo(scan);
    case SCANNER_NONE:
        return nothing_here(scan, ret_is_done);
    case SCANNER_DONE:
        return finish(scan, ret_is_done);
    case SCANNER_HELP:
        print_help(scan);
        return 0;
    case SCANNER_BAD:
        tell(scan, OUTPUT_BAD, "unreadable", "",
             words_pick("读不懂，再扫一次", "cannot be read: scan it again"));
        return 0;
    case SCANNER_EMPTY:
        break;
    }
    return 0;
}

/* The end of a file of scans is their end; a terminal that is closed has not said so. */
static int read_lines(struct scan *scan)
{
    char text[LINE_ROOM];
    bool is_done = false;
    int code = 0;
    while (code == 0 && !is_done && fgets(text, sizeof(text), stdin) != NULL)
        code = take_line(scan, text, &is_done);
    if (is_done || code != 0)
        return code;
    if (!isatty(STDIN_FILENO) && scan->session->count > 0)
        code = finish(scan, &is_done);
    if (!is_done && code == 0)
        output_note(&scan->context->output, "%s %zu. custody scan %s",
                    words_pick("未签名，已存本机", "not signed, kept here:"), scan->session->count,
                    words_pick("继续", "goes on"));
    return code;
}

/* ---- beginning ---- */

static enum custody_status add_trip(struct command_context *context, json_t *body)
{
    json_t *round = NULL;
    enum custody_status status = CUSTODY_OK;
    if (json_object_get(body, "trip") == NULL)
        status = round_read(context->client, &round);
    if (status == CUSTODY_OK && round != NULL)
        json_object_set(body, "trip", json_object_get(round, "trip"));
    else if (status == CUSTODY_OK && json_object_get(body, "trip") == NULL)
        status = problem_set(&context->client->problem, CUSTODY_ERR_INVALID, "trip",
                             "--trip ID, or custody trip start before", "no trip");
    json_decref(round);
    return status;
}

/* Whose place a stop is, whose containers are taken there. */
static void add_generator(json_t *body)
{
    const char *stop = json_string_value(json_object_get(body, "stop"));
    const char *slash = stop == NULL ? NULL : strrchr(stop, '/');
    if (slash != NULL && json_object_get(body, "generator") == NULL)
        json_object_set_new(body, "generator", json_stringn(stop, (size_t)(slash - stop)));
}

static json_t *take_item(const struct kind *kind, struct arguments *arguments)
{
    json_t *item = json_object();
    if (kind->act == ACT(PACK))
        json_object_set_new(item, "package", json_string("bag"));
    if (kind->act == ACT(RECEIVE))
        json_object_set_new(item, "verdict", json_string("accepted"));
    for (size_t i = 0; i < ITEM_OPTIONS_MAX && kind->options[i] != NULL; i++) {
        const char *value = arguments_take(arguments, kind->options[i]);
        if (value != NULL)
            json_object_set_new(item, kind->options[i], json_string(value));
    }
    return item;
}

/* From the options; the caller drops `*ret`. */
static int take_begun(struct command_context *context,
                      const struct kind *kind,
                      struct arguments *arguments,
                      json_t **ret)
{
    const struct fields_source source = {
        .descriptor = body_descriptor(kind->act), .complete = command_complete, .context = context};
    uint8_t bytes[REF_BYTES];
    char ref[sizeof("scan-") + 2 * sizeof(bytes)] = "scan-";
    json_t *item = take_item(kind, arguments), *body = NULL;
    enum custody_status status = fields_take(&source, arguments, &body, &context->client->problem);
    if (status == CUSTODY_OK && kind->act == ACT(PACK) &&
        json_object_get(item, "waste_code") == NULL)
        status = problem_set(&context->client->problem, CUSTODY_ERR_INVALID, "waste_code",
                             "--waste-code 841-001-01", "none");
    if (status == CUSTODY_OK && kind->is_on_trip)
        status = add_trip(context, body);
    if (status != CUSTODY_OK) {
        json_decref(item);
        json_decref(body);
        return command_fail(context);
    }
    add_generator(body);
    identity_random(bytes, sizeof(bytes));
    bytes_write_hex(span_of(bytes, sizeof(bytes)), ref + strlen("scan-"));
    *ret = json_pack("{s:s, s:s, s:o, s:o}", "act", kind->name, "ref",
                     context->ref != NULL ? context->ref : ref, "body", body, "item", item);
    return command_check_used(context, arguments) ? 0 : COMMAND_EXIT_USAGE;
}

static bool is_same(json_t *a, json_t *b)
{
    return json_equal(json_object_get(a, "act"), json_object_get(b, "act")) &&
           json_equal(json_object_get(a, "body"), json_object_get(b, "body")) &&
           json_equal(json_object_get(a, "item"), json_object_get(b, "item"));
}

/* What is under way goes on when the same is asked for, or nothing; anything else must wait. */
static int begin(struct scan *scan, json_t *begun)
{
    struct custody_problem *problem = &scan->context->client->problem;
    if (scan->session->begun == NULL && begun == NULL)
        return command_usage(scan->context, "scan", "pack, store, load, receive, feed or drop",
                             "nothing, and nothing is under way");
    if (scan->session->begun != NULL && begun != NULL && !is_same(scan->session->begun, begun)) {
        problem_set(problem, CUSTODY_ERR_EXISTS, "scan",
                    "custody scan, to go on and sign, or custody scan drop, before another begins",
                    "%s with %zu scanned",
                    json_string_value(json_object_get(scan->session->begun, "act")),
                    scan->session->count);
        return command_fail(scan->context);
    }
    if (scan->session->begun == NULL &&
        session_begin(scan->session, json_incref(begun), problem) != CUSTODY_OK)
        return command_fail(scan->context);
    if (scan->session->count > 0)
        output_note(&scan->context->output, "%s %zu",
                    words_pick("继续，已扫", "going on, scanned before:"), scan->session->count);
    scan->kind = find_kind(json_string_value(json_object_get(scan->session->begun, "act")));
    const char *generator = body_text(scan, "generator");
    scan->generator = generator[0] != '\0' || scan->kind->act != ACT(PACK)
                          ? generator
                          : scan->context->client->card.party;
    scan->is_loud = isatty(fileno(scan->context->output.file)) == 1;
    return 0;
}

static int
run(struct command_context *context, const struct kind *kind, struct arguments *arguments)
{
    struct scan scan = {.context = context, .generator = ""};
    json_t *begun = NULL;
    int code = 0;
    if (!command_open(context) || client_open_spool(context->client) != CUSTODY_OK ||
        session_open(context->client, &scan.session) != CUSTODY_OK)
        return command_fail(context);
    if (kind != NULL)
        code = take_begun(context, kind, arguments, &begun);
    else if (!command_check_used(context, arguments))
        code = COMMAND_EXIT_USAGE;
    if (code == 0)
        code = begin(&scan, begun);
    if (code == 0)
        code = read_lines(&scan);
    json_decref(begun);
    session_close(scan.session);
    return code;
}

static int drop(struct command_context *context, struct arguments *arguments)
{
    struct session *session = NULL;
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (!command_open(context) || session_open(context->client, &session) != CUSTODY_OK)
        return command_fail(context);
    size_t count = session->count;
    if (session_end(session, &context->client->problem) != CUSTODY_OK)
        return command_fail(context);
    output_note(&context->output, "%s %zu", words_pick("已放弃", "dropped:"), count);
    return 0;
}

int scan_command(struct command_context *context, struct arguments *arguments)
{
    const char *word = arguments_take_word(arguments);
    const struct kind *kind = find_kind(word);
    if (word != NULL && strcmp(word, "drop") == 0)
        return drop(context, arguments);
    if (word != NULL && kind == NULL)
        return command_usage(context, "scan", "pack, store, load, receive, feed or drop", word);
    return run(context, kind, arguments);
}

int scan_stop(struct command_context *context, struct arguments *arguments)
{
    const char *stop = arguments_take_word(arguments);
    if (stop == NULL || strchr(stop, '/') == NULL)
        return command_usage(context, "stop", "PARTY/PLACE", stop == NULL ? "nothing" : stop);
    if (!arguments_add(arguments, "stop", stop))
        return command_usage(context, "stop", "fewer options", stop);
    return run(context, find_kind("load"), arguments);
}
