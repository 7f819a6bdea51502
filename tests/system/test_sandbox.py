# test_sandbox.py: the running daemon is shut in, every thread of it, and does its work there.
# Never takes the daemon's word for it: the kernel is asked.
import ctypes
import os
import shutil
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403


def facts_of(pid):
    """What the kernel says of each thread: thread -> field -> text."""
    threads = {}
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, thread), encoding="ascii") as file:
            threads[thread] = dict(line.rstrip("\n").split(":\t", 1) for line in file)
    return threads


def every_thread_is_shut_in():
    with running() as daemon:
        _, client = daemon.enrol()
        threads = facts_of(daemon.process.pid)
        assert len(threads) > 5, threads
        for thread, facts in threads.items():
            assert facts["NoNewPrivs"] == "1", (thread, facts)
            assert facts["Seccomp"] == "2", (thread, facts)
            assert facts.get("Seccomp_filters", "2") == "2", (thread, facts)
            for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
                assert int(facts[kind], 16) == 0, (thread, kind, facts[kind])
        client.close()


def it_says_so():
    with running() as daemon:
        line = daemon.wait_for("op=sandbox")
        assert "build=" + ("instrumented" if SANITIZED else "strict") in line, line
        assert "landlock=" in line, line
        if "landlock=0" in line:
            raise Skipped("this kernel has no landlock")


def off_is_off_and_is_said():
    for words in (["--sandbox", "off"], ["--sandbox=off"]):
        with running(*words) as daemon:
            assert "off" in daemon.wait_for("op=sandbox")
            assert all(facts["Seccomp"] == "0" for facts in facts_of(daemon.process.pid).values())


def a_wrong_word_is_refused():
    done = Daemon().run("run", "--sandbox", "maybe")
    assert done.returncode == 2 and "process.sandbox" in done.stderr, done


def an_endpoint_that_it_cannot_confine_is_named():
    daemon = Daemon()
    daemon.init()
    done = daemon.run("run", "--endpoint", "ipc://" + daemon.path("socket"))
    assert done.returncode == 4 and "ipc://" in done.stderr and "op=sandbox" in done.stderr, done


def another_port_is_not_opened_later():
    with running() as daemon:
        files = os.listdir("/proc/%d/fd" % daemon.process.pid)
        targets = [os.readlink("/proc/%d/fd/%s" % (daemon.process.pid, name)) for name in files]
        # The two listeners; what it asked the kernel of its interfaces is closed.
        assert sum(target.startswith("socket:") for target in targets) == 2, targets


def look_ups_are_made_anew_inside():
    with running() as daemon:
        author, client = daemon.enrol()
        for _ in range(50):
            outcome, body = client.request(SUBMIT, author.statement(65, b""))
            assert outcome == 0, Problem(body)
        client.close()
        assert daemon.stop() == 0
        with open(daemon.path("ledger/lookups-condemned"), "w", encoding="ascii"):
            pass  # what a process leaves that found them damaged
        daemon.start()
        client = daemon.client(*daemon.keys)
        outcome, body = client.request(SUBMIT, author.statement(65, b""))
        assert outcome == 0 and Receipt(body).entry > 50, body
        client.close()
        assert not os.path.exists(daemon.path("ledger/lookups-condemned"))
        assert daemon.stop() == 0
        for command in ("audit", "rebuild", "audit"):
            done = daemon.run(command)
            assert done.returncode == 0, done


def settings_of_the_unit(name):
    with open("deploy/custodyd.service", encoding="utf-8") as unit:
        return [line.strip().split("=", 1)[1] for line in unit if line.startswith(name + "=")]


def expand(words):
    """Calls and sets of calls, as systemd-analyze knows the names of the sets."""
    for word in words:
        if word.startswith("@"):
            said = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True,
                                  text=True, check=True).stdout
            lines = (line.strip() for line in said.splitlines()[1:])
            yield from expand([line for line in lines if line and not line.startswith("#")])
        else:
            yield word


class Comparison(ctypes.Structure):  # struct scmp_arg_cmp
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def filter_of_the_unit(library):
    """What systemd would load for SystemCallFilter= and RestrictAddressFamilies=: a context, and how many calls it has."""
    allow, refuse, equal = 0x7fff0000, 0x00050000 | 1, 4
    names = set()
    for text in settings_of_the_unit("SystemCallFilter"):
        listed = set(expand(text.lstrip("~").split()))
        names = names - listed if text.startswith("~") else names | listed
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(refuse)))
    for name in names - {"socket"}:
        number = library.seccomp_syscall_resolve_name(name.encode())
        assert number < 0 or library.seccomp_rule_add(context, ctypes.c_uint32(allow), number, 0) == 0, name
    number = library.seccomp_syscall_resolve_name(b"socket")
    for family in settings_of_the_unit("RestrictAddressFamilies")[0].split():
        one = Comparison(0, equal, getattr(socket, family), 0)
        assert library.seccomp_rule_add_array(context, ctypes.c_uint32(allow), number, 1, ctypes.byref(one)) == 0
    return context, len(names)


def the_units_filter_leaves_what_it_needs():
    if shutil.which("systemd-analyze") is None:
        raise Skipped("systemd-analyze is not installed")
    if SANITIZED:
        raise Skipped("a sanitizer makes other calls")
    library = ctypes.CDLL("libseccomp.so.2")
    context, calls = filter_of_the_unit(library)
    assert calls > 150, calls

    def as_systemd_does():
        give_up()
        if library.seccomp_load(context) != 0:
            os._exit(99)

    with running(init=False) as daemon:
        daemon.init()
        daemon.start(preexec_fn=as_systemd_does)
        client = daemon.invited()
        assert client.request(HELLO)[0] == 0
        client.close()
        facts = facts_of(daemon.process.pid)
        assert all(thread.get("Seccomp_filters", "3") == "3" for thread in facts.values()), facts


def give_up():
    """In the child: no capability, by the raw call (126 is capset on x86-64)."""
    header, none = struct.pack("Ii", 0x20080522, 0), bytes(24)
    ctypes.CDLL(None).syscall(126 if os.uname().machine == "x86_64" else 91, header, none)


def six_addresses_are_served():
    if not os.path.exists("/proc/net/if_inet6"):
        raise Skipped("this kernel has no IPv6")
    with running("--endpoint", "tcp://[::1]:*") as daemon:
        client = daemon.invited(options=((42, 1),))
        assert client.request(HELLO)[0] == 0
        client.close()


main([every_thread_is_shut_in, it_says_so, off_is_off_and_is_said, a_wrong_word_is_refused,
      an_endpoint_that_it_cannot_confine_is_named, another_port_is_not_opened_later,
      look_ups_are_made_anew_inside, the_units_filter_leaves_what_it_needs, six_addresses_are_served])
