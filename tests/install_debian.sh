#!/usr/bin/env bash
# Bring what the tests drive besides Python: Debian's Chromium with a font for Chinese, PostgreSQL's server programs, and
# the MQTT broker mosquitto.
set -u
wanted=()
command -v chromium >/dev/null 2>&1 || wanted+=(chromium fonts-noto-cjk)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || wanted+=(postgresql)
[ -x /usr/sbin/mosquitto ] || command -v mosquitto >/dev/null 2>&1 || wanted+=(mosquitto)
[ "${#wanted[@]}" -eq 0 ] && exit 0
told="The tests of the report's pages, of the PostgreSQL book and of a broker need: ${wanted[*]}."
skipped="They are skipped with this reason."
if ! command -v apt-get >/dev/null 2>&1; then
  echo "$told This machine has no apt-get. $skipped"
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"; else
    echo "$told Run 'apt-get install ${wanted[*]}' as root. $skipped"
    exit 0
  fi
fi
$as_root apt-get update -qq >/dev/null 2>&1
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null 2>&1 \
  || echo "$told They could not be installed from Debian's packages. $skipped"
exit 0
