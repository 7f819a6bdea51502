#!/bin/bash
# deb-build.sh: makes the Debian packages from the tracked files, under build/deb, and has lintian read them.
# Never installs anything, and writes nowhere else.
#
#   deploy/deb-build.sh           the packages and their source package
#   TWICE=1 deploy/deb-build.sh   and once more in another folder: both must be the same, byte for byte
# DEB_BUILD_OPTIONS is dpkg-buildpackage's own: nocheck runs no test.
set -euo pipefail
cd "$(dirname "$0")/.."
# What the caller's make was told is not for the packages.
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES SANITIZE ONLY PREFIX DESTDIR

version=$(sed -n 's/.*CUSTODY_VERSION "\(.*\)".*/\1/p' include/custody/version.h)
packaged=$(dpkg-parsechangelog -l deploy/debian/changelog -S Version)
if [ "${packaged%-*}" != "$version" ]; then
    echo "include/custody/version.h says $version, deploy/debian/changelog says $packaged" >&2
    exit 1
fi
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l deploy/debian/changelog -S Timestamp)
export SOURCE_DATE_EPOCH
# debhelper gives a build an empty home; a compiler that is ccache would forget everything with it.
export CCACHE_DIR=${CCACHE_DIR:-$HOME/.cache/ccache}

# tree <folder>: the tracked files as they are now, or, where there is no git, all but what was built.
tree() {
    mkdir -p "$1"
    if git rev-parse --git-dir > /dev/null 2>&1; then git ls-files -z; else
        find . \( -path ./build -o -path ./.git \) -prune -o \( -type f -o -type l \) -print0; fi |
        tar --create --null --no-recursion --ignore-failed-read --files-from=- | tar --extract --directory="$1"
}

# packages <folder>: build in <folder>/custody-VERSION; the packages lie in <folder> then.
packages() {
    local folder=$1 name=custody-$version
    rm -rf "$folder"
    tree "$folder/$name"
    tar --create --xz --directory="$folder" --file="$folder/custody_$version.orig.tar.xz" --sort=name \
        --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=go=rX,u+rw "$name"
    cp -r deploy/debian "$folder/$name/debian"
    if ! (cd "$folder/$name" && dpkg-buildpackage -us -uc) > "$folder/log" 2>&1; then
        tail -n 60 "$folder/log" >&2
        echo "not built; all of it is in $folder/log" >&2
        exit 1
    fi
    rm -rf "${folder:?}/$name"
}

packages build/deb
if [ -n "${TWICE:-}" ]; then
    packages build/deb-again/elsewhere
    for deb in build/deb/*.deb build/deb/*.dsc build/deb/*.tar.xz; do
        cmp "$deb" "build/deb-again/elsewhere/${deb##*/}"
    done
    rm -rf build/deb-again
    echo 'built twice, in two folders: the same byte for byte'
fi
grep -E '^[0-9]+ passed, [0-9]+ failed' build/deb/log || echo 'no tests were run (nocheck)'

# Informational and pedantic tags count as well; what is meant so has its reason in an override file. One tag is left out:
# it takes machine code for words ("Addd"), others after every change of the sources.
lintian --allow-root -EIL +pedantic --fail-on error,warning,info,pedantic,experimental \
    --suppress-tags spelling-error-in-binary build/deb/custody_*.changes
echo 'lintian: nothing to complain about'
for deb in build/deb/*.deb; do
    printf '%9s  %s\n' "$(stat -c %s "$deb")" "$deb"
done
