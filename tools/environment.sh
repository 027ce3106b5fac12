#!/bin/sh
# environment.sh PYTHON VENV: a virtual environment with peerapi installed in place, and what its tests need.
# Everything that is downloaded is pinned by version and hash (tools/locks), and nothing is downloaded to build anything.
set -eu
python=$1
venv=$2
lock=tools/locks/test.txt

echo "peerapi: making $venv with the $(grep -c '^[a-z]' $lock) Python packages of $lock, which pip or uv installs for the build and the tests"
rm -rf "$venv"
if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --python "$(command -v "$python")" "$venv"
    uv pip install --quiet --python "$venv/bin/python" --require-hashes --only-binary :all: -r $lock
    uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
else
    "$python" -m venv "$venv"
    pip="$venv/bin/python -m pip --disable-pip-version-check"
    $pip install --quiet --require-hashes --only-binary :all: -r $lock
    $pip install --quiet --no-deps --no-build-isolation -e .
fi
