#!/usr/bin/env bash
# Boot a Debian kernel in QEMU (software emulation) with the simulated chips behind a USB I2C
# adapter that is itself simulated over USB/IP; then let our drivers and Linux's own use them.
# Usage: tests/interop/kernel/run.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/../../.."
python=$(realpath -s "$1")

skip() { echo "test-kernel skipped: $*" >&2; exit 0; }

[ "$(uname -m)" = x86_64 ] || skip "needs an x86-64 machine"
[ "$(id -u)" = 0 ] || skip "needs root (the guest reads this machine's files)"
command -v apt-get >/dev/null || skip "needs Debian (its kernel is booted)"

wanted=(qemu-system-x86 busybox-static kmod cpio)
missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}" >&2
    apt-get update -qq || skip "no package server within reach"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        skip "cannot install ${missing[*]}"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
image=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-.*-amd64\)$/\1/p' | head -n 1)
[ -n "$image" ] || skip "no Debian kernel known to apt"
(cd "$work" && apt-get download -qq "$image" >/dev/null 2>&1) || skip "cannot download $image"
dpkg-deb -x "$work"/linux-image-*.deb "$work/kernel"
version=$(basename "$work"/kernel/lib/modules/*)
depmod -b "$work/kernel" "$version"

root=$work/initramfs
mkdir -p "$root"/{bin,proc,sys,dev,host}
cp /bin/busybox "$root/bin/busybox"
modules=(virtio_pci 9pnet_virtio 9p vhci-hcd i2c-dev i2c-tiny-usb st_lsm6dsx_i2c ti-ads1015)
for module in "${modules[@]}"; do
    modprobe -d "$work/kernel" -S "$version" --show-depends "$module" | awk '$1 == "insmod" {print $2}'
done | awk '!seen[$0]++' >"$work/order"
while read -r file; do
    cp "$file" "$root/$(basename "$file")"
    basename "$file"
done <"$work/order" >"$root/order"

cat >"$root/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r file; do insmod /\$file || echo "no \$file"; done </order
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose host /host
mount --bind /proc /host/proc
mount --bind /sys /host/sys
mount --bind /dev /host/dev
mount -t tmpfs tmp /host/tmp
cd /host
chroot /host /bin/sh -c "cd '$PWD' && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='$PWD' '$python' tests/interop/kernel/guest.py"
echo "guest ended with \$?"
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initramfs.gz"

log=$work/console
timeout 175 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nographic -no-reboot -nic none \
    -kernel "$work"/kernel/boot/vmlinuz-* -initrd "$work/initramfs.gz" \
    -append "console=ttyS0 quiet panic=-1" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap </dev/null >"$log" 2>&1 || true
grep -a -E "^(ok|FAILED|Traceback|  |[A-Za-z]*Error|guest ended)" "$log" | tr -d '\r' || true
if ! grep -a -q "^guest ended with 0" "$log"; then
    tail -n 40 "$log"
    echo "test-kernel failed" >&2
    exit 1
fi
echo "test-kernel passed: $image"
