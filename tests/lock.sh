#!/usr/bin/env bash
# Write constraints-pyXY.txt: the exact versions that the tests pass with, per Python version.
# usage: tests/lock.sh PYTHON...      (for instance: tests/lock.sh python3.11 python3.13)
set -euo pipefail
cd "$(dirname "$0")/.."
for python in "$@"; do
    tag=$("$python" -c 'import sys; print(f"py{sys.version_info[0]}{sys.version_info[1]}")')
    folder=$(mktemp -d)
    "$python" -m venv "$folder/venv"
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev]'
    {
        echo "# Exact versions for Python ${tag:2:1}.${tag:3}, runtime and development; made by tests/lock.sh."
        "$folder/venv/bin/python" -m pip freeze --exclude-editable
    } >"constraints-$tag.txt"
    rm -r "$folder"
done
