#!/usr/bin/env bash
# Check the announcement and the live behaviour with every Home Assistant that can be installed here:
# the oldest with device announcements, a middle one, and the newest.
# usage: tests/interop/ha/run.sh PYTHON [VERSION...]
set -euo pipefail
python=$1
shift
cd "$(dirname "$0")/../../.."
here=tests/interop/ha
versions=("$@")
[ ${#versions[@]} -gt 0 ] || versions=(2024.11.3 2025.4.4 2026.11.0)
mkdir -p .cache/ha
done=0 failed=0
for version in "${versions[@]}"; do
    code=0
    command=$("$here/install.sh" "$version" "$PWD/.cache/ha") || code=$?
    if [ "$code" = 3 ]; then continue; fi # install.sh has said why
    [ "$code" = 0 ] || exit "$code"
    echo "Home Assistant $version"
    PLMS_HA_PYTHON=$command "$python" -m pytest -q "$here/check_home_assistant.py" || failed=1
    done=$((done + 1))
done
[ "$done" -gt 0 ] || echo "no Home Assistant could be installed here; nothing was checked"
exit "$failed"
