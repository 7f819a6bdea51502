/* words.h: what people read for the words of the protocol: in Chinese or English by the locale, side by side where it says neither.
 * Never invents: a word without a translation is shown as it is. */
#ifndef CUSTODY_CLIENT_CLI_WORDS_H
#define CUSTODY_CLIENT_CLI_WORDS_H

#include <stddef.h>

enum { WORDS_MAX = 96 };

/* "装车 load" */
void words_act(const char *act, char ret[static WORDS_MAX]);
/* The act of a word that people write: 包装, register-party, register_party; else the word itself. Lent until the next call. */
const char *words_find_act(const char *text);
/* "运输中 in transit": states of containers and of manifests. */
void words_state(const char *state, char ret[static WORDS_MAX]);
/* "不予许可 refused": outcomes of the ledger. A fact that was recorded is "已入账 on the ledger". */
void words_outcome(const char *outcome, char ret[static WORDS_MAX]);
/* "存疑 contested"; empty for "applied", which needs no word. */
void words_effect(const char *effect, char ret[static WORDS_MAX]);
/* "违规 breach" */
void words_weight(const char *weight, char ret[static WORDS_MAX]);
/* "司机 driver" */
void words_role(const char *role, char ret[static WORDS_MAX]);
/* "补录 back entry" */
void words_manifest_type(const char *type, char ret[static WORDS_MAX]);
/* "在途 arrival": what keeps a manifest open. */
void words_lack(const char *lack, char ret[static WORDS_MAX]);

/* "督办 supervised"; empty for none. */
void words_escalation(const char *escalation, char ret[static WORDS_MAX]);
/* "已说明 explained": states of a finding. */
void words_finding_state(const char *state, char ret[static WORDS_MAX]);
/* "医疗 medical": families of waste. */
void words_family(const char *family, char ret[static WORDS_MAX]);

/* Sentences: one language by the locale's (zh... or en...), both where it says neither. Lent for the next 15 calls. */
const char *words_pick(const char *chinese, const char *english);

#endif
