#!/bin/bash
# deb-bundle.sh: puts the built packages and all that they need to run into build/deb/bundle, with an index for apt.
# Never installs anything, and asks no questions of the packages that this machine has: it takes this machine's
# sources of apt, and behaves as if nothing were installed.
set -euo pipefail
cd "$(dirname "$0")/.."
bundle=$PWD/build/deb/bundle
state=$(mktemp -d "${TMPDIR:-/tmp}/custody-bundle.XXXXXX")
trap 'rm -rf "$state"' EXIT

rm -rf "$bundle"
mkdir -p "$bundle" "$state/lists/partial" "$state/archives/partial"
: > "$state/status"
apt() {
    apt-get -qq -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
        -o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives" -o Debug::NoLocking=1 \
        -o APT::Sandbox::User="$(id -un)" "$@" < /dev/null
}
cp build/deb/custodyd_*.deb build/deb/custody_*.deb build/deb/custody-paper_*.deb build/deb/libcustody0_*.deb "$bundle"
apt update
apt --yes --no-install-recommends --download-only install "$bundle"/*.deb > "$state/log" || { cat "$state/log" >&2; exit 1; }
cp "$state"/archives/*.deb "$bundle"

cd "$bundle"
apt-ftparchive packages . > Packages
cat > README <<'END'
The packages of custody, and everything that they need beyond an empty Debian of the release and architecture
that this folder was made on. Copy the folder to the machine, where it has no network, and as root:

    sha256sum --check SHA256SUMS
    echo "deb [trusted=yes] file:/srv/bundle ./" > /etc/apt/sources.list.d/custody.list    # where the folder lies
    apt-get update -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/custody.list -o Dir::Etc::sourceparts=-
    apt-get install custodyd custody

Where labels and forms are to be printed: also custody-paper. apt takes from here only what the machine lacks. Remove custody.list afterwards. "trusted" says that nobody but
you vouches for these files: compare SHA256SUMS with that of the machine where the folder was made.
END
sha256sum ./*.deb Packages README > SHA256SUMS
set -- ./*.deb
echo "$# packages, $(du -sh . | cut -f1): $bundle"
