"""The evening test in a real Chromium: the whole hour clicked through, JavaScript on and off."""

import os
import re
from importlib.resources import files
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from appliance.config import Config
from appliance.sitdata import sit_score
from appliance.store import nights, sits, status
from appliance.store.connect import open_database
from appliance.web.access import Access
from appliance.web.app import create_app
from tests.appliance.web import sit_hour
from tests.appliance.web.browser import browser, complaints, requested_hosts
from tests.appliance.web.conftest import NOW
from tests.appliance.web.screenshots import SITS
from tests.appliance.web.test_browser import AXE, OVERFLOW, SMALL_TARGETS, TEXT_200, press

pytestmark = pytest.mark.browser

SMALLEST_KEY_PX = 60
"""A thumb of somebody whose legs will not let him be."""


@pytest.mark.parametrize("javascript", [True, False])
def test_the_whole_hour_is_clicked_through(javascript, tmp_path, serving):
    rig = sit_hour.rig(tmp_path / "state")
    app = create_app(rig.state_dir, Config(), access=Access.demo(), now=rig.wall.utc)
    base = serving(app)
    with browser(javascript=javascript) as phone:

        def look():
            phone.get(base + "/sit")
            return phone.find_element(By.TAG_NAME, "main").text

        def tap(words, seconds=1):
            press(phone, words)
            rig.run(seconds)

        phone.get(base + "/tonight")
        press(phone, "Evening test")
        tap("Begin")
        assert "Feet on the floor" in look()
        tap("My feet are on the floor", 7)
        assert "Legs on the bed" in look()
        assert "90 degrees from lying flat" in look()
        rig.run(72)
        if javascript:  # the page notices by itself that the test has begun
            WebDriverWait(phone, 20).until(
                lambda d: "How do your legs feel now?" in d.find_element(By.TAG_NAME, "main").text
            )
        for minute in range(0, 60, 10):
            assert f"{60 - minute}\nminutes to go" in look()
            keys = phone.find_elements(By.CSS_SELECTOR, ".pad button")
            assert [key.text for key in keys] == [str(n) for n in range(11)]
            assert min(min(key.rect["width"], key.rect["height"]) for key in keys) > SMALLEST_KEY_PX
            tap(str(minute // 10 + 2))
            assert f"You said {minute // 10 + 2}." in look()
            rig.run(598 - (minute == 50))
        rig.run(8)
        assert "The hour is over. You may move." in look()
        tap("10")
        assert "You said 10." in look()
        press(phone, "See what was found")
        night = nights.last_closed_sit(rig.hands)
        answers = sits.load_answers(rig.hands, night.id)
        assert [a.discomfort for a in answers] == [2, 3, 4, 5, 6, 7, 10]
        assert phone.current_url.endswith(f"/sits/{night.name}")
        score = sit_score(rig.hands, night)
        shown = phone.find_element(By.CSS_SELECTOR, ".figure b").text
        assert abs(float(shown) - score.movements_per_counted_hour) < 0.6
        assert "7 of 7 questions answered" in phone.page_source
        chart = phone.find_element(By.CSS_SELECTOR, "svg.sitslots")
        assert len(chart.find_elements(By.CSS_SELECTOR, "circle.felt")) == 7
        press(phone, "all evening tests")
        assert len(phone.find_elements(By.CSS_SELECTOR, "a.test")) == 1
        press(phone, "More")
        press(phone, "For the doctor")
        assert "Suggested immobilisation tests" in phone.page_source
        assert requested_hosts(phone) == {"127.0.0.1"}
        assert complaints(phone) == []


def test_stopping_early_takes_two_deliberate_taps(tmp_path, serving):
    rig = sit_hour.rig(tmp_path / "state")
    app = create_app(rig.state_dir, Config(), access=Access.demo(), now=rig.wall.utc)
    base = serving(app)
    with browser(javascript=False) as phone:
        phone.get(base + "/sit")
        for words, seconds in (
            ("Begin", 1),
            ("My feet are on the floor", 7),
            ("Begin all the same", 665),
        ):
            press(phone, words)
            rig.run(seconds)
            phone.get(base + "/sit")
        press(phone, "Stop early")
        assert "11 of 60 minutes and 0 of 7 answers are kept" in phone.page_source
        press(phone, "Go on")
        assert "minutes to go" in phone.page_source
        press(phone, "Stop early")
        press(phone, "Stop now")
        rig.run(2)
        phone.get(base + "/sit")
        press(phone, "See what was found")
        assert re.search(r"it ended after 1\d of 60 minutes", phone.page_source)


@pytest.fixture(scope="module")
def phone():
    with browser() as driver:
        yield driver


@pytest.mark.parametrize("name", SITS)
def test_every_stage_fits_and_axe_finds_nothing(name, phone, filled, serving):
    told = status.Status(
        phase="recording", kind="sit", sensors={"left": "ok", "right": "ok"}, sit=SITS[name],
        updated=NOW.timestamp(),
    )  # fmt: skip
    status.write(open_database(filled), told)
    app = create_app(filled, Config(), access=Access.demo(), now=NOW.timestamp)
    script = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    script = Path(os.environ["PLMS_AXE"]).read_text() if "PLMS_AXE" in os.environ else script
    phone.get(serving(app) + "/sit")
    assert phone.execute_script(OVERFLOW) + phone.execute_script(SMALL_TARGETS) == []
    bar = phone.find_element(By.CSS_SELECTOR, "nav.bar").rect["y"]
    keys = phone.find_elements(By.CSS_SELECTOR, ".pad button")
    assert all(key.rect["y"] + key.rect["height"] < bar for key in keys), "all within reach"
    phone.execute_script(script)
    for shade in ("dark", "light"):
        phone.execute_script(f"document.documentElement.className = '{shade}'")
        assert phone.execute_async_script(AXE) == [], shade
    phone.execute_script(TEXT_200)
    assert phone.execute_script(OVERFLOW) == [], "at 200 %"


def test_a_finger_on_a_key_is_not_robbed_of_it(phone, filled, serving):
    """The live page is not swapped while it is touched; afterwards it is."""
    db = open_database(filled)
    told = status.Status(phase="recording", sensors={"left": "ok"}, updated=NOW.timestamp())
    status.write(db, told)
    app = create_app(filled, Config(), access=Access.demo(), now=NOW.timestamp)
    phone.get(serving(app) + "/tonight")
    phone.execute_script("""
      window.fetched = 0;
      const before = window.fetch;
      window.fetch = function (...all) { window.fetched += 1; return before(...all); };
      document.dispatchEvent(new Event('pointerdown'));
    """)
    mark = phone.find_element(By.CSS_SELECTOR, "[data-live-s] section")
    WebDriverWait(phone, 6).until(lambda d: d.execute_script("return performance.now()") > 4500)
    assert phone.execute_script("return window.fetched") == 0
    assert mark.is_displayed()
    phone.execute_script("document.dispatchEvent(new Event('pointerup'));")
    WebDriverWait(phone, 12).until(lambda d: d.execute_script("return window.fetched") > 0)
