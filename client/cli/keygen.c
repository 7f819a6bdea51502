/* keygen.c: custody keygen: make this device's keys.
 * Never prints a secret. */
#include "proto/bytes.h"
#include "client/lib/identity.h"
#include "client/lib/problem.h"
#include "client/cli/command.h"

int keygen_command(struct command_context *context, struct arguments *arguments)
{
    struct identity identity = {0};
    char key[2 * PUBLIC_KEY_SIZE + 1], curve[2 * IDENTITY_CURVE_SIZE + 1];
    const char *home = context->options.home;
    if (!command_check_used(context, arguments))
        return COMMAND_EXIT_USAGE;
    if (identity_create(home, &context->problem) != CUSTODY_OK ||
        identity_read(home, &identity, &context->problem) != CUSTODY_OK)
        return command_fail(context);
    bytes_write_hex(span_of(identity.public_key, PUBLIC_KEY_SIZE), key);
    bytes_write_hex(span_of(identity.curve_public, IDENTITY_CURVE_SIZE), curve);
    identity_done(&identity);
    if (context->output.is_json) {
        output_json(&context->output,
                    json_pack("{s:s, s:s, s:s}", "home", home, "key", key, "curve_key", curve));
        return 0;
    }
    output_field(&context->output, "文件夹 home", "%s", home);
    output_field(&context->output, "密钥 key", "%s", key);
    output_field(&context->output, "连接 curve key", "%s", curve);
    return 0;
}
