#!/bin/sh
# preflight.sh build|test PYTHON: stops with one clear line when the system lacks something, and names the package.
set -u
purpose=$1
python=$2

missing() {
    echo "peerapi: $1 is missing. $2" >&2
    exit 1
}

need() { # program, Debian package
    command -v "$1" >/dev/null 2>&1 || missing "$1" "Debian, Ubuntu: apt-get install $2"
}

# The tests compile with two compilers, and with Windows' headers, and watch memory. Root (a container, a machine of
# continuous integration) gets what is missing; anybody else is told.
if [ "$purpose" = test ]; then
    wanted=
    for tool in g++ clang valgrind cmake meson pkg-config; do
        command -v "$tool" >/dev/null 2>&1 || wanted="$wanted $tool"
    done
    command -v x86_64-w64-mingw32-gcc >/dev/null 2>&1 || wanted="$wanted gcc-mingw-w64-x86-64-win32"
    command -v ip >/dev/null 2>&1 || wanted="$wanted iproute2" # hosts in network namespaces, which only root can make
    command -v nft >/dev/null 2>&1 || wanted="$wanted nftables" # and routers between them
    command -v miniupnpd >/dev/null 2>&1 || wanted="$wanted miniupnpd-nftables"
    # Programs of Windows run under Wine, where there is one (64 bits only: 32 would need another architecture's packages).
    for tool in wine64 winegcc winebuild; do
        command -v "$tool" >/dev/null 2>&1 || [ -x "/usr/lib/wine/$tool" ] || {
            wanted="$wanted wine wine64 wine64-tools libwine-dev"
            break
        }
    done
    for tool in Xvfb xdotool; do # and a window of one of them has a screen and a keyboard
        command -v "$tool" >/dev/null 2>&1 || wanted="$wanted $(echo "$tool" | tr X x)"
    done
    browser=
    for name in chromium chromium-browser google-chrome; do # the whiteboard is looked at in a real browser
        command -v "$name" >/dev/null 2>&1 && browser=$name
    done
    [ -n "$browser" ] || wanted="$wanted chromium"
    if [ -n "$wanted" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "peerapi: make test installs with apt-get, for two compilers, Windows headers, memory checks, hosts, Wine and a browser:$wanted"
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1 ||
            { apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends $wanted >/dev/null; } ||
            missing "$wanted" "apt-get could not install it."
    fi
    need g++ g++
    need clang clang
    need x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
    need valgrind valgrind
    need cmake cmake # programs find the library through CMake and Meson, too
    need meson meson
    need pkg-config pkg-config
    [ -n "$browser" ] || need chromium chromium
    exit 0
fi

need "${CC:-gcc}" "gcc libc6-dev"
need ar binutils
echo '#include <stdlib.h>' | "${CC:-gcc}" -E - >/dev/null 2>&1 || missing "stdlib.h" "Debian, Ubuntu: apt-get install libc6-dev"
command -v "$python" >/dev/null 2>&1 || missing "$python" "Debian, Ubuntu: apt-get install python3 python3-venv python3-dev"

"$python" - "$(command -v uv || true)" <<'EOF'
import os, sys, sysconfig

def missing(what, remedy):
    sys.exit(f"peerapi: {what} is missing. {remedy}")

version = "%d.%d" % sys.version_info[:2]
if sys.version_info < (3, 11):
    missing("Python 3.11 or newer", f"{sys.executable} is {version}; choose another: make PYTHON=/path/to/python3")
debian = sys.executable.startswith("/usr/bin/")
if not sys.argv[1]:
    try:
        import ensurepip, venv
    except ImportError:
        missing(f"the venv module of {sys.executable}", "Debian, Ubuntu: apt-get install python3-venv")
if not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")):
    missing(f"Python.h of {sys.executable}", "Debian, Ubuntu: apt-get install python3-dev")
name = sysconfig.get_config_var("INSTSONAME") or ""
folders = [sysconfig.get_config_var("LIBDIR") or "/", os.path.join(sys.base_prefix, "lib")]
if ".so" not in name or not any(os.path.exists(os.path.join(folder, name)) for folder in folders):
    missing(
        f"the shared libpython of {sys.executable}",
        f"Debian, Ubuntu: apt-get install libpython{version}" if debian else
        f"Build it with --enable-shared (pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install {version})",
    )
EOF
