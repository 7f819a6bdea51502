/* haul.c: a small month whose figures are known by hand. */
#include "tests/lib/haul.h"

#include <string.h>

#include "tests/lib/check.h"

static struct desk_statement *receipt;

static void at_hour(struct desk *desk, int hour)
{
    desk->now_us = DESK_DAY + hour * DESK_HOUR;
}

static struct desk_statement *
say(struct desk *desk, enum desk_actor actor, const ProtobufCMessage *body)
{
    return desk_do(desk, actor, body, desk->now_us, CUSTODY_OUTCOME_recorded);
}

static void weigh(Custody__V1__LoadBody *load, uint64_t mass_g)
{
    load->containers[0]->mass_g = mass_g;
    load->containers[0]->mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
}

static void feed(struct desk *desk, const char *code)
{
    Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
    char *codes[] = {(char *)code};
    body.batch = (char *)"P1";
    body.generator = (char *)DESK_CLINIC;
    body.n_containers = 1;
    body.containers = codes;
    say(desk, DESK_GATE, &body.base);
}

void haul_run(struct desk *desk)
{
    desk_open(desk, false);
    at_hour(desk, 8);
    say(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "C1", 5000)->base);
    say(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "C2", 3000)->base);
    say(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "H1", 7000)->base);
    struct desk_statement *clinics = desk_issue(desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *hospitals = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    at_hour(desk, 10);
    struct desk_statement *trip = say(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base);
    Custody__V1__LoadBody *load = desk_load(desk, trip, clinics, DESK_CLINIC, "C1");
    weigh(load, 5100);
    say(desk, DESK_DRIVER, &load->base);
    say(desk, DESK_DRIVER, &desk_load(desk, trip, clinics, DESK_CLINIC, "C2")->base);
    say(desk, DESK_DRIVER, &desk_load(desk, trip, hospitals, DESK_HOSPITAL, "H1")->base);
    at_hour(desk, 14);
    Custody__V1__Verdict accepted = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    say(desk, DESK_GATE,
        &desk_receive(desk, trip, clinics, DESK_CLINIC, "C1", accepted, 5000)->base);
    receipt = say(desk, DESK_GATE,
                  &desk_receive(desk, trip, clinics, DESK_CLINIC, "C2", accepted, 3000)->base);
    say(desk, DESK_GATE,
        &desk_receive(desk, trip, hospitals, DESK_HOSPITAL, "H1", accepted, 0)->base);
    at_hour(desk, 18);
    feed(desk, "C1");
    feed(desk, "C2");
}

void haul_correct(struct desk *desk)
{
    Custody__V1__AmendBody amend = CUSTODY__V1__AMEND_BODY__INIT;
    Custody__V1__AmendedContainer container = CUSTODY__V1__AMENDED_CONTAINER__INIT;
    Custody__V1__AmendedContainer *containers[] = {&container};
    at_hour(desk, 19);
    container.code = (char *)"C2";
    container.mass_g = 2900;
    container.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    amend.target = desk_name(desk, receipt);
    amend.generator = (char *)DESK_CLINIC;
    amend.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    amend.n_containers = 1;
    amend.containers = containers;
    say(desk, DESK_GATE, &amend.base);
}

int64_t haul_find(Custody__V1__Figure *const *figures,
                  size_t count,
                  const char *scope,
                  const char *code,
                  const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(figures[i]->scope, scope) == 0 && strcmp(figures[i]->waste_code, code) == 0 &&
            strcmp(figures[i]->name, name) == 0)
            return figures[i]->value;
    return 0;
}

uint64_t haul_size(struct desk *desk)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    ledger_head(desk->ledger, note, &size);
    return size;
}
