/* columns.h: an act's message as the columns of a table: which cell goes where, under which English or Chinese header.
 * Never guesses: a header that is no column of the act is none.
 *
 * Columns come from the message's descriptor, so every act has them. One row is one element of the act's list of containers or
 * lines, where it has one; the other columns are the statement's and stand alike in all rows of it. */
#ifndef CUSTODY_CLIENT_EXCHANGE_COLUMNS_H
#define CUSTODY_CLIENT_EXCHANGE_COLUMNS_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include <custody/client.h>

enum { COLUMNS_MAX = 96, COLUMNS_NAME_MAX = 64, COLUMNS_WAY_MAX = 3, COLUMNS_UNIT_MAX = 8 };

/* A header cell as it was understood. */
struct columns_head {
    char name[COLUMNS_NAME_MAX]; /* English; what no table knows stays as it stands */
    char unit[COLUMNS_UNIT_MAX]; /* "kg" of "重量(千克)" and of mass_kg; else empty */
};

struct column {
    char name[COLUMNS_NAME_MAX];
    bool is_item; /* of a row, not of the statement */
    bool is_list; /* several values in one cell, with ; between them */
    bool is_text; /* goes to the annex; the statement has its digest, which is a column too */
    const ProtobufCFieldDescriptor *field;
    /* The messages on the way down, NULL behind the last; of a list its first element is meant. */
    const ProtobufCFieldDescriptor *way[COLUMNS_WAY_MAX];
    char
        key[COLUMNS_NAME_MAX]; /* the member's name; empty: the row's element itself is the value */
};

struct columns {
    size_t count;
    struct column all[COLUMNS_MAX];
    const char
        *items[2]; /* the way to the list that rows go into; [0] NULL: each row is a statement */
};

/* Of a body of custody.proto. Borrows from the descriptor. */
void columns_of(const ProtobufCMessageDescriptor *descriptor, struct columns *ret);
/* A header cell: "重量(kg)", "产生时间", "mass_g", "Waste code". */
void columns_read_head(const char *cell, struct columns_head *ret);
/* The Chinese header of a column, or NULL. */
const char *columns_chinese(const char *name);
/* The Chinese word of an enum's value, 袋 for bag; the value itself when there is none. */
const char *columns_word(const char *value);
/* The act's column, also by its name without the unit (mass for mass_g); NULL when it has none. */
const struct column *columns_find(const struct columns *columns, const char *name);
/* Put a cell, which is not empty, into the statement `body` or the row's `item`, as its JSON. `*item` is made when there is none. A
 * Chinese word of an enum becomes the English one. False when memory is used up. */
CUSTODY_CHECK bool columns_put(
    const struct column *column, const char *unit, const char *text, json_t *body, json_t **item);
/* Put the rows into the list where the act has them, which takes `items` over. False when memory is used up. */
CUSTODY_CHECK bool columns_put_items(const struct columns *columns, json_t *body, json_t *items);
/* The list of rows in a body, or NULL. Borrowed. */
json_t *columns_items(const struct columns *columns, const json_t *body);
/* Take the column's value out of a body or an element, as the text of a cell; NULL when it has none. The caller frees it. What is left
 * in the JSON when all columns were taken has no column. */
char *columns_take(const struct column *column, json_t *from);

#endif
