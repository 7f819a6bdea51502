/* edition.c: an edition of a profile as set_profile recorded it.
 * Never judges a fact. */
#include "daemon/domain/edition.h"

#include <stdio.h>

#include <custody/status.h>
#include "proto/bytes.h"
#include "daemon/domain/division.h"

enum { SERVES_ALL = 7 };

size_t
edition_write_name(const char *profile, uint32_t edition, char ret[static EDITION_NAME_MAX + 1])
{
    int len = snprintf(ret, EDITION_NAME_MAX + 1, "%s/%u", profile, (unsigned)edition);
    return len < 0 || len > EDITION_NAME_MAX ? 0 : (size_t)len;
}

size_t edition_write(const struct edition *edition, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_counted(&writer, span_text(edition->name));
    bytes_write_u32(&writer, edition->edition);
    bytes_write_varint(&writer, edition->entry);
    bytes_write_zigzag(&writer, edition->from_us);
    bytes_write_span(&writer, span_of(edition->digest.bytes, DIGEST_SIZE));
    bytes_write_u8(&writer, edition->is_epidemic);
    bytes_write_u8(&writer, (uint8_t)edition->pattern_count);
    for (uint32_t i = 0; i < edition->pattern_count; i++)
        bytes_write_counted(&writer, span_text(edition->patterns[i]));
    bytes_write_u8(&writer, (uint8_t)edition->division_count);
    for (uint32_t i = 0; i < edition->division_count; i++)
        bytes_write_u32(&writer, edition->divisions[i]);
    bytes_write_counted(&writer, edition->text);
    return bytes_written(&writer).len;
}

static bool read_text(struct bytes_reader *reader, char *ret, size_t max)
{
    struct span text = bytes_read_counted(reader);
    if (reader->failed || text.len > max)
        return false;
    if (text.len > 0)
        memcpy(ret, text.data, text.len);
    ret[text.len] = 0;
    return true;
}

bool edition_parse(struct span bytes, struct edition *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    memset(ret, 0, sizeof *ret);
    if (!read_text(&reader, ret->name, PROFILE_NAME_MAX))
        return false;
    ret->edition = bytes_read_u32(&reader);
    ret->entry = bytes_read_varint(&reader);
    ret->from_us = bytes_read_zigzag(&reader);
    bytes_read_copy(&reader, ret->digest.bytes, DIGEST_SIZE);
    ret->is_epidemic = bytes_read_u8(&reader) != 0;
    ret->pattern_count = bytes_read_u8(&reader);
    if (ret->pattern_count > PROFILE_PATTERNS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->pattern_count; i++)
        if (!read_text(&reader, ret->patterns[i], WASTE_CODE_MAX))
            return false;
    ret->division_count = bytes_read_u8(&reader);
    if (ret->division_count > EDITION_DIVISIONS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->division_count; i++)
        ret->divisions[i] = bytes_read_u32(&reader);
    ret->text = bytes_read_counted(&reader);
    return bytes_reader_is_done(&reader);
}

uint32_t edition_serves(const struct edition *edition, uint32_t division)
{
    if (edition->division_count == 0)
        return SERVES_ALL;
    uint32_t closest = 0;
    for (uint32_t i = 0; i < edition->division_count; i++) {
        uint32_t named = edition->divisions[i];
        uint32_t digits = named % 10000 == 0 ? 2 : named % 100 == 0 ? 4 : 6;
        if (division_covers(named, division) && SERVES_ALL + digits > closest)
            closest = SERVES_ALL + digits;
    }
    return closest;
}

uint32_t edition_covers(const struct edition *edition, struct span code)
{
    return profile_longest(edition->patterns, edition->pattern_count, code);
}

bool edition_replaces(const struct edition *later, const struct edition *earlier)
{
    return later->edition > earlier->edition && strcmp(later->name, earlier->name) == 0;
}

static struct permission_answer refuse(enum custody_reason reason, const char *field)
{
    return (struct permission_answer){.reason = (uint16_t)reason, .field = field};
}

struct permission_answer edition_decide(const Custody__V1__SetProfileBody *body,
                                        const struct registry *registry)
{
    struct profile profile;
    struct profile_problem problem;
    struct span text = span_of(body->text.data, body->text.len);
    struct digest digest = digest_sha256(text);
    uint32_t count = 0;
    if (!profile_parse(text, &profile, &problem))
        return refuse(CUSTODY_REASON_profile_malformed, "text");
    if (body->text_digest.len != DIGEST_SIZE ||
        memcmp(body->text_digest.data, digest.bytes, DIGEST_SIZE) != 0)
        return refuse(CUSTODY_REASON_text_differs, "text_digest");
    if (strcmp(body->name, profile.name) != 0)
        return refuse(CUSTODY_REASON_text_differs, "name");
    if (body->edition != profile.edition)
        return refuse(CUSTODY_REASON_text_differs, "edition");
    for (size_t i = 0; i < body->n_divisions; i++)
        if (!registry->division_is_known(registry->context,
                                         division_parse(span_text(body->divisions[i]))))
            return refuse(CUSTODY_REASON_division_unknown, "divisions");
    if (profile.edition <= registry->profile_edition(registry->context, profile.name, &count))
        return refuse(CUSTODY_REASON_edition_not_newer, "edition");
    if (count >= EDITION_COUNT_MAX)
        return refuse(CUSTODY_REASON_out_of_bounds, "edition");
    return (struct permission_answer){.reason = 0, .field = ""};
}
