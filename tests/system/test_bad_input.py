# test_bad_input.py: whatever is sent, the answer is the one PROTOCOL.md gives, and the others are still served.
import os
import random
import resource
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403

NOW = int(time.time() * 1000000)


def serves(client):
    outcome, body = client.request(HELLO)
    assert outcome == 0, body


def frames_of_every_kind():
    with running() as daemon:
        _, client = daemon.enrol()
        good = call_frame(900, HELLO)
        dropped = [
            [b""], [b"", b""], [b"", b"", b""], [b"custody/1"], [b"custody/1", good], [b"custody/1", b"", b""],
            [b"custody/1", good[:15], b""], [b"custody/1", good + b"\0", b""], [b"CUSTODY/1", good, b""],
            [b"custody", good, b""], [b"\xff" * 300, good, b""], [b"custody/1", call_frame(900, HELLO, 3), b""],
            [b"custody/1", call_frame(900, HELLO, 0, 1), b""], [b"custody/2", call_frame(900, HELLO, 5), b""],
            [b"x" * 60000], [b"y"] * 400,
        ]
        answered = [
            ([b"custody/2", good, b""], "other_version"), ([b"custody/10", good], "other_version"),
            ([b"custody/", good, b"", b""], "other_version"),
            ([b"custody/1", call_frame(900, 0), b""], "unknown_kind"),
            ([b"custody/1", call_frame(900, 60), b""], "unknown_kind"),
            ([b"custody/1", call_frame(900, 65535), b"x" * 50000], "unknown_kind"),
            ([b"custody/1", good, b"x" * 49217], "too_large"),
            ([b"custody/1", call_frame(900, SUBMIT), b"x" * 65000], "too_large"),
            ([b"custody/1", call_frame(900, SUBMIT), b"x" * 300, b"r" * 16385], "too_large"),
            ([b"custody/1", good, b"", b"record"], "not_a_request"),
            ([b"custody/1", call_frame(900, SUBMIT), b"x"] + [b"r" * 20] * 9, "not_a_request"),
            ([b"custody/1", call_frame(900, SUBMIT), b"x"] + [b"r" * 20] * 900, "not_a_request"),
        ]
        for frames in dropped:
            client.send(frames)
            assert client.answer(0.05) is None, frames
        for frames, name in answered:
            client.send(frames)
            call, kind, outcome, body = client.answer()
            problem = Problem(body)
            assert call == 900 and outcome == TURNED_AWAY and problem.name == name, (frames[:2], problem)
            assert problem.outcome == outcome and problem.remedy and not problem.retryable, problem
        serves(client)
        seen = counters(client)
        assert seen["unanswerable"] == len(dropped), seen
        assert seen["malformed"] >= len(answered), seen


def statements_that_are_none():
    with running() as daemon:
        author, client = daemon.enrol()
        stranger = Author(daemon.origin)
        good = author.statement(65, b"")
        author.sequence, author.previous = 0, bytes(32)
        cases = [
            (b"", "not_a_statement", "body"), (b"x" * 63, "not_a_statement", "body"),
            (b"x" * 64, "not_a_statement", "length"), (b"x" * 247, "not_a_statement", "length"),
            (b"x" * 300, "not_a_statement", "format"),
            (stranger.statement(65, b"", format=b"custody\x02"), "not_a_statement", "format"),
            (stranger.statement(65, b"", algorithm=2), "not_a_statement", "algorithm"),
            (stranger.statement(65, b"", quality=9), "not_a_statement", "clock_quality"),
            (stranger.statement(65, b"", position=b"\x7f" * 12), "not_a_statement", "latitude"),
            (stranger.statement(65, b"", occurred=-1), "not_a_statement", "occurred_at"),
            (stranger.statement(65, b"", signed=253402300800000000), "not_a_statement", "signed_at"),
            (stranger.statement(65, b"", sequence=0), "not_a_statement", "key_sequence"),
            (stranger.statement(65, b"", sequence=1), "not_a_statement", "previous"),
            (Author("ledger.elsewhere.example/custody").statement(65, b""), "other_origin", "origin"),
            (good[:10] + bytes([good[10] ^ 1]) + good[11:], "bad_signature", "signature"),
            (good[:103] + bytes([good[103] ^ 1]) + good[104:], "bad_signature", "signature"),
            (author.statement(65, b"", key=bytes(32)), "bad_signature", "signature"),
            (stranger.statement(65, b"x" * 49000), "too_large", "body"),
        ]
        for body, name, field_name in cases:
            outcome, problem = client.request(SUBMIT, body)
            assert outcome == TURNED_AWAY, (name, problem)
            assert problem.name == name and problem.field == field_name, (name, field_name, problem)
        outcome, problem = client.request(SUBMIT, Author(daemon.origin).statement(65, b""))
        assert outcome == UNAVAILABLE and problem.name == "enrolment_awaited" and problem.retryable, problem
        # None of them cost the author's chain anything.
        author.sequence, author.previous = 0, bytes(32)
        outcome, body = client.request(SUBMIT, author.statement(65, b""))
        assert outcome == 0 and Receipt(body).outcome == 3, "an empty body is a refused statement"


def questions_that_are_none():
    with running() as daemon:
        _, client = daemon.enrol()
        dice = random.Random(1)
        for kind in (HELLO, HEAD, TRACE, UNCLOSED, FINDINGS, SHOW, PROVE, ENTRIES, STATUS, PARTY):
            for size in (1, 7, 100, 5000, 49216):
                outcome, body = client.request(kind, dice.randbytes(size))
                assert outcome in (0, 3, 5, 6), (kind, size, outcome, body)
        serves(client)


def a_req_socket_is_served():
    with running() as daemon:
        cards = daemon.cards
        asker = Socket(REQ, daemon.endpoint, from_z85(cards["server-key"]), from_z85(cards["curve-public"]),
                       from_z85(cards["curve-secret"]))
        for call in (7, 8):
            asker.send([b"custody/1", call_frame(call, HELLO), b""])
            frames = asker.receive()
            assert frames[0] == b"custody/1" and frames[1] == call_frame(call, HELLO), frames
        asker.close()


def a_routing_id_of_ones_own_is_not():
    with running() as daemon:
        client = daemon.invited(options=[(ROUTING_ID, b"hospital")])
        outcome, problem = client.request(HELLO)
        assert outcome == TURNED_AWAY and problem.field == "routing id", problem
        client.close()


def strangers_do_not_get_in():
    with running() as daemon:
        server_key = from_z85(daemon.cards["server-key"])
        public, secret = curve_pair()
        doors = [daemon.client(public, secret), Client(daemon.endpoint),
                 Client(daemon.endpoint, curve_pair()[0], from_z85(daemon.cards["curve-public"]),
                        from_z85(daemon.cards["curve-secret"])),
                 Client(daemon.announcements, server_key, public, secret)]
        for door in doors:
            door.ask(HELLO)
        ear = Socket(SUB, daemon.announcements, server_key, public, secret, options=[(SUBSCRIBE, b"")])
        end = time.monotonic() + 1
        for door in doors + [ear]:
            assert door.receive(max(0, end - time.monotonic())) is None
            door.close()
        client = daemon.invited()
        serves(client)
        for kind in (STATUS, TRACE, ENTRIES, UNCLOSED, FINDINGS, PARTY, SHOW):
            outcome, problem = client.request(kind)
            assert outcome == TURNED_AWAY and problem.name == "not_admitted", (kind, problem)
        _, enrolled = daemon.enrol()
        assert counters(enrolled)["door_denied"] >= 2
        outcome, problem = client.request(HELLO)
        assert outcome == TURNED_AWAY and problem.name == "not_admitted", "the invitation is spent"


def garbage_on_the_wire():
    with running() as daemon:
        _, client = daemon.enrol()
        host, port = daemon.endpoint[6:].rsplit(":", 1)
        dice = random.Random(2)
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(15) + bytes(32)
        for start in (b"", b"\xff", greeting[:11], greeting, greeting + b"\x04\xff", b"GET / HTTP/1.1\r\n\r\n",
                      greeting + b"\x06" + b"\xff" * 8 + bytes(100), greeting + b"\x04\xc8\x05HELLO" + bytes(194)):
            for _ in range(4):
                with socket.create_connection((host, int(port))) as raw:
                    raw.settimeout(0.05)
                    try:
                        raw.sendall(start + dice.randbytes(dice.choice((0, 10, 3000))))
                        raw.recv(1000)
                    except OSError:
                        pass
        assert daemon.alive()
        serves(client)


def a_frame_over_the_limit_ends_the_connection():
    with running() as daemon:
        _, client = daemon.enrol()
        for size in (70000, 5000000):
            client.ask(HELLO, b"x" * size)
            assert client.answer(0.3) is None
        fresh = daemon.client(*daemon.keys)
        serves(fresh)


def a_message_without_end_is_cut():
    with running() as daemon:
        _, client = daemon.enrol()
        before = daemon.kilobytes()
        hostile = daemon.client(*daemon.keys, options=[(SNDHWM, 0)])
        hostile.send([b"x" * 60000] * 6000)
        end = time.monotonic() + DEADLINE
        most = 0
        while counters(client)["connections_cut"] == 0:
            most = max(most, daemon.kilobytes())
            assert time.monotonic() < end, "never cut"
        hostile.close()
        serves(client)
        assert SANITIZED or most - before < 340000, "grew by %d KiB" % (most - before)


def subscriptions_without_end_are_cut():
    with running() as daemon:
        _, client = daemon.enrol()
        public, secret = daemon.keys
        ear = Socket(SUB, daemon.announcements, from_z85(daemon.cards["server-key"]), public, secret,
                     options=[(SNDHWM, 0), (SUBSCRIBE, b"checkpoint")])
        assert ear.receive()[0] == b"checkpoint"
        for i in range(15000):
            ear.set(SUBSCRIBE, b"%0100d" % i)
        end = time.monotonic() + DEADLINE
        while counters(client)["connections_cut"] == 0:
            assert time.monotonic() < end, "never cut"
        ear.close()
        serves(client)


def fill(client, author, count, size):
    """So many entries of about this size; content that is not understood stands on the ledger as refused."""
    dice = random.Random(4)
    waiting = set()
    for i in range(count):
        waiting.add(client.ask(SUBMIT, author.statement(65, dice.randbytes(size))))
        while len(waiting) > (100 if i + 1 < count else 0):
            call, _, outcome, body = client.answer()
            assert outcome == 0, Problem(body)
            waiting.discard(call)


def one_who_asks_and_does_not_read_costs_little():
    with running("--user-questions", "64", "--ask-rate", "0", "--submit-rate", "0") as daemon:
        author, client = daemon.enrol()
        _, pair = daemon.enrol_another(author, client)
        fill(client, author, 400, 3000)
        before = daemon.kilobytes()
        lazy = daemon.client(*pair, options=[(RCVHWM, 1), (RCVBUF, 4096), (SNDHWM, 0)])
        everything = field(2, 1)  # entries from number 1 on: a megabyte
        times = []
        for _ in range(60):
            for _ in range(20):
                lazy.ask(ENTRIES, everything)
            began = time.monotonic()
            serves(client)
            times.append(time.monotonic() - began)
        end = time.monotonic() + DEADLINE
        seen = counters(client)
        while seen["messages"] < 1600 or seen["jobs_in_flight"] > 1:
            assert time.monotonic() < end, seen
            seen = counters(client)
        assert seen["replies_dropped"] > 0, seen
        assert SANITIZED or daemon.kilobytes() - before < 150000, daemon.kilobytes() - before
        assert sorted(times)[len(times) // 2] < 0.5, "others waited: %r" % sorted(times)
        lazy.close()


def one_who_floods_does_not_starve_the_rest():
    with running("--user-jobs", "64") as daemon:
        author, client = daemon.enrol()
        hostile, pair = daemon.enrol_another(author, client)
        flood = daemon.client(*pair, options=[(SNDHWM, 0), (RCVHWM, 0)])
        statement = hostile.statement(65, b"x" * 40000)
        times = []
        for _ in range(100):
            for _ in range(100):
                flood.ask(SUBMIT, statement)
                flood.ask(UNCLOSED)
            began = time.monotonic()
            outcome, answer = client.request(SUBMIT, author.statement(65, b"one"))
            times.append(time.monotonic() - began)
            assert outcome == 0, answer
            serves(client)
        assert sorted(times)[90] < 1, "others waited: %r" % sorted(times)
        flood.close()


def a_quota_says_when_to_come_back():
    with running("--submit-rate", "5", "--submit-burst", "20", "--ask-rate", "5", "--ask-burst", "20") as daemon:
        author, client = daemon.enrol()
        for kind, body in ((SUBMIT, author.statement(65, b"")), (HELLO, b"")):
            problems = []
            for _ in range(30):
                outcome, answer = client.request(kind, body)
                if outcome:
                    problems.append(answer)
            assert 5 <= len(problems) <= 15, len(problems)
            for problem in problems:
                assert problem.name == "quota_spent" and 0 < problem.retry_after_ms <= 400, problem
            end = time.monotonic() + problems[-1].retry_after_ms / 1000 + 0.1
            while client.request(kind, body)[0]:
                assert time.monotonic() < end, "it said when, and it was not so"
                assert client.answer(0.01) is None  # who asks again without a pause is cut


def one_key_cannot_take_every_place():
    with running("--jobs", "64", "--user-jobs", "16", "--user-questions", "8") as daemon:
        author, client = daemon.enrol()
        statement = author.statement(65, b"")
        calls = {client.ask(SUBMIT, statement) for _ in range(400)}
        full = 0
        while calls:
            call, _, outcome, body = client.answer()
            calls.discard(call)
            if outcome:
                problem = Problem(body)
                assert problem.name == "queue_full" and problem.retry_after_ms > 0, problem
                full += 1
        assert full < 400
        serves(client)


def connections_have_a_limit():
    with running("--connections", "8", "--user-connections", "4") as daemon:
        _, client = daemon.enrol()
        serves(client)
        host, port = daemon.endpoint[6:].rsplit(":", 1)
        silent = [socket.create_connection((host, int(port))) for _ in range(40)]
        fresh = daemon.client(*daemon.keys)
        serves(fresh)
        serves(client)
        seen = counters(client)
        assert seen["connections_cut"] >= 30 and seen["connections_open"] <= 10, seen
        for one in silent:
            one.close()
        more = [daemon.client(*daemon.keys) for _ in range(8)]
        for one in more:
            one.ask(HELLO)
        end = time.monotonic() + DEADLINE
        while counters(client)["connections_cut"] < seen["connections_cut"] + 4:
            assert time.monotonic() < end, "one key holds more connections than it may"
        for one in more:
            one.close()
        serves(client)


def few_descriptors_are_enough():
    with running() as daemon:
        daemon.stop()
        daemon.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)))
        _, client = daemon.enrol()
        host, port = daemon.endpoint[6:].rsplit(":", 1)
        silent = [socket.create_connection((host, int(port))) for _ in range(300)]
        fresh = daemon.client(*daemon.keys)
        serves(fresh)
        serves(client)
        assert any("op=connections" in line and "LimitNOFILE" in line for line in daemon.log), daemon.log
        assert counters(client)["connections_open"] <= 72
        for one in silent:
            one.close()


def who_does_not_heed_busy_is_cut():
    with running("--submit-rate", "1", "--submit-burst", "10") as daemon:
        author, client = daemon.enrol()
        hostile, pair = daemon.enrol_another(author, client)
        flood = daemon.client(*pair, options=[(SNDHWM, 0), (RCVHWM, 0)])
        statement = hostile.statement(65, b"")
        for _ in range(6000):
            flood.ask(SUBMIT, statement)
        end = time.monotonic() + DEADLINE
        while counters(client)["unheeded"] == 0:
            assert time.monotonic() < end, "never cut"
        seen = counters(client)
        assert seen["connections_cut"] > 0 and seen["busy_quota"] >= 2000, seen
        flood.close()
        # The same key, on a new connection and with patience, is served when the last of the flood is gone.
        patient = daemon.client(*pair)
        end = time.monotonic() + DEADLINE
        outcome = None
        while outcome != 0:
            assert time.monotonic() < end, outcome
            patient.ask(SUBMIT, statement)
            answer = patient.answer(1.5)  # longer than the rate makes it wait
            if answer is not None:
                outcome = answer[2]
                assert outcome in (0, BUSY), Problem(answer[3])
                if outcome == BUSY:
                    assert patient.answer(Problem(answer[3]).retry_after_ms / 1000) is None
        serves(client)


def floods_of_nonsense_leave_nothing_behind():
    with running("--ask-rate", "0", "--submit-rate", "0", "--party-rate", "0") as daemon:
        _, client = daemon.enrol()
        stranger = Author("ledger.elsewhere.example/custody")
        dice = random.Random(3)
        statement = stranger.statement(65, dice.randbytes(3000))

        def flood(rounds):
            for _ in range(rounds):
                client.send([b"nonsense"] * dice.randrange(1, 30))
                client.send([b"custody/7", call_frame(1, 1), b""])
                call = client.ask(SUBMIT, statement, [dice.randbytes(500)])
                while client.answer()[0] != call:
                    pass

        flood(1500)
        before = daemon.kilobytes()
        flood(3000)
        assert SANITIZED or daemon.kilobytes() - before < 4096, daemon.kilobytes() - before
        serves(client)


main([frames_of_every_kind, statements_that_are_none, questions_that_are_none, a_req_socket_is_served,
      a_routing_id_of_ones_own_is_not, strangers_do_not_get_in, garbage_on_the_wire,
      a_frame_over_the_limit_ends_the_connection, a_message_without_end_is_cut,
      subscriptions_without_end_are_cut, one_who_asks_and_does_not_read_costs_little,
      one_who_floods_does_not_starve_the_rest,
      a_quota_says_when_to_come_back, one_key_cannot_take_every_place, connections_have_a_limit,
      few_descriptors_are_enough, who_does_not_heed_busy_is_cut,
      floods_of_nonsense_leave_nothing_behind])
