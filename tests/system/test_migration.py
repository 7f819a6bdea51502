# test_migration.py: ledgers that programs of earlier days made (tests/ledgers) under today's program: what was answered then is
# answered now, what was proved holds, what was backed up comes back, what waited on a device is taken.
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_kept import *  # noqa: E402,F403
from lib_story import main, told  # noqa: E402


def of_each(case):
    """The case for every ledger that is kept."""
    def every():
        names = kept()
        assert names, "no ledger is kept"
        for name in names:
            with Kept(name) as here:
                case(here)
            told(name)
    every.__name__ = case.__name__
    return every


@of_each
def what_was_answered_then_is_answered_now(here):
    here.start()
    assert not here.differences(), "\n".join(here.differences()[:20])
    assert here.daemon.stop() == 0
    said = here.custodyd("audit")
    assert "journal   sound" in said and "look-ups  sound" in said, said


def formats(here):
    """Of the look-ups that lie there."""
    return [name for name in os.listdir(here.daemon.path("ledger")) if name.startswith("lookups-")]


@of_each
def older_look_ups_give_way_and_nothing_else_is_open(here):
    then = formats(here)
    said = here.custodyd("rebuild", "--ahead")
    is_older = "both at entry" in said
    assert is_older or "nothing to do ahead of time" in said, said
    assert not is_older or "0 are gone, 0 are new." in said, said
    assert len(formats(here)) == len(then) + is_older, formats(here)
    here.start()
    changeover = [line for line in here.daemon.log if "op=lookups_changeover" in line]
    assert len(changeover) == is_older and (formats(here) == then) != is_older, (changeover, formats(here))
    assert all("gone=0 come=0 compared=yes" in line for line in changeover), changeover
    assert not any("lookups_damaged" in line for line in here.daemon.log), here.daemon.log
    assert here.daemon.stop() == 0
    here.start()
    assert not any("op=lookups_" in line for line in here.daemon.log), here.daemon.log


@of_each
def every_receipt_and_proof_still_holds(here):
    held = 0
    for device in here.devices():
        end = here.on(device, "verify", offline=True)
        assert end["verified"] is True, end.lines
        held += end["receipts"]
    assert held >= 40, held
    here.on("bureau", "verify", here.daemon.path("proof"), offline=True)
    here.start()
    for device in here.devices():
        here.on(device, "follow")


@of_each
def what_waited_on_devices_is_taken(here):
    waiting = {device: here.on(device, "status", offline=True) for device in here.devices()}
    waiting = {device: status["device"]["waiting"] for device, status in waiting.items()}
    assert sum(waiting.values()) == 3, waiting
    here.start()
    for device in waiting:
        here.on(device, "sync")
    for code in ("E2", "E3", "E4"):
        assert here.trace("bureau", "east", code)["state"] == "packed", code
    assert here.pack("east", ("E5", 400))["entry"] > 0, "the device goes on"
    assert here.daemon.stop() == 0
    here.custodyd("audit")


@of_each
def the_backup_of_then_comes_back(here):
    for gone in ("ledger", "key"):
        path = here.daemon.path(gone)
        shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    secret = ("--passphrase-file", here.daemon.path("passphrase"))
    assert "Drilled a restore" not in here.custodyd("restore", here.daemon.path("backup"), *secret)
    here.start()
    assert not here.differences(), "\n".join(here.differences()[:20])


@of_each
def the_root_keys_of_then_found_a_successor(here):
    here.start()
    lost = here.pack("ward", ("L1", 500))
    here.succeed()
    end = here.on("ward", "move", here.daemon.path("card"))
    assert end["replaced"] == 1 and end["set_aside"] == 0 and end["verified"] > 0, (lost, end.lines)


main([what_was_answered_then_is_answered_now, older_look_ups_give_way_and_nothing_else_is_open, every_receipt_and_proof_still_holds, what_waited_on_devices_is_taken,
      the_backup_of_then_comes_back, the_root_keys_of_then_found_a_successor])
