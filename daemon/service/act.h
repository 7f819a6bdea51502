/* act.h: a statement's body as facts about the subjects it speaks of.
 * Never decides an outcome. Writer's thread. */
#ifndef CUSTODY_SERVICE_ACT_H
#define CUSTODY_SERVICE_ACT_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

/* A fact of the entry that is being applied. Acts that this version does not give an effect are recorded and move nothing. */
void act_apply(struct apply *apply, uint32_t act, const ProtobufCMessage *body);

/* Parts of bodies, for the files beside this one. A party's number; an empty name is the author's own party. */
uint32_t act_party_number(struct apply *apply, const char *name);
/* What is named by the id of the statement that made it; 0 for no id. */
uint32_t act_statement_number(struct apply *apply, unsigned kind, ProtobufCBinaryData id);
/* Waste code of a fact: its number, the profile that judges it, whether it is medical, whether the catalogue in force lists
 * it. */
void act_code(struct apply *apply, uint32_t generator, const char *code, struct fact *fact);
/* 0 is no mass. */
void act_mass(struct fact *fact, uint64_t mass_g, uint8_t source);

#endif
