# test_clock.py: the machine's clock goes wrong under the real daemon: a year ahead is refused before anything is written, a leap ends
# it, behind is served and told; doctor names it.
import os
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib_story  # noqa: E402
from lib_kept import Kept, kept  # noqa: E402
from lib_wire import *  # noqa: E402,F403

DAY = 86400 * 1000000
YEAR = 365 * DAY


def founded_at(at_us):
    """A ledger whose newest entry is of that time."""
    daemon = Daemon()
    write_clock(daemon.path("clock"), at_us)
    daemon.init("--clock-file", daemon.path("clock"))
    return daemon


def write_clock(path, at_us):
    with open(path, "r+b" if os.path.exists(path) else "wb") as file:
        file.write(struct.pack("<q", at_us))


def now_us():
    return int(time.time() * 1000000)


def a_clock_that_is_years_ahead_is_refused():
    daemon = founded_at(now_us() - 3 * YEAR)
    done = daemon.run("run")
    assert done.returncode == 4 and "ahead_days=1095" in done.stderr, done
    assert "--clock-is-right" in done.stderr and "op=ready" not in done.stderr, done.stderr
    daemon.start("--clock-is-right")
    assert daemon.stop() == 0


def a_clock_that_is_behind_is_served_and_told():
    daemon = founded_at(now_us() + 20 * DAY)
    daemon.start()
    assert any("op=clock" in line and "behind the newest entry" in line for line in daemon.log), daemon.log
    author, client = daemon.enrol()
    entries = [Receipt(client.request(SUBMIT, author.statement(65, b""))[1]).entry for _ in range(3)]
    assert entries == list(range(entries[0], entries[0] + 3)), entries
    client.close()
    doctor = daemon.run("doctor")
    assert doctor.returncode == 1 and "\n! clock" in doctor.stdout, doctor.stdout
    assert "behind the newest entry" in doctor.stdout, doctor.stdout
    assert daemon.stop() == 0
    assert daemon.run("audit").returncode == 0


def with_a_leap(daemon):
    """The environment of a daemon whose clock leaps when the file says so."""
    if SANITIZED:
        raise Skipped("a sanitized program has its own preloads")
    shim = daemon.path("leap.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", shim,
                    os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib_leap.c"), "-ldl"], check=True)
    write_clock(daemon.path("leap"), 0)
    return {**os.environ, "LD_PRELOAD": shim, "LEAP": daemon.path("leap")}


def a_leap_ahead_ends_it_before_anything_is_written():
    daemon = Daemon()
    daemon.init()
    environment = with_a_leap(daemon)
    daemon.start(env=environment)
    author, client = daemon.enrol()
    first = Receipt(client.request(SUBMIT, author.statement(65, b""))[1]).entry
    write_clock(daemon.path("leap"), 3600 * 1000000)
    author.statement(65, b"")  # an hour is nothing
    lost = author.statement(65, b"")
    write_clock(daemon.path("leap"), 10 * YEAR)
    client.ask(SUBMIT, lost)
    assert daemon.process.wait(DEADLINE) == 7
    daemon.wait_for("op=clock")
    assert any("it leaped forward" in line for line in daemon.log), daemon.log
    client.close()
    daemon.process = None
    # The machine still believes it: refused. Set right: what had no receipt is sent again, and is the next entry.
    again = daemon.run("run", env=environment)
    assert again.returncode == 4 and "op=clock" in again.stderr, again.stderr
    write_clock(daemon.path("leap"), 0)
    daemon.start(env=environment)
    client = daemon.client(*daemon.keys)
    assert Receipt(client.request(SUBMIT, lost)[1]).entry == first + 1
    client.close()
    assert daemon.stop() == 0
    assert daemon.run("audit").returncode == 0


def a_leap_behind_changes_no_order():
    daemon = Daemon()
    daemon.init()
    daemon.start(env=with_a_leap(daemon))
    author, client = daemon.enrol()
    entries = []
    for leap in (0, -3600 * 1000000, -10 * YEAR, 1 - now_us(), 0):
        write_clock(daemon.path("leap"), leap)
        entries.append(Receipt(client.request(SUBMIT, author.statement(65, b""))[1]).entry)
    assert entries == list(range(entries[0], entries[0] + 5)), entries
    client.close()
    assert daemon.stop() == 0
    assert daemon.run("audit").returncode == 0


def an_entry_of_a_wrong_year_is_left_behind_by_a_successor():
    with Kept(kept()[-1]) as here:
        here.start()
        device = here.daemon.path("device-clock")
        here.at("2026-05-20T16:01", clock=device)
        here.at("2036-05-20T16:00")
        wrong = here.pack("ward", ("L1", 500), clock=device)
        here.at("2026-05-20T16:02")
        after = here.pack("ward", ("L2", 600))
        year = lib_story.microseconds("2036-05-20T16:00")
        assert wrong["recorded_at"] == year and after["recorded_at"] == year + 1, "dated for good"
        # What the bag says of itself is its own time all the same.
        assert here.trace("ward", "hospital", "L1")["born_at"] == lib_story.microseconds("2026-05-20T16:01")
        here.succeed()
        end = here.on("ward", "move", here.daemon.path("card"))
        assert end["replaced"] == 2 and end["set_aside"] == 0, end.lines
        for code in ("L1", "L2"):
            step = here.trace("ward", "hospital", code)["steps"][0]
            assert step["recorded_at"] < year - YEAR and step["effective_at"] < year - YEAR, step
        assert here.daemon.stop() == 0
        here.custodyd("audit")


main([an_entry_of_a_wrong_year_is_left_behind_by_a_successor, a_clock_that_is_years_ahead_is_refused, a_clock_that_is_behind_is_served_and_told,
      a_leap_ahead_ends_it_before_anything_is_written, a_leap_behind_changes_no_order])
