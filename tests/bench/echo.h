/* echo.h: the bare round trip: an empty request over CURVE and TCP to a thread that gives it back.
 * Never looks at what it gives back. */
#ifndef TESTS_BENCH_ECHO_H
#define TESTS_BENCH_ECHO_H

struct echo;

/* A ROUTER in a thread and a ZeroMQ context of its own, and a DEALER in another. Ends the program when it cannot. */
struct echo *echo_start(void);
void echo_stop(struct echo *echo);
/* One round trip. The first waits for the handshake. */
void echo_ask(struct echo *echo);

#endif
