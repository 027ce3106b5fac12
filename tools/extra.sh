#!/bin/sh
# extra.sh VENV EXTRA: what one more kind of work needs, on top of environment.sh, pinned like that.
set -eu
venv=$1
lock=tools/locks/$2.txt

echo "peerapi: installing the Python packages of $lock into $venv, for make $2"
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$venv/bin/python" --require-hashes --only-binary :all: -r "$lock"
else
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes --only-binary :all: -r "$lock"
fi
