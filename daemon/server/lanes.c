/* lanes.c: a list for each lane, a ring of the lanes that have something to do and room to do it.
 * Never allocates. */
#include "daemon/server/lanes.h"

#include <stddef.h>

#include "daemon/base/logger.h"

static bool has_room(uint32_t running, uint32_t max, const struct job *job)
{
    return running == 0 || (running < max && job->cost <= max - running);
}

static void append_to_ring(struct lanes *lanes, struct lane *lane)
{
    lane->is_in_turn = true;
    lane->next_in_turn = NULL;
    *(lanes->turn_last ? &lanes->turn_last->next_in_turn : &lanes->turn_first) = lane;
    lanes->turn_last = lane;
}

static struct lane *leave_ring(struct lanes *lanes)
{
    struct lane *lane = lanes->turn_first;
    lanes->turn_first = lane->next_in_turn;
    if (lanes->turn_first == NULL) {
        lanes->turn_last = NULL;
    }
    lane->is_in_turn = false;
    return lane;
}

static void take_turn(struct lanes *lanes, struct lane *lane)
{
    if (!lane->is_in_turn && lane->first != NULL &&
        has_room(lane->running, lanes->lane_max, lane->first)) {
        append_to_ring(lanes, lane);
    }
}

void lanes_wait(struct lanes *lanes, struct lane *lane, struct job *job)
{
    INVARIANT(job->cost > 0);
    job->next = NULL;
    *(lane->last ? &lane->last->next : &lane->first) = job;
    lane->last = job;
    take_turn(lanes, lane);
}

static struct job *take_first(struct lane *lane)
{
    struct job *job = lane->first;
    lane->first = job->next;
    if (lane->first == NULL) {
        lane->last = NULL;
    }
    job->next = NULL;
    return job;
}

/* One more turn for a lane: false while it has not gathered what its first job costs. */
static bool may_go(const struct lanes *lanes, struct lane *lane)
{
    uint32_t cost = lane->first->cost;
    if (lane->debt > 0) {
        lane->debt -= lane->debt < lanes->quantum ? lane->debt : lanes->quantum;
        return false;
    }
    if (lane->credit < cost) {
        lane->credit += lanes->quantum;
    }
    return lane->credit >= cost;
}

struct job *lanes_next(struct lanes *lanes)
{
    while (lanes->turn_first != NULL) {
        /* Who is in turn and does not fit keeps his place: smaller ones could pass him for ever. */
        if (!has_room(lanes->running, lanes->running_max, lanes->turn_first->first)) {
            return NULL;
        }
        struct lane *lane = leave_ring(lanes);
        if (!may_go(lanes, lane)) {
            append_to_ring(lanes, lane);
            continue;
        }
        struct job *job = take_first(lane);
        /* Credit is for those who wait: nobody saves it up. */
        lane->credit = lane->first == NULL ? 0 : lane->credit - job->cost;
        lane->running += job->cost;
        lanes->running += job->cost;
        take_turn(lanes, lane);
        return job;
    }
    return NULL;
}

void lanes_finish(struct lanes *lanes, struct lane *lane, uint32_t cost, uint32_t more)
{
    INVARIANT(lane->running >= cost && lanes->running >= cost);
    lane->running -= cost;
    lanes->running -= cost;
    lane->debt = more > UINT32_MAX - lane->debt ? UINT32_MAX : lane->debt + more;
    take_turn(lanes, lane);
}
