// verify.go: what golang.org/x/mod/sumdb/note and tlog say of a custody ledger's checkpoints and proofs.
// Never uses code of ours, and never talks to a ledger.
//
//	verify folder...
//
// Each folder holds raw files: vkey, old and new (checkpoints), entry, inclusion and consistency
// (hashes of 32 bytes, one behind the other). They must be accepted as they are, and rejected after
// every change of one bit of any of them. A seventh file, leaves, has the leaf hashes of the whole
// tree: from it tlog must make the same roots and the same proofs. A folder may instead hold vkey and
// proof, a C2SP tlog-proof with the entry in its line `extra`.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type bundle map[string][]byte

type proof struct {
	old, new    tlog.Tree
	index       int64
	inclusion   tlog.RecordProof
	consistency tlog.TreeProof
}

// openVkey is note.NewVerifier, and besides takes only the one spelling of a key: the library also
// reads an id in capitals.
func openVkey(file []byte) (note.Verifier, error) {
	text := strings.TrimSuffix(string(file), "\n")
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return nil, err
	}
	prefix := fmt.Sprintf("%s+%08x+", verifier.Name(), verifier.KeyHash())
	if len(text)+1 != len(file) || !strings.HasPrefix(text, prefix) {
		return nil, errors.New("vkey: another spelling")
	}
	return verifier, nil
}

// openCheckpoint is note.Open with one key, and the three lines of a checkpoint.
func openCheckpoint(data []byte, verifier note.Verifier) (tlog.Tree, error) {
	var tree tlog.Tree
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
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tree, errors.New("not a checkpoint of this origin")
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || tree.N < 0 || strconv.FormatInt(tree.N, 10) != lines[1] {
		return tree, errors.New("the size is no number")
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func hashes(data []byte) ([]tlog.Hash, error) {
	if len(data)%tlog.HashSize != 0 {
		return nil, errors.New("hashes of another length")
	}
	list := make([]tlog.Hash, len(data)/tlog.HashSize)
	for i := range list {
		copy(list[i][:], data[i*tlog.HashSize:])
	}
	return list, nil
}

// remake builds the tree by tlog's own hand and lets it make the roots and both proofs.
func (p *proof) remake(leaves []tlog.Hash) error {
	if int64(len(leaves)) != p.new.N {
		return errors.New("the leaves are not those of the new tree")
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			list[i] = stored[x]
		}
		return list, nil
	})
	for i, leaf := range leaves {
		more, err := tlog.StoredHashesForRecordHash(int64(i), leaf, reader)
		if err != nil {
			return err
		}
		stored = append(stored, more...)
	}
	for _, tree := range []tlog.Tree{p.old, p.new} {
		root, err := tlog.TreeHash(tree.N, reader)
		if err != nil {
			return err
		}
		if root != tree.Hash {
			return errors.New("the leaves have another root")
		}
	}
	record, err := tlog.ProveRecord(p.new.N, p.index, reader)
	if err != nil {
		return err
	}
	tree, err := tlog.ProveTree(p.new.N, p.old.N, reader)
	if err != nil {
		return err
	}
	if !equal(record, p.inclusion) || !equal(tree, p.consistency) {
		return errors.New("tlog makes another proof")
	}
	return nil
}

func equal(a, b []tlog.Hash) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// checkEntry shows that the entry stands in the new tree, at the number that it says at offset 8.
func (p *proof) checkEntry(entry []byte) error {
	if len(entry) < 16 {
		return errors.New("an entry shorter than its head")
	}
	number := binary.BigEndian.Uint64(entry[8:])
	if number >= uint64(p.new.N) {
		return errors.New("a number beyond the tree")
	}
	p.index = int64(number)
	leaf := tlog.RecordHash(entry)
	return tlog.CheckRecord(p.inclusion, p.new.N, p.new.Hash, p.index, leaf)
}

// verifyText reads a tlog-proof and checks it.
func verifyText(text []byte, verifier note.Verifier) (p proof, err error) {
	head, checkpoint, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" ||
		!strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return p, errors.New("not a tlog-proof")
	}
	if p.new, err = openCheckpoint([]byte(checkpoint), verifier); err != nil {
		return p, err
	}
	entry, err := base64.StdEncoding.Strict().DecodeString(lines[1][6:])
	if err != nil {
		return p, err
	}
	for _, line := range lines[3:] {
		// tlog.ParseHash would let the unused bits of the last digit be anything.
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return p, errors.New("not a hash")
		}
		p.inclusion = append(p.inclusion, *(*tlog.Hash)(hash))
	}
	if err := p.checkEntry(entry); err != nil {
		return p, err
	}
	if lines[2][6:] != strconv.FormatInt(p.index, 10) {
		return p, errors.New("the index of another entry")
	}
	return p, nil
}

// verify reads the files and checks them; the error is nil only if all of it holds.
func verify(b bundle) (p proof, err error) {
	verifier, err := openVkey(b["vkey"])
	if err != nil {
		return p, err
	}
	if text, ok := b["proof"]; ok {
		return verifyText(text, verifier)
	}
	if p.old, err = openCheckpoint(b["old"], verifier); err != nil {
		return p, err
	}
	if p.new, err = openCheckpoint(b["new"], verifier); err != nil {
		return p, err
	}
	if p.inclusion, err = hashes(b["inclusion"]); err != nil {
		return p, err
	}
	if p.consistency, err = hashes(b["consistency"]); err != nil {
		return p, err
	}
	if err := p.checkEntry(b["entry"]); err != nil {
		return p, err
	}
	if p.old.N < 1 || p.old.N > p.new.N {
		return p, errors.New("the old checkpoint is not the older")
	}
	return p, tlog.CheckTree(p.consistency, p.new.N, p.new.Hash, p.old.N, p.old.Hash)
}

func read(folder string) (bundle, error) {
	b := bundle{}
	names := []string{"vkey", "old", "new", "entry", "inclusion", "consistency"}
	if _, err := os.Stat(filepath.Join(folder, "proof")); err == nil {
		names = []string{"vkey", "proof"}
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		b[name] = data
	}
	return b, nil
}

// everyBit changes each bit of each file in turn; it gives the number of changes, all rejected.
func everyBit(b bundle) (int, error) {
	tried := 0
	for name, data := range b {
		for bit := 0; bit < len(data)*8; bit++ {
			data[bit/8] ^= 1 << (bit % 8)
			if _, err := verify(b); err == nil {
				return tried, fmt.Errorf("bit %d of %s changed, and nobody minds", bit, name)
			}
			data[bit/8] ^= 1 << (bit % 8)
			tried++
		}
	}
	return tried, nil
}

func examine(number int, folder string) error {
	b, err := read(folder)
	if err != nil {
		return err
	}
	p, err := verify(b)
	if err != nil {
		return err
	}
	also := ""
	data, err := os.ReadFile(filepath.Join(folder, "leaves"))
	if err == nil {
		leaves, err := hashes(data)
		if err != nil {
			return err
		}
		if err := p.remake(leaves); err != nil {
			return err
		}
		also = ", as tlog makes it"
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	tried, err := everyBit(b)
	if err != nil {
		return err
	}
	if p.old.N > 0 {
		also = fmt.Sprintf(", grown from %d", p.old.N) + also
	}
	fmt.Printf("ok %d - verify.go: %s: entry %d of %d%s: accepted; rejected after each of %d one-bit changes\n",
		number, filepath.Base(folder), p.index, p.new.N, also, tried)
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: verify folder...")
		os.Exit(64)
	}
	for i, folder := range os.Args[1:] {
		if err := examine(i+1, folder); err != nil {
			fmt.Printf("not ok %d - verify.go: %s: %v\n", i+1, filepath.Base(folder), err)
			os.Exit(1)
		}
	}
}
