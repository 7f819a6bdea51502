# lib_kept.py: a ledger that is kept in tests/ledgers, unpacked where nothing that is kept can be hurt, under the built program.
# Never judges its answers.
import ctypes
import hashlib
import json
import os
import re
import shlex
import shutil
import struct
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib_story  # noqa: E402
from lib_wire import Daemon  # noqa: E402

LEDGERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ledgers")
PASSPHRASE = "correct horse battery"
# Whom the ledgers speak of: lib_planted.py's region, whose codes are counted.
PARTIES = {"bureau": "uscc:11540400DEMO00001X", "hospital": "uscc:12540402DEM0000013", "east": "uscc:52540424DEM000006A"}
# What a device had verified before it asked is in its answer too, and is not the ledger's.
OF_THE_DEVICE = ("consistency", "known_before")


def kept():
    """The names of all of them, the oldest first."""
    return sorted(name[:-len(".tar.xz")] for name in os.listdir(LEDGERS) if name.endswith(".tar.xz"))


def write_private(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o600)


def of_the_ledger(answer):
    """An answer without what belongs to the device that asked."""
    if isinstance(answer, dict):
        return {name: of_the_ledger(value) for name, value in answer.items() if name not in OF_THE_DEVICE}
    return [of_the_ledger(value) for value in answer] if isinstance(answer, list) else answer


def lacks(now, then, where=""):
    """What `then` says and `now` does not: a later program may say more, never less and nothing else. Empty: nothing."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [fault for name, value in then.items() for fault in (
            lacks(now[name], value, where + "." + name) if name in now else [where + "." + name + " is gone"])]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [fault for i, value in enumerate(then) for fault in lacks(now[i], value, "%s[%d]" % (where, i))]
    return [] if now == then else ["%s: %r, and was %r" % (where, now, then)]


def stay(path):
    """Tell a device's file that it lies where it was made (recordlog.c): an upgrade copies nothing, unpacking does, and a copied
    device may not sign."""
    with open(path, "r+b") as file:
        header = file.read(104)
        if not header.startswith(b"custody-log/1\n"):
            return
        status = ctypes.create_string_buffer(256)
        assert ctypes.CDLL(None).statx(file.fileno(), b"", 0x1000, 0x900, status) == 0  # AT_EMPTY_PATH, inode and birth
        mask, inode = struct.unpack_from("<I", status, 0)[0], struct.unpack_from("<Q", status, 32)[0]
        seconds, nanoseconds = struct.unpack_from("<qI", status, 80) if mask & 0x800 else (0, 0)
        place = struct.pack(">16sQQQ", b"custody-mark/1", inode, seconds, nanoseconds)
        header = header[:64] + hashlib.sha256(place).digest()
        file.seek(0)
        file.write(header + hashlib.sha256(header).digest()[:8])


class Kept(lib_story.Region):
    """with Kept(name) as here: unpacked, not started."""

    def __init__(self, name):
        self.kept = name
        self.daemon = Daemon()
        self.clock = self.daemon.path("clock")
        self.daemon.settings += ["--clock-file", self.clock]
        with tarfile.open(os.path.join(LEDGERS, name + ".tar.xz")) as archive:
            archive.extractall(self.daemon.folder)
        for device in self.devices():
            for name in os.listdir(self.daemon.path("home-%s/spool" % device)):
                stay(self.daemon.path("home-%s/spool/%s" % (device, name)))
        with open(self.clock, "rb") as file:
            self.now_us = int.from_bytes(file.read(8), "little")
        self.parties = {**PARTIES}
        self.device_party = {"ward": "hospital", "east": "east", "bureau": "bureau"}

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print("".join("# log: %s\n" % line for line in self.daemon.log[-30:]), end="")
        code = self.close()
        assert kind is not None or code == 0, "custodyd ended with %s" % code

    def start(self):
        self.daemon.start()

    def command(self, device, *words, **options):
        """Where the daemon listens now, not where it did when the devices enrolled."""
        where = ["--endpoint", self.daemon.endpoint] if self.daemon.process else []
        return super().command(device, *where, *words, **options)

    def settings_without_clock(self):
        """For the commands of custodyd that follow no clock."""
        return [word for word in self.daemon.settings if word not in ("--clock-file", self.clock)]

    def custodyd(self, command, *words, code=0):
        settings, self.daemon.settings = self.daemon.settings, self.settings_without_clock()
        done = self.daemon.run(command, *words)
        self.daemon.settings = settings
        assert done.returncode == code, (command, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout if code == 0 else done.stderr

    def succeed(self):
        """The machine is gone: its successor, from the backup and both root keys; the bureau has moved over."""
        self.daemon.process.kill()
        self.daemon.stop()
        shutil.rmtree(self.daemon.path("ledger"))
        os.remove(self.daemon.path("key"))
        self.custodyd("restore", self.daemon.path("backup"), "--successor", "--passphrase-file",
                      self.daemon.path("passphrase"), "--root-key-1", self.daemon.path("root1"), "--root-key-2",
                      self.daemon.path("root2"), "-o", self.daemon.path("card"))
        self.start()
        self.tell_ports(self.daemon.path("card"))
        self.on("bureau", "move", self.daemon.path("card"))

    def devices(self):
        return sorted(name[len("home-"):] for name in os.listdir(self.daemon.folder) if name.startswith("home-"))

    # --- questions ------------------------------------------------------------------------------------

    def answers(self):
        """(question, what was answered then) ..."""
        with open(os.path.join(LEDGERS, self.kept + ".answers"), encoding="utf-8") as file:
            parts = re.split(r"^\$ (.*)\n", file.read(), flags=re.MULTILINE)
        decoder = json.JSONDecoder()
        for question, text in zip(parts[1::2], parts[2::2]):
            answers, at = [], 0
            while text[at:].strip():
                answer, at = decoder.raw_decode(text, at)
                answers.append(answer)
                at += 1
            yield question, answers

    def questions(self):
        return [question for question, _ in self.answers()]

    def ask(self, question):
        device, *words = shlex.split(question)
        return [of_the_ledger(line) for line in self.on(device, *words).lines]

    def differences(self):
        """What is answered otherwise than then."""
        return ["%s: %s" % (question, fault) for question, then in self.answers()
                for fault in lacks(self.ask(question), then)]
