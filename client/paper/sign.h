/* sign.h: the warning signs of labels: the biohazard sign of HJ 421 and the hazard diamonds of HJ 1276.
 * Never decides which hazards a waste has. */
#ifndef CUSTODY_CLIENT_PAPER_SIGN_H
#define CUSTODY_CLIENT_PAPER_SIGN_H

#include <cairo.h>
#include <stdint.h>

/* A diamond with the biohazard sign over the words 医疗废物, in a square of `size`. `ground`: colour within the diamond. */
void sign_medical(cairo_t *canvas, double x, double y, double size, uint32_t ground);
/* A diamond with the hazard's word and letters: T C I R In. Others stand as they are written. */
void sign_hazard(cairo_t *canvas, double x, double y, double size, const char *hazard);

#endif
