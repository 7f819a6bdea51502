/* paper.c: what is to be printed, handed to custody-paper.
 * Never draws. */
#include "client/cli/paper.h"

#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "client/lib/ask.h"
#include "client/lib/files.h"
#include "client/lib/problem.h"
#include "client/lib/quantity.h"
#include "client/lib/reflect.h"
#include "client/lib/tlogproof.h"
#include "client/cli/words.h"

#define PROGRAM "custody-paper"

/* The most bytes that a QR code holds (ISO/IEC 18004, version 40-L). */
enum { QR_MAX = 2953, CAPTION_MAX = 1200 };

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

/* ---- pages ------------------------------------------------------------------------------------------- */

static bool is_demonstration(struct command_context *context)
{
    ProtobufCMessage *request = reflect_create(ask_request_descriptor(ENVELOPE_HELLO));
    ProtobufCMessage *reply = NULL;
    bool is_one = false;
    if (request != NULL && !context->is_offline &&
        ask_question(context->client, ENVELOPE_HELLO, request, &reply) == CUSTODY_OK)
        is_one = ((const Custody__V1__HelloReply *)reply)->demonstration;
    reflect_free(reply);
    reflect_free(request);
    return is_one;
}

json_t *
paper_page(struct command_context *context, const char *title, const char *corner, json_t *blocks)
{
    char created[QUANTITY_TEXT_MAX], civil[QUANTITY_TEXT_MAX], footer[OUTPUT_CELL_MAX * 2];
    int64_t now = 0;
    uint8_t quality;
    if (client_now(context->client, &now, &quality) != CUSTODY_OK)
        now = 0;
    quantity_write_rfc3339(now, created);
    quantity_write_civil(now, QUANTITY_CIVIL_MINUTES, civil);
    snprintf(footer, sizeof(footer), "%s  %s  %s %s", context->client->card.origin,
             context->client->card.party, words_pick("打印于", "printed"), civil);
    bool is_mark = is_demonstration(context);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "kind", "page", "title", title,
                     "corner", corner, "created", created, "footer", footer, "mark",
                     is_mark ? "演示数据 DEMONSTRATION 不作为任何凭据" : "", "blocks", blocks);
}

static void add_qr(json_t *page, struct span text, const char *caption)
{
    json_array_append_new(
        json_object_get(page, "blocks"),
        json_pack("{s:s%, s:s}", "qr", (const char *)text.data, text.len, "caption", caption));
}

void paper_add_checkpoint(struct command_context *context, json_t *page)
{
    const struct trust *trust = &context->client->trust;
    char caption[CAPTION_MAX], root[2 * DIGEST_SIZE + 1];
    if (trust->note_len == 0)
        return;
    bytes_write_hex(span_of(trust->head.root.bytes, DIGEST_SIZE), root);
    snprintf(caption, sizeof(caption),
             "账本检查点 checkpoint\n%s\n%" PRIu64 " 条账目 entries\n%s\n\n"
             "离线核验：把二维码的内容存成文件 note，运行\n"
             "To check with no network: save what the code says as a file, then\n"
             "custody verify note --ledger VKEY\n"
             "以同一截止账目号再次查询，应得到本页的全部数字。\n"
             "Asked again as of the same entry, the ledger gives the same figures.",
             context->client->card.origin, trust->head.size, root);
    add_qr(page, span_of(trust->note, trust->note_len), caption);
}

/* The text of the proof, for the caller to free; 0 when there is none to be had. */
static size_t ask_proof(struct command_context *context, uint64_t entry, char **ret)
{
    ProtobufCMessage *request = NULL, *reply = NULL;
    struct custody_problem problem;
    size_t len = 0;
    json_t *json = json_pack("{s:I}", "entry", (json_int_t)entry);
    if (reflect_from_json(ask_request_descriptor(ENVELOPE_PROVE), json, &request, &problem) ==
            CUSTODY_OK &&
        ask_question(context->client, ENVELOPE_PROVE, request, &reply) == CUSTODY_OK) {
        const Custody__V1__ProveReply *told = (const Custody__V1__ProveReply *)reply;
        char *text = malloc(TLOGPROOF_SIZE_MAX);
        if (text != NULL && told->entry != NULL && told->entry->proof != NULL &&
            told->entry->bytes.len > 0)
            len = tlogproof_write(
                entry, span_of(told->entry->bytes.data, told->entry->bytes.len), told->entry->proof,
                span_of(told->basis->checkpoint.data, told->basis->checkpoint.len), text,
                TLOGPROOF_SIZE_MAX);
        *ret = text;
    }
    json_decref(json);
    reflect_free(reply);
    reflect_free(request);
    return len;
}

void paper_add_proof(struct command_context *context, json_t *page, uint64_t entry)
{
    char *text = NULL, caption[CAPTION_MAX];
    size_t len = context->is_offline ? 0 : ask_proof(context, entry, &text);
    if (len > 0 && len <= QR_MAX) {
        snprintf(
            caption, sizeof(caption),
            "账目 %" PRIu64 " 的离线证明\nOffline proof of entry %" PRIu64 "\n%s\n\n"
            "二维码内含签名记录本身、其在账本中的证明和已签名的检查点。\n"
            "The code holds the signed record itself, the proof that it stands in the ledger, and "
            "the signed checkpoint.\n\n"
            "核验，无需网络：把二维码的内容存成文件 proof，运行\n"
            "To check with no network: save what the code says as a file, then\n"
            "custody verify proof --ledger VKEY",
            entry, entry, context->client->card.origin);
        add_qr(page, span_of(text, len), caption);
    } else {
        paper_add_checkpoint(context, page);
    }
    free(text);
}

/* What stands over the page: what people call such a sheet. */
static const char *title_of(const struct command *command)
{
    static const struct {
        const char *name, *title;
    } titles[] = {{"today", "今日一页"},
                  {"dossier", "一企一档"},
                  {"report", "危险废物转移核查表"},
                  {"balance", "危险废物收支平衡表"},
                  {"trace", "流转记录"},
                  {"unclosed", "未办结清单"},
                  {"due", "待办期限清单"},
                  {"findings", "违规与提示清单"},
                  {"expected", "预计到货清单"},
                  {"party", "单位登记表"}};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (strcmp(titles[i].name, command->name) == 0)
            return titles[i].title;
    return command->summary;
}

int paper_write_printed(struct command_context *context, struct printed *printed, const char *path)
{
    json_t *blocks = printed_take(printed);
    json_t *page =
        blocks == NULL ? NULL : paper_page(context, title_of(context->command), "", blocks);
    if (page == NULL) {
        problem_set(&context->client->problem, CUSTODY_ERR_MEMORY, "page", NULL, "nothing left");
        return command_fail(context);
    }
    paper_add_checkpoint(context, page);
    return paper_write(context, page, path);
}
