/* scanned.c: container codes in a statement as a scanner gave them.
 * Never changes what is no name of a container. */
#include "client/lib/scanned.h"

#include <string.h>

#include "client/lib/problem.h"
#include "client/lib/reflect.h"
#include "client/lib/roll.h"

enum { DEPTH_MAX = 8 };

/* The fields that hold the code of a container of the statement's generator. */
static bool holds_code(const char *name)
{
    static const char *const names[] = {"code", "containers", "old_code", "new_code"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static enum custody_status
tidy_code(char *text, const char *field, struct span generator, struct custody_problem *problem)
{
    char *slash = strrchr(text, '/');
    const char *colon = strchr(text, ':');
    bool is_name = slash != NULL && colon != NULL && colon < slash;
    if (is_name && generator.len > 0) {
        if (!span_is_equal(span_of(text, (size_t)(slash - text)), generator))
            return problem_set(problem, CUSTODY_ERR_INVALID, field,
                               "a container of this statement's generator", "%s", text);
        memmove(text, slash + 1, strlen(slash + 1) + 1);
    }
    if (roll_check(span_text(text)) == ROLL_WRONG) {
        problem_set(problem, CUSTODY_ERR_INVALID, field, "a code whose check character fits", "%s",
                    text);
        problem_advise(problem, "scan it again, or compare each character with the label");
        return CUSTODY_ERR_INVALID;
    }
    return CUSTODY_OK;
}

/* The elements of a field: one, or as many as its quantifier says. */
static size_t
elements(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, void ***ret)
{
    void *member = (char *)(uintptr_t)message + field->offset;
    size_t count = 1;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        uint32_t chosen = 0;
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
            memcpy(&chosen, (const char *)message + field->quantifier_offset, sizeof chosen);
        *ret = member;
        return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && chosen != field->id ? 0 : 1;
    }
    memcpy(&count, (const char *)message + field->quantifier_offset, sizeof count);
    memcpy(ret, member, sizeof *ret);
    return count;
}

static enum custody_status
tidy(ProtobufCMessage *message, struct span generator, int depth, struct custody_problem *problem)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    struct span own = reflect_get_bytes(message, "generator");
    if (own.len > 0)
        generator = own;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        bool is_code = field->type == PROTOBUF_C_TYPE_STRING && holds_code(field->name);
        void **all = NULL;
        if (!is_code && (field->type != PROTOBUF_C_TYPE_MESSAGE || depth == DEPTH_MAX))
            continue;
        size_t count = elements(message, field, &all);
        for (size_t k = 0; k < count; k++) {
            enum custody_status status = CUSTODY_OK;
            if (all[k] != NULL)
                status = is_code ? tidy_code(all[k], field->name, generator, problem)
                                 : tidy(all[k], generator, depth + 1, problem);
            if (status != CUSTODY_OK)
                return status;
        }
    }
    return CUSTODY_OK;
}

enum custody_status scanned_tidy(ProtobufCMessage *body, struct custody_problem *problem)
{
    return tidy(body, span_of(NULL, 0), 1, problem);
}
