/* paper.c: what is to be printed, handed to custody-paper.
 * Never draws. */
#include "client/cli/paper.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/lib/files.h"
#include "client/lib/problem.h"

#define PROGRAM "custody-paper"

extern char **environ;

bool paper_is_name(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && (strcmp(path + len - 4, ".pdf") == 0 || strcmp(path + len - 4, ".png") == 0);
}

/* Beside this program, as both are built and installed; else wherever PATH has it. */
static const char *find_program(char ret[static FILES_PATH_MAX])
{
    char own[FILES_PATH_MAX];
    struct custody_problem problem;
    ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
    char *slash = NULL;
    if (len > 0) {
        own[len] = '\0';
        slash = strrchr(own, '/');
    }
    if (slash == NULL)
        return PROGRAM;
    *slash = '\0';
    if (files_join(own, PROGRAM, ret, &problem) != CUSTODY_OK || access(ret, X_OK) != 0)
        return PROGRAM;
    return ret;
}

/* A file without a name: unlike a pipe it takes everything at once, whatever the other side does. */
static int hold_document(const json_t *document)
{
    int fd = memfd_create("document", MFD_CLOEXEC);
    if (fd >= 0 && (json_dumpfd(document, fd, JSON_COMPACT) != 0 || lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static enum custody_status
run(const char *path, int document, int *ret_code, struct custody_problem *problem)
{
    char beside[FILES_PATH_MAX];
    const char *program = find_program(beside);
    char *const argv[] = {(char *)(uintptr_t)PROGRAM, (char *)(uintptr_t) "-o",
                          (char *)(uintptr_t)path, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int status = 0;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return problem_set(problem, CUSTODY_ERR_MEMORY, PROGRAM, NULL, "nothing left");
    int error = posix_spawn_file_actions_adddup2(&actions, document, STDIN_FILENO);
    if (error == 0)
        error = posix_spawnp(&child, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT) {
        problem_set(problem, CUSTODY_ERR_NOT_FOUND, PROGRAM, "the program that draws", "none");
        problem_advise(problem, "install it: apt-get install custody-paper");
        return CUSTODY_ERR_NOT_FOUND;
    }
    errno = error;
    if (error != 0)
        return problem_from_errno(problem, PROGRAM);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return problem_from_errno(problem, PROGRAM);
    *ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return CUSTODY_OK;
}

int paper_write(struct command_context *context, json_t *document, const char *path)
{
    struct custody_problem *problem =
        context->client == NULL ? &context->problem : &context->client->problem;
    enum custody_status status = CUSTODY_OK;
    int code = 0, fd = hold_document(document);
    json_decref(document);
    if (fd < 0)
        status = problem_set(problem, CUSTODY_ERR_MEMORY, "document", NULL, "nothing left");
    if (status == CUSTODY_OK)
        status = run(path, fd, &code, problem);
    if (status == CUSTODY_OK && code != 0) {
        status = problem_set(problem, CUSTODY_ERR_IO, path, "a page drawn",
                             "custody-paper ended with %d", code);
    }
    if (fd >= 0)
        close(fd);
    if (status != CUSTODY_OK)
        return command_fail(context);
    if (context->output.is_json)
        output_json(&context->output, json_pack("{s:s}", "paper", path));
    else
        output_print(&context->output, OUTPUT_PLAIN, "已绘制 drawn  %s\n", path);
    return 0;
}
