#!/usr/bin/env bash
# Create a virtual environment with the pinned dependencies of this Python version.
# usage: tests/setup_venv.sh DIRECTORY
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif ! command -v sudo >/dev/null; then return 1
    elif [ -t 0 ]; then sudo "$@"
    else sudo -n "$@" 2>/dev/null
    fi
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null || {
    echo "there is no $python. Please run: sudo apt-get install python3 python3-venv" >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "plms needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON=/path/to/python3.11" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "python3-venv is missing: installing it" >&2
    if ! { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends python3-venv; }; then
        echo "python3-venv could not be installed. Please run: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
tag=$("$python" -c 'import sys; print(f"py{sys.version_info[0]}{sys.version_info[1]}")')
constraints=constraints-$tag.txt
pin=()
if [ -f "$constraints" ]; then pin=(-c "$constraints")
else echo "no $constraints: installing unpinned versions" >&2
fi
# a first try without python3-venv, or one that was interrupted, leaves a folder without pip
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv"
echo "installing the pinned packages into $venv (a few minutes the first time)" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${pin[@]}" -e '.[dev]'
touch "$venv/.ready"
