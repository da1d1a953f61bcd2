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
        if any(f"[{room}." in text for room in ["requests", "web", "people", "lines", "talks", "notices", "plans", "monitor", "reports", "duty", "routing"]):
            problems.append(f"{address}: a text is missing")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems.append(f"{address}: {wide} px wider than the window")
        for fault in Axe().run(page).response["violations"]:
            problems.append(f"{address}: {fault['id']} {fault['nodes'][0]['html'][:120]}")
    if role == "stranger":
        page.close()
    else:
        page.goto(server.address)
        speak(page, "ru")
    assert not problems, "\n".join(problems)
