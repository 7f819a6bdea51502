# test_story_privacy.py: who sees what through the command that people use: records by digest, who read what of others, a day's
# log anchored, and what is erased: gone, while every proof stands.
import hashlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403

TRUCK = "藏G·样0101/yellow"


def entry_of(here, device, number):
    return here.on(device, "show", str(number))["decoded"]


def a_photograph_is_read_by_whom_it_concerns():
    with region() as here:
        here.usual()
        here.party("clinic", "generator", prefix="12", site="hospital", sector="Q8421")
        here.device("doctor", "clinic", "generator,admin")
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T09:00")
        photo = bytes(range(256)) * 20
        files = [here.daemon.path("photo-%d" % i) for i in range(2)]
        for i, path in enumerate(files):
            with open(path, "wb") as out:
                out.write(photo + bytes([i]))
        told("the bureau inspects the hospital and attaches two photographs")
        inspected = here.on("bureau", "inspect", "--party", here.parties["hospital"], "--outcome", "1",
                            "--photo", "@" + files[0], "--photo", "@" + files[1])
        digests = entry_of(here, "ward", inspected["entry"])["body"]["photo_digests"]
        assert len(digests) == 2, digests
        got = here.daemon.path("got")
        for i, digest in enumerate(digests):
            here.on("ward", "record", "get", digest, "-o", got)
            with open(got, "rb") as read:
                assert read.read() == photo + bytes([i])
        told("another clinic learns neither the entry nor the photographs")
        assert "decoded" not in here.on("doctor", "show", str(inspected["entry"])).lines[-1]
        assert "not_visible" in here.on("doctor", "record", "get", digests[0], exit_code=1).complaint
        assert "not_found" in here.on("doctor", "record", "get", hashlib.sha256(b"").hexdigest(), exit_code=1).complaint
        told("a file over the limit is named")
        with open(files[0], "wb") as out:
            out.write(bytes(16369))
        big = here.on("bureau", "inspect", "--party", here.parties["hospital"], "--outcome", "1", "--photo", "@" + files[0],
                      exit_code=2)
        assert "photo_digests" in big.complaint and "16368" in big.complaint, big.complaint


def who_read_what_is_told_and_anchored():
    with region() as here:
        here.usual()
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T09:00")
        here.pack("ward", ("B-1", 5000))
        here.trace("ward", "hospital", "B-1")
        told("the bureau looks at a bag of the hospital's, and the hospital can see that it did")
        here.trace("bureau", "hospital", "B-1")
        reads = here.on("ward", "access-log")["accesses"]
        looked = [r for r in reads if r["question"] == "trace"]
        assert len(looked) == 1 and looked[0]["party"] == here.bureau, reads
        assert looked[0]["about"] == here.parties["hospital"] and "code=B-1" in looked[0]["asked"], looked
        assert here.on("driver", "access-log", exit_code=1).complaint, "a driver is no admin"
        told("a day is anchored when it is over, and not before")
        early = here.on("bureau", "anchor-access-log", "--day", "20260518", exit_code=1)
        assert "over" in early.complaint, early.complaint
        here.at("2026-05-19T09:00")
        anchored = here.on("bureau", "anchor-access-log", "--day", "20260518")
        assert anchored["outcome"] == "recorded", anchored.lines
        body = entry_of(here, "ward", anchored["entry"])["body"]
        with open(os.path.join(here.daemon.path("ledger"), "access", "20260518.log"), "rb") as log:
            text = log.read()
        assert body["log_digest"] == hashlib.sha256(text).hexdigest(), body
        assert body["accesses"] == text.count(b"\n"), body
        told("whoever asks later compares the day with its anchor, and with no other entry")
        same = here.on("bureau", "access-log", "--day", "20260518", "--anchored", str(anchored["entry"]))
        assert same.lines[-1]["same"] and same.lines[-1]["anchored"] == anchored["entry"], same.lines
        assert "an access log" in here.on("bureau", "access-log", "--day", "20260518", "--anchored", "3",
                                          exit_code=5).complaint
        told("somebody changes a line of the file: the daemon's own digest differs, and the audit names the line")
        with open(os.path.join(here.daemon.path("ledger"), "access", "20260518.log"), "wb") as log:
            log.write(text.replace(b"code=B-1", b"code=B-2"))
        differs = here.on("bureau", "access-log", "--day", "20260518", "--anchored", str(anchored["entry"]), exit_code=5)
        assert "custodyd audit" in differs.complaint, differs.complaint
        here.daemon.stop()
        line = 1 + next(i for i, one in enumerate(text.splitlines()) if b"code=B-1" in one)
        here.daemon.settings = here.daemon.settings[:-2]  # the clock's file is for who serves
        audit = here.daemon.run("audit")
        assert audit.returncode == 5 and "day 20260518: line %d" % line in audit.stdout, audit


def what_is_erased_is_gone_and_the_proof_stands():
    with region() as here:
        here.usual()
        here.on("bureau", "open-ledger")
        here.at("2026-05-18T09:00")
        here.pack("ward", ("B-1", 5000))
        told("the hospital disputes a record; its words stay out of the signed bytes")
        packed = here.pack("ward", ("B-2", 900))
        said = here.on("ward", "dispute", "--target", packed["id"], "--reason", "mistake", "--text", "秤没有校准")
        digest = entry_of(here, "ward", said["entry"])["body"]["text_digest"]
        assert "秤没有校准" in here.command("bureau", "record", "get", digest, form="text").stdout
        early = here.on("bureau", "erase", "--digest", digest, "--order", "演示〔2026〕9号", exit_code=1)
        assert early["reason"] in ("retention_running", "record_retained"), early.lines
        told("five years later the bureau has it erased, by order")
        here.at("2031-06-01T09:00")
        done = here.on("bureau", "erase", "--digest", digest, "--order", "演示〔2031〕1号")
        assert done["outcome"] == "granted", done.lines
        erased = here.on("ward", "record", "get", digest, exit_code=1)
        assert erased["erased"] is True and "record" not in erased.lines[-1], erased.lines
        told("the statement still proves, offline")
        proof = here.daemon.path("proof")
        here.on("ward", "prove", str(said["entry"]), "-o", proof)
        here.on("ward", "verify", proof)
        told("a restart erases nothing anew and brings nothing back")
        here.daemon.stop()
        here.daemon.start()
        again = here.on("ward", "--endpoint", here.daemon.endpoint, "record", "get", digest, exit_code=1)
        assert again["erased"] is True, again.lines


main([a_photograph_is_read_by_whom_it_concerns, who_read_what_is_told_and_anchored,
      what_is_erased_is_gone_and_the_proof_stands])
