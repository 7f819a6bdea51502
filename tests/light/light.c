/* light.c: the smallest client there is: keys, packing, sending, with the public header alone. What an app or a scanner of a ward
 * would be built from; its size and its memory are measured.
 * Never prints more than a line a step.
 *
 *   light keygen HOME
 *   light enrol HOME INVITATION ENDPOINT
 *   light pack HOME GENERATOR PLACE FIRST COUNT     bags L-<number>, a statement each
 *   light sync HOME ENDPOINT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <custody/client.h>

enum { JSON_MAX = 512, STATUS_LINE_MAX = 256 };

static int complain(const struct custody_problem *problem)
{
    fprintf(stderr, "light: %s: %s (%s, expected %s, got %s)\n", problem->name, problem->sentence,
            problem->field, problem->expected, problem->got);
    return 1;
}

/* What the kernel says of this process, in KiB. */
static unsigned long memory_kib(const char *line_name)
{
    char line[STATUS_LINE_MAX];
    unsigned long kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, line_name, strlen(line_name)) == 0)
            kib = strtoul(line + strlen(line_name), NULL, 10);
    if (file != NULL)
        fclose(file);
    return kib;
}

static int pack(struct custody_client *client, char **words)
{
    uint64_t first = strtoull(words[2], NULL, 10), count = strtoull(words[3], NULL, 10);
    for (uint64_t i = first; i < first + count; i++) {
        char body[JSON_MAX];
        struct custody_kept kept;
        snprintf(body, sizeof(body),
                 "{\"generator\":\"%s\",\"place\":\"%s\",\"containers\":[{\"code\":\"L-%06" PRIu64
                 "\",\"waste_code\":\"841-001-01\",\"mass_g\":2100,\"mass_source\":\"weighed\","
                 "\"package\":\"bag\"}]}",
                 words[0], words[1], i);
        const struct custody_act act = {.act = "pack", .json = body};
        if (custody_client_keep(client, &act, &kept) != CUSTODY_OK)
            return complain(custody_client_problem(client));
    }
    printf("kept %" PRIu64 "\n", count);
    return 0;
}

static int sync_all(struct custody_client *client)
{
    struct custody_synced synced;
    if (custody_client_sync(client, NULL, NULL, &synced) != CUSTODY_OK)
        return complain(custody_client_problem(client));
    printf("delivered %" PRIu64 " refused %" PRIu64 " waiting %" PRIu64
           " resident_kib %lu private_kib %lu\n",
           synced.delivered, synced.refused, synced.waiting, memory_kib("VmHWM:"),
           memory_kib("RssAnon:"));
    return 0;
}

static int with_client(const char *command, char **words, int count)
{
    struct custody_problem problem;
    struct custody_client *client = NULL;
    struct custody_options options = {.home = words[0], .timeout_ms = 60000};
    if (strcmp(command, "sync") == 0 && count == 2)
        options.endpoint = words[1];
    if (custody_client_open(&options, &client, &problem) != CUSTODY_OK)
        return complain(&problem);
    int code = strcmp(command, "sync") == 0 ? sync_all(client) : pack(client, words + 1);
    custody_client_close(client);
    return code;
}

int main(int argc, char **argv)
{
    struct custody_problem problem;
    const char *command = argc > 1 ? argv[1] : "";
    if (strcmp(command, "keygen") == 0 && argc == 3)
        return custody_identity_create(argv[2], &problem) == CUSTODY_OK ? 0 : complain(&problem);
    if (strcmp(command, "enrol") == 0 && argc == 5) {
        const struct custody_options options = {
            .home = argv[2], .endpoint = argv[4], .timeout_ms = 60000};
        return custody_enrol(&options, argv[3], &problem) == CUSTODY_OK ? 0 : complain(&problem);
    }
    if ((strcmp(command, "pack") == 0 && argc == 7) || (strcmp(command, "sync") == 0 && argc == 4))
        return with_client(command, argv + 2, argc - 2);
    fprintf(stderr, "usage: light keygen|enrol|pack|sync HOME ...\n");
    return 2;
}
