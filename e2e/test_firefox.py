"""Firefox, which some Linux desktops open by default: a client in it and a specialist in Chromium hear and see each other directly and over
the socket, and so goes its screen; a specialist in it controls a computer; the check of the connection knows what this browser can do."""

import array
import os
import re
import subprocess
import time
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from computer import COLOUR, HEIGHT, WIDTH, Computer
from firefox import firefox
from calling import INKED, OTHER, draw, go_on_line, moves
from test_connection import STEPS
from test_main_job import open_as_staff
from visit import PATCH, PIXEL, Visit, near

pytestmark = pytest.mark.alone

# A page that has not begun a call yet shows the camera in it, and counts what comes to the decoders of the socket.
HEARD = """
localStorage.setItem("okno.call", JSON.stringify({ shows: true }))
window.energy = 0
const Ear = window.AudioDecoder
window.AudioDecoder = class extends Ear {
  constructor({ output, error }) {
    super({ error, output: data => {
      const piece = new Float32Array(data.numberOfFrames)
      data.copyTo(piece, { planeIndex: 0, format: "f32-planar" })
      energy += piece.reduce((sum, each) => sum + each * each, 0)
      output(data)
    } })
  }
}
"""
# Whether what comes of the other is loud: on a direct connection its track says so.
LOUD = """async () => {
  if (energy > 10) return true
  const [track] = document.querySelector(".call__member:not([data-mine]) video")?.srcObject?.getAudioTracks() ?? []
  if (!track || track.muted) return false
  const context = new AudioContext(), ear = context.createAnalyser(), piece = new Float32Array(ear.fftSize)
  context.createMediaStreamSource(new MediaStream([track])).connect(ear)
  for (let i = 0; i < 40; i += 1) {
    await new Promise(done => setTimeout(done, 50))
    ear.getFloatTimeDomainData(piece)
    if (piece.some(each => Math.abs(each) > 0.01)) break
  }
  context.close()
  return piece.some(each => Math.abs(each) > 0.01)
}"""
# A picture of what is shown in an element; two of them differ when it moves.
PICTURE = """
const video = document.querySelector(arguments[0]), paper = document.createElement("canvas")
if (!video?.videoWidth) return ""
paper.width = 64
paper.height = 48
paper.getContext("2d").drawImage(video, 0, 0, 64, 48)
return paper.toDataURL()
"""
# The colour at a place of the screen that is shown, in parts of its width and height.
SHOWN = """([x, y]) => {
  const video = document.querySelector("[data-screen-video]"), paper = document.createElement("canvas")
  if (!video.videoWidth) return null
  paper.width = video.videoWidth
  paper.height = video.videoHeight
  const brush = paper.getContext("2d")
  brush.drawImage(video, 0, 0)
  return [...brush.getImageData(x * paper.width, y * paper.height, 1, 1).data.slice(0, 3)]
}"""


class Loudspeaker:
    """One that nobody hears: without any, Firefox neither plays a sound nor takes one in for the socket."""

    def __init__(self, folder):
        self.environment = os.environ | {"HOME": str(folder), "PULSE_SERVER": f"unix:{folder}/native"}
        self.process = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "-L", "module-null-sink",
             "-L", f"module-native-protocol-unix socket={folder}/native auth-anonymous=1"],
            env=self.environment, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if (folder / "native").exists():
                return
            time.sleep(0.1)
        raise RuntimeError("no loudspeaker")

    def loudest(self, seconds):
        """Of 32767."""
        ear = subprocess.Popen(
            ["parec", "-d", "null.monitor", "--format=s16le", "--rate=8000", "--channels=1"], env=self.environment,
            stdout=subprocess.PIPE)
        heard = array.array("h", ear.stdout.read(int(16_000 * seconds)))
        ear.kill()
        ear.wait()
        return max(map(abs, heard))


@pytest.fixture
def loudspeaker(tmp_path, monkeypatch):
    made = Loudspeaker(tmp_path)
    monkeypatch.setenv("PULSE_SERVER", made.environment["PULSE_SERVER"])
    yield made
    made.process.terminate()
    made.process.wait()


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A person's own screen, keyboard and clipboard, for a window of Firefox."""
    made = Computer(tmp_path / "desk")
    monkeypatch.setenv("DISPLAY", made.environment["DISPLAY"])
    yield made
    made.close()


@pytest.fixture
def sign_in_firefox(server, sign_ins, tmp_path, loudspeaker):
    """Opens a window of Firefox for a role."""
    windows = ExitStack()

    def open_window(role, **settings):
        window = windows.enter_context(firefox(tmp_path / "firefox.log", **settings))
        login, password = sign_ins[role]
        window.goto(f"{server.address}/sign-in")
        window.fill("#login", login)
        window.fill("#password", password, enter=True)
        window.until("return !location.pathname.includes('sign-in')")
        return window

    with windows:
        yield open_window


@pytest.fixture
def pair(server, sign_in, sign_in_firefox):
    """A client in Firefox and a specialist in Chromium who has taken the client's request."""
    def begin(text, **settings):
        specialist = sign_in("specialist")
        go_on_line(specialist)
        client = sign_in_firefox("client", **settings)
        client.fill("#ask-text", text)
        client.tell("const lines = document.querySelector('#ask-line'); if (lines) lines.selectedIndex = 1")
        client.click("#ask button[type=submit]")
        client.until("return /requests.\\d+/.test(location.pathname)")
        open_as_staff(specialist, server, int(re.search(r"/requests/(\d+)", client.url)[1]))
        specialist.locator("[data-main-act]").click()
        client.until("return document.querySelector('.request-head').textContent.includes('В работе')")
        return client, specialist

    return begin


ways = pytest.mark.parametrize("way, settings", [("direct", {}), ("socket", {"media__peerconnection__enabled": False})])


@ways
def test_a_client_in_firefox_and_a_specialist_in_chromium_hear_and_see_each_other(way, settings, pair, loudspeaker):
    client, specialist = pair("Позвоню из другого браузера", **settings)
    specialist.evaluate(f"() => {{ {HEARD} }}")
    client.tell("localStorage.setItem('okno.call', JSON.stringify({ shows: true }))")

    client.click("[data-call-start=call]")
    specialist.locator(".ringing [data-call-answer]").click()
    expect(specialist.locator(".call")).to_have_attribute("data-way", way, timeout=20_000)
    client.until("return document.querySelector('.call').dataset.way === arguments[0]", way)
    moves(specialist, f"{OTHER} video")
    before = client.until(PICTURE, f"{OTHER} video")
    client.until(PICTURE.replace("return paper.toDataURL()", "return paper.toDataURL() !== arguments[1]"), f"{OTHER} video", before)
    specialist.wait_for_function(LOUD, timeout=10_000)
    assert loudspeaker.loudest(2.5) > 1_000
    client.click("[data-call-leave]")
    expect(specialist.locator(".call[data-wire]")).to_have_count(0)


@ways
def test_a_screen_is_shown_from_firefox_and_drawn_on(way, settings, desk, pair):
    client, specialist = pair("Покажу экран из другого браузера", headless=False, **settings)
    # Beside the window stays a patch, by which the screen is known.
    client.browser.set_window_rect(x=0, y=0, width=WIDTH, height=600)
    client.click("[data-call-start=screen]")
    specialist.locator(".ringing [data-call-answer]").click()
    expect(specialist.locator(".call")).to_have_attribute("data-way", way, timeout=20_000)
    moves(specialist, "[data-screen-video]")
    end = time.monotonic() + 10
    while not near(found := specialist.evaluate(SHOWN, [PATCH[0] / WIDTH, PATCH[1] / HEIGHT]), COLOUR):
        assert time.monotonic() < end, found
        time.sleep(0.1)
    draw(specialist)
    client.until(f"return ({INKED})()")
    client.click("[data-screen=clear]")
    specialist.wait_for_function(f"() => !({INKED})()")
    client.click("[data-call-share]")
    expect(specialist.locator("[data-call-screen]")).to_be_hidden()
    client.click("[data-call-leave]")
    expect(specialist.locator(".call[data-wire]")).to_have_count(0)


def test_a_specialist_in_firefox_sees_types_copies_and_pastes(desk, sign_in_firefox, server, sign_in, tmp_path):
    computer = Computer(tmp_path / "home")
    try:
        visit = Visit(server, sign_in("client"), sign_in("specialist"), computer, "Управление из другого браузера")
        visit.start_agent()
        visit.ask_for("view", "control", "clipboard")
        computer.answer()
        address = visit.specialist.locator(".control-bar a", has_text="Открыть экран").get_attribute("href")
        window = sign_in_firefox("specialist", headless=False)
        window.goto(server.address + address)
        computer.wait("the picture", lambda: near(window.tell(f"return ({PIXEL})({PATCH})"), COLOUR))

        # The keys of a real keyboard, whose second layout is Russian.
        desk.run("xdotool", "windowfocus", "--sync", desk.run("xdotool", "search", "--onlyvisible", "--class", "firefox").split()[-1])
        window.click("[data-picture] canvas")
        desk.run("xdotool", "type", "--delay", "40", "Съешь ещё этих булок".replace("ё", "е"))
        desk.key("Return")
        computer.wait_typed("Съешь еще этих булок\n")
        desk.key("ctrl+Cyrillic_es")
        computer.wait_typed("INTERRUPTED")

        desk.copy("Ключ: ёжик № 7 — «да»")
        desk.key("ctrl+Cyrillic_em")
        computer.wait("the clipboard", lambda: computer.pasted() == "Ключ: ёжик № 7 — «да»")
        computer.copy("Обратно: щука 漢字 ✓")
        computer.wait("the clipboard", lambda: desk.pasted() == "Обратно: щука 漢字 ✓")
    finally:
        computer.close()


def test_the_check_of_the_connection_is_walked_in_firefox(sign_in_firefox, server, sign_in):
    window = sign_in_firefox("client")
    window.goto(f"{server.address}/connection")
    window.until("return document.querySelector('[data-verdict]').getAttribute('aria-busy') === 'false'", seconds=60)
    found = {step: window.tell("return document.querySelector(`[data-step=${arguments[0]}]`).dataset.state", step) for step in STEPS}
    assert found["socket"] == found["relay"] == found["screen"] == "works" and found["media"] in ("works", "slow"), found
    admin = sign_in("admin")
    admin.goto(f"{server.address}/connection/summary")
    expect(admin.locator(".connection-summary__table tbody")).to_contain_text("Firefox, Linux")
