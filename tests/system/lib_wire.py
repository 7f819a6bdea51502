# lib_wire.py: a client of the wire for tests of the daemon: libzmq and libsodium through ctypes, nothing of ours.
# Never checks proofs (tests/strangers does); it can say what no lawful client would.
import ctypes
import ctypes.util
import hashlib
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("BUILD", "build/release")
DAEMON = os.environ.get("CUSTODYD", os.path.join(BUILD, "custodyd"))
with open(DAEMON, "rb") as program:
    image = program.read()
SANITIZED = b"__asan_init" in image or b"__tsan_init" in image  # memory is then not what it would be


class Skipped(Exception):
    """A case that cannot be tried here, and why."""


DEADLINE = float(os.environ.get("DEADLINE", "20"))

zmq = ctypes.CDLL("libzmq.so.5", use_errno=True)
sodium = ctypes.CDLL("libsodium.so.23")
for name in ("zmq_ctx_new", "zmq_socket", "zmq_strerror", "zmq_msg_data"):
    getattr(zmq, name).restype = ctypes.c_void_p
zmq.zmq_strerror.restype = ctypes.c_char_p
zmq.zmq_msg_size.restype = ctypes.c_size_t
assert sodium.sodium_init() >= 0

PUB, SUB, REQ, DEALER = 1, 2, 3, 5
ROUTING_ID, SUBSCRIBE, RCVMORE, LINGER, SNDHWM, RCVHWM, RCVBUF = 5, 6, 13, 17, 23, 24, 12
RCVTIMEO, SNDTIMEO, CURVE_PUBLICKEY, CURVE_SECRETKEY, CURVE_SERVERKEY = 27, 28, 48, 49, 50
MAXMSGSIZE, RECONNECT_IVL, HANDSHAKE_IVL = 22, 18, 66
DONTWAIT, SNDMORE = 1, 2

HELLO, SUBMIT, HEAD, TRACE, UNCLOSED, FINDINGS, SHOW, PROVE, ENTRIES, STATUS, PARTY = range(1, 12)
TURNED_AWAY, BUSY, UNAVAILABLE = 5, 6, 7


# --- keys ------------------------------------------------------------------------------------------

def sign_pair(seed):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    sodium.crypto_sign_seed_keypair(public, secret, seed)
    return public.raw, secret.raw


def sign(secret, message):
    signature = ctypes.create_string_buffer(64)
    sodium.crypto_sign_detached(signature, None, message, ctypes.c_ulonglong(len(message)), secret)
    return signature.raw


def curve_pair():
    secret, public = os.urandom(32), ctypes.create_string_buffer(32)
    sodium.crypto_scalarmult_base(public, secret)
    return public.raw, secret


def from_z85(text):
    out = ctypes.create_string_buffer(len(text) * 4 // 5)
    zmq.zmq_z85_decode(out, text.encode())
    return out.raw


# --- protobuf, as much as is needed ------------------------------------------------------------------

def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value if value else b""


def unpack(data):
    """Field number -> list of values (int or bytes)."""
    fields, at = {}, 0

    def read():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = read()
        if tag & 7 == 0:
            value = read()
        elif tag & 7 == 2:
            size = read()
            value = data[at:at + size]
            at += size
        else:
            raise ValueError("wire type %d" % (tag & 7))
        fields.setdefault(tag >> 3, []).append(value)
    return fields


class Problem:
    def __init__(self, body):
        fields = unpack(body)
        self.outcome = fields.get(1, [0])[0]
        self.reason = fields.get(2, [0])[0]
        self.name, self.field, self.expected, self.got, self.remedy = (
            fields.get(n, [b""])[0].decode() for n in range(3, 8))
        self.retryable = fields.get(8, [0])[0]
        self.retry_after_ms = fields.get(9, [0])[0]

    def __repr__(self):
        return "Problem(%d %s, field %r)" % (self.reason, self.name, self.field)


# --- statements --------------------------------------------------------------------------------------

class Author:
    """A key and its chain."""

    def __init__(self, origin, seed=None):
        self.seed = seed or os.urandom(32)
        self.public, self.secret = sign_pair(self.seed)
        self.origin = hashlib.sha256(origin.encode()).digest()
        self.sequence, self.previous = 0, bytes(32)

    def statement(self, act, body, now_us=None, **other):
        """signature and signed bytes; takes the next place in the chain."""
        now_us = now_us or int(time.time() * 1000000)
        self.sequence += 1
        header = {"format": b"custody\x01", "algorithm": 1, "quality": 1, "position": bytes(12),
                  "sequence": self.sequence, "occurred": now_us, "signed": now_us, "seen": bytes(40),
                  "origin": self.origin, "key": self.public, "previous": self.previous}
        header.update(other)
        signed = (header["format"] + struct.pack(">HBB", act, header["algorithm"], header["quality"])
                  + header["position"]
                  + struct.pack(">Qqq", header["sequence"], header["occurred"], header["signed"])
                  + header["seen"] + header["origin"] + header["key"] + header["previous"] + body)
        self.previous = hashlib.sha256(signed).digest()
        return sign(self.secret, signed) + signed


def enrol_body(key, curve_key, party, roles):
    return (field(1, key) + field(2, curve_key) + field(3, party)
            + field(4, b"".join(varint(role) for role in roles)))


# --- the wire ----------------------------------------------------------------------------------------

context = ctypes.c_void_p(zmq.zmq_ctx_new())


def error():
    return OSError(ctypes.get_errno(), zmq.zmq_strerror(ctypes.get_errno()).decode())


class Socket:
    def __init__(self, kind, endpoint, server_key=None, public=None, secret=None, options=()):
        self.handle = ctypes.c_void_p(zmq.zmq_socket(context, kind))
        self.set(LINGER, 0)
        self.set(RCVTIMEO, int(DEADLINE * 1000))
        self.set(SNDTIMEO, int(DEADLINE * 1000))
        if server_key:
            self.set(CURVE_SERVERKEY, server_key)
            self.set(CURVE_PUBLICKEY, public)
            self.set(CURVE_SECRETKEY, secret)
        for option, value in options:
            self.set(option, value)
        if zmq.zmq_connect(self.handle, endpoint.encode()) != 0:
            raise error()

    def set(self, option, value):
        if isinstance(value, int):
            value = struct.pack("q" if option == MAXMSGSIZE else "i", value)
        if zmq.zmq_setsockopt(self.handle, option, value, ctypes.c_size_t(len(value))) != 0:
            raise error()

    def send(self, frames, flags=0):
        for i, frame in enumerate(frames):
            more = SNDMORE if i + 1 < len(frames) else 0
            if zmq.zmq_send(self.handle, frame, ctypes.c_size_t(len(frame)), flags | more) < 0:
                raise error()

    def receive(self, timeout=None):
        """The frames of one message; None when the time is over."""
        self.set(RCVTIMEO, int((DEADLINE if timeout is None else timeout) * 1000))
        message = ctypes.create_string_buffer(64)
        frames = []
        while True:
            zmq.zmq_msg_init(message)
            if zmq.zmq_msg_recv(message, self.handle, 0) < 0:
                if ctypes.get_errno() == 11:
                    return None
                raise error()
            size = zmq.zmq_msg_size(message)
            frames.append(ctypes.string_at(zmq.zmq_msg_data(message), size))
            more = zmq.zmq_msg_more(message)
            zmq.zmq_msg_close(message)
            if not more:
                return frames

    def close(self):
        if self.handle:
            zmq.zmq_close(self.handle)
            self.handle = None


def call_frame(call, kind, outcome=0, zero=0):
    return struct.pack(">QHHI", call, kind, outcome, zero)


class Client(Socket):
    """A DEALER that counts its calls."""

    def __init__(self, *arguments, **words):
        super().__init__(DEALER, *arguments, **words)
        self.call = 0

    def ask(self, kind, body=b"", records=()):
        self.call += 1
        self.send([b"custody/1", call_frame(self.call, kind), body] + list(records))
        return self.call

    def answer(self, timeout=None):
        """(call, kind, outcome, body), or None."""
        frames = self.receive(timeout)
        if frames is None:
            return None
        assert frames[0] == b"custody/1" and len(frames) == 3, frames
        call, kind, outcome, zero = struct.unpack(">QHHI", frames[1])
        assert zero == 0
        return call, kind, outcome, frames[2]

    def request(self, kind, body=b"", records=(), timeout=None):
        """(outcome, body or Problem) of this one request."""
        call = self.ask(kind, body, records)
        while True:
            answer = self.answer(timeout)
            if answer is None:
                raise TimeoutError("no answer to kind %d" % kind)
            if answer[0] == call:
                assert answer[1] == kind
                return answer[2], Problem(answer[3]) if answer[2] else answer[3]


class Receipt:
    def __init__(self, body):
        fields = unpack(body)
        self.outcome = fields.get(1, [0])[0]
        self.reason = fields.get(2, [0])[0]
        self.head = fields.get(6, [b""])[0]
        self.again = fields.get(11, [0])[0]
        self.entry = struct.unpack(">Q", self.head[8:16])[0]


# --- the daemon --------------------------------------------------------------------------------------

class Daemon:
    """A ledger of its own in a temporary folder."""

    def __init__(self, *settings):
        self.folder = tempfile.mkdtemp(prefix="custodyd.")
        self.origin = "ledger.test.example/custody"
        self.settings = ["--data", self.path("ledger"), "--key-file", self.path("key"),
                         "--mark-file", self.path("mark"), "--map-size", "1GiB",
                         "--endpoint", "tcp://127.0.0.1:*", "--announcements", "tcp://127.0.0.1:*",
                         "--fill-ahead", "1MiB", "--metrics-file", self.path("custodyd.prom"), *settings]
        self.process = None
        self.log = []
        self.cards = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command, *words, **options):
        return subprocess.run([DAEMON, command, *self.settings, *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=6 * DEADLINE, **options)

    def init(self, *words):
        done = self.run("init", "--origin", self.origin, "--division", "540400",
                        "--regulator", "uscc:11540400DEMO00001X", "--regulator-name", "示例监管",
                        "--demonstration", "-o", self.path("invitation"), *words)
        assert done.returncode == 0, done.stderr
        with open(self.path("invitation"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        assert lines[0] == "custody-invitation/1", lines
        self.cards = dict(line.split(": ", 1) for line in lines[1:])
        return done.stdout

    def start(self, *words, **options):
        self.log = []
        self.process = subprocess.Popen([DAEMON, "run", *self.settings, *words], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, **options)
        self.reader = threading.Thread(target=self.read_log, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        self.wait_for("op=ready")
        with open(self.path("ledger/endpoints"), encoding="utf-8") as file:
            places = dict(line.split(": ", 1) for line in file.read().splitlines())
        self.endpoint, self.announcements = places["endpoint"], places["announcements"]

    def read_log(self, stream):
        for line in stream:
            self.log.append(line.rstrip("\n"))

    def wait_for(self, word, deadline=DEADLINE):
        end = time.monotonic() + deadline
        while not any(word in line for line in list(self.log)):
            if time.monotonic() > end or (self.process.poll() is not None and not self.reader.is_alive()):
                raise AssertionError("no %s in the log:\n%s" % (word, "\n".join(self.log)))
            self.reader.join(0.005)
        return next(line for line in self.log if word in line)

    def stop(self, number=signal.SIGTERM):
        """Returns the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(number)
        code = self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        self.process = None
        return code

    def alive(self):
        return self.process.poll() is None

    def kilobytes(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def client(self, public, secret, **words):
        return Client(self.endpoint, from_z85(self.cards["server-key"]), public, secret, **words)

    def invited(self, **words):
        return self.client(from_z85(self.cards["curve-public"]), from_z85(self.cards["curve-secret"]), **words)

    def enrol(self):
        """Take the invitation up: (author, client) of the first regulator."""
        one_time = Author(self.origin, bytes.fromhex(self.cards["seed"]))
        author, (public, secret) = Author(self.origin), curve_pair()
        roles = [{"generator": 1, "driver": 2, "facility": 3, "regulator": 4, "auditor": 5, "witness": 6,
                  "admin": 7}[name] for name in self.cards["roles"].split(",")]
        knocker = self.invited()
        body = enrol_body(author.public, public, self.cards["party"], roles)
        outcome, answer = knocker.request(SUBMIT, one_time.statement(24, body))
        assert outcome == 0 and Receipt(answer).outcome == 2, (outcome, answer)
        knocker.close()
        self.keys = public, secret
        return author, self.client(public, secret)

    def enrol_another(self, author, client, roles=(4,)):
        """A further key of the regulator, enrolled by the first: its keys of both kinds."""
        another, pair = Author(self.origin), curve_pair()
        outcome, answer = client.request(
            SUBMIT, author.statement(24, enrol_body(another.public, pair[0], self.cards["party"], roles)))
        assert outcome == 0 and Receipt(answer).outcome == 2, (outcome, answer)
        return another, pair


def counters(client):
    outcome, body = client.request(STATUS)
    assert outcome == 0, body
    rows = (unpack(row) for row in unpack(body).get(1, []))
    return {row[1][0].decode(): row.get(2, [0])[0] for row in rows}


# --- running ------------------------------------------------------------------------------------------

def main(cases):
    """TAP: one line a case; a daemon left over by a case is killed."""
    print("1..%d" % len(cases), flush=True)
    failed = 0
    for number, case in enumerate(cases, 1):
        name = case.__name__.replace("_", " ")
        try:
            case()
            print("ok %d - %s" % (number, name), flush=True)
        except Skipped as why:
            print("ok %d - %s # SKIP %s" % (number, name, why), flush=True)
        except Exception:  # noqa: a test's way to fail
            import traceback
            failed += 1
            print("not ok %d - %s" % (number, name), flush=True)
            print("".join("# " + line for line in traceback.format_exc().splitlines(True)), flush=True)
    sys.exit(1 if failed else 0)


class running:
    """with running(settings) as daemon: started; at the end it must stop by itself, and with 0."""

    def __init__(self, *settings, init=True):
        self.daemon = Daemon(*settings)
        self.init = init

    def __enter__(self):
        if self.init:
            self.daemon.init()
            self.daemon.start()
        return self.daemon

    def __exit__(self, kind, value, trace):
        daemon = self.daemon
        code = 0
        if daemon.process is not None:
            try:
                code = daemon.stop()
            except subprocess.TimeoutExpired:
                code = "did not stop"
                daemon.process.kill()
                daemon.process.wait()
        if kind is not None or code != 0:
            print("".join("# log: %s\n" % line for line in daemon.log[-60:]), end="")
        assert kind is not None or code == 0, code
