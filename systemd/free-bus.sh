#!/bin/sh
# Clock free a bus whose data line a chip holds low. Started as root by plms-free-bus.path when the
# recorder has left STATE/bus-stuck-N behind; the recorder is stopped while this runs, since an adapter
# cannot be detached while its device file is open.
# Usage: free-bus.sh (pins of bus N: PLMS_BUS_N="SDA SCL", GPIO numbers; bus 1 is 2 and 3)
set -u
state=${PLMS_STATE_DIR:-/var/lib/plms}
sys=${PLMS_SYS:-/sys}
failed=0

say() { echo "bus $number: $*" >&2; }

level() { pinctrl get "$1" | sed -n 's/.*| *\(hi\|lo\).*/\1/p'; }
function_of() { pinctrl get "$1" | sed -n 's/^ *[0-9]*: *\([a-z0-9]*\).*/\1/p'; }
# As on the bus itself, a line is pulled low or let go, never driven high.
let_go() { pinctrl set "$1" ip pu; }
pull_low() { pinctrl set "$1" op dl; }

# Up to nine pulses let the chip finish its byte and hear that nobody acknowledges; then a stop.
clock_free() {
    pulses=0
    let_go "$sda"
    let_go "$scl"
    while [ "$(level "$sda")" = lo ] && [ $pulses -lt 9 ]; do
        pull_low "$scl"
        let_go "$scl"
        pulses=$((pulses + 1))
    done
    [ "$(level "$sda")" = hi ] || return 1
    pull_low "$scl"
    pull_low "$sda"
    let_go "$scl"
    let_go "$sda"
    say "free after $pulses pulses"
}

free() {
    eval "pins=\${PLMS_BUS_$number:-}"
    [ -n "$pins" ] || { [ "$number" = 1 ] && pins="2 3"; } || { say "its pins are not known: set PLMS_BUS_$number"; return 1; }
    sda=${pins% *} scl=${pins#* }
    command -v pinctrl >/dev/null || { say "no pinctrl here: not a Raspberry Pi OS"; return 1; }
    [ "$(level "$sda")" = lo ] || { say "SDA is high: nobody holds it"; return 0; }
    device=$(dirname "$(readlink -f "$sys/bus/i2c/devices/i2c-$number")")
    driver=$(readlink -f "$device/driver")
    [ -e "$driver/unbind" ] || { say "no adapter that could be detached"; return 1; }
    was=$(function_of "$sda")
    basename "$device" >"$driver/unbind" || return 1
    result=0
    clock_free || { say "SDA stays low: switch the sensors' supply off and on"; result=1; }
    pinctrl set "$sda,$scl" "$was" pu
    basename "$device" >"$driver/bind" || result=1
    return "$result"
}

for file in "$state"/bus-stuck-*; do
    number=${file##*-}
    case $number in
        '' | *[!0-9]*) continue ;;
    esac
    rm -f "$file"
    free || failed=1
done
exit $failed
