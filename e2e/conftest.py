"""Browser tests: a real Chromium against a real server with a small demo organisation of its own."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

import pytest
from playwright.sync_api import expect, sync_playwright

ROOT = pathlib.Path(__file__).parent.parent
OKNO = pathlib.Path(os.environ.get("OKNO_BINARY", ROOT / ".build/debug/okno"))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--mute-audio",
    # A camera, a microphone and a screen that are always the same, and nobody to ask.
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    # Two windows of one machine may call each other.
    "--allow-loopback-in-peer-connection",
]
# Generous: a busy machine is no fault. What has to be fast is timed by the tests of it.
expect.set_options(timeout=15_000)


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: wants the machine for itself; the rest may run two at once")
    # What drives Firefox is older than this Python.
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:moz.*")


def pytest_terminal_summary(terminalreporter):
    """What passed only at the second try says why it had failed."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(report.nodeid)
        terminalreporter.write_line("\n".join(report.longreprtext.splitlines()[-40:]))


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """A running `okno serve`; it can be stopped and started again on the same data."""

    def __init__(self, data):
        self.data, self.port = data, free_port()
        self.address = f"http://localhost:{self.port}"
        self.environment = {**os.environ, "OKNO_DATA": str(data), "OKNO_PORT": str(self.port)}
        self.process = None

    def run(self, *words):
        return subprocess.run([OKNO, *words], env=self.environment, check=True, capture_output=True, text=True).stdout

    def start(self):
        log = open(self.data.parent / "serve.log", "ab")
        self.process = subprocess.Popen([OKNO, "serve"], env=self.environment, stdout=log, stderr=log)
        for _ in range(200):
            try:
                if urllib.request.urlopen(f"{self.address}/health", timeout=2).status == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError((self.data.parent / "serve.log").read_text()[-4000:])

    def stop(self, kill=False):
        if self.process:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(30)
            self.process = None


@pytest.fixture(scope="session")
def server():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="okno-e2e-"))
    server = Server(folder / "data")
    server.run("demo", "--requests", "60")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sign_ins(server):
    """Login and password by role and by surname, from the file that `okno demo` writes."""
    roles = {
        "client": "сотрудник|клиент|client", "specialist": "специалист|specialist", "manager": "руководитель|manager",
        "admin": "администратор|admin",
    }
    found = {}
    for line in (server.data / "demo-sign-ins.txt").read_text().splitlines():
        pair = re.search(r"(\S+@\S+)\s+(\S+)", line)
        for role, words in roles.items():
            if pair and re.search(words, line, re.IGNORECASE):
                found.setdefault(role, pair.groups())
                found[line[pair.end():].split()[0]] = pair.groups()
    return found


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        browser.playwright = playwright
        yield browser
        browser.close()


@pytest.fixture
def sign_in(browser, server, sign_ins):
    """Opens a window of its own for a role; faults of scripts and of the content policy fail the test."""
    contexts, faults = [], []

    def open_window(role, width=1440, height=900, theme="light", locale="ru-RU", service_workers="allow"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, locale=locale, timezone_id="Europe/Moscow",
            service_workers=service_workers)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        login, password = sign_ins[role]
        page.goto(f"{server.address}/sign-in")
        page.fill("#login", login)
        page.fill("#password", password)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not faults
