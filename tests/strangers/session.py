"""session.py: a party's session with a ledger: connection, chain of a key, what may be believed.

PROTOCOL.md 2, 3.2, 5.3, 6, 7 and 9. What is not as it says raises formats.Wrong; a Problem raises
Stopped.
"""
import os
import random
import time

import nacl.signing
import zmq
from zmq.utils import z85

import formats as f

WAIT_S = 10  # for one answer, as section 8.3 says
PATIENCE_S = 60  # for busy answers
ENROL_KEY = 24


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
    """The ledger as this client may trust it: its kept head, and what links to it."""

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


# --- 9. Who holds an invitation -------------------------------------------------------------------


class Keys:
    """All keys of one run, from its seed: a run can be repeated."""

    def __init__(self, seed):
        self.secret = f.sha256(b"custody stranger %d" % seed)

    def seed(self, name):
        return f.sha256(self.secret, name.encode())

    def curve_pair(self, name):
        """A CURVE secret is 32 bytes; its public key follows from it."""
        secret = z85.encode(self.seed(name))
        return zmq.curve_public(secret), secret


class Party(Keys):
    """A party with its invitation or card, its keys, a folder, and the ledger as it believes it."""

    def __init__(self, pb, invitation, folder, seed):
        super().__init__(seed)
        self.pb, self.folder = pb, folder
        self.dice = random.Random(seed)
        self.invitation = invitation
        self.party = invitation.party
        self.ledger = Ledger(invitation, pb)
        self.context = zmq.Context()
        self.entries = {}  # number -> the bytes that this party can vouch for

    def close(self):
        self.ledger.connection.close()
        self.context.term()

    def connect(self, public, secret):
        return Connection(self.context, self.invitation, self.pb, public, secret)

    def submit(self, signed, signature, records=()):
        receipt, head = self.ledger.submit(signed, signature, records)
        entry = receipt.entry_head + signed + signature
        f.check(self.entries.setdefault(head.number, entry) == entry, "a number given twice")
        return receipt, head

    def say(self, act, body, records=()):
        """The next statement of one's own key."""
        return self.submit(*self.author.sign(act, body, self.ledger.kept), records=records)

    def hello(self):
        """The answer to hello, as far as it must be what the invitation and the document say."""
        pb = self.pb
        request = pb.HelloRequest(versions=["custody/1"], software="stranger")
        reply = pb.HelloReply.FromString(
            self.ledger.connection.ask(f.HELLO, request.SerializeToString()))
        f.check("custody/1" in reply.versions, f"versions {list(reply.versions)}")
        f.check(reply.origin == self.invitation.origin, f"origin {reply.origin}")
        f.check(reply.ledger_vkey == self.invitation.ledger, f"vkey {reply.ledger_vkey}")
        f.check(reply.statement_limit == 49152 and reply.item_limit == 500, "other limits")
        f.check(ENROL_KEY in reply.acts, f"acts {list(reply.acts)}")
        f.check(abs(reply.clock - time.time() * 1_000_000) < 600_000_000, f"clock {reply.clock}")
        return reply, self.ledger.read_note(reply.checkpoint)

    def knock(self):
        """Connects as the invited, and keeps the first head."""
        public = self.invitation.curve_public.encode()
        secret = self.invitation.curve_secret.encode()
        f.check(zmq.curve_public(secret) == public, "the invitation's CURVE keys are no pair")
        self.ledger.connection = self.connect(public, secret)
        reply, head = self.hello()
        f.check(head.size > 0, "an invitation of an empty ledger")
        self.ledger.kept = self.first_head = head
        return reply

    def make_keys(self):
        """The own keys, on disk before anybody hears of them."""
        self.author = Author(self.folder, "own", self.seed("own"), self.invitation.origin)
        self.curve = self.curve_pair("own curve")
        self.author.store("curve", self.curve[1])

    def enrol(self):
        """Makes keys, and enrols them with the one-time key."""
        invitation = self.invitation
        self.once = Author(self.folder, "invited", bytes.fromhex(invitation.seed),
                           invitation.origin)
        self.make_keys()
        roles = [self.pb.Role.Value("ROLE_" + r.upper()) for r in invitation.roles.split(",")]
        body = self.pb.EnrolKeyBody(key=self.author.key, curve_key=z85.decode(self.curve[0]),
                                    party=self.party, roles=roles)
        self.enrolment = self.once.sign(ENROL_KEY, body.SerializeToString(), self.ledger.kept)
        receipt, head = self.submit(*self.enrolment)
        f.check(head.outcome == f.GRANTED, f"enrolment: {receipt.reason_name} {receipt.field}")
        return head

    def come_back(self):
        """Connects with the own key; gives the connection of the invitation, still open."""
        invited, self.ledger.connection = self.ledger.connection, self.connect(*self.curve)
        return invited
