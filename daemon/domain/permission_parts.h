/* permission_parts.h: the decisions on one subject's acts, each in the file of that name; permission.c calls them.
 * The author may speak at all: permission.c has checked that. */
#ifndef CUSTODY_DOMAIN_PERMISSION_PARTS_H
#define CUSTODY_DOMAIN_PERMISSION_PARTS_H

#include "daemon/domain/decision.h"

/* permission_party.c: parties, places, vehicles, permits, suspensions */
struct permission_answer permission_party_register(const struct decision *decision,
                                                   const Custody__V1__RegisterPartyBody *body);
struct permission_answer permission_party_change(const struct decision *decision,
                                                 const Custody__V1__ChangePartyBody *body);
struct permission_answer
permission_party_register_place(const struct decision *decision,
                                const Custody__V1__RegisterPlaceBody *body);
struct permission_answer
permission_party_register_vehicle(const struct decision *decision,
                                  const Custody__V1__RegisterVehicleBody *body);
struct permission_answer permission_party_grant_permit(const struct decision *decision,
                                                       const Custody__V1__GrantPermitBody *body);
struct permission_answer permission_party_suspend(const struct decision *decision,
                                                  const Custody__V1__SuspendBody *body);

/* permission_key.c */
struct permission_answer permission_key_enrol(const struct decision *decision,
                                              const Custody__V1__EnrolKeyBody *body);
struct permission_answer permission_key_revoke(const struct decision *decision,
                                               const Custody__V1__RevokeKeyBody *body);

/* permission_transfer.c: approvals, blocks of numbers, documents */
struct permission_answer permission_transfer_approve(const struct decision *decision,
                                                     const Custody__V1__ApproveTransferBody *body);
struct permission_answer permission_transfer_reserve(const struct decision *decision,
                                                     const Custody__V1__ReserveNumbersBody *body);
struct permission_answer permission_transfer_close_block(const struct decision *decision,
                                                         const Custody__V1__CloseBlockBody *body);
struct permission_answer permission_transfer_file(const struct decision *decision,
                                                  const Custody__V1__FileDocumentBody *body);

/* permission_manifest.c: manifests asked for, cancelled, closed by order (permission_judge_drawn is there too) */
struct permission_answer permission_manifest_issue(const struct decision *decision,
                                                   const Custody__V1__IssueManifestBody *body);
struct permission_answer permission_manifest_cancel(const struct decision *decision,
                                                    const Custody__V1__CancelManifestBody *body);
struct permission_answer
permission_manifest_close_by_order(const struct decision *decision,
                                   const Custody__V1__CloseByOrderBody *body);

/* permission_table.c: divisions, catalogues, profiles, records of the annex */
struct permission_answer permission_table_divisions(const struct decision *decision,
                                                    const Custody__V1__SetDivisionsBody *body);
struct permission_answer permission_table_catalogue(const struct decision *decision,
                                                    const Custody__V1__SetCatalogueBody *body);
struct permission_answer permission_table_profile(const struct decision *decision,
                                                  const Custody__V1__SetProfileBody *body);
struct permission_answer permission_table_erase(const struct decision *decision,
                                                const Custody__V1__EraseBody *body);

#endif
