/* scanner.c: one line from a scanner, a scale or a keyboard.
 * Never keeps anything. */
#include "client/cli/scanner.h"

#include <stdio.h>
#include <string.h>

#include "proto/bytes.h"
#include "client/lib/quantity.h"

enum { LINE_MAX_BYTES = 200 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct span trim(const char *line)
{
    size_t len = strlen(line);
    while (len > 0 && is_space(line[len - 1]))
        len--;
    while (len > 0 && is_space(*line)) {
        line++;
        len--;
    }
    return span_of((const uint8_t *)line, len);
}

static bool is_word(struct span text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (text.len == strlen(*words) && memcmp(text.data, *words, text.len) == 0)
            return true;
    return false;
}

/* "2.35kg", "2350 g", "2.35": digits with a point or a unit, since a code may be digits alone. */
static bool read_mass(struct span text, uint64_t *ret_g)
{
    char number[LINE_MAX_BYTES + 4];
    size_t digits = 0;
    bool has_point = false;
    while (digits < text.len &&
           (is_digit((char)text.data[digits]) || (text.data[digits] == '.' && !has_point))) {
        has_point = has_point || text.data[digits] == '.';
        digits++;
    }
    if (digits == 0 || !is_digit((char)text.data[0]) || text.len > LINE_MAX_BYTES)
        return false;
    struct span unit = span_of(text.data + digits, text.len - digits);
    while (unit.len > 0 && unit.data[0] == ' ')
        unit = span_of(unit.data + 1, unit.len - 1);
    if (unit.len == 0 && !has_point)
        return false;
    snprintf(number, sizeof(number), "%.*s%.*s", (int)digits, (const char *)text.data,
             unit.len == 0 ? 2 : (int)unit.len, unit.len == 0 ? "kg" : (const char *)unit.data);
    return quantity_parse_mass(span_text(number), ret_g) && *ret_g > 0;
}

/* A scale's line: whatever comes first, then a sign or spaces, then the reading with its unit at the end. */
static bool read_scale(struct span text, uint64_t *ret_g)
{
    size_t at = text.len;
    while (at > 0 && !is_digit((char)text.data[at - 1]))
        at--;
    while (at > 0 && (is_digit((char)text.data[at - 1]) || text.data[at - 1] == '.'))
        at--;
    if (at == 0 || at == text.len || (text.data[at - 1] != ' ' && text.data[at - 1] != '+'))
        return false;
    struct span reading = span_of(text.data + at, text.len - at);
    bool has_unit = reading.len > 0 && !is_digit((char)reading.data[reading.len - 1]);
    return has_unit && read_mass(reading, ret_g);
}

static void take_name(struct span text, struct scanner_line *ret)
{
    size_t slash = text.len;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '/')
            slash = i;
    struct span party = span_of(text.data, slash == text.len ? 0 : slash);
    struct span code =
        slash == text.len ? text : span_of(text.data + slash + 1, text.len - slash - 1);
    if (code.len == 0 || code.len > SCANNER_CODE_MAX || party.len > SCANNER_PARTY_MAX) {
        ret->word = SCANNER_BAD;
        return;
    }
    memcpy(ret->code, code.data, code.len);
    memcpy(ret->party, party.data, party.len);
}

static bool take_box(struct span *text)
{
    static const char *const prefixes[] = {"box:", "箱:", "箱："};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t len = strlen(prefixes[i]);
        if (text->len > len && memcmp(text->data, prefixes[i], len) == 0) {
            *text = span_of(text->data + len, text->len - len);
            return true;
        }
    }
    return false;
}

void scanner_read(const char *line, struct scanner_line *ret)
{
    static const char *const undo[] = {"undo", "撤销", "-", NULL};
    static const char *const none[] = {"none", "无", NULL};
    static const char *const done[] = {"done", "完", ".", NULL};
    static const char *const help[] = {"help", "帮助", "?", NULL};
    struct span text = trim(line);
    *ret = (struct scanner_line){.word = SCANNER_EMPTY};
    if (text.len == 0)
        return;
    if (text.len > LINE_MAX_BYTES || !bytes_is_printable(text)) {
        ret->word = SCANNER_BAD;
    } else if (is_word(text, undo)) {
        ret->word = SCANNER_UNDO;
    } else if (is_word(text, none)) {
        ret->word = SCANNER_NONE;
    } else if (is_word(text, done)) {
        ret->word = SCANNER_DONE;
    } else if (is_word(text, help)) {
        ret->word = SCANNER_HELP;
    } else if (take_box(&text)) {
        ret->word = SCANNER_BOX;
        take_name(text, ret);
    } else if (read_mass(text, &ret->mass_g)) {
        ret->word = SCANNER_MASS;
    } else if (memchr(text.data, ',', text.len) != NULL) {
        /* No code has a comma: statements list codes with it. */
        ret->word = read_scale(text, &ret->mass_g) ? SCANNER_MASS : SCANNER_BAD;
    } else {
        const uint8_t *space = memchr(text.data, ' ', text.len);
        size_t code_len = space == NULL ? text.len : (size_t)(space - text.data);
        struct span rest = span_of(text.data + code_len, text.len - code_len);
        while (rest.len > 0 && rest.data[0] == ' ')
            rest = span_of(rest.data + 1, rest.len - 1);
        ret->word = SCANNER_CODE;
        if (rest.len == 0 || read_mass(rest, &ret->mass_g))
            take_name(span_of(text.data, code_len), ret);
        else
            ret->word = SCANNER_BAD;
    }
}
