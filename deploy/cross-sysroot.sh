#!/bin/bash
# cross-sysroot.sh: the libraries of another Debian architecture in a folder, to compile and run for it. Changes nothing of this system:
# apt works on lists and a cache of its own, from this system's sources.
#
#   deploy/cross-sysroot.sh ARCHITECTURE FOLDER PACKAGE...
set -euo pipefail
architecture=$1 folder=$(realpath -m "$2")
shift 2
packages=("$@")

apt=$folder/apt
rm -rf "$folder"
mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$folder/tree/usr/lib" "$folder/tree/usr/bin" "$folder/tree/usr/sbin"
: > "$apt/status"
options=(-qq -o "Dir::State=$apt" -o "Dir::State::status=$apt/status" -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt" -o "Dir::Cache::archives=$apt/archives" -o "APT::Architecture=$architecture"
    -o "APT::Architectures=$architecture" -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0
    -o APT::Install-Recommends=false)

apt-get "${options[@]}" update
# Everything they depend on, since this status knows of nothing that is installed.
apt-get "${options[@]}" --download-only -y install "${packages[@]}"

# As on an installed system, /lib is /usr/lib.
ln -s usr/lib "$folder/tree/lib"
ln -s usr/bin "$folder/tree/bin"
ln -s usr/sbin "$folder/tree/sbin"
for package in "$apt"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$folder/tree" \
        --exclude='./usr/share/*' --exclude='./dev/*'
done
# Links that start at the root would lead out of the folder.
find "$folder/tree" -lname '/*' | while read -r link; do
    ln -sfn "$folder/tree$(readlink "$link")" "$link"
done
rm -rf "$apt"
