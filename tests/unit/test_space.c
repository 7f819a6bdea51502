/* test_space.c: when a disk is warned of, and when nothing more is written. */
#include "daemon/ledger/space.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

#define MIB (UINT64_C(1) << 20)

static enum space_stage stage(uint64_t total, uint64_t free, uint64_t reserve)
{
    const struct space space = {total, free};
    return space_stage(&space, reserve);
}

static void stages(void **state)
{
    (void)state;
    assert_int_equal(stage(1000 * MIB, 1000 * MIB, 10 * MIB), SPACE_AMPLE);
    assert_int_equal(stage(1000 * MIB, 151 * MIB, 10 * MIB), SPACE_AMPLE);
    assert_int_equal(stage(1000 * MIB, 150 * MIB, 10 * MIB), SPACE_WARN);
    assert_int_equal(stage(1000 * MIB, 10 * MIB, 10 * MIB), SPACE_WARN);
    assert_int_equal(stage(1000 * MIB, 10 * MIB - 1, 10 * MIB), SPACE_RESERVE);
    assert_int_equal(stage(1000 * MIB, 0, 0), SPACE_WARN);
    /* The reserve counts on a disk that is large and nearly empty too. */
    assert_int_equal(stage(1000 * MIB, 900 * MIB, 901 * MIB), SPACE_RESERVE);
    assert_int_equal(stage(UINT64_MAX, UINT64_MAX / 2, 1), SPACE_AMPLE);
}

static void percents(void **state)
{
    (void)state;
    const struct space spaces[] = {{0, 0}, {1000, 1000}, {1000, 500}, {1000, 0}, {50, 0}, {10, 20}};
    static const unsigned expected[] = {0, 0, 50, 100, 100, 0};
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        assert_int_equal(space_used_percent(&spaces[i]), expected[i]);
    }
}

static void a_real_disk_is_looked_at(void **state)
{
    (void)state;
    struct tempdir dir;
    struct space space = {0};
    tempdir_create(&dir);
    assert_int_equal(space_look(dir.path, &space), CUSTODY_OK);
    assert_true(space.total > 0 && space.free <= space.total);
    assert_int_equal(space_look("/nowhere/at/all", &space), CUSTODY_ERR_NOT_FOUND);
    tempdir_destroy(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages),
        cmocka_unit_test(percents),
        cmocka_unit_test(a_real_disk_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
