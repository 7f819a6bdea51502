# test_round.py: a ward's and a driver's day with scanner and scale: line by line, with no network, with power cuts, and everything
# once on the ledger.
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403

TRUCK = "藏G·样0101/yellow"


def scans(here, device, *words, typed, exit_code=0, offline=True):
    """What each line was answered with; the statement, if it came to one, last."""
    return here.on(device, *words, stdin="".join(line + "\n" for line in typed), offline=offline, exit_code=exit_code).lines


def results(lines):
    return [line["result"] for line in lines if "scan" in line]


def cut(here, device, *words, typed):
    """The same, and the power is cut when the last line was answered."""
    command = [CUSTODY, "--home", here.daemon.path("home-" + device), "--clock-file", here.clock, "--format", "json", "--offline",
               *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}) as running:
        running.stdin.write("".join(line + "\n" for line in typed))
        running.stdin.flush()
        for _ in typed:
            assert '"scan"' in running.stdout.readline()
        running.kill()


def a_day_of_scans():
    with region() as here:
        here.usual()
        here.party("clinic", "generator", prefix="12", site="village_clinic", sector="Q8421")
        here.place("clinic", "ZC-2")
        here.device("nurse", "clinic", "generator,admin")
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T09:00")
        hospital, clinic, plant = (here.parties[n] for n in ("hospital", "clinic", "plant"))

        told("a ward scans and weighs; a bag without a weight is not signed, a code twice is said")
        lines = scans(here, "ward", "scan", "pack", "--place", "ZC-1", "--waste-code", "841-001-01", typed=[
            "B-1", "2.35kg", "B-1", "B-2 1.20", clinic + "/X-1", "B-3", "done", "ST,GS,+  0.40kg", "B-9 1kg", "undo", "done"])
        assert results(lines) == ["new", "weighed", "again", "new", "other_party", "new", "unweighed", "weighed", "new", "undone"], lines
        assert lines[-1]["act"] == "pack" and lines[-1]["state"] == "waiting", lines[-1]

        told("another, cut off twice by a power cut; what was confirmed is there again, and is signed once")
        words = ("scan", "pack", "--place", "ZC-2", "--waste-code", "841-001-01")
        cut(here, "nurse", *words, typed=["C-1 0.5", "C-2 0.6"])
        cut(here, "nurse", "scan", typed=["C-2", "C-3 0.7"])
        busy = here.on("nurse", "scan", "pack", "--place", "ZC-9", "--waste-code", "841-001-01", stdin="", offline=True, exit_code=1)
        assert "drop" in busy.complaint, busy.complaint
        lines = scans(here, "nurse", *words, typed=["done"])
        assert lines[-1]["act"] == "pack", lines
        assert "nothing is under way" in here.on("nurse", "scan", stdin="done\n", offline=True, exit_code=2).complaint

        here.at("2026-05-18T10:00")
        told("the driver's round: two stops, one of them with nothing to collect")
        assert "trip" in here.on("driver", "trip", "stop", hospital + "/ZC-1", stdin="", offline=True, exit_code=2).complaint
        here.on("driver", "trip", "start", "--vehicle", TRUCK, "--receiver", plant, offline=True)
        assert "trip" in here.on("driver", "trip", "start", "--vehicle", TRUCK, "--receiver", plant, offline=True, exit_code=1).complaint
        lines = scans(here, "driver", "trip", "stop", hospital + "/ZC-1", typed=[
            hospital + "/B-1", "B-2", hospital + "/B-1", clinic + "/C-1", "B-3", "done"])
        assert results(lines) == ["new", "new", "again", "other_party", "new"], lines
        cut(here, "driver", "trip", "stop", clinic + "/ZC-2", typed=["C-1", "C-2"])
        lines = scans(here, "driver", "scan", typed=["C-3", "done"])
        assert lines[-1]["act"] == "load", lines
        lines = scans(here, "driver", "trip", "stop", clinic + "/ZC-2", typed=["none"])
        assert lines[-1]["act"] == "load", lines
        round_ = here.on("driver", "trip", offline=True)
        assert [s["bags"] for s in round_["stops"]] == [3, 3, 0] and round_["waiting"] == 4, round_.lines
        assert "safe to switch off" in here.command("driver", "trip", offline=True, form="text").stdout.replace("\n", " ")

        told("the gate scans what comes in; then everybody syncs, the driver last")
        here.at("2026-05-18T15:00")
        trip = round_["trip"]
        for party, codes in ((hospital, ("B-1", "B-2", "B-3")), (clinic, ("C-1", "C-2", "C-3"))):
            lines = scans(here, "gate", "scan", "receive", "--trip", trip, "--generator", party, "--place", "LK-1", typed=[*codes, "done"])
            assert lines[-1]["act"] == "receive", lines
        for device in ("gate", "nurse", "ward", "driver"):
            here.on(device, "sync")
        for party, codes in (("hospital", ("B-1", "B-2", "B-3")), ("clinic", ("C-1", "C-2", "C-3"))):
            for code in codes:
                steps = here.trace("bureau", party, code)["steps"]
                assert [s["act_name"] for s in steps] == ["pack", "load", "receive"], (code, steps)
        ended = here.on("driver", "trip", "end")
        assert ended["bags"] == 6 and ended["waiting"] == 0, ended.lines
        assert "stops" not in here.on("driver", "trip").lines[-1]

        told("a wrong weight and a wrong code are put right, by words or by answers")
        here.on("nurse", "fix", "weight", clinic + "/C-1", "0.55kg")
        here.on("nurse", "fix", "weight", stdin="C-2\n0.65kg\n")
        here.on("nurse", "fix", "code", "C-3", "C-33")
        assert here.trace("bureau", "clinic", "C-1")["mass_g"] == 550 and here.trace("bureau", "clinic", "C-2")["mass_g"] == 650
        assert "C-33" in here.trace("bureau", "clinic", "C-3")["labels"]
        assert "container" in here.on("nurse", "fix", "weight", "B-1", "1kg", exit_code=1).complaint
        assert "mass" in here.on("nurse", "fix", "weight", "C-1", "much", exit_code=2).complaint
        told("what is dropped is gone; nobody signs an empty scan")
        here.on("ward", "scan", "store", "--generator", hospital, "--place", hospital + "/ZC-1", stdin="done\n", offline=True)
        here.on("ward", "scan", "drop")
        assert "waste_code" in here.on("ward", "scan", "pack", "--place", "ZC-1", stdin="", exit_code=2).complaint


main([a_day_of_scans])
