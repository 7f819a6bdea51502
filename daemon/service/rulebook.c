/* rulebook.c: answers what set_profile recorded.
 * Never judges. */
#include "daemon/service/rulebook.h"

#include "daemon/service/profiles.h"

static char RULEBOOK_EMPTY[] = "";

static char *rulebook_text(struct arena *arena, struct span text)
{
    char *copy = text.len == 0 ? NULL : arena_text(arena, text);
    return copy == NULL ? RULEBOOK_EMPTY : copy;
}

static ProtobufCBinaryData rulebook_bytes(struct arena *arena, struct span bytes)
{
    uint8_t *copy = bytes.len == 0 ? NULL : arena_copy(arena, bytes.data, bytes.len);
    return (ProtobufCBinaryData){copy == NULL ? 0 : bytes.len, copy};
}

/* NULL when the arena is full. */
static Custody__V1__ProfileView *
rulebook_view(struct arena *arena, const struct edition *edition, bool with_text)
{
    Custody__V1__ProfileView *view = arena_alloc(arena, sizeof *view);
    if (view == NULL)
        return NULL;
    custody__v1__profile_view__init(view);
    view->name = rulebook_text(arena, span_text(edition->name));
    view->edition = edition->edition;
    view->text_digest = rulebook_bytes(arena, span_of(edition->digest.bytes, DIGEST_SIZE));
    if (with_text)
        view->text = rulebook_bytes(arena, edition->text);
    view->effective_from = edition->from_us;
    view->entry = edition->entry;
    view->epidemic = edition->is_epidemic;
    view->divisions = arena_alloc(arena, (edition->division_count + 1) * sizeof(char *));
    view->codes = arena_alloc(arena, (edition->pattern_count + 1) * sizeof(char *));
    for (uint32_t i = 0; view->divisions != NULL && i < edition->division_count; i++) {
        char *code = arena_format(arena, "%06u", edition->divisions[i]);
        view->divisions[view->n_divisions++] = code == NULL ? RULEBOOK_EMPTY : code;
    }
    for (uint32_t i = 0; view->codes != NULL && i < edition->pattern_count; i++)
        view->codes[view->n_codes++] = rulebook_text(arena, span_text(edition->patterns[i]));
    return view;
}

/* Number of the edition that was asked for; 0: there is none. */
static uint32_t rulebook_find(struct profiles *profiles, const Custody__V1__ProfileRequest *request)
{
    if (request->edition == 0)
        return profiles_newest(profiles, span_text(request->name));
    for (uint32_t i = 0; i < profiles_count(profiles); i++) {
        const struct edition *edition = profiles_edition(profiles, LAW_PROFILE_FIRST + i);
        if (edition != NULL && edition->edition == request->edition &&
            span_is_equal(span_text(edition->name), span_text(request->name)))
            return LAW_PROFILE_FIRST + i;
    }
    return 0;
}

void rulebook_answer(struct asking *asking, const Custody__V1__ProfileRequest *request)
{
    Custody__V1__ProfileReply reply = CUSTODY__V1__PROFILE_REPLY__INIT;
    struct profiles *profiles = book_profiles(asking->book);
    struct arena *arena = asking->query->arena;
    bool is_one = request->name[0] != 0;
    uint32_t first = is_one ? rulebook_find(profiles, request) : LAW_PROFILE_FIRST;
    uint32_t count = is_one ? 1 : profiles_count(profiles);
    if (first == 0) {
        asking_refuse(asking, CUSTODY_REASON_not_found, "name");
        return;
    }
    reply.basis = asking_basis(asking, request->options);
    reply.profiles = arena_alloc(arena, (count + 1) * sizeof(void *));
    for (uint32_t i = 0; reply.profiles != NULL && i < count && !asking_is_late(asking); i++) {
        const struct edition *edition = profiles_edition(profiles, first + i);
        Custody__V1__ProfileView *view =
            edition == NULL ? NULL : rulebook_view(arena, edition, is_one);
        if (view != NULL)
            reply.profiles[reply.n_profiles++] = view;
    }
    asking_reply(asking, &reply.base);
}
