# test_start.py: the daemon starts, says where it listens, refuses what it must, stops in order.
import os
import socket
import stat
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403


def init_makes_a_ledger_once():
    daemon = Daemon()
    out = daemon.init()
    assert "root key 1" in out and "root key 2" in out and daemon.origin + "+" in out, out
    seeds = [line for line in out.splitlines() if "seed" in line and "0000 0000" not in line]
    assert len(seeds) >= 2, out
    for name in ("invitation", "key"):
        assert stat.S_IMODE(os.stat(daemon.path(name)).st_mode) == 0o600, name
    with open(daemon.path("key"), "rb") as file:
        key = file.read()
    os.unlink(daemon.path("invitation"))
    again = daemon.run("init", "--origin", daemon.origin, "--division", "540400", "--regulator", "uscc:1",
                       "--regulator-name", "x", "-o", daemon.path("invitation"))
    assert again.returncode == 4, again
    assert not os.path.exists(daemon.path("invitation")), "an invitation to nothing"
    with open(daemon.path("key"), "rb") as file:
        assert file.read() == key


def an_invitation_replaces_no_file():
    daemon = Daemon()
    with open(daemon.path("invitation"), "w", encoding="ascii") as file:
        file.write("mine")
    done = daemon.run("init", "--origin", daemon.origin, "--division", "540400", "--regulator", "uscc:1",
                      "--regulator-name", "x", "-o", daemon.path("invitation"))
    assert done.returncode == 4 and "invitation" in done.stderr, done
    assert not os.path.exists(daemon.path("key"))


def ready_means_that_it_answers():
    with running() as daemon:
        line = daemon.wait_for("op=ready")
        assert "endpoint=" + daemon.endpoint in line and "announcements=" + daemon.announcements in line
        client = daemon.invited()
        outcome, body = client.request(HELLO)
        assert outcome == 0, body
        client.close()
        assert daemon.stop() == 0
        assert "op=stopped" in daemon.log[-1], daemon.log


def both_signals_stop_it():
    for number in (signal.SIGTERM, signal.SIGINT):
        with running() as daemon:
            assert daemon.stop(number) == 0, daemon.log


def a_second_daemon_is_refused():
    with running() as daemon:
        done = daemon.run("run")
        assert done.returncode == 4, done
        assert "op=open" in done.stderr and "ERR_BUSY" in done.stderr, done.stderr
        client = daemon.invited()
        assert client.request(HELLO)[0] == 0
        client.close()


def a_taken_port_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        daemon = Daemon("--endpoint", "tcp://127.0.0.1:%d" % taken.getsockname()[1])
        daemon.init()
        done = daemon.run("run")
        assert done.returncode == 4 and "op=bind" in done.stderr, done.stderr


def no_ledger_no_daemon():
    daemon = Daemon()
    done = daemon.run("run")
    assert done.returncode == 4 and "op=ready" not in done.stderr, done


def root_leaves_nothing_in_anothers_ledger():
    if os.geteuid() != 0:
        raise Skipped("only root can try it")
    daemon = Daemon()
    daemon.init()
    for name in ("ledger", "key"):
        os.chown(daemon.path(name), 65534, 65534)
    before = sorted(os.listdir(daemon.path("ledger")))
    for command in ("run", "rebuild", "doctor", "audit"):
        done = daemon.run(command)
        assert done.returncode == 2 and "runuser -u nobody -- custodyd" in done.stderr, done
    assert sorted(os.listdir(daemon.path("ledger"))) == before


def systemd_hears_of_it():
    with running(init=False) as daemon:
        daemon.init()
        path = daemon.path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(path)
            ear.settimeout(DEADLINE)
            os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"] = path, "200000"
            try:
                daemon.start()
            finally:
                del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
            assert ear.recv(100) == b"READY=1"
            assert ear.recv(100) == b"WATCHDOG=1"
            assert daemon.stop() == 0
            said = b""
            while said != b"STOPPING=1":
                said = ear.recv(100)


def stopping_answers_what_was_taken():
    with running() as daemon:
        author, client = daemon.enrol()
        sent = {}
        for _ in range(500):
            statement = author.statement(65, b"")
            sent[client.ask(SUBMIT, statement)] = statement
        answered = 0
        first = client.answer()
        assert first[2] == 0, Problem(first[3])
        daemon.process.send_signal(signal.SIGTERM)
        while answered + 1 < len(sent):
            answer = client.answer(2)
            if answer is None:
                break
            assert answer[2] == 0 or Problem(answer[3]).name == "stopping", Problem(answer[3])
            answered += answer[2] == 0
        assert daemon.stop() == 0
        client.close()
        daemon.start()
        client = daemon.client(*daemon.keys)
        for statement in list(sent.values())[:answered + 1]:
            outcome, body = client.request(SUBMIT, statement)
            assert outcome == 0, body
        client.close()


def a_clock_file_is_only_for_demonstrations():
    daemon = Daemon()
    done = daemon.run("init", "--origin", daemon.origin, "--division", "540400", "--regulator",
                      "uscc:11540400DEMO00001X", "--regulator-name", "x", "-o", daemon.path("invitation"))
    assert done.returncode == 0, done.stderr
    with open(daemon.path("clock"), "wb") as file:
        file.write(struct.pack("<Q", int(time.time() * 1000000)))
    done = daemon.run("run", "--clock-file", daemon.path("clock"))
    assert done.returncode == 4 and "--demonstration" in done.stderr, done
    with running(init=False) as trial:
        trial.init()
        trial.start("--clock-file", daemon.path("clock"))
        assert trial.stop() == 0


def words_are_in_order():
    daemon = Daemon()
    for words, code in ((["help"], 0), (["--version"], 0), (["version"], 0), (["run", "--help"], 0),
                        (["init", "--version"], 0), ([], 2), (["nonsense"], 2), (["run", "--nonsense", "1"], 2),
                        (["run", "--jobs"], 2), (["run", "--jobs", "many"], 2), (["init"], 2),
                        (["audit", "--clock-file", "x"], 2), (["run", "more"], 2)):
        done = subprocess.run([DAEMON, *words], capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == code, (words, done)
        assert bool(done.stdout) == (code == 0) and bool(done.stderr) == (code == 2), (words, done)
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([DAEMON, "help"], stdout=full, stderr=subprocess.PIPE, timeout=DEADLINE)
        assert done.returncode == 4, done
    assert daemon.run("run", "--check-config").returncode == 0


def a_wrong_setting_names_its_line():
    daemon = Daemon()
    for text, line, word in (("[limits]\njobs = 100\n\nthreads = 3\n", 4, "threads"),
                             ("[limits]\njobs = 1\n", 2, "limits.jobs"), ("[limits\n", 1, "section"),
                             ("jobs = 100\n", 1, "jobs"), ("[ledger]\ndata = " + "x" * 300, 2, "bytes")):
        with open(daemon.path("conf"), "w", encoding="utf-8") as file:
            file.write(text)
        for words in (["run"], ["run", "--check-config"], ["audit"], ["init"]):
            done = subprocess.run([DAEMON, *words, "--config", daemon.path("conf")], capture_output=True,
                                  text=True, timeout=DEADLINE)
            assert done.returncode == 2 and not done.stdout, done
            assert done.stderr.startswith("%s:%d: " % (daemon.path("conf"), line)), done.stderr
            assert word in done.stderr, done.stderr
    done = daemon.run("run", "--config", daemon.path("nothing"))
    assert done.returncode == 2 and daemon.path("nothing") in done.stderr, done
    printed = daemon.run("run", "--print-config", "--jobs", "1234", "--user-jobs", "100")
    with open(daemon.path("conf"), "w", encoding="utf-8") as file:
        file.write(printed.stdout)
    again = subprocess.run([DAEMON, "run", "--config", daemon.path("conf"), "--print-config"],
                           capture_output=True, text=True, timeout=DEADLINE)
    assert again.stdout == printed.stdout and "jobs = 1234" in again.stdout, again


def statements_of_one_key_keep_their_order():
    # Long and short by turns: whoever verified the short ones faster must not let them overtake.
    with running("--verifiers", "4") as daemon:
        author, client = daemon.enrol()
        calls = [client.ask(SUBMIT, author.statement(65, b"\x7f" * (40000 if n % 2 else 1))) for n in range(120)]
        entries = {}
        while len(entries) < len(calls):
            call, _, outcome, body = client.answer()
            assert outcome == 0, Problem(body)
            entries[call] = Receipt(body).entry
        order = [entries[call] for call in calls]
        assert order == sorted(order), order
        client.close()


main([init_makes_a_ledger_once, an_invitation_replaces_no_file, ready_means_that_it_answers,
      both_signals_stop_it, a_second_daemon_is_refused, a_taken_port_is_refused, no_ledger_no_daemon,
      root_leaves_nothing_in_anothers_ledger, systemd_hears_of_it, stopping_answers_what_was_taken, a_clock_file_is_only_for_demonstrations,
      words_are_in_order, a_wrong_setting_names_its_line, statements_of_one_key_keep_their_order])
