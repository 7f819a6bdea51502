/* inspect.c: custodyd audit, rebuild and export, and how their findings are told.
 * Never judges: replay, audit and tiles do. */
#include "daemon/inspect.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/ledger/mark.h"
#include "daemon/service/replay.h"
#include "daemon/server/sandbox.h"
#include "daemon/archive.h"
#include "daemon/console.h"

/* Days that nobody anchored rest on the files alone. */
static void print_accesses(const struct replay_audit *audit)
{
    const struct anchors_report *accesses = &audit->accesses;
    if (!audit->accesses_are_compared) {
        printf("accesses  not compared: that needs a rebuild of the look-ups\n");
    } else if (accesses->is_sound) {
        printf("accesses  sound, %llu anchored days as they were, %llu gone by age\n",
               (unsigned long long)accesses->compared, (unsigned long long)accesses->gone);
    } else {
        printf("accesses  NOT SOUND: %s\nanchored  by entry %llu\n", accesses->sentence,
               (unsigned long long)accesses->entry);
    }
}

/* They read what may be damaged or another's, and need nothing but its folder. */
static enum custody_status enclose(const struct config *config, const char *folder)
{
    const struct sandbox_options own = {
        .data = folder,
        .key_file = config->key_file,
        .mark_file = config->mark_file,
    };
    return invocation_is_sandboxed(config) ? sandbox_enclose(&own) : CUSTODY_OK;
}

static void print_audit(const struct replay_audit *audit, bool signatures)
{
    const struct audit_report *journal = &audit->journal;
    printf("checked   numbers, times, forms, %sleaf hashes, tree, heads\n",
           signatures ? "signatures, " : "");
    printf("entries   %llu\n", (unsigned long long)journal->entries);
    if (journal->is_sound) {
        printf("journal   sound\n");
    } else {
        printf("journal   NOT SOUND: %s\n", journal->sentence);
        printf("entry     %llu\n", (unsigned long long)journal->bad_entry);
        if (journal->bad_offset != UINT64_MAX) {
            printf("byte      %llu\n", (unsigned long long)journal->bad_offset);
        }
        if (journal->byte_is_known) {
            printf("was       0x%02x, should be 0x%02x\n", journal->was, journal->should_be);
        }
    }
    printf("look-ups  %s%s%s, reflect %llu entries\n",
           audit->lookups_are_sound ? "sound" : "NOT SOUND",
           audit->lookups_sentence[0] != '\0' ? ": " : "", audit->lookups_sentence,
           (unsigned long long)audit->lookups_reflect);
    if (journal->is_sound && !audit->lookups_are_sound) {
        printf("remedy    custodyd rebuild\n");
    }
    print_accesses(audit);
}

static int run_archive(const struct invocation *invocation,
                       const char *name,
                       const char *place,
                       enum custody_status (*run)(const struct archive_options *options,
                                                  char *ret_sentence))
{
    char sentence[TILES_SENTENCE] = "";
    struct progress progress = console_begin(name);
    const struct archive_options archive = {
        .config = &invocation->config,
        .place = place,
        .ledger_vkey = invocation->ledger_vkey,
        .without_entries = invocation->no_entries,
        .progress = console_show,
        .context = &progress,
    };
    enum custody_status status = run(&archive, sentence);
    console_clear(&progress);
    return status == CUSTODY_OK ? EXIT_SUCCESS : console_fail(name, status, sentence);
}

int inspect_export(struct invocation *invocation)
{
    const char *place = invocation->place;
    return run_archive(invocation, "export",
                       place != NULL ? place : invocation->config.export_folder, archive_export);
}

int inspect_audit(struct invocation *invocation)
{
    if (invocation->tiles != NULL) {
        enum custody_status enclosed = enclose(&invocation->config, invocation->tiles);
        return enclosed == CUSTODY_OK
                   ? run_archive(invocation, "audit", invocation->tiles, archive_audit)
                   : console_fail("audit", enclosed, "");
    }
    struct ledger_options ledger = invocation_ledger(&invocation->config);
    ledger.read_only = true;
    struct progress progress = console_begin("audit");
    struct replay_audit audit = {0};
    char sentence[240] = "";
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len = 0;
    if (invocation->since != NULL &&
        mark_read(invocation->since, note, sizeof(note), &len) != CUSTODY_OK) {
        return console_usage("--since: cannot be read as a checkpoint", invocation->since);
    }
    unsigned threads = invocation_processors();
    enum custody_status status = enclose(&invocation->config, invocation->config.data);
    if (status == CUSTODY_OK && invocation->since == NULL)
        status = replay_audit(&ledger, !invocation->no_signatures, threads, console_show, &progress,
                              &audit, sentence);
    else if (status == CUSTODY_OK)
        status = replay_audit_since(&ledger, span_of(note, len), !invocation->no_signatures,
                                    threads, console_show, &progress, &audit, sentence);
    console_clear(&progress);
    if (status != CUSTODY_OK) {
        return console_fail("audit", status, sentence);
    }
    print_audit(&audit, !invocation->no_signatures);
    return audit.journal.is_sound && audit.lookups_are_sound &&
                   (!audit.accesses_are_compared || audit.accesses.is_sound)
               ? EXIT_SUCCESS
               : EXIT_EVIDENCE;
}

int inspect_rebuild(struct invocation *invocation)
{
    struct ledger_options ledger = invocation_ledger(&invocation->config);
    struct progress progress = console_begin("rebuild");
    struct changeover_report changeover = {0};
    char sentence[240] = "", told[1000];
    enum custody_status status = enclose(&invocation->config, invocation->config.data);
    if (status == CUSTODY_OK) {
        status = (invocation->ahead ? replay_ahead : replay_rebuild)(
            &ledger, console_show, &progress, &changeover, sentence);
    }
    console_clear(&progress);
    if (status != CUSTODY_OK) {
        return console_fail("rebuild", status, sentence);
    }
    if (!invocation->ahead) {
        printf("The look-ups were made anew.\n");
    } else if (changeover.from == 0) {
        printf("There are no look-ups of an older format: nothing to do ahead of time.\n");
    }
    if (changeover.from != 0) {
        changeover_describe(&changeover, told, sizeof(told));
        printf("%s\n", told);
    }
    return EXIT_SUCCESS;
}
