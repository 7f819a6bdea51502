/* peers.c: which system does which task.
 * Never starts a system that no row asks for. */
#include "tests/bench/peers.h"

#include "tests/bench/cluster.h"
#include "tests/bench/postgres.h"
#include "tests/bench/sqlite.h"

enum { QUICK_ROWS = 10000, QUICK_CLIENTS = 32, QUICK_CHAINED = 8 };

static const struct peer_driver *const drivers[] = {
    [PEER_POSTGRES] = &postgres,
    [PEER_SQLITE] = &sqlite,
};

static struct peer_size sizes[PEER_SQLITE + 1];
static bool is_started[PEER_SQLITE + 1];

const char *peers_obstacle(enum peer_system system)
{
    return drivers[system]->obstacle == NULL ? "not installed" : drivers[system]->obstacle();
}

static bool is_chained(enum peer_task task)
{
    return task == PEER_CHAIN || task == PEER_CHECKED;
}

bool peers_want(const struct bench *bench, const struct peer_options *options)
{
    if (!bench->is_quick) {
        return true;
    }
    return options->rows <= QUICK_ROWS && options->task != PEER_SIXTEEN &&
           options->clients <= (is_chained(options->task) ? QUICK_CHAINED : QUICK_CLIENTS);
}

static void start(const struct bench *bench, enum peer_system system)
{
    static struct event_pool statements;
    static bool is_signed;
    if (!is_signed) {
        event_sign_pool(&statements);
        is_signed = true;
    }
    if (!is_started[system]) {
        drivers[system]->start(bench, &statements);
        is_started[system] = true;
    }
}

struct measure peers_measure(const struct bench *bench, const struct peer_options *options)
{
    static struct peer_size filled;
    const struct peer_driver *driver = drivers[options->system];
    struct measure measure;
    start(bench, options->system);
    filled = (struct peer_size){0};
    if (options->rows > 0) {
        driver->fill(options->rows, &filled);
        measure = driver->ask(options->task, options->rows, bench->peer_seconds);
    } else {
        measure = driver->insert(options->task, options->clients, bench->peer_seconds, &filled);
    }
    if (!is_chained(options->task) && filled.rows > sizes[options->system].rows) {
        sizes[options->system] = filled;
    }
    return measure;
}

struct peer_size peers_size(enum peer_system system)
{
    return sizes[system];
}

void peers_abandon(void)
{
    cluster_abandon();
}
