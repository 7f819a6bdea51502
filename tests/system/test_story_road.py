# test_story_road.py: NEEDS.md 5.6, what happens on the road: stories 1, 4, 5, 15.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403

TRUCK, OTHER = "藏G·样0101/yellow", "藏G·样0102/yellow"


def story_1_a_sharps_box_from_a_village_to_ash():
    """Nine hand-overs; the chain verifies with no daemon."""
    with region() as here:
        here.usual()
        here.party("centre", "generator", 540423, "12", site="township_centre", beds=10)
        here.party("village", "generator", 540423, "52", site="village_clinic", parent="centre")
        here.place("centre", division="540423")
        here.place("village", kind="village_point", division="540423")
        here.vehicle(OTHER, "carrier")
        here.device("nurse", "centre", "generator,admin")
        here.device("driver2", "carrier", "driver")
        told("the township centre sponsors its village clinic's phone with no network")
        here.sponsored("doctor", "village", "nurse")
        here.on("bureau", "open-ledger")

        here.at("2026-05-18T08:00")
        here.on("nurse", "sync")
        here.pack("doctor", ("LQ-1", 900), waste="841-002-01", offline=True)          # 1
        here.at("2026-05-18T08:20")
        here.say("doctor", "store", generator=here.parties["village"], place="ZC-1", containers=["LQ-1"], offline=True)  # 2
        here.on("doctor", "sync")
        manifest = here.issue("doctor", "village", "plant", "carrier", TRUCK, [("841-002-01", 900, 1)])["id"]
        here.at("2026-05-18T10:00")
        trip = here.depart("driver", TRUCK, "plant")
        here.at("2026-05-18T11:00")
        loaded = here.load("driver", trip, manifest, "village", ["LQ-1"])              # 3
        here.countersign("doctor", "driver", loaded)                                   # 4
        told("at the pass the box goes from one truck to another")
        here.at("2026-05-18T14:00")
        trip2 = here.depart("driver2", OTHER, "plant")
        moved = here.say("driver", "transfer", kind="vehicle", from_trip=trip, to_trip=trip2,
                         generator=here.parties["village"], manifest=manifest, containers=["LQ-1"])  # 5
        here.countersign("driver2", "driver", moved)
        here.at("2026-05-18T18:00")
        here.receive("gate", trip2, manifest, "village", remainder="accepted")         # 6
        here.at("2026-05-18T18:30")
        here.say("gate", "store", generator=here.parties["village"], place="LK-1", containers=["LQ-1"])  # 7
        here.confirm("gate", manifest, [900])                                          # 8
        here.at("2026-05-19T09:00")
        here.feed("gate", "PC-1", "village", ["LQ-1"])                                 # 9
        here.say("gate", "yield", batch="PC-1", method="Y10", line="L1", finished=True, outputs=[
            {"code": "HUI-1", "waste_code": "772-003-18", "mass_g": 90, "mass_source": "weighed", "package": "bag"}])

        box = here.trace("bureau", "village", "LQ-1")
        assert box["state"] == "fed", box["state"]
        acts = [step["act_name"] for step in box["steps"] if step["effect"] == "applied"]
        for act in ("pack", "store", "load", "transfer", "receive", "feed"):
            assert act in acts, acts
        assert not box.get("findings"), box["findings"]
        assert not [i for i in here.unclosed() if i["kind"] == "manifest"], here.unclosed()
        forward = here.on("bureau", "trace", here.parties["village"] + "/LQ-1", "--forward")
        assert any(c["name"]["code"] == "HUI-1" for c in forward["containers"]), forward.lines

        told("every step's proof verifies with the daemon stopped")
        proofs = []
        for step in box["steps"]:
            proof = here.daemon.path("proof-%s" % step["entry"])
            here.on("bureau", "prove", step["entry"], "-o", proof)
            proofs.append(proof)
        assert len(proofs) >= 6
        assert here.daemon.stop() == 0
        for proof in proofs:
            here.on("bureau", "verify", proof)


def story_4_a_truck_that_nobody_had_on_file():
    """It is filed two days later: both facts stay."""
    with region() as here:
        here.usual()
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T08:00")
        here.pack("ward", ("YB-1", 2000))
        manifest = here.issue("ward", "hospital", "plant", "carrier", "川A·样7788/yellow", [("841-001-01", 2000, 1)])["id"]
        trip = here.depart("driver", "川A·样7788/yellow", "plant")
        here.load("driver", trip, manifest, "hospital", ["YB-1"])
        found = here.findings(rule="vehicle_unregistered")
        assert len(found) == 1 and "川A·样7788" in found[0]["subject"], found
        assert here.trace("bureau", "hospital", "YB-1")["state"] == "in transit"
        told("two days later the bureau files the truck; the pickup is as it was")
        here.at("2026-05-20T09:00")
        here.vehicle("川A·样7788/yellow", "carrier")
        assert len(here.findings(rule="vehicle_unregistered")) == 1
        later = here.depart("driver", "川A·样7788/yellow", "plant")
        assert later
        assert len(here.findings(rule="vehicle_unregistered")) == 1


def story_5_one_plate_in_two_places():
    """400 km apart within two hours; found in whatever order the two arrive."""
    with region() as here:
        here.usual()
        here.device("thief", "carrier", "driver")
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T08:00")
        first = here.depart("driver", TRUCK, "plant")
        second = here.depart("thief", TRUCK, "plant")

        def scan(device, trip, north, east):
            here.on(device, "load", "--trip", trip, "--generator", here.parties["hospital"],
                    "--stop", here.parties["hospital"] + "/ZC-1", "--position", "%s,%s,20" % (north, east))

        here.at("2026-05-18T09:00")
        scan("driver", first, 29.65, 91.10)
        here.at("2026-05-18T10:50")
        scan("thief", second, 29.65, 95.20)
        found = here.findings(rule="vehicle_too_fast")
        assert len(found) == 1 and "藏G·样0101" in found[0]["subject"], found
        assert len(found[0]["entries"]) >= 2, found
        told("a drive of two hours over 60 km is nothing")
        here.at("2026-05-18T12:50")
        scan("thief", second, 29.65, 95.80)
        assert len(here.findings(rule="vehicle_too_fast")) == 1


def load_body(trip, manifest, generator, code):
    return field(1, trip) + field(2, manifest) + field(3, generator) + field(5, field(1, code))


def story_15_a_stolen_phone():
    """What came before the revocation stays; after it, only what a counterpart confirms counts."""
    with region() as here:
        here.usual()
        hospital = here.parties["hospital"]
        phone, carried = here.stray("carrier", "driver"), here.carrying("plant")

        def deliver(statement):
            outcome, answer = carried.request(SUBMIT, statement)
            assert outcome == 0, answer
            receipt = Receipt(answer)
            return receipt.outcome if receipt.outcome != 3 else ("refused", unpack(answer))

        def state(code):
            return here.trace("bureau", "hospital", code)["state"]

        recorded, held = 1, 4
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T08:00")
        here.pack("ward", ("YB-1", 2000), ("YB-2", 2100), ("YB-3", 1500))
        manifest = bytes.fromhex(here.issue("ward", "hospital", "plant", "carrier", TRUCK, [("841-001-01", 5600, 3)])["id"])
        here.at("2026-05-18T08:30")
        depart = phone.statement(67, field(1, field(1, "藏G·样0101") + field(2, 2)) + field(7, here.parties["plant"]), here.now_us)
        trip = phone.previous
        got = deliver(depart)
        assert got == recorded, got
        assert deliver(phone.statement(69, load_body(trip, manifest, hospital, "YB-1"), here.now_us)) == recorded
        told("an honest load where there is no network; then the phone is stolen")
        here.at("2026-05-18T09:00")
        honest = phone.statement(69, load_body(trip, manifest, hospital, "YB-2"), here.now_us)
        honest_name = "%s:%d:%s" % (phone.public.hex(), phone.sequence, phone.previous.hex())
        here.at("2026-05-18T12:00")
        here.say("bureau", "revoke_key", key=phone.public.hex(), reason="other")
        told("the thief back-dates a load to before the theft; both arrive after the revocation")
        here.at("2026-05-18T13:00")
        forged = phone.statement(69, load_body(trip, manifest, hospital, "YB-3"), here.now_us,
                                 occurred=microseconds("2026-05-18T09:30"))
        assert deliver(honest) == held
        assert deliver(forged) == held
        assert [state("YB-1"), state("YB-2"), state("YB-3")] == ["in transit", "packed", "packed"]
        told("the hospital confirms by name what it saw")
        here.on("ward", "countersign", "--statement", honest_name)
        assert [state("YB-1"), state("YB-2"), state("YB-3")] == ["in transit", "in transit", "packed"]
        carried.close()


main([story_1_a_sharps_box_from_a_village_to_ash, story_4_a_truck_that_nobody_had_on_file,
      story_5_one_plate_in_two_places, story_15_a_stolen_phone])
