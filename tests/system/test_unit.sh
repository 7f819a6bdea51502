#!/bin/bash
# test_unit.sh: systemd can read what we ship, and finds it closed.
# Never starts a service.
set -euo pipefail
command -v systemd-analyze > /dev/null || { echo 'systemd-analyze is not installed'; exit 77; }
daemon=$(realpath "${CUSTODYD:-$BUILD/custodyd}")
work=${TMPDIR:-/tmp}
bad=0

echo '1..5'
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

# verify wants the program to exist; this one stands for the installed one.
reads_the_unit() {
    sed "s#/usr/sbin/custodyd#$daemon#" deploy/custodyd.service > "$work/custodyd.service"
    systemd-analyze verify --man=no "$work/custodyd.service" 2>&1 | tee "$work/said"
    [ ! -s "$work/said" ]
}
is_closed() { systemd-analyze security --offline=true --threshold=15 deploy/custodyd.service; }
reads_sysusers() { systemd-sysusers --dry-run "$PWD/deploy/sysusers.conf"; }
# What the unit runs is a command that exists, and the shipped sample is in order.
starts_what_it_says() {
    local line
    while IFS= read -r line; do
        # shellcheck disable=SC2086
        set -- ${line#*=/usr/sbin/custodyd}
        [ "$1 $2 $3" = 'run --config /etc/custodyd/custodyd.conf' ] || return 1
        "$daemon" run --config deploy/custodyd.conf.sample --check-config || return 1
    done < <(grep '^ExecStart' deploy/custodyd.service)
}

# No line asks systemd for root's powers, and none is left over.
never_is_root() {
    grep -qx 'User=custodyd' deploy/custodyd.service &&
        grep -qx 'CapabilityBoundingSet=' deploy/custodyd.service &&
        grep -qx 'AmbientCapabilities=' deploy/custodyd.service &&
        grep -qx 'NoNewPrivileges=yes' deploy/custodyd.service &&
        ! grep -E '^(PermissionsStartOnly|DynamicUser)=|^Exec[A-Za-z]*=[-@:]*[+!]' deploy/custodyd.service
}

check 1 'systemd reads the unit without complaint' reads_the_unit
check 2 'its exposure is at most 1.5' is_closed
check 3 'sysusers reads its file' reads_sysusers
check 4 'it starts a command that exists, with settings that are in order' starts_what_it_says
check 5 'nothing in it runs as root' never_is_root
exit $bad
