"""stranger.py: a generator that nobody here programmed: takes up its invitation, packs, proves.

And it tries what a ledger must not take.
"""
import os
import time

import zmq
from zmq.utils import monitor, z85

import formats as f
import selftest
import session

PACK, INCIDENT, UNHEARD_OF = 65, 87, 127

# --- The story -----------------------------------------------------------------------------------


class Stranger(session.Party):
    def __init__(self, pb, invitation, folder, seed, bundles, did):
        super().__init__(pb, invitation, folder, seed)
        self.bundles, self.did = bundles, did

    def turned_away(self, reason, kind, body, records=(), connection=None):
        """The Problem with which this must be answered."""
        try:
            (connection or self.ledger.connection).ask(kind, body, records)
        except session.Stopped as stop:
            f.check((stop.problem.reason, stop.problem.outcome) == reason, f"{stop}, not {reason}")
            return stop.problem
        raise f.Wrong(f"answered, instead of turned away with {reason}")

    # -- taking up the invitation, section 9 --

    def take_up(self):
        pb = self.pb
        self.did(f"read the invitation of {self.party} as {self.invitation.roles}")
        reply = self.knock()
        f.check({PACK, INCIDENT} <= set(reply.acts), f"acts {list(reply.acts)}")
        self.did(f"hello as the invited: {reply.software}, {len(reply.acts)} acts; its checkpoint"
                 f" of size {self.first_head.size} verifies")
        self.turned_away((107, f.TURNED_AWAY), f.TRACE, pb.TraceRequest(
            container=pb.ContainerName(generator=self.party, code="X")).SerializeToString())
        self.did("an invited connection may not ask for a trace: not_admitted")
        head = self.enrol()
        self.did(f"enrolled an own key: entry {head.number}, granted, under the head"
                 f" {self.ledger.kept.size}, which continues {self.first_head.size}")
        invited = self.come_back()
        _, hello_head = self.hello()
        self.did(f"hello as the enrolled: its checkpoint of size {hello_head.size} verifies")
        receipt, again = self.submit(*self.enrolment)
        f.check(receipt.again and again.number == head.number, "enrolled twice")
        self.did("the enrolment sent again over the own key: the same entry, again")
        self.spent(invited)

    def spent(self, invited):
        """The one-time key enrols nobody else, over whatever connection."""
        body = self.pb.EnrolKeyBody(key=self.seed("second key"), party=self.party,
                                    roles=[self.pb.ROLE_GENERATOR]).SerializeToString()
        second = self.once.sign(session.ENROL_KEY, body, self.ledger.kept)
        receipt, head = self.submit(*second)
        f.check((head.outcome, head.reason) == (f.REFUSED, 418), f"{receipt.reason_name}")
        f.check(receipt.reason_name == "invitation_spent", receipt.reason_name)
        self.did(f"the invitation enrols nobody else: entry {head.number}, invitation_spent")
        problem = self.turned_away((107, f.TURNED_AWAY), f.HELLO, b"", connection=invited)
        invited.close()
        self.did(f"its connection is over: {problem.name}")

    def let_in(self, public, secret):
        """Whether the door opens to this CURVE pair; if not, it must say 400 (ZAP)."""
        socket = session.curve_socket(self.context, zmq.DEALER,
                                      self.invitation.server_key.encode(), public, secret)
        events = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH
                                           | zmq.EVENT_HANDSHAKE_SUCCEEDED)
        socket.connect(self.invitation.endpoint)
        f.check(events.poll(session.WAIT_S * 1000), "the door does not say anything")
        event = monitor.recv_monitor_message(events)
        socket.disable_monitor()
        socket.close()
        f.check(event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED or event["value"] == 400, f"{event}")
        return event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED

    def closed_door(self):
        f.check(self.let_in(*self.curve), "the own key is not let in")
        f.check(not self.let_in(*self.curve_pair("a passer-by")), "a passer-by is let in")
        f.check(not self.let_in(self.invitation.curve_public.encode(),
                                self.invitation.curve_secret.encode()), "spent, and let in")
        self.did("neither a CURVE key that nobody enrolled nor a spent invitation's is let in: 400")

    def announcement(self):
        socket = session.curve_socket(self.context, zmq.SUB, self.invitation.server_key.encode(),
                              *self.curve)
        socket.subscribe(b"checkpoint")
        socket.connect(self.invitation.announcements)
        f.check(socket.poll(session.WAIT_S * 1000), "no announcement after subscribing")
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
        body = pb.PackBody(generator=self.party, place="T1")
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
        self.after_pack = self.ledger.kept
        self.did(f"packed {self.code}, {self.mass_g} g: entry {head.number}, recorded; signature,"
                 f" leaf, inclusion under {self.ledger.kept.size} and consistency from {seen} hold")

    def traced(self):
        pb = self.pb
        name = pb.ContainerName(generator=self.party, code=self.code)
        reply, head = self.ledger.question(f.TRACE, pb.TraceRequest(container=name), pb.TraceReply,
                                           at_least=self.number + 1)
        f.check(len(reply.containers) == 1, f"{len(reply.containers)} containers")
        trace = reply.containers[0]
        f.check(trace.name == name, f"the trace of another container: {trace.name}")
        f.check(trace.waste_code == "841-001-01" and trace.mass_g == self.mass_g,
                f"{trace.waste_code}, {trace.mass_g} g")
        f.check(len(trace.steps) == 1, f"{len(trace.steps)} steps")
        step, signed = trace.steps[0], self.statement[0]
        f.check((step.entry, step.act, step.key) == (self.number, PACK, self.author.key),
                f"another step: {step}")
        f.check(step.statement_id == f.statement_id(signed),
                f"TraceStep.statement_id is '{step.statement_id.hex()}'")
        f.check(step.party == self.party, f"by {step.party}")
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
                 f" {self.ledger.read_note(receipt.checkpoint).size}")

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
        self.turned_away((103, f.TURNED_AWAY), f.SUBMIT,
                         bytes(64) + good[:184] + bytes(49152 - 183))
        self.did(f"{len(cases)} header fields out of bounds, and a header cut short: each turned"
                 " away as not_a_statement, with the field's name; one byte too many: too_large")

    def other_origin(self):
        signed, signature = self.author.build(
            PACK, self.pack("ELSEWHERE", 1).SerializeToString(), self.ledger.kept,
            origin="elsewhere.example/custody")
        self.turned_away((102, f.TURNED_AWAY), f.SUBMIT, signature + signed)
        self.turned_away((102, f.TURNED_AWAY), f.SUBMIT, bytes(64) + signed)
        self.did("a statement for another ledger: other_origin, whoever signed it")

    def unknown_key(self):
        nobody = session.Author(self.folder, "nobody", self.seed("nobody"), self.ledger.origin)
        signed, signature = nobody.sign(PACK, self.pack("NOBODY", 1).SerializeToString(),
                                        self.ledger.kept)
        self.turned_away((300, f.UNAVAILABLE), f.SUBMIT, signature + signed)
        self.turned_away((101, f.TURNED_AWAY), f.SUBMIT, bytes(64) + signed)
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
            ("a length past the end", front + bag(b"\x0a\x05c"), "containers[0].code"),
            ("a tag cut short", front + b"\x80", "body"),
            ("a tag cut short inside", front + bag(code + b"\x80"), "containers[0]"),
        ]
        for what, body, field in cases:
            receipt, head = self.say(PACK, body)
            f.check((head.outcome, head.reason, receipt.reason_name)
                    == (f.REFUSED, 400, "content_not_understood"),
                    f"{what}: outcome {head.outcome}, reason {head.reason}")
            named = head.detail.decode()
            f.check(named == field, f"{what}: '{named}' is named, not '{field}'")
        self.did(f"{len(cases)} bodies that are not canonical: each recorded as refused,"
                 " content_not_understood, with the field's path")
        receipt, head = self.say(UNHEARD_OF, b"")
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

    def key_view(self):
        """What the ledger says of this client's own key, and all it has."""
        pb = self.pb
        request = pb.PartyRequest(party=self.party)
        reply, _ = self.ledger.question(f.PARTY, request, pb.PartyReply,
                                        at_least=self.ledger.head().size)
        return next(k for k in reply.keys if k.key == self.author.key)

    def chain(self):
        """Statements may arrive in any order; two with one sequence are a fork, and both stay."""
        first = self.author.sign(PACK, self.pack("FIRST", 1).SerializeToString(), self.ledger.kept)
        previous = f.statement_id(first[0])
        later = self.author.sign(PACK, self.pack("LATER", 1).SerializeToString(), self.ledger.kept)
        _, head = self.submit(*later)
        f.check(head.outcome == f.RECORDED, f"the later one: outcome {head.outcome}")
        f.check(self.key_view().missing == 1, f"missing: {self.key_view().missing}")
        _, head = self.submit(*first)
        f.check(head.outcome == f.RECORDED, f"the earlier one: outcome {head.outcome}")
        view = self.key_view()
        f.check((view.missing, view.forks, view.next_sequence)
                == (0, 0, self.author.sequence + 1), f"the chain: {view}")
        self.did(f"two statements in the wrong order: both recorded; {view.next_sequence - 1} on"
                 " this key's chain, none missing, no fork")
        fork = self.author.build(PACK, self.pack("FORK", 1).SerializeToString(), self.ledger.kept,
                                 sequence=self.author.sequence, previous=previous)
        receipt, head = self.submit(*fork)
        f.check(head.outcome == f.RECORDED and receipt.findings, "a fork without a finding")
        f.check(self.key_view().forks == 1, f"forks: {self.key_view().forks}")
        self.did(f"another statement with the same sequence: entry {head.number}, recorded, with"
                 f" the finding {receipt.findings[0].rule_name}")

    # -- questions and frames at the edge --

    def unready(self):
        head = self.ledger.head()
        request = self.pb.ShowRequest(entry=self.number)
        request.options.known_size = head.size + 1000
        reply = self.pb.ShowReply.FromString(
            self.ledger.connection.ask(f.SHOW, request.SerializeToString()))
        f.check(not reply.basis.HasField("consistency"), "a proof from beyond the ledger")
        request.options.at_least = head.size + 1000
        try:
            self.ledger.connection.ask_once(f.SHOW, request.SerializeToString())
            raise f.Wrong("an answer as of an entry that is not there")
        except session.Stopped as stop:
            f.check(stop.problem.reason == 204, f"{stop}")
        self.did("asked from beyond the ledger: no proof comes; for what is not there yet: not_yet")

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
        f.check(connection.socket.poll(session.WAIT_S * 1000), "no answer to another version")
        answer = connection.socket.recv_multipart()
        f.check(f.CALL.unpack(answer[1])[::2] == (connection.calls, f.TURNED_AWAY), "another call")
        problem = self.pb.Problem.FromString(answer[2])
        f.check(problem.reason == 105, f"reason {problem.reason}")
        self.did("another kind and another version: unknown_kind, other_version")

        socket = session.curve_socket(self.context, zmq.REQ, self.invitation.server_key.encode(),
                                      *self.curve)
        socket.connect(self.invitation.endpoint)
        socket.send_multipart(f.request_frames(5, f.HEAD, b""))
        f.check(socket.poll(session.WAIT_S * 1000), "no answer to a REQ socket")
        f.check(f.read_answer(socket.recv_multipart())[:3] == (5, f.HEAD, 0), "another answer")
        socket.close()
        self.did("a REQ socket is answered too")

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
            # `from` is a word of Python's own.
            request = pb.EntriesRequest(**{"from": len(leaves)})
            request.options.limit = self.dice.randrange(9)
            reply, _ = self.ledger.question(f.ENTRIES, request, pb.EntriesReply)
            f.check(reply.entries, "the feed stops before the head")
            f.check(len(reply.entries) <= (request.options.limit or head.size), "above the limit")
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
        f.check(f.tree_root(leaves[:first.size]) == first.root, "the first head: another tree")
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
        self.hand_on(bundle)

    def hand_on(self, bundle):
        """The same as one text, for whoever has only the vkey."""
        proof = f.write_proof(bundle)
        tried = f.check_every_bit(proof, f.check_proof)
        selftest.write_bundle(os.path.join(self.bundles, "proof"), proof)
        self.did(f"a tlog-proof of it: accepted, rejected after each of {tried} one-bit changes")

    def tell_briefly(self):
        """Takes up an invitation of whatever making, packs, traces; leaves what was packed."""
        self.take_up()
        self.before_pack = self.ledger.head()
        self.packed()
        self.traced()
        entry = self.ledger.prove(self.number, self.ledger.head())
        self.hand_on({"vkey": (self.invitation.ledger + "\n").encode(), "entry": entry.bytes,
                      "inclusion": b"".join(entry.proof.hashes), "new": self.ledger.kept.note})
        self.author.store("packed", f"{self.party}/{self.code} {self.number}\n".encode())
        self.close()

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
        self.chain()
        self.unready()
        self.other_frames()
        # As if it had been away: the receipt's proof does not start from what it kept.
        self.ledger.kept = self.after_pack
        self.sent_again()
        self.proofs_for_others(*self.feed())
        self.close()
