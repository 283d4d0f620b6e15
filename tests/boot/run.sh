#!/usr/bin/env bash
# Install for real in a fresh Debian, boot it with its own systemd, and look.
# usage: tests/boot/run.sh [SUITE [PORT]]        (bookworm or trixie; root; about eight minutes)
#
# Two suites may run at once, on two ports: they share this machine's network. With a port of its
# own the owner's configuration is there before the installation, which must keep it.
# Package indexes and certificates are those of this machine: its apt mirror, its PIP_* variables and
# its certificate file are handed in. Where it cannot run it says why and ends well.
set -euo pipefail
suite=${1:-bookworm} port=${2:-8080}
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
cache=${PLMS_BOOT_CACHE:-/var/tmp/plms-boot}
root=$cache/$suite-run
certificates=/etc/ssl/certs/ca-certificates.crt

skip() { echo "test-boot $suite: skipped: $*"; exit 0; }
[ "$(id -u)" = 0 ] || skip "needs root"
command -v apt-get >/dev/null || skip "needs Debian"
for tool in debootstrap systemd-nspawn; do
    command -v $tool >/dev/null || DEBIAN_FRONTEND=noninteractive flock /var/tmp/plms-boot.apt \
        apt-get install -y -qq --no-install-recommends debootstrap systemd-container >/dev/null 2>&1 ||
        skip "debootstrap and systemd-container cannot be installed"
done

# shellcheck disable=SC2016  # apt's own variable
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sort | uniq -c | sort -rn | awk '$2 ~ /\/debian\/?$/ {print $2; exit}')
[ -n "$mirror" ] || skip "this machine has no Debian package source"

fresh_root() {
    if [ ! -f "$cache/$suite.ready" ]; then
        echo "debootstrap $suite"
        rm -rf "${cache:?}/$suite"
        mkdir -p "$cache"
        debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,ca-certificates,iproute2,procps,udev \
            "$suite" "$cache/$suite" "$mirror" >"$cache/$suite.debootstrap.log" 2>&1 ||
            { tail -5 "$cache/$suite.debootstrap.log"; exit 1; }
        touch "$cache/$suite.ready"
    fi
    rm -rf "$root"
    cp -a --reflink=auto "$cache/$suite" "$root"
    echo plms-test >"$root/etc/hostname"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    grep -l '^Acquire::Check' /etc/apt/apt.conf.d/* 2>/dev/null | xargs -r cp -t "$root/etc/apt/apt.conf.d"
}

# A copy of the repository as version $1 in the folder $2 of the new system.
copy_source() {
    mkdir -p "$root/$2"
    (cd "$repository" && git ls-files -z --cached --others --exclude-standard |
        tar -c --null -T - --ignore-failed-read 2>/dev/null) | tar -x -C "$root/$2"
    [ "$1" = same ] || sed -i "s/^VERSION = .*/VERSION = \"$1\"/" "$root/$2/appliance/version.py"
}

prepare() {
    fresh_root
    copy_source 0.0.1 src-old
    copy_source same src
    copy_source 99.0.0 src-broken
    echo 'raise SystemExit("broken on purpose")' >>"$root/src-broken/appliance/web/__init__.py"
    mkdir -p "$root/results"
    echo "$port" >"$root/results/port"
    if [ "$port" != 8080 ]; then
        mkdir "$root/etc/plms"
        sed "s/^port = 8080/port = $port/" "$repository/appliance/config.toml" >"$root/etc/plms/config.toml"
    fi
    {
        env | grep '^PIP_' | grep -v '^PIP_FIND_LINKS' || true
        [ ! -f $certificates ] || echo "PIP_CERT=$certificates"
    } >"$root/etc/plms-test.env"
    cat >"$root/etc/systemd/system/plms-boot-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
EnvironmentFile=/etc/plms-test.env
ExecStart=/bin/bash /src/tests/boot/inside.sh
ExecStopPost=systemctl --no-block poweroff
TimeoutStartSec=900
[Install]
WantedBy=graphical.target
UNIT
    ln -sf /lib/systemd/system/graphical.target "$root/etc/systemd/system/default.target"
    mkdir -p "$root/etc/systemd/system/graphical.target.wants"
    ln -sf ../plms-boot-test.service "$root/etc/systemd/system/graphical.target.wants/plms-boot-test.service"
}

# A control group of its own, where no systemd gives one: two booted systems in one would meddle
# with each other's services.
in_own_group() {
    [ ! -d /run/systemd/system ] || exec systemd-run --quiet --scope --property=Delegate=yes "$@"
    local hierarchy
    for hierarchy in /sys/fs/cgroup{,/systemd,/unified}; do
        [ -f "$hierarchy/cgroup.procs" ] || continue
        mkdir -p "$hierarchy/plms-boot-$suite"
        echo "$BASHPID" >"$hierarchy/plms-boot-$suite/cgroup.procs"
    done
    exec "$@"
}

# Boot the folder $2 once, with the phase's name inside. The two capabilities are what a real PID 1
# has and uses for the units: an own network namespace's loopback, and limits on real-time priority.
boot() {
    local phase=$1 folder=$2 begun=$SECONDS
    echo "$phase" >"$root/results/phase"
    : >"$root/results/$phase"
    (in_own_group timeout --foreground 900 systemd-nspawn -q -b -D "$folder" --register=no --keep-unit --machine="plms-test-$suite" \
        --capability=CAP_NET_ADMIN,CAP_SYS_RESOURCE --bind-ro="$certificates" --resolv-conf=off --timezone=off --link-journal=no) >"$cache/$suite-$phase.console" 2>&1 </dev/null || true
    sed "s/^/$suite $phase: /" "$root/results/$phase"
    echo "$suite $phase: $((SECONDS - begun)) s"
    grep -qx 'done' "$root/results/$phase" && ! grep -q '^not ok' "$root/results/$phase"
}

# The same root, mounted read-only but for the nights and the results.
boot_read_only() {
    local frozen=$cache/$suite-read-only
    mkdir -p "$frozen"
    mount --bind "$root" "$frozen"
    mount -o remount,bind,ro "$frozen"
    mount --bind "$root/var/lib/plms" "$frozen/var/lib/plms"
    mount --bind "$root/results" "$frozen/results"
    local good=1
    if boot read-only "$frozen"; then good=0; fi
    umount -R "$frozen"
    rmdir "$frozen"
    return "$good"
}

outcome=0
prepare
boot install "$root" || outcome=1
boot_read_only || outcome=1
boot upgrade "$root" || outcome=1
boot remove "$root" || outcome=1
find /sys/fs/cgroup{,/systemd,/unified}/plms-boot-"$suite" -depth -type d -exec rmdir {} + 2>/dev/null || true
passed=$(cat "$root"/results/{install,read-only,upgrade,remove} | grep -c '^ok') || true
failed=$(cat "$root"/results/{install,read-only,upgrade,remove} | grep -c '^not ok') || true
echo "test-boot $suite: $passed passed, $failed failed in $SECONDS s"
[ $outcome = 0 ] || echo "see $root/results and $cache/$suite-*.console"
exit $outcome
