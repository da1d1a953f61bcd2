"""The last step of the ladder in two windows and three: voice and pictures over the socket of the call, where nothing else passes."""

import pytest
from playwright.sync_api import expect

from calling import NEVER, OTHER, call, choose_colleague, go_on_line, moves, pair  # noqa: F401 (a fixture)

pytestmark = pytest.mark.alone

# How loud each voice of the call is let through; what rang before has a context of its own.
GAINS = """
window.gains = []
window.voices = () => gains.filter(each => each.context === gains.at(-1).context).map(each => each.gain.value)
const make = BaseAudioContext.prototype.createGain
BaseAudioContext.prototype.createGain = function () { const made = make.call(this); gains.push(made); return made }
"""
# Where the sound of the page goes: what was asked for, and what became of it. A loudspeaker that is unplugged is asked for in vain.
SINKS = """
window.sinks = []
window.unplugged = undefined
for (const kind of [AudioContext, HTMLMediaElement]) {
  const real = kind.prototype.setSinkId
  kind.prototype.setSinkId = function (id) {
    sinks.push([kind.name, id, this])
    return id && id === unplugged ? Promise.reject(new DOMException("", "NotFoundError")) : real.call(this, id)
  }
}
"""
SINK = "sinks.filter(([kind]) => kind === 'AudioContext').at(-1)?.[2].sinkId"
# How many pictures were asked of the encoder whole for somebody, and not because it is time for one; and the wires of calls.
WHOLE = """
window.whole = 0
window.wires = []
const Encoder = window.VideoEncoder, Socket = window.WebSocket
window.VideoEncoder = class extends Encoder {
  number = 0
  encode(frame, how) {
    if (how.keyFrame && this.number % 300 > 0) whole += 1
    this.number += 1
    return super.encode(frame, how)
  }
}
window.WebSocket = class extends Socket { constructor(...where) { super(...where); if (String(where[0]).includes("/calls/wire")) wires.push(this) } }
"""


def see_each_other(pair, text, script):
    """Two who have nothing but the socket, and their cameras on."""
    pages = client, specialist = pair(text, NEVER + script)
    for page in pages:
        page.reload()
    call(client, specialist)
    for page in pages:
        page.locator("[data-call-camera]").click()
    for page in pages:
        expect(page.locator(".call")).to_have_attribute("data-way", "socket", timeout=20_000)
        moves(page, f"{OTHER} video")
    return pages


def test_media_goes_by_the_socket_when_nothing_else_passes(pair):
    client, specialist = see_each_other(pair, "За строгим прокси", GAINS)
    for page in (client, specialist):
        expect(page.locator("[data-call-open-way]")).to_contain_text("без сквозного шифрования")
    # Who holds the call hears nothing of it until going on.
    specialist.wait_for_function("() => gains.length > 0 && voices().every(each => each === 1)")
    specialist.locator("[data-call-hold]").click()
    specialist.wait_for_function("() => voices().some(each => each === 0)")
    specialist.locator("[data-call-hold]").click()
    specialist.wait_for_function("() => voices().every(each => each === 1)")
    client.locator("[data-call-share]").click()
    moves(specialist, "[data-screen-video]")


def test_a_whole_picture_of_which_nobody_has_said_how_it_was_made_is_asked_for_again(pair):
    client, _ = pair("Пришёл на полуслове")
    assert client.evaluate("""async () => {
      const { kinds, SocketReceiver } = await import(new URL("call-media.js", document.querySelector('script[src*="/js/app.js"]').src))
      const told = []
      const receiver = new SocketReceiver({ stream() {}, lost: () => told.push("lost"), came: number => told.push(number) })
      receiver.take(kinds.key, new Uint8Array([0, 0, 7, 0, 0, 0, 0, 1, 2, 3]))
      receiver.close()
      return told
    }""") == [7, "lost"]


def test_the_sound_of_the_socket_comes_out_of_the_chosen_loudspeaker(pair):
    client, specialist = pair("Слышно не из той колонки", NEVER + SINKS)
    speakers = specialist.evaluate("""async () => {
      for (const track of (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks()) track.stop()
      return (await navigator.mediaDevices.enumerateDevices()).filter(each => each.kind === "audiooutput").map(each => each.deviceId)
    }""")
    first, second = [each for each in speakers if each != "default"][:2]
    specialist.evaluate("speaker => localStorage.setItem('okno.call', JSON.stringify({ speaker }))", first)
    for page in (client, specialist):
        page.reload()
    call(client, specialist)
    for page in (client, specialist):
        expect(page.locator(".call")).to_have_attribute("data-way", "socket", timeout=20_000)
    specialist.wait_for_function(f"first => {SINK} === first", arg=first)
    # Another one, while the call goes on; then one that is not plugged in any more.
    specialist.locator(".call [data-call-devices]").click()
    loudspeaker = specialist.locator("#call-devices [name=speaker]")
    expect(loudspeaker).to_have_value(first)
    loudspeaker.select_option(second)
    specialist.wait_for_function(f"second => {SINK} === second", arg=second)
    specialist.evaluate("first => { unplugged = first }", first)
    loudspeaker.select_option(first)
    specialist.wait_for_function(f"() => {SINK} === ''")
    assert specialist.evaluate("sinks.filter(([kind]) => kind === 'AudioContext').map(([, id]) => id)") == [first, second, first, ""]
    assert specialist.evaluate("sinks.find(([kind]) => kind === 'AudioContext')[2].state") == "running"
    # Who has chosen none hears by the usual one.
    assert client.evaluate("sinks.length") == 0


def test_whoever_lost_the_thread_is_sent_a_whole_picture_and_not_one_after_another(pair):
    client, specialist = pair("Картинка замерла", NEVER + WHOLE)
    for page in (client, specialist):
        page.reload()
    call(client, specialist)
    client.locator("[data-call-camera]").click()
    expect(client.locator(".call")).to_have_attribute("data-way", "socket", timeout=20_000)
    moves(specialist, f"{OTHER} video")
    client.wait_for_timeout(2_500)
    # The server asks for it when a listener who was slow can take more: three times here, at once.
    before = client.evaluate("""() => {
      for (let i = 0; i < 3; i += 1) wires.at(-1).onmessage({ data: new Uint8Array([1, 5]).buffer })
      return whole
    }""")
    client.wait_for_function("before => whole > before", arg=before)
    client.evaluate("wires.at(-1).onmessage({ data: new Uint8Array([1, 5]).buffer })")
    client.wait_for_timeout(1_000)
    assert client.evaluate("whole") == before + 1
    client.wait_for_function("before => whole === before + 2", arg=before, timeout=3_000)


def test_who_comes_third_by_the_socket_sees_a_whole_picture_at_once(pair, sign_in, sign_ins):
    client, specialist = see_each_other(pair, "Втроём за строгим прокси", WHOLE)
    specialist.locator("[data-dialog=call-others]").click()
    names = specialist.locator("#call-others .colleague b").all_text_contents()
    surname = next(name.split()[0] for name in names if name.split()[0] in sign_ins)
    colleague = sign_in(surname)
    go_on_line(colleague)
    colleague.context.add_init_script(NEVER)
    colleague.reload()
    # Nobody hears that anybody asks for it, and the encoders are those of before.
    before = [page.evaluate("""() => {
      const wire = wires.at(-1), hear = wire.onmessage
      wire.onmessage = event => { if (typeof event.data === "string" || new Uint8Array(event.data)[1] !== 5) hear(event) }
      return whole
    }""") for page in (client, specialist)]
    choose_colleague(specialist, "#call-others", surname)
    specialist.locator("#call-others button", has_text="Пригласить").click()
    colleague.locator(".ringing [data-call-answer]").click()
    expect(colleague.locator(OTHER)).to_have_count(2)
    for page, count in zip((client, specialist), before):
        page.wait_for_function("count => whole > count", arg=count)
    for person in colleague.locator(OTHER).all():
        moves(colleague, f'[data-member="{person.get_attribute("data-member")}"] video')
    # Each of the three goes on hearing and seeing both others.
    for page in (client, specialist):
        expect(page.locator(OTHER)).to_have_count(2)
        moves(page, f"{OTHER}[data-seen] video")
    colleague.locator("[data-call-leave]").click()
    for page in (client, specialist):
        expect(page.locator(OTHER)).to_have_count(1)
    client.locator("[data-call-leave]").click()


def test_who_comes_back_by_a_better_way_is_sent_nothing_by_the_socket_any_more(pair):
    client, specialist = pair("Переключусь на кабель", """
    window.encoders = []
    const Voice = window.AudioEncoder
    window.AudioEncoder = class extends Voice { constructor(ears) { super(ears); encoders.push(this) } }
    """)
    client.context.add_init_script(f"if (!localStorage.getItem('free')) {{ {NEVER} }}")
    for page in (client, specialist):
        page.reload()
    call(client, specialist)
    for page in (client, specialist):
        expect(page.locator(".call")).to_have_attribute("data-way", "socket", timeout=20_000)
    specialist.wait_for_function("() => encoders.some(each => each.state === 'configured')")
    client.evaluate("localStorage.setItem('free', 'yes')")
    client.reload()
    for page in (client, specialist):
        expect(page.locator(".call")).to_have_attribute("data-way", "direct", timeout=20_000)
        page.wait_for_function("() => encoders.every(each => each.state === 'closed')")


# A sender whose wire nobody answers on, and a screen of noise; what has left, by kind.
ALONE = """async () => {
  const { SocketSender } = await import(new URL("call-media.js", document.querySelector('script[src*="/js/app.js"]').src))
  const pause = time => new Promise(done => setTimeout(done, time)), sent = []
  const paper = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 }), ink = paper.getContext("2d")
  const noise = ink.createImageData(320, 180)
  const drawing = setInterval(() => {
    for (let i = 0; i < noise.data.length; i += 1) noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 255
    for (let i = 0; i < 16; i += 1) ink.putImageData(noise, i % 4 * 320, Math.floor(i / 4) * 180)
  }, 50)
  const sender = new SocketSender({ open: true, waiting: 0, send: bytes => sent.push(bytes[0]) })
  const pictures = () => sent.filter(kind => kind === 2 || kind === 3).length, wholes = () => sent.filter(kind => kind === 2).length
  const full = async () => { for (let i = 0; i < 100 && !sender.flow.isFull; i += 1) await pause(50) }
  const told = {}
  sender.show({ screen: paper.captureStream(20).getVideoTracks()[0] })
  await full()
  await pause(1500)
  const before = wholes(), asked = performance.now()
  sender.key()
  while (wholes() === before && performance.now() - asked < 5000) await pause(20)
  told.whole = performance.now() - asked
  await full()
  sender.show({})
  const shown = pictures()
  await pause(2600)
  told.after = pictures() - shown
  told.waits = sender.flow.isFull
  sender.close()
  clearInterval(drawing)
  return told
}"""


def test_what_nobody_can_see_or_is_not_shown_any_more_does_not_leave(pair):
    client, _ = pair("Картинка в очереди")
    client.mouse.click(5, 5)
    told = client.evaluate(ALONE)
    # Silence would be waited out for two seconds.
    assert told["whole"] < 1_500
    assert told["after"] == 0 and not told["waits"]
