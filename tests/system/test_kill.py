# test_kill.py: a receipt that was sent is never missing, and nothing is counted twice: kill -9, full disk, a stop under load.
import os
import random
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
print("# seed %d" % SEED, flush=True)
dice = random.Random(SEED)


def size_of(client):
    outcome, body = client.request(STATUS)
    assert outcome == 0, body
    return unpack(body).get(4, [0])[0]


def note(answer, pending, receipts):
    statement = pending.pop(answer[0])
    if answer[2] == 0:
        receipts[statement] = Receipt(answer[3]).entry
    else:
        assert Problem(answer[3]).retryable, Problem(answer[3])


def pump(client, author, statements, receipts, stop_after):
    """Submit until so many receipts came; every statement made and every receipt seen is kept. Returns what waits."""
    pending = {}
    enough = len(receipts) + stop_after
    while len(receipts) < enough:
        while len(pending) < 64:
            statement = author.statement(dice.choice((65, 66, 69, 84)), dice.randbytes(dice.randrange(300)))
            statements.append(statement)
            pending[client.ask(SUBMIT, statement)] = statement
        answer = client.answer()
        assert answer is not None, "no answer"
        note(answer, pending, receipts)
    return pending


def settle(client, statements, receipts):
    """Send everything again: what had a receipt has the same entry."""
    taken = {}
    for start in range(0, len(statements), 128):
        part = {client.ask(SUBMIT, statement): statement for statement in statements[start:start + 128]}
        while part:
            call, _, outcome, body = client.answer()
            statement = part.pop(call)
            if outcome:
                problem = Problem(body)
                assert problem.retryable, problem
                part[client.ask(SUBMIT, statement)] = statement
                continue
            receipt = Receipt(body)
            taken[statement] = receipt.entry
            if statement in receipts:
                assert receipt.again and receipt.entry == receipts[statement], (receipt.entry, receipts[statement])
    return taken


def kill_and_look(rounds, **how):
    with running("--submit-rate", "0", "--party-rate", "0", **how) as daemon:
        author, client = daemon.enrol()
        first = size_of(client)
        statements, receipts = [], {}
        for _ in range(rounds):
            pending = pump(client, author, statements, receipts, dice.randrange(1, 600))
            daemon.process.kill()
            daemon.process.wait(DEADLINE)
            answer = client.answer(0.05)
            while answer is not None:  # what was on its way when it died is a receipt too
                note(answer, pending, receipts)
                answer = client.answer(0.05)
            client.close()
            daemon.start()
            client = daemon.client(*daemon.keys)
        taken = settle(client, statements, receipts)
        assert len(set(taken.values())) == len(statements), "one entry for two statements"
        assert size_of(client) == first + len(statements), (size_of(client), first, len(statements))
        client.close()
        assert daemon.stop() == 0
        audit = daemon.run("audit")
        assert audit.returncode == 0, audit
        daemon.start()


def every_receipt_outlives_a_kill():
    kill_and_look(6)


def a_kill_while_it_starts_harms_nothing():
    with running() as daemon:
        author, client = daemon.enrol()
        statements, receipts = [], {}
        pump(client, author, statements, receipts, 200)
        daemon.process.kill()
        daemon.process.wait(DEADLINE)
        for _ in range(10):
            process = subprocess.Popen([DAEMON, "run", *daemon.settings], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(dice.random() * 0.05)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(DEADLINE)
        daemon.start()
        client.close()
        client = daemon.client(*daemon.keys)
        settle(client, statements, receipts)
        client.close()


def a_full_disk_is_an_answer():
    with running("--fill-ahead", "0", "--submit-rate", "0", "--party-rate", "0") as daemon:
        author, client = daemon.enrol()
        statements, receipts = [], {}
        pump(client, author, statements, receipts, 50)
        journal = max(os.path.getsize(os.path.join(folder, name))
                      for folder, _, names in os.walk(daemon.path("ledger")) for name in names)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (journal + 262144, -1))
        problem = None
        for _ in range(4000):
            statement = author.statement(65, dice.randbytes(3000))
            statements.append(statement)
            outcome, answer = client.request(SUBMIT, statement)
            if outcome:
                problem = answer
                break
            receipts[statement] = Receipt(answer).entry
        assert problem is not None and problem.retryable, problem
        assert problem.name in ("disk_reserve", "disk_failed"), problem
        assert client.request(HELLO)[0] == 0, "questions are still answered"
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        settle(client, statements, receipts)
        client.close()
        assert daemon.stop() == 0
        audit = daemon.run("audit")
        assert audit.returncode == 0, audit


TRIP = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
/* Like a disk that dies: from the moment that the file is there, nothing is synced any more. */
int fdatasync(int file)
{
    if (access(getenv("TRIP"), F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
"""


def a_dying_disk_is_answered_with_silence():
    if SANITIZED:
        raise Skipped("a sanitizer's library wants to be the first that is loaded")
    with running(init=False) as daemon:
        daemon.init()
        with open(daemon.path("trip.c"), "w", encoding="ascii") as file:
            file.write(TRIP)
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", daemon.path("trip.so"), daemon.path("trip.c")], check=True)
        os.environ["LD_PRELOAD"], os.environ["TRIP"] = daemon.path("trip.so"), daemon.path("trip")
        try:
            daemon.start()
        finally:
            del os.environ["LD_PRELOAD"], os.environ["TRIP"]
        author, client = daemon.enrol()
        statements, receipts = [], {}
        pending = pump(client, author, statements, receipts, 50)
        while pending:
            note(client.answer(), pending, receipts)
        with open(daemon.path("trip"), "w", encoding="ascii"):
            pass
        statement = author.statement(65, b"")
        statements.append(statement)
        client.ask(SUBMIT, statement)
        assert daemon.process.wait(DEADLINE) == 7
        assert client.answer(0.1) is None, "an answer about what nobody knows"
        client.close()
        daemon.start()
        client = daemon.client(*daemon.keys)
        taken = settle(client, statements, receipts)
        assert len(set(taken.values())) == len(statements)
        client.close()


def a_rolled_back_ledger_is_refused():
    import shutil
    with running() as daemon:
        author, client = daemon.enrol()
        statements, receipts = [], {}
        pump(client, author, statements, receipts, 20)
        client.close()
        assert daemon.stop() == 0
        shutil.copytree(daemon.path("ledger"), daemon.path("old"))
        daemon.start()
        client = daemon.client(*daemon.keys)
        pump(client, author, statements, receipts, 20)
        client.close()
        assert daemon.stop() == 0
        shutil.rmtree(daemon.path("ledger"))
        os.rename(daemon.path("old"), daemon.path("ledger"))
        done = daemon.run("run")
        assert done.returncode == 5 and "ERR_ROLLBACK" in done.stderr, done


main([every_receipt_outlives_a_kill, a_kill_while_it_starts_harms_nothing, a_full_disk_is_an_answer,
      a_dying_disk_is_answered_with_silence, a_rolled_back_ledger_is_refused])
