#!/bin/bash
# deb-check.sh: a fresh Debian, no network, the bundle: a ledger's life with the packages, from the first installation
# to the purge; and once more with a network and the library.
# Never touches this machine's own packages, users or ledgers. Needs root; says skipped without it or debootstrap.
#
#   deploy/deb-check.sh [suite] [mirror]
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-bookworm}
mirror=${2:-http://deb.debian.org/debian}
work=$(mktemp -d "${TMPDIR:-/tmp}/custody-deb.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM

# able: root that may make devices and namespaces, which root in a container often may not.
able() {
    [ "$(id -u)" = 0 ] && command -v debootstrap && mknod "$work/null" c 1 3 && echo > "$work/null" &&
        unshare --mount --pid --fork --uts --ipc --cgroup --net mount -t tmpfs tmpfs "$work"
}
if ! able > /dev/null 2>&1; then
    echo 'skipped: needs debootstrap and a root that may make devices and namespaces'
    exit 0
fi
say() { printf '=== %4d s  %s\n' $SECONDS "$*"; }

# quietly <log> <command>...: its output only if it fails.
quietly() {
    local log=$work/$1.log
    shift
    "$@" > "$log" 2>&1 < /dev/null || {
        tail -n 60 "$log" >&2
        say "failed: $*"
        exit 1
    }
}

# another <version> <name> [maintainer script]: the same custodyd under a higher version; the script, if named, fails.
another() {
    local version=$1 folder=$work/$2
    dpkg-deb -R "$(echo build/deb/custodyd_*.deb)" "$folder"
    sed -i "s/^Version: .*/Version: $version/" "$folder/DEBIAN/control"
    if [ -n "${3:-}" ]; then
        printf '#!/bin/sh\nexit 1\n' > "$folder/DEBIAN/$3"
        chmod 755 "$folder/DEBIAN/$3"
    fi
    dpkg-deb --root-owner-group -b "$folder" "$work/offline/srv/$2.deb" > /dev/null
}

say "a fresh $suite"
# It mounts what its packages need, in a space that ends with it.
quietly debootstrap unshare --mount debootstrap --variant=minbase "$suite" "$work/offline" "$mirror"
# dpkg syncs every file that it unpacks; a folder that is thrown away needs that least of all.
echo force-unsafe-io > "$work/offline/etc/dpkg/dpkg.cfg.d/unsafe"
cp -a "$work/offline" "$work/online"

say 'without a network: install, found, serve, back up, restore, upgrade, remove, purge'
cp -r build/deb/bundle deploy/debian/tests deploy/deb-life.sh "$work/offline/srv"
version=$(dpkg-parsechangelog -l deploy/debian/changelog -S Version)
another "$version+next1" next
another "$version+next2" refuses preinst
another "$version+next3" breaks postinst
another "$version+next4" mends
quietly install deploy/deb-machine.sh "$work/offline" /srv/deb-life.sh install
boot=(--boot)
if ! unshare --mount --cgroup mount -t cgroup2 cgroup2 "$work" 2> /dev/null; then
    say 'no control groups here: the daemon is started as the unit says, but not by systemd'
    boot=()
fi
if ! timeout -s KILL 900 deploy/deb-machine.sh "${boot[@]}" "$work/offline" /srv/deb-life.sh live; then
    tail -n 60 "$work/offline/srv/said" >&2
    say 'failed'
    exit 1
fi
grep '^---' "$work/offline/srv/said"

say 'with a network: install all of it, build against the library'
mkdir "$work/online/srv/deb"
cp build/deb/custody*_*.deb build/deb/libcustody*_*.deb "$work/online/srv/deb"
cp deploy/debian/tests/library "$work/online/srv"
cp /etc/resolv.conf "$work/online/etc/resolv.conf"
rm -f "$work/online/srv/deb/"*-dbgsym_*
quietly online deploy/deb-machine.sh --network "$work/online" sh -c 'apt-get -qq update && apt-get -qq -y --no-install-recommends \
    -o APT::Sandbox::User=root install /srv/deb/*.deb gcc libc6-dev pkgconf'
quietly library deploy/deb-machine.sh "$work/online" /srv/library
say 'the packages hold'
