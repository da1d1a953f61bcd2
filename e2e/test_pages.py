"""Every page in two languages, two themes and two widths: no accessibility faults, nothing wider than the window."""

import os
import pathlib

import pytest
from axe_playwright_python.sync_playwright import Axe

from pages import PAGES, addresses, name_of

LOOKS = [(1440, "light", "ru"), (390, "dark", "ru"), (390, "light", "en"), (1440, "dark", "en")]


def shot(page, name):
    folder = os.environ.get("OKNO_PICTURES")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")


def speak(page, language):
    page.evaluate(
        """async lang => fetch('/profile/preferences', {method: 'POST', headers: {
            'X-CSRF': document.querySelector('meta[name=csrf]').content, 'Content-Type': 'application/x-www-form-urlencoded'
        }, body: 'lang=' + lang})""", language)


def faults(page):
    """What is wrong with the page that is open: wider than the window, or not accessible."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found = [f"{wide} px wider than the window"] if wide > 0 else []
    return found + [
        f"{fault['id']} {fault['nodes'][0]['html'][:120]}" for fault in Axe().run(page).response["violations"]]


def looks_well(page, name):
    """A page that no address alone opens: as on a desk and as on a phone."""
    found = []
    for width, height, theme in [(1440, 900, "light"), (390, 844, "dark"), (1440, 900, "dark"), (390, 844, "light")]:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(200)      # colours and pictures go over into each other
        shot(page, f"{name}-{width}-{theme}")
        found += [f"{width} {theme}: {fault}" for fault in faults(page)]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width,theme,language", LOOKS)
@pytest.mark.parametrize("role", PAGES)
def test_pages_are_whole_and_accessible(server, sign_in, browser, role, width, theme, language):
    if role == "stranger":
        page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-US" if language == "en" else "ru-RU")
    else:
        page = sign_in(role, width=width, height=900, theme=theme)
        speak(page, language)
    problems = []
    for address in addresses(page, server.address, role):
        answer = page.goto(server.address + address)
        shot(page, f"{role}-{name_of(address)}-{width}-{theme}-{language}")
        if answer.status != (404 if address == "/no-such-page" else 200):
            problems.append(f"{address}: {answer.status}")
            continue
        text = page.inner_text("body")
        if any(f"[{room}." in text for room in ["requests", "web", "people", "lines", "talks", "notices", "plans", "monitor", "reports", "duty", "routing", "connection", "calls", "panel", "remote", "recordings"]):
            problems.append(f"{address}: a text is missing")
        problems += [f"{address}: {fault}" for fault in faults(page)]
    if role == "stranger":
        page.close()
    else:
        page.goto(server.address)
        speak(page, "ru")
    assert not problems, "\n".join(problems)
