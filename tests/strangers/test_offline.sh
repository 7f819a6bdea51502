#!/bin/bash
# test_offline.sh: the strangers' own ground: the document's example, published vectors, and whether
# the Python half and the Go half agree on trees that neither custodyd nor custody made.
# shellcheck source=tests/strangers/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
need

stranger --seed "$seed" --self-test --make-bundles "$TMPDIR/made"
go build -o "$TMPDIR/verify" "$strangers/verify.go"
"$TMPDIR/verify" "$TMPDIR"/made/*
