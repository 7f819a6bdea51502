/* views.h: the parts that several answers share, as text for people: parties, manifests, findings, what an answer rests on.
 * Never asks and never decides. */
#ifndef CUSTODY_CLIENT_CLI_VIEWS_H
#define CUSTODY_CLIENT_CLI_VIEWS_H

#include "proto/custody.pb-c.h"
#include "client/cli/output.h"

/* "林芝市人民医院（示例） uscc:..." or the party alone. */
void views_party(const char *party, const char *name, char ret[static OUTPUT_CELL_MAX]);
/* The name where there is one, else the party: for tables. */
const char *views_short_party(const char *party, const char *name);
/* "T1" of "uscc:.../T1", when the party is `own` or `other`: who reads the line knows whose it is. */
const char *views_short_place(const char *place, const char *own, const char *other);
/* "uscc:.../B1" */
void views_container(const Custody__V1__ContainerName *name, char ret[static OUTPUT_CELL_MAX]);
void views_manifest(const struct output *output, const Custody__V1__ManifestView *manifest);
void views_findings(const struct output *output,
                    Custody__V1__Finding *const *findings,
                    size_t count,
                    const char *indent);
void views_obligations(const struct output *output,
                       Custody__V1__Obligation *const *obligations,
                       size_t count,
                       const char *indent);
/* One dim line: as of which entry, under which verified checkpoint. */
void views_basis(const struct output *output, const Custody__V1__Basis *basis);

#endif
