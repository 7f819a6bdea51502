# test_metrics.py: the figures that the real daemon writes, and that dashboard and alert rules name these and no others.
# Never needs Prometheus: tests/monitoring does.
import json
import os
import re
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib_wire import *  # noqa: E402,F403

FOLDER = "deploy/monitoring/"
RULES, TESTS, DASHBOARD = (FOLDER + name for name in ("custody.rules.yml", "custody.test.yml", "custody.dashboard.json"))


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def figures_of(daemon):
    """The file's text, as soon as there is one."""
    end = time.monotonic() + DEADLINE
    while not os.path.exists(daemon.path("custodyd.prom")):
        assert daemon.alive() and time.monotonic() < end, "\n".join(daemon.log)
    return text_of(daemon.path("custodyd.prom"))


def families_of(text):
    """name -> type; every sample must stand beneath its own head, and each family once."""
    families, current = {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current, said = line[7:].split(" ", 1)
            assert said and current not in families, line
            families[current] = None
        elif line.startswith("# TYPE "):
            name, families[current] = line[7:].split(" ")
            assert name == current, line
        else:
            name = re.fullmatch(r'(\w+)(?:\{\w+="[^"]*"(?:,le="[^"]*")?\})? (\+Inf|-?[0-9.]+)', line)
            assert name, line
            assert re.sub(r"_(bucket|sum|count)$", "", name[1]) == current or name[1] == current, line
    return families


def named_in(text):
    """Families that expressions name."""
    return {re.sub(r"_bucket$", "", name) for name in re.findall(r"\bcustody_\w+", text)}


def expressions():
    """Those of the dashboard's panels."""
    return [target["expr"] for panel in json.loads(text_of(DASHBOARD))["panels"] for target in panel.get("targets", [])]


def the_file_is_whole_and_for_others():
    with running() as daemon:
        text = figures_of(daemon)
        mode = stat.S_IMODE(os.stat(daemon.path("custodyd.prom")).st_mode)
        assert mode == 0o644, oct(mode)
        families = families_of(text)
        assert families["custody_journal_entries"] == "gauge" and families["custody_entries_total"] == "counter"
        assert families["custody_commit_seconds"] == "histogram"
        assert 'custody_ledger_info{origin="ledger.test.example/custody"} 1\n' in text, text
        for name, kind in families.items():
            assert name.endswith("_total") == (kind == "counter"), (name, kind)
        assert not [name for name in os.listdir(daemon.folder) if name.endswith(".new")]


def dashboard_and_rules_name_what_there_is():
    with running() as daemon:
        families = set(families_of(figures_of(daemon)))
    rules = "\n".join(re.findall(r"^ +expr: (.*)$", text_of(RULES), re.M))
    shown = "\n".join(expressions())
    assert named_in(rules) and named_in(shown)
    assert not named_in(rules) - families, named_in(rules) - families
    assert not named_in(shown) - families, named_in(shown) - families
    assert not families - named_in(shown), "on no panel: %s" % sorted(families - named_in(shown))


def each_alert_fires_in_a_test():
    alerts = set(re.findall(r"alert: (\w+)", text_of(RULES)))
    fired = set(re.findall(r'alertname="(\w+)"', text_of(TESTS)))
    assert alerts == fired, alerts ^ fired
    for rule in text_of(RULES).split("- alert: ")[1:]:
        assert "severity: page" in rule or "severity: ticket" in rule, rule
        assert "summary: " in rule, rule


def the_dashboard_is_one():
    board = json.loads(text_of(DASHBOARD))
    assert board["title"] and board["uid"] and board["schemaVersion"] >= 36 and board["id"] is None
    variables = {variable["name"] for variable in board["templating"]["list"]}
    taken, numbers = set(), set()
    for panel in board["panels"]:
        assert panel["title"] and panel["type"] in ("row", "stat", "timeseries"), panel
        assert panel["id"] not in numbers, panel["id"]
        numbers.add(panel["id"])
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["fieldConfig"]["defaults"]["unit"] and panel["targets"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]), panel["title"]
        for target in panel["targets"]:
            used = set(re.findall(r"\$(\w+)", target["expr"]))
            assert used <= variables | {"__rate_interval"} and "instance" in used, target


def the_command_prints_the_same():
    with running() as daemon:
        text = figures_of(daemon)
        done = daemon.run("metrics")
        assert done.returncode == 0 and families_of(done.stdout) == families_of(text), done
        os.utime(daemon.path("custodyd.prom"), (time.time() - 3600, time.time() - 3600))
        done = daemon.run("metrics")
        assert done.returncode == 1 and "the daemon does not run" in done.stderr and done.stdout, done
        assert daemon.run("metrics", "--metrics-file", "none").returncode == 2
        assert daemon.stop() == 0
        # Figures of a daemon that is gone are no figures.
        assert not os.path.exists(daemon.path("custodyd.prom"))
        done = daemon.run("metrics")
        assert done.returncode == 4 and "does the daemon run?" in done.stderr, done


def a_file_that_cannot_be_written_is_said_and_stops_nobody():
    with running("--metrics-file", "/proc/none/custodyd.prom") as daemon:
        assert "/proc/none/custodyd.prom" in daemon.wait_for("op=metrics")
        _, client = daemon.enrol()
        assert counters(client)["statements_granted"] == 1
        client.close()
    with running("--metrics-file", "none") as daemon:
        assert not any("op=metrics" in line for line in daemon.log)


def problems_are_counted_by_their_reason():
    with running() as daemon:
        author, client = daemon.enrol()
        outcome, body = client.request(SUBMIT, bytes(64) + author.statement(65, b"")[64:])
        assert body.name == "bad_signature", body
        outcome, body = client.request(SUBMIT, author.statement(65, b""))
        assert outcome == 0, body
        seen = counters(client)
        assert seen["problems_bad_signature"] == 1 and seen["turned_away"] == 1, seen
        assert not [name for name in seen if name.startswith("problems_") and name != "problems_bad_signature"], seen
        assert seen["entries"] == 2 and seen["requests_submit"] == 3, seen
        client.close()


def doctor_and_retention_look_beside_it():
    with running() as daemon:
        author, client = daemon.enrol()
        assert client.request(SUBMIT, author.statement(65, b""))[0] == 0
        done = daemon.run("doctor")
        lines = {line[2:].split()[0]: line[13:] for line in done.stdout.splitlines()}
        assert list(lines) == ["ledger", "disk", "journal", "look-ups", "annex", "map", "backup", "drill", "scrub",
                               "clock", "ledger-key", "keys", "permits", "catalogue", "calendar", "behind", "crashes"], done
        assert lines["journal"].endswith(" MiB a day") and "is full in" in lines["map"], lines
        done = daemon.run("retention")
        assert done.returncode == 0 and done.stdout.startswith("Entries stand for ever."), done
        year = time.gmtime().tm_year
        rows = [line.split() for line in done.stdout.splitlines() if re.match(r"\d{4} ", line)]
        assert rows and abs(int(rows[-1][0]) - year) <= 1 and sum(int(row[1]) for row in rows) == 5, done.stdout
        done = daemon.run("retention", "--list")
        records = [line.split("\t") for line in done.stdout.splitlines()]
        assert records and all(len(record) == 6 and len(record[0]) == 64 for record in records), done
        assert {record[5] for record in records} == {"time"}, records
        client.close()


main([the_file_is_whole_and_for_others, dashboard_and_rules_name_what_there_is, each_alert_fires_in_a_test,
      the_dashboard_is_one, the_command_prints_the_same, a_file_that_cannot_be_written_is_said_and_stops_nobody,
      problems_are_counted_by_their_reason, doctor_and_retention_look_beside_it])
