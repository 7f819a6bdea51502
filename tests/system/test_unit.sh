#!/bin/bash
# test_unit.sh: systemd can read what we ship, and finds it closed.
# Never starts a service.
set -euo pipefail
command -v systemd-analyze > /dev/null || { echo 'systemd-analyze is not installed'; exit 77; }
daemon=$(realpath "${CUSTODYD:-$BUILD/custodyd}")
work=${TMPDIR:-/tmp}
bad=0

echo '1..6'
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

# verify wants the program to exist; this one stands for the installed one. A timer is read beside its service.
reads_the_units() {
    local unit
    for unit in deploy/*.service deploy/*.timer; do
        sed "s#/usr/sbin/custodyd#$daemon#" "$unit" > "$work/${unit##*/}"
    done
    systemd-analyze verify --man=no "$work"/*.service "$work"/*.timer 2>&1 | tee "$work/said"
    [ ! -s "$work/said" ]
}
are_closed() {
    local unit
    for unit in deploy/*.service; do
        systemd-analyze security --offline=true --threshold=15 "$unit" || return 1
    done
}
reads_sysusers() { systemd-sysusers --dry-run "$PWD/deploy/sysusers.conf"; }
# What the units run are commands that exist, and the shipped sample is in order.
start_what_they_say() {
    local line count=0
    while IFS= read -r line; do
        line=${line#*=/usr/sbin/custodyd }
        [[ $line == *' --config /etc/custodyd/custodyd.conf'* ]] || return 1
        # shellcheck disable=SC2086
        "$daemon" ${line/\/etc\/custodyd\/custodyd.conf/deploy\/custodyd.conf.sample} --check-config || return 1
        count=$((count + 1))
    done < <(grep -h '^ExecStart' deploy/*.service)
    [ "$count" = 5 ]
}
every_timer_has_its_service() {
    local timer
    for timer in deploy/*.timer; do
        [ -e "${timer%.timer}.service" ] || return 1
        systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$timer")" || return 1
    done
}

# No line asks systemd for root's powers, and none is left over.
is_never_root() {
    local unit
    for unit in deploy/*.service; do
        grep -qx 'User=custodyd' "$unit" &&
            grep -qx 'CapabilityBoundingSet=' "$unit" &&
            grep -qx 'AmbientCapabilities=' "$unit" &&
            grep -qx 'NoNewPrivileges=yes' "$unit" &&
            ! grep -E '^(PermissionsStartOnly|DynamicUser)=|^Exec[A-Za-z]*=[-@:]*[+!]' "$unit" || return 1
    done
}

check 1 'systemd reads the units without complaint' reads_the_units
check 2 'their exposure is at most 1.5' are_closed
check 3 'sysusers reads its file' reads_sysusers
check 4 'they start commands that exist, with settings that are in order' start_what_they_say
check 5 'every timer has its service, and a time that comes' every_timer_has_its_service
check 6 'nothing in them runs as root' is_never_root
exit $bad
