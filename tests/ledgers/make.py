# make.py: makes a ledger for safe-keeping, with its devices and a backup, by the program of the day; and the answers that every
# later program must give to the same questions.
#
#   BUILD=build/release python3 tests/ledgers/make.py 2026-11             tests/ledgers/2026-11.tar.xz and 2026-11.answers
#   BUILD=build/release python3 tests/ledgers/make.py --answers 2026-11   only the answers, asked of the ledger that is kept
#
# A ledger that is kept is never made again and never replaced: tests/README.md says when another is added. Keys, statements and
# entries are the same each time, since time and random bytes are; how LMDB lays them out is not.
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "system"))
import lib_wire  # noqa: E402
from lib_planted import planted  # noqa: E402
from lib_kept import PASSPHRASE, Kept, write_private  # noqa: E402

KEPT = ["ledger", "key", "mark", "clock", "backup", "passphrase", "root1", "root2", "proof"]


class Seeded:
    """Every process that is started from here on has random bytes of its own, and the same ones next time."""

    def __init__(self, folder):
        self.count = 0
        self.shim = os.path.join(folder, "seeded.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", self.shim, os.path.join(HERE, "seeded.c"), "-lsodium"],
                       check=True)
        self.popen = subprocess.Popen
        subprocess.Popen = self.start

    def start(self, *arguments, env=None, **options):
        self.count += 1
        return self.popen(*arguments, env={**(env or os.environ), "LD_PRELOAD": self.shim, "SEEDED": str(self.count)},
                          **options)

    def end(self):
        subprocess.Popen = self.popen


def what_only_the_plant_knows(here):
    """The hospital's bags arrive, one of them too heavy; one is burnt; the truck's driver tells some of it later."""
    here.at("2026-05-20T11:00")
    here.receive("gate", here.trip, here.manifest_id, "hospital", verdicts=[("H1", "accepted"), ("H2", "accepted")])
    here.at("2026-05-20T14:00")
    here.feed("gate", "2026-05-20/1", "hospital", ["H1"])
    here.at("2026-05-20T14:30")
    here.issue("south", "south", "hospital", "carrier", "藏G·样0101/yellow", [("841-001-01", 100, 1)], exit_code=1)


def what_waits_on_devices(here):
    here.at("2026-05-20T15:00")
    here.pack("east", ("E2", 700), ("E3", 800), offline=True)
    here.pack("foreman", ("O2", 90000), waste="900-214-08", package="drum", offline=True)
    here.at("2026-05-20T15:30")
    here.pack("east", ("E4", 900), offline=True)


def tell_the_roots(here, paper):
    """The two seeds as they stand on paper."""
    seeds = re.findall(r"seed +((?:[0-9a-f]{8} ?){4})\n +((?:[0-9a-f]{8} ?){4})", paper)
    assert len(seeds) == 2, paper
    for number, halves in enumerate(seeds, 1):
        write_private(here.daemon.path("root%d" % number), "\n".join(halves) + "\n")


def make(name):
    papers = []
    run = lib_wire.Daemon.run

    def listening(daemon, command, *words, **options):
        done = run(daemon, command, *words, **options)
        if command == "init":
            papers.append(done.stdout)
        return done

    lib_wire.Daemon.run = listening
    with tempfile.TemporaryDirectory() as folder:
        seeded = Seeded(folder)
        with planted() as here:
            what_only_the_plant_knows(here)
            here.on("bureau", "prove", str(here.packed), "-o", here.daemon.path("proof"))
            what_waits_on_devices(here)
            here.at("2026-05-20T16:00")
            tell_the_roots(here, papers[0])
            write_private(here.daemon.path("passphrase"), PASSPHRASE + "\n")
            assert here.daemon.stop() == 0
            settings = here.daemon.settings
            here.daemon.settings = settings[:settings.index("--clock-file")]  # a backup follows no clock
            done = here.daemon.run("backup", here.daemon.path("backup"), "--passphrase-file",
                                   here.daemon.path("passphrase"))
            here.daemon.settings = settings
            assert done.returncode == 0, done.stderr
            for left in ("ledger/endpoints", "ledger/last-backup"):
                os.remove(here.daemon.path(left))
            pack_up(here, os.path.join(HERE, name + ".tar.xz"))
            here.daemon.start()
            seeded.end()
            return QUESTIONS.format(manifest=here.manifest_id, packed=here.packed, **here.parties).splitlines()


def plain(entry):
    """No name, no time, no owner of the machine that made it."""
    if entry.name.endswith("lock.mdb"):
        return None
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o700 if entry.isdir() else 0o600
    return entry


def pack_up(here, path):
    assert not os.path.exists(path), "%s is kept: make one of another name" % path
    homes = [word for word in os.listdir(here.daemon.folder) if word.startswith("home-")]
    with tarfile.open(path, "w:xz", preset=9) as archive:
        for word in sorted(KEPT + homes):
            archive.add(here.daemon.path(word), word, filter=plain)


QUESTIONS = """\
bureau head
bureau unclosed
bureau unclosed --rule medical_storage
bureau findings
bureau today
bureau report month 2026-05 --division 5404
bureau party {hospital}
bureau dossier {plant}
bureau balance {hospital} --from 20260501 --until 20260531
bureau trace {hospital}/H1
bureau trace {hospital}/H2
bureau trace {south}/S2
bureau trace --manifest {manifest}
bureau show 0
bureau show {packed}
ward due
ward unclosed
driver unclosed
gate expected
gate balance {plant} --from 20260501 --until 20260531
"""


def answer(name, questions):
    """Ask the ledger that is kept, and keep what is answered."""
    with Kept(name) as here:
        here.start()
        questions = questions or here.questions()
        told = [(question, here.ask(question)) for question in questions]
    with open(os.path.join(HERE, name + ".answers"), "w", encoding="utf-8") as file:
        for question, lines in told:
            file.write("$ %s\n" % question)
            for line in lines:
                file.write(json.dumps(line, ensure_ascii=False, sort_keys=True, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "--answers":
        answer(sys.argv[2], None)
    else:
        answer(sys.argv[1], make(sys.argv[1]))
