/* test_projection.c: generations of look-ups under way while the writer goes on, fail, and are cut off by an end. */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "daemon/service/ledger_parts.h"
#include "daemon/service/projection.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static uint64_t recorded(struct desk *desk)
{
    uint8_t head[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    ledger_head(desk->ledger, head, &size);
    return size;
}

static void pack(struct desk *desk, const char *code)
{
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, code, 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
}

/* Until the writer has sealed something; it takes the time for which nothing comes. */
static void seal(struct desk *desk)
{
    while (!projection_is_due(desk->ledger))
        projection_turn(desk->ledger, true);
}

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    desk_flush(&desk);
    projection_attach(desk.ledger, true);
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static void the_writer_goes_on_beside_it(void **state)
{
    struct desk *desk = *state;
    struct lookups *lookups = desk->ledger->lookups;
    uint64_t before = recorded(desk);
    assert_false(projection_step(desk->ledger));
    pack(desk, "BAG-1");
    seal(desk);
    assert_int_equal(ledger_reflected(desk->ledger), before);
    /* The writer sees what is sealed, adds to it, and seals nothing more meanwhile. */
    pack(desk, "BAG-2");
    projection_turn(desk->ledger, true);
    assert_int_equal(lookups_reflected(lookups), before + 2);
    assert_int_equal(lookups_committed(lookups), before);
    /* Readers see the first bag as soon as it stands; the writer has it from memory until it lets go. */
    assert_true(projection_step(desk->ledger));
    assert_int_equal(ledger_reflected(desk->ledger), before + 1);
    assert_true(ledger_wait(desk->ledger, before + 1, 0));
    assert_false(ledger_wait(desk->ledger, before + 2, 0));
    assert_int_equal(lookups_committed(lookups), before);
    assert_false(projection_step(desk->ledger));
    seal(desk);
    assert_int_equal(lookups_committed(lookups), before + 1);
    assert_true(projection_step(desk->ledger));
    projection_turn(desk->ledger, true);
    assert_int_equal(lookups_committed(lookups), before + 2);
    assert_int_equal(lookups_pending_changes(lookups), 0);
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "BAG-1"), "900 g"));
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "BAG-2"), "900 g"));
}

/* Whatever stage a generation is in, closing moves the rest, and a start finds nothing to replay. */
static void an_end_moves_what_is_under_way(void **state)
{
    struct desk *desk = *state;
    static const char *const codes[][2] = {{"END-1", "END-2"}, {"END-3", "END-4"}};
    for (unsigned moved = 0; moved < 2; moved++) {
        pack(desk, codes[moved][0]);
        seal(desk);
        pack(desk, codes[moved][1]);
        if (moved == 1)
            assert_true(projection_step(desk->ledger));
        uint64_t size = recorded(desk);
        desk_reopen(desk);
        assert_int_equal(lookups_committed(desk->ledger->lookups), size);
        assert_non_null(
            strstr(desk_render_container(desk, DESK_HOSPITAL, codes[moved][0]), "900 g"));
        assert_non_null(
            strstr(desk_render_container(desk, DESK_HOSPITAL, codes[moved][1]), "900 g"));
        projection_attach(desk->ledger, true);
    }
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Nothing is lost by it, nothing is torn, and the writer goes on until its room is full. */
static void a_full_disk_holds_a_generation(void **state)
{
    struct desk *desk = *state;
    uint64_t before = recorded(desk);
    signal(SIGXFSZ, SIG_IGN);
    pack(desk, "FULL-1");
    seal(desk);
    limit_files(4096);
    assert_true(projection_step(desk->ledger));
    assert_int_equal(ledger_reflected(desk->ledger), before);
    projection_turn(desk->ledger, true);
    assert_false(projection_is_due(desk->ledger)); /* not at once */
    assert_false(ledger_must_leave(desk->ledger));
    seal(desk);
    assert_true(projection_step(desk->ledger));
    limit_files(RLIM_INFINITY);
    pack(desk, "FULL-2");
    projection_turn(desk->ledger, true);
    seal(desk);
    assert_true(projection_step(desk->ledger));
    assert_int_equal(ledger_reflected(desk->ledger), before + 1);
    assert_int_equal(projection_finish(desk->ledger), CUSTODY_OK);
    assert_int_equal(ledger_reflected(desk->ledger), before + 2);
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "FULL-1"), "900 g"));
}

static void damage_that_it_meets_condemns_the_lookups(void **state)
{
    struct desk *desk = *state;
    char file[40];
    snprintf(file, sizeof file, "lookups-%d/data.mdb", (int)LOOKUPS_FORMAT);
    pack(desk, "HURT-1");
    seal(desk);
    assert_true(projection_step(desk->ledger));
    projection_turn(desk->ledger, true);
    /* The newest leaf stands in the unfinished tile, which the next generation replaces. */
    struct digest leaf;
    assert_true(tree_read(desk->ledger->tree, 0, recorded(desk) - 1, &leaf));
    pack(desk, "HURT-2");
    seal(desk);
    desk_flip(desk, file, span_of(leaf.bytes, DIGEST_SIZE), 3);
    assert_true(projection_step(desk->ledger));
    assert_false(ledger_must_leave(desk->ledger));
    projection_turn(desk->ledger, true);
    assert_true(ledger_must_leave(desk->ledger));
    desk_reopen(desk);
    assert_non_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "HURT-2"), "900 g"));
}

/* Who has no projector moves it in the writer's own turn. */
static void without_a_projector_the_turn_moves_it(void **state)
{
    struct desk *desk = *state;
    projection_attach(desk->ledger, false);
    pack(desk, "ALONE-1");
    while (ledger_reflected(desk->ledger) < recorded(desk)) {
        projection_turn(desk->ledger, true);
        assert_false(projection_is_due(desk->ledger));
    }
    assert_int_equal(lookups_pending_changes(desk->ledger->lookups), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_writer_goes_on_beside_it, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_moves_what_is_under_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_holds_a_generation, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_that_it_meets_condemns_the_lookups, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_projector_the_turn_moves_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
