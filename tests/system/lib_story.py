# lib_story.py: a region on a throw-away ledger, told through the command that people use: the real daemon, a simulated
# clock, one home folder a device.
# Never checks what the ledger means: stories do.
import contextlib
import hashlib
import itertools
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import datetime

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import (BUILD, DEADLINE, SUBMIT, Author, Client, Daemon, Receipt, curve_pair, field,  # noqa: E402,F401
                      from_z85, main, unpack)

CUSTODY = os.environ.get("CUSTODY", os.path.join(BUILD, "custody"))
CATALOGUES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "catalogues")
PROFILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "profiles")
CHINA = datetime.timezone(datetime.timedelta(hours=8))
DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def party_code(prefix, division, serial):
    """An invented credit code: its check digit (GB 32100) is wrong on purpose."""
    code = "%s%06dDEM0%05d" % (prefix, division, serial)
    total = sum(DIGITS.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return "uscc:" + code + DIGITS[(31 - total % 31 + 1) % 31]


def microseconds(text):
    """'2026-05-18T08:00' in China."""
    when = datetime.datetime.fromisoformat(text).replace(tzinfo=CHINA)
    return int(when.timestamp()) * 1000000


def clock_text(at_us):
    return datetime.datetime.fromtimestamp(at_us / 1000000, CHINA).strftime("%Y-%m-%dT%H:%M:%S+08:00")


class Answer:
    """What a command said: JSON lines, or a complaint."""

    def __init__(self, code, lines, complaint):
        self.code, self.lines, self.complaint = code, lines, complaint

    def __getitem__(self, name):
        return self.lines[-1][name]

    def get(self, name, otherwise=None):
        return self.lines[-1].get(name, otherwise) if self.lines else otherwise


class Region:
    def __init__(self, division=540400, start="2026-05-11T09:00"):
        self.daemon = Daemon()
        self.division = division
        self.clock = self.daemon.path("clock")
        self.parties, self.device_party = {}, {}
        self.serial = itertools.count(1)
        self.at(start)
        self.bureau = "uscc:11540400DEMO00001X"
        self.parties["bureau"] = self.bureau
        self.daemon.settings += ["--clock-file", self.clock]
        self.init()

    def init(self):
        done = self.daemon.run(
            "init", "--origin", self.daemon.origin, "--division", str(self.division), "--regulator", self.bureau,
            "--regulator-name", "演示生态环境局", "--demonstration", "-o", self.daemon.path("invitation"))
        assert done.returncode == 0, done.stderr
        self.daemon.start()
        self.tell_ports(self.daemon.path("invitation"))
        self.on("bureau", "enrol", self.daemon.path("invitation"))
        self.device_party["bureau"] = "bureau"
        self.on("bureau", "set-divisions", os.path.join(CATALOGUES, "divisions.csv"))
        self.on("bureau", "set-catalogue", os.path.join(CATALOGUES, "cn-2021.csv"), "--edition", "cn-2021")

    def tell_ports(self, card):
        """The ports are the system's to choose: the card was written before they were known."""
        with open(card, encoding="utf-8") as file:
            lines = file.read().splitlines()
        places = {"endpoint": self.daemon.endpoint, "announcements": self.daemon.announcements}
        self.server_key = next(line.split(": ")[1] for line in lines if line.startswith("server-key: "))
        with open(card, "w", encoding="utf-8") as file:
            for line in lines:
                name = line.split(": ")[0]
                file.write("%s: %s\n" % (name, places[name]) if name in places else line + "\n")

    def close(self):
        code = self.daemon.stop() or 0
        shutil.rmtree(self.daemon.folder, ignore_errors=True)
        return code

    # --- time -----------------------------------------------------------------------------------------

    def at(self, text, clock=None):
        """Set the clock, of the ledger and of every device; or only that of one device (another file)."""
        path = clock or self.clock
        mode = "r+b" if os.path.exists(path) else "wb"
        with open(path, mode) as file:
            file.write(struct.pack("<q", microseconds(text)))
        if clock is None:
            self.now_us = microseconds(text)

    # --- commands ---------------------------------------------------------------------------------------

    def command(self, device, *words, offline=False, form="json", stdin=None, clock=None):
        words = [CUSTODY, "--home", self.daemon.path("home-" + device), "--clock-file", clock or self.clock,
                 "--format", form, *(["--offline"] if offline else []), *map(str, words)]
        return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=6 * DEADLINE,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})

    def on(self, device, *words, exit_code=0, **options):
        """Run a command on a device; it must end with that exit code."""
        done = self.command(device, *words, **options)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        assert done.returncode == exit_code, "%s: custody %s: exit code %d, not %d: %s%s" % (
            device, " ".join(map(str, words)), done.returncode, exit_code, done.stdout[:2000], done.stderr[:2000])
        return Answer(done.returncode, lines, done.stderr)

    def read(self, device, *words, **options):
        """What people read."""
        done = self.command(device, *words, form="text", **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def table(self, device, *words, **options):
        """What a spreadsheet reads: rows by the names of their columns."""
        done = self.command(device, *words, form="tsv", **options)
        assert done.returncode == 0, done.stdout + done.stderr
        plain = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
        rows = [[re.sub(r"\\(.)", lambda found: plain[found[1]], cell) for cell in line.split("\t")]
                for line in done.stdout.splitlines()]
        assert rows and all(len(row) == len(rows[0]) for row in rows), done.stdout
        return [dict(zip(rows[0], row)) for row in rows[1:]]

    def submit(self, device, *statements, exit_code=0, **options):
        """Statements as JSON objects; gives an answer a statement, its id among them."""
        lines = "".join(json.dumps(statement, ensure_ascii=False) + "\n" for statement in statements)
        answer = self.on(device, "submit", "-", stdin=lines, exit_code=exit_code, **options)
        told = [line for line in answer.lines if "id" in line]
        assert len(told) >= len(statements), answer.lines
        return told

    def say(self, device, act, exit_code=0, offline=False, clock=None, **fields):
        return self.submit(device, {"act": act, **fields}, exit_code=exit_code, offline=offline, clock=clock)[-1]

    # --- who is there --------------------------------------------------------------------------------------

    def party(self, name, kinds, division=540402, prefix="91", device="bureau", **more):
        code = party_code(prefix, division, next(self.serial))
        self.parties[name] = code
        if "parent" in more:
            more["parent"] = self.parties[more["parent"]]
        self.say(device, "register_party", party=code, kinds=kinds.split(), division=str(division), name="示例·" + name,
                 **more)
        return code

    def place(self, party, code="ZC-1", kind="temporary_store", device="bureau", **more):
        self.say(device, "register_place", party=self.parties[party], code=code, kind=kind, **more)

    def device(self, name, party, roles, by="bureau"):
        """Invite, make keys, enrol."""
        card = self.daemon.path("invitation-" + name)
        self.on(by, "invite", "--party", self.parties[party], "--roles", roles, "-o", card)
        self.on(name, "enrol", card)
        self.device_party[name] = party
        os.remove(card)

    def sponsored(self, name, party, sponsor):
        """Enrolment with no network: a request one way, a card back."""
        request, card = self.daemon.path("request"), self.daemon.path("card")
        self.on(name, "keygen")
        self.on(name, "enrol", "--request", "--party", self.parties[party], "--roles", "generator", "-o", request)
        self.on(sponsor, "enrol", "--sponsor", request, "--card", card, offline=True)
        self.on(name, "enrol", "--card", card)
        self.device_party[name] = party
        os.remove(request)
        os.remove(card)

    def vehicle(self, plate, carrier, device="bureau", medical=True, **more):
        self.say(device, "register_vehicle", vehicle=plate, carrier=self.parties[carrier], licence="演示运证",
                 scopes=["6.2"], medical=medical, **more)

    def permit(self, party, codes, activities="treat store", number=None, device="bureau", **more):
        return self.say(device, "grant_permit", party=self.parties[party], number=number or "演示许可" + party,
                        activities=activities.split(), codes=codes.split(), **more)

    def usual(self):
        """A hospital, a carrier with a truck, a plant; each with its devices; the ledger is open."""
        self.party("hospital", "generator", prefix="12", site="hospital", beds=120, sector="Q8411")
        self.party("carrier", "carrier", site="office", sector="G5437")
        self.party("plant", "facility generator", site="treatment_plant", sector="N7724")
        self.place("hospital", division="540402")
        self.place("plant", "LK-1", "plant_store", division="540402", temperature="below_5")
        self.vehicle("藏G·样0101/yellow", "carrier")
        self.permit("plant", "841-*", methods=["Y10"])
        self.device("ward", "hospital", "generator,admin")
        self.device("driver", "carrier", "driver")
        self.device("gate", "plant", "facility,admin")

    def profile(self, name, device="bureau"):
        """Record a profile of deploy/profiles on the ledger."""
        with open(os.path.join(PROFILES, name + ".ini"), "rb") as file:
            text = file.read()
        return self.say(device, "set_profile", name=name, edition=1, text=text.hex(),
                        text_digest=hashlib.sha256(text).hexdigest())

    # --- what they do -------------------------------------------------------------------------------------------

    def pack(self, device, *bags, waste="841-001-01", place="ZC-1", generator=None, offline=False, clock=None, **more):
        """bags: (code, grams), ..."""
        party = self.parties[generator or self.device_party[device]]
        return self.say(device, "pack", generator=party, place=place, offline=offline, clock=clock, containers=[
            {"code": code, "waste_code": waste, "mass_g": grams, "mass_source": "weighed", "package": "bag",
             **more} for code, grams in bags])

    def plan(self, generator, receiver, carrier, plate, lines, **more):
        return {"type": "normal", "generator": self.parties[generator], "receiver": self.parties[receiver],
                "method": "Y10", "legs": [{"carrier": self.parties[carrier], "vehicle": plate, "mode": "road"}],
                "lines": [{"waste_code": code, "planned_mass_g": grams, "planned_pieces": pieces, "form": "solid"}
                          for code, grams, pieces in lines], **more}

    def issue(self, device, generator, receiver, carrier, plate, lines, exit_code=0, **more):
        """Gives the answer: `id` names the manifest."""
        return self.say(device, "issue_manifest", exit_code=exit_code,
                        plan=self.plan(generator, receiver, carrier, plate, lines, **more))

    def depart(self, device, plate, receiver, offline=False, **more):
        return self.say(device, "depart", vehicle=plate, receiver=self.parties[receiver], offline=offline, **more)["id"]

    def load(self, device, trip, manifest, generator, codes, stop="ZC-1", offline=False, **more):
        return self.say(device, "load", trip=trip, generator=self.parties[generator], offline=offline,
                        stop="%s/%s" % (self.parties[generator], stop), containers=[{"code": c} for c in codes],
                        **({"manifest": manifest} if manifest else {}), **more)

    def countersign(self, device, of, statement, offline=False):
        return self.on(device, "countersign", "--statement", self.name(of, statement), offline=offline)

    def receive(self, device, trip, manifest, generator, place="LK-1", verdicts=(), **more):
        return self.say(device, "receive", trip=trip, manifest=manifest, generator=self.parties[generator], place=place,
                        containers=[{"code": c, "verdict": v} for c, v in verdicts], **more)

    def confirm(self, device, manifest, masses, method="Y10"):
        return self.say(device, "confirm_receipt", manifest=manifest, method=method, lines=[
            {"line": i, "accepted_mass_g": grams, "verdict": "accepted"} for i, grams in enumerate(masses, 1)])

    def feed(self, device, batch, generator, codes):
        return self.say(device, "feed", batch=batch, generator=self.parties[generator], containers=list(codes), line="L1")

    def key_of(self, device):
        return self.on(device, "status", offline=True)["device"]["key"]

    def name(self, device, statement):
        """key:sequence:id of a statement that a device signed."""
        return "%s:%s:%s" % (self.key_of(device), statement["sequence"], statement["id"])

    # --- keys of nobody's device: what they sign is carried by whoever is admitted ---

    def stray(self, party, role):
        """An enrolled key that never connects itself."""
        author = Author(self.daemon.origin)
        self.say("bureau", "enrol_key", key=author.public.hex(), party=self.parties[party], roles=[role])
        return author

    def carrying(self, party):
        """A connection of a key of that party; to be closed."""
        author, (public, secret) = Author(self.daemon.origin), curve_pair()
        self.say("bureau", "enrol_key", key=author.public.hex(), curve_key=public.hex(), party=self.parties[party],
                 roles=["facility"])
        return Client(self.daemon.endpoint, from_z85(self.server_key), public, secret)

    # --- what is read ---------------------------------------------------------------------------------------------

    def listed(self, device, command, field, *words):
        answer = self.on(device, command, *words)
        return [item for line in answer.lines for item in line.get(field, [])]

    def findings(self, device="bureau", rule=None):
        found = self.listed(device, "findings", "findings")
        return [f for f in found if rule is None or f["rule_name"] == rule]

    def rules(self, device="bureau"):
        return sorted({f["rule_name"] for f in self.findings(device)})

    def unclosed(self, device="bureau", *words):
        return self.listed(device, "unclosed", "items", *words)

    def trace(self, device, party, code):
        return self.on(device, "trace", "%s/%s" % (self.parties[party], code))["containers"][0]


def told(text):
    """One line of the story, for who reads the test's output."""
    print("# " + text, flush=True)


@contextlib.contextmanager
def region(**options):
    here = Region(**options)
    good = False
    try:
        yield here
        good = True
    finally:
        if not good:
            print("".join("# log: %s\n" % line for line in here.daemon.log[-30:]), end="")
        code = here.close()
        assert not good or code == 0, "custodyd ended with %s" % code
