/* act.h: a statement's body as facts about the subjects it speaks of.
 * Never decides an outcome. Writer's thread. */
#ifndef CUSTODY_SERVICE_ACT_H
#define CUSTODY_SERVICE_ACT_H

#include "proto/custody.pb-c.h"
#include "daemon/service/settle.h"

/* A fact of the entry that is being applied. Acts that this version does not give an effect are recorded and move nothing. */
void act_apply(struct apply *apply, uint32_t act, const ProtobufCMessage *body);

/* Items of one statement, told apart in records that several of its parts reach. */
enum { ACT_ITEM_BOXES = 1000, ACT_ITEM_BULK = 2000 };

/* Parts of bodies, for the files beside this one. A party's number; an empty name is the author's own party. */
uint32_t act_party_number(struct apply *apply, const char *name);
/* What is named by the id of the statement that made it; 0 for no id. */
uint32_t act_statement_number(struct apply *apply, unsigned kind, ProtobufCBinaryData id);
/* Waste code of a fact: its number, the profile that judges it, whether it is medical, whether the catalogue in force lists
 * it. */
void act_code(struct apply *apply, uint32_t generator, const char *code, struct fact *fact);
/* The author's own batch. */
uint32_t act_batch_number(struct apply *apply, const char *code);
uint32_t act_container_number(struct apply *apply, uint32_t generator, const char *code);
/* "code" for the owner's box, "party/code" for another's. */
uint32_t act_box_number(struct apply *apply, const char *text, uint32_t owner);
/* 0 for none. */
uint32_t act_named_place(struct apply *apply, const Custody__V1__PlaceName *place);
/* The fact is said of that container, of what is in that box. */
void act_to_code(struct apply *apply,
                 uint32_t generator,
                 const char *code,
                 const struct fact *fact);
void act_to_named(struct apply *apply,
                  const Custody__V1__ContainerName *name,
                  const struct fact *fact);
void act_to_box(struct apply *apply, const char *text, const struct fact *fact);
/* 0 is no mass. */
void act_mass(struct fact *fact, uint64_t mass_g, uint8_t source);

#endif
