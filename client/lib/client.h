/* client.h: the inside of a client: the parts that keeping, syncing, asking and following share.
 * Never seen by those who use the library: they have include/custody/client.h.
 *
 * Functions of this header fill client->problem when they fail. */
#ifndef CUSTODY_CLIENT_LIB_CLIENT_H
#define CUSTODY_CLIENT_LIB_CLIENT_H

#include "proto/custody.pb-c.h"
#include "client/lib/card.h"
#include "client/lib/connection.h"
#include "client/lib/spool.h"
#include "client/lib/timesource.h"
#include "client/lib/trust.h"

struct custody_client {
    char *home;
    char *clock_file;
    struct card card; /* the ledger file */
    char endpoint[CARD_ENDPOINT_MAX + 1];
    struct identity identity;
    struct keyring keyring;        /* of the ledger, as far as it is known here */
    struct evidence_ledger ledger; /* borrows from `card` and `keyring` */
    struct digest origin;
    struct trust trust;
    struct spool *spool;           /* NULL until it is needed */
    struct connection *connection; /* NULL until it is needed */
    struct timesource time;
    int timeout_ms;
    int resend_ms;
    struct custody_problem problem;
};

enum { CLIENT_TIMEOUT_MS = 10000, CLIENT_RESEND_MS = 2000 };

/* As custody_client_open, but with this card and identity instead of the home's (whose `key` need not be enrolled):
 * an invitation's. Takes the identity over, also on failure. */
CUSTODY_CHECK enum custody_status client_open_with(const struct custody_options *options,
                                                   const struct card *card,
                                                   struct identity *identity,
                                                   struct custody_client **ret,
                                                   struct custody_problem *problem);
CUSTODY_CHECK enum custody_status client_open_spool(struct custody_client *client);
/* The clock's time; 0 with the problem filled when the clock file cannot be read. */
CUSTODY_CHECK enum custody_status
client_now(struct custody_client *client, int64_t *ret_us, uint8_t *ret_quality);

/* A statement ready to be kept or sent; `*ret_bytes` is for the caller to free. */
CUSTODY_CHECK enum custody_status client_sign(struct custody_client *client,
                                              uint32_t act,
                                              const ProtobufCMessage *body,
                                              uint64_t sequence,
                                              const struct digest *previous,
                                              const struct custody_act *rest,
                                              uint8_t **ret_bytes,
                                              size_t *ret_len,
                                              uint8_t ret_signature[static SIGNATURE_SIZE]);
/* The stored receipt of a statement on the ledger, for the caller to free with reflect_free. */
CUSTODY_CHECK enum custody_status
client_receipt(struct custody_client *client, uint64_t sequence, Custody__V1__Receipt **ret);
/* custody_client_keep with a message at hand, whose digest fields it fills in. */
CUSTODY_CHECK enum custody_status client_keep(struct custody_client *client,
                                              uint32_t act,
                                              ProtobufCMessage *body,
                                              const struct custody_act *rest,
                                              struct custody_kept *ret);

#endif
