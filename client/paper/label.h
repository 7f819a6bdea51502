/* label.h: labels of containers: one a page, or as many on an A4 sheet as find room.
 * Never knows what a waste is: names and values of the fields come with the document.
 *
 * The document (JSON):
 *   {"kind": "labels", "title": TEXT, "created": TIME, "is_sheet": BOOL, "labels": [LABEL, ...]}
 *   LABEL = {"style": "medical" | "hazardous", "width_mm": N, "height_mm": N, "text_mm": N, "title": TEXT, "code": TEXT,
 *            "qr": TEXT, "hazards": [TEXT, ...], "groups": [{"beside": "sign" | "hazards" | "qr" | absent, "rows": [ROW, ...]}]}
 *   ROW = {"lines": N, "cells": [[NAME, VALUE], ...]}: `lines` its share of the height, 1 when it is not there.
 * Colours and signs are those of HJ 421 (medical) and HJ 1276 (hazardous); `text_mm` is the height of the text, which HJ 1276 has by
 * size: it becomes smaller only where a value would not fit otherwise. */
#ifndef CUSTODY_CLIENT_PAPER_LABEL_H
#define CUSTODY_CLIENT_PAPER_LABEL_H

#include <jansson.h>
#include <stdbool.h>

/* False: a sentence is in `*ret_complaint`, static. */
bool label_write(const json_t *document, const char *path, int dpi, const char **ret_complaint);

#endif
