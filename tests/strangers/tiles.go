// tiles.go: what golang.org/x/mod/sumdb/tlog reads in an exported ledger, a folder of C2SP tlog-tiles.
// Never uses code of ours, and never talks to a ledger.
//
//	tiles vkey-file older newer
//
// Two exports of one ledger. Every tile is authenticated by tlog.TileHashReader against the signed
// checkpoint; every entry of the bundles must have an inclusion proof, and the newer tree must continue
// the older. One bit changed in any file of the newer export must be found.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8
const width = 1 << height

// archive is a folder of tiles; `changed` is the bit of a file that is read otherwise than it is.
type archive struct {
	folder  string
	changed string
	bit     int64
}

func (a *archive) read(name string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(a.folder, name))
	if err == nil && name == a.changed {
		data[a.bit/8] ^= 1 << (a.bit % 8)
	}
	return data, err
}

// Height, ReadTiles and SaveTiles make it a tlog.TileReader. The library writes a height into its paths,
// which C2SP leaves out.
func (a *archive) Height() int { return height }

func (a *archive) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var list [][]byte
	for _, tile := range tiles {
		rest := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
		data, err := a.read("tile/" + rest)
		if err != nil {
			return nil, err
		}
		list = append(list, data)
	}
	return list, nil
}

func (a *archive) SaveTiles([]tlog.Tile, [][]byte) {}

func (a *archive) tree(verifier note.Verifier) (tree tlog.Tree, err error) {
	data, err := a.read("checkpoint")
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	// The library lets the unused bits of the last base64 digit be anything; PROTOCOL.md 5.4 does not.
	for _, sig := range opened.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return tree, err
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, errors.New("not a checkpoint of this origin")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// entries reads a bundle, whose path is that of the data tile in the library, but for its names.
func (a *archive) entries(size, index int64) ([][]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index, W: width}
	if left := size - index*width; left < width {
		tile.W = int(left)
	}
	rest := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/data/", height))
	data, err := a.read("tile/entries/" + rest)
	var list [][]byte
	for err == nil && len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("a bundle that ends within an entry")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		list = append(list, data[2:end])
		data = data[end:]
	}
	if err == nil && len(list) != tile.W {
		err = errors.New("a bundle of another number of entries")
	}
	return list, err
}

// verify reads all of the archive; nil only if every entry is in the tree that is signed.
func (a *archive) verify(verifier note.Verifier, proofs int64) (tree tlog.Tree, err error) {
	if tree, err = a.tree(verifier); err != nil {
		return tree, err
	}
	reader := tlog.TileHashReader(tree, a)
	for first := int64(0); first < tree.N; first += width {
		entries, err := a.entries(tree.N, first/width)
		if err != nil {
			return tree, err
		}
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, first+int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return tree, err
		}
		for i, entry := range entries {
			number := first + int64(i)
			if tlog.RecordHash(entry) != hashes[i] {
				return tree, fmt.Errorf("entry %d is not the tree's", number)
			}
			if len(entry) < 16 || int64(binary.BigEndian.Uint64(entry[8:])) != number {
				return tree, fmt.Errorf("entry %d says another number", number)
			}
			if number%proofs != 0 {
				continue
			}
			proof, err := tlog.ProveRecord(tree.N, number, reader)
			if err != nil {
				return tree, err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, number, hashes[i]); err != nil {
				return tree, err
			}
		}
	}
	return tree, nil
}

func continues(newer *archive, old, new tlog.Tree) error {
	proof, err := tlog.ProveTree(new.N, old.N, tlog.TileHashReader(new, newer))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, new.N, new.Hash, old.N, old.Hash)
}

// current gives the files that a reader of this tree needs: older partial tiles are nobody's by now.
func (a *archive) current(size int64) ([]string, error) {
	var list []string
	err := filepath.WalkDir(a.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(a.folder, path)
		if stem, w, ok := strings.Cut(name, ".p/"); ok && err == nil {
			level, _ := strconv.Atoi(strings.Split(stem, "/")[1])
			if w != strconv.FormatInt(size>>(height*level)%width, 10) {
				return nil
			}
		}
		list = append(list, name)
		return err
	})
	return list, err
}

// everyFile changes one bit in a thousand of every file, one after the other.
func everyFile(a *archive, tree tlog.Tree, verifier note.Verifier) (files, tried int, err error) {
	names, err := a.current(tree.N)
	if err != nil {
		return 0, 0, err
	}
	for _, name := range names {
		data, err := a.read(name)
		if err != nil {
			return files, tried, err
		}
		stride := int64(len(data))*8/25 + 1
		for bit := stride / 2; bit < int64(len(data))*8; bit += stride {
			changed := &archive{a.folder, name, bit}
			if _, err := changed.verify(verifier, 1<<62); err == nil {
				return files, tried, fmt.Errorf("bit %d of %s changed, and nobody minds", bit, name)
			}
			tried++
		}
		files++
	}
	return files, tried, nil
}

func examine(vkeyFile, older, newer string) error {
	text, err := os.ReadFile(vkeyFile)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	first, second := &archive{folder: older}, &archive{folder: newer}
	old, err := first.verify(verifier, 7)
	if err != nil {
		return fmt.Errorf("%s: %w", older, err)
	}
	new, err := second.verify(verifier, 7)
	if err != nil {
		return fmt.Errorf("%s: %w", newer, err)
	}
	if err := continues(second, old, new); err != nil {
		return err
	}
	files, tried, err := everyFile(second, new, verifier)
	if err != nil {
		return err
	}
	fmt.Printf("ok 1 - tiles.go: %d entries, grown from %d, as tlog reads them; %d changes of one bit found in %d files\n",
		new.N, old.N, tried, files)
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: tiles vkey-file older newer")
		os.Exit(64)
	}
	if err := examine(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Printf("not ok 1 - tiles.go: %v\n", err)
		os.Exit(1)
	}
}
