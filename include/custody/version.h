/* version.h: which custody this is. The Makefile reads it too. */
#ifndef CUSTODY_VERSION_H
#define CUSTODY_VERSION_H

#define CUSTODY_VERSION "0.1.0"

#endif
