#!/usr/bin/env bash
# Makes sure that browser tests have a Chromium: from the system's packages where we may install.
# Without one the suite says in its last lines what was not run; with CI=true that is a failure (tests/browser/conftest.py).
set -u
for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && exit 0; done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium from the system's packages"
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) >/dev/null 2>&1
fi
command -v chromium >/dev/null || echo "No Chromium here and no right to install it: browser tests cannot run"
exit 0
