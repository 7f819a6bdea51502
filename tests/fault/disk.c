/* disk.c: what this process does to the files below one folder.
 * Never decides what a fault should lead to: drill.c does. */
#include "tests/fault/disk.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/lib/die.h"

enum { FILES_MAX = 64, PATH_BYTES = 4200, SECTOR = 512, WALK_DESCRIPTORS = 16 };

/* ---- libc's own ---- */

typedef int open_call(const char *path, int flags, ...);
typedef ssize_t write_call(int file, const void *data, size_t len);
typedef ssize_t pwrite_call(int file, const void *data, size_t len, off_t offset);
typedef ssize_t writev_call(int file, const struct iovec *parts, int count);
typedef int file_call(int file);
typedef int truncate_call(int file, off_t len);
typedef int rename_call(const char *from, const char *to);

/* ISO C knows no way from an object pointer to a function's; POSIX says that this one works. */
#define REAL(type, name)                                                                           \
    __extension__({                                                                                \
        static type *next;                                                                         \
        if (next == NULL)                                                                          \
            *(void **)&next = dlsym(RTLD_NEXT, name);                                              \
        next;                                                                                      \
    })

/* ---- images ---- */

struct content {
    uint8_t *bytes;
    size_t len;
};

struct file {
    char name[256]; /* below the folder; empty: it has none */
    struct content content;
};

struct disk_image {
    struct file files[FILES_MAX];
    size_t count;
    char folders[FILES_MAX][256];
    size_t folder_count;
};

static void *grown(void *memory, size_t len)
{
    memory = realloc(memory, len);
    if (memory == NULL)
        die("out of memory");
    return memory;
}

static void set_len(struct content *content, size_t len)
{
    if (len > content->len) {
        content->bytes = grown(content->bytes, len);
        memset(content->bytes + content->len, 0, len - content->len);
    }
    content->len = len;
}

static void put(struct content *content, size_t offset, const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return;
    if (offset + len > content->len)
        set_len(content, offset + len);
    memcpy(content->bytes + offset, bytes, len);
}

static struct file *find(struct disk_image *image, const char *name)
{
    for (size_t i = 0; i < image->count; i++)
        if (strcmp(image->files[i].name, name) == 0)
            return &image->files[i];
    return NULL;
}

static struct file *add(struct disk_image *image, const char *name)
{
    if (image->count == FILES_MAX || strlen(name) >= sizeof image->files[0].name)
        die("too many files, or too long a name: %s", name);
    struct file *file = &image->files[image->count++];
    *file = (struct file){0};
    snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

static void read_file(const char *path, struct content *ret)
{
    uint8_t buffer[65536];
    int file = REAL(open_call, "open")(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        die("cannot read %s: %s", path, strerror(errno));
    for (;;) {
        ssize_t got = read(file, buffer, sizeof buffer);
        if (got < 0)
            die("cannot read %s: %s", path, strerror(errno));
        if (got == 0)
            break;
        put(ret, ret->len, buffer, (size_t)got);
    }
    close(file);
}

static void read_folder(struct disk_image *image, const char *root, const char *below)
{
    char path[PATH_BYTES], name[256];
    snprintf(path, sizeof path, "%s/%s", root, below);
    DIR *folder = opendir(path);
    if (folder == NULL)
        die("cannot read %s: %s", path, strerror(errno));
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        struct stat status;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        int len =
            snprintf(name, sizeof name, "%s%s%s", below, *below == 0 ? "" : "/", entry->d_name);
        if (len < 0 || (size_t)len >= sizeof name)
            die("too long a name: %s", entry->d_name);
        snprintf(path, sizeof path, "%s/%s", root, name);
        if (lstat(path, &status) != 0)
            die("cannot look at %s: %s", path, strerror(errno));
        if (S_ISDIR(status.st_mode)) {
            if (image->folder_count == FILES_MAX)
                die("too many folders below %s", root);
            snprintf(image->folders[image->folder_count++], sizeof image->folders[0], "%s", name);
            read_folder(image, root, name);
        } else if (S_ISREG(status.st_mode)) {
            read_file(path, &add(image, name)->content);
        }
    }
    closedir(folder);
}

struct disk_image *disk_read(const char *folder)
{
    struct disk_image *image = calloc(1, sizeof *image);
    if (image == NULL)
        die("out of memory");
    read_folder(image, folder, "");
    return image;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    return where->level == 0 ? 0 : remove(path);
}

void disk_write(const struct disk_image *image, const char *folder)
{
    char path[PATH_BYTES];
    if (nftw(folder, remove_one, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS) != 0)
        die("cannot empty %s: %s", folder, strerror(errno));
    for (size_t i = 0; i < image->folder_count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, image->folders[i]);
        if (mkdir(path, 0700) != 0)
            die("cannot make %s: %s", path, strerror(errno));
    }
    for (size_t i = 0; i < image->count; i++) {
        const struct file *file = &image->files[i];
        if (file->name[0] == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, file->name);
        int made = REAL(open_call, "open")(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (made < 0)
            die("cannot make %s: %s", path, strerror(errno));
        for (size_t done = 0; done < file->content.len;) {
            ssize_t got = REAL(write_call, "write")(made, file->content.bytes + done,
                                                    file->content.len - done);
            if (got <= 0)
                die("cannot write %s: %s", path, strerror(errno));
            done += (size_t)got;
        }
        close(made);
    }
}

void disk_free(struct disk_image *image)
{
    if (image == NULL)
        return;
    for (size_t i = 0; i < image->count; i++)
        free(image->files[i].content.bytes);
    free(image);
}

bool disk_flip(struct disk_image *image, const char *name, uint64_t bit)
{
    struct file *file = find(image, name);
    if (file == NULL || bit / 8 >= file->content.len)
        return false;
    file->content.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    return true;
}

struct span disk_bytes(const struct disk_image *image, const char *name)
{
    for (size_t i = 0; i < image->count; i++)
        if (strcmp(image->files[i].name, name) == 0)
            return span_of(image->files[i].content.bytes, image->files[i].content.len);
    return (struct span){0};
}

uint64_t disk_size(const struct disk_image *image, const char *name)
{
    return disk_bytes(image, name).len;
}

void disk_take(struct disk_image *image, const struct disk_image *from, const char *prefix)
{
    size_t len = strlen(prefix);
    /* A file without a name is not written (disk_write). */
    for (size_t i = 0; i < image->count; i++)
        if (strncmp(image->files[i].name, prefix, len) == 0)
            image->files[i].name[0] = 0;
    for (size_t i = 0; i < from->count; i++) {
        const struct file *file = &from->files[i];
        if (strncmp(file->name, prefix, len) == 0)
            put(&add(image, file->name)->content, 0, file->content.bytes, file->content.len);
    }
}

/* ---- what is done ---- */

/* A file is told by its inode: a rename moves the name, not the file. */
struct inode {
    dev_t device;
    ino_t number;
    char name[256]; /* when it was first seen */
};

enum event_kind {
    EVENT_WRITE,
    EVENT_TRUNCATE,
    EVENT_SYNC,
    EVENT_CREATE,
    EVENT_RENAME,
    EVENT_NAMES
};

struct event {
    enum event_kind kind;
    size_t inode;
    uint64_t offset; /* of a write; the length of a truncation */
    bool is_synced;  /* a write that came back only when it was on the disk */
    struct content content;
    char from[256], to[256];
};

static struct {
    bool is_watching, records;
    bool is_hasty; /* nothing is waited for */
    char folder[PATH_BYTES];
    struct disk_fault fault;
    uint64_t counted, failed;
    struct inode inodes[FILES_MAX];
    size_t inode_count;
    struct event *events;
    size_t count, cap;
} disk;

/* The name below the folder, or NULL. */
static const char *below(const char *path)
{
    size_t len = strlen(disk.folder);
    return strncmp(path, disk.folder, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

/* Gives false when the file is not below the folder. */
static bool inode_of(int file, size_t *ret)
{
    char link[64], path[PATH_BYTES];
    struct stat status;
    if (fstat(file, &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
        return false;
    for (size_t i = 0; i < disk.inode_count; i++)
        if (disk.inodes[i].device == status.st_dev && disk.inodes[i].number == status.st_ino) {
            *ret = i;
            return true;
        }
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t len = readlink(link, path, sizeof path - 1);
    if (len < 0)
        return false;
    path[len] = 0;
    const char *name = strcmp(path, disk.folder) == 0 ? "" : below(path);
    if (name == NULL)
        return false;
    if (disk.inode_count == FILES_MAX)
        die("too many files below %s", disk.folder);
    struct inode *inode = &disk.inodes[disk.inode_count];
    *inode = (struct inode){.device = status.st_dev, .number = status.st_ino};
    snprintf(inode->name, sizeof inode->name, "%s", name);
    *ret = disk.inode_count++;
    return true;
}

static struct event *note(enum event_kind kind)
{
    if (disk.count == disk.cap) {
        disk.cap = disk.cap == 0 ? 256 : disk.cap * 2;
        disk.events = grown(disk.events, disk.cap * sizeof *disk.events);
    }
    struct event *event = &disk.events[disk.count++];
    *event = (struct event){.kind = kind};
    return event;
}

/* Counts a call; true when it is to fail, and then errno is set. */
static bool fails(enum disk_call call, const char *name)
{
    const struct disk_fault *fault = &disk.fault;
    if (((fault->calls == 0 ? DISK_ANY : fault->calls) & call) == 0 ||
        (fault->within != NULL && strstr(name, fault->within) == NULL))
        return false;
    disk.counted++;
    if (fault->nth == 0 || disk.counted < fault->nth ||
        (disk.counted > fault->nth && !fault->is_for_ever))
        return false;
    if (fault->kills)
        raise(SIGKILL);
    disk.failed++;
    errno = fault->error;
    return true;
}

void disk_watch(const char *folder, const struct disk_fault *fault, bool records)
{
    disk_forget();
    memset(&disk, 0, sizeof disk);
    snprintf(disk.folder, sizeof disk.folder, "%s", folder);
    if (fault != NULL)
        disk.fault = *fault;
    disk.records = records;
    disk.is_watching = true;
}

void disk_unwatch(void)
{
    disk.is_watching = false;
}

void disk_forget(void)
{
    for (size_t i = 0; i < disk.count; i++)
        free(disk.events[i].content.bytes);
    free(disk.events);
    disk.events = NULL;
    disk.count = disk.cap = 0;
}

uint64_t disk_counted(void)
{
    return disk.counted;
}

uint64_t disk_failed(void)
{
    return disk.failed;
}

size_t disk_moment(void)
{
    return disk.count;
}

static void note_write(int file, size_t inode, uint64_t offset, const void *data, size_t len)
{
    if (!disk.records)
        return;
    struct event *event = note(EVENT_WRITE);
    event->inode = inode;
    event->offset = offset;
    event->is_synced = (fcntl(file, F_GETFL) & O_DSYNC) != 0;
    put(&event->content, 0, data, len);
}

void disk_hurry(void)
{
    disk.is_hasty = true;
}

/* ---- in libc's place ---- */

static int watched_open(const char *path, int flags, mode_t mode)
{
    open_call *real = REAL(open_call, "open");
    const char *name = disk.is_watching ? below(path) : NULL;
    if (disk.is_hasty)
        flags &= ~(O_DSYNC | O_SYNC);
    if (name == NULL)
        return real(path, flags, mode);
    if (fails(DISK_OPEN, name))
        return -1;
    struct stat status;
    bool was_there = stat(path, &status) == 0;
    int file = real(path, flags, mode);
    size_t inode;
    if (file < 0 || !disk.records || !inode_of(file, &inode))
        return file;
    if (!was_there) {
        struct event *event = note(EVENT_CREATE);
        event->inode = inode;
        snprintf(event->to, sizeof event->to, "%s", name);
    } else if ((flags & O_TRUNC) != 0) {
        note(EVENT_TRUNCATE)->inode = inode;
    }
    return file;
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return watched_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return watched_open(path, flags, mode);
}

static ssize_t watched_write(int file, const void *data, size_t len, off_t offset, bool at_offset)
{
    size_t inode = 0;
    if (!disk.is_watching || !inode_of(file, &inode))
        return at_offset ? REAL(pwrite_call, "pwrite")(file, data, len, offset)
                         : REAL(write_call, "write")(file, data, len);
    if (fails(DISK_WRITE, disk.inodes[inode].name)) {
        if (!disk.fault.is_short || len < 2)
            return -1;
        len /= 2;
    }
    if (!at_offset)
        offset = (fcntl(file, F_GETFL) & O_APPEND) != 0 ? lseek(file, 0, SEEK_END)
                                                        : lseek(file, 0, SEEK_CUR);
    ssize_t done = at_offset ? REAL(pwrite_call, "pwrite")(file, data, len, offset)
                             : REAL(write_call, "write")(file, data, len);
    if (done > 0)
        note_write(file, inode, (uint64_t)offset, data, (size_t)done);
    return done;
}

ssize_t write(int file, const void *data, size_t len)
{
    return watched_write(file, data, len, 0, false);
}

ssize_t pwrite(int file, const void *data, size_t len, off_t offset)
{
    return watched_write(file, data, len, offset, true);
}

ssize_t pwrite64(int file, const void *data, size_t len, off_t offset)
{
    return watched_write(file, data, len, offset, true);
}

/* A write of several parts is one call: the parts are put together first. */
ssize_t writev(int file, const struct iovec *parts, int count)
{
    size_t inode;
    if (!disk.is_watching || !inode_of(file, &inode))
        return REAL(writev_call, "writev")(file, parts, count);
    struct content whole = {0};
    for (int i = 0; i < count; i++)
        put(&whole, whole.len, parts[i].iov_base, parts[i].iov_len);
    ssize_t done = watched_write(file, whole.bytes, whole.len, 0, false);
    int error = errno;
    free(whole.bytes);
    errno = error;
    return done;
}

static int watched_sync(int file, const char *call)
{
    size_t inode;
    file_call *real = call[1] == 's' ? REAL(file_call, "fsync") : REAL(file_call, "fdatasync");
    if (disk.is_hasty)
        return 0;
    if (!disk.is_watching || !inode_of(file, &inode))
        return real(file);
    if (fails(DISK_SYNC, disk.inodes[inode].name))
        return -1;
    /* The disk is not waited for: what it holds after a power loss is worked out here. */
    struct stat status;
    if (disk.records)
        note(fstat(file, &status) == 0 && S_ISDIR(status.st_mode) ? EVENT_NAMES : EVENT_SYNC)
            ->inode = inode;
    return 0;
}

int fsync(int file)
{
    return watched_sync(file, "fsync");
}

int fdatasync(int file)
{
    return watched_sync(file, "fdatasync");
}

static int watched_truncate(int file, off_t len)
{
    size_t inode;
    truncate_call *real = REAL(truncate_call, "ftruncate");
    if (!disk.is_watching || !inode_of(file, &inode))
        return real(file, len);
    if (fails(DISK_TRUNCATE, disk.inodes[inode].name))
        return -1;
    int got = real(file, len);
    if (got == 0 && disk.records) {
        struct event *event = note(EVENT_TRUNCATE);
        event->inode = inode;
        event->offset = (uint64_t)len;
    }
    return got;
}

int ftruncate(int file, off_t len)
{
    return watched_truncate(file, len);
}

int ftruncate64(int file, off_t len)
{
    return watched_truncate(file, len);
}

int rename(const char *from, const char *to)
{
    rename_call *real = REAL(rename_call, "rename");
    const char *old = disk.is_watching ? below(from) : NULL;
    const char *fresh = disk.is_watching ? below(to) : NULL;
    if (old == NULL || fresh == NULL)
        return real(from, to);
    if (fails(DISK_RENAME, fresh))
        return -1;
    int got = real(from, to);
    if (got == 0 && disk.records) {
        struct event *event = note(EVENT_RENAME);
        snprintf(event->from, sizeof event->from, "%s", old);
        snprintf(event->to, sizeof event->to, "%s", fresh);
    }
    return got;
}

/* ---- power loss ---- */

/* Names and files apart: the disk learns of the two at different times. */
struct medium {
    struct content
        contents[2 * FILES_MAX];    /* by inode; those of files that nobody touched behind them */
    char names[2 * FILES_MAX][256]; /* empty: none */
    size_t count;
};

static void apply_content(struct content *content, const struct event *event)
{
    if (event->kind == EVENT_WRITE)
        put(content, event->offset, event->content.bytes, event->content.len);
    else if (event->kind == EVENT_TRUNCATE)
        set_len(content, event->offset);
}

static void apply_torn(struct content *content, const struct event *event, struct dice *dice)
{
    for (size_t at = 0; at < event->content.len; at += SECTOR) {
        size_t len = event->content.len - at < SECTOR ? event->content.len - at : SECTOR;
        if (dice_chance(dice, 50))
            put(content, event->offset + at, event->content.bytes + at, len);
    }
}

static void apply_name(struct medium *medium, const struct event *event)
{
    const char *wanted = event->kind == EVENT_RENAME ? event->from : "";
    for (size_t i = 0; i < medium->count; i++)
        if (strcmp(medium->names[i], event->to) == 0)
            medium->names[i][0] = 0;
    if (event->kind == EVENT_CREATE) {
        snprintf(medium->names[event->inode], sizeof medium->names[0], "%s", event->to);
        return;
    }
    for (size_t i = 0; i < medium->count; i++)
        if (*wanted != 0 && strcmp(medium->names[i], wanted) == 0)
            snprintf(medium->names[i], sizeof medium->names[0], "%s", event->to);
}

static bool is_of_names(const struct event *event)
{
    return event->kind == EVENT_CREATE || event->kind == EVENT_RENAME;
}

/* Was it synced, its file or the folder that names it, by a call that has come back before `moment`? */
static bool is_on_disk(size_t at, size_t moment)
{
    const struct event *event = &disk.events[at];
    if (event->is_synced && at + 1 < moment)
        return true;
    for (size_t i = at + 1; i + 1 < moment && i < disk.count; i++) {
        const struct event *later = &disk.events[i];
        if (is_of_names(event) ? later->kind == EVENT_NAMES
                               : later->kind == EVENT_SYNC && later->inode == event->inode)
            return true;
    }
    return false;
}

static void medium_begin(struct medium *medium, const struct disk_image *before)
{
    memset(medium, 0, sizeof *medium);
    medium->count = disk.inode_count;
    for (size_t i = 0; i < before->count; i++) {
        size_t at = disk.inode_count;
        for (size_t k = 0; k < disk.inode_count && at == disk.inode_count; k++) {
            bool was_made = false;
            for (size_t e = 0; e < disk.count && !was_made; e++)
                was_made = disk.events[e].kind == EVENT_CREATE && disk.events[e].inode == k;
            if (!was_made && strcmp(disk.inodes[k].name, before->files[i].name) == 0)
                at = k;
        }
        if (at == disk.inode_count)
            at = medium->count++;
        snprintf(medium->names[at], sizeof medium->names[0], "%s", before->files[i].name);
        put(&medium->contents[at], 0, before->files[i].content.bytes, before->files[i].content.len);
    }
}

struct disk_image *disk_after_power_loss(const struct disk_image *before,
                                         size_t moment,
                                         enum disk_fate fate,
                                         struct dice *dice)
{
    static struct medium medium;
    medium_begin(&medium, before);
    /* Names become known to the disk in the order in which they were given: up to here. */
    size_t last_name = fate == DISK_KEPT      ? moment
                       : fate == DISK_DROPPED ? 0
                                              : (size_t)dice_below(dice, moment + 1);
    for (size_t i = 0; i < moment && i < disk.count; i++) {
        const struct event *event = &disk.events[i];
        bool is_there = is_on_disk(i, moment);
        if (is_of_names(event)) {
            if (is_there || i < last_name)
                apply_name(&medium, event);
        } else if (is_there || fate == DISK_KEPT || (fate == DISK_SOME && dice_chance(dice, 50)) ||
                   (fate == DISK_TORN && event->kind == EVENT_TRUNCATE && dice_chance(dice, 50))) {
            apply_content(&medium.contents[event->inode], event);
        } else if (fate == DISK_TORN) {
            apply_torn(&medium.contents[event->inode], event, dice);
        }
    }
    struct disk_image *image = calloc(1, sizeof *image);
    if (image == NULL)
        die("out of memory");
    memcpy(image->folders, before->folders, sizeof image->folders);
    image->folder_count = before->folder_count;
    for (size_t i = 0; i < medium.count; i++) {
        if (medium.names[i][0] == 0) {
            free(medium.contents[i].bytes);
            continue;
        }
        add(image, medium.names[i])->content = medium.contents[i];
    }
    return image;
}
