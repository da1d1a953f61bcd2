"""A window of Firefox, which other Linux desktops than Debian's open by default: driven by Marionette, its own protocol for tests."""

import shutil
import time
from contextlib import contextmanager

from marionette_driver.by import By
from marionette_driver.errors import JavascriptException, NoSuchElementException
from marionette_driver.keys import Keys
from marionette_driver.marionette import Marionette

import conftest

# A camera and a microphone that are always the same, and nobody to ask.
SETTINGS = {
    "media.navigator.permission.disabled": True, "media.navigator.streams.fake": True, "media.autoplay.default": 0,
    # Tests of its own are quiet.
    "media.volume_scale": "1.0",
    # Two windows of one machine may call each other.
    "media.peerconnection.ice.loopback": True,
    "intl.accept_languages": "ru-RU, ru", "intl.locale.requested": "ru",
    "app.normandy.enabled": False, "app.update.disabledForTesting": True, "network.captive-portal-service.enabled": False,
}


@contextmanager
def firefox(log, headless=True, **settings):
    """Opens a window for a while; a setting is named with __ for each dot."""
    browser = Marionette(
        bin=shutil.which("firefox-esr"), headless=headless, host="127.0.0.1", port=conftest.free_port(), gecko_log=str(log),
        prefs=SETTINGS | {name.replace("__", "."): value for name, value in settings.items()})
    try:
        browser.start_session()
        yield Window(browser)
    finally:
        browser.quit()
        browser.cleanup()


class Window:
    def __init__(self, browser):
        self.browser = browser

    def goto(self, address):
        self.browser.navigate(address)

    @property
    def url(self):
        return self.browser.get_url()

    def tell(self, script, *arguments):
        """What a function body answers in the page."""
        return self.browser.execute_script(script, list(arguments), new_sandbox=False, sandbox=None)

    def find(self, selector, seconds=15):
        """The first that is seen of these."""
        for _ in self.tries(seconds, selector):
            try:
                found = self.browser.find_element(By.CSS_SELECTOR, selector)
                if found.is_displayed():
                    return found
            except NoSuchElementException:
                pass

    def click(self, selector):
        self.find(selector).click()

    def fill(self, selector, text, enter=False):
        self.find(selector).send_keys(text + (Keys.ENTER if enter else ""))

    def until(self, script, *arguments, seconds=15):
        for _ in self.tries(seconds, script):
            try:
                if answer := self.tell(script, *arguments):
                    return answer
            except JavascriptException:
                pass

    def tries(self, seconds, what):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s: {what}")
