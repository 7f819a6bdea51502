# test_listings.py: what people, scripts and spreadsheets read of one ledger: the same rows in text, JSON and TSV, in pages or in one
# piece; the filters and the order of what is open, against facts that were planted.
# Never checks the rules themselves: stories do.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403

TRUCK = "藏G·样0101/yellow"
MORNING = "2026-05-20T09:00"


@contextlib.contextmanager
def planted():
    """Wednesday 09:00. The north's two bags passed their 48 hours at 08:00; the south and the east have until Thursday evening, one bag
    of the south is infectious; the hospital's two are on the truck, the south's manifest is issued, the garage has a drum of oil."""
    with region() as here:
        here.usual()
        here.profile("cn-medical")
        for name, division in (("north", 540423), ("south", 540423), ("east", 540424)):
            here.party(name, "generator", division, "52", site="village_clinic")
            here.place(name, kind="village_point", division=str(division))
            here.device(name, name, "generator,admin")
        here.party("garage", "generator", 540402, site="workshop", sector="O8111")
        here.place("garage", division="540402")
        here.device("foreman", "garage", "generator,admin")
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T08:00")
        here.packed = here.pack("north", ("N1", 1000), ("N2", 2000))["entry"]
        here.at("2026-05-19T18:00")
        here.pack("south", ("S1", 4000))
        here.pack("south", ("S2", 300), epidemic=True)
        here.pack("east", ("E1", 500))
        here.pack("foreman", ("O1", 180000), waste="900-214-08", package="drum")
        here.pack("ward", ("H1", 2000), ("H2", 3000))
        loaded = here.issue("ward", "hospital", "plant", "carrier", TRUCK, [("841-001-01", 5000, 2)])
        here.trip = here.depart("driver", TRUCK, "plant")
        here.loaded = here.load("driver", here.trip, loaded["id"], "hospital", ["H1", "H2"])["entry"]
        issued = here.issue("south", "south", "plant", "carrier", TRUCK, [("841-001-01", 4000, 1)])
        here.manifest, here.later = loaded["number"], issued["number"]
        here.manifest_id = loaded["id"]
        here.at(MORNING)
        yield here


SHARED = contextlib.ExitStack()


def reading():
    """One planted region for all stories that only read."""
    if not hasattr(reading, "here"):
        reading.here = SHARED.enter_context(planted())
    return reading.here


def of(here, party, code):
    return "%s/%s" % (here.parties[party], code)


def day_of(here, party, day):
    return "%s %s" % (here.parties[party], day)


def one(answer):
    """A listing is one document."""
    assert len(answer.lines) == 1, [sorted(line) for line in answer.lines]
    return answer.lines[0]


def rfc3339(at_us):
    return datetime.datetime.fromtimestamp(at_us / 1000000, datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S.%fZ") if at_us else ""


def cell(value):
    return str(int(value)) if isinstance(value, (bool, int)) else value


def same(row, item, numbers=(), times=(), plain=(), nested=()):
    """A row of TSV and the item of JSON that it stands for; what JSON leaves out is 0 or empty."""
    told = {name: cell(item.get(name, 0)) for name in numbers}
    told.update({name: rfc3339(item.get(name, 0)) for name in times})
    told.update({name: item.get(name, "") for name in plain})
    told.update({name: value for name, value in nested})
    assert row == told, (row, told)


def in_order(text, words):
    """Each word stands in the text, behind the one before."""
    at = 0
    for word in words:
        found = text.find(word, at)
        assert found >= 0, (word, text[at:])
        at = found + len(word)


# --- three forms ----------------------------------------------------------------------------------------


def same_open_work(here, device, command, *words):
    items = one(here.on(device, command, *words))["items"]
    rows = here.table(device, command, *words)
    text = here.read(device, command, *words)
    assert len(rows) == len(items) > 0, (command, len(rows), len(items))
    for row, item in zip(rows, items):
        step, last = item.get("next", {}), item.get("last", {})
        same(row, item, ("excused_us", "mass_g", "hazard", "unreported"), ("due", "raw_due", "since"),
             ("kind", "id", "subject", "division", "family", "state", "order", "holder", "holder_name", "generator", "receiver",
              "vehicle", "escalation"),
             (("rule", item.get("rule_name", "")), ("next_act", step.get("act", "")), ("next_party", step.get("party", "")),
              ("next_due", rfc3339(step.get("due", 0))), ("last_act", last.get("act", "")),
              ("last_at", rfc3339(last.get("effective_at", 0))), ("last_entry", cell(last.get("entry", "")))))
    in_order(text, [item["subject"] for item in items])
    return items, text


def story_rows_are_the_same_in_text_json_and_tsv():
    here = reading()
    items, text = same_open_work(here, "bureau", "unclosed")
    assert len(items) == 12 and "unclosed  12  列出 shown 12" in text, text
    same_open_work(here, "north", "due")
    told("findings")
    found = one(here.on("bureau", "findings"))["findings"]
    rows = here.table("bureau", "findings")
    assert len(found) == len(rows) == 2
    for row, finding in zip(rows, found):
        same(row, finding, ("excused_us", "mass_g", "hazard", "reopened", "inspected"), ("since", "met_at"),
             ("id", "weight", "state", "order", "party", "party_name", "subject", "division", "family", "escalation", "article"),
             (("rule", finding["rule_name"]), ("entries", " ".join("#%d" % entry for entry in finding["entries"]))))
        assert finding["entries"] == [here.packed]
    in_order(here.read("bureau", "findings"), [finding["id"] for finding in found])
    told("expected")
    coming = one(here.on("gate", "expected", "--issued"))
    rows = here.table("gate", "expected", "--issued")
    assert len(rows) == len(coming["items"]) == 2
    for row, item in zip(rows, coming["items"]):
        manifest = item["manifest"]
        same(row, item, ("pieces", "mass_g", "hazard"), ("loaded_at", "due"), ("carrier", "vehicle"),
             (("manifest", manifest["manifest"]), ("number", manifest["number"]), ("state", manifest["state"]),
              ("generator", manifest["generator"])))
    assert (coming["pieces"], coming["mass_g"]) == (2, 9000) and coming["total"] == 2, coming
    in_order(here.read("gate", "expected", "--issued"), [here.manifest, "H1", "H2", here.later, "9.000 kg"])
    assert [i["manifest"]["number"] for i in one(here.on("gate", "expected"))["items"]] == [here.manifest]
    told("the access log")
    log = one(here.on("bureau", "access-log", here.parties["north"]))["accesses"]
    rows = here.table("bureau", "access-log", here.parties["north"])
    assert [entry["question"] for entry in log] == ["unclosed", "findings"], log
    assert [row["question"] for row in rows] == ["unclosed", "findings", "access"], "the question before is in the log too"
    for row, entry in zip(rows, log):
        same(row, entry, (), ("at",), ("party", "key", "question", "scope", "about", "asked"))
    in_order(here.read("bureau", "access-log", here.parties["north"]), ["unclosed", "findings", "access", "查阅 reads  3"])


def same_figures(here, *words):
    answer = one(here.on("bureau", *words))
    rows = here.table("bureau", *words)
    assert [(r["figure"], r["waste_code"], r["name"], r["value"]) for r in rows] == \
        [(f["id"], f.get("waste_code", ""), f["name"], str(f["value"])) for f in answer["figures"]]
    return {f["id"]: f["value"] for f in answer["figures"]}, here.read("bureau", *words)


def story_figures_are_the_same_and_every_one_opens_to_its_entries():
    here = reading()
    month = "20260501-20260531/%s/" % here.parties["hospital"]
    figures, text = same_figures(here, "balance", here.parties["hospital"], "--from", "20260501", "--until", "20260531")
    assert figures[month + "generated_g"] == figures[month + "sent_g"] == 5000 and "5.000 kg" in text
    figures, text = same_figures(here, "report", "month", "2026-05", "--division", "5404")
    assert figures["2026-05/5404/generated_g"] == 192800 and "192.800 kg" in text
    by_code = [value for name, value in figures.items() if name.startswith("2026-05/5404/") and name.endswith("-01/generated_g")
               or name == "2026-05/5404/900-214-08/generated_g"]
    assert sorted(by_code) == [12800, 180000], figures
    assert sum(value for name, value in figures.items()
               if re.fullmatch(r"2026-05/5404\d\d/generated_g", name)) == 192800, figures
    told("%d figures" % len(figures))
    for name, value in figures.items():
        made = one(here.on("bureau", "explain", name))
        assert made["sum"] == value == sum(row.get("value", 0) for row in made["contributions"]), (name, value, made)
        assert made["entries"] == len(made["contributions"])
    made = one(here.on("bureau", "explain", "2026-05/5404/generated_g"))
    rows = here.table("bureau", "explain", "2026-05/5404/generated_g")
    assert len(rows) == len(made["contributions"]) == 6
    for row, entry in zip(rows, made["contributions"]):
        same(row, entry, ("entry", "value"), (), ("day", "waste_code", "party"))
    in_order(here.read("bureau", "explain", "2026-05/5404/generated_g"), ["示例·garage", "180000", "192800"])


def story_a_dossier_says_what_the_lists_say():
    here = reading()
    north = here.parties["north"]
    page = one(here.on("bureau", "dossier", north))
    text = here.read("bureau", "dossier", north)
    listed = [i for i in here.unclosed("bureau", "--party", north)]
    assert page["open"] == listed and page["open_obligations"] == 3 and page["overdue"] == 2, page["open"]
    assert [(s["waste_code"], s["grams"], s["pieces"], s["generated_g"]) for s in page["stock"]] == \
        [("841-001-01", 3000, 2, 3000)]
    assert [(r["rule"], r["overdue"]) for r in page["findings"]] == [("medical_storage", 2)]
    in_order(text, ["示例·north", "墨脱县", "841-001-01  3.000 kg", of(here, "north", "N2"), of(here, "north", "N1")])
    refused = here.command("bureau", "dossier", north, form="tsv")
    assert refused.returncode == 2 and refused.stdout == "" and "text or json" in refused.stderr, refused.stderr
    in_order(here.read("north", "dossier"), ["示例·north"])
    assert here.command("north", "dossier", here.parties["south"]).returncode == 1


# --- pages ---------------------------------------------------------------------------------------------------


def paged(here, device, rows, limit, *words):
    """All rows, `limit` a page; as a script would go on."""
    found, page, pages = [], [], 0
    while pages < 100:
        answer = one(here.on(device, *words, "--limit", limit, *page))
        assert len(answer[rows]) <= limit and "next_page" not in answer or answer[rows], answer
        found += answer[rows]
        pages += 1
        if "next_page" not in answer:
            return found, pages
        page = ["--page", answer["next_page"]]
    raise AssertionError("the pages never end")


def story_pages_have_the_rows_of_one_listing():
    here = reading()
    lists = (("bureau", "items", "unclosed"), ("north", "items", "due"), ("bureau", "findings", "findings"),
             ("gate", "items", "expected", "--issued"), ("bureau", "contributions", "explain", "2026-05/5404/generated_g"),
             ("bureau", "items", "unclosed", "--family", "medical", "--kind", "obligation"))
    for device, rows, *words in lists:
        whole = one(here.on(device, *words))
        assert "next_page" not in whole
        for limit in (1, 2, 5):
            found, pages = paged(here, device, rows, limit, *words)
            assert found == whole[rows], (words, limit, found, whole[rows])
            assert pages >= len(found) / limit, (words, limit, pages)
        told("%s: %d rows" % (" ".join(words), len(found)))
    first = one(here.on("bureau", "unclosed", "--limit", 2))
    assert first["total"] == 12 and sum(s["count"] for s in first["sums"]) == 12 and len(first["items"]) == 2
    assert len(here.table("bureau", "unclosed", "--limit", 2)) == 2
    assert "12  列出 shown 2" in here.read("bureau", "unclosed", "--limit", 2)
    second = ["--limit", 2, "--rule", "medical_storage", "--page", one(
        here.on("bureau", "unclosed", "--limit", 2, "--rule", "medical_storage"))["next_page"]]
    assert "unclosed  列出 shown 2" in here.read("bureau", "unclosed", *second)
    nothing = one(here.on("bureau", "unclosed", "--family", "medical", "--state", "rejected"))
    assert nothing["items"] == [] and nothing.get("total", 0) == 0, nothing
    assert here.table("bureau", "unclosed", "--state", "rejected") == []


# --- what is open ----------------------------------------------------------------------------------------------


def story_the_most_urgent_first_then_hazard_then_mass():
    here = reading()
    items = here.unclosed()
    assert [i["subject"] for i in items] == [
        of(here, "north", "N2"), of(here, "north", "N1"), day_of(here, "north", "2026-05-18"),
        day_of(here, "hospital", "2026-05-19"), of(here, "south", "S2"), of(here, "south", "S1"), of(here, "east", "E1"),
        day_of(here, "south", "2026-05-19"), day_of(here, "east", "2026-05-19"), here.manifest, here.later,
        of(here, "garage", "O1")], [i["subject"] for i in items]
    order = [(i["due"], -i["hazard"], -i.get("mass_g", 0)) for i in items]
    assert order == sorted(order), order
    told("who holds it now, what was signed last, what is next and by whom")
    by_subject = {i["subject"]: i for i in items}
    bag, manifest, issued = (by_subject[s] for s in (of(here, "north", "N1"), here.manifest, here.later))
    assert bag["holder"] == bag["next"]["party"] == here.parties["north"]
    assert (bag["last"]["act"], bag["last"]["entry"], bag["next"]["act"]) == ("pack", here.packed, "load"), bag
    assert bag["due"] == microseconds("2026-05-20T08:00") and bag["since"] == microseconds("2026-05-18T08:00")
    assert manifest["holder"] == here.parties["carrier"] and manifest["unreported"]
    assert (manifest["last"]["act"], manifest["last"]["entry"]) == ("load", here.loaded), manifest["last"]
    assert (manifest["next"]["act"], manifest["next"]["party"]) == ("receive", here.parties["plant"])
    assert issued["holder"] == here.parties["south"] and issued["last"]["act"] == "issue_manifest"
    assert (issued["next"]["act"], issued["next"]["party"]) == ("load", here.parties["carrier"])
    text = here.read("bureau", "unclosed", "--party", here.parties["hospital"], "--kind", "manifest")
    in_order(text, [here.manifest, "示例·carrier", "示例·hospital -> 示例·plant", "receive", "示例·plant", "load",
                    "#%d" % here.loaded])


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
                        "1. 示例·north", "above all 2 of", "takes the score from", "the ledger", "forks 0"])
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
        assert all(v["why_zh"] and v["lower_en"] for v in screen["visits"])
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


try:
    main([story_rows_are_the_same_in_text_json_and_tsv, story_figures_are_the_same_and_every_one_opens_to_its_entries,
          story_a_dossier_says_what_the_lists_say, story_pages_have_the_rows_of_one_listing,
          story_the_most_urgent_first_then_hazard_then_mass, story_every_filter_of_unclosed,
          story_a_report_names_what_changed_since_another, story_today_is_one_screen, story_nothing_needs_you_today])
finally:
    SHARED.close()
