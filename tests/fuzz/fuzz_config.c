/* fuzz_config.c: a configuration is taken and printed as one that reads back the same, or its first bad line is named. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static char *printed(const struct config *config)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    require(file != NULL);
    config_print(config, file);
    require(fclose(file) == 0 && len < CONFIG_FILE_MAX);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config, again;
    struct config_fault fault;
    if (size >= CONFIG_FILE_MAX || memchr(data, 0, size) != NULL)
        return 0; /* who reads the file takes no other */
    char *text = malloc(size + 1);
    require(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = 0;
    config_init(&config);
    if (!config_parse(&config, text, &fault)) {
        require(fault.line > 0 && fault.sentence[0] != 0);
        require(memchr(fault.sentence, 0, sizeof fault.sentence) != NULL);
    } else {
        char *first = printed(&config);
        config_init(&again);
        require(config_parse(&again, first, &fault));
        char *second = printed(&again);
        require(strcmp(first, second) == 0);
        require(config_check(&config, &fault) == (fault.sentence[0] == 0));
        free(second);
        free(first);
    }
    free(text);
    return 0;
}
