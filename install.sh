#!/usr/bin/env bash
# Install, upgrade or remove the bedside PLMS monitor.
#
#   sudo ./install.sh                   install, or upgrade to the version of this folder
#   sudo ./install.sh --simulate        the same with simulated sensors: try it without any hardware
#
# Run it from a checkout or an unpacked release. It writes only to /opt/plms, /etc/plms,
# /var/lib/plms, its units (/etc/systemd/system/plms-*, /etc/sysusers.d, /etc/tmpfiles.d) and
# /etc/avahi/services/plms.service. Running it again changes nothing that is already right.
set -euo pipefail

SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PREFIX=/opt/plms
CONFIG_DIR=/etc/plms
STATE_DIR=/var/lib/plms
CONFIG=$CONFIG_DIR/config.toml
CURRENT=$PREFIX/current
UNITS=(plms-record.service plms-serve.service)
AVAHI=/etc/avahi/services/plms.service
# Debian's own: another Python that comes first in root's PATH may be closed to the service
PYTHON=${PLMS_PYTHON:-/usr/bin/python3}
HEALTH_TIMEOUT_S=${PLMS_HEALTH_TIMEOUT_S:-180}
KEEP_BACKUPS=3
OS_RELEASE=${PLMS_OS_RELEASE:-/etc/os-release}
BOARD_MODEL=${PLMS_BOARD_MODEL:-/proc/device-tree/model}

dry_run=no unattended=no simulate=no mosquitto=no force=no purge=no action=install
reboot_needed=no going_back_to="" coming_from=""

usage() {
    cat <<'USAGE'
usage: sudo ./install.sh [options]
  --simulate        simulated sensors instead of real ones (to try it on any machine)
  --with-mosquitto  install the Mosquitto broker too, for home automation on this machine
  --unattended      ask nothing
  --dry-run         say what would be done, change nothing
  --force           upgrade even while a night is running
  --uninstall       remove the software; the nights and the configuration stay
  --uninstall --purge   remove the nights and the configuration as well
  --version         print the version of this folder
USAGE
}

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

# Do it, or with --dry-run only say so.
run() {
    if [ "$dry_run" = yes ]; then say "would run: $*"; else "$@"; fi
}

# Run a command as the services' user, with the services' folders.
as_service() {
    runuser -u plms -- env -C "$STATE_DIR" HOME="$STATE_DIR" PLMS_STATE_DIR="$STATE_DIR" PLMS_CONFIG="$CONFIG" \
        NUMBA_CACHE_DIR="$STATE_DIR/cache/numba" PYTHONDONTWRITEBYTECODE=1 "$@"
}

# Call a helper of a release: helper RELEASE VERB [ARGUMENT...]
helper() {
    local release=$1
    shift
    as_service "$release/bin/python" -m appliance.installer "$@"
}

systemd_runs() { [ -d /run/systemd/system ]; }
is_pi() { [ -e "$BOARD_MODEL" ] && tr -d '\0' <"$BOARD_MODEL" | grep -q 'Raspberry Pi'; }
installed() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
version() { sed -n 's/^VERSION = "\(.*\)"$/\1/p' "$SOURCE/appliance/version.py"; }

parse_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --simulate) simulate=yes ;;
            --with-mosquitto) mosquitto=yes ;;
            --unattended) unattended=yes ;;
            --dry-run) dry_run=yes ;;
            --force) force=yes ;;
            --uninstall) action=uninstall ;;
            --purge) purge=yes ;;
            --version) action=version ;;
            -h | --help) usage; exit 0 ;;
            *) usage >&2; exit 2 ;;
        esac
        shift
    done
    if [ "$purge" = yes ] && [ "$action" != uninstall ]; then
        usage >&2
        exit 2
    fi
}

# Refuse at once, with the reason, where it cannot work.
check_machine() {
    local architecture codename
    architecture=$(dpkg --print-architecture 2>/dev/null) || fail "this is not Debian or Raspberry Pi OS: there is no dpkg"
    case $architecture in
        amd64 | arm64) ;;
        *) fail "this system is $architecture, but Numba exists only for 64-bit: please use the 64-bit Raspberry Pi OS" ;;
    esac
    codename=$(sed -n 's/^VERSION_CODENAME=//p' "$OS_RELEASE" | tr -d '"')
    case $codename in
        bookworm | trixie) ;;
        *) fail "this system is \"$codename\"; supported are 64-bit Debian 12 (bookworm) and 13 (trixie) and Raspberry Pi OS made of them" ;;
    esac
    if [ -x "$PYTHON" ]; then
        "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
            fail "$PYTHON is $("$PYTHON" -V 2>&1), but 3.11 or newer is needed"
    fi
    [ -f "$SOURCE/pyproject.toml" ] || fail "the software is not beside this script: run it from its folder"
    local free_mb
    free_mb=$(df --output=avail -m /opt | tail -1)
    [ "$free_mb" -ge 900 ] || [ -L "$CURRENT" ] || fail "/opt has $free_mb MB free, 900 MB are needed"
}

check_root() {
    [ "$dry_run" = yes ] || [ "$(id -u)" = 0 ] || fail "please run it as root: sudo ./install.sh"
}

confirm() {
    [ "$unattended" = no ] && [ "$dry_run" = no ] && [ -t 0 ] || return 0
    local answer
    read -r -p "$1 [y/N] " answer
    [[ $answer == [yYjJ]* ]] || fail "stopped; nothing was changed"
}

install_packages() {
    local wanted=(python3 python3-venv ca-certificates) missing=() package
    [ "$mosquitto" = no ] || wanted+=(mosquitto)
    # lgpio has no wheel for Python 3.13, and pip's substitute is an empty shell: take Raspberry Pi OS's own
    ! is_pi || ! apt-cache show python3-lgpio >/dev/null 2>&1 || wanted+=(python3-lgpio)
    for package in "${wanted[@]}"; do installed "$package" || missing+=("$package"); done
    [ ${#missing[@]} -gt 0 ] || return 0
    step "Debian packages: ${missing[*]}"
    run apt-get update -qq
    run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

enable_i2c() {
    [ "$simulate" = no ] && is_pi || return 0
    if command -v raspi-config >/dev/null && [ "$(raspi-config nonint get_i2c)" != 0 ]; then
        step "I2C"
        run raspi-config nonint do_i2c 0
    fi
    compgen -G '/dev/i2c-*' >/dev/null || reboot_needed=yes
}

# Copy a file where it differs; true when it was changed.
install_file() {
    local from=$1 to=$2 mode=$3
    ! cmp -s "$from" "$to" || return 1
    run install -D -m "$mode" "$from" "$to"
}

make_user_and_folders() {
    install_file "$SOURCE/systemd/sysusers.d/plms.conf" /etc/sysusers.d/plms.conf 644 || true
    install_file "$SOURCE/systemd/tmpfiles.d/plms.conf" /etc/tmpfiles.d/plms.conf 644 || true
    run systemd-sysusers /etc/sysusers.d/plms.conf
    run systemd-tmpfiles --create /etc/tmpfiles.d/plms.conf
}

# The release's name: the version, and a digest of everything that makes it.
release_name() {
    local digest
    digest=$(cd "$SOURCE" && find appliance drivers detect systemd docs pyproject.toml constraints-*.txt install.sh \
        -type f ! -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum |
        { cat; "$PYTHON" -V; } | sha256sum | cut -c1-8)
    printf '%s-%s' "$(version)" "$digest"
}

# Build the virtual environment of a release; a half-built one of an interrupted run is thrown away.
build_release() {
    local release=$1 work tag pin=()
    [ ! -f "$release/.complete" ] || return 0
    step "Software $(basename "$release")"
    [ "$dry_run" = no ] || { say "would build: $release"; return 0; }
    rm -rf "$release"
    mkdir -p "$PREFIX/releases"
    "$PYTHON" -m venv "$release"
    tag=$("$release/bin/python" -c 'import sys; print(f"py{sys.version_info[0]}{sys.version_info[1]}")')
    [ ! -f "$SOURCE/constraints-$tag.txt" ] || pin=(-c "$SOURCE/constraints-$tag.txt")
    work=$(mktemp -d "$PREFIX/build.XXXXXX")
    (cd "$SOURCE" && cp -a appliance drivers detect pyproject.toml README.md LICENSE "$work")
    "$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir "${pin[@]}" "$work" || {
        rm -rf "$work" "$release"
        fail "the Python packages could not be installed (see above); nothing was changed"
    }
    rm -rf "$work"
    link_lgpio "$release"
    cp -a "$SOURCE/systemd" "$SOURCE/docs" "$release/"
    touch "$release/.complete"
}

# The system's lgpio, without opening the environment to all other packages of the system.
link_lgpio() {
    local site file
    is_pi || return 0
    site=$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
    for file in /usr/lib/python3/dist-packages/lgpio.py /usr/lib/python3/dist-packages/_lgpio*.so; do
        [ ! -e "$file" ] || ln -s "$file" "$site/"
    done
    (cd /tmp && LG_WD=/tmp "$1/bin/python" -c 'import lgpio; lgpio.gpiochip_open') 2>/dev/null ||
        say "note: lgpio is not usable, so a button and LED cannot be. Try: sudo apt-get install python3-lgpio"
}

write_config() {
    local release=$1
    if [ ! -f "$CONFIG" ]; then
        step "Configuration $CONFIG"
        [ "$dry_run" = no ] || { say "would write: $CONFIG"; return 0; }
        install -D -m 644 "$(echo "$release"/lib/python3*/site-packages/appliance/config.toml)" "$CONFIG"
    fi
    if [ "$simulate" = yes ] && grep -q '^simulate = false' "$CONFIG"; then
        run sed -i 's/^simulate = false/simulate = true/' "$CONFIG"
    fi
    # a broker on this machine is of use only when the device speaks to it
    if [ "$mosquitto" = yes ] && grep -q '^host = "localhost"' "$CONFIG"; then
        run sed -i '/^\[mqtt\]/,/^\[/ s/^enabled = false/enabled = true/' "$CONFIG"
    fi
    [ "$dry_run" = yes ] || as_service "$release/bin/plms" config check "$CONFIG" 2>/dev/null ||
        fail "$(as_service "$release/bin/plms" config check "$CONFIG" 2>&1); nothing was changed"
}

check_no_night_runs() {
    [ -L "$CURRENT" ] && [ -f "$STATE_DIR/plms.db" ] && [ "$force" = no ] && [ "$dry_run" = no ] || return 0
    if helper "$1" night-running; then
        fail "a night is running: please end it first, or say --force"
    fi
}

back_up() {
    local backup
    [ -f "$STATE_DIR/plms.db" ] || return 0
    backup=$STATE_DIR/backups/before-$(basename "$1").db
    step "Backup $backup"
    run install -d -o plms -g plms -m 750 "$STATE_DIR/backups"
    run rm -f "$backup"
    [ "$dry_run" = yes ] || as_service "$(readlink -f "$CURRENT")/bin/plms" backup "$backup" >/dev/null
    # shellcheck disable=SC2012  # our own names hold nothing odd
    run_quietly_prune "$(ls -t "$STATE_DIR"/backups/before-*.db 2>/dev/null | tail -n "+$((KEEP_BACKUPS + 1))")"
}

run_quietly_prune() {
    local file
    while IFS= read -r file; do [ -z "$file" ] || run rm -f "$file"; done <<<"$1"
}

stop_services() { ! systemd_runs || run systemctl stop "${UNITS[@]}" 2>/dev/null || true; }

switch_to() {
    run ln -sfn "$1" "$PREFIX/current.new"
    run mv -T "$PREFIX/current.new" "$CURRENT"
}

install_units() {
    local release=$1 unit changed=no
    for unit in "${UNITS[@]}"; do
        ! install_file "$release/systemd/$unit" "/etc/systemd/system/$unit" 644 || changed=yes
    done
    [ "$changed" = no ] || ! systemd_runs || run systemctl daemon-reload
    [ ! -d "$(dirname "$AVAHI")" ] || [ "$dry_run" = yes ] || announce "$release"
}

announce() {
    local new
    new=$(mktemp)
    sed "s#<port>[0-9]*</port>#<port>$(helper "$1" port)</port>#" "$1/systemd/avahi/plms.service" >"$new"
    install_file "$new" "$AVAHI" 644 || true
    rm -f "$new"
}

start_services() {
    run systemctl enable --quiet "${UNITS[@]}"
    systemd_runs || return 0
    run systemctl reset-failed "${UNITS[@]}" 2>/dev/null || true
    run systemctl start "${UNITS[@]}" || true
}

# Both services active and the page answering, for as long as a freshly started one may take to fail.
healthy() {
    [ "$dry_run" = no ] && systemd_runs || return 0
    [ "$reboot_needed" = no ] || UNITS=(plms-serve.service)
    local deadline=$((SECONDS + HEALTH_TIMEOUT_S)) good=0
    while [ $SECONDS -lt $deadline ]; do
        if systemctl is-active --quiet "${UNITS[@]}" && helper "$1" page-answers; then good=$((good + 1)); else good=0; fi
        [ $good -lt 3 ] || return 0
        sleep 1
    done
    systemctl --no-pager --lines=15 status "${UNITS[@]}" >&2 || true
    return 1
}

# Back to the release $1 from the release $2: the link, the units, and the database where $2 changed its
# layout, which $1 refuses. The backup takes the database's place in one rename, whole or not at all.
go_back() {
    local old=$1 backup
    backup=$STATE_DIR/backups/before-$(basename "$2").db
    going_back_to=""
    stop_services
    switch_to "$old"
    install_units "$old"
    if [ -f "$backup" ] && ! helper "$old" database-opens; then
        install -o plms -g plms -m 600 "$backup" "$STATE_DIR/plms.db.back"
        rm -f "$STATE_DIR"/plms.db-wal "$STATE_DIR"/plms.db-shm
        mv -T "$STATE_DIR/plms.db.back" "$STATE_DIR/plms.db"
    fi
    start_services
}

roll_back() {
    local old=$1 failed=$2
    say "The new version does not work here: going back to $(basename "$old")." >&2
    go_back "$old" "$failed"
    rm -rf "$failed"
    healthy "$old" || fail "the old version does not start either: see journalctl -u plms-record -u plms-serve"
    fail "upgrade undone: $(basename "$old") runs again, with all nights"
}

# Interrupted between the old version and the new one: the old one goes on.
resume_old() {
    [ -n "$going_back_to" ] || return 0
    say "interrupted: going back to $(basename "$going_back_to")" >&2
    go_back "$going_back_to" "$coming_from"
}

# Keep the release before this one: it is what an owner goes back to by hand.
remove_old_releases() {
    local release
    if [ -n "$2" ] && [ "$1" != "$2" ]; then
        run find "$STATE_DIR/cache/numba" -mindepth 1 -maxdepth 1 ! -newer "$1/.complete" -exec rm -rf {} +
    fi
    for release in "$PREFIX"/releases/*/; do
        release=${release%/}
        if [ "$1" != "$2" ] && [ "$release" != "$1" ] && [ "$release" != "$2" ] && [ -d "$release" ]; then
            run rm -rf "$release"
        fi
    done
}

finish() {
    local release=$1
    [ "$dry_run" = no ] || { say "dry run: nothing was changed"; return 0; }
    step "plms doctor"
    as_service "$CURRENT/bin/plms" doctor || true
    step "Ready"
    helper "$release" welcome
    [ "$reboot_needed" = no ] || say "Please reboot now (sudo reboot): I2C was just enabled."
}

install_or_upgrade() {
    local release old=""
    check_machine
    check_root
    confirm "Install the bedside PLMS monitor $(version) on this machine?"
    install_packages
    enable_i2c
    make_user_and_folders
    release=$PREFIX/releases/$(release_name)
    [ ! -L "$CURRENT" ] || old=$(readlink -f "$CURRENT")
    [ "$old" = "$release" ] || [ -z "$old" ] || check_no_night_runs "$old"
    build_release "$release"
    write_config "$release"
    if [ "$old" != "$release" ]; then
        [ -z "$old" ] || back_up "$release"
        [ "$dry_run" = yes ] || { step "Compiling the detector"; helper "$release" warm; }
        going_back_to=$old coming_from=$release
        stop_services
        switch_to "$release"
    fi
    install_units "$release"
    start_services
    if ! healthy "$release"; then
        if [ -z "$old" ] || [ "$old" = "$release" ]; then
            fail "the services do not start: see above, or journalctl -u plms-record -u plms-serve"
        fi
        roll_back "$old" "$release"
    fi
    going_back_to=""
    remove_old_releases "$release" "$old"
    finish "$release"
}

uninstall() {
    check_root
    [ "$purge" = no ] || confirm "Delete all nights in $STATE_DIR as well?"
    if systemd_runs; then
        run systemctl disable --quiet --now "${UNITS[@]}" 2>/dev/null || true
        run systemctl disable --quiet --now plms-free-bus.path 2>/dev/null || true
    fi
    run rm -f /etc/systemd/system/plms-free-bus.* /etc/systemd/system/multi-user.target.wants/plms-free-bus.path
    run rm -f "/etc/systemd/system/${UNITS[0]}" "/etc/systemd/system/${UNITS[1]}" "$AVAHI" \
        "/etc/systemd/system/multi-user.target.wants/${UNITS[0]}" "/etc/systemd/system/multi-user.target.wants/${UNITS[1]}" \
        /etc/sysusers.d/plms.conf /etc/tmpfiles.d/plms.conf
    ! systemd_runs || run systemctl daemon-reload
    run rm -rf "$PREFIX" "$STATE_DIR/cache"
    if [ "$purge" = yes ]; then
        run rm -rf "$STATE_DIR" "$CONFIG_DIR"
        ! getent passwd plms >/dev/null || run userdel plms
        ! getent group plms >/dev/null || run groupdel plms
        say "Removed, with all nights and the configuration."
    else
        say "Removed. The nights are in $STATE_DIR, the configuration in $CONFIG_DIR (--purge deletes them)."
    fi
}

parse_arguments "$@"
trap resume_old EXIT
case $action in
    version) version ;;
    uninstall) uninstall ;;
    install) install_or_upgrade ;;
esac
