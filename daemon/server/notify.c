/* notify.c: one socket, connected to the address that systemd left in the environment.
 * Never links libsystemd for it. */
#include "daemon/server/notify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/bytes.h"

static int out = -1;

void notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    notify_close();
    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof(address.sun_path)) {
        return;
    }
    size_t len = strlen(path);
    memcpy(address.sun_path, path, len);
    if (path[0] == '@') {
        address.sun_path[0] = '\0'; /* the abstract namespace */
    }
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (out >= 0 && connect(out, (const struct sockaddr *)&address, size) != 0) {
        notify_close();
    }
}

void notify_close(void)
{
    if (out >= 0) {
        close(out);
    }
    out = -1;
}

void notify_say(const char *state)
{
    if (out >= 0) {
        (void)send(out, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

int notify_watchdog_ms(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    uint64_t us = 0;
    if (text == NULL || !bytes_parse_decimal(span_text(text), &us) || us < 2000) {
        return -1;
    }
    return us / 2000 > INT32_MAX ? INT32_MAX : (int)(us / 2000);
}
