/* crew.c: one stretch of time, one thread a client.
 * Never shares anything between members but what only the caller's context holds. */
#include "tests/bench/crew.h"

#include <pthread.h>
#include <stdlib.h>

#include "daemon/base/clock.h"
#include "tests/lib/die.h"

struct crew {
    const struct crew_work *work;
    pthread_barrier_t meeting; /* all are open; the clock runs; all are done; the rest is read */
    uint64_t from_ns, until_ns, cpu_ns;
};

struct post {
    struct crew *crew;
    struct crew_member member;
    pthread_t thread;
};

static void *serve(void *argument)
{
    struct post *post = argument;
    struct crew *crew = post->crew;
    struct crew_member *member = &post->member;
    bool is_good = crew->work->open(member);
    pthread_barrier_wait(&crew->meeting);
    pthread_barrier_wait(&crew->meeting);
    uint64_t before_ns = clock_monotonic_ns();
    while (is_good && before_ns < crew->until_ns) {
        is_good = crew->work->step(member);
        member->steps++;
        uint64_t after_ns = clock_monotonic_ns();
        if (after_ns >= crew->from_ns && after_ns < crew->until_ns) {
            sample_add(&member->sample, after_ns - before_ns);
        }
        before_ns = after_ns;
    }
    pthread_barrier_wait(&crew->meeting);
    pthread_barrier_wait(&crew->meeting);
    crew->work->close(member);
    return NULL;
}

static uint64_t read_cpu(const struct crew *crew)
{
    return crew->work->cpu_ns == NULL ? 0 : crew->work->cpu_ns();
}

/* The members work between the second meeting and the third. */
static void lead(struct crew *crew, double seconds)
{
    pthread_barrier_wait(&crew->meeting);
    crew->cpu_ns = read_cpu(crew);
    crew->from_ns = clock_monotonic_ns() + (uint64_t)(seconds * 1e9 / 5);
    crew->until_ns = crew->from_ns + (uint64_t)(seconds * 1e9);
    pthread_barrier_wait(&crew->meeting);
    pthread_barrier_wait(&crew->meeting);
    uint64_t cpu_ns = read_cpu(crew);
    crew->cpu_ns = cpu_ns > crew->cpu_ns ? cpu_ns - crew->cpu_ns : 0; /* ticks are coarse */
    pthread_barrier_wait(&crew->meeting);
}

static void add_samples(struct sample *sum, const struct sample *more)
{
    for (size_t i = 0; i < more->count; i++) {
        sample_add(sum, more->values_ns[i]);
    }
}

struct measure
crew_run(const struct crew_work *work, const void *context, unsigned members, double seconds)
{
    struct crew crew = {.work = work};
    struct sample all = {0};
    uint64_t steps = 0;
    struct post *posts = calloc(members, sizeof(*posts));
    if (posts == NULL || members > CREW_MAX ||
        pthread_barrier_init(&crew.meeting, NULL, members + 1) != 0) {
        die("too many clients");
    }
    for (unsigned i = 0; i < members; i++) {
        posts[i] = (struct post){.crew = &crew, .member = {.context = context, .number = i}};
        if (pthread_create(&posts[i].thread, NULL, serve, &posts[i]) != 0) {
            die("cannot start a thread");
        }
    }
    lead(&crew, seconds);
    for (unsigned i = 0; i < members; i++) {
        pthread_join(posts[i].thread, NULL);
    }
    die_check();
    for (unsigned i = 0; i < members; i++) {
        if (posts[i].member.complaint[0] != '\0') {
            die("client %u: %s", i, posts[i].member.complaint);
        }
        steps += posts[i].member.steps;
        add_samples(&all, &posts[i].member.sample);
        sample_done(&posts[i].member.sample);
    }
    struct measure measure = sample_measure(&all, (double)all.count * work->rows / seconds);
    sample_done(&all);
    measure.cpu_us = steps == 0 ? 0 : (double)crew.cpu_ns / 1e3 / ((double)steps * work->rows);
    pthread_barrier_destroy(&crew.meeting);
    free(posts);
    return measure;
}
