"""A visit to a computer from afar, as both sides make it; the keyboard in front of the page and the picture in it."""

import re
import time

from playwright.sync_api import expect

from computer import COLOUR, HEIGHT, WIDTH
from test_main_job import ask, open_as_staff

RUSSIAN = dict(zip(
    "йцукенгшщзхъфывапролджэячсмитьбю",
    ["KeyQ", "KeyW", "KeyE", "KeyR", "KeyT", "KeyY", "KeyU", "KeyI", "KeyO", "KeyP", "BracketLeft", "BracketRight", "KeyA",
     "KeyS", "KeyD", "KeyF", "KeyG", "KeyH", "KeyJ", "KeyK", "KeyL", "Semicolon", "Quote", "KeyZ", "KeyX", "KeyC", "KeyV",
     "KeyB", "KeyN", "KeyM", "Comma", "Period"]))
SHIFT, CONTROL = 8, 2
PATCH = [100, HEIGHT - 60]
PIXEL = """([x, y]) => {
  const canvas = document.querySelector("[data-picture] canvas")
  if (!canvas?.width) return null
  return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data.slice(0, 3)]
}"""


class Keyboard:
    """A Russian keyboard in front of a page: what a person's keys are to a browser, key and place."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def send(self, down, key, code, modifiers=0, text=None):
        self.session.send("Input.dispatchKeyEvent", {
            "type": ("keyDown" if text else "rawKeyDown") if down else "keyUp", "key": key, "code": code,
            "modifiers": modifiers, **({"text": text} if text and down else {})})

    def press(self, key, code, modifiers=0, text=None):
        self.send(True, key, code, modifiers, text)
        self.send(False, key, code, modifiers, text)

    def type(self, text):
        for letter in text:
            if letter == "\n":
                self.press("Enter", "Enter", text="\r")
                continue
            code = {" ": "Space"}.get(letter) or RUSSIAN[letter.lower()]
            if letter.isupper():
                self.send(True, "Shift", "ShiftLeft", SHIFT)
            self.press(letter, code, SHIFT if letter.isupper() else 0, letter)
            if letter.isupper():
                self.send(False, "Shift", "ShiftLeft")

    def chord(self, letter):
        """Ctrl with the key that bears the letter."""
        self.send(True, "Control", "ControlLeft", CONTROL)
        self.press(letter, RUSSIAN[letter], CONTROL)
        self.send(False, "Control", "ControlLeft")


def near(found, wanted):
    """Whether a pixel, if there is one, has this colour but for what a codec makes of it."""
    return found and all(abs(a - b) < 24 for a, b in zip(found, wanted))


def sees(page, timeout=15):
    """The picture is there: the patch has its colour, the terminal is no black hole."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if near(page.evaluate(PIXEL, PATCH), COLOUR):
            return
        time.sleep(0.05)
    raise AssertionError(f"no picture: {page.evaluate(PIXEL, PATCH)}, "
                         f"{page.locator('[data-stage]').get_attribute('data-is')}")


def click_picture(page, x=400, y=300):
    """At a place of the other screen."""
    box = page.locator("[data-picture] canvas").bounding_box()
    page.mouse.click(box["x"] + x * box["width"] / WIDTH, box["y"] + y * box["height"] / HEIGHT)


class Visit:
    """One request with the client's computer, up to its agent."""

    def __init__(self, server, client, specialist, computer, text):
        self.server, self.client, self.specialist, self.computer = server, client, specialist, computer
        self.number = ask(client, server, text)
        open_as_staff(specialist, server, self.number)
        specialist.locator("[data-main-act]").click()
        expect(client.locator(".request-head")).to_contain_text("В работе")

    def start_agent(self, *more):
        """«Разрешить управление», then as the page says."""
        self.client.locator(".control-bar button", has_text="Разрешить управление").click()
        code = self.client.locator("[data-control-code]")
        expect(code).to_be_visible()
        with self.client.expect_download() as loading:
            code.locator("a[download]").click()
        assert loading.value.suggested_filename == "okno-agent"
        program = self.computer.home / "okno-agent"
        loading.value.save_as(program)
        words = code.locator("code").inner_text().split()
        assert words[:4] == ["chmod", "+x", "okno-agent", "&&"]
        program.chmod(0o755)
        self.code, self.origin = words[-1], words[-2]
        self.started = time.monotonic()
        self.computer.start_agent(program, *words[-2:], *more)
        expect(self.specialist.locator(".control-bar__state")).to_contain_text("на связи")

    def ask_for(self, *rights):
        bar = self.specialist.locator(".control-bar")
        bar.locator("summary", has_text="Подключиться").click()
        for box in bar.locator("input[name=what]").all():
            box.set_checked(box.get_attribute("value") in rights)
        bar.locator("form[action$=asks] button").click()

    def open(self):
        self.specialist.locator(".control-bar a", has_text="Открыть экран").click()
        self.specialist.wait_for_url(re.compile("/control/"))
        sees(self.specialist)

    def state(self, words):
        expect(self.specialist.locator(".control-bar__state, .remote__consent")).to_contain_text(words)

    def history(self, page=None):
        """As staff read it, with the labour time."""
        page = page or self.specialist
        page.goto(f"{self.server.address}/requests/{self.number}/history")
        return page.locator("main").inner_text().lower().replace("\xa0", " ")
