# test_restore.py: the drills: a backup of a running ledger, the same ledger put back, and a successor after a loss that ends with every
# receipt of every device verified or replaced.
import json
import os
import pty
import random
import re
import select
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
print("# seed %d" % SEED, flush=True)
dice = random.Random(SEED)
CUSTODY = os.path.join(BUILD, "custody")
PASSPHRASE = "correct horse battery"
HOSPITAL = "uscc:12540402YANG001017"


class Region:
    """A daemon and devices, each a home of the command."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.paper = daemon.init()
        with open(daemon.path("passphrase"), "w", encoding="ascii") as file:
            file.write(PASSPHRASE + "\n")
        os.chmod(daemon.path("passphrase"), 0o600)
        seeds = re.findall(r"seed +((?:[0-9a-f]{8} ?){4})\n +((?:[0-9a-f]{8} ?){4})", self.paper)
        assert len(seeds) == 2, self.paper
        for number, halves in enumerate(seeds, 1):
            with open(daemon.path("root%d" % number), "w", encoding="ascii") as file:
                file.write("\n".join(halves) + "\n")
            os.chmod(file.name, 0o600)
        daemon.start()

    def custody(self, home, *words, code=0):
        """The JSON lines of a command."""
        done = subprocess.run([CUSTODY, "--home", self.daemon.path(home), "--endpoint", self.daemon.endpoint,
                               "--format", "json", "--timeout", "10", *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=6 * DEADLINE)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def settle(self):
        self.custody("bureau", "enrol", self.daemon.path("invitation"))
        self.custody("bureau", "register-party", "--party", HOSPITAL, "--kind", "generator", "--site", "hospital",
                     "--division", "540402", "--name", "示例医院")
        self.invite("ward")

    def invite(self, home):
        path = self.daemon.path(home + ".invitation")
        self.custody("bureau", "invite", "--party", HOSPITAL, "--roles", "generator,admin", "-o", path)
        self.custody(home, "enrol", path)

    def pack(self, home, code, *words):
        return self.custody(home, *words, "pack", "--container",
                            "code=%s,waste_code=841-001-01,mass=2.3kg,mass_source=weighed,package=bag" % code)[-1]

    def backup(self, code=0):
        done = self.daemon.run("backup", self.daemon.path("backup"), "--passphrase-file",
                               self.daemon.path("passphrase"))
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def restore(self, *words, code=0):
        done = self.daemon.run("restore", self.daemon.path("backup"), "--passphrase-file",
                               self.daemon.path("passphrase"), *words)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def succeed(self):
        return self.restore("--successor", "--root-key-1", self.daemon.path("root1"), "--root-key-2",
                            self.daemon.path("root2"), "-o", self.daemon.path("card"))

    def lose(self):
        """The machine is gone, with its keys; the mark lay on another disk."""
        self.daemon.process.kill()
        self.daemon.stop()
        shutil.rmtree(self.daemon.path("ledger"))
        os.unlink(self.daemon.path("key"))

    def move(self, home, code=0):
        """What became of each receipt, and the sums."""
        lines = self.custody(home, "move", self.daemon.path("card"), code=code)
        return [line for line in lines if "receipt" in line], lines[-1]


class region(running):
    """with region() as here: a running ledger with a bureau and a ward."""

    def __init__(self, *settings):
        super().__init__(*settings, init=False)

    def __enter__(self):
        here = Region(self.daemon)
        here.settle()
        return here


def a_running_ledger_is_backed_up_and_only_what_is_new():
    with region() as here:
        here.pack("ward", "B1")
        first = here.backup()
        entries, new = map(int, re.search(r"Backed up (\d+) entries \((\d+) new\)", first).groups())
        assert entries == new > 0, first
        here.pack("ward", "B2")
        second = here.backup()
        assert "Backed up %d entries (1 new)" % (entries + 1) in second, second
        assert "read back and verified" in second and "last entry %d of " % entries in second, second
        assert here.daemon.alive()
        # Neither the names nor the key can be read in the copy.
        with open(here.daemon.path("key"), encoding="ascii") as file:
            seed = next(line for line in file if line.startswith("seed: "))[6:].strip().encode()
        for name in os.listdir(here.daemon.path("backup")):
            with open(os.path.join(here.daemon.path("backup"), name), "rb") as file:
                content = file.read()
            assert seed not in content and "示例医院".encode() not in content, name


def read_until(terminal, word):
    said = b""
    while word not in said:
        ready, _, _ = select.select([terminal], [], [], DEADLINE)
        assert ready, said
        said += os.read(terminal, 4096)
    return said


def a_passphrase_is_asked_at_the_terminal_and_not_shown():
    with region() as here:
        place = here.daemon.path("backup")
        try:
            child, terminal = pty.fork()
        except OSError as why:
            raise Skipped("no terminal can be made here: %s" % why) from why
        if child == 0:
            os.execv(DAEMON, [DAEMON, "backup", place, *here.daemon.settings])
        said = read_until(terminal, b"Passphrase of the backup: ")
        os.write(terminal, PASSPHRASE.encode() + b"\n")
        said += read_until(terminal, b"Again: ")
        os.write(terminal, PASSPHRASE.encode() + b"\n")
        said += read_until(terminal, b"Backed up ")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said
        os.close(terminal)
        assert PASSPHRASE.encode() not in said, said
        here.restore("--drill")  # with the passphrase from the file: the same
        with open(here.daemon.path("passphrase"), "w", encoding="ascii") as file:
            file.write("another passphrase\n")
        assert "does not open the keys" in here.restore("--drill", code=5)
        os.chmod(here.daemon.path("passphrase"), 0o644)
        assert "mode 0600" in here.restore("--drill", code=4)


def doctor(here):
    """Its lines by their name, and those of them that need care."""
    done = here.daemon.run("doctor")
    lines = {line[2:].split()[0]: line[13:] for line in done.stdout.splitlines()}
    care = [line[2:].split()[0] for line in done.stdout.splitlines() if line.startswith("!")]
    assert done.returncode == (1 if care else 0), (done.returncode, done.stdout, done.stderr)
    return lines, care


def a_drill_says_whether_it_would_do():
    with region() as here:
        lines, care = doctor(here)
        assert "backup" in care and "drill" in care and lines["backup"].startswith("never"), lines
        here.backup()
        here.pack("ward", "B1")
        said = here.restore("--drill")
        assert "Drilled a restore of ledger.test.example/custody" in said, said
        lines, care = doctor(here)
        assert "backup" not in care and "drill" not in care, lines
        assert "0 days ago, 1 entries since" in lines["backup"], lines
        assert lines["ledger"].startswith("ledger.test.example/custody, "), lines
        assert not os.path.exists(here.daemon.path("ledger") + ".drill")
        assert [name for name in os.listdir(here.daemon.path("ledger")) if "drill" in name] == ["last-drill"]
        assert here.daemon.alive()
        place = here.daemon.path("backup")
        name = sorted(name for name in os.listdir(place) if name.startswith("entries-"))[0]
        with open(os.path.join(place, name), "r+b") as file:
            file.seek(300)
            byte = file.read(1)
            file.seek(300)
            file.write(bytes([byte[0] ^ 1]))
        assert name in here.restore("--drill", code=5)


def a_backup_is_one_file_on_a_stick_or_in_a_pipe():
    with region() as here:
        here.pack("ward", "B1")
        stick, pipe, passphrase = (here.daemon.path(name) for name in ("stick.tar", "pipe.tar", "passphrase"))
        said = here.daemon.run("backup", here.daemon.path("backup"), "--passphrase-file", passphrase, "-o", stick)
        assert said.returncode == 0 and "Packed as %s" % stick in said.stdout, (said.stdout, said.stderr)
        with open(pipe, "wb") as file:
            said = subprocess.run([DAEMON, "backup", here.daemon.path("backup"), "--passphrase-file", passphrase,
                                   "-o", "-", *here.daemon.settings], stdout=file, stderr=subprocess.PIPE, text=True)
        assert said.returncode == 0 and "Backed up" in said.stderr, said.stderr
        names = subprocess.run(["tar", "-tf", pipe], capture_output=True, text=True, check=True).stdout.split()
        assert names[0] == "inventory" and len(names) >= 5, names
        shutil.rmtree(here.daemon.path("backup"))
        for file in (pipe, stick):
            done = here.daemon.run("restore", file, "--passphrase-file", passphrase, "--drill")
            assert done.returncode == 0 and "Drilled a restore" in done.stdout, (done.stdout, done.stderr)
        # The machine is lost, and not its mark: the same ledger comes back from the stick.
        here.lose()
        done = here.daemon.run("restore", stick, "--passphrase-file", passphrase)
        assert done.returncode == 0 and "Restored" in done.stdout, (done.stdout, done.stderr)
        here.daemon.start()
        assert here.custody("ward", "trace", HOSPITAL + "/B1")
        here.pack("ward", "B2")
        assert here.daemon.stop() == 0
        audit = here.daemon.run("audit")
        assert audit.returncode == 0, audit.stdout


def the_timers_commands_need_no_word_but_the_settings():
    with region() as here:
        here.pack("ward", "B1")
        path = here.daemon.path
        with open(path("conf"), "w") as file:
            file.write("[ledger]\ndata = %s\nkey_file = %s\nmark_file = %s\nmap_size = 64 MiB\n"
                       "[backup]\nbackup_folder = %s\npassphrase_file = %s\nexport_folder = %s\n"
                       % tuple(map(path, ("ledger", "key", "mark", "nightly", "passphrase", "tiles"))))
        for unit in ("backup", "drill", "export"):
            with open("deploy/custodyd-%s.service" % unit) as file:
                line = re.search(r"^ExecStart=/usr/sbin/custodyd (.*)$", file.read(), re.M).group(1)
            words = line.replace("/etc/custodyd/custodyd.conf", path("conf")).split()
            done = subprocess.run([DAEMON, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            assert done.returncode == 0, (words, done.stdout, done.stderr)
        assert os.path.exists(path("nightly/inventory")) and os.path.exists(path("tiles/checkpoint"))
        assert not os.path.exists(path("tiles/tile/entries")) and not os.path.exists(path("ledger.drill"))
        os.unlink(path("passphrase"))
        done = subprocess.run([DAEMON, "backup", "--config", path("conf")], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, start_new_session=True)
        assert done.returncode == 2 and path("passphrase") in done.stderr, (done.returncode, done.stderr)


def a_backup_is_made_while_statements_come_in():
    with running("--submit-rate", "0", "--party-rate", "0", init=False) as daemon:
        here = Region(daemon)
        author, client = daemon.enrol()
        taken = 0
        for _ in range(3):
            backup = subprocess.Popen([DAEMON, "backup", daemon.path("backup"), "--passphrase-file",
                                       daemon.path("passphrase"), *daemon.settings], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            while backup.poll() is None:
                pending = [client.ask(SUBMIT, author.statement(65, dice.randbytes(200))) for _ in range(64)]
                for _ in pending:
                    answer = client.answer()
                    assert answer is not None and answer[2] == 0, answer
                taken += len(pending)
            said, complaint = backup.communicate()
            assert backup.returncode == 0, complaint
            copied = int(re.search(r"Backed up (\d+) entries", said).group(1))
        assert taken > 64 and copied <= taken + 10, (taken, copied)
        here.restore("--drill")
        client.close()
        print("# %d statements while 3 backups were made" % taken)


def an_export_is_killed_while_statements_come_in():
    with running("--submit-rate", "0", "--party-rate", "0", init=False) as daemon:
        Region(daemon)
        author, client = daemon.enrol()
        export = [DAEMON, "export", daemon.path("tiles"), *daemon.settings]
        entries, killed = 0, 0
        for turn in range(8):
            pushed = dice.randrange(6)
            work = subprocess.Popen(export, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, text=True)
            while work.poll() is None:
                pending = [client.ask(SUBMIT, author.statement(65, dice.randbytes(200))) for _ in range(64)]
                for _ in pending:
                    answer = client.answer()
                    assert answer is not None and answer[2] == 0, answer
                pushed -= 1
                if pushed < 0 and turn < 7:
                    work.kill()
            complaint = work.communicate()[1]
            killed += work.returncode < 0
            assert work.returncode <= 0, complaint
            if os.path.exists(daemon.path("tiles/checkpoint")):
                found = daemon.run("audit", "--tiles", daemon.path("tiles"))
                assert found.returncode == 0, (found.stdout, found.stderr)
                now = int(re.search(r"^entries +(\d+)$", found.stdout, re.M).group(1))
                assert now >= entries, (now, entries)
                entries = now
        assert entries > 0
        client.close()
        print("# %d of 8 exports were killed; %d entries in the last" % (killed, entries))


def a_backup_that_is_killed_leaves_the_one_before():
    with region() as here:
        here.backup()
        entries, killed = 0, 0
        for turn in range(12):
            here.pack("ward", "K%d" % turn)
            backup = subprocess.Popen([DAEMON, "backup", here.daemon.path("backup"), "--passphrase-file",
                                       here.daemon.path("passphrase"), *here.daemon.settings],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                backup.wait(dice.random() * (3.0 if SANITIZED else 0.3))
            except subprocess.TimeoutExpired:
                backup.kill()
                backup.wait(DEADLINE)
                killed += 1
            said = here.restore("--drill")
            now = int(re.search(r": (\d+) entries, all verified", said).group(1))
            assert now >= entries, (now, entries)
            entries = now
        said = here.backup()
        assert int(re.search(r"Backed up (\d+) entries", said).group(1)) >= entries
        print("# %d of 12 backups were killed" % killed)


def the_same_ledger_comes_back():
    with region() as here:
        here.pack("ward", "B1")
        assert here.daemon.stop() == 0
        here.backup()  # a stopped ledger too
        shutil.rmtree(here.daemon.path("ledger"))
        os.unlink(here.daemon.path("key"))
        said = here.restore()
        assert said.startswith("Restored ledger.test.example/custody"), said
        here.daemon.start()
        here.pack("ward", "B2")
        assert here.custody("ward", "trace", HOSPITAL + "/B1")
        assert here.daemon.stop() == 0
        audit = here.daemon.run("audit")
        assert audit.returncode == 0, audit.stdout


def yesterdays_backup_is_refused():
    with region() as here:
        here.backup()
        here.pack("ward", "B1")
        here.daemon.stop()
        shutil.rmtree(here.daemon.path("ledger"))
        said = here.restore(code=5)
        assert "--successor" in said and not os.path.exists(here.daemon.path("ledger")), said


def after_a_loss_every_receipt_is_verified_or_replaced():
    with region() as here:
        kept = [here.pack("ward", "A%d" % i) for i in range(20)]
        here.backup()
        lost = [here.pack("ward", "B%d" % i) for i in range(25)]
        here.invite("clinic")  # a device that the backup has never heard of
        late = [here.pack("clinic", "C%d" % i) for i in range(3)]
        here.pack("ward", "D1", "--offline")  # signed, not yet sent
        here.lose()
        said = here.succeed()
        assert "Founded the successor ledger.test.example/custody/2" in said, said
        restored = int(re.search(r": (\d+) entries, all verified", said).group(1))
        here.daemon.start()

        # A device whose enrolment was lost is not admitted, and nothing of it changes.
        here.custody("clinic", "move", here.daemon.path("card"), code=3)

        # The bureau first: its invitation of the clinic's device is among what was lost.
        rows, end = here.move("bureau")
        assert end["restored"] == restored and end["set_aside"] == 0, end
        assert end["replaced"] == 1 and end["verified"] == len(rows) - 1, end

        rows, end = here.move("ward")
        assert [row["receipt"] for row in rows] == ["verified"] * 20 + ["replaced"] * 25 + ["added"], rows
        assert [row["entry"] for row in rows[:20]] == [answer["entry"] for answer in kept]
        assert [row["entry_before"] for row in rows[20:45]] == [answer["entry"] for answer in lost]

        # The clinic's enrolment is carried by another device, then the clinic goes over too.
        here.custody("bureau", "move", "--carry", here.daemon.path("clinic/enrolled"))
        rows, end = here.move("clinic")
        assert [row["receipt"] for row in rows] == ["replaced"] * 3 and len(late) == 3, rows

        # Said again it is all verified: there is nothing more to do.
        rows, end = here.move("ward")
        assert end["verified"] == 46 and end["replaced"] == end["added"] == end["set_aside"] == 0, end

        # And life goes on.
        here.pack("ward", "E1")
        for code in ("A0", "B24", "C2", "D1", "E1"):
            assert here.custody("ward", "trace", HOSPITAL + "/" + code), code
        here.custody("ward", "audit")
        assert here.daemon.stop() == 0
        audit = here.daemon.run("audit")
        assert audit.returncode == 0, audit.stdout


def a_false_successor_is_refused():
    with region() as here, region() as other:
        here.pack("ward", "B1")
        here.backup()
        other.backup()
        other.lose()
        other.succeed()
        other.daemon.start()
        with open(here.daemon.path("ward/ledger"), "rb") as file:
            before = file.read()
        here.daemon.stop()
        endpoint, here.daemon.endpoint = here.daemon.endpoint, other.daemon.endpoint
        shutil.copy(other.daemon.path("card"), here.daemon.path("card"))
        # Of the same name, with root keys of its own; and it does not know the device.
        here.custody("ward", "move", here.daemon.path("card"), code=3)
        here.daemon.endpoint = endpoint
        with open(here.daemon.path("ward/ledger"), "rb") as file:
            assert file.read() == before
        here.daemon.start()
        here.custody("ward", "--endpoint", here.daemon.endpoint, "sync")


main([a_running_ledger_is_backed_up_and_only_what_is_new, a_backup_is_one_file_on_a_stick_or_in_a_pipe,
      the_timers_commands_need_no_word_but_the_settings, an_export_is_killed_while_statements_come_in,
      a_backup_is_made_while_statements_come_in,
      a_backup_that_is_killed_leaves_the_one_before, a_passphrase_is_asked_at_the_terminal_and_not_shown,
      a_drill_says_whether_it_would_do, the_same_ledger_comes_back,
      yesterdays_backup_is_refused, after_a_loss_every_receipt_is_verified_or_replaced, a_false_successor_is_refused])
