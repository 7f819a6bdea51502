"""client.py: a client of custodyd written from proto/PROTOCOL.md and proto/custody.proto alone.

Takes up an invitation, enrols, submits, asks, and trusts nothing that it has not verified. Prints one line for each
thing it saw, and ends with 1 at the first surprise.

    client.py --self-test                                   needs no ledger
    client.py --make-bundles FOLDER                         proofs of trees of our own, for verify.go
    client.py --invitation FILE --state FOLDER --bundles FOLDER

--seed N repeats the random choices of a run; it is printed. Needs Debian's python3-protobuf, python3-nacl, python3-zmq
and protobuf-compiler.
"""
import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time

import nacl.signing
import zmq
from zmq.utils import monitor, z85

import formats as f
import selftest

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, os.pardir, os.pardir, "proto")
WAIT_S = 10  # for one answer, as section 8.3 says
PATIENCE_S = 60  # for busy and unavailable answers
ENROL_KEY, PACK, INCIDENT, UNHEARD_OF = 24, 65, 87, 127


def load_messages(folder):
    """custody_pb2, made from custody.proto."""
    subprocess.run(["protoc", f"--proto_path={PROTO}", f"--python_out={folder}", "custody.proto"],
                   check=True)
    sys.path.insert(0, folder)
    import custody_pb2
    return custody_pb2


class Report:
    """TAP lines, so that the project's test runner can count them."""

    def __init__(self):
        self.count = 0

    def did(self, text):
        self.count += 1
        print(f"ok {self.count} - client.py: {text}", flush=True)

    def surprise(self, text):
        print(f"not ok {self.count + 1} - client.py: {text}", flush=True)


class Stopped(Exception):
    """An answer that is a Problem."""

    def __init__(self, problem):
        super().__init__(f"{problem.name} ({problem.reason}), field '{problem.field}',"
                         f" expected '{problem.expected}', got '{problem.got}'")
        self.problem = problem


# --- 2 and 6. A connection -----------------------------------------------------------------------


def curve_socket(context, kind, server_key, public, secret):
    socket = context.socket(kind)
    socket.linger = 0
    socket.curve_serverkey = server_key
    socket.curve_publickey = public
    socket.curve_secretkey = secret
    socket.heartbeat_ivl = 15000
    return socket


class Connection:
    def __init__(self, context, invitation, pb, public, secret):
        self.pb = pb
        self.socket = curve_socket(context, zmq.DEALER, invitation.server_key.encode(), public,
                                   secret)
        self.socket.connect(invitation.endpoint)
        self.calls = 0

    def close(self):
        self.socket.close()

    def exchange(self, frames, call, kind):
        """The outcome and the body of the answer to these frames."""
        self.socket.send_multipart(frames)
        f.check(self.socket.poll(WAIT_S * 1000), f"no answer within {WAIT_S} s")
        answer_call, answer_kind, outcome, body = f.read_answer(self.socket.recv_multipart())
        f.check((answer_call, answer_kind) == (call, kind),
                f"asked call {call}, kind {kind}; answered call {answer_call}, kind {answer_kind}")
        return outcome, body

    def ask_once(self, kind, body, records=()):
        """The body of the answer; a Problem is raised as Stopped."""
        self.calls += 1
        frames = f.request_frames(self.calls, kind, body, records)
        outcome, answer = self.exchange(frames, self.calls, kind)
        if outcome == 0:
            return answer
        problem = self.pb.Problem.FromString(answer)
        f.check(problem.outcome == outcome, "a Problem of another outcome than its frame")
        f.check(outcome in (f.TURNED_AWAY, f.BUSY, f.UNAVAILABLE, f.REFUSED),
                f"a Problem with outcome {outcome}")
        f.check(problem.retryable == (outcome in (f.BUSY, f.UNAVAILABLE)),
                f"{problem.name}: retryable is {problem.retryable}")
        raise Stopped(problem)

    def ask(self, kind, body, records=()):
        """As ask_once, but asks again while the ledger is busy, after the time that it names."""
        until = time.monotonic() + PATIENCE_S
        pause_ms = 1000
        while True:
            try:
                return self.ask_once(kind, body, records)
            except Stopped as stop:
                problem = stop.problem
                if problem.outcome != f.BUSY or time.monotonic() > until:
                    raise
                self.socket.poll(problem.retry_after_ms or pause_ms)
                pause_ms *= 2


# --- 3.2 A key and its chain ---------------------------------------------------------------------


class Author:
    """A key that counts what it signs, and has it on disk before anybody sees it."""

    def __init__(self, folder, name, seed, origin):
        self.signer = nacl.signing.SigningKey(seed)
        self.key = self.signer.verify_key.encode()
        self.origin = origin
        self.folder, self.name = folder, name
        self.sequence, self.previous = 0, bytes(32)
        self.store("seed", seed)

    def store(self, what, data):
        with open(os.path.join(self.folder, f"{self.name}-{what}"), "xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())

    def sign_bytes(self, signed):
        return self.signer.sign(signed).signature

    def build(self, act, body, head=None, **other):
        """A statement that would be the next of the chain; the chain does not move."""
        now = int(time.time() * 1_000_000)
        seen = {"seen_size": head.size, "seen_root": head.root} if head and head.size else {}
        fields = {"key": self.key, "sequence": self.sequence + 1, "previous": self.previous,
                  "origin": self.origin, "occurred_at": now - 1_000_000, "signed_at": now,
                  "clock_quality": 2, **seen, **other}
        signed = f.statement(act, body, **fields)
        return signed, self.sign_bytes(signed)

    def sign(self, act, body, head=None):
        signed, signature = self.build(act, body, head)
        self.sequence += 1
        self.previous = f.statement_id(signed)
        self.store(f"{self.sequence}", signature + signed)
        return signed, signature


# --- 5.3 and 7. What is believed -----------------------------------------------------------------


class Ledger:
    """The ledger as this client may trust it: its kept head, and nothing that does not link to it."""

    def __init__(self, invitation, pb):
        self.pb = pb
        self.origin = invitation.origin
        self.vkey = f.read_vkey(invitation.ledger)
        self.kept = None
        self.connection = None

    def known_size(self):
        return self.kept.size if self.kept else 0

    def read_note(self, note):
        return f.read_checkpoint(note, self.origin, self.vkey)

    def keep(self, note, proof, has_proof):
        """Links the note to the kept head by the proof that came with it, and keeps it."""
        new = self.read_note(note)
        kept = self.kept
        if kept and kept.size:
            f.check(new.size >= kept.size, "a smaller head than before: rolled back")
            f.check(has_proof, "a known size was given, and no consistency proof came")
            f.check((proof.old_size, proof.new_size) == (kept.size, new.size),
                    f"a proof from {proof.old_size} to {proof.new_size}")
            f.check(f.consistency_holds(kept.size, new.size, kept.root, new.root, proof.hashes),
                    f"no proof links {kept.size} to {new.size}")
        self.kept = new
        return new

    def head(self):
        reply = self.pb.HeadReply.FromString(self.connection.ask(
            f.HEAD, self.pb.HeadRequest(known_size=self.known_size()).SerializeToString()))
        return self.keep(reply.checkpoint, reply.consistency, reply.HasField("consistency"))

    def question(self, kind, request, reply_type, at_least=0):
        """An answer whose basis links to the kept head, and the checkpoint of that basis."""
        request.options.known_size = self.known_size()
        request.options.at_least = at_least
        reply = reply_type.FromString(self.connection.ask(kind, request.SerializeToString()))
        basis = reply.basis
        head = self.keep(basis.checkpoint, basis.consistency, basis.HasField("consistency"))
        f.check(at_least <= basis.as_of <= head.size,
                f"as of {basis.as_of}, asked for {at_least}, head {head.size}")
        return reply, head

    def check_entry(self, entry, head, number):
        """An Entry with its proof against a head."""
        f.check(entry.number == number, f"entry {entry.number} instead of {number}")
        f.check(f.leaf_hash(entry.bytes) == entry.leaf_hash, "a leaf hash of another entry")
        f.check((entry.proof.entry, entry.proof.size) == (number, head.size), "another proof")
        f.check(f.inclusion_holds(number, head.size, entry.leaf_hash, entry.proof.hashes,
                                  head.root), f"entry {number} is not under the head {head.size}")
        f.check(f.read_entry(entry.bytes)[0].number == number, "an entry of another number")

    def prove(self, number, against):
        request = self.pb.ProveRequest(entry=number, size=against.size)
        reply, _ = self.question(f.PROVE, request, self.pb.ProveReply)
        self.check_entry(reply.entry, against, number)
        return reply.entry

    def submit(self, signed, signature, records=()):
        """The verified receipt, and the head of its entry. Section 5.3, step by step."""
        receipt = self.pb.Receipt.FromString(
            self.connection.ask(f.SUBMIT, signature + signed, records))
        head, length = f.read_head(receipt.entry_head)
        f.check(length == len(receipt.entry_head), "something behind the entry's head")
        f.check(head.statement_length == len(signed), "a receipt for a statement of other length")
        f.check((receipt.outcome, receipt.reason) == (head.outcome, head.reason),
                f"the receipt says {receipt.outcome}, {receipt.reason}; its entry another")
        detail = receipt.field if head.outcome == f.REFUSED else receipt.number
        f.check(detail.encode() == head.detail, f"the receipt says '{detail}', its entry another")
        leaf = f.leaf_hash(receipt.entry_head + signed + signature)
        new = self.read_note(receipt.checkpoint)
        f.check((receipt.proof.entry, receipt.proof.size) == (head.number, new.size),
                "a proof of another entry or size")
        f.check(f.inclusion_holds(head.number, new.size, leaf, receipt.proof.hashes, new.root),
                "the entry is not under its receipt's head")
        self.check_seen(signed, receipt, new)
        self.link_receipt(receipt, new, head.number, leaf)
        return receipt, head

    def check_seen(self, signed, receipt, new):
        """Receipt.consistency goes from the statement's own `seen`, whatever is kept by now."""
        seen = int.from_bytes(signed[48:56], "big")
        expected = 0 < seen <= new.size
        f.check(receipt.HasField("consistency") == expected,
                f"seen {seen}, head {new.size}: a proof is {'missing' if expected else 'there'}")
        if expected:
            proof = receipt.consistency
            f.check((proof.old_size, proof.new_size) == (seen, new.size), "a proof of other sizes")
            f.check(f.consistency_holds(seen, new.size, signed[56:88], new.root, proof.hashes),
                    f"no proof links what was seen, {seen}, to {new.size}")

    def link_receipt(self, receipt, new, number, leaf):
        kept, proof = self.kept, receipt.consistency
        if not kept or not kept.size:
            self.kept = new
        elif new.size == kept.size:
            f.check(new.root == kept.root, "two roots for one size")
        elif new.size > kept.size and proof.old_size == kept.size:
            f.check(f.consistency_holds(kept.size, new.size, kept.root, new.root, proof.hashes),
                    f"no proof links {kept.size} to {new.size}")
            self.kept = new
        else:
            against = self.head() if new.size > kept.size else kept
            f.check(self.prove(number, against).leaf_hash == leaf, "another entry of that number")


# --- The story -----------------------------------------------------------------------------------


class Story:
    def __init__(self, arguments, pb, report):
        self.pb, self.report = pb, report
        self.did = report.did
        self.dice = random.Random(arguments.seed)
        self.secret = hashlib.sha256(b"custody stranger %d" % arguments.seed).digest()
        self.state, self.bundles = arguments.state, arguments.bundles
        with open(arguments.invitation, "rb") as file:
            self.invitation = f.read_invitation(file.read())
        self.ledger = Ledger(self.invitation, pb)
        self.context = zmq.Context()
        self.entries = {}  # number -> the bytes that this client can vouch for

    def seed(self, name):
        return f.sha256(self.secret, name.encode())

    def curve_pair(self, name):
        """A CURVE key is 32 bytes of secret; its public key follows from it."""
        secret = z85.encode(self.seed(name))
        return zmq.curve_public(secret), secret

    def connect(self, public, secret):
        return Connection(self.context, self.invitation, self.pb, public, secret)

    def submit(self, signed, signature, records=()):
        receipt, head = self.ledger.submit(signed, signature, records)
        entry = receipt.entry_head + signed + signature
        f.check(self.entries.setdefault(head.number, entry) == entry, "a number given twice")
        return receipt, head

    def turned_away(self, reason, kind, body, records=(), connection=None):
        """The Problem with which this must be answered."""
        try:
            (connection or self.ledger.connection).ask(kind, body, records)
        except Stopped as stop:
            f.check((stop.problem.reason, stop.problem.outcome) == reason, f"{stop}, not {reason}")
            return stop.problem
        raise f.Wrong(f"answered, instead of turned away with {reason}")

    # -- taking up the invitation, section 9 --

    def hello(self, invited):
        pb, ledger = self.pb, self.ledger
        request = pb.HelloRequest(versions=["custody/1"], software="stranger")
        reply = pb.HelloReply.FromString(
            ledger.connection.ask(f.HELLO, request.SerializeToString()))
        f.check("custody/1" in reply.versions, f"versions {list(reply.versions)}")
        f.check(reply.origin == self.invitation.origin, f"origin {reply.origin}")
        f.check(reply.ledger_vkey == self.invitation.ledger, f"vkey {reply.ledger_vkey}")
        f.check(reply.statement_limit == 49152 and reply.item_limit == 500, "other limits")
        f.check({ENROL_KEY, PACK, INCIDENT} <= set(reply.acts), f"acts {list(reply.acts)}")
        f.check(abs(reply.clock - time.time() * 1_000_000) < 600_000_000, f"clock {reply.clock}")
        head = ledger.read_note(reply.checkpoint)
        if invited:
            f.check(head.size > 0, "an invitation of an empty ledger")
            ledger.kept = self.first_head = head
        self.did(f"hello as {'the invited' if invited else 'the enrolled'}: {reply.software},"
                 f" {len(reply.acts)} acts; its checkpoint of size {head.size} verifies")

    def take_up(self):
        pb, invitation = self.pb, self.invitation
        public, secret = invitation.curve_public.encode(), invitation.curve_secret.encode()
        f.check(zmq.curve_public(secret) == public, "the invitation's CURVE keys are no pair")
        self.did(f"read the invitation of {invitation.party} as {invitation.roles}")
        self.ledger.connection = self.connect(public, secret)
        self.hello(invited=True)
        self.turned_away((107, f.TURNED_AWAY), f.TRACE, pb.TraceRequest(
            container=pb.ContainerName(generator=invitation.party, code="X")).SerializeToString())
        self.did("an invited connection may not ask for a trace: not_admitted")

        self.once = Author(self.state, "invited", bytes.fromhex(invitation.seed),
                           invitation.origin)
        self.author = Author(self.state, "own", self.seed("own"), invitation.origin)
        self.curve = self.curve_pair("own curve")
        self.author.store("curve", self.curve[1])
        roles = [pb.Role.Value("ROLE_" + r.upper()) for r in invitation.roles.split(",")]
        body = pb.EnrolKeyBody(key=self.author.key, curve_key=z85.decode(self.curve[0]),
                               party=invitation.party, roles=roles).SerializeToString()
        self.enrolment = self.once.sign(ENROL_KEY, body, self.ledger.kept)
        receipt, head = self.submit(*self.enrolment)
        f.check(head.outcome == f.GRANTED, f"enrolment: {receipt.reason_name} {receipt.field}")
        self.did(f"enrolled an own key: entry {head.number}, granted, under the head"
                 f" {self.ledger.kept.size}, which continues {self.first_head.size}")

        invited, self.ledger.connection = self.ledger.connection, self.connect(*self.curve)
        self.hello(invited=False)
        receipt, again = self.submit(*self.enrolment)
        f.check(receipt.again and again.number == head.number, "enrolled twice")
        self.did("the enrolment sent again over the own key: the same entry, again")
        self.spent(invited)

    def spent(self, invited):
        """The one-time key enrols nobody else, over whatever connection."""
        body = self.pb.EnrolKeyBody(key=self.seed("second key"), party=self.invitation.party,
                                    roles=[self.pb.ROLE_GENERATOR]).SerializeToString()
        second = self.once.sign(ENROL_KEY, body, self.ledger.kept)
        receipt, head = self.submit(*second)
        f.check((head.outcome, head.reason) == (f.REFUSED, 418), f"{receipt.reason_name}")
        f.check(receipt.reason_name == "invitation_spent", receipt.reason_name)
        self.did(f"the invitation enrols nobody else: entry {head.number}, invitation_spent")
        problem = self.turned_away((107, f.TURNED_AWAY), f.HELLO, b"", connection=invited)
        invited.close()
        self.did(f"its connection is over: {problem.name}")

    def closed_door(self):
        """A CURVE key that nobody enrolled does not come in: ZAP status 400."""
        socket = curve_socket(self.context, zmq.DEALER, self.invitation.server_key.encode(),
                              *self.curve_pair("a passer-by"))
        events = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH
                                           | zmq.EVENT_HANDSHAKE_SUCCEEDED)
        socket.connect(self.invitation.endpoint)
        f.check(events.poll(WAIT_S * 1000), "the door does not say anything to a passer-by")
        event = monitor.recv_monitor_message(events)
        socket.disable_monitor()
        socket.close()
        f.check(event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH and event["value"] == 400,
                f"a passer-by is let in: {event}")
        self.did("a CURVE key that nobody enrolled is not let in: 400")

    def announcement(self):
        socket = curve_socket(self.context, zmq.SUB, self.invitation.server_key.encode(),
                              *self.curve)
        socket.subscribe(b"checkpoint")
        socket.connect(self.invitation.announcements)
        f.check(socket.poll(WAIT_S * 1000), "no announcement after subscribing")
        frames = socket.recv_multipart()
        socket.close()
        f.check(len(frames) == 2 and frames[0] == b"checkpoint", "not an announcement")
        told = self.ledger.read_note(frames[1])
        head = self.ledger.head()
        f.check(head.size > told.size or (head.size, head.root) == (told.size, told.root),
                "announced another head than the ledger's")
        self.did(f"subscribed: the checkpoint of size {told.size} was announced at once")

    # -- a statement of one's own --

    def pack(self, code, mass_g):
        pb = self.pb
        body = pb.PackBody(generator=self.invitation.party, place="T1")
        bag = body.containers.add(code=code, waste_code="841-001-01", mass_g=mass_g,
                                  mass_source=pb.MASS_WEIGHED, package=pb.PACKAGE_BAG, ward="W3")
        bag.times.generated_before_us = 3_600_000_000
        bag.times.packed_before_us = 60_000_000
        bag.times.weighed_before_us = 60_000_000
        bag.times.coded_before_us = 60_000_000
        return body

    def packed(self):
        self.code = f"STRANGER-{self.dice.randrange(10**6):06}"
        self.mass_g = self.dice.randint(100, 9000)
        body = self.pack(self.code, self.mass_g).SerializeToString()
        self.statement = self.author.sign(PACK, body, self.ledger.kept)
        seen = self.ledger.kept.size
        receipt, head = self.submit(*self.statement)
        f.check(head.outcome == f.RECORDED, f"pack: {receipt.reason_name} {receipt.field}")
        f.check(not receipt.again, "a new statement, and `again`")
        self.number, self.entry_head = head.number, receipt.entry_head
        self.did(f"packed {self.code}, {self.mass_g} g: entry {head.number}, recorded; signature,"
                 f" leaf, inclusion under {self.ledger.kept.size} and consistency from {seen} hold")

    def traced(self):
        pb = self.pb
        name = pb.ContainerName(generator=self.invitation.party, code=self.code)
        reply, head = self.ledger.question(f.TRACE, pb.TraceRequest(container=name), pb.TraceReply,
                                           at_least=self.number + 1)
        f.check(len(reply.containers) == 1, f"{len(reply.containers)} containers")
        trace = reply.containers[0]
        f.check(trace.name == name, f"the trace of another container: {trace.name}")
        f.check(trace.waste_code == "841-001-01" and trace.mass_g == self.mass_g,
                f"{trace.waste_code}, {trace.mass_g} g")
        f.check(len(trace.steps) == 1, f"{len(trace.steps)} steps")
        step, signed = trace.steps[0], self.statement[0]
        f.check((step.entry, step.act, step.key, step.statement_id)
                == (self.number, PACK, self.author.key, f.statement_id(signed)), "another step")
        f.check(step.party == self.invitation.party, f"by {step.party}")
        f.check(step.claimed_at == int.from_bytes(signed[32:40], "big"), "another time claimed")
        f.check(step.recorded_at == f.read_head(self.entry_head)[0].recorded_at, "recorded_at")
        f.check(step.effective_at == min(step.claimed_at, step.recorded_at), "effective_at")
        f.check(step.effect == "applied", f"effect {step.effect}")
        self.did(f"traced it: {trace.state}, held by {trace.holder or '-'}, one step, entry"
                 f" {step.entry}; the answer's head {head.size} continues the kept one")

    def shown(self):
        pb, (signed, signature) = self.pb, self.statement
        name = pb.StatementName(key=self.author.key, sequence=1, id=f.statement_id(signed))
        for request in pb.ShowRequest(entry=self.number), pb.ShowRequest(statement=name):
            reply, head = self.ledger.question(f.SHOW, request, pb.ShowReply)
            self.ledger.check_entry(reply.entry, head, self.number)
            f.check(reply.entry.bytes == self.entry_head + signed + signature, "not what was sent")
        self.did("shown by number and by name: the same bytes, byte for byte, with their proof")

    def sent_again(self):
        receipt, head = self.submit(*self.statement)
        f.check(receipt.again, "the same bytes, and not `again`")
        f.check(receipt.entry_head == self.entry_head, "the same bytes, another entry")
        self.did(f"the same bytes again: entry {head.number} again, against the head"
                 f" {f.read_checkpoint(receipt.checkpoint, self.ledger.origin, self.ledger.vkey).size}")

    # -- what the ledger must not take --

    def flipped_bits(self):
        signed, signature = self.author.build(
            PACK, self.pack("FLIPPED", 1).SerializeToString(), self.ledger.kept)
        sent = signature + signed
        places = {"the signature": (0, 64), "the time": (64 + 36, 64 + 40),
                  "the previous id": (64 + 152, 64 + 184), "the body": (64 + 184, len(sent))}
        for name, (start, end) in places.items():
            bit = self.dice.randrange(start * 8, end * 8)
            changed = bytearray(sent)
            changed[bit // 8] ^= 1 << bit % 8
            problem = self.turned_away((101, f.TURNED_AWAY), f.SUBMIT, bytes(changed))
            f.check(problem.name == "bad_signature" and problem.remedy, f"{problem.name}")
        self.did(f"one bit changed in {', '.join(places)}: bad_signature each time")

    def not_statements(self):
        """Header fields that section 3 does not allow are named as its table names them."""
        body = self.pack("NEVER", 1).SerializeToString()
        good, _ = self.author.build(PACK, body, self.ledger.kept)
        cases = {"format": (7, b"\x02"), "algorithm": (10, b"\x02"), "clock_quality": (11, b"\x03"),
                 "latitude": (12, (900000001).to_bytes(4, "big") + bytes(4) + b"\0\0\0\x01"),
                 "longitude": (16, (1800000001).to_bytes(4, "big") + b"\0\0\0\x01"),
                 "key_sequence": (24, bytes(8)), "occurred_at": (32, b"\xff" * 8),
                 "signed_at": (40, (f.LATEST + 1).to_bytes(8, "big")),
                 "seen_root": (56, bytes(32)), "previous": (152, b"\x01" * 32)}
        if self.author.sequence > 0:
            cases["previous"] = (152, bytes(32))
        for field, (at, value) in cases.items():
            signed = good[:at] + value + good[at + len(value):]
            problem = self.turned_away((100, f.TURNED_AWAY), f.SUBMIT,
                                       self.author.sign_bytes(signed) + signed)
            f.check(problem.field == field, f"{field} is wrong, and {problem.field} is named")
        problem = self.turned_away((100, f.TURNED_AWAY), f.SUBMIT, bytes(64) + good[:183])
        f.check(problem.field == "length", f"a header cut short, and {problem.field} is named")
        self.turned_away((103, f.TURNED_AWAY), f.SUBMIT, bytes(64) + good[:184] + bytes(49152 - 183))
        self.did(f"{len(cases)} header fields out of bounds, and a header cut short: each turned"
                 " away as not_a_statement, with the field's name; one byte too many: too_large")

    def other_origin(self):
        signed, signature = self.author.build(
            PACK, self.pack("ELSEWHERE", 1).SerializeToString(), self.ledger.kept,
            origin="elsewhere.example/custody")
        self.turned_away((102, f.TURNED_AWAY), f.SUBMIT, signature + signed)
        self.did("a statement for another ledger: other_origin")

    def unknown_key(self):
        nobody = Author(self.state, "nobody", self.seed("nobody"), self.ledger.origin)
        signed, signature = nobody.sign(PACK, self.pack("NOBODY", 1).SerializeToString(),
                                        self.ledger.kept)
        self.turned_away((300, f.UNAVAILABLE), f.SUBMIT, signature + signed)
        self.did("a statement of a key that nobody enrolled: enrolment_awaited")

    def not_canonical(self):
        """Authentic, so it is recorded as refused, with the field, and the chain goes on."""
        def bag(inner):
            return b"\x1a" + bytes([len(inner)]) + inner

        front = b"\x0a\x03a:b" + b"\x12\x02T1"
        code = b"\x0a\x01c"
        cases = [
            ("a default that is written", front + bag(code + b"\x18\x00"), "containers[0].mass_g"),
            ("a longer varint than needed", front + bag(code + b"\x18\x81\x00"),
             "containers[0].mass_g"),
            ("fields in another order", b"\x12\x02T1" + b"\x0a\x03a:b", "generator"),
            ("a field twice", front + b"\x12\x02T2", "place"),
            ("a field that nobody defined", front + bag(code) + bag(code + b"\x98\x06\x01"),
             "containers[1].99"),
            ("an enum's number that nobody defined", front + bag(code + b"\x20\x4d"),
             "containers[0].mass_source"),
            ("a bool of 2", front + bag(code + b"\x38\x02"), "containers[0].epidemic"),
            ("a line end in a text", front + bag(code + b"\x32\x03a\nb"), "containers[0].ward"),
            ("a text that is not UTF-8", front + bag(code + b"\x32\x01\xff"),
             "containers[0].ward"),
            ("another wire type", front + bag(b"\x08\x01"), "containers[0].code"),
        ]
        for what, body, field in cases:
            receipt, head = self.submit(*self.author.sign(PACK, body, self.ledger.kept))
            f.check((head.outcome, head.reason, receipt.reason_name)
                    == (f.REFUSED, 400, "content_not_understood"),
                    f"{what}: outcome {head.outcome}, reason {head.reason}")
            f.check(head.detail.decode() == field, f"{what}: '{head.detail.decode()}' is named, not '{field}'")
        self.did(f"{len(cases)} bodies that are not canonical: each recorded as refused,"
                 " content_not_understood, with the field's path")
        receipt, head = self.submit(*self.author.sign(UNHEARD_OF, b"", self.ledger.kept))
        f.check((head.outcome, head.reason) == (f.REFUSED, 401), f"reason {head.reason}")
        self.did(f"act {UNHEARD_OF}: entry {head.number}, refused, act_not_known")

    def annex(self):
        pb = self.pb
        record = self.seed("salt")[:16] + "袋子破了，已重新包装".encode()
        body = pb.IncidentBody(kind=pb.INCIDENT_SPILL, text_digest=f.sha256(record))
        statement = self.author.sign(INCIDENT, body.SerializeToString(), self.ledger.kept)
        self.turned_away((108, f.TURNED_AWAY), f.SUBMIT, statement[1] + statement[0],
                         [record + b"!"])
        receipt, head = self.submit(*statement, records=[record])
        f.check(head.outcome == f.RECORDED and not receipt.again, f"{receipt.reason_name}")
        receipt, again = self.submit(*statement, records=[record])
        f.check(receipt.again and again.number == head.number, "the record made another entry")
        self.did(f"an incident with a record of the annex: entry {head.number}; with a record that"
                 " it does not name: record_unnamed, and nothing was recorded")

    def other_frames(self):
        connection = self.ledger.connection
        connection.calls += 1
        frames = f.request_frames(connection.calls, 999, b"")
        outcome, body = connection.exchange(frames, connection.calls, 999)
        problem = self.pb.Problem.FromString(body)
        f.check((outcome, problem.reason) == (f.TURNED_AWAY, 106), f"reason {problem.reason}")
        connection.calls += 1
        frames = f.request_frames(connection.calls, f.HELLO, b"")
        frames[0] = b"custody/2"
        connection.socket.send_multipart(frames)
        f.check(connection.socket.poll(WAIT_S * 1000), "no answer to another version")
        answer = connection.socket.recv_multipart()
        f.check(f.CALL.unpack(answer[1])[::2] == (connection.calls, f.TURNED_AWAY), "another call")
        problem = self.pb.Problem.FromString(answer[2])
        f.check(problem.reason == 105, f"reason {problem.reason}")
        self.did("another kind and another version: unknown_kind, other_version")

        # None of these can be answered; that the next question is, shows that they were dropped.
        good = f.request_frames(1, f.HEAD, b"")
        for frames in ([b""], [b"custody/1"], good[:2], [b"http/1.1", *good[1:]],
                       [good[0], good[1][:15], good[2]],
                       [good[0], f.CALL.pack(1, f.HEAD, 1, 0), good[2]]):
            connection.socket.send_multipart(frames)
        self.ledger.head()
        self.did("messages without a call number: dropped, and the next question is answered")

    # -- the whole tree, and proofs for others --

    def feed(self):
        """All leaf hashes, and the entries that this client may read."""
        pb, leaves, readable = self.pb, [], 0
        head = self.ledger.head()
        while len(leaves) < head.size:
            reply, _ = self.ledger.question(f.ENTRIES, getattr(pb, "EntriesRequest")(
                **{"from": len(leaves)}), pb.EntriesReply)
            f.check(reply.entries, "the feed stops before the head")
            for entry in reply.entries:
                f.check(entry.number == len(leaves), f"entry {entry.number}, not {len(leaves)}")
                if entry.bytes:
                    f.check(f.leaf_hash(entry.bytes) == entry.leaf_hash, "another leaf hash")
                    f.check(f.read_entry(entry.bytes)[0].number == entry.number, "number")
                    readable += 1
                if entry.number in self.entries:
                    f.check(f.leaf_hash(self.entries[entry.number]) == entry.leaf_hash, "rewritten")
                leaves.append(entry.leaf_hash)
        f.check(f.tree_root(leaves[:head.size]) == head.root, "the feed has another root")
        first = self.first_head
        f.check(f.tree_root(leaves[:first.size]) == first.root, "the first head was of another tree")
        self.did(f"the feed: {len(leaves)} leaf hashes, {readable} entries to read; the roots at"
                 f" {first.size} and {head.size} are the signed ones")
        return leaves[:head.size], head

    def proofs_for_others(self, leaves, new):
        vkey = (self.invitation.ledger + "\n").encode()
        olds = {"first": self.first_head, "before-pack": self.before_pack}
        names = []
        for name, old in olds.items():
            proof = f.make_consistency(old.size, leaves)
            reply = self.pb.HeadReply.FromString(self.ledger.connection.ask(
                f.HEAD, self.pb.HeadRequest(known_size=old.size).SerializeToString()))
            at_hand = self.ledger.read_note(reply.checkpoint)
            if at_hand.size == new.size:
                f.check(list(reply.consistency.hashes) == proof, "another consistency proof")
            for number in sorted({old.size - 1, self.number, max(self.entries)}):
                if number not in self.entries:
                    continue
                entry = self.ledger.prove(number, new)
                f.check(list(entry.proof.hashes) == f.make_inclusion(number, leaves),
                        "another inclusion proof")
                bundle = {"vkey": vkey, "old": old.note, "new": new.note, "entry": entry.bytes,
                          "inclusion": b"".join(entry.proof.hashes),
                          "consistency": b"".join(proof)}
                tried = f.check_every_bit(bundle)
                names.append(f"{name}-{number}")
                selftest.write_bundle(os.path.join(self.bundles, names[-1]), bundle, leaves)
                self.did(f"entry {number} under {new.size}, grown from {old.size}: accepted without"
                         f" the ledger, rejected after each of {tried} one-bit changes")
        f.check(len(names) >= 2, "no proofs to hand on")

    def tell(self):
        self.take_up()
        self.closed_door()
        self.announcement()
        self.before_pack = self.ledger.head()
        self.packed()
        self.traced()
        self.shown()
        self.sent_again()
        self.flipped_bits()
        self.not_statements()
        self.other_origin()
        self.unknown_key()
        self.not_canonical()
        self.annex()
        self.other_frames()
        self.sent_again()
        self.proofs_for_others(*self.feed())
        self.ledger.connection.close()
        self.context.term()


def run_self_test(pb, report):
    selftest.published_vectors()
    report.did("published vectors: hashes, key ids, a signed note")
    report.did(f"trees of every small size: {selftest.every_small_tree()} proofs made and taken")
    with open(os.path.join(PROTO, "PROTOCOL.md"), encoding="utf-8") as document:
        count = selftest.worked_example(pb, document.read())
    report.did(f"the worked example of PROTOCOL.md, made anew: {count} blocks")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--make-bundles", metavar="FOLDER")
    parser.add_argument("--invitation", metavar="FILE")
    parser.add_argument("--state", metavar="FOLDER")
    parser.add_argument("--bundles", metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    arguments = parser.parse_args()
    print(f"# seed {arguments.seed}", flush=True)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        pb = load_messages(folder)
        try:
            if arguments.self_test:
                run_self_test(pb, report)
            if arguments.make_bundles:
                selftest.made_bundles(arguments.make_bundles, arguments.seed)
                report.did("made ledgers of our own")
            if arguments.invitation:
                Story(arguments, pb, report).tell()
        except (f.Wrong, Stopped) as surprise:
            report.surprise(str(surprise))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
