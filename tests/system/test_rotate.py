# test_rotate.py: the ledger's key is changed, and everybody finds the way: the device that was away for months, the new one, the
# auditor, the backup; and nobody follows a thief.
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403

CUSTODY = os.path.join(BUILD, "custody")
HOSPITAL = "uscc:12540402YANG001017"


class Keeper:
    """A daemon, its two root keys on paper, and devices, each a home of the command."""

    def __init__(self, daemon):
        self.daemon = daemon
        paper = daemon.init()
        seeds = re.findall(r"seed +((?:[0-9a-f]{8} ?){4})\n +((?:[0-9a-f]{8} ?){4})", paper)
        assert len(seeds) == 2, paper
        for number, halves in enumerate(seeds, 1):
            self.write("root%d" % number, "\n".join(halves) + "\n")
        self.write("passphrase", "correct horse battery\n")
        daemon.start()
        self.custody("bureau", "enrol", daemon.path("invitation"))
        self.custody("bureau", "register-party", "--party", HOSPITAL, "--kind", "generator", "--site", "hospital",
                     "--division", "540402", "--name", "示例医院")
        self.invite("ward")

    def write(self, name, text):
        with open(self.daemon.path(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(file.name, 0o600)

    def read(self, name):
        with open(self.daemon.path(name), encoding="utf-8") as file:
            return file.read()

    def custody(self, home, *words, code=0):
        done = subprocess.run([CUSTODY, "--home", self.daemon.path(home), "--endpoint", self.daemon.endpoint,
                               "--format", "json", "--timeout", "10", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=6 * DEADLINE)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def invite(self, home):
        path = self.daemon.path(home + ".invitation")
        self.custody("bureau", "invite", "--party", HOSPITAL, "--roles", "generator,admin", "-o", path)
        self.custody(home, "enrol", path)

    def pack(self, home, code):
        return self.custody(home, "pack", "--container",
                            "code=%s,waste_code=841-001-01,mass=2.3kg,mass_source=weighed,package=bag" % code)[-1]

    def run(self, *words, code=0):
        done = self.daemon.run(*words)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def rotate(self, *words, code=0):
        return self.run("rotate-key", "--root-key-1", self.daemon.path("root1"), "--root-key-2",
                        self.daemon.path("root2"), *words, code=code)

    def rotated(self):
        """Stopped, changed, started again; the new vkey."""
        assert self.daemon.stop() == 0
        said = self.rotate()
        self.daemon.start()
        return re.search(r"^Now: (\S+)$", said, re.M)[1]

    def sound(self):
        assert self.daemon.stop() == 0
        self.run("audit")
        self.daemon.start()


class keeper(running):
    def __init__(self, *settings):
        super().__init__(*settings, init=False)

    def __enter__(self):
        return Keeper(self.daemon)


def devices_learn_the_new_key_from_the_ledger():
    with keeper() as here:
        first = here.pack("ward", "B1")
        old = here.read("ward/ledger")
        proof = here.daemon.path("old.tlog-proof")
        here.custody("ward", "prove", str(first["entry"]), "-o", proof)
        new = here.rotated()
        assert new not in old
        assert here.pack("ward", "B2")["state"] == "on_ledger"
        assert new in here.read("ward/keys")
        # Receipts by the old key hold, and so do proofs of then; both by the keys that this home knows.
        assert here.custody("ward", "verify")[-1]["receipts"] == 2
        here.custody("ward", "verify", proof)
        here.custody("ward", "follow")
        # The new key alone is no word about old heads.
        here.custody("ward", "verify", "--ledger", new, proof, code=5)
        # The bureau's device has not asked since: the first new device learns the key, the second has it from its invitation.
        here.invite("night")
        assert new in here.read("night/keys")
        here.invite("day")
        assert new in here.read("day/ledger")
        assert here.pack("night", "B3")["state"] == "on_ledger"
        here.sound()


def a_device_that_was_away_catches_up_through_every_change():
    with keeper() as here:
        here.pack("ward", "B1")
        here.custody("ward", "--offline", "pack", "--container",
                     "code=B2,waste_code=841-001-01,mass=2.3kg,mass_source=weighed,package=bag")
        vkeys = [here.rotated() for _ in range(3)]
        here.custody("ward", "sync")
        lines = here.read("ward/keys").splitlines()
        assert [line.split()[0] for line in lines[1:]] == vkeys, lines
        assert here.custody("ward", "verify")[-1]["receipts"] == 2
        here.custody("bureau", "head")
        here.sound()


def an_invitation_of_before_is_taken_up_after():
    with keeper() as here:
        for home in "late", "later":
            here.custody("bureau", "invite", "--party", HOSPITAL, "--roles", "generator", "-o",
                         here.daemon.path(home + ".invitation"))
        here.rotated()
        here.pack("ward", "B1")
        here.rotated()
        here.pack("ward", "B2")
        here.custody("late", "enrol", here.daemon.path("late.invitation"))
        assert here.pack("late", "B3")["state"] == "on_ledger"
        # Without the head that the old key signed last nothing leads from it to the new one.
        here.daemon.stop()
        for name in os.listdir(here.daemon.path("ledger")):
            if name.startswith("passage-"):
                os.unlink(here.daemon.path("ledger/" + name))
        here.daemon.start()
        path = here.daemon.path("later.invitation")
        done = subprocess.run([CUSTODY, "--home", here.daemon.path("later"), "--endpoint", here.daemon.endpoint, "enrol",
                               path], capture_output=True, text=True, timeout=6 * DEADLINE)
        assert done.returncode == 5 and "new invitation" in done.stderr, (done.returncode, done.stderr)


def nobody_follows_a_key_that_the_root_keys_did_not_name():
    with keeper() as here, keeper() as thief:
        # The thief's ledger has the same name and root keys of its own, and changed its key by them.
        here.pack("ward", "B1")
        thief.rotated()
        before = {name: here.read("ward/" + name) for name in ("ledger", "head")}
        endpoint, here.daemon.endpoint = here.daemon.endpoint, thief.daemon.endpoint
        done = subprocess.run([CUSTODY, "--home", here.daemon.path("ward"), "--endpoint", thief.daemon.endpoint,
                               "--timeout", "3", "head"], capture_output=True, text=True, timeout=6 * DEADLINE)
        assert done.returncode != 0, done.stdout
        here.daemon.endpoint = endpoint
        for name, text in before.items():
            assert here.read("ward/" + name) == text, name
        assert not os.path.exists(here.daemon.path("ward/keys"))
        here.pack("ward", "B2")


def an_export_goes_on_after_the_change():
    with keeper() as here:
        place = here.daemon.path("tiles")
        here.run("export", place)
        here.rotated()
        assert "new) as tiles" in here.run("export", place)
        here.run("audit", "--tiles", place)


def who_has_not_both_root_keys_changes_nothing():
    with keeper() as here:
        assert here.daemon.stop() == 0
        key = here.read("key")
        shutil.copy(here.daemon.path("root1"), here.daemon.path("root1.kept"))
        here.write("root1", "00" * 32 + "\n")
        assert "first root key" in here.rotate(code=2)
        shutil.copy(here.daemon.path("root2"), here.daemon.path("root1"))
        assert "two different" in here.rotate(code=2)
        assert "needs both root keys" in here.run("rotate-key", "--root-key-1", here.daemon.path("root2"), code=2)
        os.chmod(here.daemon.path("root2"), 0o644)
        here.rotate(code=4)
        assert here.read("key") == key
        here.daemon.start()
        # Beside a running daemon nobody changes its key.
        os.chmod(here.daemon.path("root2"), 0o600)
        shutil.copy(here.daemon.path("root1.kept"), here.daemon.path("root1"))
        here.rotate(code=4)
        assert here.read("key") == key
        here.pack("ward", "B1")


def a_backup_goes_on_and_the_doctor_says_how_old_the_key_is():
    with keeper() as here:
        place, passphrase = here.daemon.path("backup"), here.daemon.path("passphrase")
        here.pack("ward", "B1")
        here.run("backup", place, "--passphrase-file", passphrase)
        before = here.daemon.run("doctor").stdout
        assert re.search(r"^  ledger-key +in force since .*, 0 days, number 1$", before, re.M), before
        here.rotated()
        said = here.run("backup", place, "--passphrase-file", passphrase)
        assert "(2 new)" in said, said
        assert "number 2" in here.daemon.run("doctor").stdout
        here.run("restore", place, "--passphrase-file", passphrase, "--drill")
        here.pack("ward", "B2")
        here.run("backup", place, "--passphrase-file", passphrase)
        assert here.daemon.stop() == 0
        shutil.rmtree(here.daemon.path("ledger"))
        os.unlink(here.daemon.path("key"))
        here.run("restore", place, "--passphrase-file", passphrase)
        here.daemon.start()
        here.pack("ward", "B3")
        assert here.custody("ward", "verify")[-1]["receipts"] == 3


def an_old_copy_stops_when_a_device_shows_it_what_it_signed():
    with keeper() as here:
        here.pack("ward", "B1")
        assert here.daemon.stop() == 0
        for name in "ledger", "mark":
            (shutil.copytree if name == "ledger" else shutil.copy)(here.daemon.path(name),
                                                                   here.daemon.path(name + ".old"))
        here.daemon.start()
        here.pack("ward", "B2")
        assert here.daemon.stop() == 0
        # Mark and all: the machine itself has no way to know.
        shutil.rmtree(here.daemon.path("ledger"))
        os.unlink(here.daemon.path("mark"))
        for name in "ledger", "mark":
            os.rename(here.daemon.path(name + ".old"), here.daemon.path(name))
        here.daemon.start()
        here.custody("ward", "head", code=5)
        here.daemon.wait_for("op=two_histories")
        assert here.custody("bureau", "--timeout", "2", "register-party", "--party", "uscc:12540402YANG002012", "--kind",
                            "generator", "--site", "hospital", "--division", "540402", code=3)[-1]["state"] == "waiting"
        assert "! ledger-key" in here.daemon.run("doctor").stdout


main([devices_learn_the_new_key_from_the_ledger, a_device_that_was_away_catches_up_through_every_change,
      an_invitation_of_before_is_taken_up_after, nobody_follows_a_key_that_the_root_keys_did_not_name,
      an_export_goes_on_after_the_change, who_has_not_both_root_keys_changes_nothing,
      a_backup_goes_on_and_the_doctor_says_how_old_the_key_is,
      an_old_copy_stops_when_a_device_shows_it_what_it_signed])
