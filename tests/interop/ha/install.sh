#!/usr/bin/env bash
# Install one Home Assistant into a folder of its own and print the command that runs its Python.
# usage: tests/interop/ha/install.sh VERSION FOLDER
# Says on standard error why a version cannot be installed here, and exits with 3.
set -euo pipefail
version=$1
folder=$2/$version

skip() {
    echo "Home Assistant $version: left out: $1" >&2
    exit 3
}

python_of() { # MINOR: an interpreter of Python 3.MINOR that is here, newest patch first
    local candidate
    for candidate in "python3.$1" "$HOME"/.pyenv/versions/3."$1".*/bin/python3; do
        if "$candidate" -c "import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, $1))" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

into_venv() { # MINOR PACKAGE...
    local minor=$1 python
    shift
    python=$(python_of "$minor") || skip "it needs Python 3.$minor, which is not here"
    if [ ! -e "$folder/.ready" ]; then
        rm -rf "$folder"
        "$python" -m venv "$folder" >&2
        "$folder/bin/pip" install --quiet "$@" >&2 || skip "its packages cannot be installed"
        touch "$folder/.ready"
    fi
    echo "$folder/bin/python"
}

into_chroot() { # PACKAGE...
    [ "$(id -u)" = 0 ] || skip "it needs Python 3.14 in a chroot, and that needs root"
    command -v debootstrap >/dev/null || skip "it needs debootstrap (apt-get install debootstrap)"
    local certificates=/etc/ssl/certs/ca-certificates.crt
    if [ ! -e "$folder/.debian" ]; then
        rm -rf "$folder"
        debootstrap --variant=minbase --include=python3,python3-venv,python3-dev,gcc,g++,libc6-dev,libffi-dev,ca-certificates \
            testing "$folder" http://deb.debian.org/debian >&2 || skip "Debian testing cannot be fetched"
        touch "$folder/.debian"
    fi
    if [ ! -e "$folder/.ready" ]; then
        # The host's ways to the package index count inside too.
        cp -L "$certificates" "$folder$certificates"
        cp -L /etc/resolv.conf "$folder/etc/resolv.conf"
        if [ -f /etc/pip.conf ]; then cp /etc/pip.conf "$folder/etc/pip.conf"; fi
        chroot "$folder" python3 -m venv /venv >&2
        chroot "$folder" env PIP_CERT="$certificates" /venv/bin/pip install --quiet "$@" >&2 ||
            skip "its packages cannot be installed"
        mkdir -p "$folder/work"
        touch "$folder/.ready"
    fi
    echo "chroot $folder /venv/bin/python"
}

case $version in
    2024.11.3) into_venv 12 homeassistant==2024.11.3 paho-mqtt==1.6.1 'josepy<2' ;;
    2025.4.4) into_venv 13 homeassistant==2025.4.4 paho-mqtt==2.1.0 ;;
    2026.11.0) into_chroot homeassistant==2026.11.0 paho-mqtt==2.1.0 aiohasupervisor==0.8.1 ;;
    *) skip "no recipe for it" ;;
esac
