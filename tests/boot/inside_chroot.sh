#!/usr/bin/env bash
# Runs inside the overlay of chroot.sh; writes "ok" and "not ok" lines, and what was said of the latter.
set -uo pipefail
cd /
export HOME=/root
log=/tmp/results/log

check() {
    local name=$1
    shift
    : >"$log"
    if "$@" >"$log" 2>&1; then echo "ok $name"; else echo "not ok $name"; tail -n 15 "$log" | sed 's/^/    /'; fi
}
plms() {
    runuser -u plms -- env -C /var/lib/plms HOME=/var/lib/plms PLMS_STATE_DIR=/var/lib/plms PLMS_CONFIG=/etc/plms/config.toml \
        NUMBA_CACHE_DIR=/var/lib/plms/cache/numba /opt/plms/current/bin/plms "$@"
}
nights() { plms nights --json | grep -o '"name": *"[^"]*"' | sort; }
everything() { find /opt/plms /etc /var/lib/plms -xdev \( -type f -o -type l \) -printf '%p %T@ %s %l\n' | sort; }
fails_saying() { local said=$1; shift; "$@" >"$log" 2>&1 && return 1; grep -q -- "$said" "$log"; }

check "installs on a Raspberry Pi" bash /tmp/src-old/install.sh --unattended --with-mosquitto
grep -v '^[a-z]* do_i2c 0$\|get_i2c' /tmp/results/raspi-config && echo "not ok raspi-config was asked for something else"
check "I2C is switched on the Pi's own way, once" test "$(grep -c 'do_i2c 0' /tmp/results/raspi-config)" = 1
check "the device speaks to the broker beside it" grep -A3 -q '^enabled = true' <(sed -n '/^\[mqtt\]/,/^\[/p' /etc/plms/config.toml)
check "the system's lgpio is seen by the release" env -C /tmp /opt/plms/current/bin/python -c 'import lgpio; lgpio.gpiochip_open'
check "both units are enabled" systemctl is-enabled plms-record plms-serve
check "the programs belong to root" test -z "$(find /opt/plms ! -user root)"
check "the state belongs to the service and to nobody else" test "$(stat -c '%U %a' /var/lib/plms)" = "plms 750"
check "the folder of the broker's password is closed" test "$(stat -c %a /etc/plms/credentials)" = 700
check "the doctor names what is missing, and fails" fails_saying 'i2c' plms doctor
check "with --simulate it is a device to try" bash /tmp/src-old/install.sh --unattended --simulate
before=$(everything)
check "a second run succeeds" bash /tmp/src-old/install.sh --unattended --simulate
check "and changes nothing" diff <(echo "$before") <(everything)
check "a night is recorded by the service's user" plms demo --night-only --hours 0.1 --dir /var/lib/plms/try
check "an upgrade succeeds" bash /tmp/src/install.sh --unattended --simulate
check "it kept a backup" bash -c 'ls /var/lib/plms/backups/before-*.db'
check "and the release before" test "$(find /opt/plms/releases -mindepth 1 -maxdepth 1 | wc -l)" = 2
check "uninstall succeeds" bash /tmp/src/install.sh --uninstall --unattended
check "the nights and the configuration are left" test -s /var/lib/plms/plms.db -a -s /var/lib/plms/try/plms.db -a -s /etc/plms/config.toml
check "purge succeeds" bash /tmp/src/install.sh --uninstall --purge --unattended
check "purge left nothing" test -z "$(find /opt /etc /var -xdev -name '*plms*' ! -path '*/plms-boot*')"
check "and no user" bash -c '! getent passwd plms && ! getent group plms'
