"""Wires that are narrow and not cut: what an office sends, or is sent, passes slowly for a while (`Company.narrow`). A call over the socket goes on
with a voice that is not late and pictures that are few and fresh, and gets all of them again; remote control goes on without being made anew. Where
no wire can be made narrow, the reason is printed and the same is tried on a wide one."""

import statistics
import time

import pytest
from playwright.sync_api import expect

from calling import NEVER, OTHER, moves
from test_calls_firewall import call, desks, hang_up  # noqa: F401 (fixtures)
from test_firewall import company, proxied, sit  # noqa: F401 (fixtures)
from test_remote_wall import KEY_TO_PIXEL, walled  # noqa: F401 (fixtures)
from visit import PIXEL, Keyboard, click_picture

pytestmark = pytest.mark.alone

# When each piece of a voice was made here and when one came from the other, the same of pictures, and which bit rates the encoder was told.
SPY = """
window.spy = { made: [], heard: [], seen: [], rates: [], wires: 0 }
const now = () => performance.timeOrigin + performance.now()
const output = (Real, note) => class extends Real {
  constructor(ears) { super({ ...ears, output: (what, more) => { note(what); ears.output(what, more) } }) }
}
window.AudioEncoder = output(AudioEncoder, () => spy.made.push(now()))
window.VideoDecoder = output(VideoDecoder, frame => spy.seen.push([now(), frame.timestamp / 1000]))
window.AudioDecoder = class extends AudioDecoder {
  decode(chunk) { spy.heard.push([now(), chunk.timestamp / 20_000]); return super.decode(chunk) }
}
window.VideoEncoder = class extends VideoEncoder {
  configure(config) { spy.rates.push([now(), config.bitrate]); return super.configure(config) }
}
window.WebSocket = class extends WebSocket {
  constructor(...where) { super(...where); if (String(where[0]).includes("/calls/wire")) spy.wires += 1 }
}
"""
# Milliseconds that what came since a moment has been on its way, and how much of the voice came; both pages have one clock.
CAME = """([since, made, origin]) => ({
  voice: spy.heard.filter(([at, number]) => at > since && number < made.length).map(([at, number]) => at - made[number]),
  pictures: spy.seen.filter(([at]) => at > since).map(([at, taken]) => at - origin - taken),
})"""


class Watch:
    """What one page sends and another gets, by the socket of a call, beginning now."""

    def __init__(self, sender, listener):
        self.sender, self.listener = sender, listener
        self.began = time.time()

    def told(self, what):
        sent = self.sender.evaluate("({ made: spy.made, origin: performance.timeOrigin })")
        seconds = time.time() - self.began
        came = self.listener.evaluate(CAME, [self.began * 1000, sent["made"], sent["origin"]])
        spoken = sum(at > self.began * 1000 for at in sent["made"])
        self.voice, self.pictures = sorted(came["voice"]), sorted(came["pictures"])
        self.a_second, self.heard = len(self.pictures) / seconds, len(self.voice) / spoken
        late = ", ".join(f"{name} {statistics.median(each):.0f} / {each[int(len(each) * 0.95)]:.0f} ms" for name, each in (
            ("voice", self.voice), ("pictures", self.pictures)))
        print(f"\nfigure {what}: on the way (half / 95 of 100) {late}; {self.a_second:.1f} pictures a second, "
              f"{self.heard:.0%} of the voice, {bitrate(self.sender) // 1000} kbit/s asked for", end="")
        return self


def bitrates(page, since):
    """All that were in force after a moment."""
    return page.evaluate("since => spy.rates.slice(Math.max(spy.rates.filter(([at]) => at <= since).length - 1, 0)).map(([, rate]) => rate)", since)


def bitrate(page):
    return page.evaluate("Math.round(spy.rates.at(-1)[1])")


@pytest.fixture
def opened(company, proxied, desks, tmp_path):
    """Two who talk by the socket, behind a proxy that opens TLS."""
    proxy = company.start_proxy(
        "mitmdump", "-q", "-p", "8080", "--set", "rawtcp=false", "--set", "ssl_insecure=true",
        "--set", f"confdir={tmp_path}", office="a", port=8080)

    def opened(text):
        client, specialist = desks(text, proxy, trust_all=True, script=SPY + ("" if company.is_walled else NEVER))
        call(client, specialist, "socket")
        return client, specialist

    yield opened
    for inward in (False, True):
        company.widen("a", inward)


def is_fresh(watch):
    """The voice comes without growing late, and pictures are few but of now."""
    assert watch.heard > 0.8
    assert statistics.median(watch.voice) < 700 and watch.voice[int(len(watch.voice) * 0.95)] < 1_500
    assert watch.a_second > 2
    assert statistics.median(watch.pictures) < 800 and watch.pictures[int(len(watch.pictures) * 0.95)] < 1_800


def test_a_call_over_a_narrow_wire_and_over_the_wide_one_again(company, opened):
    client, specialist = opened("Узкий канал от клиента")
    time.sleep(2)
    is_narrow, since = company.narrow("a", 300), time.time() * 1000
    # In the first seconds it is found out what passes.
    time.sleep(5)
    watch = Watch(client, specialist)
    time.sleep(10)
    is_fresh(watch.told("300 kbit/s from the client"))
    low = min(bitrates(client, since))
    assert low < 350_000 or not is_narrow
    # The specialist's wire is as wide as it was, and so is what goes by it. (A debug build beside two browsers may wait by itself.)
    assert max(bitrates(specialist, since)) > low
    assert client.evaluate("spy.wires") == specialist.evaluate("spy.wires") == 1
    company.widen("a")
    wide, until = time.monotonic(), time.monotonic() + 40
    while bitrate(client) < 400_000:
        assert time.monotonic() < until, client.evaluate("spy.rates.slice(-8)")
        time.sleep(0.2)
    print(f"\nfigure the bit rate is up again, from {low / 1000:.0f} kbit/s: {time.monotonic() - wide:.1f} s", end="")
    hang_up(client, specialist)


def test_who_comes_back_over_a_narrow_wire_sees_a_whole_picture(company, opened):
    client, specialist = opened("Обновлю страницу на узком канале")
    company.narrow("a", 300)
    time.sleep(4)
    specialist.reload()
    start = time.monotonic()
    expect(specialist.locator(".call")).to_have_attribute("data-way", "socket", timeout=20_000)
    moves(specialist, f"{OTHER} video", timeout=8_000)
    print(f"\nfigure a picture over 300 kbit/s after the page was read again: {time.monotonic() - start:.1f} s", end="")
    watch = Watch(client, specialist)
    time.sleep(6)
    is_fresh(watch.told("300 kbit/s from the client, after it"))
    hang_up(client, specialist)


def test_a_listener_on_a_narrow_wire_gets_what_it_takes(company, opened):
    client, specialist = opened("Узкий канал к клиенту")
    is_narrow, since = company.narrow("a", 300, inward=True), time.time() * 1000
    time.sleep(5)
    watch = Watch(specialist, client)
    time.sleep(10)
    is_fresh(watch.told("300 kbit/s to the client"))
    assert min(bitrates(specialist, since)) < 350_000 or not is_narrow
    hang_up(client, specialist)


# A film on the computer's screen: more than twice what a wire of 1 Mbit/s takes.
FILM = r"""
import random, sys, time
while True:
    lines = ("".join(f"\x1b[48;5;{random.randrange(16, 256)}m " for _ in range(100)) for _ in range(70))
    print("\x1b[H" + "\x1b[0m\r\n".join(lines), end="\x1b[0m", flush=True)
    time.sleep(0.2)
"""
STREAMS = """
window.streams = []
const Real = window.WebSocket
window.WebSocket = class extends Real {
  constructor(...where) { super(...where); if (String(where[0]).includes("/control/stream")) streams.push(this) }
}
"""


def test_control_over_a_narrow_wire_goes_on_and_is_not_made_anew(company, walled):
    desk = walled("port")
    desk.page.context.add_init_script(STREAMS)
    desk.allow_control()
    computer, page = desk.computer, desk.page
    film = computer.home / "film.py"
    film.write_text(FILM)
    desk.type("широко\n")
    filming = computer.open("xterm", "-fa", "DejaVu Sans Mono", "-fs", "3", "-geometry", "100x70+640+20", "-e", "python3", str(film))
    company.narrow("a", 1_000)
    try:
        for number, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
            words = f"узко {'раз два три'.split()[number]}\n"
            start = time.monotonic()
            click_picture(page)
            Keyboard(page).type(words)
            computer.wait_typed(words, 5)
            typed = time.monotonic() - start
            start = time.monotonic()
            patch = computer.open("xterm", "-bg", "#{:02x}{:02x}{:02x}".format(*colour), "-geometry", "10x3+30+300", "-e", "sleep", "1000")
            while not near(page.evaluate(PIXEL, [60, 320]), colour):
                assert time.monotonic() - start < 10, page.evaluate(PIXEL, [60, 320])
                time.sleep(0.05)
            desk.tell(f"1 Mbit/s, {words.strip()}: typed", typed)
            desk.tell("it is seen", time.monotonic() - start)
            patch.kill()
            time.sleep(2)
        # The way of the first second, on both sides: nothing was taken for dead while bytes came.
        assert page.evaluate("streams.length") == 1 and page.evaluate("streams[0].readyState") == 1
        assert computer.agent.poll() is None and computer.log.read_text() == ""
        assert page.locator("[data-stage]").get_attribute("data-is") == "shown"
    finally:
        company.widen("a")
        filming.kill()
    time.sleep(2)
    times = page.evaluate(KEY_TO_PIXEL, 20)
    desk.tell("key to pixel on the wide wire, median", statistics.median(times) / 1000)
    assert statistics.median(times) < 300
    Keyboard(page).type("\n")
    desk.type("снова широко\n")
    assert page.evaluate("streams.length") == 1
    computer.key("Pause")
    expect(page.locator("[data-note=ended]")).to_be_visible(timeout=5_000)


def near(found, wanted):
    return found and all(abs(a - b) < 40 for a, b in zip(found, wanted))
