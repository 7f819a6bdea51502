/* main.c: stands in for libFuzzer and replays a corpus, so that `make check` runs every target.
 * Never invents an input: each argument is a file, or a folder of files, given as it is. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    struct stat info;
    int result = -1;
    if (fstat(fileno(file), &info) == 0) {
        size = (size_t)info.st_size;
        /* Exactly as large as the input, so that a sanitizer sees one byte too many. */
        data = malloc(size > 0 ? size : 1);
    }
    if (data != NULL && fread(data, 1, size, file) == size) {
        fprintf(stderr, "replaying %s\n", path);
        LLVMFuzzerTestOneInput(data, size);
        result = 0;
    }
    free(data);
    (void)fclose(file);
    return result;
}

static int replay_folder(const char *path, unsigned *count)
{
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) {
        perror(path);
        return -1;
    }
    int result = 0;
    for (int i = 0; i < n; i++) {
        char name[4096];
        int len = snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            if (len < 0 || (size_t)len >= sizeof name || replay_file(name) != 0) {
                result = -1;
            } else {
                (*count)++;
            }
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    int result = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        if (stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode)) {
            result |= replay_folder(argv[i], &count);
        } else if (replay_file(argv[i]) == 0) {
            count++;
        } else {
            result = -1;
        }
    }
    if (count == 0) {
        fprintf(stderr, "no input was replayed\n");
        return EXIT_FAILURE;
    }
    printf("%s 1 - %u inputs\n1..1\n", result == 0 ? "ok" : "not ok", count);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
