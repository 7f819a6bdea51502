/* catalogue.h: rows of a catalogue file, for who sets one and for who only asks what it would change. */
#ifndef CUSTODY_CLIENT_CLI_CATALOGUE_H
#define CUSTODY_CLIENT_CLI_CATALOGUE_H

#include "client/cli/set_tables.h"

/* A row of a CSV file with code, category, hazard and, where codes were renamed, replaces. */
set_tables_row catalogue_row;

#endif
