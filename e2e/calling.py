"""Two in a call, as both have it, and what can be told of their pictures and voices from outside."""

import sqlite3
import time
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from test_main_job import ask, open_as_staff

# A connection from browser to browser that never comes about, whatever is tried.
NEVER = """
const Real = window.RTCPeerConnection
window.RTCPeerConnection = class extends Real {
  constructor(settings) { super({ ...settings, iceServers: [], iceTransportPolicy: "relay" }) }
  setConfiguration() {}
}
"""
MOVES = """async selector => {
  const video = document.querySelector(selector)
  if (!video?.videoWidth) return false
  const before = video.getVideoPlaybackQuality().totalVideoFrames
  await new Promise(done => setTimeout(done, 400))
  return video.getVideoPlaybackQuality().totalVideoFrames > before
}"""
OTHER = ".call__member:not([data-mine])"


def post(page, address, **fields):
    assert page.evaluate("""async ([address, fields]) => (await fetch(address, { method: "POST", body: new URLSearchParams({
      ...fields, csrf: document.querySelector('meta[name="csrf"]').content }) })).ok""", [address, fields])


def go_on_line(page):
    """Whom the demo has sent on a break would not be rung for alone."""
    post(page, "/duty/state", state="on")


def rows(server, query, *values):
    with sqlite3.connect(f"file:{server.data}/okno.db?mode=ro", uri=True) as database:
        return database.execute(query, values).fetchall()


def line_of(server, number):
    return rows(server, "SELECT line_id FROM request WHERE number = ?", number)[0][0]


@contextmanager
def nobody_on_the_line(server, admin, number):
    """Everybody on the line of a request is away, and what they were before afterwards."""
    line = line_of(server, number)
    states = rows(server, "SELECT person_id, state FROM duty_span WHERE line_id = ? AND until_at IS NULL AND state <> 'away'", line)
    for person, _ in states:
        post(admin, f"/duty/people/{person}", state="away", line=line)
    yield
    for person, state in states:
        post(admin, f"/duty/people/{person}", state=state, line=line)


def is_accessible(page, part):
    # Of what has not come yet nothing can be said, and what is coming is paler than it will be.
    expect(page.locator(part)).to_be_visible()
    page.locator(part).evaluate("""part => Promise.all(part.getAnimations({ subtree: true })
        .filter(each => each.effect.getComputedTiming().endTime !== Infinity).map(each => each.finished))""")
    faults = [f"{fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in Axe().run(page, part).response["violations"]]
    assert not faults, "\n".join(faults)


@pytest.fixture
def pair(server, sign_in):
    """A request that both see."""
    opened = []

    def open_pair(text, script=None):
        client, specialist = sign_in("client"), sign_in("specialist")
        opened.append(client)
        go_on_line(specialist)
        for page in (client, specialist):
            if script:
                page.context.add_init_script(script)
        number = ask(client, server, text)
        open_as_staff(specialist, server, number)
        specialist.locator("[data-main-act]").click()
        expect(client.locator(".request-head")).to_contain_text("В работе")
        return client, specialist

    yield open_pair
    # Whose window only closes is in the call for a while yet, and could begin no other one.
    for page in opened:
        if not page.is_closed() and page.locator("[data-call-leave]").is_visible():
            page.locator("[data-call-leave]").click()
            expect(page.locator("[data-call-start=call]")).to_be_visible()


def call(client, specialist, looked_at=False):
    client.locator("[data-call-start=call]").click()
    expect(client.locator(".call")).to_be_visible()
    if looked_at:
        is_accessible(specialist, ".ringing")
    specialist.locator(".ringing [data-call-answer]").click()
    expect(specialist.locator(".call")).to_be_visible()
    for page in (client, specialist):
        expect(page.locator(OTHER)).to_have_count(1)


def hears(page, others=1):
    """Voices of so many others come; a track is muted as long as nothing does."""
    page.wait_for_function(
        f"""count => [...document.querySelectorAll("{OTHER} video")].filter(video =>
            video.srcObject?.getAudioTracks().some(track => track.readyState === "live" && !track.muted)).length === count""",
        arg=others)


def choose_colleague(page, dialog, surname):
    """Finds somebody by a part of the name and takes the only one found."""
    page.locator(f"{dialog} [data-call-find]").fill(surname[:5].lower())
    expect(page.locator(f"{dialog} .colleague", has_text=surname)).to_be_visible()
    page.locator(f"{dialog} .colleague", has_text=surname).click()


def stands(page, selector):
    """Nothing more of a picture comes."""
    until = time.time() + 10
    while page.evaluate(MOVES, selector):
        assert time.time() < until, f"the picture in {selector} goes on"


def moves(page, selector, timeout=20_000):
    # `wait_for_function` would take the promise itself for an answer.
    until = time.time() + timeout / 1000
    while not page.evaluate(MOVES, selector):
        assert time.time() < until, f"no picture in {selector}"
        time.sleep(0.1)


# Whether something is drawn on the screen that is shown.
INKED = """() => {
  const paper = document.querySelector('.screen__pen')
  return paper.getContext('2d').getImageData(0, 0, paper.width, paper.height).data.some(value => value > 0)
}"""


def draw(page):
    """One stroke across the screen that is shown."""
    box = page.locator(".screen__pen").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6, steps=8)
    page.mouse.up()
