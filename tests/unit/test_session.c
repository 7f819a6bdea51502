/* test_session.c: scans that are not signed yet: there again after every cut, bounded, and gone when it is over.
 * Never connects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/session.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

enum { HEADER_SIZE = 104 }; /* of recordlog.h */

struct fixture {
    struct tempdir dir;
    struct custody_client
        client; /* its home, its key and its problem are all that a session looks at */
    char path[512];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    tempdir_create(&f->dir);
    f->client.home = f->dir.path;
    memset(f->client.identity.public_key, 7, PUBLIC_KEY_SIZE);
    tempdir_path(&f->dir, "scanning", f->path, sizeof(f->path));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tempdir_destroy(&f->dir);
    free(f);
    return 0;
}

static struct session *open_session(struct fixture *f)
{
    struct session *session = NULL;
    assert_int_equal(session_open(&f->client, &session), CUSTODY_OK);
    return session;
}

static json_t *begun(void)
{
    return json_pack("{s:s, s:s, s:{s:s}, s:{}}", "act", "pack", "ref", "scan-1", "body", "place",
                     "ZC-1", "item");
}

static void add(struct fixture *f, struct session *session, const char *code, uint64_t mass_g)
{
    struct session_item item = {.mass_g = mass_g};
    snprintf(item.code, sizeof(item.code), "%s", code);
    assert_int_equal(session_add(session, &item, &f->client.problem), CUSTODY_OK);
}

/* B-1 2100 g, B-2 700 g, box K-1; B-3 was taken back. */
static struct session *scan_some(struct fixture *f)
{
    struct session *session = open_session(f);
    const struct session_item box = {.is_box = true, .code = "K-1"};
    assert_null(session->begun);
    assert_int_equal(session_begin(session, begun(), &f->client.problem), CUSTODY_OK);
    add(f, session, "B-1", 0);
    assert_int_equal(session_weigh(session, 2100, &f->client.problem), CUSTODY_OK);
    add(f, session, "B-2", 700);
    add(f, session, "B-3", 0);
    assert_int_equal(session_undo(session, &f->client.problem), CUSTODY_OK);
    assert_int_equal(session_add(session, &box, &f->client.problem), CUSTODY_OK);
    return session;
}

static void check_some(const struct session *session)
{
    assert_int_equal(session->count, 3);
    assert_int_equal(session_find(session, "B-1", false)->mass_g, 2100);
    assert_int_equal(session_find(session, "B-2", false)->mass_g, 700);
    assert_non_null(session_find(session, "K-1", true));
    assert_null(session_find(session, "K-1", false));
    assert_null(session_find(session, "B-3", false));
    assert_string_equal(json_string_value(json_object_get(session->begun, "ref")), "scan-1");
}

static void it_is_there_again(void **state)
{
    struct fixture *f = *state;
    struct session *session = scan_some(f);
    check_some(session);
    session_close(session);
    session = open_session(f);
    check_some(session);
    session_close(session);
}

/* A power cut within the last write costs that scan and nothing before. */
static void cut_anywhere(void **state)
{
    struct fixture *f = *state;
    session_close(scan_some(f));
    FILE *file = fopen(f->path, "rb");
    assert_non_null(file);
    static char bytes[4096];
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    size_t before = SIZE_MAX;
    for (size_t cut = len; cut >= HEADER_SIZE; cut--) {
        file = fopen(f->path, "wb");
        assert_int_equal(fwrite(bytes, 1, cut, file), cut);
        fclose(file);
        struct session *session = open_session(f);
        assert_true(session->count <= 3);
        /* Taking back is a write too: before it there was one more. */
        assert_true(before == SIZE_MAX || session->count <= before + 1);
        before = session->count;
        session_close(session);
    }
}

static void another_devices_scans(void **state)
{
    struct fixture *f = *state;
    struct session *session = NULL;
    session_close(scan_some(f));
    memset(f->client.identity.public_key, 8, PUBLIC_KEY_SIZE);
    assert_int_not_equal(session_open(&f->client, &session), CUSTODY_OK);
    assert_null(session);
    assert_true(f->client.problem.field[0] != '\0');
}

static void no_more_than_a_statement_holds(void **state)
{
    struct fixture *f = *state;
    struct session *session = open_session(f);
    struct session_item item = {.code = "B-last"};
    assert_int_equal(session_begin(session, begun(), &f->client.problem), CUSTODY_OK);
    for (unsigned i = 0; i < SESSION_ITEMS_MAX; i++) {
        char code[16];
        snprintf(code, sizeof(code), "B-%u", i);
        add(f, session, code, 0);
    }
    assert_int_equal(session_add(session, &item, &f->client.problem), CUSTODY_ERR_INVALID);
    session_close(session);
    session = open_session(f);
    assert_int_equal(session->count, SESSION_ITEMS_MAX);
    session_close(session);
}

static void gone_when_it_is_over(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(session_end(scan_some(f), &f->client.problem), CUSTODY_OK);
    assert_int_not_equal(access(f->path, F_OK), 0);
    struct session *session = open_session(f);
    assert_null(session->begun);
    assert_int_equal(session->count, 0);
    session_close(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_there_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_devices_scans, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_than_a_statement_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gone_when_it_is_over, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
