/* init.c: custodyd init: a new ledger, two root keys for paper, the first invitation.
 * Never keeps a root key: it is printed once. */
#include "daemon/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/base/clock.h"
#include "daemon/service/found.h"
#include "daemon/console.h"

enum { INVITATION_DAYS = 30, UTC_OFFSET_MINUTES = 480, UTC_OFFSET_MAX = 840 };

static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
    return text == NULL ||
           (bytes_parse_decimal(span_text(text), ret) && *ret >= least && *ret <= most);
}

/* 32 bytes as eight groups of eight digits, four to a line. */
static void print_key(const char *name, const uint8_t key[static 32])
{
    char hex[65];
    bytes_write_hex(span_of(key, 32), hex);
    for (size_t i = 0; i < 8; i++) {
        printf("%s%.8s%s",
               i == 0   ? name
               : i == 4 ? "            "
                        : " ",
               hex + 8 * i, i % 4 == 3 ? "\n" : "");
    }
    digest_wipe(hex, sizeof(hex));
}

static void print_paper(const struct found_paper *paper, const struct invocation *invocation)
{
    printf(
        "The ledger %s is made.\n\n"
        "Two root keys. Write both on paper now and lock them away in two places: they are shown\n"
        "this once, they are kept nowhere, and together with a regulator they decide who speaks "
        "for\n"
        "this ledger after a disaster. Whoever reads a seed has that power.\n",
        invocation->origin);
    for (int i = 0; i < 2; i++) {
        printf("\n  root key %d\n", i + 1);
        print_key("    seed    ", paper->root_seeds[i]);
        print_key("    public  ", paper->root_keys[i]);
    }
    printf("\nThe ledger's key, for anyone who wants to check it:\n\n  %s\n\n", paper->ledger_vkey);
    printf("The first regulator enrols with the invitation in %s.\n"
           "It is a key too: hand it over in person, and remove the file when it was used.\n",
           invocation->output);
    if (invocation->demonstration) {
        printf("\nThis is a demonstration ledger (演示): nothing on it is evidence of anything.\n");
    }
}

static bool write_invitation(int file, const char *text)
{
    size_t len = strlen(text);
    bool is_written = write(file, text, len) == (ssize_t)len && fsync(file) == 0;
    return close(file) == 0 && is_written;
}

static int check_init(const struct invocation *invocation, struct found_options *ret)
{
    const struct {
        const char *name, *value;
    } needed[] = {
        {"--origin", invocation->origin},       {"--division", invocation->division},
        {"--regulator", invocation->regulator}, {"--regulator-name", invocation->regulator_name},
        {"--output", invocation->output},
    };
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (needed[i].value == NULL) {
            return console_usage("init needs this option", needed[i].name);
        }
    }
    uint64_t offset = UTC_OFFSET_MINUTES;
    uint64_t days = INVITATION_DAYS;
    const char *minutes = invocation->utc_offset;
    bool is_behind = minutes != NULL && minutes[0] == '-';
    if (!read_number(minutes != NULL && is_behind ? minutes + 1 : minutes, 0, UTC_OFFSET_MAX,
                     &offset)) {
        return console_usage("--utc-offset: expected minutes from -840 to 840", "");
    }
    if (!read_number(invocation->invitation_days, 1, 3650, &days)) {
        return console_usage("--invitation-days: expected a number from 1 to 3650", "");
    }
    if (invocation->clock_file != NULL && !invocation->demonstration) {
        return console_usage("--clock-file: only with --demonstration", "");
    }
    if (invocation->clock_file != NULL && !clock_follow_file(invocation->clock_file)) {
        return console_usage("--clock-file: cannot be mapped", invocation->clock_file);
    }
    const struct config *config = &invocation->config;
    int64_t now_us = clock_wall_us();
    *ret = (struct found_options){
        .data = config->data,
        .key_file = config->key_file,
        .mark_file = config->mark_file,
        .map_size = config->map_size,
        .origin = invocation->origin,
        .division = invocation->division,
        .utc_offset_minutes = is_behind ? -(int32_t)offset : (int32_t)offset,
        .regulator = invocation->regulator,
        .regulator_name = invocation->regulator_name,
        .regulator_division = invocation->regulator_division,
        .endpoint = config->endpoint,
        .announcements = config->announcements,
        .invitation_until_us = now_us + (int64_t)days * 24 * 3600 * 1000000,
        .demonstration = invocation->demonstration,
        .now_us = now_us,
    };
    return 0;
}

int init_run(struct invocation *invocation)
{
    struct found_options founding;
    int exit_code = check_init(invocation, &founding);
    if (exit_code != 0) {
        return exit_code;
    }
    /* Before the ledger is made: an invitation that cannot be written would be lost with it. */
    int file = open(invocation->output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        fprintf(stderr, "custodyd: %s: %s\n", invocation->output, strerror(errno));
        return EXIT_FAILED;
    }
    char sentence[240] = "";
    struct found_paper paper;
    enum custody_status status = found_ledger(&founding, sentence, &paper);
    if (status != CUSTODY_OK) {
        close(file);
        unlink(invocation->output);
        return console_fail("init", status, sentence);
    }
    bool is_written = write_invitation(file, paper.invitation);
    print_paper(&paper, invocation);
    found_done(&paper);
    if (!is_written) {
        fprintf(stderr, "custodyd: %s could not be written; remove the ledger and begin anew\n",
                invocation->output);
        return EXIT_FAILED;
    }
    return EXIT_SUCCESS;
}
