"""count.py: runs the program under callgrind and compares what it counts with the figures that are kept.

    count.py <program> <figures> [accept]

Instructions of libsodium and libcrypto are left out: they choose their code by the processor, and these figures must be the
same on every machine. How often they are called is counted instead. libc chooses too, but can be told what to take."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MARGIN = 10  # per cent
FOREIGN = re.compile(r"libsodium|libcrypto")
BASELINE = ("glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512ER,-AVX512DQ,-AVX512CD,-AVX2,-AVX,-BMI1,-BMI2,-LZCNT,-MOVBE,"
            "-POPCNT,-ERMS,-FSRM,-RTM,-FMA,-FMA4,-SSE4_1,-SSE4_2,-SSSE3,-Prefer_No_VZEROUPPER,-AVX_Fast_Unaligned_Load")
ROWS = {
    "verify": "a submission taken apart, its id and signature checked",
    "unpack": "the body of a pack scanned, unpacked, checked",
    "access": "the key behind a connection",
    "pack": "pack of one bag, decided, applied, committed, answered; batches of 32",
    "load": "load of one bag",
    "receive": "receive of one bag",
    "feed": "feed of one bag",
    "resent": "the same pack again: its receipt with both proofs",
    "pack_alone": "pack of one bag, a batch of its own",
    "pack_100": "pack of 100 bags, each bag",
    "load_100": "load of 100 bags, each bag",
    "receive_100": "receive of 100 bags, each bag",
    "feed_100": "feed of 100 bags, each bag",
    "flush": "a change of the look-ups brought to disk",
    "trace": "trace of a bag",
    "unclosed": "the 100 most urgent",
    "audit": "an entry audited, hashes only",
    "rebuild": "an entry applied anew",
}


def counted(path):
    """Of one file of callgrind: instructions of ours, of the foreign libraries, and calls from us into those."""
    ours = foreign = calls = 0
    here = there = ""
    objects = {}
    row = None

    def resolve(text):
        number, _, name = text.partition(" ")
        if name:
            objects[number] = name
        return objects[number]

    pending = False
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line[0] in "0123456789+-*":
                cost = int(line.split()[1])
                if pending:
                    pending = False
                elif FOREIGN.search(here):
                    foreign += cost
                else:
                    ours += cost
            elif line.startswith("ob="):
                here = there = resolve(line[3:].strip())
            elif line.startswith("fn="):
                there = here
            elif line.startswith("cob="):
                there = resolve(line[4:].strip())
            elif line.startswith("calls="):
                pending = True
                if FOREIGN.search(there) and not FOREIGN.search(here):
                    calls += int(line[6:].split()[0])
                there = here
            elif line.startswith("desc: Trigger: Client Request:"):
                row = line.rsplit(":", 1)[1].strip()
    return row, ours, foreign, calls


def measure(program):
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], "TMPDIR": folder, "GLIBC_TUNABLES": BASELINE, "OPENSSL_ia32cap": "0"}
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--quiet", f"--callgrind-out-file={folder}/counts", program]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{program} failed under callgrind: {done.returncode}")
        times = {line.split()[1]: int(line.split()[2]) for line in done.stdout.splitlines() if line.startswith("row ")}
        figures = {}
        keep = os.environ.get("KEEP")
        for path in pathlib.Path(folder).glob("counts.*"):
            row, ours, foreign, calls = counted(path)
            if keep and row:
                pathlib.Path(keep, f"callgrind.{row}").write_bytes(path.read_bytes())
            if row in times:
                figures[row] = (ours / times[row], calls / times[row], foreign / times[row])
        return figures


def read(path):
    kept = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line and line[0] != "#":
            row, instructions, calls = line.split()[:3]
            kept[row] = (float(instructions), float(calls))
    return kept


def write(path, figures):
    head = [line for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    rows = [f"{row:<12} {figures[row][0]:>10.0f} {figures[row][1]:>8.1f}  {text}" for row, text in ROWS.items()]
    pathlib.Path(path).write_text("\n".join(head + rows) + "\n", encoding="utf-8")


def judge(now, before):
    """'' when it is as it was; else what is to be said of it."""
    if before is None:
        return "not kept"
    for a, b in zip(now, before):
        if a > b * (100 + MARGIN) / 100 + 0.1:
            return "WORSE"
        if a < b * (100 - MARGIN) / 100 - 0.1:
            return "better"
    return ""


def main():
    program, path = sys.argv[1:3]
    figures = measure(program)
    missing = sorted(set(ROWS) ^ set(figures))
    if missing:
        sys.exit(f"rows without a figure or without a text: {', '.join(missing)}")
    kept = read(path)
    worse = []
    print(f"{'instructions of each':<72} {'now':>9} {'kept':>9} {'ratio':>6}   {'libsodium, libcrypto':>20}")
    print(f"{'':<72} {'':>9} {'':>9} {'':>6} {'calls':>9} {'instructions':>13}")
    for row, text in ROWS.items():
        instructions, calls, foreign = figures[row]
        before = kept.get(row)
        verdict = judge((instructions, calls), before)
        if verdict in ("WORSE", "not kept"):
            worse.append(row)
        was = f"{before[0]:>9.0f} {instructions / before[0]:>6.2f}" if before else f"{'':>9} {'':>6}"
        print(f"{text:<72} {instructions:>9.0f} {was} {calls:>9.1f} {foreign:>13.0f} {verdict}".rstrip())
    if sys.argv[3:] == ["accept"]:
        write(path, figures)
        print(f"kept in {path}; say in the commit why")
    elif worse:
        sys.exit(f"more than {MARGIN} % above what is kept in {path}: {', '.join(worse)}. If it must be so, make bench-instructions ACCEPT=1"
                 " writes the new figures, and the commit says what they buy.")


main()
