#!/bin/bash
# test_promtool.sh: Prometheus' own tool reads the rules, makes each alert fire, reads the daemon's figures and the dashboard's
# expressions. Never starts a Prometheus.
set -euo pipefail
command -v promtool > /dev/null || { echo 'not installed: prometheus'; exit 77; }
work=${TMPDIR:?a folder for what this test leaves}
monitoring=deploy/monitoring
bad=0

echo '1..4'
# check <number> <name> <command...>
check() {
    local number=$1 name=$2
    shift 2
    if "$@" > "$work/out" 2>&1; then echo "ok $number - $name"; else
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/out"
        bad=1
    fi
}

# Each expression as the rule that it could be; what Grafana fills in is filled in.
as_rules() {
    /usr/bin/python3 - "$monitoring/custody.dashboard.json" << 'END'
import json
import sys
print("groups:\n  - name: dashboard\n    rules:")
for panel in json.load(open(sys.argv[1], encoding="utf-8"))["panels"]:
    for target in panel.get("targets", []):
        text = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
        name = "panel:%d:%s" % (panel["id"], target["refId"])
        print("      - {record: '%s', expr: '%s'}" % (name, text.replace("'", "''")))
END
}

reads_the_dashboard() {
    as_rules > "$work/dashboard.yml" && promtool check rules "$work/dashboard.yml" &&
        [ "$(grep -c record "$work/dashboard.yml")" -gt 50 ]
}

# The tool ends with 3 when it has something to say about a name, a unit or a type.
reads_the_figures() {
    local settings=(--data "$work/ledger" --key-file "$work/key" --mark-file "$work/mark" --map-size 256MiB
        --metrics-file "$work/custodyd.prom") daemon rc=0 deadline=$((SECONDS + 30))
    "$BUILD/custodyd" init "${settings[@]}" --origin monitoring.example/custody --division 540400 \
        --regulator uscc:11540400DEMO00001X --regulator-name 示例局 --demonstration -o "$work/invitation"
    "$BUILD/custodyd" run "${settings[@]}" --endpoint 'tcp://127.0.0.1:*' --announcements 'tcp://127.0.0.1:*' &
    daemon=$!
    until [ -e "$work/custodyd.prom" ] || ! kill -0 "$daemon" || [ $SECONDS -gt $deadline ]; do sleep 0.05; done
    promtool check metrics < "$work/custodyd.prom" || rc=$?
    kill "$daemon"
    wait "$daemon" || rc=$?
    return "$rc"
}

check 1 'the rules are rules' promtool check rules "$monitoring/custody.rules.yml"
check 2 'each alert fires when it should, and none where all is well' promtool test rules "$monitoring/custody.test.yml"
check 3 'the daemon writes what Prometheus reads' reads_the_figures
check 4 'every expression of the dashboard is one' reads_the_dashboard
exit $bad
