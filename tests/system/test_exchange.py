# test_exchange.py: what other programs know goes onto a real ledger, and comes out in their forms.
# Never checks every cell: unit tests of the converters do.
import csv
import io
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_planted import *  # noqa: E402,F403


def file_of(here, name, text):
    path = here.daemon.path(name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def export(here, device, *words):
    done = here.command(device, "export", *words, form="text")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def story_a_ward_keeps_its_spreadsheet():
    """A morning's bags from a table: tried, kept, kept once; out again in the tables of HJ 1259."""
    here = reading()
    table = file_of(here, "bags.csv", "\ufeff发生时间,贮存设施编码,袋号,废物代码,重量(kg),重量来源,容器类型,科室\r\n" + "".join(
        "2026-05-20 08:30,ZC-1,X%d,841-001-01,1.25,称重,袋,急诊\r\n" % i for i in range(120)))
    tried = here.on("ward", "import", "csv", table, "--dry-run")
    assert (tried["statements"], tried["kept"]) == (2, 0), tried.lines
    kept = here.on("ward", "import", "csv", table)
    assert (kept["rows"], kept["kept"], kept["on_ledger"], kept["faults"]) == (120, 2, 2, 0), kept.lines
    again = here.on("ward", "import", "csv", table)
    assert (again["kept"], again["before"]) == (0, 2), again.lines
    assert here.trace("ward", "hospital", "X119")["mass_g"] == 1250
    told("out and in again")
    out = export(here, "ward", "csv", "--headers", "zh")
    mine = [row for row in rows_of(out) if row["容器编码"].startswith("X")]
    assert len(mine) == 120 and {row["重量来源"] for row in mine} == {"weighed"}, mine[0]
    back = here.on("ward", "import", "csv", file_of(here, "back.csv", out))
    assert (back["kept"], back["faults"]) == (0, 0) and back["before"] == back["statements"] > 2, back.lines
    lines = export(here, "ward", "jsonl", "--act", "pack")
    assert here.on("ward", "import", "jsonl", file_of(here, "back.jsonl", lines))["kept"] == 0
    told("HJ 1259")
    produced = rows_of(export(here, "ward", "hj1259", "--table", "1", "--month", "2026-05"))
    assert len(produced) == 122 and sum(round(float(row["产生量"]) * 1e6) for row in produced) == 155000, produced[0]
    handed = rows_of(export(here, "ward", "hj1259", "--table", "5", "--month", "2026-05"))
    assert [row["容器/包装编码"] for row in handed] == ["H1", "H2"], handed
    assert {row["产生批次编码/出库批次编码"] for row in handed} == {"HWCK20260519001"}, handed
    assert not rows_of(export(here, "ward", "hj1259", "--table", "1", "--month", "2026-04"))


def story_what_the_ledger_refuses_names_its_line():
    here = reading()
    table = file_of(here, "parties.csv", "act,occurred_at,party,kinds,division,site,name\n"
                    "登记单位,2026-05-20T08:00,uscc:12540402YANG002017,产废单位,540402,医院,示例·甲\n"
                    "register-party,2026-05-20T08:00,uscc:12540402YANG003017,generator,999999,hospital,示例·乙\n")
    done = here.on("bureau", "import", "csv", table, exit_code=1)
    assert (done["kept"], done["on_ledger"], done["refused"]) == (2, 1, 1), done.lines
    refused = [line for line in done.lines if "refused" in line and "line" in line]
    assert [line["line"] for line in refused] == [3], done.lines


def story_unclosed_manifests_on_a_map():
    here = reading()
    whole = json.loads(export(here, "bureau", "geojson"))
    assert whole["type"] == "FeatureCollection"
    found = {feature["id"]: feature for feature in whole["features"]}
    assert {here.manifest, here.later} <= set(found), sorted(found)
    assert found[here.manifest]["geometry"] is None and found[here.manifest]["properties"]["mass_kg"] == 5.0
    here.on("ward", "--position", "29.6490,94.3617,15", "issue-manifest", "--receiver", here.parties["plant"],
            "--line", "waste_code=841-001-01,planned_mass=1kg", "--leg", "carrier=%s,vehicle=%s" % (
                here.parties["carrier"], TRUCK))
    whole = json.loads(export(here, "bureau", "geojson", "--party", here.parties["hospital"]))
    points = [f["geometry"]["coordinates"] for f in whole["features"] if f["geometry"]]
    assert points == [[94.3617, 29.649]], whole


def story_numbers_of_the_national_system_come_back():
    here = reading()
    rows = rows_of(export(here, "bureau", "national"))
    wanted = [row for row in rows if row["联单编号"] == here.manifest]
    assert len(wanted) == 1 and wanted[0]["联单标识"] == here.manifest_id, rows
    assert (wanted[0]["移出量(吨)"], wanted[0]["废物代码"]) == ("0.005000", "841-001-01"), wanted
    for row in rows:
        row["国家联单编号"] = "20265404000017" if row["联单编号"] == here.manifest else ""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    table = file_of(here, "numbers.csv", text.getvalue())
    done = here.on("bureau", "import", "national", table)
    assert (done["kept"], done["on_ledger"], done["faults"]) == (1, 1, 0), done.lines
    assert done["not_taken"]["rows without a number or state"] == len(rows) - 1, done.lines
    assert here.on("bureau", "import", "national", table)["kept"] == 0
    left = rows_of(export(here, "bureau", "national"))
    assert here.manifest not in [row["联单编号"] for row in left] and len(left) == len(rows) - 1
    shown = here.on("bureau", "trace", "--manifest", here.manifest_id)["manifests"][0]
    assert shown["national_number"] == "20265404000017" and shown["reported"], shown
    bad = here.on("bureau", "import", "national", file_of(here, "bad.csv", text.getvalue().replace("20265404000017", "17")),
                  exit_code=2)
    assert bad["kept"] == 0 and [line["column"] for line in bad.lines if "error" in line] == ["国家联单编号"], bad.lines


def story_a_manifest_as_the_us_system_takes_it():
    here = reading()
    document = one(here.on("bureau", "export", "emanifest", "--manifest", here.manifest_id))
    assert document["generator"]["epaSiteId"] == here.parties["hospital"] and len(document["transporters"]) == 1, document
    assert [(w["quantity"]["quantity"], w["hazardousWaste"]["federalWasteCodes"][0]["code"]) for w in document["wastes"]] == \
        [(5.0, "841-001-01")], document
    missing = here.command("bureau", "export", "emanifest", "--manifest", "ab" * 32)
    assert missing.returncode == 1 and missing.stdout == "", missing.stderr


def story_events_for_whoever_reads_epcis():
    """One document of all that the bureau may read; a weight put right is declared wrong and stands there right."""
    here = reading()
    packed = here.pack("east", ("E9", 700))
    name = "%s:%s:%s" % tuple(one(here.on("bureau", "show", packed["entry"]))["decoded"][n] for n in ("key", "sequence", "id"))
    here.on("east", "amend", "--target", name, "--generator", here.parties["east"], "--container", "code=E9,mass=750g",
            "--reason", "mistake")
    done = here.command("bureau", "export", "epcis", form="text")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    events = document["epcisBody"]["eventList"]
    assert document["type"] == "EPCISDocument" and document["schemaVersion"] == "2.0"
    steps = [event["bizStep"] for event in events]
    assert {"commissioning", "consigning", "departing", "loading"} <= set(steps), steps
    wrong = [event for event in events if "errorDeclaration" in event]
    assert len(wrong) == 1 and wrong[0]["errorDeclaration"]["reason"] == "incorrect_data", wrong
    ids = wrong[0]["errorDeclaration"]["correctiveEventIDs"]
    right = [event for event in events if event["eventID"] in ids]
    assert [event["custody:containers"][0]["custody:massG"] for event in wrong + right] == [700, 750], right
    assert [event["eventID"] for event in events].count(wrong[0]["eventID"]) == 2
    assert "act register_party" in done.stderr, "what is no event is told by name: " + done.stderr


try:
    main([story_a_ward_keeps_its_spreadsheet, story_what_the_ledger_refuses_names_its_line,
          story_unclosed_manifests_on_a_map, story_numbers_of_the_national_system_come_back,
          story_a_manifest_as_the_us_system_takes_it, story_events_for_whoever_reads_epcis])
finally:
    SHARED.close()
