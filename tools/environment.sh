#!/bin/sh
# environment.sh PYTHON VENV: a virtual environment with peerapi installed in place, and what its tests need.
set -eu
python=$1
venv=$2

rm -rf "$venv"
if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --python "$(command -v "$python")" "$venv"
    uv pip install --quiet --python "$venv/bin/python" -e '.[test]'
else
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[test]'
fi
