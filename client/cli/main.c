/* main.c: the custody command.
 * Never more than this: see command.c. */
#include "client/cli/command.h"

int main(int argc, char **argv)
{
    return command_main(argc, argv, stdout, stderr);
}
