"""formats.py: the bytes of custody/1 as PROTOCOL.md tells them, statements to invitations.

Never talks to anybody and shares nothing with the C code. What is not as the document says raises
Wrong.
"""
import base64
import binascii
import collections
import hashlib
import re
import struct
import unicodedata

import nacl.exceptions
import nacl.signing
from zmq.utils import z85

VERSION = b"custody/1"

# Section 7.
HELLO, SUBMIT, HEAD, TRACE, UNCLOSED, FINDINGS, SHOW, PROVE, ENTRIES, STATUS, PARTY = range(1, 12)

# Section 8.1.
RECORDED, GRANTED, REFUSED, HELD, TURNED_AWAY, BUSY, UNAVAILABLE, UNKNOWN = range(1, 9)

LATEST = 253402300799999999


class Wrong(Exception):
    """The bytes are not what PROTOCOL.md says, or prove nothing."""


def check(truth, what):
    if not truth:
        raise Wrong(what)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- 3. Statements -------------------------------------------------------------------------------

HEADER = struct.Struct(">8sHBBiiIQqqQ32s32s32s32s")
assert HEADER.size == 184


def statement(act, body, *, key, sequence, previous, origin, occurred_at, signed_at,
              clock_quality=1, position=(0, 0, 0), seen_size=0, seen_root=bytes(32)):
    """The bytes that are signed; `key` is the author's public key, `origin` the ledger's text."""
    return HEADER.pack(b"custody\x01", act, 1, clock_quality, *position, sequence, occurred_at,
                       signed_at, seen_size, seen_root, sha256(origin.encode()), key,
                       previous) + body


def statement_id(signed):
    return sha256(signed)


# --- 5.1 Entries ---------------------------------------------------------------------------------

Head = collections.namedtuple("Head", "outcome reason statement_length number recorded_at detail")
ENTRY_HEAD = struct.Struct(">BBHIQQB")


def entry_head(outcome, reason, statement_length, number, recorded_at, detail=b""):
    return ENTRY_HEAD.pack(1, outcome, reason, statement_length, number, recorded_at,
                     len(detail)) + detail


def read_head(data):
    """(head, its length) from the first bytes of an entry."""
    check(len(data) >= ENTRY_HEAD.size, "an entry is shorter than its head")
    form, outcome, reason, length, number, recorded_at, detail = ENTRY_HEAD.unpack_from(data)
    check(form == 1, f"an entry of format {form}")
    check(RECORDED <= outcome <= HELD, f"an entry with outcome {outcome}")
    check((reason != 0) == (outcome == REFUSED), f"reason {reason} with outcome {outcome}")
    check(184 <= length <= 49152, f"a statement of {length} bytes")
    check(detail <= 96 and len(data) >= ENTRY_HEAD.size + detail, f"a detail of {detail} bytes")
    end = ENTRY_HEAD.size + detail
    return Head(outcome, reason, length, number, recorded_at, data[ENTRY_HEAD.size:end]), end


def read_entry(data):
    """(head, signed bytes, signature) of a whole entry, its signature verified."""
    head, at = read_head(data)
    check(len(data) == at + head.statement_length + 64, "an entry of another length than it says")
    signed, signature = data[at:-64], data[-64:]
    check(verifies(signed[120:152], signed, signature), "an entry whose statement nobody signed")
    return head, signed, signature


# --- 5.2 The tree --------------------------------------------------------------------------------


def leaf_hash(entry):
    return sha256(b"\x00", entry)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def split(n):
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def tree_root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256()
    k = split(len(leaves))
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def make_inclusion(index, leaves):
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return make_inclusion(index, leaves[:k]) + [tree_root(leaves[k:])]
    return make_inclusion(index - k, leaves[k:]) + [tree_root(leaves[:k])]


def make_consistency(old, leaves, whole=True):
    """RFC 9162, 2.1.4.1; old is above 0."""
    if old == len(leaves):
        return [] if whole else [tree_root(leaves)]
    k = split(len(leaves))
    if old <= k:
        return make_consistency(old, leaves[:k], whole) + [tree_root(leaves[k:])]
    return make_consistency(old - k, leaves[k:], False) + [tree_root(leaves[:k])]


def inclusion_holds(index, size, leaf, proof, root):
    if index >= size or any(len(p) != 32 for p in proof):
        return False
    at, last, value = index, size - 1, leaf
    for p in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            value = node_hash(p, value)
            while at & 1 == 0 and at != 0:
                at >>= 1
                last >>= 1
        else:
            value = node_hash(value, p)
        at >>= 1
        last >>= 1
    return last == 0 and value == root


def consistency_holds(old, new, old_root, new_root, proof):
    if old == 0 or old > new or any(len(p) != 32 for p in proof):
        return False
    if old == new:
        return not proof and old_root == new_root
    if not proof:
        return False
    rest = list(proof)
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    a = b = old_root if at == 0 else rest.pop(0)
    for p in rest:
        if last == 0:
            return False
        if at & 1 or at == last:
            a, b = node_hash(p, a), node_hash(p, b)
            while at & 1 == 0 and at != 0:
                at >>= 1
                last >>= 1
        else:
            b = node_hash(b, p)
        at >>= 1
        last >>= 1
    return last == 0 and a == old_root and b == new_root


# --- 5.4 Checkpoints -----------------------------------------------------------------------------

Checkpoint = collections.namedtuple("Checkpoint", "size root note")
Vkey = collections.namedtuple("Vkey", "name id key")


def verifies(key, message, signature):
    try:
        nacl.signing.VerifyKey(key).verify(message, signature)
        return True
    except (nacl.exceptions.BadSignatureError, ValueError):
        return False


def strict_base64(text, what):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong(f"{what}: not base64") from error
    check(base64.b64encode(data) == text, f"{what}: not strict base64")
    return data


def good_name(name):
    return 0 < len(name.encode()) <= 200 and "+" not in name and not any(
        c.isspace() or unicodedata.category(c) in ("Cc", "Zs", "Zl", "Zp") for c in name)


def key_id(name, key):
    return sha256(name.encode(), b"\n\x01", key)[:4]


def write_vkey(name, key):
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(bytes([1]) + key).decode()}"


def read_vkey(text):
    parts = text.split("+", 2)
    check(len(parts) == 3 and good_name(parts[0]), "a vkey without name, id and key")
    key = strict_base64(parts[2].encode("utf-8", "replace"), "vkey")
    check(len(key) == 33 and key[0] == 1, "a vkey that is not Ed25519")
    vkey = Vkey(parts[0], key_id(parts[0], key[1:]), key[1:])
    check(parts[1] == vkey.id.hex(), "a vkey with another key's id")
    return vkey


def sign_note(origin, size, root, signer):
    """What a ledger does; here for trees of our own."""
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()
    blob = key_id(origin, signer.verify_key.encode()) + signer.sign(text).signature
    return text + b"\n\xe2\x80\x94 " + origin.encode() + b" " + base64.b64encode(blob) + b"\n"


def read_checkpoint(note, origin, vkey):
    """The size and root of a note that the ledger signed."""
    check(len(note) <= 16384, "a checkpoint that is too long")
    try:
        note.decode()
    except UnicodeDecodeError as error:
        raise Wrong("a checkpoint that is not UTF-8") from error
    check(not any(b < 0x20 and b != 0x0A for b in note), "a checkpoint with a control character")
    at = note.rfind(b"\n\n")
    check(at > 0 and note.endswith(b"\n"), "a checkpoint without signatures")
    text, lines = note[:at + 1], note[at + 2:-1].split(b"\n")
    check(len(lines) <= 64, "a checkpoint with too many signatures")
    signed = False
    for line in lines:
        match = re.fullmatch(rb"\xe2\x80\x94 ([^ ]+) ([A-Za-z0-9+/=]+)", line)
        check(match and good_name(match[1].decode()), "a signature line that is none")
        blob = strict_base64(match[2], "signature line")
        check(len(blob) > 4, "a signature line without a signature")
        if match[1].decode() == vkey.name and blob[:4] == vkey.id:
            check(verifies(vkey.key, text, blob[4:]), "a checkpoint with a bad signature")
            signed = True
    check(signed, "a checkpoint that the ledger did not sign")

    body = text[:-1].split(b"\n")
    check(len(body) >= 3 and all(body), "a checkpoint of fewer than three lines")
    check(body[0] == origin.encode(), "a checkpoint of another origin")
    check(re.fullmatch(rb"0|[1-9][0-9]{0,18}", body[1]), "a checkpoint's size is no number")
    root = strict_base64(body[2], "root")
    check(len(root) == 32, "a root that is not 32 bytes")
    return Checkpoint(int(body[1]), root, note)


# --- A proof that needs no ledger ----------------------------------------------------------------

# Raw bytes, so that every bit of every file means something. Hashes stand one behind the other.
BUNDLE = ("vkey", "old", "new", "entry", "inclusion", "consistency")
PROOF_TITLE = b"c2sp.org/tlog-proof@v1"


def hashes(data):
    check(len(data) % 32 == 0, "hashes that are not 32 bytes each")
    return [data[i:i + 32] for i in range(0, len(data), 32)]


def read_vkey_file(data):
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Wrong("a vkey that is not UTF-8") from error
    check(text.endswith("\n"), "a vkey without its line end")
    return read_vkey(text[:-1])


def check_bundle(bundle):
    """The entry stands in `new`, which continues `old`, and the ledger of `vkey` signed both."""
    vkey = read_vkey_file(bundle["vkey"])
    old = read_checkpoint(bundle["old"], vkey.name, vkey)
    new = read_checkpoint(bundle["new"], vkey.name, vkey)
    head, _, _ = read_entry(bundle["entry"])
    check(inclusion_holds(head.number, new.size, leaf_hash(bundle["entry"]),
                          hashes(bundle["inclusion"]), new.root), "the inclusion proof fails")
    check(consistency_holds(old.size, new.size, old.root, new.root,
                            hashes(bundle["consistency"])), "the consistency proof fails")


def write_proof(bundle):
    """The entry's proof as one text, C2SP's tlog-proof (5.6)."""
    head, _, _ = read_entry(bundle["entry"])
    lines = [PROOF_TITLE, b"extra " + base64.b64encode(bundle["entry"]), b"index %d" % head.number,
             *map(base64.b64encode, hashes(bundle["inclusion"])), b"", bundle["new"]]
    return {"vkey": bundle["vkey"], "proof": b"\n".join(lines)}


def check_proof(bundle):
    """`proof` shows that the ledger of `vkey` holds the entry that stands in it."""
    vkey = read_vkey_file(bundle["vkey"])
    text, _, note = bundle["proof"].partition(b"\n\n")
    title, *lines = text.split(b"\n")
    check(title == PROOF_TITLE and len(lines) >= 2, "a proof with another title")
    check(lines[0][:6] == b"extra " and lines[1][:6] == b"index ", "a proof without its entry")
    entry = strict_base64(lines[0][6:], "extra")
    head, signed, _ = read_entry(entry)
    check(lines[1][6:] == b"%d" % head.number, "a proof of another entry's place")
    checkpoint = read_checkpoint(note, vkey.name, vkey)
    check(signed[88:120] == sha256(vkey.name.encode()), "an entry for another ledger")
    proof = [strict_base64(line, "hash") for line in lines[2:]]
    check(inclusion_holds(head.number, checkpoint.size, leaf_hash(entry), proof, checkpoint.root),
          "the inclusion proof fails")


def one_bit_changes(data):
    for at in range(len(data) * 8):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        yield at, bytes(changed)


def check_every_bit(bundle, judge=check_bundle):
    """The bundle is accepted, and rejected after every change of one bit. Returns their number."""
    judge(bundle)
    tried = 0
    for name, data in bundle.items():
        for at, changed in one_bit_changes(data):
            try:
                judge({**bundle, name: changed})
            except Wrong:
                tried += 1
                continue
            raise Wrong(f"bit {at} of {name} changed, and nobody minds")
    return tried


# --- 6. Frames -----------------------------------------------------------------------------------

CALL = struct.Struct(">QHHI")


def request_frames(call, kind, body, records=()):
    return [VERSION, CALL.pack(call, kind, 0, 0), body, *records]


def read_answer(frames):
    """(call, kind, outcome, body)."""
    check(len(frames) == 3, f"an answer of {len(frames)} frames")
    check(frames[0] == VERSION, "an answer of another version")
    check(len(frames[1]) == CALL.size, "an answer without a call")
    call, kind, outcome, zero = CALL.unpack(frames[1])
    check(zero == 0, "an answer with something in its zeros")
    return call, kind, outcome, frames[2]


# --- 9. Invitations and cards --------------------------------------------------------------------

LEDGER_LINES = ("origin", "ledger", "endpoint", "announcements", "server-key")
INVITATION_LINES = (*LEDGER_LINES, "curve-secret", "curve-public", "seed", "party", "roles",
                    "until")
CARD_LINES = (*LEDGER_LINES, "party", "roles")


def as_names(lines):
    return [line.replace("-", "_") for line in lines]


Invitation = collections.namedtuple("Invitation", as_names(INVITATION_LINES))
Card = collections.namedtuple("Card", as_names(CARD_LINES))


def write_lines(title, lines, values):
    return "".join([title, "\n", *(f"{k}: {v}\n" for k, v in zip(lines, values))])


def read_lines(data, title):
    """The keys and values of such a file, in their order."""
    check(data.endswith(b"\n") and b"\r" not in data, f"{title}: other line ends")
    first, *lines = data.decode()[:-1].split("\n")
    check(first == title, f"{title} is called {first}")
    pairs = [line.split(": ", 1) for line in lines]
    check(all(len(p) == 2 for p in pairs), f"{title}: a line without a colon")
    return [p[0] for p in pairs], [p[1] for p in pairs]


def check_ledger_lines(values):
    check(read_vkey(values.ledger).name == values.origin, "the vkey is not named by the origin")
    check(len(values.server_key) == 40, "the server's key is not 40 characters")
    z85.decode(values.server_key.encode())


def read_invitation(data):
    keys, values = read_lines(data, "custody-invitation/1")
    check(tuple(keys) == INVITATION_LINES, f"an invitation with {keys}")
    values = Invitation(*values)
    check_ledger_lines(values)
    for pair in values.curve_secret, values.curve_public:
        check(len(pair) == 40, "a CURVE key is not 40 characters")
        z85.decode(pair.encode())
    check(re.fullmatch("[0-9a-f]{64}", values.seed), "the seed is not 64 hexadecimal digits")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", values.until),
          "until is not a time")
    return values


def read_card(data):
    """A card; party and roles are None where it does not end with them."""
    keys, values = read_lines(data, "custody-ledger/1")
    check(tuple(keys) == CARD_LINES[:len(keys)] and len(keys) >= len(LEDGER_LINES),
          f"a card with {keys}")
    values = Card(*values, *[None] * (len(CARD_LINES) - len(keys)))
    check_ledger_lines(values)
    return values


def write_request(key, curve_key, party, roles):
    return write_lines("custody-request/1", ("key", "curve-key", "party", "roles"),
                       (key.hex(), curve_key.decode(), party, roles))
