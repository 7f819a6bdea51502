/* checkpoint.c: signed notes and checkpoints of C2SP, byte for byte.
 * Never keeps keys, never decides which checkpoint to sign. */
#include "proto/checkpoint.h"

#include "proto/bytes.h"

enum {
    TYPE_ED25519 = 0x01,
    KEY_ID_SIZE = 4,
    LINE_FEED = '\n',
    ROOT_TEXT_SIZE = 44,
    SIGNATURE_TEXT_SIZE = 92,               /* base64 of key id and signature */
    BLOB_MAX = CHECKPOINT_SIZE_MAX / 4 * 3, /* of any kind of signature that a note has room for */
};

/* EM DASH U+2014 and a space begin a signature line. */
static const char signature_mark[] = "\xE2\x80\x94 ";

/* ---- names and keys ---- */

static bool is_unicode_space(uint32_t character)
{
    return (character >= 0x09 && character <= 0x0D) || character == 0x20 || character == 0x85 ||
           character == 0xA0 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200A) || character == 0x2028 ||
           character == 0x2029 || character == 0x202F || character == 0x205F || character == 0x3000;
}

/* What signed-note allows in a key name, of any length. */
static bool is_key_name(struct span name)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, name);
    while (reader.left > 0) {
        uint32_t character = bytes_read_utf8(&reader);
        if (reader.failed || character == '+' || is_unicode_space(character))
            return false;
    }
    return name.len > 0;
}

bool checkpoint_is_name(struct span name)
{
    return name.len <= CHECKPOINT_ORIGIN_MAX && is_key_name(name) && bytes_is_printable(name);
}

uint32_t
checkpoint_key_id(const char *name, uint8_t type, const uint8_t key[static PUBLIC_KEY_SIZE])
{
    const uint8_t middle[] = {LINE_FEED, type};
    const struct span parts[] = {span_text(name), span_of(middle, sizeof(middle)),
                                 span_of(key, PUBLIC_KEY_SIZE)};
    struct digest digest = digest_sha256_of(parts, 3);
    return bytes_get_u32(digest.bytes);
}

/* Base64 goes through here, a piece of known size at a time. */
static void write_base64(struct bytes_writer *writer, struct span bytes)
{
    char text[SIGNATURE_TEXT_SIZE + 1];
    size_t len = bytes_write_base64(bytes, text, sizeof(text));
    bytes_write_span(writer, span_of(text, len));
}

size_t checkpoint_write_vkey(const char *name,
                             const uint8_t key[static PUBLIC_KEY_SIZE],
                             char *ret,
                             size_t cap)
{
    uint8_t id[KEY_ID_SIZE];
    char id_text[2 * KEY_ID_SIZE + 1];
    uint8_t typed_key[1 + PUBLIC_KEY_SIZE] = {TYPE_ED25519};
    struct bytes_writer writer;
    if (!checkpoint_is_name(span_text(name)))
        return 0;
    bytes_put_u32(id, checkpoint_key_id(name, TYPE_ED25519, key));
    bytes_write_hex(span_of(id, sizeof(id)), id_text);
    memcpy(typed_key + 1, key, PUBLIC_KEY_SIZE);
    bytes_writer_init(&writer, ret, cap);
    bytes_write_span(&writer, span_text(name));
    bytes_write_u8(&writer, '+');
    bytes_write_span(&writer, span_text(id_text));
    bytes_write_u8(&writer, '+');
    write_base64(&writer, span_of(typed_key, sizeof(typed_key)));
    bytes_write_u8(&writer, '\0');
    struct span written = bytes_written(&writer);
    return written.len == 0 ? 0 : written.len - 1;
}

bool checkpoint_parse_vkey(struct span text,
                           char ret_name[static CHECKPOINT_ORIGIN_MAX + 1],
                           uint8_t ret_key[static PUBLIC_KEY_SIZE])
{
    char name[CHECKPOINT_ORIGIN_MAX + 1] = "";
    uint8_t id[KEY_ID_SIZE];
    uint8_t typed_key[1 + PUBLIC_KEY_SIZE];
    size_t typed_key_len = 0;
    struct bytes_reader reader;
    size_t name_len = 0;
    /* The first '+' ends the name; base64 has some of its own. */
    while (name_len < text.len && text.data[name_len] != '+')
        name_len++;
    bytes_reader_init(&reader, text);
    struct span name_text = bytes_read_span(&reader, name_len);
    (void)bytes_read_u8(&reader);
    struct span id_text = bytes_read_span(&reader, 2 * (size_t)KEY_ID_SIZE);
    uint8_t plus = bytes_read_u8(&reader);
    struct span key_text = bytes_read_span(&reader, reader.left);
    if (reader.failed || plus != '+' || !checkpoint_is_name(name_text))
        return false;
    if (!bytes_parse_hex(id_text, id, KEY_ID_SIZE))
        return false;
    if (!bytes_parse_base64(key_text, typed_key, sizeof(typed_key), &typed_key_len))
        return false;
    if (typed_key_len != sizeof(typed_key) || typed_key[0] != TYPE_ED25519)
        return false;
    memcpy(name, name_text.data, name_text.len);
    if (checkpoint_key_id(name, TYPE_ED25519, typed_key + 1) != bytes_get_u32(id))
        return false;
    memcpy(ret_name, name, sizeof(name));
    memcpy(ret_key, typed_key + 1, PUBLIC_KEY_SIZE);
    return true;
}

/* ---- signing ---- */

static void write_decimal(struct bytes_writer *writer, uint64_t value)
{
    uint8_t digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    bytes_write_span(writer, span_of(digits + at, sizeof(digits) - at));
}

/* The signed text; empty when it does not fit. */
static struct span write_text(struct bytes_writer *writer, const struct checkpoint *checkpoint)
{
    bytes_write_span(writer, span_text(checkpoint->origin));
    bytes_write_u8(writer, LINE_FEED);
    write_decimal(writer, checkpoint->size);
    bytes_write_u8(writer, LINE_FEED);
    write_base64(writer, span_of(checkpoint->root.bytes, DIGEST_SIZE));
    bytes_write_u8(writer, LINE_FEED);
    return bytes_written(writer);
}

static void write_signature(struct bytes_writer *writer,
                            const char *name,
                            struct span text,
                            const uint8_t secret_key[static SECRET_KEY_SIZE])
{
    uint8_t blob[KEY_ID_SIZE + SIGNATURE_SIZE];
    bytes_put_u32(blob, checkpoint_key_id(name, TYPE_ED25519, secret_key + SEED_SIZE));
    digest_sign(blob + KEY_ID_SIZE, text, secret_key);
    bytes_write_span(writer, span_text(signature_mark));
    bytes_write_span(writer, span_text(name));
    bytes_write_u8(writer, ' ');
    write_base64(writer, span_of(blob, sizeof(blob)));
    bytes_write_u8(writer, LINE_FEED);
}

size_t checkpoint_sign(const struct checkpoint *checkpoint,
                       const uint8_t secret_key[static SECRET_KEY_SIZE],
                       uint8_t *ret,
                       size_t cap)
{
    struct bytes_writer writer;
    if (!checkpoint_is_name(span_text(checkpoint->origin)))
        return 0;
    bytes_writer_init(&writer, ret, cap);
    struct span text = write_text(&writer, checkpoint);
    if (text.len == 0)
        return 0;
    bytes_write_u8(&writer, LINE_FEED);
    write_signature(&writer, checkpoint->origin, text, secret_key);
    return bytes_written(&writer).len;
}

size_t checkpoint_cosign(const struct checkpoint *checkpoint,
                         const uint8_t secret_key[static SECRET_KEY_SIZE],
                         uint8_t *note,
                         size_t len,
                         size_t cap)
{
    uint8_t room[CHECKPOINT_ORIGIN_MAX + 128];
    struct bytes_writer text_writer, writer;
    bytes_writer_init(&text_writer, room, sizeof(room));
    struct span text = write_text(&text_writer, checkpoint);
    if (text.len == 0 || len <= text.len || len > cap || memcmp(note, text.data, text.len) != 0)
        return 0;
    bytes_writer_init(&writer, note + len, cap - len);
    write_signature(&writer, checkpoint->origin, text, secret_key);
    struct span line = bytes_written(&writer);
    return line.len == 0 ? 0 : len + line.len;
}

/* ---- parsing ---- */

/* A note cut at its last blank line. */
struct note {
    struct span text;       /* the signed bytes, with the last line feed */
    struct span signatures; /* whole lines */
};

/* Valid UTF-8, and no byte below 0x20 but the line feed. */
static bool is_note_text(struct span bytes)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    while (reader.left > 0 && !reader.failed) {
        uint32_t character = bytes_read_utf8(&reader);
        if (character < 0x20 && character != LINE_FEED)
            return false;
    }
    return !reader.failed;
}

static bool split_note(struct span bytes, struct note *ret)
{
    if (bytes.len < 3 || bytes.len > CHECKPOINT_SIZE_MAX || bytes.data[bytes.len - 1] != LINE_FEED)
        return false;
    if (!is_note_text(bytes))
        return false;
    /* The text itself may hold blank lines: the last one counts. */
    size_t blank = bytes.len - 1;
    while (blank > 0 && !(bytes.data[blank] == LINE_FEED && bytes.data[blank - 1] == LINE_FEED))
        blank--;
    if (blank == 0 || blank == bytes.len - 1)
        return false;
    ret->text = span_of(bytes.data, blank);
    ret->signatures = span_of(bytes.data + blank + 1, bytes.len - blank - 1);
    return true;
}

/* Cut the next line, without its line feed, off `rest`, which ends in one. */
static bool take_line(struct span *rest, struct span *ret_line)
{
    if (rest->len == 0)
        return false;
    const uint8_t *end = memchr(rest->data, LINE_FEED, rest->len);
    if (end == NULL)
        return false;
    size_t len = (size_t)(end - rest->data);
    *ret_line = span_of(rest->data, len);
    *rest = span_of(end + 1, rest->len - len - 1);
    return true;
}

static bool parse_text(struct span text, struct checkpoint *ret)
{
    struct span origin, size, root, more;
    uint8_t root_bytes[DIGEST_SIZE];
    size_t root_len = 0;
    uint64_t size_value = 0;
    if (!take_line(&text, &origin) || !take_line(&text, &size) || !take_line(&text, &root))
        return false;
    if (origin.len == 0 || origin.len > CHECKPOINT_ORIGIN_MAX)
        return false;
    if (memchr(origin.data, '\0', origin.len) != NULL || !bytes_parse_decimal(size, &size_value))
        return false;
    if (root.len != ROOT_TEXT_SIZE ||
        !bytes_parse_base64(root, root_bytes, sizeof(root_bytes), &root_len) ||
        root_len != DIGEST_SIZE)
        return false;
    /* Extension lines mean nothing to us, but they may not be empty. */
    while (take_line(&text, &more)) {
        if (more.len == 0)
            return false;
    }
    memset(ret, 0, sizeof(*ret));
    memcpy(ret->origin, origin.data, origin.len);
    ret->size = size_value;
    memcpy(ret->root.bytes, root_bytes, DIGEST_SIZE);
    return true;
}

struct signature_line {
    struct span name;
    uint32_t key_id;
    size_t len; /* of the signature */
    uint8_t signature[BLOB_MAX];
};

static bool parse_signature(struct span line, struct signature_line *ret)
{
    uint8_t blob[BLOB_MAX];
    size_t blob_len = 0;
    struct bytes_reader reader;
    bytes_reader_init(&reader, line);
    struct span mark = bytes_read_span(&reader, sizeof(signature_mark) - 1);
    if (!span_is_equal(mark, span_text(signature_mark)))
        return false;
    const uint8_t *space = reader.left == 0 ? NULL : memchr(reader.at, ' ', reader.left);
    if (space == NULL)
        return false;
    struct span name = bytes_read_span(&reader, (size_t)(space - reader.at));
    (void)bytes_read_u8(&reader);
    struct span text = bytes_read_span(&reader, reader.left);
    if (!is_key_name(name) || !bytes_parse_base64(text, blob, sizeof(blob), &blob_len))
        return false;
    if (blob_len <= KEY_ID_SIZE)
        return false;
    ret->name = name;
    ret->key_id = bytes_get_u32(blob);
    ret->len = blob_len - KEY_ID_SIZE;
    memcpy(ret->signature, blob + KEY_ID_SIZE, ret->len);
    return true;
}

/* The form of every signature line, whoever signed. */
static bool are_signatures_well_formed(struct span lines)
{
    struct signature_line signature;
    struct span line;
    uint32_t count = 0;
    while (take_line(&lines, &line)) {
        if (++count > CHECKPOINT_SIGNATURES_MAX || !parse_signature(line, &signature))
            return false;
    }
    return count > 0;
}

bool checkpoint_parse(struct span note, struct checkpoint *ret)
{
    struct note parts;
    return split_note(note, &parts) && are_signatures_well_formed(parts.signatures) &&
           parse_text(parts.text, ret);
}

/* Every line by this key must verify, and there must be one. */
static enum checkpoint_verdict
verify_lines(const struct note *note, const char *name, const uint8_t key[static PUBLIC_KEY_SIZE])
{
    uint32_t id = checkpoint_key_id(name, TYPE_ED25519, key);
    enum checkpoint_verdict verdict = CHECKPOINT_UNSIGNED;
    struct span lines = note->signatures;
    struct signature_line signature;
    struct span line;
    while (take_line(&lines, &line)) {
        if (!parse_signature(line, &signature))
            return CHECKPOINT_MALFORMED;
        if (signature.key_id != id || !span_is_equal(signature.name, span_text(name)))
            continue;
        if (signature.len != SIGNATURE_SIZE || !digest_verify(signature.signature, note->text, key))
            return CHECKPOINT_BAD_SIGNATURE;
        verdict = CHECKPOINT_OK;
    }
    return verdict;
}

enum checkpoint_verdict checkpoint_verify(struct span note,
                                          const char *origin,
                                          const uint8_t key[static PUBLIC_KEY_SIZE],
                                          struct checkpoint *ret)
{
    struct checkpoint checkpoint;
    struct note parts;
    if (!checkpoint_parse(note, &checkpoint) || !split_note(note, &parts))
        return CHECKPOINT_MALFORMED;
    if (strcmp(checkpoint.origin, origin) != 0)
        return CHECKPOINT_OTHER_ORIGIN;
    enum checkpoint_verdict verdict = verify_lines(&parts, origin, key);
    if (verdict == CHECKPOINT_OK)
        *ret = checkpoint;
    return verdict;
}
