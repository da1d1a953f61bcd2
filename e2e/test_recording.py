"""A session of remote control that is recorded: the person is told before, and both sides see later what was seen."""

import re
import time

import pytest
from playwright.sync_api import expect

from computer import COLOUR, HEIGHT
from test_pages import looks_well
from test_remote import visit  # noqa: F401 (a fixture)
from visit import PIXEL, Visit

pytestmark = pytest.mark.alone


def allow(page, server, **what):
    """The administrator's page of recordings."""
    page.goto(f"{server.address}/recordings")
    for name in ["sessions", "clients"]:
        page.locator(f"input[name={name}]").set_checked(what.get(name, False))
    page.locator(".sheet__acts button").click()
    expect(page.locator("body")).to_contain_text("Сохранено")


def shows(page, seconds=10):
    """Waits until the picture has the patch of the known colour. Answers how long that took."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        found = page.evaluate(PIXEL, [100, HEIGHT - 50])
        if found and all(abs(a - b) < 24 for a, b in zip(found, COLOUR)):
            return time.monotonic() - start
        time.sleep(0.02)
    raise AssertionError(f"no picture: {page.evaluate(PIXEL, [100, HEIGHT - 50])}")


def kept(server):
    """Bytes of the newest recording, once its last part is on the disk."""
    time.sleep(1)
    return max((server.data / "files" / "recordings").iterdir(), key=lambda file: file.stat().st_mtime).stat().st_size


@pytest.fixture
def policy(server, sign_in):
    page = sign_in("admin")
    allow(page, server, sessions=True, clients=True)
    yield page
    allow(page, server)


def test_a_recorded_session_is_watched_by_both_sides(policy, server, visit):  # noqa: F811
    visit = visit("Запишите, пожалуйста, что я делаю")
    page, client, computer = visit.specialist, visit.client, visit.computer
    visit.ask_for("view")
    computer.answer()
    for side in [page, client]:
        expect(side.locator(".control-bar__recorded")).to_contain_text("Сеанс записывается")
    began = time.monotonic()
    while time.monotonic() - began < 24:
        computer.run("xdotool", "type", "--delay", "50", "ipconfig /all ")
        computer.run("xdotool", "key", "Return")
        time.sleep(1)
    computer.key("Pause")
    length = time.monotonic() - began
    expect(page.locator(".control-bar__recording")).to_contain_text("Запись:")
    expect(client.locator(".control-bar__recording")).to_contain_text("Запись:")
    story = visit.history()
    assert "сеанс записан: 1 мин" in story, story
    size = kept(server)
    print(f"\nrecorded {length:.0f} s of typing: {size * 60 / length / 1e6:.2f} MB a minute")

    for side in [page, client]:
        side.goto(f"{server.address}/requests/{visit.number}")
        side.locator(".control-bar__recording").click()
        side.wait_for_url(re.compile("/recording$"))
        shows(side)
        side.locator("[data-play]").click()
        expect(side.locator("#replay")).to_have_attribute("data-is", "playing")
        expect(side.locator("[data-now]")).to_have_text(re.compile("0:0[2-9]"))
    # The seek bar by keyboard, marks, speed.
    place = page.locator("[data-place]")
    page.locator("[data-play]").click()
    expect(page.locator("#replay")).to_have_attribute("data-is", "paused")
    place.focus()
    page.keyboard.press("Home")
    expect(place).to_have_attribute("aria-valuetext", "0:00")
    page.keyboard.press("ArrowRight")
    expect(place).to_have_attribute("aria-valuetext", "0:05")
    page.evaluate("document.querySelector('[data-picture] canvas').getContext('2d').clearRect(0, 0, 2000, 2000)")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    print(f"after a seek into another part the picture stood in {shows(page) * 1000:.0f} ms")
    expect(place).to_have_attribute("aria-valuetext", "0:15")
    page.locator("[data-speed]").select_option("4")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    started = time.monotonic()
    expect(page.locator("#replay")).to_have_attribute("data-is", "paused", timeout=15_000)
    assert time.monotonic() - started < length / 2, "four times as fast is not faster"
    assert page.locator("[data-mark]").count() >= 1
    page.locator("[data-mark]").last.click()
    shows(page)
    looks_well(page, "replay")


def test_a_killed_server_leaves_what_it_recorded(policy, server, visit):  # noqa: F811
    visit = visit("Сервер может упасть")
    page, computer = visit.specialist, visit.computer
    visit.ask_for("view")
    computer.answer()
    expect(page.locator(".control-bar__recorded")).to_be_visible()
    time.sleep(14)      # one part of ten seconds
    server.stop(kill=True)
    server.start()
    page.goto(f"{server.address}/requests/{visit.number}")
    page.locator(".control-bar__recording").click()
    page.wait_for_url(re.compile("/recording$"))
    shows(page)
    assert int(page.locator("#replay").get_attribute("data-length")) >= 9_000
    # The agent comes again and the recording goes on.
    time.sleep(16)
    computer.key("Pause")
    time.sleep(1)
    page.reload()
    assert int(page.locator("#replay").get_attribute("data-length")) >= 20_000
    shows(page)


def test_without_the_organisations_wish_nothing_is_recorded(visit):  # noqa: F811
    visit = visit("Без записи", "view")
    visit.computer.key("Pause")
    expect(visit.specialist.locator("[data-note=ended]")).to_be_visible()
    visit.specialist.goto(f"{visit.server.address}/requests/{visit.number}")
    expect(visit.specialist.locator(".control-bar")).to_be_attached()
    expect(visit.specialist.locator(".control-bar__recording")).to_have_count(0)
