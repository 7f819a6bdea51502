"""client.py: a client of custodyd written from proto/PROTOCOL.md and proto/custody.proto alone.

Takes up an invitation, enrols, submits, asks, and trusts nothing that it has not verified. Prints
one line for each thing it saw, and ends with 1 at the first surprise.

    client.py --self-test                                   needs no ledger
    client.py --make-bundles FOLDER                         proofs of our own trees, for verify.go
    client.py --invitation FILE --state FOLDER --bundles FOLDER [--briefly]
    client.py --regulate FILE --state FOLDER --invite PARTY=FILE...    the first regulator's part
    client.py --request FILE --party PARTY                  a device asks a sponsor ...
    client.py --card FILE --party PARTY --state FOLDER      ... and starts from what it gives

--seed N repeats the random choices of a run; it is printed. Needs Debian's python3-protobuf,
python3-nacl, python3-zmq and protobuf-compiler.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import formats
import regulator
import selftest
import session
import sponsored
import stranger

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, os.pardir, os.pardir, "proto")


def load_messages(folder):
    """custody_pb2, made from custody.proto."""
    subprocess.run(["protoc", f"--proto_path={PROTO}", f"--python_out={folder}", "custody.proto"],
                   check=True)
    sys.path.insert(0, folder)
    import custody_pb2
    return custody_pb2


def run_self_test(pb, report):
    selftest.published_vectors()
    report.did("published vectors: hashes, key ids, a signed note")
    report.did(f"trees of every small size: {selftest.every_small_tree()} proofs made and taken")
    with open(os.path.join(PROTO, "PROTOCOL.md"), encoding="utf-8") as document:
        count = selftest.worked_example(pb, document.read())
    report.did(f"the worked example of PROTOCOL.md, made anew: {count} blocks")


def read(path, reader):
    with open(path, "rb") as file:
        return reader(file.read())


def run(arguments, pb, report):
    state, seed, did = arguments.state, arguments.seed, report.did
    if arguments.self_test:
        run_self_test(pb, report)
    if arguments.make_bundles:
        selftest.made_bundles(arguments.make_bundles, seed)
        did("made ledgers of our own")
    if arguments.regulate:
        invitation = read(arguments.regulate, formats.read_invitation)
        regulator.Regulator(pb, invitation, state, seed, did).tell(arguments.invite)
    if arguments.invitation:
        invitation = read(arguments.invitation, formats.read_invitation)
        party = stranger.Stranger(pb, invitation, state, seed, arguments.bundles, did)
        party.tell_briefly() if arguments.briefly else party.tell()
    if arguments.request:
        sponsored.write_request(arguments.request, arguments.party, seed)
        did(f"asked a sponsor for {arguments.party}")
    if arguments.card:
        card = read(arguments.card, formats.read_card)
        formats.check(card.party in (None, arguments.party), f"a card for {card.party}")
        card = card._replace(party=arguments.party)
        sponsored.Sponsored(pb, card, state, seed).tell(did)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for flag in "--self-test", "--briefly":
        parser.add_argument(flag, action="store_true")
    for path in "make-bundles", "regulate", "invitation", "request", "card", "state", "bundles":
        parser.add_argument(f"--{path}", metavar="PATH")
    parser.add_argument("--invite", metavar="PARTY=FILE", action="append", default=[])
    parser.add_argument("--party")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    arguments = parser.parse_args()
    print(f"# seed {arguments.seed}", flush=True)
    report = session.Report()
    with tempfile.TemporaryDirectory() as folder:
        try:
            run(arguments, load_messages(folder), report)
        except (formats.Wrong, session.Stopped) as surprise:
            report.surprise(str(surprise))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
