"""Takes pictures of a running demo: pictures.py ADDRESS SIGN_INS FOLDER [every].

`every`: each page, in both languages, both themes and two widths; otherwise those of the README.

SIGN_INS is the file that `okno demo` writes; a line with an @ holds a login, a password and the role in words.
"""

import pathlib
import re
import sys

from playwright.sync_api import sync_playwright

sys.path.append(str(pathlib.Path(__file__).parent.parent / "e2e"))

from pages import PAGES, addresses, name_of

ROLES = {"client": r"client|клиент|сотрудник", "specialist": r"specialist|специалист", "manager": r"manager|руководитель", "admin": r"admin|администратор"}

# The first request of the queue, opened in the workplace.
QUEUE = r"^/requests/\d+\?view="

# file, role, where to go: an address, or a pattern of the link to follow from home; window width and height; theme
PICTURES = [
    ("home", "client", "/", 1280, 800, "light"),
    ("home-phone", "client", "/", 390, 844, "light"),
    ("request", "client", r"^/requests/\d+$", 1280, 800, "light"),
    ("request-phone", "client", r"^/requests/\d+$", 390, 844, "dark"),
    ("workplace", "specialist", QUEUE, 1440, 900, "light"),
    ("workplace-dark", "specialist", QUEUE, 1440, 900, "dark"),
    ("talks", "specialist", r"^/talks/[0-9a-f-]{36}", 1440, 900, "light"),
    ("monitor", "manager", "/monitor", 1440, 900, "light"),
    ("board", "specialist", "/board?view=all", 1440, 900, "light"),
    ("report", "manager", "/reports/deadlines?period=30-days", 1440, 900, "light"),
    ("calendar", "specialist", "/calendar", 1440, 900, "light"),
    ("people", "admin", "/people", 1440, 900, "light"),
    ("lines", "admin", "/lines", 1440, 900, "light"),
]


def sign_ins(path):
    """The first login and password of each role."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            pair = re.search(r"(\S+@\S+)\s+(\S+)", line)
            for role, words in ROLES.items():
                if pair and re.search(words, line, re.IGNORECASE):
                    found.setdefault(role, pair.groups())
    missing = ROLES.keys() - found.keys()
    if missing:
        sys.exit(f"{path}: no sign-in for {', '.join(sorted(missing))}")
    return found


def sign_in(browser, address, login, password, **window):
    context = browser.new_context(locale="ru-RU", timezone_id="Europe/Moscow", **window)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#login", login)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    return page


def go(page, address, target):
    if not target.startswith("^"):
        page.goto(address + target)
        return
    if target == QUEUE:
        page.goto(address + "/requests?view=all")
    elif target.startswith("^/talks"):
        page.goto(address + "/talks")
    links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    page.goto(address + next(link for link in links if re.search(target, link)))


def speak(page, language):
    page.evaluate(
        """async lang => fetch('/profile/preferences', {method: 'POST', headers: {
            'X-CSRF': document.querySelector('meta[name=csrf]').content, 'Content-Type': 'application/x-www-form-urlencoded'
        }, body: 'lang=' + lang})""", language)


def every(browser, address, people, folder):
    """folder/ROLE-PAGE-WIDTH-THEME-LANGUAGE.png"""
    for role in PAGES:
        for language in ["ru", "en"]:
            for theme in ["light", "dark"]:
                for width, height in [(1440, 900), (390, 844)]:
                    window = {"viewport": {"width": width, "height": height}, "color_scheme": theme}
                    if role == "stranger":
                        page = browser.new_page(locale="en-US" if language == "en" else "ru-RU", **window)
                    else:
                        page = sign_in(browser, address, *people[role], **window)
                        speak(page, language)
                    for place in addresses(page, address, role):
                        page.goto(address + place)
                        page.wait_for_timeout(150)
                        page.screenshot(path=f"{folder}/{role}-{name_of(place)}-{width}-{theme}-{language}.png")
                    if role != "stranger":
                        speak(page, "ru")
                    page.context.close()


def main(address, sign_ins_file, folder, which=""):
    people = sign_ins(sign_ins_file)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        if which == "every":
            every(browser, address, people, folder)
            browser.close()
            return
        for name, role, target, width, height, theme in PICTURES:
            window = {"viewport": {"width": width, "height": height}, "color_scheme": theme}
            page = sign_in(browser, address, *people[role], **window)
            go(page, address, target)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=f"{folder}/{name}.png")
            page.context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
