#!/usr/bin/env bash
# Create a virtual environment with the pinned dependencies of this Python version.
# usage: tests/setup_venv.sh DIRECTORY
set -euo pipefail
venv=$1
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1
    fi
}

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "plms needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON=/path/to/python3.11" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "python3-venv is missing: installing it" >&2
    if ! { as_root apt-get update -qq && as_root apt-get install -y -qq python3-venv; } then
        echo "Please run: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
tag=$("$python" -c 'import sys; print(f"py{sys.version_info[0]}{sys.version_info[1]}")')
constraints=constraints-$tag.txt
pin=()
if [ -f "$constraints" ]; then pin=(-c "$constraints")
else echo "no $constraints: installing unpinned versions" >&2
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${pin[@]}" -e '.[dev]'
touch "$venv/.ready"
