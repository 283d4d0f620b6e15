#!/usr/bin/env bash
# Runs inside the booted test system, once a phase; writes "ok" and "not ok" lines to /results.
set -uo pipefail
phase=$(cat /results/phase) port=$(cat /results/port)
export HOME=/root PLMS_HEALTH_TIMEOUT_S=40
exec >>"/results/$phase" 2>>"/results/$phase.log"

check() {
    local name=$1 begun=$SECONDS
    shift
    if "$@" >>"/results/$phase.log" 2>&1; then echo "ok $name ($((SECONDS - begun)) s)"; else echo "not ok $name"; fi
}
eventually() { # eventually SECONDS COMMAND...
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do [ $SECONDS -lt $deadline ] || return 1; sleep 1; done
}
as_service() {
    runuser -u plms -- env -C /var/lib/plms PLMS_STATE_DIR=/var/lib/plms PLMS_CONFIG=/etc/plms/config.toml \
        NUMBA_CACHE_DIR=/var/lib/plms/cache/numba "$@"
}
plms() { as_service /opt/plms/current/bin/plms "$@"; }
python() { as_service /opt/plms/current/bin/python "$@"; }
active() { systemctl is-active --quiet plms-record plms-serve; }
calm() { [ "$(systemctl show -P NRestarts plms-record)$(systemctl show -P NRestarts plms-serve)" = 00 ]; }
page() { python -c 'import sys, urllib.request as u; print(u.urlopen(f"http://127.0.0.1:{sys.argv[1]}{sys.argv[2]}", timeout=30).read().decode())' "$port" "$1"; }
page_has() { page "$1" | grep -qi -- "$2"; }
say() { python - "$1" <<'PY'
import sys, time
from pathlib import Path
from appliance.store import commands
from appliance.store.connect import open_database
db = open_database(Path("/var/lib/plms"))
number = commands.submit(db, sys.argv[1], {}, "page", time.time())
for _ in range(60):
    done = commands.get(db, number)
    if done is not None and done.ok is not None:
        sys.exit(0 if done.ok else f"{done.verb}: {done.result}")
    time.sleep(0.5)
sys.exit(f"{sys.argv[1]}: nobody carried it out")
PY
}
kept_tick() { python - <<'PY'
from pathlib import Path
from appliance.store.connect import open_database
from appliance.store.nights import current_night
from appliance.store.raw import raw_extent, raw_path
state = Path("/var/lib/plms")
night = current_night(open_database(state, readonly=True))
extent = night and raw_extent(raw_path(state, night.recording))
print(extent[1] if extent else 0)
PY
}
further_than() { [ "$(kept_tick)" -gt "$1" ]; }
ticks_grow() { eventually 100 further_than "$(kept_tick)"; } # raw signals are kept every 30 s
nights() { plms nights --json; }
night_names() { nights | grep -o '"name": *"[^"]*"' | sort; }
everything() { find /opt/plms /etc /var/lib/plms/cache -xdev \( -type f -o -type l \) ! -path '/etc/mtab' -printf '%p %T@ %s %l\n' | sort; }
main_pid() { systemctl show -P MainPID "$1"; }
real_time_thread() { ps -L -o cls= -p "$(main_pid plms-record)" | grep -q FF; }
replaced() { local now; now=$(main_pid "$1"); [ "$now" != 0 ] && [ "$now" != "$2" ]; }
version_is() { [ "$(/opt/plms/current/bin/plms --version | grep -o '[0-9.]*$')" = "$1" ]; }
here_version() { bash /src/install.sh --version; }

phase_install() {
    check "installs, unattended and simulated" bash /src-old/install.sh --unattended --simulate
    active || return # nothing more can be learned
    check "both units are active" active
    check "neither was restarted" calm
    check "the configuration says port $port" grep -q "^port = $port" /etc/plms/config.toml
    check "the page is at its set-up step" page_has / 'set-up code'
    check "healthz answers" page /healthz
    check "the installer printed the address" grep -q 'The page:  *http://' "/results/$phase.log"
    check "doctor is content" plms doctor
    # shellcheck disable=SC2016  # for the inner shell
    check "the recorder has no network but itself" bash -c '[ "$(nsenter -t "$(systemctl show -P MainPID plms-record)" -n ip -o link | wc -l)" = 1 ]'
    if prlimit --rtprio=10 true 2>/dev/null; then
        check "the thread that reads the bus has real-time priority" real_time_thread
    else
        echo "note: this machine withholds CAP_SYS_RESOURCE, so real-time priority was not looked at"
    fi
    local before after pids
    before=$(everything) pids=$(main_pid plms-record)$(main_pid plms-serve)
    check "a second run succeeds" bash /src-old/install.sh --unattended --simulate
    after=$(everything)
    diff <(echo "$before") <(echo "$after") >>"/results/$phase.log"
    check "the second run changed nothing" test "$before" = "$after"
    check "the second run restarted nothing" test "$pids" = "$(main_pid plms-record)$(main_pid plms-serve)"
    check "a night starts" say start_night
    check "the night grows" ticks_grow
    watchdog
}

# A stopped process feeds nothing; systemd must kill and restart it within its WatchdogSec.
watchdog() {
    local record serve
    record=$(main_pid plms-record) serve=$(main_pid plms-serve)
    kill -STOP "$record" "$serve"
    check "the watchdog bites a hung recorder" eventually 90 replaced plms-record "$record"
    check "the watchdog bites a hung page" eventually 120 replaced plms-serve "$serve"
    check "both recover" eventually 60 active
    check "the page answers again" eventually 60 page /healthz
    check "the same night goes on" ticks_grow
    check "it is still one night" test "$(night_names | wc -l)" = 1
}

phase_read-only() {
    check "the root is read-only" bash -c '! touch /opt/plms/x 2>/dev/null'
    check "both units start by themselves" eventually 90 active
    check "the page answers" eventually 60 page /healthz
    check "the night goes on after the reboot" ticks_grow
}

phase_upgrade() {
    eventually 90 active
    local before
    before=$(night_names)
    check "an upgrade during a night is refused" bash -c '! bash /src/install.sh --unattended --simulate'
    check "and the old version runs on" version_is 0.0.1
    check "with --force it is done" bash /src/install.sh --unattended --simulate --force
    check "the new version runs" version_is "$(here_version)"
    check "both units are active" active
    check "the night goes on" ticks_grow
    check "the nights were kept" test "$(night_names)" = "$before"
    check "the night ends" say end_night
    check "a broken upgrade is refused" bash -c '! bash /src-broken/install.sh --unattended --simulate'
    check "it rolled back by itself" version_is "$(here_version)"
    check "both units are active again" active
    check "the page answers again" page /healthz
    check "no half release is left" bash -c '! ls -d /opt/plms/releases/99*'
    check "the nights were kept again" test "$(night_names)" = "$before"
    unit_night
}

# A whole simulated hour, chips and all, under the recorder's own sandbox.
unit_night() {
    systemctl stop plms-record
    mkdir -p /run/systemd/system/plms-record.service.d
    printf '%s\n' '[Service]' 'Type=oneshot' 'Restart=no' 'WatchdogSec=0' 'ExecStart=' 'TimeoutStartSec=300' \
        'ExecStart=/opt/plms/current/bin/plms demo --night-only --hours 1 --dir /var/lib/plms/demo' \
        >/run/systemd/system/plms-record.service.d/hour.conf
    systemctl daemon-reload
    check "a simulated hour is recorded under the unit's sandbox" systemctl start plms-record
    rm -r /run/systemd/system/plms-record.service.d
    systemctl daemon-reload
    check "and stands in the database" bash -c 'runuser -u plms -- /opt/plms/current/bin/plms nights --json --state-dir /var/lib/plms/demo | grep -q "\"name\""'
    check "the recorder starts again" systemctl start plms-record
}

phase_remove() {
    eventually 90 active
    check "uninstall succeeds" bash /src/install.sh --uninstall --unattended
    check "the software is gone" bash -c '! ls -d /opt/plms /etc/systemd/system/plms-record.service /etc/systemd/system/plms-serve.service'
    check "the nights are left" test -s /var/lib/plms/plms.db
    check "the configuration is left" test -s /etc/plms/config.toml
    check "an install finds the nights again" bash -c 'bash /src/install.sh --unattended --simulate && runuser -u plms -- /opt/plms/current/bin/plms nights --json --state-dir /var/lib/plms | grep -q "\"name\""'
    check "purge succeeds" bash /src/install.sh --uninstall --purge --unattended
    find / -xdev \( -path /proc -o -path /sys -o -path /src -o -path /src-old -o -path /src-broken -o -path /results -o -path /run -o -path /var/log \) \
        -prune -o -name '*plms*' ! -name 'plms-boot-test*' ! -name 'plms-test*' -print >"/results/$phase.left"
    cat "/results/$phase.left" >>"/results/$phase.log"
    check "purge left no file" test ! -s "/results/$phase.left"
    check "purge left no user" bash -c '! getent passwd plms && ! getent group plms'
}

"phase_$phase"
journalctl --no-pager -u plms-record -u plms-serve >"/results/$phase.journal" 2>&1
echo 'done'
