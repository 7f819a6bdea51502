/* exposition.c: heads, samples and buckets.
 * Never rounds a count. */
#include "daemon/base/exposition.h"

#include <inttypes.h>
#include <string.h>

/* Of times from 64 microseconds to 17 seconds, of numbers from 1 to 4095. */
enum { TIME_FIRST = 6, TIME_LAST = 24, NUMBER_FIRST = 1, NUMBER_LAST = 12 };

static const char *const type_names[] = {
    [EXPOSITION_COUNTER] = "counter",
    [EXPOSITION_GAUGE] = "gauge",
    [EXPOSITION_HISTOGRAM] = "histogram",
};

void exposition_begin(struct exposition *page,
                      const char *stem,
                      enum exposition_type type,
                      const char *help)
{
    snprintf(page->family, sizeof(page->family), "custody_%s%s", stem,
             type == EXPOSITION_COUNTER ? "_total" : "");
    fprintf(page->out, "# HELP %s %s\n# TYPE %s %s\n", page->family, help, page->family,
            type_names[type]);
}

/* `label="value"`, with what would end the value taken out of harm's way. */
static void write_label(FILE *out, const char *label, const char *value)
{
    fprintf(out, "%s=\"", label);
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            fputs("\\n", out);
            continue;
        }
        if (*value == '"' || *value == '\\') {
            fputc('\\', out);
        }
        fputc(*value, out);
    }
    fputc('"', out);
}

/* Name and labels; `bound` NULL: not a bucket. */
static void write_name(const struct exposition *page,
                       const char *suffix,
                       const char *label,
                       const char *value,
                       const char *bound)
{
    fprintf(page->out, "%s%s", page->family, suffix);
    if (label != NULL || bound != NULL) {
        fputc('{', page->out);
        if (label != NULL) {
            write_label(page->out, label, value);
        }
        if (bound != NULL) {
            fprintf(page->out, "%sle=\"%s\"", label != NULL ? "," : "", bound);
        }
        fputc('}', page->out);
    }
    fputc(' ', page->out);
}

static void write_us(FILE *out, int64_t us)
{
    uint64_t size = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
    if (us == INT64_MAX) {
        fputs("+Inf", out);
        return;
    }
    fprintf(out, "%s%" PRIu64 ".%06" PRIu64, us < 0 ? "-" : "", size / 1000000, size % 1000000);
}

void exposition_put(struct exposition *page, const char *label, const char *value, uint64_t number)
{
    write_name(page, "", label, value, NULL);
    fprintf(page->out, "%" PRIu64 "\n", number);
}

void exposition_put_us(struct exposition *page, const char *label, const char *value, int64_t us)
{
    write_name(page, "", label, value, NULL);
    write_us(page->out, us);
    fputc('\n', page->out);
}

static void write_bound(unsigned power, bool is_time, char ret[static 64])
{
    uint64_t end = UINT64_C(1) << power;
    if (is_time) {
        snprintf(ret, 64, "%" PRIu64 ".%06" PRIu64, end / 1000000, end % 1000000);
    } else {
        snprintf(ret, 64, "%" PRIu64, end - 1);
    }
}

/* What was recorded as n microseconds took less than n + 1, so all below a power of two lies within it; a number does not,
 * and its bound is the last below the power. */
void exposition_put_histogram(struct exposition *page,
                              const char *label,
                              const char *value,
                              const struct metric_histogram *histogram,
                              bool is_time)
{
    uint64_t sum = atomic_load_explicit(&histogram->sum, memory_order_relaxed);
    for (unsigned power = is_time ? TIME_FIRST : NUMBER_FIRST;
         power <= (is_time ? TIME_LAST : NUMBER_LAST); power++) {
        char bound[64];
        write_bound(power, is_time, bound);
        write_name(page, "_bucket", label, value, bound);
        fprintf(page->out, "%" PRIu64 "\n", metric_below(histogram, power));
    }
    uint64_t count = metric_below(histogram, METRIC_POWERS);
    write_name(page, "_bucket", label, value, "+Inf");
    fprintf(page->out, "%" PRIu64 "\n", count);
    write_name(page, "_sum", label, value, NULL);
    if (is_time) {
        write_us(page->out, (int64_t)sum);
    } else {
        fprintf(page->out, "%" PRIu64, sum);
    }
    fputc('\n', page->out);
    write_name(page, "_count", label, value, NULL);
    fprintf(page->out, "%" PRIu64 "\n", count);
}
