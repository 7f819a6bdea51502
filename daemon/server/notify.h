/* notify.h: what systemd wants to hear: ready, stopping, alive.
 * Never fails its caller: without a NOTIFY_SOCKET, or before notify_open, nothing is said.
 *
 * Threads: notify_say from any; the others from the main thread. */
#ifndef CUSTODY_SERVER_NOTIFY_H
#define CUSTODY_SERVER_NOTIFY_H

/* Connects to NOTIFY_SOCKET now, because a sealed process (sandbox.h) makes no sockets; a second call starts anew. */
void notify_open(void);
void notify_close(void);
/* "READY=1", "STOPPING=1", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=..." (sd_notify(3)). */
void notify_say(const char *state);
/* How often WATCHDOG=1 is due: half of WATCHDOG_USEC; -1 when nobody watches. */
int notify_watchdog_ms(void);

#endif
