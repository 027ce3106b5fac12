#!/bin/sh
# lock.sh: pins what the build, the tests, the fuzzing and the comparisons download, to the versions of today: tools/locks/*.txt. Needs uv.
# Run it when pyproject.toml asks for something else, or for newer versions (UPGRADE=1). The result is one list for all
# Pythons from 3.11 on, without the address of any registry.
set -eu
cd "$(dirname "$0")/.."

lock() { # file, extra, more options
    file=tools/locks/$1.txt extra=$2
    shift 2
    [ -z "${UPGRADE:-}" ] || rm -f "$file"
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-package peerapi --extra "$extra" "$@" -o "$file" pyproject.toml
}

echo pip >"${more:=$(mktemp)}" # the tests install wheels, and an environment made by uv has no pip
lock test test "$more"
# The last release of atheris with wheels for Python 3.11.
echo 'atheris<3.1' >"$more"
lock fuzz fuzz --constraints tools/locks/test.txt --constraints "$more"
# What `make bench-peers` compares with.
lock peers peers --constraints tools/locks/test.txt
rm "$more"
