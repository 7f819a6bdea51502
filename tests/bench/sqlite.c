/* sqlite.c: write-ahead log, synchronous FULL, one prepared statement a connection.
 * Never shares a connection between threads. */
#include "tests/bench/sqlite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/crew.h"
#include "tests/lib/die.h"

#if __has_include(<sqlite3.h>)
#include <sqlite3.h>

enum { BUSY_MS = 60000 };

static char file_path[PATH_MAX];
static const struct event_pool *statements;

static const char make_table[] =
    "PRAGMA journal_mode = WAL;"
    "CREATE TABLE event (at INTEGER NOT NULL, kind INTEGER NOT NULL, manifest TEXT NOT NULL, "
    "container TEXT NOT NULL, place TEXT NOT NULL, party TEXT NOT NULL, carrier TEXT NOT NULL, "
    "waste_code TEXT NOT NULL, grams INTEGER NOT NULL, count INTEGER NOT NULL, "
    "signer BLOB NOT NULL, sequence INTEGER NOT NULL, statement BLOB NOT NULL, "
    "signature BLOB NOT NULL, deadline INTEGER NOT NULL, is_open INTEGER NOT NULL);"
    "CREATE INDEX event_container ON event (container);"
    "CREATE INDEX event_manifest ON event (manifest);"
    "CREATE INDEX event_party ON event (party, at);"
    "CREATE INDEX event_open ON event (deadline) WHERE is_open";

struct connection {
    sqlite3 *file;
    sqlite3_stmt *insert;
};

/* The connection is to be closed even if this failed. */
static bool open_file(sqlite3 **ret)
{
    return sqlite3_open_v2(file_path, ret,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                           NULL) == SQLITE_OK &&
           sqlite3_busy_timeout(*ret, BUSY_MS) == SQLITE_OK &&
           sqlite3_exec(*ret, "PRAGMA synchronous = FULL", NULL, NULL, NULL) == SQLITE_OK;
}

static void run(sqlite3 *file, const char *sql)
{
    if (sqlite3_exec(file, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die("SQLite: %s", sqlite3_errmsg(file));
    }
}

static uint64_t ask_number(sqlite3 *file, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(file, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        die("SQLite: %s", sqlite3_errmsg(file));
    }
    uint64_t number = (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static bool complain(struct crew_member *member)
{
    const struct connection *connection = member->connection;
    snprintf(member->complaint, sizeof(member->complaint), "SQLite: %s",
             sqlite3_errmsg(connection->file));
    return false;
}

static bool open_insert(struct crew_member *member)
{
    static struct connection connections[CREW_MAX];
    struct connection *connection = &connections[member->number];
    member->connection = connection;
    *connection = (struct connection){0};
    bool is_good = open_file(&connection->file) &&
                   sqlite3_prepare_v2(connection->file,
                                      "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                      "?, ?, ?, ?, ?)",
                                      -1, &connection->insert, NULL) == SQLITE_OK;
    return is_good || complain(member);
}

static void bind_text(sqlite3_stmt *insert, int column, const char *text)
{
    sqlite3_bind_text(insert, column, text, -1, SQLITE_STATIC);
}

static void bind_event(sqlite3_stmt *insert, const struct event *event)
{
    sqlite3_bind_int64(insert, 1, event->at_us);
    sqlite3_bind_int(insert, 2, event->kind);
    bind_text(insert, 3, event->manifest);
    bind_text(insert, 4, event->container);
    bind_text(insert, 5, event->place);
    bind_text(insert, 6, event->party);
    bind_text(insert, 7, event->carrier);
    bind_text(insert, 8, event->waste_code);
    sqlite3_bind_int64(insert, 9, event->grams);
    sqlite3_bind_int(insert, 10, event->count);
    sqlite3_bind_blob(insert, 11, event->signer, PUBLIC_KEY_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 12, event->sequence);
    sqlite3_bind_blob(insert, 13, event->statement.data, (int)event->statement.len, SQLITE_STATIC);
    sqlite3_bind_blob(insert, 14, event->signature, SIGNATURE_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 15, event->deadline_us);
    sqlite3_bind_int(insert, 16, event->is_open ? 1 : 0);
}

/* Outside a transaction an INSERT is one. */
static bool step_insert(struct crew_member *member)
{
    const struct connection *connection = member->connection;
    struct event event;
    event_of_client(statements, member->number, member->steps, &event);
    bind_event(connection->insert, &event);
    bool is_good = sqlite3_step(connection->insert) == SQLITE_DONE &&
                   sqlite3_reset(connection->insert) == SQLITE_OK;
    return is_good || complain(member);
}

static void close_insert(struct crew_member *member)
{
    struct connection *connection = member->connection;
    sqlite3_finalize(connection->insert);
    sqlite3_close(connection->file);
}

static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char path[PATH_MAX + 8];
        snprintf(path, sizeof(path), "%s%s", file_path, ends[i]);
        unlink(path);
    }
}

static struct measure
insert_many(enum peer_task task, unsigned clients, double seconds, struct peer_size *ret)
{
    static const struct crew_work work = {open_insert, step_insert, close_insert, 1, NULL};
    (void)task; /* nothing is checked */
    sqlite3 *file = NULL;
    if (!open_file(&file)) {
        die("SQLite: %s", sqlite3_errmsg(file));
    }
    run(file, make_table);
    struct measure measure = crew_run(&work, NULL, clients, seconds);
    run(file, "PRAGMA wal_checkpoint(TRUNCATE)");
    ret->rows = ask_number(file, "SELECT count(*) FROM event");
    ret->bytes = ask_number(file, "PRAGMA page_count") * ask_number(file, "PRAGMA page_size");
    sqlite3_close(file);
    remove_files();
    return measure;
}

static const char *obstacle(void)
{
    return NULL;
}

static void start(const struct bench *bench, const struct event_pool *pool)
{
    statements = pool;
    tempdir_path(&bench->dir, "sqlite", file_path, sizeof(file_path));
}

const struct peer_driver sqlite = {obstacle, start, insert_many, NULL, NULL};

#else

const struct peer_driver sqlite;

#endif
