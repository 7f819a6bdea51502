#!/usr/bin/env python3
"""bundles.py: reads an exported ledger, a folder of C2SP tlog-tiles, from the specification alone.
Never uses code of ours, and needs no ledger.

    bundles.py VKEY-FILE FOLDER

Every entry is cut out of tile/entries, parsed, hashed, and looked up in tile/0; the root of all of them
must be the one that the ledger signed."""
import pathlib
import struct
import sys

from formats import check, leaf_hash, read_checkpoint, read_entry, read_vkey_file, tree_root

WIDTH = 256


def path_of(folder, index, width):
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    return pathlib.Path(folder, *groups).as_posix() + (f".p/{width}" if width < WIDTH else "")


def cut(bundle, width):
    entries, at = [], 0
    while at < len(bundle):
        check(len(bundle) >= at + 2, "a bundle that ends within a length")
        (length,) = struct.unpack_from(">H", bundle, at)
        check(len(bundle) >= at + 2 + length, "a bundle that ends within an entry")
        entries.append(bundle[at + 2:at + 2 + length])
        at += 2 + length
    check(len(entries) == width, "a bundle of another number of entries")
    return entries


def main(vkey_file, folder):
    folder = pathlib.Path(folder)
    vkey = read_vkey_file(pathlib.Path(vkey_file).read_bytes())
    head = read_checkpoint((folder / "checkpoint").read_bytes(), vkey.name, vkey)
    leaves = []
    for first in range(0, head.size, WIDTH):
        width = min(WIDTH, head.size - first)
        tile = (folder / path_of("tile/0", first // WIDTH, width)).read_bytes()
        bundle = (folder / path_of("tile/entries", first // WIDTH, width)).read_bytes()
        check(len(tile) == 32 * width, "a tile of another length")
        for i, entry in enumerate(cut(bundle, width)):
            check(read_entry(entry)[0].number == first + i, "an entry of another number")
            leaf = leaf_hash(entry)
            check(tile[32 * i:32 * i + 32] == leaf, f"entry {first + i} is not the tile's")
            leaves.append(leaf)
    check(tree_root(leaves) == head.root, "the root is another")
    print(f"ok 1 - bundles.py: {head.size} entries in bundles, as the specification has them")


if __name__ == "__main__":
    main(*sys.argv[1:])
