"""A real Chromium at the size of a phone: with and without JavaScript, as a person would use it."""

import base64
import os
import re
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from appliance.config import Config
from appliance.store import commands, diary
from appliance.store.connect import open_database
from appliance.web.access import Access
from appliance.web.app import create_app
from tests.appliance.web import made_nights
from tests.appliance.web.browser import browser, complaints, requested_hosts
from tests.appliance.web.conftest import CHEAP, NOW, PASSWORD, first_kick

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/nights", "/nights/compare", "/tonight", "/tonight/signals", "/diary", "/diary/beside",
    "/more", "/about", "/settings", "/settings/night", "/settings/mqtt", "/settings/access",
    "/export", "/doctor", "/setup/names", "/setup/sensors", "/setup/straps", "/setup/bed",
    "/setup/broker", "/setup/done", "/night/2026-11-21/edit", "/nothing-here", "/sit", "/sits",
    "/sits/2026-11-21-sit",
)  # fmt: skip
OVERFLOW = """
const wide = document.documentElement.clientWidth;
return [...document.querySelectorAll('body *')].filter(e => {
  if (e.closest('.scroll, .visually-hidden, .skip, svg')) { return false; }
  const box = e.getBoundingClientRect();
  return box.width > 0 && (box.right > wide + 1 || box.left < -1);
}).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.trim().slice(0, 60));
"""
SMALL_TARGETS = """
return [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(e => {
    const box = e.getBoundingClientRect();
    const inline = e.tagName === 'A' && getComputedStyle(e).display === 'inline';
    return box.width > 0 && !inline && !e.closest('.chips') && (box.width < 24 || box.height < 24);
  }).map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40));
"""
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations.map(
  v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | '))));
"""
TEXT_200 = "document.documentElement.style.fontSize = '225%'"


@pytest.fixture(scope="module")
def phone():
    with browser() as driver:
        yield driver


@pytest.fixture(scope="module")
def old_phone():
    """A browser whose JavaScript is switched off."""
    with browser(javascript=False) as driver:
        yield driver


@pytest.fixture
def made(made_state, serving):
    app = create_app(made_state, Config(), access=Access.demo(), now=NOW.timestamp)
    return serving(app)


def pages_of(made_state):
    return (*PAGES, f"/night/2026-11-21/movement/{first_kick(made_state)}")


def test_every_page_fits_also_at_200_percent_and_asks_nobody_else(phone, made, made_state):
    requested_hosts(phone)
    complaints(phone)
    found = {}
    for path in pages_of(made_state):
        phone.get(made + path)
        assert phone.find_elements(By.TAG_NAME, "h1"), path
        found[path] = phone.execute_script(OVERFLOW) + phone.execute_script(SMALL_TARGETS)
        phone.execute_script(TEXT_200)
        found[path] += [f"at 200 %: {wide}" for wide in phone.execute_script(OVERFLOW)]
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert requested_hosts(phone) == {"127.0.0.1"}
    heard = [text for text in complaints(phone) if "404" not in text]
    assert heard == []


def test_a_narrow_phone_breaks_no_number_no_arrow_and_no_caption(state, serving):
    recipe = made_nights.Recipe(hours=2.5, gap=False, series_per_hour=500.0)
    made_nights.make_night(open_database(state), date(2026, 11, 21), 5, recipe)
    base = serving(create_app(state, Config(), access=Access.demo(), now=NOW.timestamp))
    with browser(size=(390, 844)) as narrow:
        narrow.get(f"{base}/nights?month=2026-11")
        number = narrow.find_element(By.CSS_SELECTOR, ".calendar a b")
        assert re.fullmatch(r"\(\d{3}\)", number.text)
        assert number.rect["height"] < 25, "one line"
        fits = "return arguments[0].scrollWidth <= arguments[0].clientWidth"
        assert narrow.execute_script(fits, number)
        narrow.get(f"{base}/diary/2026-09-23")
        title = narrow.find_element(By.CSS_SELECTOR, ".pager h1").rect
        for arrow in narrow.find_elements(By.CSS_SELECTOR, ".pager a"):
            middle = arrow.rect["y"] + arrow.rect["height"] / 2
            assert title["y"] < middle < title["y"] + title["height"]
        narrow.get(f"{base}/doctor")
        for caption in narrow.find_elements(By.TAG_NAME, "caption"):
            assert caption.rect["x"] + caption.rect["width"] <= 390


def test_every_page_without_javascript(old_phone, made, made_state):
    requested_hosts(old_phone)
    for path in pages_of(made_state):
        old_phone.get(made + path)
        assert old_phone.find_element(By.TAG_NAME, "h1").text, path
    assert requested_hosts(old_phone) == {"127.0.0.1"}
    old_phone.get(made + "/")
    assert float(old_phone.find_element(By.CSS_SELECTOR, ".figure b").text) > 10
    summary = old_phone.find_element(By.CSS_SELECTOR, "details summary")
    touch(old_phone, summary)
    assert summary.find_element(By.XPATH, "..").get_attribute("open")


def test_javascript_is_off_where_it_should_be(old_phone, made):
    old_phone.get(made + "/doctor")
    assert not old_phone.find_element(By.CSS_SELECTOR, "[data-print]").is_displayed()


def test_three_facts_stand_above_the_fold(phone, made):
    phone.get(made + "/")
    bar = phone.find_element(By.CSS_SELECTOR, "nav.bar").rect["y"]
    starts = [e.rect["y"] for e in phone.find_elements(By.CSS_SELECTOR, "main > section")]
    assert 2 <= sum(y < bar for y in starts) <= 3
    figure = phone.find_element(By.CSS_SELECTOR, ".figure b")
    assert figure.rect["y"] + figure.rect["height"] < 250
    assert figure.rect["height"] > 50, "readable at arm's length"


def long_words(message):
    """Stand in for a language of long words: a third longer, joined to one word of 24 letters."""
    pieces = re.split(r"(\{\w*\})", message)
    return "".join(
        piece if piece.startswith("{") else re.sub(r"[A-Za-z]{5,}", r"\g<0>schaftsbewegung", piece)
        for piece in pieces
    )


def test_a_language_of_long_words_still_fits(phone, made_state, serving):
    app = create_app(
        made_state, Config(), access=Access.demo(), now=NOW.timestamp, translate=long_words
    )
    base = serving(app)
    found = {}
    for path in pages_of(made_state):
        phone.get(base + path)
        assert "schaftsbewegung" in phone.page_source
        found[path] = phone.execute_script(OVERFLOW)
    assert {path: wide for path, wide in found.items() if wide} == {}


def test_axe_finds_nothing_dark_or_light(phone, made, made_state):
    script = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    script = Path(os.environ["PLMS_AXE"]).read_text() if "PLMS_AXE" in os.environ else script
    found = {}
    for path in pages_of(made_state):
        phone.get(made + path)
        phone.execute_script(script)
        for shade in ("dark", "light"):
            phone.execute_script(f"document.documentElement.className = '{shade}'")
            found[path, shade] = phone.execute_async_script(AXE)
    assert {place: faults for place, faults in found.items() if faults} == {}


@pytest.mark.parametrize("nights", [7, 14, 21])
def test_the_doctors_page_prints_on_one_sheet(phone, made, nights):
    phone.get(f"{made}/doctor?nights={nights}")
    printed = phone.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pdf = base64.b64decode(printed["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


def touch(driver, element):
    """Scroll a thing clear of the bar, as a thumb would, and press it."""
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def press(driver, words):
    """Press the button or link that says `words`, and wait for the next page."""
    page = driver.find_element(By.TAG_NAME, "html")
    found = [
        e
        for e in driver.find_elements(By.CSS_SELECTOR, "button, a")
        if words in (e.text or "") and e.is_displayed()
    ]
    assert found, (words, driver.find_element(By.TAG_NAME, "body").text)
    touch(driver, found[0])
    WebDriverWait(driver, 20).until(lambda d: d.find_element(By.TAG_NAME, "html") != page)


def fill_in(driver, **values):
    for name, value in values.items():
        field = driver.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)


@pytest.mark.parametrize("javascript", [True, False])
def test_from_set_up_to_the_doctors_page_as_a_person_would(javascript, filled, serving):
    app = create_app(filled, Config(), now=NOW.timestamp, password_method=CHEAP)
    base = serving(app)
    with browser(javascript=javascript) as phone:
        phone.get(base + "/")
        assert "Welcome" in phone.page_source
        fill_in(phone, password=PASSWORD, again=PASSWORD)
        press(phone, "Begin")
        fill_in(phone, **{"device.name": "Bedroom"})
        press(phone, "Keep and go on")
        assert "Left ankle: works" in phone.page_source
        for _ in range(2):
            press(phone, "Go on")
        press(phone, "Go on")
        press(phone, "Keep and go on")
        press(phone, "To tonight")
        press(phone, "Start the night")
        assert "A moment" in phone.page_source
        db = open_database(filled)
        assert [c.verb for c in commands.take_pending(db)] == ["start_night"]
        press(phone, "Diary")
        touch(phone, phone.find_element(By.CSS_SELECTOR, "input[name=rested][value='7']"))
        press(phone, "Keep the morning")
        assert diary.get(db, "2026-11-21")["morning"] == {"rested": 7}
        press(phone, "Morning")
        touch(phone, phone.find_element(By.CSS_SELECTOR, "#each ~ details summary"))
        link = phone.find_element(By.CSS_SELECTOR, "a.move")
        phone.get(link.get_attribute("href"))
        touch(phone, phone.find_element(By.CSS_SELECTOR, "input[name=owner][value=nobody]"))
        press(phone, "Keep my word")
        assert "You said: nobody" in phone.page_source
        press(phone, "Nights")
        press(phone, "More")
        press(phone, "For the doctor")
        assert "ankle accelerometry at home" in phone.page_source
        press(phone, "More")
        press(phone, "Log out")
        assert "Good to see you" in phone.page_source
        fill_in(phone, password=PASSWORD)
        press(phone, "Log in")
        assert phone.find_elements(By.CSS_SELECTOR, ".figure b")


def test_a_share_link_fills_the_code_in_and_leaves_no_trace(filled, serving):
    app = create_app(filled, Config(), now=NOW.timestamp, password_method=CHEAP)
    base = serving(app)
    with browser() as phone:
        phone.get(base + "/setup")
        fill_in(phone, password=PASSWORD, again=PASSWORD)
        press(phone, "Begin")
        phone.get(base + "/settings/access")
        press(phone, "Make a share code")
        target = phone.find_element(By.CSS_SELECTOR, "section.said a").get_attribute("href")
        assert "#" in target
        phone.delete_all_cookies()
        phone.get("about:blank")
        phone.get(target)
        assert phone.find_element(By.NAME, "code").get_attribute("value") == target.split("#")[1]
        assert "#" not in phone.current_url
        press(phone, "Look")
        assert phone.find_elements(By.CSS_SELECTOR, ".figure b")
        assert not phone.find_elements(By.LINK_TEXT, "Diary")


def test_a_live_page_renews_itself(phone, filled, serving):
    app = create_app(filled, Config(), access=Access.demo(), now=NOW.timestamp)
    phone.get(serving(app) + "/tonight")
    assert "Mattress strip: does not answer" in phone.page_source
    from appliance.store import status

    said = status.Status(sensors={"strip": "ok"}, updated=NOW.timestamp())
    status.write(open_database(filled), said)
    WebDriverWait(phone, 15).until(lambda d: "Mattress strip: works" in d.page_source)
