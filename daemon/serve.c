/* serve.c: custodyd run: settings into the server's options.
 * Never returns before the server has answered what it took. */
#include "daemon/serve.h"

#include "daemon/base/logger.h"
#include "daemon/service/succession.h"
#include "daemon/server/server.h"
#include "daemon/console.h"

/* Bytes of statements that are verified and recorded at a time: about 120 usual ones, enough to share a commit, or one of the
 * largest; so much a newcomer may have to wait for. Half of it for one key. */
enum { SUBMITTING = 64 * 1024 };

/* Bytes of statements of one key that may wait their turn: some sixty of the largest, a few seconds of work. */
enum { USER_BYTES = 3 * 1024 * 1024 };

/* Before the daemon shuts itself in: it may not rename a key any more. */
static enum custody_status finish_succession(const struct ledger_options *ledger, char *sentence)
{
    struct ledger_keys keys;
    if (!succession_is_open(ledger, &keys)) {
        return CUSTODY_OK;
    }
    enum custody_status status = succession_finish(ledger, sentence);
    if (status == CUSTODY_OK) {
        LOG(LOGGER_WARNING, "succession_finished", LOGGER_TEXT("origin", keys.origin));
    }
    ledger_keys_done(&keys);
    return status;
}

int serve_run(struct invocation *invocation)
{
    const struct config *config = &invocation->config;
    const struct ledger_options ledger = invocation_ledger(config);
    char sentence[240] = "";
    enum custody_status status = finish_succession(&ledger, sentence);
    if (status != CUSTODY_OK) {
        return console_fail("run", status, sentence);
    }
    uint32_t readers = (uint32_t)config->readers;
    const struct server_options server = {
        .ledger = ledger,
        .endpoint = config->endpoint,
        .announcements = config->announcements,
        .clock_file = invocation->clock_file,
        .metrics_file = invocation_metrics_file(config),
        .clock_is_right = invocation->clock_is_right,
        .sandbox = invocation_is_sandboxed(config),
        .verifiers = config->verifiers == 0 ? invocation_processors() : (unsigned)config->verifiers,
        .readers = readers,
        .queue = (uint32_t)config->queue,
        .question_ms = (uint32_t)config->question_ms,
        .party = {(uint32_t)config->party_rate, (uint32_t)config->party_burst},
        .front =
            {
                .jobs = (uint32_t)config->jobs,
                .user_jobs = (uint32_t)config->user_jobs,
                .user_questions = (uint32_t)config->user_questions,
                .user_bytes = USER_BYTES,
                /* None waits for a reader where no newcomer could pass it; half of the readers for one key. */
                .asking = readers,
                .user_asking = (readers + 1) / 2,
                .submitting = SUBMITTING,
                .user_submitting = SUBMITTING / 2,
                .connections = (uint32_t)config->connections,
                .user_connections = (uint32_t)config->user_connections,
                .submissions = {(uint32_t)config->submit_rate, (uint32_t)config->submit_burst},
                .questions = {(uint32_t)config->ask_rate, (uint32_t)config->ask_burst},
            },
    };
    return server_run(&server);
}
