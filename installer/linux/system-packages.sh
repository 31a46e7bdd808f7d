#!/bin/bash
# The Debian packages that Causeway stands on, from the sources or frozen: installs the missing ones when run by root,
# else prints the one line to run and fails. Ubuntu and newer Debian releases provide the same names.
set -euo pipefail

packages=(
  # Python itself
  python3 python3-venv python3-pip
  # Qt without a display
  libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0 libbrotli1
  # Qt on an X11 display
  libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-xkb1 libxkbcommon-x11-0 libxcb-randr0 libxcb-shape0 libx11-xcb1
  # tests with a real display and a real keyring; building the program folder
  xvfb xauth dbus gnome-keyring libsecret-tools binutils
  # tests of the server on its larger database
  postgresql
)

if ! command -v dpkg-query > /dev/null; then
  echo "system packages: not a Debian system, so nothing was checked; Qt needs the libraries listed in $0" >&2
  exit 0
fi

# A name counts when it is installed or when an installed package provides it.
present=$(dpkg-query -W -f '${db:Status-Status}|${Package}, ${Provides}\n' |
  awk -F '|' '$1 == "installed" { gsub(/\([^)]*\)|,/, " ", $2); print " " $2 " " }')
missing=()
for package in "${packages[@]}"; do
  grep -q -F " $package " <<< "$present" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Causeway needs these system packages first:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "set-up: system packages ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1 < /dev/null; then
  tail -n 20 "$log" >&2
  echo "system packages: apt-get failed (see above); missing: ${missing[*]}" >&2
  exit 1
fi
