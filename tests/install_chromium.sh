#!/usr/bin/env bash
# Bring the browser that the report's tests drive: Debian's Chromium and a font for Chinese.
set -u
have() { command -v chromium >/dev/null 2>&1; }
have && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "The report's browser tests need Chromium; this machine has no apt-get. They are skipped with this reason."
  exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"; else
    echo "The report's browser tests need Chromium: run 'apt-get install chromium fonts-noto-cjk' as root. They are skipped with this reason."
    exit 0
  fi
fi
$as_root apt-get update -qq >/dev/null 2>&1
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null 2>&1
have || echo "Chromium could not be installed from Debian's packages. The report's browser tests are skipped with this reason."
exit 0
