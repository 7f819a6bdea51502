/* postgres.c: one prepared statement a connection, values and answers in binary.
 * Never a setting but the number of connections: what Debian's PostgreSQL does by itself is what is measured. */
#include "tests/bench/postgres.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/cluster.h"
#include "tests/bench/crew.h"
#include "tests/lib/dice.h"
#include "tests/lib/die.h"

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>

enum { COLUMNS = 16, SIXTEEN = 16, TUPLE_MAX = 2048, SQL_MAX = 2048, NAME_MAX_LEN = 48 };

static struct cluster cluster;
static const struct event_pool *statements;

#define INSERT_COLUMNS                                                                             \
    "at, kind, manifest, container, place, party, carrier, waste_code, grams, count, signer, "     \
    "sequence, statement, signature, deadline, is_open"

/* One UPDATE locks the head, reads it and moves it on: one statement less than SELECT FOR UPDATE and then UPDATE. */
static const char make_chain[] =
    "CREATE TABLE head (number bigint NOT NULL, hash bytea NOT NULL) WITH (fillfactor = 10);"
    "INSERT INTO head VALUES (0, sha256(''));"
    "CREATE FUNCTION link() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "UPDATE head SET number = number + 1, hash = sha256(hash || NEW.signature || NEW.statement) "
    "RETURNING number, hash INTO NEW.number, NEW.hash; RETURN NEW; END $$;"
    "CREATE TRIGGER link BEFORE INSERT ON chained FOR EACH ROW EXECUTE FUNCTION link()";

/* --- connections ------------------------------------------------------------------------------- */

static PGconn *connect_or_die(void)
{
    char address[PATH_MAX];
    cluster_address(&cluster, address);
    PGconn *connection = PQconnectdb(address);
    if (PQstatus(connection) != CONNECTION_OK) {
        die("PostgreSQL: %s", PQerrorMessage(connection));
    }
    return connection;
}

static void run(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        die("PostgreSQL: %s", PQerrorMessage(connection));
    }
    PQclear(result);
}

static uint64_t ask_number(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) {
        die("PostgreSQL: %s", PQerrorMessage(connection));
    }
    uint64_t number = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

static void complain(struct crew_member *member, const PGconn *connection)
{
    snprintf(member->complaint, sizeof(member->complaint), "PostgreSQL: %s",
             PQerrorMessage(connection));
}

/* The columns of our statements, and no key: four indexes are all there is to keep. */
static void create_table(PGconn *connection, const char *name, const char *more_columns)
{
    char sql[SQL_MAX];
    snprintf(sql, sizeof(sql),
             "CREATE TABLE %s (at bigint NOT NULL, kind integer NOT NULL, manifest text NOT NULL, "
             "container text NOT NULL, place text NOT NULL, party text NOT NULL, "
             "carrier text NOT NULL, waste_code text NOT NULL, grams bigint NOT NULL, "
             "count integer NOT NULL, signer bytea NOT NULL, sequence bigint NOT NULL, "
             "statement bytea NOT NULL, signature bytea NOT NULL, deadline bigint NOT NULL, "
             "is_open boolean NOT NULL%s);"
             "CREATE INDEX ON %s (container);"
             "CREATE INDEX ON %s (manifest);"
             "CREATE INDEX ON %s (party, at);"
             "CREATE INDEX ON %s (deadline) WHERE is_open",
             name, more_columns, name, name, name, name);
    run(connection, sql);
}

/* --- inserts ----------------------------------------------------------------------------------- */

/* One row as libpq takes it; numbers in the network's order. */
struct values {
    const char *values[COLUMNS];
    int lens[COLUMNS];
    uint8_t numbers[COLUMNS][sizeof(uint64_t)];
    int count;
};

static void add_bytes(struct values *values, const void *bytes, size_t len)
{
    values->values[values->count] = bytes;
    values->lens[values->count++] = (int)len;
}

static void add_text(struct values *values, const char *text)
{
    add_bytes(values, text, strlen(text));
}

static void add_number(struct values *values, int64_t number, size_t len)
{
    uint8_t *out = values->numbers[values->count];
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)((uint64_t)number >> (8 * (len - 1 - i)));
    }
    add_bytes(values, out, len);
}

static void write_values(const struct event *event, struct values *ret)
{
    ret->count = 0;
    add_number(ret, event->at_us, 8);
    add_number(ret, event->kind, 4);
    add_text(ret, event->manifest);
    add_text(ret, event->container);
    add_text(ret, event->place);
    add_text(ret, event->party);
    add_text(ret, event->carrier);
    add_text(ret, event->waste_code);
    add_number(ret, event->grams, 8);
    add_number(ret, event->count, 4);
    add_bytes(ret, event->signer, PUBLIC_KEY_SIZE);
    add_number(ret, event->sequence, 8);
    add_bytes(ret, event->statement.data, event->statement.len);
    add_bytes(ret, event->signature, SIGNATURE_SIZE);
    add_number(ret, event->deadline_us, 8);
    add_number(ret, event->is_open ? 1 : 0, 1);
}

static bool prepare_insert(PGconn *connection, const char *table)
{
    char sql[SQL_MAX];
    snprintf(sql, sizeof(sql),
             "INSERT INTO %s (" INSERT_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
             "$11, $12, $13, $14, $15, $16)",
             table);
    PGresult *result = PQprepare(connection, "insert", sql, COLUMNS, NULL);
    bool is_good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return is_good;
}

static const int binary[COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static bool insert(PGconn *connection, const struct event *event)
{
    struct values values;
    write_values(event, &values);
    PGresult *result =
        PQexecPrepared(connection, "insert", COLUMNS, values.values, values.lens, binary, 1);
    bool is_good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return is_good;
}

struct inserting {
    const char *table;
    bool is_checked;
};

static bool open_insert(struct crew_member *member)
{
    const struct inserting *inserting = member->context;
    char address[PATH_MAX];
    cluster_address(&cluster, address);
    PGconn *connection = PQconnectdb(address);
    member->connection = connection;
    if (PQstatus(connection) != CONNECTION_OK || !prepare_insert(connection, inserting->table)) {
        complain(member, connection);
        return false;
    }
    return true;
}

static bool step_insert(struct crew_member *member)
{
    const struct inserting *inserting = member->context;
    struct event event;
    event_of_client(statements, member->number, member->steps, &event);
    if (inserting->is_checked && !event_verify(&event)) {
        snprintf(member->complaint, sizeof(member->complaint), "a signature is false");
        return false;
    }
    if (!insert(member->connection, &event)) {
        complain(member, member->connection);
        return false;
    }
    return true;
}

/* Each row is a transaction of its own all the same: that is what the synchronisation after each says. */
static bool send_insert(PGconn *connection, const struct event *event)
{
    struct values values;
    write_values(event, &values);
    return PQsendQueryPrepared(connection, "insert", COLUMNS, values.values, values.lens, binary,
                               1) == 1 &&
           PQpipelineSync(connection) == 1;
}

static bool take(PGconn *connection, ExecStatusType expected)
{
    PGresult *result = PQgetResult(connection);
    bool is_it = result != NULL && PQresultStatus(result) == expected;
    PQclear(result);
    return is_it;
}

/* What came of one row, the end of its results, and its synchronisation. */
static bool receive_insert(PGconn *connection)
{
    return take(connection, PGRES_COMMAND_OK) && PQgetResult(connection) == NULL &&
           take(connection, PGRES_PIPELINE_SYNC);
}

static bool open_sixteen(struct crew_member *member)
{
    return open_insert(member) && PQenterPipelineMode(member->connection) == 1;
}

static bool step_sixteen(struct crew_member *member)
{
    bool is_good = true;
    for (uint64_t i = 0; is_good && i < SIXTEEN; i++) {
        struct event event;
        event_of_client(statements, member->number, member->steps * SIXTEEN + i, &event);
        is_good = send_insert(member->connection, &event);
    }
    for (int i = 0; is_good && i < SIXTEEN; i++) {
        is_good = receive_insert(member->connection);
    }
    if (!is_good) {
        complain(member, member->connection);
    }
    return is_good;
}

static void close_any(struct crew_member *member)
{
    PQfinish(member->connection);
}

static uint64_t read_cpu(void)
{
    return cluster_cpu_ns(&cluster);
}

static struct peer_size size_of(PGconn *connection, const char *table)
{
    char sql[SQL_MAX];
    struct peer_size size;
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
    size.rows = ask_number(connection, sql);
    snprintf(sql, sizeof(sql), "SELECT pg_total_relation_size('%s')", table);
    size.bytes = ask_number(connection, sql);
    return size;
}

/* Who comes first holds the head until the commit: no number is missing, and none is there twice. */
static void look_at_chain(PGconn *connection)
{
    uint64_t rows = ask_number(connection, "SELECT count(*) FROM chained");
    if (ask_number(connection, "SELECT count(DISTINCT number) FROM chained") != rows ||
        ask_number(connection, "SELECT max(number) - min(number) + 1 FROM chained") != rows) {
        die("PostgreSQL: the chain has a gap or a fork");
    }
}

static struct measure
insert_many(enum peer_task task, unsigned clients, double seconds, struct peer_size *ret)
{
    static const struct crew_work one = {open_insert, step_insert, close_any, 1, read_cpu};
    static const struct crew_work sixteen = {open_sixteen, step_sixteen, close_any, SIXTEEN,
                                             read_cpu};
    const struct inserting inserting = {
        .table = task == PEER_INSERT || task == PEER_SIXTEEN ? "plain" : "chained",
        .is_checked = task == PEER_CHECKED,
    };
    char sql[SQL_MAX];
    struct measure measure =
        crew_run(task == PEER_SIXTEEN ? &sixteen : &one, &inserting, clients, seconds);
    PGconn *connection = connect_or_die();
    *ret = size_of(connection, inserting.table);
    if (ret->rows > 0 && task != PEER_INSERT && task != PEER_SIXTEEN) {
        look_at_chain(connection);
    }
    /* What it would write later, while others are measured, it writes now. */
    snprintf(sql, sizeof(sql), "TRUNCATE %s", inserting.table);
    run(connection, sql);
    run(connection, "CHECKPOINT");
    PQfinish(connection);
    return measure;
}

/* --- questions --------------------------------------------------------------------------------- */

static void name_table(uint64_t rows, char ret[static NAME_MAX_LEN])
{
    snprintf(ret, NAME_MAX_LEN, "filled_%" PRIu64, rows);
}

/* A row in COPY's binary form: how many values, then each with its length before. */
static size_t write_tuple(const struct values *values, uint8_t ret[static TUPLE_MAX])
{
    size_t len = 0;
    ret[len++] = 0;
    ret[len++] = COLUMNS;
    for (int i = 0; i < COLUMNS; i++) {
        size_t size = (size_t)values->lens[i];
        for (int shift = 24; shift >= 0; shift -= 8) {
            ret[len++] = (uint8_t)(size >> shift);
        }
        memcpy(ret + len, values->values[i], size);
        len += size;
    }
    return len;
}

static void put(PGconn *connection, const void *bytes, size_t len)
{
    if (PQputCopyData(connection, bytes, (int)len) != 1) {
        die("PostgreSQL: %s", PQerrorMessage(connection));
    }
}

static void copy_rows(PGconn *connection, const char *table, uint64_t rows)
{
    static const char start_of_copy[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    char sql[SQL_MAX];
    snprintf(sql, sizeof(sql), "COPY %s (" INSERT_COLUMNS ") FROM STDIN (FORMAT binary)", table);
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        die("PostgreSQL: %s", PQerrorMessage(connection));
    }
    PQclear(result);
    put(connection, start_of_copy, sizeof(start_of_copy));
    for (uint64_t i = 0; i < rows; i++) {
        struct event event;
        struct values values;
        uint8_t tuple[TUPLE_MAX];
        die_check();
        event_of_table(statements, i, &event);
        write_values(&event, &values);
        put(connection, tuple, write_tuple(&values, tuple));
    }
    put(connection, "\377\377", 2);
    if (PQputCopyEnd(connection, NULL) != 1 || !take(connection, PGRES_COMMAND_OK) ||
        PQgetResult(connection) != NULL) {
        die("PostgreSQL: %s", PQerrorMessage(connection));
    }
}

static void fill(uint64_t rows, struct peer_size *ret)
{
    char table[NAME_MAX_LEN];
    char sql[SQL_MAX];
    PGconn *connection = connect_or_die();
    name_table(rows, table);
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM pg_class WHERE relname = '%s'", table);
    if (ask_number(connection, sql) == 0) {
        create_table(connection, table, "");
        copy_rows(connection, table, rows);
        snprintf(sql, sizeof(sql), "VACUUM ANALYZE %s", table);
        run(connection, sql);
        run(connection, "CHECKPOINT");
        *ret = size_of(connection, table);
    }
    PQfinish(connection);
}

struct asking {
    const char *sql;
    enum peer_task task;
    uint64_t rows;
};

static bool open_ask(struct crew_member *member)
{
    const struct asking *asking = member->context;
    char address[PATH_MAX];
    cluster_address(&cluster, address);
    PGconn *connection = PQconnectdb(address);
    member->connection = connection;
    PGresult *result = PQstatus(connection) == CONNECTION_OK
                           ? PQprepare(connection, "ask", asking->sql, 0, NULL)
                           : NULL;
    bool is_good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!is_good) {
        complain(member, connection);
    }
    return is_good;
}

static bool step_ask(struct crew_member *member)
{
    static const int expected[] = {
        [PEER_POINT] = 1, [PEER_TRACE] = EVENT_ACTS, [PEER_UNCLOSED] = 100};
    static const int format = 1;
    const struct asking *asking = member->context;
    struct dice dice;
    char code[EVENT_TEXT_MAX];
    dice_init(&dice, member->steps);
    event_container(asking->rows, dice_throw(&dice), code);
    const char *values[] = {code};
    const int lens[] = {(int)strlen(code)};
    PGresult *result = PQexecPrepared(
        member->connection, "ask", asking->task == PEER_UNCLOSED ? 0 : 1, values, lens, &format, 1);
    bool is_good = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!is_good) {
        complain(member, member->connection);
    } else if (PQntuples(result) != expected[asking->task]) {
        snprintf(member->complaint, sizeof(member->complaint), "PostgreSQL: %d rows instead of %d",
                 PQntuples(result), expected[asking->task]);
        is_good = false;
    }
    PQclear(result);
    return is_good;
}

static struct measure ask(enum peer_task task, uint64_t rows, double seconds)
{
    static const struct crew_work work = {open_ask, step_ask, close_any, 1, read_cpu};
    static const char *const parts[][2] = {
        [PEER_POINT] = {"SELECT *", "WHERE container = $1 ORDER BY at DESC LIMIT 1"},
        [PEER_TRACE] = {"SELECT *", "WHERE container = $1 ORDER BY at"},
        [PEER_UNCLOSED] = {"SELECT container, manifest, party, waste_code, grams, deadline",
                           "WHERE is_open ORDER BY deadline LIMIT 100"},
    };
    char table[NAME_MAX_LEN];
    char sql[SQL_MAX];
    name_table(rows, table);
    snprintf(sql, sizeof(sql), "%s FROM %s %s", parts[task][0], table, parts[task][1]);
    const struct asking asking = {.sql = sql, .task = task, .rows = rows};
    return crew_run(&work, &asking, 1, seconds);
}

/* --- start ------------------------------------------------------------------------------------- */

static void start(const struct bench *bench, const struct event_pool *pool)
{
    (void)bench; /* its folder is closed to the user that PostgreSQL runs as */
    statements = pool;
    cluster_start(&cluster);
    PGconn *connection = connect_or_die();
    create_table(connection, "plain", "");
    create_table(connection, "chained", ", number bigint NOT NULL, hash bytea NOT NULL");
    run(connection, make_chain);
    PQfinish(connection);
}

const struct peer_driver postgres = {cluster_obstacle, start, insert_many, fill, ask};

#else

const struct peer_driver postgres;

#endif
