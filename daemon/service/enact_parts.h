/* enact_parts.h: what one granted permission changes, each subject's in the file of that name; enact.c calls them. Writer's thread. */
#ifndef CUSTODY_SERVICE_ENACT_PARTS_H
#define CUSTODY_SERVICE_ENACT_PARTS_H

#include "daemon/service/enact.h"

struct enacting {
    struct book *book;
    const struct apply_entry *entry;
    uint32_t author; /* number of the key that signed */
    bool ledger_is_open;
    struct work_set *findings; /* that it opens; may be NULL */
};

/* From when, until when, as the decision took them. */
int64_t enact_from(const struct enacting *enacting, int64_t asked_us);
int64_t enact_until(int64_t asked_us);
/* Number of a party's name; 0 for an empty one. */
uint32_t enact_party_number(const struct enacting *enacting, const char *name);
party_bits enact_bits(size_t count, const int *values);
struct digest enact_digest(ProtobufCBinaryData bytes);
/* Gives how many were copied; what is too long was refused before. */
uint32_t enact_patterns(size_t count, char *const *codes, char ret[][WASTE_CODE_MAX + 1]);
void enact_text(char *ret, size_t room, const char *text);
/* Zeroed, in the book's arena; NULL when the book failed. */
struct work_set *enact_work(struct book *book);

/* enact_party.c */
void enact_party_register(const struct enacting *enacting,
                          const Custody__V1__RegisterPartyBody *body);
void enact_party_change(const struct enacting *enacting, const Custody__V1__ChangePartyBody *body);
void enact_party_register_place(const struct enacting *enacting,
                                const Custody__V1__RegisterPlaceBody *body);
void enact_party_register_vehicle(const struct enacting *enacting,
                                  const Custody__V1__RegisterVehicleBody *body);
void enact_party_grant_permit(const struct enacting *enacting,
                              const Custody__V1__GrantPermitBody *body);
void enact_party_suspend(const struct enacting *enacting, const Custody__V1__SuspendBody *body);

/* enact_key.c */
void enact_key_root(const struct enacting *enacting, const uint8_t *public_key);
void enact_key_enrol(const struct enacting *enacting, const Custody__V1__EnrolKeyBody *body);
void enact_key_revoke(const struct enacting *enacting, const Custody__V1__RevokeKeyBody *body);

/* enact_transfer.c */
void enact_transfer_approve(const struct enacting *enacting,
                            const Custody__V1__ApproveTransferBody *body);
void enact_transfer_reserve(const struct enacting *enacting,
                            const Custody__V1__ReserveNumbersBody *body);
void enact_transfer_close_block(const struct enacting *enacting,
                                const Custody__V1__CloseBlockBody *body);
void enact_transfer_file(const struct enacting *enacting,
                         const Custody__V1__FileDocumentBody *body);
void enact_transfer_cancel(const struct enacting *enacting,
                           const Custody__V1__CancelManifestBody *body);
/* A closed party need not renew its documents: their rows as the party was and as it is. */
void enact_transfer_put_document_work(const struct enacting *enacting,
                                      uint32_t owner,
                                      const struct party *before,
                                      const struct party *after);

/* enact_table.c */
void enact_table_divisions(const struct enacting *enacting,
                           const Custody__V1__SetDivisionsBody *body);
void enact_table_catalogue(const struct enacting *enacting,
                           const Custody__V1__SetCatalogueBody *body);

#endif
