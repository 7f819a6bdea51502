/* fuzz_checkpoint.c: whatever parses as a checkpoint begins with what it was taken for; nothing forged verifies. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/bytes.h"
#include "proto/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char origin[] = "ledger.example/custody";

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* The signed text that these three values have, and nothing behind it. */
static size_t write_text(const struct checkpoint *checkpoint, char ret[static 512])
{
    uint8_t note[1024], secret[SECRET_KEY_SIZE] = {0};
    size_t len = checkpoint_sign(checkpoint, secret, note, sizeof(note));
    const uint8_t *end = len == 0 ? NULL : memmem(note, len, "\n\n", 2);
    if (end == NULL)
        return 0; /* an origin that is not a key's name: foreign, but a checkpoint */
    memcpy(ret, note, (size_t)(end - note) + 1);
    return (size_t)(end - note) + 1;
}

static void try_vkey(struct span text)
{
    char name[CHECKPOINT_ORIGIN_MAX + 1], again[CHECKPOINT_VKEY_MAX + 1];
    uint8_t key[PUBLIC_KEY_SIZE];
    if (!checkpoint_parse_vkey(text, name, key))
        return;
    require(checkpoint_write_vkey(name, key, again, sizeof(again)) == text.len);
    require(memcmp(again, text.data, text.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    static bool is_ready;
    struct span note = span_of(data, size);
    struct checkpoint checkpoint, verified;
    char text[512];
    if (!is_ready) {
        uint8_t seed[SEED_SIZE];
        for (size_t i = 0; i < SEED_SIZE; i++)
            seed[i] = (uint8_t)(0x20 + i);
        digest_key_from_seed(seed, key, secret);
        is_ready = true;
    }
    try_vkey(note);
    bool is_parsed = checkpoint_parse(note, &checkpoint);
    enum checkpoint_verdict verdict = checkpoint_verify(note, origin, key, &verified);
    require(is_parsed == (verdict != CHECKPOINT_MALFORMED));
    if (!is_parsed)
        return 0;
    size_t len = write_text(&checkpoint, text);
    require(len <= size && memcmp(text, data, len) == 0);
    /* Sizes 2 and 3 are the seeds' own; no other text has a signature by this key. */
    if (verdict == CHECKPOINT_OK)
        require(verified.size == 2 || verified.size == 3);
    return 0;
}
