"""A real headless Chromium at the size of a phone, cut off from every host but the loopback."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

PHONE = (411, 891)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--no-first-run",
    "--no-default-browser-check",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip


@contextmanager
def browser(*, javascript=True, dark=True, size=PHONE, scale=1.0):
    """Yield a driver; `dark` is what the page learns as the reader's wish."""
    with tempfile.TemporaryDirectory(prefix="plms-browser-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.add_experimental_option(
            "prefs",
            {"profile.managed_default_content_settings.javascript": 1 if javascript else 2},
        )
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            driver.set_page_load_timeout(30)
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": size[0], "height": size[1], "deviceScaleFactor": scale, "mobile": True},
            )
            wish(driver, dark=dark)
            yield driver
        finally:
            driver.quit()


def wish(driver, *, dark):
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]},
    )


def requested_hosts(driver):
    """Return every host that a request went to since the last call."""
    hosts = set()
    for line in driver.get_log("performance"):
        message = json.loads(line["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            parts = urlsplit(message["params"]["request"]["url"])
            if parts.scheme in ("http", "https", "ws", "wss"):
                hosts.add(parts.hostname)
    return hosts


def complaints(driver):
    """Return the console's complaints (a breach of the content security policy shows here)."""
    return [line["message"] for line in driver.get_log("browser") if line["level"] == "SEVERE"]
