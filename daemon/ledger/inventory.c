/* inventory.c: a backup's list of files, as text.
 * Never takes a line that it would not have written itself. */
#include "daemon/ledger/inventory.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/segment.h"

enum { TEXT_MAX = 16 << 20, LINE_MAX_BYTES = 512, FILES_FIRST = 32 };

static const char file_name[] = "inventory";
static const char title[] = "custody-backup/1\n";
static const char *const kinds[INVENTORY_KINDS] = {
    [INVENTORY_ENTRIES] = "entries",
    [INVENTORY_ANNEX] = "annex",
    [INVENTORY_ACCESS] = "access",
    [INVENTORY_SECRETS] = "secrets",
    [INVENTORY_CONFIGURATION] = "configuration",
    [INVENTORY_CHECKPOINT] = "checkpoint",
};

void inventory_file_name(const struct inventory_file *file, char ret[static INVENTORY_NAME_MAX])
{
    if (file->kind == INVENTORY_ACCESS) {
        snprintf(ret, INVENTORY_NAME_MAX, "%s-%08" PRIu32 "-%08" PRIu64, kinds[file->kind],
                 file->generation, file->from);
    } else {
        snprintf(ret, INVENTORY_NAME_MAX, "%s-%08" PRIu32, kinds[file->kind], file->generation);
    }
}

void inventory_done(struct inventory *inventory)
{
    free(inventory->files);
    memset(inventory, 0, sizeof(*inventory));
}

enum custody_status inventory_add(struct inventory *inventory, const struct inventory_file *file)
{
    if (inventory->file_count == inventory->file_room) {
        size_t room = inventory->file_room == 0 ? FILES_FIRST : 2 * inventory->file_room;
        struct inventory_file *files = realloc(inventory->files, room * sizeof(*files));
        if (files == NULL) {
            return CUSTODY_ERR_MEMORY;
        }
        inventory->files = files;
        inventory->file_room = room;
    }
    inventory->files[inventory->file_count++] = *file;
    return CUSTODY_OK;
}

struct inventory_file *
inventory_find(const struct inventory *inventory, enum inventory_kind kind, uint64_t from)
{
    struct inventory_file *found = NULL;
    for (size_t i = 0; i < inventory->file_count; i++) {
        struct inventory_file *file = &inventory->files[i];
        if (file->kind == kind && (kind != INVENTORY_ACCESS || file->from == from) &&
            (found == NULL || file->generation > found->generation)) {
            found = file;
        }
    }
    return found;
}

/* --- reading ------------------------------------------------------------------------------- */

/* The next line without its end; false at the end of the text. */
static bool take_line(struct span *text, struct span *ret)
{
    const uint8_t *end = text->len == 0 ? NULL : memchr(text->data, '\n', text->len);
    if (end == NULL) {
        return false;
    }
    *ret = span_of(text->data, (size_t)(end - text->data));
    *text = span_of(end + 1, text->len - ret->len - 1);
    return true;
}

static bool take_word(struct span *line, struct span *ret)
{
    const uint8_t *end = line->len == 0 ? NULL : memchr(line->data, ' ', line->len);
    size_t len = end == NULL ? line->len : (size_t)(end - line->data);
    *ret = span_of(line->data, len);
    *line = end == NULL ? span_of(NULL, 0) : span_of(end + 1, line->len - len - 1);
    return len > 0;
}

static bool take_number(struct span *line, uint64_t most, uint64_t *ret)
{
    struct span word;
    return take_word(line, &word) && bytes_parse_decimal(word, ret) && *ret <= most;
}

/* The value of `name: value`, the next line. */
static bool take_value(struct span *text, const char *name, struct span *ret)
{
    size_t len = strlen(name);
    struct span line;
    if (!take_line(text, &line) || line.len < len + 2 || memcmp(line.data, name, len) != 0 ||
        memcmp(line.data + len, ": ", 2) != 0) {
        return false;
    }
    *ret = span_of(line.data + len + 2, line.len - len - 2);
    return true;
}

static bool parse_file(struct span line, struct inventory_file *ret)
{
    struct span word, digest;
    uint64_t generation;
    unsigned kind = 1;
    if (!take_word(&line, &word)) {
        return false;
    }
    while (kind < INVENTORY_KINDS && !span_is_equal(word, span_text(kinds[kind]))) {
        kind++;
    }
    if (kind == INVENTORY_KINDS || !take_number(&line, 99999999, &generation) ||
        !take_number(&line, UINT64_MAX, &ret->from) ||
        !take_number(&line, UINT64_MAX, &ret->count) ||
        !take_number(&line, UINT64_MAX, &ret->bytes) || !take_word(&line, &digest) ||
        line.len != 0 || !bytes_parse_hex(digest, ret->digest.bytes, DIGEST_SIZE)) {
        return false;
    }
    ret->kind = (enum inventory_kind)kind;
    ret->generation = (uint32_t)generation;
    return true;
}

static bool parse_head(struct span *text, struct inventory *ret)
{
    struct span origin, key, generation, made_at, entries, root;
    uint64_t run, made_at_us;
    if (!take_value(text, "origin", &origin) || !take_value(text, "ledger-key", &key) ||
        !take_value(text, "generation", &generation) || !take_value(text, "made-at", &made_at) ||
        !take_value(text, "entries", &entries) || !take_value(text, "root", &root) ||
        origin.len > CHECKPOINT_ORIGIN_MAX || !checkpoint_is_name(origin) ||
        !bytes_parse_hex(key, ret->ledger_key, PUBLIC_KEY_SIZE) ||
        !bytes_parse_decimal(generation, &run) || run > 99999999 ||
        !bytes_parse_decimal(made_at, &made_at_us) || made_at_us > INT64_MAX ||
        !bytes_parse_decimal(entries, &ret->entries) ||
        !bytes_parse_hex(root, ret->root.bytes, DIGEST_SIZE)) {
        return false;
    }
    memcpy(ret->origin, origin.data, origin.len);
    ret->generation = (uint32_t)run;
    ret->made_at_us = (int64_t)made_at_us;
    return true;
}

/* The last line, which is over everything before it. */
static bool has_good_end(struct span text, size_t *ret_len)
{
    enum { END = 8 + 2 * DIGEST_SIZE + 1 };
    struct digest digest, actual;
    if (text.len < END) {
        return false;
    }
    struct span end = span_of(text.data + text.len - END, END), value;
    actual = digest_sha256(span_of(text.data, text.len - END));
    *ret_len = text.len - END;
    return take_value(&end, "digest", &value) &&
           bytes_parse_hex(value, digest.bytes, DIGEST_SIZE) && digest_is_equal(&digest, &actual);
}

static enum custody_status parse(struct span text, struct inventory *ret)
{
    struct span line;
    size_t len;
    if (!has_good_end(text, &len)) {
        return CUSTODY_ERR_CORRUPT;
    }
    text.len = len;
    if (text.len < sizeof(title) - 1 || memcmp(text.data, title, sizeof(title) - 1) != 0) {
        return CUSTODY_ERR_CORRUPT;
    }
    text = span_of(text.data + sizeof(title) - 1, text.len - (sizeof(title) - 1));
    if (!parse_head(&text, ret)) {
        return CUSTODY_ERR_CORRUPT;
    }
    while (take_value(&text, "file", &line)) {
        struct inventory_file file;
        if (!parse_file(line, &file)) {
            return CUSTODY_ERR_CORRUPT;
        }
        enum custody_status status = inventory_add(ret, &file);
        if (status != CUSTODY_OK) {
            return status;
        }
    }
    return text.len == 0 ? CUSTODY_OK : CUSTODY_ERR_CORRUPT;
}

enum custody_status inventory_read(const char *place, struct inventory *ret)
{
    struct segment_reader *reader = NULL;
    struct inventory inventory = {0};
    uint8_t *text = NULL;
    enum custody_status status = segment_open(place, file_name, &reader);
    if (status != CUSTODY_OK) {
        return status;
    }
    size_t len = (size_t)segment_left(reader);
    text = len > TEXT_MAX ? NULL : malloc(len + 1);
    if (text == NULL) {
        status = len > TEXT_MAX ? CUSTODY_ERR_CORRUPT : CUSTODY_ERR_MEMORY;
    }
    if (status == CUSTODY_OK) {
        status = segment_read(reader, text, len);
    }
    if (status == CUSTODY_OK) {
        status = parse(span_of(text, len), &inventory);
    }
    if (status == CUSTODY_OK) {
        *ret = inventory;
    } else {
        inventory_done(&inventory);
    }
    free(text);
    segment_close(reader);
    return status;
}

/* --- writing ------------------------------------------------------------------------------- */

/* Everything goes through here, so that the digest at the end is over what was written. */
struct text_writer {
    char *text;
    size_t len, room;
};

static bool reserve(struct text_writer *writer)
{
    if (writer->room - writer->len >= LINE_MAX_BYTES) {
        return true;
    }
    size_t room = writer->room + (size_t)64 * LINE_MAX_BYTES;
    char *text = realloc(writer->text, room);
    if (text == NULL) {
        return false;
    }
    writer->text = text;
    writer->room = room;
    return true;
}

__attribute__((format(printf, 2, 3))) static bool
put_line(struct text_writer *writer, const char *format, ...)
{
    if (!reserve(writer)) {
        return false;
    }
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(writer->text + writer->len, LINE_MAX_BYTES, format, arguments);
    va_end(arguments);
    if (len < 0 || len >= LINE_MAX_BYTES) {
        return false;
    }
    writer->len += (size_t)len;
    return true;
}

static bool put_all(struct text_writer *writer, const struct inventory *inventory)
{
    char hex[2 * DIGEST_SIZE + 1], key[2 * PUBLIC_KEY_SIZE + 1];
    bytes_write_hex(span_of(inventory->root.bytes, DIGEST_SIZE), hex);
    bytes_write_hex(span_of(inventory->ledger_key, PUBLIC_KEY_SIZE), key);
    bool is_put = put_line(writer,
                           "%sorigin: %s\nledger-key: %s\ngeneration: %" PRIu32
                           "\nmade-at: %" PRId64 "\nentries: %" PRIu64 "\nroot: %s\n",
                           title, inventory->origin, key, inventory->generation,
                           inventory->made_at_us, inventory->entries, hex);
    for (size_t i = 0; i < inventory->file_count && is_put; i++) {
        const struct inventory_file *file = &inventory->files[i];
        bytes_write_hex(span_of(file->digest.bytes, DIGEST_SIZE), hex);
        is_put = put_line(writer, "file: %s %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n",
                          kinds[file->kind], file->generation, file->from, file->count, file->bytes,
                          hex);
    }
    if (!is_put) {
        return false;
    }
    struct digest digest = digest_sha256(span_of(writer->text, writer->len));
    bytes_write_hex(span_of(digest.bytes, DIGEST_SIZE), hex);
    return put_line(writer, "digest: %s\n", hex);
}

enum custody_status inventory_write(const char *place, const struct inventory *inventory)
{
    struct text_writer text = {0};
    struct segment_writer *writer = NULL;
    uint64_t bytes;
    struct digest digest;
    enum custody_status status = CUSTODY_ERR_MEMORY;
    if (put_all(&text, inventory)) {
        status = segment_create(place, file_name, &writer);
    }
    if (status == CUSTODY_OK) {
        segment_write(writer, span_of(text.text, text.len));
        status = segment_finish(&writer, &bytes, &digest);
    }
    free(text.text);
    return status;
}

/* --- sweeping ------------------------------------------------------------------------------ */

/* One of ours by its name: a kind, a dash and digits; or the rest of a run that was cut off. */
static bool is_ours(const char *name)
{
    for (unsigned kind = 1; kind < INVENTORY_KINDS; kind++) {
        size_t len = strlen(kinds[kind]);
        if (strncmp(name, kinds[kind], len) == 0 && name[len] == '-') {
            const char *rest = name + len + 1 + strspn(name + len + 1, "0123456789-");
            return *rest == '\0' || strcmp(rest, ".new") == 0;
        }
    }
    return false;
}

static bool is_named(const struct inventory *inventory, const char *name)
{
    char known[INVENTORY_NAME_MAX];
    for (size_t i = 0; i < inventory->file_count; i++) {
        inventory_file_name(&inventory->files[i], known);
        if (strcmp(known, name) == 0) {
            return true;
        }
    }
    return false;
}

enum custody_status inventory_sweep(const char *place, const struct inventory *inventory)
{
    DIR *folder = opendir(place);
    enum custody_status status = CUSTODY_OK;
    if (folder == NULL) {
        return segment_status_of_errno();
    }
    for (struct dirent *entry; status == CUSTODY_OK && (entry = readdir(folder)) != NULL;) {
        char path[SEGMENT_PATH_MAX];
        if (!is_ours(entry->d_name) || is_named(inventory, entry->d_name)) {
            continue;
        }
        if (!segment_path(place, entry->d_name, path) || unlink(path) != 0) {
            status = segment_status_of_errno();
        }
    }
    closedir(folder);
    return status;
}
