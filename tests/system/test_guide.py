# test_guide.py: deploy/OPERATIONS.md is followed to the letter: every command in it is run, in order, on a throw-away ledger, and what it
# shows is what is printed.
# Never touches the machine: /etc, /var, /srv and /mnt are folders of the test's own, and what only an installed machine has
# (systemctl, journalctl, runuser, apt) is played by the programs below.
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import BUILD, DEADLINE, main  # noqa: E402

TOP = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
GUIDE = os.path.join(TOP, "deploy", "OPERATIONS.md")
FOLDERS = ("/etc/", "/var/", "/srv/", "/mnt/", "/usr/share/custody/", "/run/custodyd")

# What a configuration that is silent means, so that the test's machine need not be this one.
DEFAULTS = "[metrics]\nmetrics_file = /run/custodyd/custodyd.prom\n[ledger]\ndata = /var/lib/custodyd/ledger\nkey_file = /var/lib/custodyd/ledger.key\n"

# The unit's daemon, without systemd: started with the unit's own command line, and waited for as systemd does.
PLAYED = {
    "systemctl": r"""
[ "$*" = daemon-reload ] && exit 0
verb=$1; unit=${*: -1}
case $unit in custodyd|custodyd.service) ;; custodyd-backup.timer) exit 0 ;; *) echo "no unit $unit" >&2; exit 5 ;; esac
pid=$(cat "$ROOT/pid" 2> /dev/null || true)
case $verb in
enable) [ "$2" = --now ] || exit 0; exec systemctl start custodyd ;;
disable) exec systemctl stop custodyd ;;
restart) systemctl stop custodyd; exec systemctl start custodyd ;;
start)
    log=$(wc -c < "$ROOT/journal")
    setsid "$BUILD/custodyd" run --config "$ROOT/etc/custodyd/custodyd.conf" < /dev/null >> "$ROOT/journal" 2>&1 &
    pid=$!; echo $pid > "$ROOT/pid"
    while kill -0 $pid 2> /dev/null; do
        tail -c +$((log + 1)) "$ROOT/journal" | grep -q op=ready && exit 0
        sleep 0.02
    done
    echo "Job for custodyd.service failed. See: journalctl -u custodyd" >&2; exit 1 ;;
stop)
    [ -n "$pid" ] && kill "$pid" 2> /dev/null || exit 0
    while kill -0 "$pid" 2> /dev/null; do sleep 0.02; done
    rm -f "$ROOT/pid" ;;
is-active) kill -0 "$pid" 2> /dev/null && echo active || { echo inactive; exit 3; } ;;
*) echo "systemctl $verb is not played" >&2; exit 1 ;;
esac
""",
    "journalctl": r"""tail -n 20 "$ROOT/journal" """,
    "runuser": r"""[ "$1 $2 $3" = '-u custodyd --' ] || exit 1; shift 3; exec "$@" """,
    "apt": r"""
[ "$1" = install ] || exit 1; shift
for file; do case $file in ./custodyd_*.deb|./custody_*.deb|./libcustody0_*.deb) ;; *) echo "no package $file" >&2; exit 100 ;; esac; done
""",
    "apt-get": r"""
[ "$1" = update ] && exec test -e "$3"
case "$*" in 'install custodyd custody') ;; *) exit 100 ;; esac
""".replace("$3", "${3#*=}"),
    "dpkg-deb": r"""
[ "$1 $2" = '-x ./custodyd_*.deb' ] || exit 1
mkdir -p "$3/usr/sbin" && ln -s "$BUILD/custodyd" "$3/usr/sbin/custodyd"
""",
    "systemd-sysusers": "exit 0",
    "systemd-tmpfiles": """[ "$*" = --create ]""",
    "make": r"""grep -q "^$1:" "$TOP/Makefile" """,
    # A ledger of the test says so for ever, and its keys are sealed quickly.
    "custodyd": r"""[ "$1" = init ] && set -- "$@" --demonstration; exec "$BUILD/custodyd" "$@" """,
    "custody": r"""exec "$BUILD/custody" "$@" """,
    "chown": "exit 0",
    "install": r"""
words=(); while [ $# -gt 0 ]; do case $1 in -o|-g) shift 2 ;; *) words+=("$1"); shift ;; esac; done
exec /usr/bin/install "${words[@]}"
""",
    "mount": "exit 0",
    "umount": "exit 0",
    "shred": r"""while [ "${1#-}" != "$1" ]; do shift; done; exec rm -f "$@" """,
}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Block:
    """A fenced block, or a comment that only the test sees."""

    def __init__(self, line, kind, text):
        self.line, self.kind, self.text = line, kind, text
        self.shown = []


def blocks():
    """Every block of the guide that is run, with what it says is printed."""
    with open(GUIDE, encoding="utf-8") as file:
        text = file.read()
    found = []
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$|^<!-- test: (.*?)-->$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, match.start()) + 1
        kind = "hidden" if match.group(3) is not None else match.group(1)
        body = match.group(3) if kind == "hidden" else match.group(2)
        if kind == "text":
            assert found and found[-1].kind in ("sh", "hidden"), "line %d: what prints that?" % line
            found[-1].shown = body.splitlines()
        else:
            assert kind in ("sh", "hidden", "ini"), "line %d: a block of kind %r" % (line, kind)
            found.append(Block(line, kind, body))
    return found


class Machine:
    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="guide.")
        self.ports = {"7401": str(free_port()), "7402": str(free_port())}
        for folder in FOLDERS:
            os.makedirs(self.root + folder)
        os.makedirs(self.root + "/home")
        os.makedirs(self.root + "/var/lib/custodyd", mode=0o700)
        played = self.root + "/played"
        os.mkdir(played)
        for name, text in PLAYED.items():
            with open(os.path.join(played, name), "w", encoding="utf-8") as file:
                file.write("#!/bin/bash\n" + text)
            os.chmod(file.name, 0o755)
        for name in ("catalogues", "profiles"):
            os.symlink(os.path.join(TOP, "deploy", name), self.root + "/usr/share/custody/" + name)
        os.makedirs(self.root + "/etc/custodyd")
        os.makedirs(self.root + "/etc/profile.d")
        with open(os.path.join(TOP, "deploy", "custodyd.conf.sample"), encoding="utf-8") as file:
            sample = file.read().replace("1 TiB", "1 GiB").replace("fill_ahead = 64 MiB", "fill_ahead = 1 MiB")
        with open(self.root + "/etc/custodyd/custodyd.conf.sample", "w", encoding="utf-8") as file:
            file.write(self.here(sample))
        open(self.root + "/journal", "w", encoding="utf-8").close()
        self.environment = {**os.environ, "PATH": played + ":/usr/bin:/bin", "ROOT": self.root, "TOP": TOP,
                            "BUILD": os.path.realpath(BUILD), "HOME": self.root + "/home", "LC_ALL": "C.UTF-8"}
        self.environment.pop("MAKEFLAGS", None)

    def here(self, text):
        """The same on the test's machine."""
        for folder in FOLDERS:
            text = re.sub(r"(?<![\w/.])%s(?=[^ \n]|$)" % re.escape(folder), self.root + folder, text)
        text = re.sub(r"tcp://(10\.20\.0\.\d+|127\.0\.0\.1|\*):(740[12])",
                      lambda found: "tcp://127.0.0.1:" + self.ports[found.group(2)], text)
        return text

    def run(self, block):
        script = "set -e\nfor file in %s/etc/profile.d/*.sh; do [ ! -e $file ] || . $file; done\n%s" % (
            self.root, self.here(block.text.replace("[ledger]\n", DEFAULTS)))
        done = subprocess.run(["/bin/bash", "-c", script], cwd=self.root + "/home", env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=12 * DEADLINE, start_new_session=False)
        with open(self.root + "/said", "a", encoding="utf-8") as file:
            file.write(done.stdout)
        return done.returncode, done.stdout

    def log(self):
        with open(self.root + "/journal", encoding="utf-8") as file:
            return file.read()

    def close(self):
        try:
            with open(self.root + "/pid", encoding="ascii") as file:
                os.kill(int(file.read()), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass
        subprocess.run(["rm", "-rf", self.root], check=True)


def says(printed, shown):
    """The first line shown that is not printed, in that order; `...` stands for anything. None: all are."""
    lines = iter(printed.splitlines())
    for wanted in shown:
        pattern = ".*".join(re.escape(part) for part in wanted.strip().split("..."))
        if not any(re.fullmatch(pattern, line.strip()) for line in lines):
            return wanted
    return None


def the_guide_can_be_followed():
    machine = Machine()
    ran = 0
    try:
        for block in blocks():
            if block.kind == "ini":
                continue
            code, printed = machine.run(block)
            shown = [line for line in block.shown if not line.startswith("exit code ")]
            wanted = next((int(line[10:]) for line in block.shown if line.startswith("exit code ")), 0)
            assert code == wanted, "OPERATIONS.md:%d: exit code %d, not %d:\n%s\n%s\n%s" % (
                block.line, code, wanted, block.text, printed[-3000:], machine.log()[-2000:])
            lacking = says(printed, [machine.here(line) for line in shown])
            assert lacking is None, "OPERATIONS.md:%d: %r is not printed by\n%s\nbut\n%s" % (
                block.line, lacking, block.text, printed[-3000:])
            ran += 1
    finally:
        machine.close()
    assert ran > 30, ran
    print("# %d blocks were run" % ran)


def sources():
    """All strings of the daemon's sources, adjacent ones put together."""
    for folder, _, names in [*os.walk(os.path.join(TOP, "daemon")), *os.walk(os.path.join(TOP, "include"))]:
        for name in sorted(names):
            if name.endswith((".c", "status.h")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    yield re.sub(r'"\s*(?:PRI\w+\s*)?"', "", file.read())


def messages():
    """The first column of the guide's table of messages."""
    with open(GUIDE, encoding="utf-8") as file:
        chapter = file.read().split("\n## It does not start")[1].split("\n## ")[0]
    return re.findall(r"^\| `(.*?)` \|", chapter, re.MULTILINE)


def every_message_in_it_is_one_of_the_programs():
    text = "\n".join(sources())
    told = messages()
    assert len(told) > 20, told
    for message in told:
        for part in message.split("..."):
            assert part.strip() in text, "no program says %r" % part.strip()


def every_remedy_of_the_programs_is_in_it():
    told = messages()
    for text in sources():
        for remedy in re.findall(r'LOGGER_TEXT\(\s*"remedy",\s*"(.*?)"\)', text):
            assert any(remedy in message for message in told), "the guide does not explain %r" % remedy


def every_command_that_is_named_exists():
    with open(GUIDE, encoding="utf-8") as file:
        text = re.sub(r"^\| `.*?` \|", "", file.read(), flags=re.MULTILINE)  # messages, not commands
    named = re.findall(r"`(custody|custodyd|ledger) ((?:--?[a-z]+ )*)([a-z-]+)", text)
    assert len(named) > 10, named
    known = {name: subprocess.run([os.path.join(BUILD, name), "help"], capture_output=True, text=True, check=True).stdout
             for name in ("custody", "custodyd")}
    for program, _, command in named:
        program = "custodyd" if program == "ledger" else program
        assert command == "help" or re.search(r"^ +(%s )?%s " % (program, command), known[program], re.MULTILINE), (program, command)


main([the_guide_can_be_followed, every_command_that_is_named_exists, every_message_in_it_is_one_of_the_programs, every_remedy_of_the_programs_is_in_it])
