#!/usr/bin/env bash
# Install for real over this very system, in an overlay that is thrown away: the short form of test-boot.
# usage: tests/boot/chroot.sh        (root on Debian 12 or 13; about a minute; skips with a reason elsewhere)
#
# No systemd runs inside, so nothing is started and no health is looked at: that is test-boot's.
# The board says that it is a Raspberry Pi and a stand-in answers for raspi-config, so that the
# installer takes the Pi's own path.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)

skip() { echo "skipped: $*"; exit 0; }
[ "$(id -u)" = 0 ] || skip "needs root"
case $(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release) in bookworm | trixie) ;; *) skip "needs Debian 12 or 13" ;; esac
if [ "${1:-}" != inside ]; then
    unshare --mount --propagation private true 2>/dev/null || skip "this machine allows no mount namespace"
    exec unshare --mount --propagation private "$0" inside
fi

stage=$(mktemp -d)
trap 'umount -R "$stage" 2>/dev/null || true; rmdir "$stage"' EXIT
mount -t tmpfs -o mode=755 plms-stage "$stage"
mkdir "$stage"/{changes,work,root}
mount -t overlay plms-root -o "lowerdir=/,upperdir=$stage/changes,workdir=$stage/work" "$stage/root" 2>/dev/null ||
    skip "this machine allows no overlay over its root"
root=$stage/root
for folder in proc dev; do mount --rbind "/$folder" "$root/$folder"; done
for folder in run tmp; do mount -t tmpfs -o mode=1777 "plms-$folder" "$root/$folder"; done
mkdir "$root/tmp/results"

# A copy of the repository as version $1 in the folder $2 of the overlay.
copy_source() {
    mkdir "$root/tmp/$2"
    (cd "$repository" && git ls-files -z --cached --others --exclude-standard |
        tar -c --null -T - --ignore-failed-read 2>/dev/null) | tar -x -C "$root/tmp/$2"
    [ "$1" = same ] || sed -i "s/^VERSION = .*/VERSION = \"$1\"/" "$root/tmp/$2/appliance/version.py"
}
copy_source 0.0.1 src-old
copy_source same src
printf 'Raspberry Pi 4 Model B Rev 1.5\0' >"$root/tmp/board"
install -m 755 /dev/stdin "$root/usr/bin/raspi-config" <<'STAND_IN'
#!/bin/sh
echo "$*" >>/tmp/results/raspi-config
if [ "$2" = get_i2c ]; then
    if grep -qs do_i2c /tmp/results/raspi-config; then echo 0; else echo 1; fi
fi
STAND_IN
# Debian 12 has no python3-lgpio: a stand-in for Raspberry Pi OS's shows that its files are linked
[ -e "$root/usr/lib/python3/dist-packages/lgpio.py" ] ||
    echo 'def gpiochip_open(chip): return chip' | install -D -m 644 /dev/stdin "$root/usr/lib/python3/dist-packages/lgpio.py"
chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin PLMS_BOARD_MODEL=/tmp/board bash /tmp/src/tests/boot/inside_chroot.sh
