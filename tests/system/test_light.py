# test_light.py: the smallest client: how large it is without libzmq and libsodium, and how much memory it has resident while it brings a
# day's work of a whole county to the ledger.
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_story import *  # noqa: E402,F403

SIZE_MAX = 1024 * 1024
RESIDENT_MAX_KIB = 16 * 1024
STATEMENTS = 600
# Also a program for another architecture, run by an emulator whose own memory nobody asks about.
EMULATOR = os.environ.get("EMULATOR", "").split()
LIGHT = os.environ.get("LIGHT", os.path.join(BUILD, "light"))
STRIP = "aarch64-linux-gnu-strip" if EMULATOR else "strip"
IS_WATCHED = "sanitize" in BUILD or "coverage" in BUILD


def light(here, *words):
    done = subprocess.run([*EMULATOR, LIGHT, *map(str, words)], capture_output=True, text=True, timeout=DEADLINE * 6)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def it_is_small():
    if IS_WATCHED:
        return told("a build that watches is larger: not measured")
    stripped = os.path.join(os.environ["TMPDIR"], "light")
    shutil.copy(LIGHT, stripped)
    subprocess.run([STRIP, stripped], check=True)
    needed = subprocess.run(["readelf", "-d", stripped], capture_output=True, text=True, check=True).stdout
    libraries = sorted(line.split("[")[1].split("]")[0].split(".so")[0] for line in needed.splitlines() if "NEEDED" in line)
    print("# %d bytes; beside it: %s" % (os.path.getsize(stripped), " ".join(libraries)))
    assert os.path.getsize(stripped) < SIZE_MAX, os.path.getsize(stripped)
    libraries = [name for name in libraries if not name.startswith("ld-linux")]
    assert set(libraries) <= {"libc", "libcrypto", "libsodium", "libzmq"}, libraries


def it_packs_offline_and_syncs_in_little_memory():
    with region(start="2026-11-01T09:00") as here:
        here.usual()
        here.on("bureau", "open-ledger")
        home = here.daemon.path("home-light")
        light(here, "keygen", home)
        invitation = here.daemon.path("light-invitation")
        here.on("bureau", "invite", "--party", here.parties["hospital"], "--roles", "generator", "-o", invitation)
        light(here, "enrol", home, invitation, here.daemon.endpoint)
        light(here, "pack", home, here.parties["hospital"], "ZC-1", 1, STATEMENTS)
        said = light(here, "sync", home, here.daemon.endpoint).split()
        numbers = dict(zip(said[::2], map(int, said[1::2])))
        assert (numbers["delivered"], numbers["refused"], numbers["waiting"]) == (STATEMENTS, 0, 0), said
        print("# %d statements: at most %d KiB resident" % (STATEMENTS, numbers["resident_kib"]))
        assert IS_WATCHED or EMULATOR or numbers["resident_kib"] < RESIDENT_MAX_KIB, said


main([it_is_small, it_packs_offline_and_syncs_in_little_memory])
