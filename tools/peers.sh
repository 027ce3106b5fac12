#!/bin/sh
# peers.sh VENV: what `make bench` shows beside our figures: a Redis server, by the system's packages, pyzmq, kademlia.
set -eu
if ! command -v redis-server >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get install -y --no-install-recommends redis-server
    else
        echo "peerapi: redis-server is not here; on Debian, Ubuntu: apt-get install redis-server" >&2
    fi
fi
exec sh tools/extra.sh "$1" peers
