"""A call is recorded when both agree: the question, the sign, parts that come again after a break, and the replay."""

import re
import time

import pytest
from playwright.sync_api import expect

from calling import NEVER, call, choose_colleague, go_on_line, hears, moves, OTHER, pair  # noqa: F401 (a fixture)
from test_pages import looks_well

pytestmark = pytest.mark.alone

SHOWN = "document.querySelector('video[data-shown]')"
# Whether the picture that is shown has more than one colour.
SEEN = f"""() => {{
  const video = {SHOWN}, canvas = document.createElement('canvas')
  if (!video.videoWidth) return false
  canvas.width = 64
  canvas.height = 36
  const ink = canvas.getContext('2d')
  ink.drawImage(video, 0, 0, 64, 36)
  const data = ink.getImageData(0, 0, 64, 36).data, first = [...data.slice(0, 3)].join()
  const colours = new Set()
  for (let i = 0; i < data.length; i += 4) colours.add([...data.slice(i, i + 3)].map(v => v >> 4).join())
  return colours.size > 4
}}"""
# The loudest moment of what is played in the next seconds.
LOUDNESS = """async () => {
  const context = new AudioContext(), ear = context.createAnalyser(), wave = new Float32Array(ear.fftSize)
  for (const video of document.querySelectorAll('.replay__film video')) context.createMediaElementSource(video).connect(ear)
  let most = 0
  for (let i = 0; i < 250 && most < 0.02; i += 1) {
    await new Promise(done => setTimeout(done, 10))
    ear.getFloatTimeDomainData(wave)
    most = wave.reduce((sum, each) => Math.max(sum, Math.abs(each)), most)
  }
  return most
}"""


@pytest.fixture
def policy(server, sign_in):
    """The administrator's page of recordings."""
    page = sign_in("admin")

    def allow(calls):
        page.goto(f"{server.address}/recordings")
        page.locator("input[name=calls]").set_checked(calls)
        page.locator(".sheet__acts button").click()
        expect(page.locator("body")).to_contain_text("Сохранено")

    allow(True)
    yield
    allow(False)


def films(server):
    return [file for file in (server.data / "files" / "recordings").iterdir() if file.stat().st_size]


def plays(page):
    """Waits until the film moves on by itself. Answers the time that the page tells."""
    page.locator("[data-play]").click()
    expect(page.locator("#call-replay")).to_have_attribute("data-is", "playing")
    page.wait_for_function(f"() => {SHOWN}.currentTime > 0.5")
    page.wait_for_function(SEEN)


def test_a_call_is_recorded_when_both_agree(policy, server, pair, tmp_path):  # noqa: F811
    client, specialist = pair("Запишите наш разговор")
    before = len(films(server))
    call(client, specialist)
    for page in (client, specialist):
        page.locator("[data-call-camera]").click()
    moves(specialist, f"{OTHER} video")
    expect(client.locator("[data-call-record]")).to_have_count(0)

    # One refuses: nothing is recorded, and the one who asked is told.
    specialist.locator("[data-call-record=ask]").click()
    expect(specialist.locator(".call-recording")).to_contain_text("Ждём согласия на запись")
    expect(client.locator(".call-recording")).to_contain_text("просит разрешения записать разговор")
    client.screenshot(path=tmp_path / "asked.png")
    client.locator("[data-call-record=no]").click()
    expect(specialist.locator(".call-recording")).to_contain_text("отказ")
    assert len(films(server)) == before

    # Both agree. The way of the first part is cut, and it comes all the same.
    cut = []
    specialist.route("**/parts/0?*", lambda route: (cut.append(route), route.abort())[1] if len(cut) < 2 else route.continue_())
    specialist.locator("[data-call-record=ask]").click()
    client.locator("[data-call-record=yes]").click()
    began = time.monotonic()
    for page in (client, specialist):
        expect(page.locator(".call-recording__sign")).to_have_text("Идёт запись")
        assert page.locator("[data-call-recording]").get_attribute("aria-live") == "polite"
    specialist.screenshot(path=tmp_path / "going.png")
    specialist.wait_for_timeout(14_000)     # the routes above are walked meanwhile
    client.locator("[data-call-record=end]").click()
    length = time.monotonic() - began
    for page in (client, specialist):
        expect(page.locator(".call-recording__sign")).to_have_count(0)
        expect(page.locator(".call-recording")).to_contain_text("Запись остановлена")
    assert len(cut) == 2
    for page in (client, specialist):
        expect(page.locator(".call-bar__recording")).to_contain_text("Запись разговора")
    client.locator("[data-call-leave]").click()
    assert len(films(server)) == before + 1

    # Both watch it.
    for page in (client, specialist):
        page.locator(".call-bar__recording").click()
        page.wait_for_url(re.compile("/calls/recordings/"))
        total = int(page.locator("#call-replay").get_attribute("data-length"))
        # On a busy machine the last film, which goes on too far beyond the end, is left out.
        assert length - 8 < total / 1000 < length + 1, f"{total} ms of {length:.1f} s"
        plays(page)
    specialist.screenshot(path=tmp_path / "replay.png")
    assert specialist.evaluate(LOUDNESS) > 0.02
    # From one part to the next by itself, and from any to any other.
    expect(client.locator("[data-now]")).to_have_text(re.compile("0:(0[7-9]|[1-5])"))
    specialist.locator("[data-play]").click()
    expect(specialist.locator("#call-replay")).to_have_attribute("data-is", "paused")
    place = specialist.locator("[data-place]")
    place.focus()
    started = time.monotonic()
    specialist.evaluate("() => { const bar = document.querySelector('[data-place]'); bar.value = 9000; bar.dispatchEvent(new Event('input')) }")
    specialist.wait_for_function(f"() => Number({SHOWN}.dataset.from) > 5000 && {SHOWN}.readyState > 1 && {SHOWN}.currentTime > 1")
    print(f"\na place in another part was shown in {(time.monotonic() - started) * 1000:.0f} ms")
    assert time.monotonic() - started < 3
    expect(place).to_have_attribute("aria-valuetext", "0:09")
    specialist.keyboard.press("ArrowLeft")
    specialist.wait_for_function(f"() => Number({SHOWN}.dataset.from) < 5000 && {SHOWN}.currentTime > 2")
    # To the end, and once more from the beginning.
    client.locator("[data-speed]").select_option("4")
    expect(client.locator("#call-replay")).to_have_attribute("data-is", "paused", timeout=30_000)
    client.locator("[data-speed]").select_option("1")
    client.locator("[data-play]").click()
    expect(client.locator("[data-now]")).to_have_text(re.compile("0:0[0-9]"))
    client.locator("[data-mark]").last.click()
    looks_well(specialist, "call-replay")
    # The request leads to it too.
    specialist.goto(server.address + specialist.locator(".replay__head a").get_attribute("href") + "/history")
    expect(specialist.locator("main a[href^='/calls/recordings/']")).to_have_text(re.compile("Разговор записан: 1"))


def test_a_voice_over_the_socket_is_recorded_until_its_page_is_gone(policy, server, pair):  # noqa: F811
    client, specialist = pair("Запись за строгим прокси", NEVER)
    for page in (client, specialist):
        page.reload()
    call(client, specialist)
    for page in (client, specialist):
        expect(page.locator(".call")).to_have_attribute("data-way", "socket", timeout=20_000)
    # Only what the other says is to be heard.
    specialist.locator("[data-call-mute]").click()
    specialist.locator("[data-call-record=ask]").click()
    client.locator("[data-call-record=yes]").click()
    expect(client.locator(".call-recording__sign")).to_be_visible()
    time.sleep(7)
    specialist.reload()
    expect(client.locator(".call-recording")).to_contain_text("страница, которая записывала, закрыта")
    expect(specialist.locator(".call")).to_be_visible()
    client.locator("[data-call-leave]").click()
    client.locator(".call-bar__recording").click()
    client.wait_for_url(re.compile("/calls/recordings/"))
    assert int(client.locator("#call-replay").get_attribute("data-length")) >= 5_000
    plays(client)
    assert client.evaluate(LOUDNESS) > 0.02


def test_four_talk_and_are_recorded_when_all_agree(policy, server, sign_in, sign_ins, pair):  # noqa: F811
    client, specialist = pair("Соберите всех, кто знает")
    call(client, specialist)
    everybody = [client, specialist]
    specialist.locator("[data-dialog=call-others]").click()
    expect(specialist.locator("#call-others .colleague").first).to_be_visible()
    names = [name.split()[0] for name in specialist.locator("#call-others .colleague b").all_text_contents()]
    specialist.keyboard.press("Escape")
    first, second, third = [name for name in dict.fromkeys(names) if name in sign_ins][:3]
    for surname in (first, second):
        colleague = sign_in(surname)
        go_on_line(colleague)
        specialist.locator("[data-dialog=call-others]").click()
        choose_colleague(specialist, "#call-others", surname)
        specialist.locator("#call-others button", has_text="Пригласить").click()
        colleague.locator(".ringing [data-call-answer]").click()
        everybody.append(colleague)
    # Each hears the three others.
    for page in everybody:
        expect(page.locator(OTHER)).to_have_count(3)
        hears(page, 3)
    # There is no place for a fifth.
    specialist.locator("[data-dialog=call-others]").click()
    choose_colleague(specialist, "#call-others", third)
    specialist.locator("#call-others button", has_text="Пригласить").click()
    expect(specialist.locator("body")).to_contain_text("В разговоре уже 4 человека")
    specialist.keyboard.press("Escape")

    # One agrees, and nothing is recorded yet; the last one makes it so for all.
    before = len(films(server))
    specialist.locator("[data-call-record=ask]").click()
    client.locator("[data-call-record=yes]").click()
    expect(everybody[2].locator(".call-recording")).to_contain_text("просит разрешения записать разговор")
    expect(client.locator(".call-recording__sign")).to_have_count(0)
    for page in everybody[2:]:
        page.locator("[data-call-record=yes]").click()
    for page in everybody:
        expect(page.locator(".call-recording__sign")).to_have_text("Идёт запись")
    specialist.wait_for_timeout(7_000)
    # Anybody stops it.
    everybody[3].locator("[data-call-record=end]").click()
    for page in everybody:
        expect(page.locator(".call-recording__sign")).to_have_count(0)
    expect(client.locator(".call-bar__recording")).to_contain_text("Запись разговора")
    assert len(films(server)) > before
    client.locator("[data-call-leave]").click()
    for page in everybody[1:]:
        expect(page.locator(OTHER)).to_have_count(2)
    for page in everybody[1:-1]:
        page.locator("[data-call-leave]").click()
    # Nobody is left to talk to.
    expect(everybody[-1].locator(".call")).to_have_count(0)
