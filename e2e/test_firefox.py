"""A client in Firefox, which some Linux desktops open by default, and a specialist in Chromium: they hear and see each other directly and
over the socket, and the check of the connection knows what this browser can do."""

import array
import os
import re
import subprocess
import time
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from firefox import firefox
from test_calls import OTHER, go_on_line, moves
from test_connection import STEPS
from test_main_job import open_as_staff

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
def client(server, sign_ins, tmp_path, loudspeaker):
    """Opens a window of the client's Firefox, signed in."""
    windows = ExitStack()

    def open_window(**settings):
        window = windows.enter_context(firefox(tmp_path / "firefox.log", **settings))
        login, password = sign_ins["client"]
        window.goto(f"{server.address}/sign-in")
        window.fill("#login", login)
        window.fill("#password", password, enter=True)
        window.until("return !location.pathname.includes('sign-in')")
        return window

    with windows:
        yield open_window


@pytest.mark.parametrize("way, settings", [("direct", {}), ("socket", {"media__peerconnection__enabled": False})])
def test_a_client_in_firefox_and_a_specialist_in_chromium_hear_and_see_each_other(
    way, settings, client, loudspeaker, server, sign_in):
    specialist = sign_in("specialist")
    go_on_line(specialist)
    client = client(**settings)
    client.fill("#ask-text", "Позвоню из другого браузера")
    client.tell("const lines = document.querySelector('#ask-line'); if (lines) lines.selectedIndex = 1")
    client.click("#ask button[type=submit]")
    client.until("return /requests.\\d+/.test(location.pathname)")
    open_as_staff(specialist, server, int(re.search(r"/requests/(\d+)", client.url)[1]))
    specialist.locator("[data-main-act]").click()
    client.until("return document.querySelector('.request-head').textContent.includes('В работе')")
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


def test_the_check_of_the_connection_is_walked_in_firefox(client, server, sign_in):
    window = client()
    window.goto(f"{server.address}/connection")
    window.until("return document.querySelector('[data-verdict]').getAttribute('aria-busy') === 'false'", seconds=60)
    found = {step: window.tell("return document.querySelector(`[data-step=${arguments[0]}]`).dataset.state", step) for step in STEPS}
    assert found["socket"] == found["relay"] == found["screen"] == "works" and found["media"] in ("works", "slow"), found
    admin = sign_in("admin")
    admin.goto(f"{server.address}/connection/summary")
    expect(admin.locator(".connection-summary__table tbody")).to_contain_text("Firefox, Linux")
