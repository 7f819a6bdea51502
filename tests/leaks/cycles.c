/* cycles.c: a device that connects, submits, asks and closes, over and over, through libcustody.
 * Never measures anything: it is run under a program that watches its memory.
 *
 *   cycles HOME CLOCK ENDPOINT COUNT GENERATOR PLACE */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <custody/client.h>

enum { JSON_MAX = 1024 };

static _Noreturn void complain(uint64_t cycle, const struct custody_problem *problem)
{
    fprintf(stderr, "cycle %" PRIu64 ": %s: %s (%s, expected %s, got %s)\n", cycle, problem->name,
            problem->sentence, problem->field, problem->expected, problem->got);
    exit(1);
}

static void
submit(struct custody_client *client, uint64_t cycle, const char *generator, const char *place)
{
    char body[JSON_MAX];
    struct custody_kept kept;
    struct custody_synced synced;
    snprintf(body, sizeof(body),
             "{\"generator\":\"%s\",\"place\":\"%s\",\"containers\":[{\"code\":\"C-%06" PRIu64
             "\",\"waste_code\":\"841-001-01\",\"mass_g\":2100,\"mass_source\":\"weighed\","
             "\"package\":\"bag\"}]}",
             generator, place, cycle);
    struct custody_act act = {.act = "pack", .json = body};
    if (custody_client_keep(client, &act, &kept) != CUSTODY_OK ||
        custody_client_sync(client, NULL, NULL, &synced) != CUSTODY_OK) {
        complain(cycle, custody_client_problem(client));
    }
    if (synced.delivered != 1 || synced.refused != 0 || synced.waiting != 0) {
        fprintf(stderr,
                "cycle %" PRIu64 ": %" PRIu64 " delivered, %" PRIu64 " refused, %" PRIu64
                " waiting\n",
                cycle, synced.delivered, synced.refused, synced.waiting);
        exit(1);
    }
}

/* One question that is answered, and one about what nobody packed. */
static void ask(struct custody_client *client, uint64_t cycle, const char *generator)
{
    char request[JSON_MAX];
    char *reply = NULL;
    snprintf(request, sizeof(request),
             "{\"container\":{\"generator\":\"%s\",\"code\":\"C-%06" PRIu64 "\"}}", generator,
             cycle);
    if (custody_client_ask(client, "trace", request, &reply) != CUSTODY_OK) {
        complain(cycle, custody_client_problem(client));
    }
    free(reply);
    reply = NULL;
    snprintf(request, sizeof(request), "{\"container\":{\"generator\":\"%s\",\"code\":\"none\"}}",
             generator);
    if (custody_client_ask(client, "trace", request, &reply) == CUSTODY_OK) {
        fprintf(stderr, "cycle %" PRIu64 ": a bag that nobody packed: %s\n", cycle, reply);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: cycles HOME CLOCK ENDPOINT COUNT GENERATOR PLACE\n");
        return 2;
    }
    uint64_t count = strtoull(argv[4], NULL, 10);
    struct custody_options options = {.home = argv[1],
                                      .clock_file = argv[2],
                                      .endpoint = argv[3],
                                      .timeout_ms = 120000,
                                      .resend_ms = 60000};
    for (uint64_t cycle = 1; cycle <= count; cycle++) {
        struct custody_client *client = NULL;
        struct custody_problem problem;
        if (custody_client_open(&options, &client, &problem) != CUSTODY_OK) {
            complain(cycle, &problem);
        }
        submit(client, cycle, argv[5], argv[6]);
        ask(client, cycle, argv[5]);
        custody_client_close(client);
    }
    printf("%" PRIu64 " cycles\n", count);
    return 0;
}
