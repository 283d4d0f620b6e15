#!/usr/bin/env bash
# The detector as 64-bit ARM code: Debian's arm64 Python 3.13 under user-mode emulation, the pinned
# arm64 wheels, the golden stretches; what it says must be the same bytes as on this processor.
# usage: tests/boot/arm64.sh        (root, for debootstrap; compiling the loop under emulation takes most of the time)
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
cache=${PLMS_BOOT_CACHE:-/var/tmp/plms-boot}
suite=trixie version=3.13
tree=$cache/arm64 packages=$cache/arm64-packages

skip() { echo "test-arm64: skipped: $*"; exit 0; }
[ "$(id -u)" = 0 ] || skip "needs root"
command -v apt-get >/dev/null || skip "needs Debian"
for tool in debootstrap qemu-aarch64-static; do
    command -v $tool >/dev/null || DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends debootstrap qemu-user-static >/dev/null 2>&1 ||
        skip "debootstrap and qemu-user-static cannot be installed"
done
# shellcheck disable=SC2016  # apt's own variable
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sort | uniq -c | sort -rn | awk '$2 ~ /\/debian\/?$/ {print $2; exit}')
[ -n "$mirror" ] || skip "this machine has no Debian package source"

if [ ! -f "$tree.ready" ]; then
    echo "fetching Debian's arm64 Python"
    rm -rf "$tree" "$packages"
    mkdir -p "$cache" "$tree"
    debootstrap --arch=arm64 --foreign --variant=minbase --include=python3 "$suite" "$packages" "$mirror" \
        >"$cache/arm64.debootstrap.log" 2>&1 || { tail -3 "$cache/arm64.debootstrap.log"; exit 1; }
    # unpacked is enough to run programs; the emulated second stage would take ten minutes
    ln -s usr/lib "$tree/lib"
    mkdir -p "$tree/usr/lib"
    for package in "$packages"/var/cache/apt/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$tree" --keep-directory-symlink
    done
    rm -rf "$packages"
    touch "$tree.ready"
fi

wheels=$tree/opt/site
stamp=$wheels/.$(sha256sum "$repository/constraints-py313.txt" | cut -c1-12)
if [ ! -f "$stamp" ]; then
    echo "fetching the pinned arm64 wheels"
    rm -rf "$wheels"
    platforms=()
    for platform in manylinux_2_28 manylinux_2_27 manylinux_2_17 manylinux2014; do
        platforms+=(--platform "${platform}_aarch64")
    done
    "$repository/.venv/bin/python" -m pip install --quiet --no-compile --target "$wheels" "${platforms[@]}" --platform any \
        --python-version $version --implementation cp --abi cp313 --abi abi3 --abi none --only-binary=:all: \
        --ignore-requires-python -c "$repository/constraints-py313.txt" numpy numba
    touch "$stamp"
fi

goldens=("${PLMS_GOLDEN_DIR:-$repository/tests/golden}"/*.npz)
[ -e "${goldens[0]}" ] || { echo "there are no golden stretches in tests/golden" >&2; exit 1; }
result=$(mktemp -d)
trap 'rm -rf "$result"' EXIT
code=$cache/arm64-code # one copy for both, so that nobody edits between the two runs
rm -rf "$code"
mkdir "$code"
cp -a "$repository"/{detect,drivers} "$repository/tests/boot/stretch.py" "$code"

PYTHONPATH=$code "$repository/.venv/bin/python" "$code/stretch.py" "$result/here" "${goldens[@]}"
# -L: the emulator looks for the program's files in the tree first.
# -cpu: a Pi's own, the Zero 2 W's. The emulator's default signs every return address, as no Pi does, and emulated
# that takes eight times as long as everything else.
env -i PATH=/usr/bin HOME="$result" NUMBA_CACHE_DIR="$result/numba" \
    PYTHONPATH="$code:$wheels" PYTHONHOME="$tree/usr" PYTHONPYCACHEPREFIX="$cache/arm64-bytecode" \
    qemu-aarch64-static -cpu cortex-a53 -L "$tree" "$tree/usr/bin/python$version" "$code/stretch.py" \
    "$result/arm64" "${goldens[@]}"

if ! cmp "$result/here" "$result/arm64"; then
    diff "$result/here" "$result/arm64" | head -20
    echo "test-arm64: the arm64 detector says something else" >&2
    exit 1
fi
echo "test-arm64: $(grep -c 'Movement(' "$result/here") movements, epochs and state are the same bytes on arm64, in $SECONDS s"
