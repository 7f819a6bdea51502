# test_announce.py: who follows hears the newest head at once, and every head after it or a newer one.
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403


def ear_of(daemon, topic=b"checkpoint"):
    public, secret = daemon.keys
    return Socket(SUB, daemon.announcements, from_z85(daemon.cards["server-key"]), public, secret,
                  options=[(SUBSCRIBE, topic)])


def size_heard(daemon, ear):
    topic, note = ear.receive()
    assert topic == b"checkpoint", topic
    lines = note.decode().split("\n")
    assert lines[0] == daemon.origin and lines[3] == "" and lines[4].startswith("— " + daemon.origin), note
    return int(lines[1])


def the_newest_at_once_and_the_next():
    with running() as daemon:
        author, client = daemon.enrol()
        first = ear_of(daemon)
        size = size_heard(daemon, first)
        assert size >= 1
        for _ in range(20):
            outcome, body = client.request(SUBMIT, author.statement(65, b"x"))
            assert outcome == 0, body
            entry = Receipt(body).entry
            while size <= entry:
                heard = size_heard(daemon, first)
                assert heard >= size, "a head went back"
                size = heard
        others = [ear_of(daemon, topic) for topic in (b"checkpoint", b"", b"check")]
        for ear in others:
            assert size_heard(daemon, ear) == size
        deaf = ear_of(daemon, b"other")
        assert deaf.receive(0.2) is None
        for ear in [first, deaf] + others:
            ear.close()


def a_follower_who_never_reads_holds_nobody_up():
    with running("--submit-rate", "0") as daemon:
        author, client = daemon.enrol()
        lazy = ear_of(daemon)
        for _ in range(300):
            outcome, body = client.request(SUBMIT, author.statement(65, b"x"))
            assert outcome == 0, body
        fresh = ear_of(daemon)
        assert size_heard(daemon, fresh) == Receipt(body).entry + 1
        lazy.close()
        fresh.close()


def a_restart_is_survived():
    with running("--announcements", "tcp://127.0.0.1:*") as daemon:
        author, client = daemon.enrol()
        ear = ear_of(daemon)
        size = size_heard(daemon, ear)
        client.close()
        assert daemon.stop() == 0
        daemon.start("--endpoint", daemon.endpoint, "--announcements", daemon.announcements)
        assert size_heard(daemon, ear) >= size
        client = daemon.client(*daemon.keys)
        assert client.request(SUBMIT, author.statement(65, b"x"))[0] == 0
        while size_heard(daemon, ear) <= size:
            pass
        ear.close()


main([the_newest_at_once_and_the_next, a_follower_who_never_reads_holds_nobody_up, a_restart_is_survived])
