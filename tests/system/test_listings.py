# test_listings.py: what people, scripts and spreadsheets read of one ledger: the same rows in text, JSON and TSV, in pages or in one
# piece, the most urgent first.
# Never checks the rules themselves: stories do.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_planted import *  # noqa: E402,F403


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


try:
    main([story_rows_are_the_same_in_text_json_and_tsv, story_figures_are_the_same_and_every_one_opens_to_its_entries,
          story_a_dossier_says_what_the_lists_say, story_pages_have_the_rows_of_one_listing,
          story_the_most_urgent_first_then_hazard_then_mass])
finally:
    SHARED.close()
