/* profile.c: custody profile: a profile's numbers, with unit and source: of a file, of the ledger, or the built-in ones.
 * Never changes one; set-profile does. */
#include <inttypes.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/cli/profile_file.h"
#include "client/cli/views.h"

/* Where a profile comes from, to be told above its numbers. */
struct profile_origin {
    const char *path;                     /* of a file; NULL: not from one */
    const Custody__V1__ProfileView *view; /* of the ledger; NULL: not from there */
    const Custody__V1__Basis *basis;
    char digest[2 * DIGEST_SIZE + 1]; /* empty: built in */
};

static const struct profile *built_in_base(const struct profile *profile)
{
    return strcmp(profile->base, "medical") == 0 ? profile_medical() : profile_general();
}

static bool number_differs(const struct profile *profile, size_t index)
{
    char is[PROFILE_VALUE_MAX], was[PROFILE_VALUE_MAX];
    profile_write_number(profile, index, is);
    profile_write_number(built_in_base(profile), index, was);
    return strcmp(is, was) != 0;
}

static size_t count_differing(const struct profile *profile)
{
    size_t count = 0;
    for (size_t i = 0; i < profile_number_count(); i++)
        count += number_differs(profile, i) ? 1 : 0;
    return count;
}

static void write_day(int32_t day, char ret[static 16])
{
    int32_t year;
    uint32_t month, of_month;
    calendar_civil(day, &year, &month, &of_month);
    snprintf(ret, 16, "%04d-%02u-%02u", (int)(year % 10000), month % 100, of_month % 100);
}

/* ---- as JSON ---- */

static json_t *numbers_to_json(const struct profile *profile)
{
    json_t *array = json_array();
    for (size_t i = 0; i < profile_number_count(); i++) {
        const struct profile_number *number = profile_number_at(i);
        char value[PROFILE_VALUE_MAX], was[PROFILE_VALUE_MAX];
        profile_write_number(profile, i, value);
        profile_write_number(built_in_base(profile), i, was);
        json_array_append_new(array,
                              json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "section",
                                        number->section, "key", number->key, "value", value, "unit",
                                        profile_unit_name(number->unit), "built_in", was, "differs",
                                        (int)(strcmp(value, was) != 0), "source", number->source));
    }
    return array;
}

static json_t *rules_to_json(const struct profile *profile)
{
    json_t *array = json_array();
    for (uint32_t number = 1; number <= RULE_NUMBER_MAX; number++) {
        const struct rule_row *row = rule_find((uint16_t)number);
        if (row != NULL)
            json_array_append_new(array,
                                  json_pack("{s:s, s:i, s:s}", "rule", row->name, "edition",
                                            (int)profile->rules[number], "article", row->article));
    }
    return array;
}

static json_t *calendar_to_json(const struct calendar *calendar)
{
    char from[16], until[16];
    if (calendar->covers_until == 0)
        return json_null();
    write_day(calendar->covers_from, from);
    write_day(calendar->covers_until, until);
    return json_pack("{s:s, s:s, s:i, s:i}", "covers_from", from, "covers_until", until, "holidays",
                     (int)calendar->holidays.count, "working_weekends",
                     (int)calendar->workdays.count);
}

static json_t *profile_to_json(const struct profile *profile, const struct profile_origin *origin)
{
    json_t *codes = json_array(), *object;
    for (uint32_t i = 0; i < profile->pattern_count; i++)
        json_array_append_new(codes, json_string(profile->patterns[i]));
    object = json_pack("{s:s, s:s, s:I, s:s, s:b, s:o, s:s, s:s, s:o}", "name", profile->name,
                       "family", profile->family, "edition", (json_int_t)profile->edition, "base",
                       profile->base, "epidemic", (int)profile->is_epidemic, "codes", codes,
                       "code_form", profile->code_form, "number_form", profile->number_form,
                       "calendar", calendar_to_json(&profile->calendar));
    if (object == NULL)
        return NULL;
    if (profile->is_zoned)
        json_object_set_new(object, "utc_offset_minutes",
                            json_integer(profile->calendar.utc_offset_minutes));
    if (origin->digest[0] != '\0')
        json_object_set_new(object, "digest", json_string(origin->digest));
    if (origin->path != NULL)
        json_object_set_new(object, "file", json_string(origin->path));
    if (origin->view != NULL) {
        json_t *divisions = json_array();
        for (size_t i = 0; i < origin->view->n_divisions; i++)
            json_array_append_new(divisions, json_string(origin->view->divisions[i]));
        json_object_set_new(object, "effective_from", json_integer(origin->view->effective_from));
        json_object_set_new(object, "entry", json_integer((json_int_t)origin->view->entry));
        json_object_set_new(object, "divisions", divisions);
    }
    json_object_set_new(object, "differing", json_integer((json_int_t)count_differing(profile)));
    return object;
}

/* ---- as text ---- */

static void print_head(const struct output *output,
                       const struct profile *profile,
                       const struct profile_origin *origin)
{
    char time[OUTPUT_CELL_MAX], from[16], until[16];
    output_print(output, OUTPUT_BOLD, "%s  版次 edition %" PRIu32 "  %s\n", profile->name,
                 profile->edition, profile->family);
    if (origin->digest[0] != '\0')
        output_field(output, "摘要 digest", "%s", origin->digest);
    if (origin->view != NULL) {
        output_time(output, origin->view->effective_from, time);
        output_field(output, "起 from", "%s  账目 entry %" PRIu64, time, origin->view->entry);
        for (size_t i = 0; i < origin->view->n_divisions; i++)
            output_field(output, i == 0 ? "区划 divisions" : "", "%s", origin->view->divisions[i]);
    }
    for (uint32_t i = 0; i < profile->pattern_count; i++)
        output_field(output, i == 0 ? "代码 codes" : "", "%s", profile->patterns[i]);
    if (profile->pattern_count == 0)
        output_field(output, "代码 codes", "其余全部 every code that no other profile serves");
    if (profile->is_epidemic)
        output_field(output, "疫情 epidemic", "只管疫情标记 only what is marked");
    if (profile->calendar.covers_until != 0) {
        write_day(profile->calendar.covers_from, from);
        write_day(profile->calendar.covers_until, until);
        output_field(output, "日历 calendar", "%s -> %s", from, until);
    } else {
        output_field(output, "日历 calendar", "周一至周五 Monday to Friday, deadlines provisional");
    }
    output_field(output, "改动 differing", "%zu  of %zu, from built-in %s",
                 count_differing(profile), profile_number_count(), profile->base);
}

static void print_numbers(const struct output *output, const struct profile *profile)
{
    static const char *const heads[] = {"",          "键 key",        "值 value",
                                        "单位 unit", "内置 built-in", "出处 source"};
    struct output_table table;
    output_table_init(&table, sizeof heads / sizeof heads[0]);
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < profile_number_count(); i++) {
        const struct profile_number *number = profile_number_at(i);
        char key[OUTPUT_CELL_MAX], value[PROFILE_VALUE_MAX], was[PROFILE_VALUE_MAX];
        bool differs = number_differs(profile, i);
        snprintf(key, sizeof key, "%s.%s", number->section, number->key);
        profile_write_number(profile, i, value);
        profile_write_number(built_in_base(profile), i, was);
        const char *const cells[] = {
            differs ? "*" : "", key,           value, profile_unit_name(number->unit),
            differs ? was : "", number->source};
        output_table_add(&table, differs ? OUTPUT_BOLD : OUTPUT_PLAIN, cells);
    }
    output_table_print(&table, output);
    output_table_done(&table);
}

static void print_rules(const struct output *output, const struct profile *profile)
{
    for (uint32_t number = 1; number <= RULE_NUMBER_MAX; number++) {
        const struct rule_row *row = rule_find((uint16_t)number);
        if (row != NULL && profile->rules[number] == 0)
            output_field(output, "停用 rule off", "%s  %s", row->name, row->en);
        else if (row != NULL && profile->rules[number] != row->edition)
            output_field(output, "版次 rule", "%s  edition %u", row->name,
                         (unsigned)profile->rules[number]);
    }
}

static void show(const struct command_context *context,
                 const struct profile *profile,
                 const struct profile_origin *origin)
{
    const struct output *output = &context->output;
    if (output->is_json) {
        json_t *object = profile_to_json(profile, origin);
        if (object != NULL) {
            json_object_set_new(object, "numbers", numbers_to_json(profile));
            json_object_set_new(object, "rules", rules_to_json(profile));
        }
        output_json(output, object);
        return;
    }
    print_head(output, profile, origin);
    print_rules(output, profile);
    print_numbers(output, profile);
    if (origin->basis != NULL)
        views_basis(output, origin->basis);
}

static void write_digest(struct span text, char ret[static 2 * DIGEST_SIZE + 1])
{
    struct digest digest = digest_sha256(text);
    bytes_write_hex(span_of(digest.bytes, DIGEST_SIZE), ret);
}

/* ---- check ---- */

static int check_file(struct command_context *context, const char *path)
{
    static struct profile_file file;
    struct profile_origin origin = {.path = path};
    struct custody_problem problem;
    enum custody_status status = profile_file_read(path, &file, &problem);
    if (status != CUSTODY_OK) {
        output_problem(&context->output, &problem);
        return status == CUSTODY_ERR_INVALID || status == CUSTODY_ERR_NOT_FOUND
                   ? COMMAND_EXIT_USAGE
                   : custody_status_exit_code(status);
    }
    write_digest(span_of(file.text, file.len), origin.digest);
    if (context->output.is_json) {
        output_json(&context->output, profile_to_json(&file.profile, &origin));
    } else {
        output_print(&context->output, OUTPUT_GOOD, "%s  无误 good\n", path);
        print_head(&context->output, &file.profile, &origin);
    }
    profile_file_done(&file);
    return 0;
}

static int check(struct command_context *context, struct arguments *arguments)
{
    int worst = 0;
    const char *path = arguments_take_word(arguments);
    if (path == NULL)
        return command_usage(context, "file", "profiles, e.g. cn-medical.ini", "nothing");
    for (; path != NULL; path = arguments_take_word(arguments)) {
        int code = check_file(context, path);
        worst = code > worst ? code : worst;
    }
    return command_check_used(context, arguments) ? worst : COMMAND_EXIT_USAGE;
}

/* ---- show ---- */

static int show_file(struct command_context *context, const char *path)
{
    static struct profile_file file;
    struct profile_origin origin = {.path = path};
    if (profile_file_read(path, &file, &context->problem) != CUSTODY_OK) {
        output_problem(&context->output, &context->problem);
        return COMMAND_EXIT_USAGE;
    }
    write_digest(span_of(file.text, file.len), origin.digest);
    show(context, &file.profile, &origin);
    profile_file_done(&file);
    return 0;
}

static void list(const struct command_context *context, const Custody__V1__ProfileReply *reply)
{
    static const char *const heads[] = {"名称 name",  "版次 edition", "起 from",
                                        "账目 entry", "代码 codes",   "区划 divisions"};
    const struct output *output = &context->output;
    struct output_table table;
    if (output->is_json) {
        output_json(output, reflect_to_json(&reply->base));
        return;
    }
    output_table_init(&table, sizeof heads / sizeof heads[0]);
    output_table_add(&table, OUTPUT_DIM, heads);
    for (size_t i = 0; i < reply->n_profiles; i++) {
        const Custody__V1__ProfileView *view = reply->profiles[i];
        char edition[16], from[OUTPUT_CELL_MAX], entry[32], codes[64], divisions[64];
        snprintf(edition, sizeof edition, "%" PRIu32, view->edition);
        output_time(output, view->effective_from, from);
        snprintf(entry, sizeof entry, "%" PRIu64, view->entry);
        snprintf(codes, sizeof codes, "%.16s%s%s", view->n_codes == 0 ? "*" : view->codes[0],
                 view->n_codes > 1 ? ", ..." : "", view->epidemic ? "  疫情 epidemic" : "");
        snprintf(divisions, sizeof divisions, "%.16s%s",
                 view->n_divisions == 0 ? "" : view->divisions[0],
                 view->n_divisions > 1 ? ", ..." : "");
        const char *const cells[] = {view->name, edition, from, entry, codes, divisions};
        output_table_add(&table, OUTPUT_PLAIN, cells);
    }
    if (reply->n_profiles > 0)
        output_table_print(&table, output);
    else
        output_print(output, OUTPUT_PLAIN,
                     "账上还没有规则集，内置的在用 none was set: the built-in ones hold\n");
    output_table_done(&table);
    views_basis(output, reply->basis);
}

/* The digest proves that the ledger's text is the one that was signed. */
static int show_one(struct command_context *context, const Custody__V1__ProfileReply *reply)
{
    static struct profile profile;
    const Custody__V1__ProfileView *view = reply->n_profiles > 0 ? reply->profiles[0] : NULL;
    struct profile_origin origin = {.view = view, .basis = reply->basis};
    struct custody_problem problem;
    if (view == NULL)
        return 0;
    struct span text = span_of(view->text.data, view->text.len);
    struct digest digest = digest_sha256(text);
    write_digest(text, origin.digest);
    if (view->text_digest.len != DIGEST_SIZE ||
        memcmp(view->text_digest.data, digest.bytes, DIGEST_SIZE) != 0) {
        problem_set(&problem, CUSTODY_ERR_EVIDENCE, "text_digest", "the digest of the text", "%s",
                    origin.digest);
        output_problem(&context->output, &problem);
        return output_exit_code(&problem);
    }
    if (profile_file_parse(view->name, text, &profile, &problem) != CUSTODY_OK) {
        output_problem(&context->output, &problem);
        return output_exit_code(&problem);
    }
    show(context, &profile, &origin);
    return 0;
}

static const struct profile *built_in(const char *name)
{
    if (strcmp(name, "general") == 0)
        return profile_general();
    return strcmp(name, "medical") == 0 ? profile_medical() : NULL;
}

static bool is_path(const char *word)
{
    size_t len = strlen(word);
    return strchr(word, '/') != NULL || (len > 4 && strcmp(word + len - 4, ".ini") == 0);
}

static const char *peek_word(const struct arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        if (arguments->all[i].name == NULL && !arguments->all[i].is_used)
            return arguments->all[i].value;
    return NULL;
}

static int show_named(struct command_context *context, struct arguments *arguments)
{
    ProtobufCMessage *message = NULL;
    const struct profile_origin nowhere = {0};
    const char *word = peek_word(arguments);
    if (word != NULL && (is_path(word) || built_in(word) != NULL)) {
        word = arguments_take_word(arguments);
        if (!command_check_used(context, arguments))
            return COMMAND_EXIT_USAGE;
        if (is_path(word))
            return show_file(context, word);
        show(context, built_in(word), &nowhere);
        return 0;
    }
    int code = command_ask(context, arguments, "name", NULL, &message);
    if (code != 0)
        return code;
    const Custody__V1__ProfileReply *reply = (const Custody__V1__ProfileReply *)message;
    if (word == NULL)
        list(context, reply);
    else
        code = show_one(context, reply);
    reflect_free(message);
    return code;
}

/* ---- keys ---- */

/* The table of deploy/profiles/README.md. */
static int keys(struct command_context *context, struct arguments *arguments)
{
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (context->output.is_json) {
        output_json(&context->output, numbers_to_json(profile_general()));
        return 0;
    }
    output_print(
        &context->output, OUTPUT_PLAIN,
        "| section | key | unit | general | medical | source |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < profile_number_count(); i++) {
        char row[PROFILE_ROW_MAX];
        profile_write_row(i, row);
        output_print(&context->output, OUTPUT_PLAIN, "%s\n", row);
    }
    return 0;
}

int profile_command(struct command_context *context, struct arguments *arguments)
{
    const char *what = arguments_take_word(arguments);
    if (what != NULL && strcmp(what, "check") == 0)
        return check(context, arguments);
    if (what != NULL && strcmp(what, "show") == 0)
        return show_named(context, arguments);
    if (what != NULL && strcmp(what, "keys") == 0)
        return keys(context, arguments);
    return command_usage(context, "profile", "check, show or keys",
                         what == NULL ? "nothing" : what);
}
