/* metrics.h: custodyd metrics: the figures that a running daemon wrote last, and whether they are of now.
 * Never asks the daemon: the file (custodyd.conf(5), metrics_file) is all there is. */
#ifndef CUSTODY_METRICS_H
#define CUSTODY_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <custody/status.h>

/* The daemon writes four times as often. */
enum { METRICS_FRESH_S = 60 };

/* Copies the file to `out`. On failure `ret_sentence` says what; so it does when the file is not of the last minute, and then the
 * daemon does not run or cannot write it. */
enum custody_status metrics_print(
    const char *path, int64_t now_us, FILE *out, bool *ret_is_fresh, char ret_sentence[static 240]);

#endif
