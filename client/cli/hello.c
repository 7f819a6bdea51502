/* hello.c: custody hello: what the ledger is and what it speaks.
 * Never believes it: name and key come from the ledger file. */
#include <inttypes.h>

#include "proto/body.h"
#include "client/lib/reflect.h"
#include "client/cli/command.h"
#include "client/cli/words.h"

int hello_command(struct command_context *context, struct arguments *arguments)
{
    const struct output *output = &context->output;
    ProtobufCMessage *message = NULL;
    char clock[OUTPUT_CELL_MAX];
    int code = command_ask(context, arguments, NULL, NULL, &message);
    if (code != 0)
        return code;
    const Custody__V1__HelloReply *reply = (const Custody__V1__HelloReply *)message;
    if (output->is_json) {
        output_json(output, reflect_to_json(message));
    } else {
        output_time(output, reply->clock, clock);
        if (reply->demonstration)
            output_print(output, OUTPUT_WARN, "演示 demonstration\n");
        output_field(output, "账本 ledger", "%s", reply->origin);
        output_field(output, "密钥 key", "%s", reply->ledger_vkey);
        output_field(output, "时钟 clock", "%s", clock);
        output_field(output, "软件 software", "%s", reply->software);
        for (size_t i = 0; i < reply->n_versions; i++)
            output_field(output, i == 0 ? "版本 versions" : "", "%s", reply->versions[i]);
        output_field(output, "上限 limits", "%" PRIu32 " bytes, %" PRIu32 " items",
                     reply->statement_limit, reply->item_limit);
        for (size_t i = 0; i < reply->n_acts; i++) {
            char word[WORDS_MAX];
            const char *name = body_act_name(reply->acts[i]);
            words_act(name == NULL ? "?" : name, word);
            output_field(output, i == 0 ? "事项 acts" : "", "%" PRIu32 "  %s", reply->acts[i],
                         word);
        }
    }
    reflect_free(message);
    return 0;
}
