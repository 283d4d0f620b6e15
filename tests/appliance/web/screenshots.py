"""`make screenshots`: every page as a phone shows it, dark, light and grey, and the printed page.

usage: python -m tests.appliance.web.screenshots [FOLDER] [PAGE ...]
"""

from __future__ import annotations

import base64
import sys
import tempfile
import threading
from datetime import UTC, date, datetime
from pathlib import Path

from appliance.config import Config
from appliance.store.connect import open_database
from appliance.web.access import Access
from appliance.web.app import create_app
from appliance.web.serve import listen
from tests.appliance.web import made_nights
from tests.appliance.web.browser import browser, wish

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PAGES = {
    "morning": "/",
    "nights": "/nights",
    "tonight": "/tonight",
    "diary": "/diary",
    "more": "/more",
    "about": "/about",
    "movement": "/night/2026-11-21/movement/12",
    "compare": "/nights/compare",
    "export": "/export",
    "settings": "/settings",
    "doctor": "/doctor",
    "sensors": "/setup/sensors",
    "trouble": "/nothing-here",
}
GREY = "document.documentElement.style.filter = 'grayscale(1)'"


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        db = open_database(Path(state))
        made_nights.make_nights(db, date(2026, 11, 21), 100)
        app = create_app(Path(state), Config(), access=Access.demo(), now=NOW.timestamp)
        server = listen(app, "127.0.0.1", 0)
        threading.Thread(target=server.run, daemon=True).start()
        base = f"http://127.0.0.1:{server.port}"
        with browser(scale=1.5) as driver:
            for name in wanted or PAGES:
                for mode in ("dark", "light", "grey"):
                    wish(driver, dark=mode != "light")
                    driver.get(base + PAGES[name])
                    if mode == "grey":
                        driver.execute_script(GREY)
                    save(driver, folder / f"{name}-{mode}.png", whole=mode == "dark")
            for name in ("doctor", "morning"):
                if not wanted or name in wanted:
                    driver.get(base + PAGES[name])
                    printed = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
                    (folder / f"{name}.pdf").write_bytes(base64.b64decode(printed["data"]))
        server.stop()


def save(driver, path: Path, *, whole: bool) -> None:
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    path.write_bytes(base64.b64decode(shot["data"]))
    if whole:
        shot = driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True}
        )
        path.with_name(path.stem + "-whole.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    target, *names = sys.argv[1:] or ["screenshots"]
    main(Path(target), names)
