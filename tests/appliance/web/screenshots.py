"""`make screenshots`: every page as a phone shows it, dark, light and grey, and the printed page.

usage: python -m tests.appliance.web.screenshots [FOLDER] [PAGE ...]
"""

from __future__ import annotations

import base64
import sys
import tempfile
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from appliance.config import Config
from appliance.store import diary, status
from appliance.store.connect import open_database
from appliance.store.movements import load_numbered as numbered
from appliance.web.access import Access
from appliance.web.app import create_app
from appliance.web.serve import listen
from tests.appliance.web import made_nights
from tests.appliance.web.browser import browser, wish

LAST = date(2026, 11, 21)
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
PAGES = {
    "morning": "/",
    "nights": "/nights",
    "sit": "/sit",
    "sits": "/sits",
    "tonight": "/tonight",
    "diary": "/diary",
    "more": "/more",
    "about": "/about",
    "compare": "/nights/compare",
    "export": "/export",
    "settings": "/settings",
    "doctor": "/doctor",
    "sensors": "/setup/sensors",
    "straps": "/setup/straps",
    "bed": "/setup/bed",
    "mqtt": "/settings/mqtt",
    "access": "/settings/access",
    "beside": "/diary/beside",
    "trouble": "/nothing-here",
}
STATUS = status.Status(
    phase="idle",
    sensors={"left": "ok", "right": "ok", "strip": "lost"},
    updated=NOW.timestamp() - 5,
)


def _running(**more: object) -> status.SitStatus:
    begun = NOW.timestamp() - 22 * 60
    running = {
        "state": "running", "night": "2026-11-22-sit", "started_utc": begun,
        "ends_utc": begun + 3600, "open_minute": 20, "closes_utc": begun + 1800, "posture": "in",
        "answers": ((0, 2), (10, 3)), "posture_checked": True,
    }  # fmt: skip
    return status.SitStatus(**(running | more))


SITS = {
    "sit-edge": status.SitStatus(
        state="edge", reason="Sit on the edge of the bed with both feet on the floor, then say so."
    ),
    "sit-stretch": status.SitStatus(
        state="stretch",
        reason="Stretch both legs out on the bed: the left shin is 48 degrees from lying flat.",
    ),
    "sit-asks": _running(),
    "sit-asked": _running(answers=((0, 2), (10, 3), (20, 6))),
    "sit-out": _running(posture="out", answers=((0, 2), (10, 3), (20, 6))),
    "sit-over": _running(state="asking", open_minute=60),
}
GREY = "document.documentElement.style.filter = 'grayscale(1)'"


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        db = open_database(Path(state))
        made_nights.make_nights(db, date(2026, 11, 20), 100)
        last = made_nights.make_night(
            db, LAST, 4, made_nights.Recipe(series_per_hour=2.1, unsure=0.08)
        )
        made_nights.add_raw(db, Path(state), last)
        made_nights.make_sits(db, date(2026, 11, 14), 10)
        stands = made_nights.Sitting(stands=True, gap=True)
        PAGES["sit-result"] = f"/sits/{made_nights.make_sit(db, LAST, 3, stands).name}"
        part = made_nights.Sitting(minutes=25, answers=(0, None, 2), start="22:00", restless=0.4)
        PAGES["sit-part"] = f"/sits/{made_nights.make_sit(db, LAST, 4, part).name}"
        diary.put(db, LAST.isoformat(), "evening", {"caffeine": 2, "pregnancy_week": 24}, 0.0)
        kick = next(m for m in numbered(db, last.id) if m[1].kind == "leg" and m[1].side == "left")
        PAGES["movement"] = f"/night/{last.name}/movement/{kick[0]}"
        status.write(db, STATUS)
        app = create_app(Path(state), Config(), access=Access.demo(), now=NOW.timestamp)
        server = listen(app, "127.0.0.1", 0)
        threading.Thread(target=server.run, daemon=True).start()
        base = f"http://127.0.0.1:{server.port}"
        with browser(scale=1.5) as driver:
            for name in [one for one in wanted if one in PAGES] or ([] if wanted else PAGES):
                show(driver, base + PAGES[name], folder, name)
            for name, test in SITS.items():
                if not wanted or name in wanted:
                    status.write(db, replace(STATUS, phase="recording", sit=test))
                    show(driver, f"{base}/sit", folder, name)
            status.write(db, STATUS)
            for name in ("doctor", "morning"):
                if not wanted or name in wanted:
                    driver.get(base + PAGES[name])
                    paper(driver, folder / f"{name}-paper.png")
                    printed = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
                    (folder / f"{name}.pdf").write_bytes(base64.b64decode(printed["data"]))
        server.stop()


def show(driver, address: str, folder: Path, name: str) -> None:
    """Take one page in every light."""
    for mode in ("dark", "light", "grey"):
        wish(driver, dark=mode != "light")
        driver.get(address)
        if mode == "grey":
            driver.execute_script(GREY)
        save(driver, folder / f"{name}-{mode}.png", whole=mode == "dark")


def paper(driver, path: Path) -> None:
    """Show how the printed page looks: A4 at 96 dots an inch without its margins."""
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    metrics = {"width": 688, "height": 1017, "deviceScaleFactor": 1.5, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    save(driver, path, whole=False)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


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
