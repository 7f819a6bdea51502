/* users.c: a hash table with a keyed hash, a list of idle users.
 * Never allocates after it was made. */
#include "daemon/server/users.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/logger.h"

struct users {
    struct user *all;
    size_t capacity;
    size_t used; /* places that ever had a user */
    struct user **chains;
    size_t chain_mask;
    uint8_t hash_key[crypto_shorthash_KEYBYTES];
    struct user *idle_oldest, *idle_newest;
};

struct users *users_create(size_t capacity)
{
    struct users *users = calloc(1, sizeof(*users));
    if (users == NULL) {
        return NULL;
    }
    size_t chains = 16;
    while (chains < capacity) {
        chains *= 2;
    }
    users->all = calloc(capacity, sizeof(*users->all));
    users->chains = calloc(chains, sizeof(struct user *));
    if (users->all == NULL || users->chains == NULL) {
        users_destroy(users);
        return NULL;
    }
    users->capacity = capacity;
    users->chain_mask = chains - 1;
    /* Keyed, so that nobody can choose keys that fall into one chain. */
    randombytes_buf(users->hash_key, sizeof(users->hash_key));
    return users;
}

void users_destroy(struct users *users)
{
    if (users == NULL) {
        return;
    }
    free(users->all);
    free(users->chains);
    free(users);
}

static struct user **chain_of(struct users *users, const uint8_t key[static 32])
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, key, 32, users->hash_key);
    uint64_t number = 0;
    memcpy(&number, hash, sizeof(number));
    return &users->chains[number & users->chain_mask];
}

static void leave_idle(struct users *users, struct user *user)
{
    *(user->idle_before ? &user->idle_before->idle_after : &users->idle_oldest) = user->idle_after;
    *(user->idle_after ? &user->idle_after->idle_before : &users->idle_newest) = user->idle_before;
    user->idle_before = NULL;
    user->idle_after = NULL;
}

static void enter_idle(struct users *users, struct user *user)
{
    user->idle_before = users->idle_newest;
    user->idle_after = NULL;
    *(users->idle_newest ? &users->idle_newest->idle_after : &users->idle_oldest) = user;
    users->idle_newest = user;
}

static void leave_chain(struct users *users, struct user *user)
{
    struct user **at = chain_of(users, user->key);
    while (*at != user) {
        at = &(*at)->next_in_chain;
    }
    *at = user->next_in_chain;
}

/* A place for a new user: one never used, else that of whoever was idle longest. */
static struct user *find_place(struct users *users)
{
    if (users->used < users->capacity) {
        return &users->all[users->used++];
    }
    struct user *user = users->idle_oldest;
    if (user != NULL) {
        leave_idle(users, user);
        leave_chain(users, user);
        *user = (struct user){0};
    }
    return user;
}

struct user *users_pin(struct users *users, const uint8_t key[static 32])
{
    struct user **chain = chain_of(users, key);
    struct user *user = *chain;
    while (user != NULL && memcmp(user->key, key, 32) != 0) {
        user = user->next_in_chain;
    }
    if (user == NULL) {
        user = find_place(users);
        if (user == NULL) {
            return NULL;
        }
        memcpy(user->key, key, 32);
        user->next_in_chain = *chain;
        *chain = user;
    } else if (user->pins == 0) {
        leave_idle(users, user);
    }
    user->pins++;
    return user;
}

void users_unpin(struct users *users, struct user *user)
{
    INVARIANT(user->pins > 0);
    if (--user->pins == 0) {
        enter_idle(users, user);
    }
}

size_t users_count(const struct users *users)
{
    return users->used;
}
