#!/usr/bin/env python3
"""verify.py BUNDLE.zip [LEDGER-KEY-FILE]: does this evidence hold? Python 3.6 or newer, nothing else, no network.

It shares no code with the program that made the bundle. Without a file with the ledger's key it believes the key in
the bundle: compare that with the one the ledger's keeper has published. Sources: RFC 8032 (Ed25519), RFC 6962 section
2.1 (Merkle tree), C2SP signed-note and tlog-proof, and PROTOCOL.md sections 3 and 5 of custody (the entry's bytes)."""
import base64, hashlib, io, re, struct, sys, zipfile

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
OUTCOMES = {1: "recorded", 2: "granted", 3: "refused", 4: "held"}


def check(truth, what):
    if not truth:
        sys.exit("DOES NOT VERIFY: " + what)


def sha256(data):
    return hashlib.sha256(data).digest()


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    total = (0, 1, 1, 0)
    while n:
        total, p, n = add(total, p) if n & 1 else total, add(p, p), n >> 1
    return total


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
    check(y < P and x * x % P == x2 and not (x == 0 and sign), "a key or signature is no point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


BASE = point(b"\x58" + b"\x66" * 31)


def check_signature(key, message, signature, what):
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    p, q = times(s, BASE), add(point(signature[:32]), times(h, point(key)))
    check(s < ORDER and (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0, what)


def read_keys(text):  # one a line, the oldest first, all but the last with the largest checkpoint that it signs
    keys = []
    for line in text.split("\n")[:-1]:
        vkey, _, until = line.partition(" ")
        name, key_id, key = re.match(r"(.+)\+([0-9a-f]{8})\+(.+)$", vkey).groups()
        keys.append((name, bytes.fromhex(key_id), base64.b64decode(key)[1:], int(until) if until else 2**64))
    return keys


def check_note(note, keys, seen={}):
    text, _, lines = note.partition("\n\n")
    name, size, root = text.split("\n")[:3]
    key = next(k for k in keys if int(size) <= k[3])
    check(name == key[0], "another ledger's checkpoint")
    signed = [base64.b64decode(line.rsplit(" ", 1)[1]) for line in lines.split("\n")[:-1]]
    signed = [s[4:] for s in signed if s[:4] == key[1]]
    check(signed, "a checkpoint that the ledger has not signed")
    if note not in seen:
        check_signature(key[2], (text + "\n").encode(), signed[0], "the ledger's signature of a checkpoint")
    seen[note] = int(size), base64.b64decode(root)
    return seen[note]


def check_proof(text, keys):
    lines, note = text.split("\n\n", 1)
    title, extra, index, *path = lines.split("\n")
    entry, at = base64.b64decode(extra[6:]), int(index[6:])
    size, root = check_note(note, keys)
    first, last, node = at, size - 1, sha256(b"\0" + entry)
    for other in map(base64.b64decode, path):
        check(last > 0, "a proof that is too long")
        left = first & 1 or first == last
        node = sha256(b"\1" + (other + node if left else node + other))
        while left and first and not first & 1:
            first, last = first >> 1, last >> 1
        first, last = first >> 1, last >> 1
    check(last == 0 and node == root, "entry %d is not under the ledger's root" % at)
    form, outcome, reason, length, number, recorded, detail = struct.unpack(">BBHIQqB", entry[:25])
    statement, signature = entry[25 + detail:-64], entry[-64:]
    act, = struct.unpack(">H", statement[8:10])
    claimed, = struct.unpack(">q", statement[32:40])
    check(form == 1 and number == at and len(statement) == length, "entry %d: its form" % at)
    check(statement[:8] == b"custody\1", "entry %d: the statement's form" % at)
    check_signature(statement[120:152], statement, signature, "entry %d: its author's signature" % at)
    print("entry %-9d act %-4d %-9s claimed %d recorded %d key %s" % (
        at, act, OUTCOMES.get(outcome, outcome), claimed, recorded, statement[120:152].hex()))
    return entry


def main(path, key_file=None):
    data = open(path, "rb").read()
    again, files = io.BytesIO(), {}
    with zipfile.ZipFile(io.BytesIO(data)) as folder, zipfile.ZipFile(again, "w") as copy:
        for member in folder.infolist():
            info = zipfile.ZipInfo(member.filename)
            info.create_system, files[member.filename] = 3, folder.read(member)
            copy.writestr(info, files[member.filename])
    check(again.getvalue() == data, "a byte outside the files was changed")
    signed, sums = files.pop("SIGNATURE").decode(), files.pop("SHA256SUMS")
    check(sums.decode() == "".join(hashlib.sha256(c).hexdigest() + "  " + n + "\n" for n, c in files.items()), "SHA256SUMS")
    maker, signature = re.fullmatch("custody-evidence/1\nkey ([0-9a-f]{64})\nsignature (.{88})\n", signed).groups()
    check_signature(bytes.fromhex(maker), b"custody-evidence/1\n" + sums, base64.b64decode(signature), "the maker's signature")
    keys = read_keys(open(key_file).read() if key_file else files["ledger.vkey"].decode())
    entries = [check_proof(c.decode(), keys) for n, c in files.items() if n.startswith("entries/")]
    check(entries, "there is no entry in it")
    for name in (n for n in files if n.startswith("records/")):
        check(sha256(files[name]).hex() == name[8:] and any(sha256(files[name]) in e for e in entries), name)
    print("VERIFIED: %d entries of %s; put together by key %s" % (len(entries), keys[-1][0], maker))
    print("" if key_file else "The ledger's key was taken from the bundle. Compare it:\n" + files["ledger.vkey"].decode(), end="")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        sys.exit("DOES NOT VERIFY: %s: %s" % (type(error).__name__, error))
