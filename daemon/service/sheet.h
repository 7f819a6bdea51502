/* sheet.h: a manifest or a batch with everything that stands on its form: numbers, legs, parents, what followed, what was
 * confirmed, what keeps it open. Whoever asks has found that the asker may see it; of the other manifests that it hangs together
 * with, those are named that the asker may see by themselves. Never writes. Memory is the arena's. */
#ifndef CUSTODY_SERVICE_SHEET_H
#define CUSTODY_SERVICE_SHEET_H

#include "daemon/service/sight.h"
#include "daemon/service/view.h"

enum { SHEET_LINKS_MAX = 32 };

/* NULL when memory or the book failed. What the office said line by line (`confirmed`) is left to who reads entries. */
Custody__V1__ManifestView *
sheet_manifest(const struct view *view, const struct sight *sight, uint32_t number);
Custody__V1__BatchView *
sheet_batch(const struct view *view, const struct sight *sight, uint32_t number);
/* The `index`-th manifest that names this one as its parent, or whose containers came to the batch; 0: there is none. */
uint32_t sheet_child(const struct view *view, uint32_t manifest, uint32_t index);
uint32_t sheet_treated(const struct view *view, uint32_t batch, uint32_t index);

#endif
