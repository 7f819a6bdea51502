"""client.py: a client of custodyd written from proto/PROTOCOL.md and proto/custody.proto alone.

Takes up an invitation, enrols, submits, asks, and trusts nothing that it has not verified. Prints
one line for each thing it saw, and ends with 1 at the first surprise.

    client.py --self-test                                   needs no ledger
    client.py --make-bundles FOLDER                         proofs of our own trees, for verify.go
    client.py --invitation FILE --state FOLDER --bundles FOLDER
    client.py --regulate FILE --state FOLDER --invite PARTY=FILE...    the first regulator's part

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


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--make-bundles", metavar="FOLDER")
    parser.add_argument("--regulate", metavar="INVITATION")
    parser.add_argument("--invite", metavar="PARTY=FILE", action="append", default=[])
    parser.add_argument("--invitation", metavar="FILE")
    parser.add_argument("--state", metavar="FOLDER")
    parser.add_argument("--bundles", metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    arguments = parser.parse_args()
    print(f"# seed {arguments.seed}", flush=True)
    report = session.Report()
    with tempfile.TemporaryDirectory() as folder:
        pb = load_messages(folder)
        try:
            if arguments.self_test:
                run_self_test(pb, report)
            if arguments.make_bundles:
                selftest.made_bundles(arguments.make_bundles, arguments.seed)
                report.did("made ledgers of our own")
            if arguments.regulate:
                regulator.Regulator(pb, arguments.regulate, arguments.state, arguments.seed,
                                    report.did).tell(arguments.invite)
            if arguments.invitation:
                stranger.Stranger(pb, arguments.invitation, arguments.state, arguments.seed,
                                  arguments.bundles, report.did).tell()
        except (formats.Wrong, session.Stopped) as surprise:
            report.surprise(str(surprise))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
