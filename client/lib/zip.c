/* zip.c: a folder as one ZIP file, in one form only.
 * Never compresses and never touches a disk. */
#include "client/lib/zip.h"

#include <stdlib.h>
#include <string.h>

#include "client/lib/problem.h"

enum {
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    LOCAL_MARK = 0x04034b50,
    CENTRAL_MARK = 0x02014b50,
    END_MARK = 0x06054b50,
    VERSION = 20,
    MADE_ON_UNIX = 3 << 8,
    FIRST_DAY = 1 << 5 | 1, /* 1 January 1980 */
};

static const uint32_t ATTRIBUTES = UINT32_C(0600) << 16;

/* ---- little-endian, as this format alone has it ---- */

struct cursor {
    uint8_t *at;
};

static void put(struct cursor *cursor, uint32_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        *cursor->at++ = (uint8_t)(value >> (8 * i));
}

static void put_bytes(struct cursor *cursor, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(cursor->at, bytes, len);
    cursor->at += len;
}

static uint32_t take(const uint8_t *at, size_t len)
{
    uint32_t value = 0;
    for (size_t i = 0; i < len; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

/* CRC-32 of ISO 3309, four bits at a time. */
static uint32_t checksum(struct span content)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < content.len; i++) {
        crc ^= content.data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static bool is_name_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* Nothing that a program which unpacks it could take for another place. */
static bool is_name(const char *name)
{
    bool begins = true;
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '/' ? begins : !is_name_letter(*at) || (begins && *at == '.'))
            return false;
        begins = *at == '/';
    }
    return !begins;
}

size_t zip_size(const struct zip_member *members, size_t count)
{
    uint64_t size = END_SIZE;
    if (count > ZIP_MEMBERS_MAX)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_name(members[i].name))
            return 0;
        size += LOCAL_SIZE + CENTRAL_SIZE + 2 * strlen(members[i].name) + members[i].content.len;
        if (size > ZIP_SIZE_MAX)
            return 0;
    }
    return (size_t)size;
}

/* What both headers of a member have in common. */
static void put_member(struct cursor *cursor, const struct zip_member *member, uint32_t crc)
{
    put(cursor, VERSION, 2);
    put(cursor, 0, 2); /* flags */
    put(cursor, 0, 2); /* stored */
    put(cursor, 0, 2); /* midnight */
    put(cursor, FIRST_DAY, 2);
    put(cursor, crc, 4);
    put(cursor, (uint32_t)member->content.len, 4);
    put(cursor, (uint32_t)member->content.len, 4);
    put(cursor, (uint32_t)strlen(member->name), 2);
    put(cursor, 0, 2); /* extra field */
}

void zip_write(const struct zip_member *members, size_t count, uint8_t *ret)
{
    struct cursor cursor = {ret};
    for (size_t i = 0; i < count; i++) {
        put(&cursor, LOCAL_MARK, 4);
        put_member(&cursor, &members[i], checksum(members[i].content));
        put_bytes(&cursor, members[i].name, strlen(members[i].name));
        put_bytes(&cursor, members[i].content.data, members[i].content.len);
    }
    uint32_t central = (uint32_t)(cursor.at - ret), offset = 0;
    for (size_t i = 0; i < count; i++) {
        put(&cursor, CENTRAL_MARK, 4);
        put(&cursor, MADE_ON_UNIX | VERSION, 2);
        put_member(&cursor, &members[i], take(ret + offset + 14, 4));
        put(&cursor, 0, 2); /* comment */
        put(&cursor, 0, 2); /* disk */
        put(&cursor, 0, 2); /* internal attributes */
        put(&cursor, ATTRIBUTES, 4);
        put(&cursor, offset, 4);
        put_bytes(&cursor, members[i].name, strlen(members[i].name));
        offset += (uint32_t)(LOCAL_SIZE + strlen(members[i].name) + members[i].content.len);
    }
    uint32_t end = (uint32_t)(cursor.at - ret);
    put(&cursor, END_MARK, 4);
    put(&cursor, 0, 4); /* one disk */
    put(&cursor, (uint32_t)count, 2);
    put(&cursor, (uint32_t)count, 2);
    put(&cursor, end - central, 4);
    put(&cursor, central, 4);
    put(&cursor, 0, 2); /* comment */
}

/* The members in front of the central headers, as far as they are some. */
static size_t take_members(struct span file, struct zip_member *ret, size_t cap)
{
    size_t at = 0, count = 0;
    while (count < cap && file.len - at >= LOCAL_SIZE && take(file.data + at, 4) == LOCAL_MARK) {
        size_t content_len = take(file.data + at + 18, 4), name_len = take(file.data + at + 26, 2);
        size_t left = file.len - at - LOCAL_SIZE;
        if (name_len > ZIP_NAME_MAX || name_len > left || content_len > left - name_len)
            break;
        memcpy(ret[count].name, file.data + at + LOCAL_SIZE, name_len);
        ret[count].name[name_len] = '\0';
        ret[count].content = span_of(file.data + at + LOCAL_SIZE + name_len, content_len);
        at += LOCAL_SIZE + name_len + content_len;
        count++;
    }
    return count;
}

enum custody_status zip_parse(struct span file,
                              struct zip_member *ret,
                              size_t cap,
                              size_t *ret_count,
                              struct custody_problem *problem)
{
    if (file.len < END_SIZE || file.len > ZIP_SIZE_MAX)
        return problem_set(problem, CUSTODY_ERR_INVALID, "file", "a ZIP file of at most 256 MiB",
                           "%zu bytes", file.len);
    if (take(file.data, 4) != LOCAL_MARK)
        return problem_set(problem, CUSTODY_ERR_INVALID, "file", "a ZIP file", "something else");
    size_t count = take_members(file, ret, cap < ZIP_MEMBERS_MAX ? cap : ZIP_MEMBERS_MAX);
    size_t size = zip_size(ret, count);
    uint8_t *again = size == file.len ? malloc(size) : NULL;
    if (size == file.len && again == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, "file", NULL, "nothing left");
    if (again != NULL)
        zip_write(ret, count, again);
    bool is_same = again != NULL && memcmp(again, file.data, size) == 0;
    free(again);
    for (size_t i = 0; is_same && i < count; i++)
        for (size_t k = 0; is_same && k < i; k++)
            is_same = strcmp(ret[i].name, ret[k].name) != 0;
    if (!is_same)
        return problem_set(problem, CUSTODY_ERR_EVIDENCE, "file",
                           "every byte as the program wrote it, no name twice", "others");
    *ret_count = count;
    return CUSTODY_OK;
}
