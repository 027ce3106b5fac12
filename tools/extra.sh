#!/bin/sh
# extra.sh VENV EXTRA: what one more kind of work needs, on top of environment.sh.
set -eu
venv=$1
extra=$2

if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$venv/bin/python" -e ".[$extra]"
else
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e ".[$extra]"
fi
