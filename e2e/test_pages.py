"""Every page in two languages, two themes and two widths: no accessibility faults, nothing wider than the window."""

import os
import pathlib

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = {
    "client": ["/", "/?tab=finished", "/search?text=принтер", "/profile"],
    "specialist": ["/requests?view=free", "/requests?view=all", "/requests/new", "/search?text=1С", "/people"],
    "admin": ["/people", "/people/new", "/lines", "/organisation", "/units/new"],
}
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
def test_pages_are_whole_and_accessible(server, sign_in, role, width, theme, language):
    page = sign_in(role, width=width, height=900, theme=theme)
    speak(page, language)
    addresses = list(PAGES[role])
    page.goto(server.address + ("/requests?view=all" if role == "specialist" else "/?tab=finished"))
    first = page.locator("a.queue-row, .request-row a").first
    if role != "admin" and first.count():
        addresses.append(first.get_attribute("href"))
    if role == "admin":
        page.goto(server.address + "/lines")
        links = page.eval_on_selector_all("main a[href^='/lines/']", "all => all.map(one => one.getAttribute('href'))")
        addresses += sorted(set(links))[:3]
        page.goto(server.address + "/people")
        links = page.eval_on_selector_all("main a[href^='/people/']", "all => all.map(one => one.getAttribute('href'))")
        addresses += [link for link in dict.fromkeys(links) if link.count("-") == 4][:1]
    problems = []
    for number, address in enumerate(addresses):
        answer = page.goto(server.address + address)
        name = f"{role}-{number}-{width}-{theme}-{language}"
        shot(page, name)
        if answer.status != 200:
            problems.append(f"{address}: {answer.status}")
            continue
        text = page.inner_text("body")
        if "[requests." in text or "[web." in text or "[people." in text or "[lines." in text:
            problems.append(f"{address}: a text is missing")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            problems.append(f"{address}: {wide} px wider than the window")
        for fault in Axe().run(page).response["violations"]:
            problems.append(f"{address}: {fault['id']} {fault['nodes'][0]['html'][:120]}")
    page.goto(server.address)
    speak(page, "ru")
    assert not problems, "\n".join(problems)
