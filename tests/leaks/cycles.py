#!/usr/bin/env python3
# cycles.py: a thousand times connect, submit, ask, close: nothing is leaked and nothing read that was not written, by
# the daemon and by the client, both under valgrind.
# Never runs in the sandbox: valgrind makes calls of its own.
#
#   BUILD=build/release [CYCLES=n] cycles.py
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import lib_wire  # noqa: E402
from lib_story import region, told  # noqa: E402
from lib_wire import BUILD, Skipped, main  # noqa: E402

CYCLES = int(os.environ.get("CYCLES", "1000"))
PATIENCE = 3600  # seconds; under valgrind all takes some thirty times as long
FOUND = 99       # the exit code for an error or a leak
WATCH = ["valgrind", "--quiet", "--error-exitcode=%d" % FOUND, "--leak-check=full", "--show-leak-kinds=definite,possible",
         "--errors-for-leak-kinds=definite,possible", "--num-callers=30", "--track-fds=no"]


def under_valgrind(folder):
    """The daemon as a program that starts it under valgrind."""
    path = os.path.join(folder, "custodyd-watched")
    with open(path, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\nexec %s %s \"$@\"\n" % (" ".join(WATCH), lib_wire.DAEMON))
    os.chmod(path, 0o700)
    return path


def a_thousand_cycles_leak_nothing():
    if shutil.which("valgrind") is None:
        raise Skipped("no valgrind here")
    with region() as here:
        here.usual()
        daemon, plain = here.daemon, lib_wire.DAEMON
        assert daemon.stop() == 0
        try:
            lib_wire.DAEMON, lib_wire.DEADLINE = under_valgrind(daemon.folder), PATIENCE
            daemon.start("--sandbox", "off")
            client = subprocess.run(
                [*WATCH, os.path.join(BUILD, "cycles"), daemon.path("home-ward"), here.clock, daemon.endpoint, str(CYCLES),
                 here.parties["hospital"], "ZC-1"], capture_output=True, text=True, timeout=PATIENCE, check=False)
            told(client.stdout.strip())
            assert client.returncode == 0, "the client: exit code %d:\n%s" % (client.returncode, client.stderr[:6000])
            code = daemon.stop()
            assert code == 0, "the daemon: exit code %d:\n%s" % (code, "\n".join(daemon.log[-120:]))
        finally:
            lib_wire.DAEMON = plain


if __name__ == "__main__":
    main([a_thousand_cycles_leak_nothing])
