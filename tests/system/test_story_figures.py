# test_story_figures.py: NEEDS.md 5.6, what is read off the ledger: stories 7, 9, 13, 14.
# Story 17: parts that do not add up are refused: the end of story 14; the 23 = 19 + 7 + 1 case is a unit test of figures.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403

TRUCK = "藏G·样0101/yellow"


def story_7_twenty_seven_bags_tonight():
    """Three points, 27 bags that pass the limit tonight if nobody moves: told in the morning, by point and by who holds them.
    Which truck could fetch them all is not computed: the ledger knows no roads."""
    with region() as here:
        here.usual()
        here.profile("cn-medical")
        points = ["point1", "point2", "point3"]
        for i, point in enumerate(points):
            here.party(point, "generator", 540423, "52", site="village_clinic")
            here.place(point, kind="village_point", division="540423")
            here.device("phone%d" % i, point, "generator,admin")
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T20:00")
        for i in range(3):
            here.pack("phone%d" % i, *[("YB-%d" % k, 1500) for k in range(9)])
        here.at("2026-05-19T20:30")
        here.pack("phone0", ("YB-late", 1500))
        here.at("2026-05-20T09:00")
        tonight = [i for i in here.unclosed("bureau", "--late-by", "2026-05-20T22:00:00+08:00", "--rule", "medical_storage")]
        assert len(tonight) == 27, len(tonight)
        assert {i["holder"] for i in tonight} == {here.parties[p] for p in points}
        assert sum(i["mass_g"] for i in tonight) == 27 * 1500, tonight[0]
        assert not [i for i in here.findings(rule="medical_storage")]
        screen = here.read("bureau", "today")
        assert "27" in screen and here.parties["point1"] in screen or "示例·point1" in screen, screen
        told("one truck fetches two points; the third is late tonight")
        for i in (0, 1):
            here.at("2026-05-20T1%d:00" % (2 + i))
            party = points[i]
            codes = ["YB-%d" % k for k in range(9)]
            manifest = here.issue("phone%d" % i, party, "plant", "carrier", TRUCK, [("841-001-01", 13500, 9)])["id"]
            trip = here.depart("driver", TRUCK, "plant")
            here.load("driver", trip, manifest, party, codes)
        left = here.unclosed("bureau", "--late-by", "2026-05-20T22:00:00+08:00", "--rule", "medical_storage")
        assert len(left) == 9 and {i["holder"] for i in left} == {here.parties["point3"]}, left
        here.at("2026-05-20T22:00")
        assert len(here.findings(rule="medical_storage")) == 9


def story_9_a_scrap_yard():
    """212 cars: 6.323 t of oil and 10.49 t of batteries, to the gram; the coolant of the plan is missing."""
    with region() as here:
        here.party("yard", "generator", 540402, site="workshop", sector="C4210")
        here.party("centre", "facility generator", site="collection_centre", sector="N7724")
        here.party("carrier", "carrier", site="office", sector="G5437")
        here.place("yard", division="540402")
        here.vehicle("藏G·样0201/yellow", "carrier", medical=False)
        here.permit("centre", "HW08 HW31 HW06", activities="collect store treat")
        here.device("foreman", "yard", "generator,admin")
        here.device("office", "centre", "facility,admin")
        plan = [("900-214-08", 6400000), ("900-052-31", 10600000), ("900-404-06", 1200000)]
        here.say("foreman", "file_document", kind="management_plan", number="演示计划0201",
                 parties=[here.parties["yard"], here.parties["centre"]],
                 effective_until="2027-01-01T00:00:00+08:00",
                 lines=[{"waste_code": code, "planned_mass_g": grams} for code, grams in plan])
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T09:00")
        oil = [("OIL-%02d" % i, 200000) for i in range(31)] + [("OIL-31", 6323000 - 31 * 200000)]
        batteries = [("BAT-%02d" % i, 500000) for i in range(20)] + [("BAT-20", 10490000 - 20 * 500000)]
        here.pack("foreman", *oil, waste="900-214-08", package="drum")
        here.pack("foreman", *batteries, waste="900-052-31", package="box")
        here.at("2026-06-01T09:00")
        balance = here.on("bureau", "balance", here.parties["yard"], "--from", "20260501", "--until", "20260531")
        rows = {row["waste_code"]: row for line in balance.lines for row in line.get("rows", [])}
        text = here.read("bureau", "balance", here.parties["yard"], "--from", "20260501", "--until", "20260531")
        assert "6323.000 kg" in text and "10490.000 kg" in text, text
        missing = [code for code, _ in plan if code not in rows and code not in text]
        assert missing == ["900-404-06"], (missing, text)
        told("of three codes in the plan the ledger has two: the coolant is missing")
        report = here.read("bureau", "report", "month", "2026-05", "--division", "5404")
        assert "16813.000 kg" in report, report


def story_13_a_disused_source():
    """A serial-numbered source in the care of the ledger, as far as waste families allow: it has custody from unit to store, one
    holder at a time, and its own number as the container's code. Activity, decay and clearance dates are not there: the
    radioactive family has no profile, and a waste code of its own is needed to keep it off a hazardous manifest."""
    with region() as here:
        here.usual()
        here.party("store", "facility", site="other", sector="N7729")
        here.permit("store", "900-044-49", activities="store")
        here.device("keeper", "store", "facility,admin")
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T09:00")
        here.pack("ward", ("0519CS000123", 800), waste="900-044-49", package="other")
        manifest = here.issue("ward", "hospital", "store", "carrier", TRUCK, [("900-044-49", 800, 1)], method="D16")["id"]
        trip = here.depart("driver", TRUCK, "store")
        loaded = here.load("driver", trip, manifest, "hospital", ["0519CS000123"])
        here.countersign("ward", "driver", loaded)
        here.at("2026-05-18T15:00")
        here.say("keeper", "receive", trip=trip, manifest=manifest, generator=here.parties["hospital"],
                 containers=[{"code": "0519CS000123", "verdict": "accepted", "mass_g": 800, "mass_source": "weighed"}])
        source = here.trace("bureau", "hospital", "0519CS000123")
        assert source["state"] == "received" and source["holder"] == here.parties["store"], source["state"]
        assert [i for i in here.unclosed() if i["kind"] == "manifest"], "a source in the store is not disposed of"


def story_14_the_monthly_sheet():
    """The old report stays as it was; the new one names what changed and the entries that changed it."""
    with region() as here:
        here.usual()
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T08:00")
        packed = here.pack("ward", ("YB-1", 2000), ("YB-2", 3000))
        here.at("2026-06-01T09:00")
        old = here.on("bureau", "report", "month", "2026-05", "--division", "5404")
        size = old["as_of"]

        def generated(report):
            return next(f["value"] for f in report["figures"] if f["id"] == "2026-05/5404/generated_g")

        assert generated(old) == 5000, old.lines
        told("a typing mistake is corrected: 3.0 kg were 3.5")
        here.say("ward", "amend", target=here.name("ward", packed), generator=here.parties["hospital"],
                 reason="mistake", containers=[{"code": "YB-2", "mass_g": 3500, "mass_source": "weighed"}])
        frozen = here.on("bureau", "report", "month", "2026-05", "--division", "5404", "--as-of", size)
        assert frozen["figures"] == old["figures"]
        now = here.on("bureau", "report", "month", "2026-05", "--division", "5404", "--compare", size)
        assert generated(now) == 5500
        changed = {c["id"]: c for c in now["compare"]["changed"]}
        change = changed["2026-05/5404/generated_g"]
        assert (change["before"], change["after"]) == (5000, 5500), change
        assert sum(e["value"] for e in change["entries"]) == 500, change
        entries = here.on("bureau", "explain", "2026-05/5404/generated_g")
        assert entries["sum"] == 5500 and entries["entries"] == 2, entries.lines
        told("somebody doctors the saved report: it does not add up, and the two figures are named")
        path = here.daemon.path("report.json")
        doctored = dict(old.lines[-1])
        doctored["figures"] = [dict(f, value=4000) if f["id"] == "2026-05/5404/generated_g" else f
                               for f in doctored["figures"]]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(doctored, file)
        refused = here.command("bureau", "report", "month", "2026-05", "--division", "5404", "--compare", path)
        said = refused.stdout + refused.stderr
        assert refused.returncode == 5 and "generated_g" in said and "4000" in said, said[-800:]


main([story_7_twenty_seven_bags_tonight, story_9_a_scrap_yard, story_13_a_disused_source, story_14_the_monthly_sheet])
