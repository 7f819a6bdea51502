/* test_ledger_keys.c: the key file comes back as it was written, is replaced whole or not at all, and no secret outlives its use. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/mark.h"
#include "daemon/service/found.h"
#include "daemon/service/ledger.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct tempdir dir;
static char path[512];
static struct ledger_keys keys;

static int setup(void **state)
{
    (void)state;
    assert_true(digest_init());
    tempdir_create(&dir);
    tempdir_path(&dir, "key", path, sizeof path);
    memset(&keys, 0, sizeof keys);
    found_make_ledger_keys("ledger.example.org/trial", true, &keys);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ledger_keys_done(&keys);
    tempdir_destroy(&dir);
    return 0;
}

static void assert_file_is(const struct ledger_keys *expected)
{
    struct ledger_keys back;
    struct stat file;
    assert_int_equal(ledger_keys_read(path, &back), CUSTODY_OK);
    assert_string_equal(back.origin, expected->origin);
    assert_memory_equal(back.secret_key, expected->secret_key, SECRET_KEY_SIZE);
    assert_memory_equal(back.public_key, expected->public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(back.curve_secret, expected->curve_secret, 32);
    assert_int_equal(back.is_demonstration, expected->is_demonstration);
    assert_int_equal(back.has_next, expected->has_next);
    assert_memory_equal(back.next_secret, expected->next_secret, SECRET_KEY_SIZE);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    ledger_keys_done(&back);
}

static void it_comes_back_as_it_was_written(void **state)
{
    (void)state;
    assert_int_equal(ledger_keys_replace(path, &keys), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(ledger_keys_write(path, &keys), CUSTODY_OK);
    assert_file_is(&keys);
    assert_int_equal(ledger_keys_write(path, &keys), CUSTODY_ERR_EXISTS);
    ledger_keys_make_next(&keys);
    assert_int_equal(ledger_keys_replace(path, &keys), CUSTODY_OK);
    assert_file_is(&keys);
    struct ledger_keys turned = keys;
    ledger_keys_turn(&turned);
    assert_memory_equal(turned.public_key, keys.next_public, PUBLIC_KEY_SIZE);
    assert_memory_equal(turned.curve_secret, keys.curve_secret, 32);
    assert_int_equal(ledger_keys_replace(path, &turned), CUSTODY_OK);
    assert_file_is(&turned);
    ledger_keys_done(&turned);
}

static void what_a_cut_off_attempt_left_is_no_hindrance(void **state)
{
    (void)state;
    char beside[600];
    assert_int_equal(ledger_keys_write(path, &keys), CUSTODY_OK);
    snprintf(beside, sizeof beside, "%s.new", path);
    assert_int_equal(mark_write(beside, span_text("half a fi")), CUSTODY_OK);
    ledger_keys_make_next(&keys);
    assert_int_equal(ledger_keys_replace(path, &keys), CUSTODY_OK);
    assert_file_is(&keys);
    assert_int_equal(access(beside, F_OK), -1);
}

static void a_file_that_is_none_is_refused(void **state)
{
    (void)state;
    uint8_t text[4096];
    size_t len;
    struct ledger_keys back;
    static const struct ledger_keys none;
    ledger_keys_make_next(&keys);
    assert_int_equal(ledger_keys_write(path, &keys), CUSTODY_OK);
    assert_int_equal(mark_read(path, text, sizeof text, &len), CUSTODY_OK);
    const char *end = memmem(text, len, "next-seed", 9);
    assert_non_null(end);
    size_t without_next = (size_t)((const uint8_t *)end - text);
    for (size_t cut = 0; cut < len; cut++) {
        bool is_whole = cut == without_next;
        assert_int_equal(ledger_keys_parse(span_of(text, cut), &back),
                         is_whole ? CUSTODY_OK : CUSTODY_ERR_INVALID);
        if (!is_whole)
            assert_memory_equal(&back, &none, sizeof back);
    }
    memcpy(text + len, "more\n", 5);
    assert_int_equal(ledger_keys_parse(span_of(text, len + 5), &back), CUSTODY_ERR_INVALID);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(ledger_keys_read(path, &back), CUSTODY_ERR_PERMISSION);
}

static void the_head_says_which_key_is_in_force(void **state)
{
    (void)state;
    uint8_t note[1024], first[PUBLIC_KEY_SIZE], second[PUBLIC_KEY_SIZE];
    struct checkpoint head = {.size = 4};
    snprintf(head.origin, sizeof head.origin, "%s", keys.origin);
    memcpy(first, keys.public_key, sizeof first);
    size_t len = checkpoint_sign(&head, keys.secret_key, note, sizeof note);
    assert_false(ledger_keys_settle(&keys, span_of(note, len)));
    ledger_keys_make_next(&keys);
    memcpy(second, keys.next_public, sizeof second);
    assert_false(ledger_keys_settle(&keys, span_of(note, len)));
    assert_memory_equal(keys.public_key, first, sizeof first);
    uint8_t old_secret[SECRET_KEY_SIZE];
    memcpy(old_secret, keys.secret_key, sizeof old_secret);
    len = checkpoint_sign(&head, keys.next_secret, note, sizeof note);
    len = checkpoint_cosign(&head, old_secret, note, len, sizeof note);
    assert_true(ledger_keys_settle(&keys, span_of(note, len)));
    assert_memory_equal(keys.public_key, second, sizeof second);
    assert_null(memmem(&keys, sizeof keys, old_secret, SEED_SIZE));
}

/* ---- memory -------------------------------------------------------------------------------------- */

enum { MASK = 0xa5, NEEDLE = 24, CHUNK = 1 << 16 };

/* A secret in a form in which it is not found. */
static void hide(const uint8_t *secret, uint8_t ret[static NEEDLE])
{
    for (size_t i = 0; i < NEEDLE; i++)
        ret[i] = secret[i] ^ MASK;
}

static bool is_at(const uint8_t *at, const uint8_t hidden[static NEEDLE])
{
    size_t i = 0;
    while (i < NEEDLE && (uint8_t)(at[i] ^ MASK) == hidden[i])
        i++;
    return i == NEEDLE;
}

/* Places in what this process may write to, its heap and stacks among it, where the secret stands. Read through the kernel, into a
 * buffer that is shared and so not looked at itself: an instrumented build has pages that nobody may touch. */
static unsigned count_in_memory(const uint8_t hidden[static NEEDLE])
{
    unsigned found = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    uint8_t *buffer = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(maps != NULL && memory >= 0 && buffer != MAP_FAILED);
    while (fgets(line, sizeof line, maps) != NULL) {
        char *access;
        uintptr_t at = strtoull(line, &access, 16);
        uintptr_t end = *access == '-' ? strtoull(access + 1, &access, 16) : 0;
        /* Private, readable and writable; what maps a file is on disk anyway. */
        if (end <= at || strncmp(access, " rw", 3) != 0 || access[4] != 'p' ||
            end - at > (UINT64_C(1) << 30))
            continue;
        for (; at < end; at += CHUNK - NEEDLE) {
            size_t want = end - at < CHUNK ? end - at : CHUNK;
            ssize_t len = pread(memory, buffer, want, (off_t)at);
            for (ssize_t i = 0; i + NEEDLE <= len; i++)
                found += is_at(buffer + i, hidden);
        }
    }
    munmap(buffer, CHUNK);
    close(memory);
    fclose(maps);
    return found;
}

static void nothing_secret_stays_when_a_ledger_is_closed(void **state)
{
    (void)state;
    static struct desk desk;
    uint8_t seed[NEEDLE], curve[NEEDLE], seed_text[NEEDLE];
    char hex[2 * SEED_SIZE + 1];
    desk_open(&desk, true);
    const struct ledger_keys *open = ledger_keys(desk.ledger);
    hide(open->secret_key, seed);
    hide(open->curve_secret, curve);
    bytes_write_hex(span_of(open->secret_key, SEED_SIZE), hex);
    hide((const uint8_t *)hex, seed_text);
    digest_wipe(hex, sizeof hex);
    /* While it is open the search finds it: it looks where secrets are. */
    assert_true(count_in_memory(seed) > 0);
    assert_true(count_in_memory(curve) > 0);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(count_in_memory(seed), 0);
    assert_int_equal(count_in_memory(curve), 0);
    assert_int_equal(count_in_memory(seed_text), 0);
    desk_reopen(&desk);
    desk_close(&desk);
    assert_int_equal(count_in_memory(seed), 0);
    assert_int_equal(count_in_memory(seed_text), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_comes_back_as_it_was_written, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_cut_off_attempt_left_is_no_hindrance, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_none_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_head_says_which_key_is_in_force, setup, teardown),
        cmocka_unit_test(nothing_secret_stays_when_a_ledger_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
