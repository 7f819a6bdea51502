/* store.c: LMDB with one writer, pooled snapshots and our own failures.
 * Never uses a mode that can lose what it said is written. */
#include "daemon/ledger/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/logger.h"

enum {
    PATH_BYTES = 4096,
    READERS_MAX = 510,
    POOL_MAX = 32,
    FILL_PIECE = 1024 * 1024,
    FILL_PER_CALL = 4 * FILL_PIECE,
    READ_AHEAD = 8 * 1024 * 1024,
    SECRET_MIN = 16,
    SECRET_MAX = 512, /* small enough never to leave a page of LMDB for one of its own */
    COMMITS_A_LOOK = 64,
};

/* What power losses and full disks do in these modes: TLOG 4.2. A fixed map stays in the file's own flags. */
#define FORBIDDEN_FLAGS                                                                            \
    (MDB_NOSYNC | MDB_NOMETASYNC | MDB_MAPASYNC | MDB_WRITEMAP | MDB_FIXEDMAP | MDB_NOLOCK)

struct store_txn {
    struct store *store;
    MDB_txn *txn;
    enum custody_status failed; /* sticky, of a write transaction */
    struct store_txn *next;     /* in the pool */
};

struct store {
    MDB_env *env;
    int owner; /* holds the lock */
    uint64_t map_size;
    uint64_t page_size;
    bool is_read_only;
    bool is_beside; /* the writer is another process */
    struct store_txn writer;
    _Atomic uint64_t commit_edges; /* rises when a commit begins and when it ends */
    uint32_t commits;              /* since dead readers were looked for; the writer's */
    /* Snapshots that were ended, reset and ready to be renewed. */
    pthread_mutex_t lock;
    struct store_txn *pool;
    unsigned pooled;
    unsigned open_snapshots;
};

struct store_cursor {
    struct store_txn *txn;
    MDB_cursor *cursor;
};

static enum custody_status status_of(int rc)
{
    switch (rc) {
    case 0:
        return CUSTODY_OK;
    case MDB_NOTFOUND:
    case ENOENT:
        return CUSTODY_ERR_NOT_FOUND;
    case MDB_KEYEXIST:
    case EEXIST:
        return CUSTODY_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
        return CUSTODY_ERR_FULL;
    case MDB_PANIC:
        return CUSTODY_ERR_UNKNOWN_RESULT;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_CURSOR_FULL:
    case MDB_INCOMPATIBLE:
        return CUSTODY_ERR_CORRUPT;
    case ENOMEM:
        return CUSTODY_ERR_MEMORY;
    case EACCES:
    case EPERM:
    case EROFS:
        return CUSTODY_ERR_PERMISSION;
    case EAGAIN:
    case EBUSY:
    case MDB_READERS_FULL:
        return CUSTODY_ERR_BUSY;
    case EINVAL:
    case MDB_BAD_VALSIZE:
    case MDB_BAD_TXN:
    case MDB_BAD_DBI:
        return CUSTODY_ERR_INVALID;
    default:
        return CUSTODY_ERR_IO;
    }
}

static enum custody_status status_of_errno(void)
{
    return status_of(errno);
}

static void failed_assertion(MDB_env *env, const char *message)
{
    (void)env;
    logger_defect(message, "lmdb", 0);
}

static bool join(char *ret, size_t cap, const char *path, const char *name)
{
    int len = snprintf(ret, cap, "%s/%s", path, name);
    return len > 0 && (size_t)len < cap;
}

static enum custody_status sync_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return status_of_errno();
    }
    enum custody_status status = fsync(folder) == 0 ? CUSTODY_OK : status_of_errno();
    close(folder);
    return status;
}

static enum custody_status make_folder(const char *path)
{
    if (mkdir(path, 0700) != 0) {
        return errno == EEXIST ? CUSTODY_OK : status_of_errno();
    }
    char parent[PATH_BYTES];
    if (!join(parent, sizeof(parent), path, "..")) {
        return CUSTODY_ERR_INVALID;
    }
    return sync_folder(parent);
}

/* The lock that says whose environment this is: flock goes away with the process, however that ends. */
static enum custody_status take_owner(const char *path, bool is_read_only, int *ret_owner)
{
    char name[PATH_BYTES];
    if (!join(name, sizeof(name), path, "owner")) {
        return CUSTODY_ERR_INVALID;
    }
    int owner = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (owner < 0 && is_read_only) {
        owner = open(name, O_RDONLY | O_CLOEXEC);
        if (owner < 0 && (errno == ENOENT || errno == EROFS)) {
            *ret_owner = -1; /* a copy on a medium that nobody can write to */
            return CUSTODY_OK;
        }
    }
    if (owner < 0) {
        return status_of_errno();
    }
    if (flock(owner, (is_read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        enum custody_status status = errno == EWOULDBLOCK ? CUSTODY_ERR_BUSY : status_of_errno();
        close(owner);
        return status;
    }
    *ret_owner = owner;
    return CUSTODY_OK;
}

/* LMDB 0.9.24 opens its data file twice without O_CLOEXEC and shows only one of the two. The other is looked for by name,
 * because the descriptors passed by on the way are other threads', who may be closing them. */
static void close_on_exec(struct store *store)
{
    int file;
    struct stat ours, other;
    DIR *descriptors;
    if (mdb_env_get_fd(store->env, &file) != 0 || fstat(file, &ours) != 0 ||
        (descriptors = opendir("/proc/self/fd")) == NULL) {
        return;
    }
    for (const struct dirent *entry; (entry = readdir(descriptors)) != NULL;) {
        if (fstatat(dirfd(descriptors), entry->d_name, &other, 0) == 0 &&
            other.st_dev == ours.st_dev && other.st_ino == ours.st_ino) {
            (void)fcntl((int)strtol(entry->d_name, NULL, 10), F_SETFD, FD_CLOEXEC);
        }
    }
    closedir(descriptors);
}

/* LMDB reads its map as far as the meta page says; past the end of the file that is a SIGBUS. A sound file can be
 * shorter, because pages that a transaction both made and freed are never written: it is made longer, and a page that was
 * cut off then reads as zeros, which LMDB refuses. */
static enum custody_status lengthen(struct store *store)
{
    int file;
    struct stat status;
    /* In this order: a writer beside us only makes the file longer. */
    uint64_t used = store_used(store);
    if (mdb_env_get_fd(store->env, &file) != 0 || fstat(file, &status) != 0) {
        return CUSTODY_ERR_IO;
    }
    if ((uint64_t)status.st_size >= used) {
        return CUSTODY_OK;
    }
    if (store->is_read_only || used > store->map_size) {
        return CUSTODY_ERR_CORRUPT;
    }
    return ftruncate(file, (off_t)used) == 0 ? CUSTODY_OK : status_of_errno();
}

/* LMDB maps as far as its newer meta page says, before anybody can look whether that is absurd. Its layout of 0.9: two pages,
 * a header of 16 bytes, page size 24 bytes on, last page 120 and transaction 128 bytes on. */
static enum custody_status check_reach(const struct store *store, const char *path)
{
    enum { HEADER = 16, PAGE_SIZE_AT = 24, LAST_PAGE_AT = 120, TXN_AT = 128, META = 136 };
    char name[PATH_BYTES];
    uint64_t newest = 0, last_page = 0;
    uint32_t page_size = 0;
    struct stat status = {0};
    if (!join(name, sizeof(name), path, "data.mdb")) {
        return CUSTODY_ERR_INVALID;
    }
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT ? CUSTODY_OK : status_of_errno();
    }
    for (int i = 0; i < 2; i++) {
        uint8_t meta[META];
        uint64_t txn;
        off_t at = (off_t)i * sysconf(_SC_PAGESIZE) + HEADER;
        if (pread(file, meta, sizeof(meta), at) != (ssize_t)sizeof(meta)) {
            continue; /* too short for one: LMDB says so */
        }
        memcpy(&txn, meta + TXN_AT, sizeof(txn));
        if (i == 0 || txn > newest) {
            newest = txn;
            memcpy(&last_page, meta + LAST_PAGE_AT, sizeof(last_page));
            memcpy(&page_size, meta + PAGE_SIZE_AT, sizeof(page_size));
        }
    }
    int rc = fstat(file, &status);
    close(file);
    if (rc != 0) {
        return CUSTODY_ERR_IO;
    }
    /* A file that outgrew the map that it is given now is sound, and LMDB gives it a larger one. */
    uint64_t reach =
        store->map_size > (uint64_t)status.st_size ? store->map_size : (uint64_t)status.st_size;
    bool is_absurd = page_size != 0 && last_page >= reach / page_size;
    return is_absurd ? CUSTODY_ERR_CORRUPT : CUSTODY_OK;
}

static enum custody_status open_environment(struct store *store, const char *path, uint32_t tables)
{
    enum custody_status status = check_reach(store, path);
    if (status != CUSTODY_OK) {
        return status;
    }
    int rc = mdb_env_create(&store->env);
    if (rc != 0) {
        store->env = NULL;
        return status_of(rc);
    }
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (store->is_read_only ? MDB_RDONLY : 0);
    if ((rc = mdb_env_set_mapsize(store->env, store->map_size)) != 0 ||
        (rc = mdb_env_set_maxdbs(store->env, tables)) != 0 ||
        (rc = mdb_env_set_maxreaders(store->env, READERS_MAX)) != 0 ||
        (rc = mdb_env_set_assert(store->env, failed_assertion)) != 0 ||
        (rc = mdb_env_open(store->env, path, flags, 0600)) != 0) {
        return status_of(rc);
    }
    unsigned actual = 0;
    MDB_stat stat;
    if (mdb_env_get_flags(store->env, &actual) != 0 || mdb_env_stat(store->env, &stat) != 0) {
        return CUSTODY_ERR_IO;
    }
    if ((actual & FORBIDDEN_FLAGS) != 0) {
        return CUSTODY_ERR_CORRUPT;
    }
    store->page_size = stat.ms_psize;
    close_on_exec(store);
    int dead = 0;
    mdb_reader_check(store->env, &dead);
    return lengthen(store);
}

enum custody_status store_open(
    const char *path, enum store_mode mode, uint64_t map_size, uint32_t tables, struct store **ret)
{
    struct store *store = NULL;
    enum custody_status status = CUSTODY_OK;
    char data[PATH_BYTES];
    if (!join(data, sizeof(data), path, "data.mdb")) {
        return CUSTODY_ERR_INVALID;
    }
    if (mode == STORE_CREATE) {
        status = make_folder(path);
    } else if (access(data, F_OK) != 0) {
        status = status_of_errno();
    }
    if (status != CUSTODY_OK) {
        return status;
    }
    store = calloc(1, sizeof(*store));
    if (store == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    store->owner = -1;
    store->map_size = map_size / page * page;
    store->is_beside = mode == STORE_BESIDE;
    store->is_read_only = mode == STORE_READ_ONLY || store->is_beside;
    INVARIANT(pthread_mutex_init(&store->lock, NULL) == 0);
    status = store->is_beside ? CUSTODY_OK : take_owner(path, store->is_read_only, &store->owner);
    if (status == CUSTODY_OK) {
        status = open_environment(store, path, tables);
    }
    /* LMDB makes its files without making their names durable. */
    if (status == CUSTODY_OK && mode == STORE_CREATE) {
        status = sync_folder(path);
    }
    if (status != CUSTODY_OK) {
        store_close(store);
        return status;
    }
    *ret = store;
    return CUSTODY_OK;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    INVARIANT(store->writer.txn == NULL && store->open_snapshots == 0);
    while (store->pool != NULL) {
        struct store_txn *txn = store->pool;
        store->pool = txn->next;
        mdb_txn_abort(txn->txn);
        free(txn);
    }
    if (store->env != NULL) {
        mdb_env_close(store->env);
    }
    if (store->owner >= 0) {
        close(store->owner);
    }
    pthread_mutex_destroy(&store->lock);
    free(store);
}

enum custody_status store_remove(const char *path)
{
    if (access(path, F_OK) != 0) {
        return errno == ENOENT ? CUSTODY_OK : status_of_errno();
    }
    int owner = -1;
    enum custody_status status = take_owner(path, false, &owner);
    if (status != CUSTODY_OK) {
        return status;
    }
    static const char *const names[] = {"data.mdb", "lock.mdb", "owner"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && status == CUSTODY_OK; i++) {
        char name[PATH_BYTES];
        if (!join(name, sizeof(name), path, names[i])) {
            status = CUSTODY_ERR_INVALID;
        } else if (unlink(name) != 0 && errno != ENOENT) {
            status = status_of_errno();
        }
    }
    if (status == CUSTODY_OK && rmdir(path) != 0) {
        status = status_of_errno();
    }
    close(owner);
    return status;
}

enum custody_status
store_table(struct store *store, const char *name, bool integer_keys, uint32_t *ret_table)
{
    MDB_txn *txn = NULL;
    MDB_dbi table;
    unsigned actual = 0;
    unsigned flags = integer_keys ? MDB_INTEGERKEY : 0;
    unsigned create = name != NULL && !store->is_read_only ? MDB_CREATE : 0;
    int rc = mdb_txn_begin(store->env, NULL, store->is_read_only ? MDB_RDONLY : 0, &txn);
    if (rc != 0) {
        return status_of(rc);
    }
    if ((rc = mdb_dbi_open(txn, name, flags | create, &table)) != 0 ||
        (rc = mdb_dbi_flags(txn, table, &actual)) != 0) {
        mdb_txn_abort(txn);
        return status_of(rc);
    }
    if (actual != flags) {
        mdb_txn_abort(txn);
        return CUSTODY_ERR_CORRUPT;
    }
    rc = mdb_txn_commit(txn);
    if (rc != 0) {
        return rc == EIO ? CUSTODY_ERR_UNKNOWN_RESULT : status_of(rc);
    }
    *ret_table = table;
    return CUSTODY_OK;
}

enum custody_status store_begin(struct store *store, struct store_txn **ret)
{
    INVARIANT(store->writer.txn == NULL);
    if (store->is_read_only) {
        return CUSTODY_ERR_PERMISSION;
    }
    int rc = mdb_txn_begin(store->env, NULL, 0, &store->writer.txn);
    if (rc != 0) {
        store->writer.txn = NULL;
        return status_of(rc);
    }
    store->writer.store = store;
    store->writer.failed = CUSTODY_OK;
    *ret = &store->writer;
    return CUSTODY_OK;
}

static struct store_txn *take_pooled(struct store *store)
{
    pthread_mutex_lock(&store->lock);
    struct store_txn *txn = store->pool;
    if (txn != NULL) {
        store->pool = txn->next;
        store->pooled--;
    }
    store->open_snapshots++;
    pthread_mutex_unlock(&store->lock);
    return txn;
}

static void give_back(struct store *store, struct store_txn *txn)
{
    bool is_kept = false;
    if (txn != NULL && txn->txn != NULL) {
        mdb_txn_reset(txn->txn);
    }
    pthread_mutex_lock(&store->lock);
    if (txn != NULL && txn->txn != NULL && store->pooled < POOL_MAX) {
        txn->next = store->pool;
        store->pool = txn;
        store->pooled++;
        is_kept = true;
    }
    store->open_snapshots--;
    pthread_mutex_unlock(&store->lock);
    if (txn != NULL && !is_kept) {
        if (txn->txn != NULL) {
            mdb_txn_abort(txn->txn);
        }
        free(txn);
    }
}

/* The edges of another process's commits are not seen, but the newest commit is: while that is the snapshot's own, the one
 * that would write over its meta page has not begun. */
static bool is_of_its_number(const struct store *store, MDB_txn *txn)
{
    MDB_envinfo info;
    return !store->is_beside ||
           (mdb_env_info(store->env, &info) == 0 && info.me_last_txnid == mdb_txn_id(txn));
}

/* LMDB's reader takes the number of the newest commit and then copies the meta page of that parity. Kept from running in
 * between while one commit ends and the next begins, it copies what that next one is writing: a snapshot newer than its
 * number, or half of each. Then it is taken again; one edge of a commit in between is harmless. */
static int renew(struct store *store, MDB_txn *txn)
{
    for (;;) {
        uint64_t before = atomic_load(&store->commit_edges);
        int rc = mdb_txn_renew(txn);
        if (rc != 0 ||
            (atomic_load(&store->commit_edges) - before < 2 && is_of_its_number(store, txn))) {
            return rc;
        }
        mdb_txn_reset(txn);
    }
}

enum custody_status store_snapshot(struct store *store, struct store_txn **ret)
{
    struct store_txn *txn = take_pooled(store);
    int rc;
    if (txn != NULL) {
        rc = renew(store, txn->txn);
        if (rc != 0) {
            mdb_txn_abort(txn->txn);
            txn->txn = NULL;
        }
    } else {
        txn = calloc(1, sizeof(*txn));
        if (txn == NULL) {
            give_back(store, NULL);
            return CUSTODY_ERR_MEMORY;
        }
        txn->store = store;
        rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn->txn);
        if (rc == 0) {
            mdb_txn_reset(txn->txn);
            rc = renew(store, txn->txn);
            if (rc != 0) {
                mdb_txn_abort(txn->txn);
            }
        }
        if (rc != 0) {
            txn->txn = NULL;
        }
    }
    if (rc != 0) {
        give_back(store, txn);
        return status_of(rc);
    }
    *ret = txn;
    return CUSTODY_OK;
}

/* After a failed write of the meta page LMDB lets no transaction begin, whatever the commit's own code said. */
static bool is_panicked(struct store *store)
{
    MDB_txn *txn = NULL;
    if (mdb_txn_begin(store->env, NULL, 0, &txn) != 0) {
        return true;
    }
    mdb_txn_abort(txn);
    return false;
}

/* LMDB says EIO for a failed write, for a failed sync and for a short write, which is what a disk does on its way to
 * being full. Only the last is harmless, and writing a little more tells it apart. */
static bool is_file_full(struct store *store)
{
    static const uint8_t zeros[512];
    int file;
    struct stat status;
    return mdb_env_get_fd(store->env, &file) == 0 && fstat(file, &status) == 0 &&
           pwrite(file, zeros, sizeof(zeros), status.st_size) < 0 &&
           status_of_errno() == CUSTODY_ERR_FULL;
}

static enum custody_status status_of_failed_commit(struct store *store, int rc)
{
    if (is_panicked(store)) {
        return CUSTODY_ERR_UNKNOWN_RESULT;
    }
    if (rc == EIO) {
        return is_file_full(store) ? CUSTODY_ERR_FULL : CUSTODY_ERR_UNKNOWN_RESULT;
    }
    enum custody_status status = status_of(rc);
    bool is_certain =
        status == CUSTODY_ERR_FULL || status == CUSTODY_ERR_MEMORY || status == CUSTODY_ERR_CORRUPT;
    return is_certain ? status : CUSTODY_ERR_UNKNOWN_RESULT;
}

enum custody_status store_commit(struct store_txn **txn)
{
    struct store_txn *writer = *txn;
    *txn = NULL;
    INVARIANT(writer == &writer->store->writer);
    if (writer->failed != CUSTODY_OK) {
        enum custody_status failed = writer->failed;
        store_abort(&writer);
        return failed;
    }
    MDB_txn *lent = writer->txn;
    writer->txn = NULL;
    struct store *store = writer->store;
    atomic_fetch_add(&store->commit_edges, 1);
    int rc = mdb_txn_commit(lent);
    atomic_fetch_add(&store->commit_edges, 1);
    if (rc == 0) {
        /* A reader that was killed beside us would hold back the pages of every later commit, and the file grow without end. */
        if (++store->commits >= COMMITS_A_LOOK) {
            store->commits = 0;
            (void)store_check_readers(store);
        }
        return CUSTODY_OK;
    }
    enum custody_status status = status_of_failed_commit(writer->store, rc);
    LOG(LOGGER_ERROR, "commit", LOGGER_TEXT("status", custody_status_name(status)),
        LOGGER_TEXT("lmdb", mdb_strerror(rc)));
    return status;
}

void store_abort(struct store_txn **txn)
{
    struct store_txn *ended = *txn;
    *txn = NULL;
    if (ended == NULL) {
        return;
    }
    if (ended == &ended->store->writer) {
        mdb_txn_abort(ended->txn);
        ended->txn = NULL;
    } else {
        give_back(ended->store, ended);
    }
}

static MDB_val val_of(struct span span)
{
    return (MDB_val){.mv_size = span.len, .mv_data = (void *)(uintptr_t)span.data};
}

static struct span span_of_val(MDB_val val)
{
    return span_of(val.mv_data, val.mv_size);
}

enum custody_status
store_get(struct store_txn *txn, uint32_t table, struct span key, struct span *ret)
{
    MDB_val key_val = val_of(key), value;
    int rc = mdb_get(txn->txn, table, &key_val, &value);
    if (rc != 0) {
        return status_of(rc);
    }
    *ret = span_of_val(value);
    return CUSTODY_OK;
}

static enum custody_status
put(struct store_txn *txn, uint32_t table, struct span key, struct span value, unsigned flags)
{
    INVARIANT(txn == &txn->store->writer);
    if (txn->failed != CUSTODY_OK) {
        return txn->failed;
    }
    MDB_val key_val = val_of(key), value_val = val_of(value);
    txn->failed = status_of(mdb_put(txn->txn, table, &key_val, &value_val, flags));
    return txn->failed;
}

enum custody_status
store_put(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    return put(txn, table, key, value, 0);
}

enum custody_status
store_append(struct store_txn *txn, uint32_t table, struct span key, struct span value)
{
    return put(txn, table, key, value, MDB_APPEND);
}

enum custody_status store_delete(struct store_txn *txn, uint32_t table, struct span key)
{
    INVARIANT(txn == &txn->store->writer);
    if (txn->failed != CUSTODY_OK) {
        return txn->failed;
    }
    MDB_val key_val = val_of(key);
    enum custody_status status = status_of(mdb_del(txn->txn, table, &key_val, NULL));
    txn->failed = status == CUSTODY_ERR_NOT_FOUND ? CUSTODY_OK : status;
    return status;
}

enum custody_status store_count(struct store_txn *txn, uint32_t table, uint64_t *ret)
{
    MDB_stat stat;
    int rc = mdb_stat(txn->txn, table, &stat);
    if (rc != 0) {
        return status_of(rc);
    }
    *ret = stat.ms_entries;
    return CUSTODY_OK;
}

enum custody_status
store_cursor_open(struct store_txn *txn, uint32_t table, struct store_cursor **ret)
{
    struct store_cursor *cursor = calloc(1, sizeof(*cursor));
    if (cursor == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    int rc = mdb_cursor_open(txn->txn, table, &cursor->cursor);
    if (rc != 0) {
        free(cursor);
        return status_of(rc);
    }
    cursor->txn = txn;
    *ret = cursor;
    return CUSTODY_OK;
}

void store_cursor_close(struct store_cursor *cursor)
{
    if (cursor == NULL) {
        return;
    }
    mdb_cursor_close(cursor->cursor);
    free(cursor);
}

static enum custody_status
cursor_put(struct store_cursor *cursor, MDB_val key, MDB_val *value, unsigned flags)
{
    struct store_txn *txn = cursor->txn;
    INVARIANT(txn == &txn->store->writer);
    if (txn->failed != CUSTODY_OK) {
        return txn->failed;
    }
    enum custody_status status = status_of(mdb_cursor_put(cursor->cursor, &key, value, flags));
    txn->failed = status == CUSTODY_ERR_EXISTS ? CUSTODY_OK : status;
    return status;
}

enum custody_status store_cursor_insert(struct store_cursor *cursor,
                                        struct span key,
                                        size_t len,
                                        uint8_t **ret_room,
                                        struct span *ret_old)
{
    MDB_val value = {.mv_size = len};
    enum custody_status status =
        cursor_put(cursor, val_of(key), &value, MDB_NOOVERWRITE | MDB_RESERVE);
    if (status == CUSTODY_OK) {
        *ret_room = value.mv_data;
    } else if (status == CUSTODY_ERR_EXISTS) {
        *ret_old = span_of_val(value);
    }
    return status;
}

enum custody_status
store_cursor_replace(struct store_cursor *cursor, struct span key, size_t len, uint8_t **ret_room)
{
    MDB_val value = {.mv_size = len};
    enum custody_status status = cursor_put(cursor, val_of(key), &value, MDB_CURRENT | MDB_RESERVE);
    *ret_room = value.mv_data;
    return status;
}

enum custody_status store_cursor_delete(struct store_cursor *cursor)
{
    struct store_txn *txn = cursor->txn;
    INVARIANT(txn == &txn->store->writer);
    if (txn->failed == CUSTODY_OK) {
        txn->failed = status_of(mdb_cursor_del(cursor->cursor, 0));
    }
    return txn->failed;
}

static enum custody_status move(struct store_cursor *cursor,
                                MDB_cursor_op op,
                                MDB_val key,
                                struct span *ret_key,
                                struct span *ret_value)
{
    MDB_val value;
    int rc = mdb_cursor_get(cursor->cursor, &key, &value, op);
    if (rc != 0) {
        return status_of(rc);
    }
    *ret_key = span_of_val(key);
    *ret_value = span_of_val(value);
    return CUSTODY_OK;
}

enum custody_status store_cursor_seek(struct store_cursor *cursor,
                                      struct span at,
                                      struct span *ret_key,
                                      struct span *ret_value)
{
    return move(cursor, at.len == 0 ? MDB_FIRST : MDB_SET_RANGE, val_of(at), ret_key, ret_value);
}

enum custody_status
store_cursor_find(struct store_cursor *cursor, struct span at, struct span *ret_value)
{
    struct span key;
    return move(cursor, MDB_SET, val_of(at), &key, ret_value);
}

enum custody_status
store_cursor_next(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    return move(cursor, MDB_NEXT, (MDB_val){0}, ret_key, ret_value);
}

uint64_t store_used(struct store *store)
{
    MDB_envinfo info;
    if (mdb_env_info(store->env, &info) != 0) {
        return 0;
    }
    return ((uint64_t)info.me_last_pgno + 1) * store->page_size;
}

enum custody_status store_fill_ahead(struct store *store, uint64_t ahead)
{
    static const uint8_t zeros[FILL_PIECE];
    int file;
    struct stat status;
    if (mdb_env_get_fd(store->env, &file) != 0 || fstat(file, &status) != 0) {
        return CUSTODY_ERR_IO;
    }
    uint64_t used = store_used(store);
    if (ahead > store->map_size || used > store->map_size - ahead) {
        return CUSTODY_ERR_FULL;
    }
    uint64_t at = (uint64_t)status.st_size;
    if (at >= used + ahead) {
        return CUSTODY_OK;
    }
    /* A whole piece more than asked for, so that not every small commit brings a filling with it. */
    uint64_t end = used + ahead + FILL_PER_CALL;
    end = end > store->map_size ? store->map_size : end;
    end = end - at > FILL_PER_CALL ? at + FILL_PER_CALL : end;
    while (at < end) {
        size_t want = end - at < FILL_PIECE ? (size_t)(end - at) : FILL_PIECE;
        ssize_t written = pwrite(file, zeros, want, (off_t)at);
        if (written < 0 && errno != EINTR) {
            return status_of_errno();
        }
        at += written > 0 ? (uint64_t)written : 0;
    }
    /* A reserve that the file system only promised is none. */
    return fdatasync(file) == 0 ? CUSTODY_OK : status_of_errno();
}

static enum custody_status write_zeros(int file, uint64_t at, size_t len)
{
    static const uint8_t zeros[SECRET_MAX];
    ssize_t written = pwrite(file, zeros, len, (off_t)at);
    if (written < 0) {
        return status_of_errno();
    }
    return (size_t)written == len ? CUSTODY_OK : CUSTODY_ERR_IO;
}

/* Overwrite the copies that begin in one window of the file; not the one at `spared`. */
static enum custody_status
wipe_window(int file, uint64_t at, struct span window, struct span secret, uint64_t spared)
{
    const uint8_t *from = window.data, *end = window.data + window.len, *found;
    while ((found = memmem(from, (size_t)(end - from), secret.data, secret.len)) != NULL) {
        uint64_t place = at + (uint64_t)(found - window.data);
        if (place != spared) {
            enum custody_status status = write_zeros(file, place, secret.len);
            if (status != CUSTODY_OK) {
                return status;
            }
        }
        from = found + secret.len;
    }
    return CUSTODY_OK;
}

static enum custody_status wipe_others(int file, struct span secret, uint64_t spared)
{
    uint8_t *window = malloc(FILL_PIECE + SECRET_MAX);
    if (window == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    enum custody_status status = CUSTODY_OK;
    /* Windows overlap by the secret's length, so that one on the border is found. */
    for (uint64_t at = 0; status == CUSTODY_OK; at += FILL_PIECE) {
        ssize_t got = pread(file, window, FILL_PIECE + secret.len - 1, (off_t)at);
        if (got <= 0) {
            status = got < 0 ? status_of_errno() : CUSTODY_OK;
            break;
        }
        status = wipe_window(file, at, span_of(window, (size_t)got), secret, spared);
    }
    explicit_bzero(window, FILL_PIECE + SECRET_MAX);
    free(window);
    if (status == CUSTODY_OK && fdatasync(file) != 0) {
        status = status_of_errno();
    }
    return status;
}

/* Where in the file a small value stands that is lent from the map: every page of LMDB begins with its number. */
static bool find_in_file(struct store *store, int file, struct span live, uint64_t *ret_place)
{
    uint8_t there[SECRET_MAX];
    uint64_t number;
    uint64_t within = (uintptr_t)live.data % store->page_size;
    memcpy(&number, live.data - within, sizeof(number));
    uint64_t place = number * store->page_size + within;
    ssize_t got = pread(file, there, live.len, (off_t)place);
    bool is_there = got == (ssize_t)live.len && memcmp(there, live.data, live.len) == 0;
    explicit_bzero(there, sizeof(there));
    *ret_place = place;
    return is_there;
}

enum custody_status store_wipe(struct store *store, struct span live)
{
    uint8_t copy[SECRET_MAX];
    uint64_t place;
    int file;
    INVARIANT(store->writer.txn == NULL && !store->is_read_only);
    INVARIANT(live.len >= SECRET_MIN && live.len <= SECRET_MAX);
    if (mdb_env_get_fd(store->env, &file) != 0 || !find_in_file(store, file, live, &place)) {
        return CUSTODY_ERR_IO;
    }
    memcpy(copy, live.data, live.len);
    enum custody_status status = wipe_others(file, span_of(copy, live.len), place);
    if (status == CUSTODY_OK) {
        status = write_zeros(file, place, live.len);
    }
    if (status == CUSTODY_OK && fdatasync(file) != 0) {
        status = status_of_errno();
    }
    explicit_bzero(copy, sizeof(copy));
    return status;
}

void store_read_ahead(const struct store *store, struct span place)
{
    MDB_envinfo info;
    if (mdb_env_info(store->env, &info) != 0) {
        return;
    }
    uintptr_t page = (uintptr_t)store->page_size;
    uintptr_t from = ((uintptr_t)place.data + place.len) / page * page;
    (void)madvise((void *)from, READ_AHEAD, MADV_WILLNEED);
}

int store_check_readers(struct store *store)
{
    int dead = 0;
    mdb_reader_check(store->env, &dead);
    return dead;
}
