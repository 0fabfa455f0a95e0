#!/bin/sh
# Finds a Chromium for the browser tests, or gets one: Debian's package as root, Playwright's own download otherwise.
set -eu

python=$(dirname "$0")/../../.venv/bin/python
downloaded=$("$python" -c 'from playwright.sync_api import sync_playwright as start
with start() as playwright: print(playwright.chromium.executable_path)')

if [ -x /usr/bin/chromium ]; then
    echo "The browser tests use /usr/bin/chromium."
elif [ -x "$downloaded" ]; then
    echo "The browser tests use Playwright's Chromium."
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests with apt-get ..."
    log=$(mktemp)
    if apt-get update >"$log" 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium >>"$log" 2>&1; then
        rm "$log"
        echo "Installed /usr/bin/chromium."
    else
        cat "$log" >&2
        rm "$log"
        exit 1
    fi
else
    echo "Downloading Playwright's Chromium for the browser tests ..."
    "$python" -m playwright install chromium
fi
