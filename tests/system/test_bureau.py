# test_bureau.py: what the bureau works with every day: filters of what is open, one screen, and what changed in a report.
# Never checks the rules themselves: stories do.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_planted import *  # noqa: E402,F403


def story_every_filter_of_unclosed():
    with planted() as here:
        north = [of(here, "north", "N2"), of(here, "north", "N1"), day_of(here, "north", "2026-05-18")]
        south = [of(here, "south", "S2"), of(here, "south", "S1"), day_of(here, "south", "2026-05-19"), here.later]
        east = [of(here, "east", "E1"), day_of(here, "east", "2026-05-19")]
        hospital = [day_of(here, "hospital", "2026-05-19"), here.manifest]  # the carrier owes the visit, and holds the bags
        evening = [of(here, "south", "S2"), of(here, "south", "S1"), of(here, "east", "E1")]
        cases = (
            (("--division", "540423"), north + south),
            (("--division", "540424"), east),
            (("--division", "54"), north + south + east + hospital + [of(here, "garage", "O1")]),
            (("--division", "540421"), []),
            (("--party", here.parties["south"]), south),
            (("--party", here.parties["carrier"], "--role", "carrier"), [here.manifest, here.later]),
            (("--party", here.parties["carrier"], "--role", "holder"), hospital),
            (("--party", here.parties["plant"], "--role", "receiver"), [here.manifest, here.later]),
            (("--party", here.parties["hospital"], "--role", "generator"), hospital),
            (("--party", here.parties["hospital"], "--role", "receiver"), []),
            (("--vehicle", "藏G·样0101"), [here.manifest]),
            (("--vehicle", "藏G·样9999"), []),
            (("--family", "medical", "--kind", "manifest"), [here.manifest, here.later]),
            (("--family", "hazardous"), []),
            (("--family", "general"), [of(here, "garage", "O1")]),
            (("--state", "in_transit"), [here.manifest]),
            (("--state", "issued"), [here.later]),
            (("--state", "packed", "--family", "medical"), north[:2] + evening),
            (("--older-than", "1d"), north),
            (("--older-than", "3d"), []),
            (("--rule", "medical_storage"), north[:2] + evening),
            (("--rule", "stock_age"), [of(here, "garage", "O1")]),
            (("--unreported",), [here.manifest, here.later]),
            (("--overdue",), north[:2]),
            (("--overdue", "--division", "540424"), []),
            (("--late-by", "2026-05-20T08:30"), []),
            (("--late-by", "2026-05-20T22:00"), [north[2], hospital[0]]),
            (("--late-by", "2026-05-21T18:30", "--rule", "medical_storage"), evening),
        )
        for words, subjects in cases:
            answer = one(here.on("bureau", "unclosed", *words))
            assert sorted(i["subject"] for i in answer["items"]) == sorted(subjects), (words, answer["items"])
            assert answer.get("total", 0) == len(subjects) == sum(s["count"] for s in answer.get("sums", [])), (words, answer)
        for words, field in ((("--role", "driver"), "role"), (("--state", "asleep"), "state"), (("--rule", "no_such"), "rule"),
                             (("--division", "xx"), "division"), (("--page", "00"), "options.page")):
            refused = here.command("bureau", "unclosed", *words)
            assert refused.returncode == 1 and json.loads(refused.stderr)["error"]["field"] == field, refused.stderr
        told("a number that the national system took is no longer unreported")
        here.say("bureau", "number", manifest=here.manifest_id, national_number="20265404000017", state="reported")
        assert [i["subject"] for i in here.unclosed("bureau", "--unreported")] == [here.later]


# --- reports ---------------------------------------------------------------------------------------------------


def story_a_report_names_what_changed_since_another():
    """A month in which much is packed afterwards: more entries behind one figure than one answer of the ledger has."""
    with planted() as here:
        words = ("report", "month", "2026-05", "--division", "5404")
        old = one(here.on("bureau", *words))
        assert here.read("bureau", *words, "--compare", old["as_of"]).rstrip().endswith("无 nothing")
        late = here.submit("north", *[
            {"act": "pack", "generator": here.parties["north"], "place": "ZC-1", "containers": [
                {"code": "X%d" % i, "waste_code": "841-001-01", "mass_g": 100, "mass_source": "weighed", "package": "bag"}]}
            for i in range(230)])
        now = one(here.on("bureau", *words, "--compare", old["as_of"]))
        before, after = ({f["id"]: f["value"] for f in report["figures"]} for report in (old, now))
        differ = {name for name in {*before, *after} if before.get(name, 0) != after.get(name, 0)}
        changed = {c["id"]: c for c in now["compare"]["changed"]}
        assert changed.keys() == differ and now["compare"]["as_of"] == old["as_of"], differ ^ changed.keys()
        for name, change in changed.items():
            assert (change["before"], change["after"]) == (before.get(name, 0), after.get(name, 0)), change
            assert sum(e["value"] for e in change["entries"]) == change["after"] - change["before"], change
        mass = changed["2026-05/5404/generated_g"]
        assert mass["after"] - mass["before"] == 23000
        assert [e["entry"] for e in mass["entries"]] == [kept["entry"] for kept in late]
        text = here.read("bureau", *words, "--compare", old["as_of"])
        in_order(text, ["2026-05/5404/generated_g  192800 -> 215800  (+23000)", "entry %d  +100" % late[0]["entry"], "... 210"])
        told("%d figures changed" % len(changed))

        told("a saved report is compared as a position is; one that was doctored is refused, or printed as a draft that says so")
        path = here.daemon.path("saved.json")

        def saved(report):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(report, file)
            return ("report", "month", "--compare", path)

        assert one(here.on("bureau", *saved(old)))["compare"] == now["compare"]
        doctored = {**old, "figures": [{**f, "value": 190000} if f["id"] == "2026-05/5404/generated_g" else f
                                       for f in old["figures"]]}
        refused = here.command("bureau", *saved(doctored))
        error = json.loads(refused.stderr)["error"]
        assert refused.returncode == 5 and refused.stdout == "" and error["field"].endswith("generated_g"), refused
        assert "190000" in error["got"] and "--draft" in error["remedy"], error
        draft = one(here.on("bureau", *saved(doctored), "--draft"))
        assert "draft" not in draft and draft["compare"]["draft"]["value"] == 190000, draft["compare"]["draft"]
        assert draft["figures"] == now["figures"]
        assert here.read("bureau", *saved(doctored), "--draft").startswith("草稿 DRAFT: 旧表 of the old report")
        assert "draft" not in one(here.on("bureau", *words, "--draft")), "what adds up is no draft"
        refused = here.command("bureau", *words, "--compare", old["as_of"], form="tsv")
        assert refused.returncode == 2 and refused.stdout == "", "what changed is no column"
        for broken in ({}, {**old, "period": "2026-05-but-longer"}, {**old, "figures": "none"}):
            assert here.command("bureau", *saved(broken)).returncode == 2


# --- today -----------------------------------------------------------------------------------------------------


def story_today_is_one_screen():
    with planted() as here:
        north, south, east = (here.parties[name] for name in ("north", "south", "east"))
        here.at("2026-05-20T07:00")
        screen = one(here.on("bureau", "today"))
        assert screen.get("overdue", 0) == screen.get("new_findings", 0) == 0 and "visits" not in screen, screen
        assert (screen["late_count"], screen["late_g"]) == (4, 3000)
        assert {(h["party"], h["count"], h.get("mass_g", 0)) for h in screen["late"]} == \
            {(north, 3, 3000), (here.parties["carrier"], 1, 0)}, screen["late"]
        assert screen["late_by"] == microseconds("2026-05-21T00:00") and screen["health"]["size"] == screen["size"]
        told("at 08:00 two bags pass their limit; nobody says a word, and it is new at 09:00")
        here.at(MORNING)
        text = here.read("bureau", "today")
        in_order(text, ["since you last looked", "new entries 0", "new findings 2", "temporary storage", "示例·north", "late by 05-21 00:00",
                        "2\n", "overdue and broken", "overdue 2", "2  ", "temporary storage", "worth a visit today",
                        "1. 示例·north", "2 overdue: waste was in temporary storage", "takes the score from", "the ledger", "forks 0"])
        assert "0.000 kg" not in text, text
        rows = here.table("bureau", "today", "--since", 1)
        screen = one(here.on("bureau", "today", "--since", 1))
        assert len(text.splitlines()) < 25 and len(screen["visits"]) == 1
        assert [(r["section"], r["rule"], r["party"], r["count"], r["score"], r["mass_g"], r["at"], r["id"]) for r in rows] == \
            [("new", f["rule_name"], f["party"], "", "", str(f["mass_g"]), rfc3339(f["since"]), f["id"]) for f in screen["newest"]] + \
            [("late", "", h["party"], str(h["count"]), "", str(h.get("mass_g", "")), rfc3339(h["first_due"]), "")
             for h in screen["late"]] + \
            [("cause", c["rule"], "", str(c["overdue"]), "", "", rfc3339(c["oldest"]), "") for c in screen["causes"]] + \
            [("visit", v["rule"], v["party"], "", str(v["score"]), "", "", "") for v in screen["visits"]], rows
        assert [(c["rule"], c["overdue"]) for c in screen["causes"]] == [("medical_storage", 2)]
        assert screen["overdue"] == sum(c["overdue"] for c in screen["causes"])
        told("what was shown is not new a second time; --since looks back and forgets nothing")
        assert one(here.on("bureau", "today")).get("new_findings", 0) == 0
        assert one(here.on("bureau", "today", "--since", 1))["new_findings"] == 2
        told("on Thursday night three are worth a visit, the worst first, with a sentence each")
        here.at("2026-05-21T21:00")
        here.pack("north", ("N9", 700))
        screen = one(here.on("bureau", "today"))
        assert screen["new_entries"] == 1 and screen["overdue"] > 2
        assert {v["party"] for v in screen["visits"][:2]} == {north, south} and len(screen["visits"]) == 3
        assert [v["score"] for v in screen["visits"]] == sorted((v["score"] for v in screen["visits"]), reverse=True)
        sentence = re.compile(r"(\d+ findings?)?( and )?(\d+ overdue)?(, \d+ of them)?: \w.*")
        assert all(sentence.fullmatch(v["why_en"]) and v["why_zh"] for v in screen["visits"]), screen["visits"]
        assert all(" from %d to " % v["score"] in v["lower_en"] for v in screen["visits"]), screen["visits"]
        counted = {c["rule"]: c["overdue"] + c.get("findings", 0) for c in screen["causes"]}
        overdue = one(here.on("bureau", "unclosed", "--overdue"))["items"]
        assert sum(counted.values()) == screen["overdue"] + screen.get("findings", 0) and screen["overdue"] == len(overdue)
        assert counted == {"medical_storage": 5, "collection_interval": 4}, counted
        told("a division's screen is its own")
        assert {v["party"] for v in one(here.on("bureau", "today", "--division", "540424"))["visits"]} == {east}
        mine = one(here.on("east", "today"))
        assert mine["overdue"] == 2 and "visits" not in mine and {h["party"] for h in mine.get("late", [])} <= {east}, mine


def story_nothing_needs_you_today():
    with region() as here:
        here.usual()
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T08:00")
        for _ in range(2):
            text = here.read("bureau", "today")
            in_order(text, ["today", "nothing needs you today", "the ledger", "forks 0  缺口 gaps 0", "as of entry"])
            assert "worth a visit" not in text and len(text.splitlines()) == 6, text
        assert here.table("bureau", "today") == []


main([story_every_filter_of_unclosed, story_a_report_names_what_changed_since_another, story_today_is_one_screen,
      story_nothing_needs_you_today])
