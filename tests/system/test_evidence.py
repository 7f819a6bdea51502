# test_evidence.py: one file that proves what happened: made by the command, read by it and by the script inside, which shares no code
# with us; and refused by both after any change.
import base64
import hashlib
import io
import os
import random
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403

TRUCK = "藏G·样0101/yellow"
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
FLIPS = 8


def told_story(here):
    here.usual()
    here.on("bureau", "open-ledger")
    here.at("2026-05-18T09:00")
    here.pack("ward", ("B-1", 5000), ("B-2", 700))
    manifest = here.issue("ward", "hospital", "plant", "carrier", TRUCK, [("841-001-01", 5700, 2)])["id"]
    here.at("2026-05-18T10:00")
    trip = here.depart("driver", TRUCK, "plant")
    loaded = here.load("driver", trip, manifest, "hospital", ["B-1", "B-2"])
    here.countersign("ward", "driver", loaded)
    here.at("2026-05-18T15:00")
    here.receive("gate", trip, manifest, "hospital", verdicts=[("B-1", "accepted"), ("B-2", "accepted")])
    photo = here.daemon.path("photo")
    with open(photo, "wb") as out:
        out.write(bytes(range(256)) * 8)
    here.on("bureau", "inspect", "--party", here.parties["hospital"], "--outcome", "1", "--photo", "@" + photo)
    return manifest


def files_of(path):
    with zipfile.ZipFile(path) as folder:
        return {name: folder.read(name) for name in folder.namelist()}


def script_says(here, path, vkey=None):
    script = here.daemon.path("verify.py")
    with open(script, "wb") as out:
        out.write(files_of(here.daemon.path("good.zip"))["verify.py"])
    return subprocess.run(["/usr/bin/python3", "-I", script, path, *([vkey] if vkey else [])], capture_output=True, text=True,
                          timeout=DEADLINE)


def refused_by_both(here, data, what):
    path = here.daemon.path("bad.zip")
    with open(path, "wb") as out:
        out.write(data)
    done = here.command("stranger", "verify", path, "--ledger", here.vkey)
    assert done.returncode in (2, 5), "%s: the command took it: %d %s%s" % (what, done.returncode, done.stdout, done.stderr)
    said = script_says(here, path, here.vkey_file)
    assert said.returncode == 1 and "DOES NOT VERIFY" in said.stderr, "%s: the script took it: %s%s" % (what, said.stdout, said.stderr)


def packed(files):
    """A ZIP file as the program makes one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as folder:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            folder.writestr(info, content)
    return out.getvalue()


def summed(files):
    """The sums made anew, as a forger would."""
    files = dict(files)
    signed = files.pop("SIGNATURE")
    files.pop("SHA256SUMS")
    files["SHA256SUMS"] = "".join("%s  %s\n" % (hashlib.sha256(c).hexdigest(), n) for n, c in files.items()).encode()
    files["SIGNATURE"] = signed
    return files


def a_bundle_proves_and_no_byte_of_it_can_change(here):
    dice = random.Random(SEED)
    print("# seed %d" % SEED)
    good = here.daemon.path("good.zip")
    told("the bureau puts together what happened to a bag")
    made = here.on("bureau", "evidence", here.parties["hospital"] + "/B-1", "-o", good)
    files = files_of(good)
    cover = files["COVER.txt"].decode()
    assert made["entries"] == sum(n.startswith("entries/") for n in files) and made["hidden"] == 0, made.lines
    assert here.parties["hospital"] + "/B-1" in cover and "pack" in cover and "receive" in cover, cover
    told("every key that signed is in it, with the entry that enrolled it, back to the founding")
    entries = {int(n[8:18]) for n in files if n.startswith("entries/")}
    assert 0 in entries and "was not shown" not in cover, cover
    assert "issue manifest" in cover.replace("_", " "), cover
    told("and the departure, and the clinic's signature under the driver's loading")
    assert "depart" in cover and "countersign" in cover, cover
    told("the command and the script in it say that it holds")
    here.vkey = files["ledger.vkey"].decode().strip()
    here.vkey_file = here.daemon.path("vkey")
    with open(here.vkey_file, "wb") as out:
        out.write(files["ledger.vkey"])
    verified = here.on("stranger", "verify", good, "--ledger", here.vkey)
    assert verified["verified"] is True and verified["entries"] == len(entries), verified.lines
    assert verified["maker"] == here.key_of("bureau"), verified.lines
    said = script_says(here, good, here.vkey_file)
    assert said.returncode == 0 and "VERIFIED: %d entries" % len(entries) in said.stdout, said.stdout + said.stderr
    alone = script_says(here, good)
    assert alone.returncode == 0 and here.vkey in alone.stdout, alone.stdout + alone.stderr
    told("both refuse it after the change of any one byte, and cut anywhere")
    with open(good, "rb") as read:
        data = read.read()
    for at in [0, len(data) - 1] + [dice.randrange(len(data)) for _ in range(FLIPS)]:
        changed = bytearray(data)
        changed[at] ^= 1 << dice.randrange(8)
        refused_by_both(here, bytes(changed), "byte %d" % at)
    refused_by_both(here, data[:dice.randrange(1, len(data))], "a part")
    refused_by_both(here, data + b"\0", "one byte more")
    told("and with sums made anew: the maker has signed them")
    refused_by_both(here, packed(summed({**files, "COVER.txt": files["COVER.txt"].replace(b"B-1", b"B-9")})), "the cover")
    entry = next(n for n in files if n.startswith("entries/"))
    refused_by_both(here, packed(summed({n: c for n, c in files.items() if n != entry})), "an entry left out")
    told("another ledger's key proves nothing")
    name, _, key = here.vkey.split("+", 2)
    raw = b"\x01" + hashlib.sha256(key.encode()).digest()
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    foreign = "%s+%s+%s" % (name, key_id, base64.b64encode(raw).decode())
    assert here.command("stranger", "verify", good, "--ledger", foreign).returncode == 5
    with open(here.daemon.path("foreign"), "w", encoding="utf-8") as out:
        out.write(foreign + "\n")
    assert script_says(here, good, here.daemon.path("foreign")).returncode == 1


def records_go_with_it_where_they_may_be_read(here):
    good, sealed = here.daemon.path("records.zip"), here.daemon.path("sealed.zip")
    last = here.on("bureau", "head")["size"] - 1
    made = here.on("bureau", "evidence", "--entry", last, "-o", good)
    photo = bytes(range(256)) * 8
    assert made["records"] == 1, made.lines
    files = files_of(good)
    record = next(c for n, c in files.items() if n.startswith("records/"))
    assert record[16:] == photo
    assert "VERIFIED" in script_says(here, good).stdout
    told("--sealed leaves them out, and everything else as it is")
    assert here.on("bureau", "evidence", "--entry", last, "--sealed", "-o", sealed)["records"] == 0
    told("who may not read an entry is told that it is missing")
    hidden = here.on("driver", "evidence", "--entry", "%d,%d" % (last, 0), "-o", sealed)
    assert hidden["hidden"] >= 1, hidden.lines
    told("bad words are named")
    assert "o" in here.on("bureau", "evidence", "B-1", exit_code=2).complaint
    assert "entry" in here.on("bureau", "evidence", "--entry", "x", "-o", sealed, exit_code=2).complaint
    assert here.on("bureau", "evidence", here.parties["hospital"] + "/NONE", "-o", sealed, exit_code=1).complaint


def one_story_and_what_proves_it():
    with region() as here:
        told_story(here)
        a_bundle_proves_and_no_byte_of_it_can_change(here)
        records_go_with_it_where_they_may_be_read(here)


main([one_story_and_what_proves_it])
