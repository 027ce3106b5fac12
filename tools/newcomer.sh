#!/bin/sh
# newcomer.sh: what the README tells somebody with a new machine, word by word, on a bare Debian in a folder of its own
# (debootstrap, chroot; needs root and the packages of Debian). NEWCOMER_SUITE chooses another release.
# Exit code 0: all of it worked; 1: something did not; 2: the bare system could not be made, and nothing was tried.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
suite=${NEWCOMER_SUITE:-bookworm}

cannot() {
    echo "make test-newcomer: $1 Nothing was tried." >&2
    exit 2
}

[ "$(id -u)" = 0 ] || cannot "A bare system can only be made by root."
command -v debootstrap >/dev/null 2>&1 || apt-get install -y -qq debootstrap >/dev/null 2>&1 ||
    cannot "debootstrap is missing (Debian, Ubuntu: apt-get install debootstrap)."
work=$(mktemp -d) || exit 2
root=$work/root
leave() {
    umount -l "$root/proc" "$root/dev" 2>/dev/null
    rm -rf --one-file-system "$work"
}
trap leave EXIT
trap 'exit 130' INT TERM HUP

debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" >"$work/log" 2>&1 ||
    cannot "debootstrap gets no packages of $suite ($(tail -n 1 "$work/log"))."
mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || cannot "Nothing can be mounted here."
# How this machine reaches packages is no part of what is tried.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
for file in /etc/pip.conf /etc/apt/apt.conf.d/*proxy*; do
    [ -f "$file" ] && cp "$file" "$root$file"
done
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

# What is in the repository, as who has cloned it gets it, in a home of its own.
home=/newcomer
mkdir -p "$root$home/peerapi" "$root$home/tmp"
git -C "$here" archive HEAD | tar -x -C "$root$home/peerapi" || exit 1
python3 "$here/tools/newcomer.py" "$here/README.md" >"$root$home/steps.sh" || exit 1
chroot "$root" /usr/bin/env HOME=$home TMPDIR=$home/tmp sh $home/steps.sh
