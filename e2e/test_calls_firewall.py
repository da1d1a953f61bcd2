"""Calls of two offices that reach one TCP port of one server, or only a proxy, and nothing else: each with a real Chromium, media both
ways, the wire cut for five seconds, the server killed. Where namespaces cannot be made, the reason is printed and the same is done
on this machine without a wall. The figures are printed as they come (`pytest -s`), and stand in docs/performance.md."""

import re
import time

import pytest
from playwright.sync_api import expect

from calling import NEVER, OTHER, go_on_line, moves
from test_firewall import begin, company, proxied, sit
from test_main_job import write

pytestmark = pytest.mark.alone

# What the page has got, kept beside it: its connections, what its decoders gave, and when each picture of the other came.
WATCH = """
window.seen = { peers: [], energy: 0, frames: 0, times: [] }
addEventListener("click", event => { if (event.target.closest("[data-call-answer]")) seen.answered = Date.now() }, true)
const Peer = window.RTCPeerConnection
window.RTCPeerConnection = class extends Peer {
  constructor(...settings) {
    super(...settings)
    seen.peers.push(this)
    this.addEventListener("connectionstatechange", () => { if (this.connectionState === "connected") seen.connected ??= Date.now() })
  }
}
if (window.AudioDecoder) {
  const Ear = window.AudioDecoder, Eye = window.VideoDecoder
  window.AudioDecoder = class extends Ear {
    constructor({ output, error }) {
      super({ error, output: data => {
        const heard = new Float32Array(data.numberOfFrames)
        data.copyTo(heard, { planeIndex: 0, format: "f32-planar" })
        seen.energy += heard.reduce((sum, each) => sum + each * each, 0) / 48_000
        seen.connected ??= Date.now()
        output(data)
      } })
    }
  }
  window.VideoDecoder = class extends Eye {
    constructor({ output, error }) { super({ error, output: frame => { seen.frames += 1; output(frame) } }) }
  }
}
let before = 0
setInterval(() => {
  const frames = document.querySelector(".call__member:not([data-mine]) video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0
  if (frames > before) { seen.first ??= Date.now(); seen.times.push(Date.now()) }
  before = frames
}, 20)
"""
GOT = """async () => {
  const got = { energy: seen.energy, frames: seen.frames, bytes: 0, kinds: [] }
  for (const peer of seen.peers) {
    const stats = await peer.getStats()
    for (const each of stats.values()) {
      if (each.type === "inbound-rtp" && each.kind === "audio") { got.energy += each.totalAudioEnergy ?? 0; got.bytes += each.bytesReceived }
      if (each.type === "inbound-rtp" && each.kind === "video") got.frames += each.framesDecoded ?? 0
      const pair = each.type === "transport" && stats.get(each.selectedCandidatePairId)
      if (pair) got.kinds.push(stats.get(pair.localCandidateId)?.candidateType)
    }
  }
  return got
}"""
INKED = """() => { const c = document.querySelector('.screen__pen')
  return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0) }"""


@pytest.fixture
def desks(company, sit):
    """A client and a specialist at one request; both show their faces when a call begins."""
    opened = []

    def desks(text, proxy=None, trust_all=False, script=""):
        pages = []
        for role, office in (("client", "a"), ("specialist", "b")):
            page = sit(role, office, proxy and proxy.replace(company.near["a"], company.near[office]), trust_all)
            page.context.add_init_script(WATCH + script)
            page.ways = []
            page.on("request", lambda sent, page=page: page.ways.append(sent.post_data) if sent.url.endswith("/way") else None)
            page.evaluate("localStorage.setItem('okno.call', JSON.stringify({ shows: true }))")
            pages.append(page)
        client, specialist = pages
        go_on_line(specialist)
        specialist.number = begin(company, client, specialist, text)
        opened.append(client)
        return client, specialist

    yield desks
    # Whose window only closes is in the call for a while yet, and could begin no other one.
    for page in opened:
        if page.locator("[data-call-leave]").is_visible():
            page.locator("[data-call-leave]").click()
            expect(page.locator("[data-call-start=call]")).to_be_visible()


def call(client, specialist, way):
    """They talk; both hear and see each other by the way."""
    client.locator("[data-call-start=call]").click()
    specialist.locator(".ringing [data-call-answer]").click()
    for page in (client, specialist):
        expect(page.locator(".call")).to_have_attribute("data-way", way, timeout=25_000)
    grows(client, specialist)


def grows(*pages):
    """Sound and picture come, and go on coming."""
    for page in pages:
        moves(page, f"{OTHER} video")
    before = [page.evaluate(GOT) for page in pages]
    time.sleep(1.2)
    for page, was in zip(pages, before):
        got = page.evaluate(GOT)
        assert got["frames"] > was["frames"] and got["energy"] > was["energy"], (was, got)


def hang_up(client, specialist):
    specialist.locator("[data-call-leave]").click()
    for page in (client, specialist):
        expect(page.locator(".call[data-wire]")).to_have_count(0)


def history(company, specialist, *words):
    specialist.goto(f"{company.server.address}/requests/{specialist.number}/history")
    for each in words:
        expect(specialist.locator("main")).to_contain_text(each)


def tell(what, **figures):
    print(f"\nfigure {what}: " + ", ".join(f"{name} {value} ms" for name, value in figures.items()))


def tell_start(what, client, specialist):
    answered = specialist.evaluate("seen.answered")
    pages = [page.evaluate("({ connected: seen.connected, first: seen.first })") for page in (client, specialist)]
    tell(what, connected=max(page["connected"] for page in pages) - answered, picture=max(page["first"] for page in pages) - answered)


def cut_for_five_seconds(company, what, *pages):
    """The picture is back, to stay, within three seconds after the path is."""
    company.cut("a")
    time.sleep(5)
    company.mend("a")
    mended = time.time() * 1000
    took = []
    for page in pages:
        page.wait_for_function("mended => seen.times.filter(each => each > mended).length > 20", arg=mended, timeout=15_000)
    time.sleep(1)
    for page in pages:
        times = [each for each in page.evaluate("seen.times") if each > mended]
        # One late frame is no picture: it is back when nothing longer than a second is missing after it.
        back = next(at for i, at in enumerate(times) if all(b - a < 1000 for a, b in zip(times[i:], times[i + 1:])))
        took.append(round(back - mended))
    tell(what, back_for_client=took[0], back_for_specialist=took[1])
    assert max(took) <= 3000, took
    grows(*pages)


def test_one_port_carries_a_call_over_a_cut(company, desks):
    client, specialist = desks("Поговорим через один порт")
    way = "relayed" if company.is_walled else "direct"
    call(client, specialist, way)
    for page in (client, specialist):
        assert f"way={way}" in page.ways
        if company.is_walled:
            assert page.evaluate(GOT)["kinds"] == ["relay"]
    tell_start(f"one port, {way}", client, specialist)
    cut_for_five_seconds(company, f"cut, {way}", client, specialist)
    hang_up(client, specialist)
    history(
        company, specialist, "Звонок начат", "Звонок: ", "Ответ на звонок", "Звонок окончен, длился 1 мин",
        "связь через сервер" if company.is_walled else "связь напрямую", "Разговор: 1 мин")


def test_one_port_carries_a_shown_screen_and_the_pen(desks):
    client, specialist = desks("Покажу экран из-за стены")
    client.locator("[data-call-start=screen]").click()
    specialist.locator(".ringing [data-call-answer]").click()
    moves(specialist, "[data-screen-video]")
    box = specialist.locator(".screen__pen").bounding_box()
    specialist.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    specialist.mouse.down()
    specialist.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6, steps=8)
    specialist.mouse.up()
    expect(client.locator(".screen__pen")).to_have_attribute("data-strokes", "1")
    client.wait_for_function(INKED)
    specialist.locator("[data-screen=snapshot]").click()
    expect(specialist.locator(".uploads .upload")).to_have_count(1)
    write(specialist, "Вот этот ключ")
    expect(client.locator(".message", has_text="Вот этот ключ").locator("img")).to_be_visible()
    hang_up(client, specialist)


def test_a_connect_proxy_alone_carries_a_call(company, proxied, desks, tmp_path):
    settings = tmp_path / "tinyproxy.conf"
    settings.write_text("Port 3128\nListen 0.0.0.0\nTimeout 600\nMaxClients 100\n")
    proxy = company.start_proxy("tinyproxy", "-d", "-c", settings, office="a", port=3128)
    client, specialist = desks("Поговорим через прокси", proxy)
    call(client, specialist, "relayed" if company.is_walled else "direct")
    tell_start("CONNECT proxy", client, specialist)
    hang_up(client, specialist)


def test_a_proxy_that_opens_tls_carries_a_call_over_the_socket_and_over_a_cut(
    company, proxied, desks, tmp_path):
    proxy = company.start_proxy(
        "mitmdump", "-q", "-p", "8080", "--set", "rawtcp=false", "--set", "ssl_insecure=true",
        "--set", f"confdir={tmp_path}", office="a", port=8080)
    # Without a wall nothing holds back a direct connection but the page itself.
    client, specialist = desks(
        "За прокси, который вскрывает TLS", proxy, trust_all=True, script="" if company.is_walled else NEVER)
    call(client, specialist, "socket")
    for page in (client, specialist):
        assert "way=socket" in page.ways
        expect(page.locator("[data-call-open-way]")).to_contain_text("без сквозного шифрования")
    tell_start("TLS opened, socket", client, specialist)
    cut_for_five_seconds(company, "cut, socket", client, specialist)
    hang_up(client, specialist)
    history(company, specialist, "Звонок окончен, длился 1 мин", "связь запасным путём", "Разговор: 1 мин")


def test_a_call_goes_on_when_the_server_was_killed_and_started(company, desks):
    way = "relayed" if company.is_walled else "direct"
    client, specialist = desks("Сервер пропадёт посреди разговора")
    call(client, specialist, way)
    company.server.stop(kill=True)
    if company.is_walled:
        for page in (client, specialist):
            expect(page.locator(".call")).to_have_attribute("data-way", "broken", timeout=10_000)
    company.server.start()
    started = time.monotonic()
    for page in (client, specialist):
        expect(page.locator(".call")).to_have_attribute("data-way", way, timeout=15_000)
        moves(page, f"{OTHER} video")
    print(f"\nback after the server was started: {time.monotonic() - started:.1f} s")
    for page in (client, specialist):
        page.locator("[data-call-mute]").click()
    expect(client.locator(OTHER)).to_have_attribute("data-silent", "")
    hang_up(client, specialist)
    history(company, specialist, "Звонок окончен, длился 1 мин")


def test_without_relay_and_codecs_the_page_says_that_there_is_no_connection(company, desks):
    client, specialist = desks("Ни одного пути")
    client.context.add_init_script(NEVER + "delete window.AudioEncoder")
    client.reload()
    client.locator("[data-call-start=call]").click()
    specialist.locator(".ringing [data-call-answer]").click()
    expect(client.locator(".toast")).to_contain_text("Соединиться не удалось", timeout=25_000)
    expect(specialist.locator(".call[data-ended=no-connection]")).to_contain_text("Соединиться не удалось")
    expect(client.locator("[data-call-start=call]")).to_be_visible()
    history(company, specialist, "Звонок окончен: соединиться не удалось")


def test_without_a_socket_the_page_says_that_there_is_no_connection(company, desks):
    client, specialist = desks("Сокеты закрыты")
    client.route_web_socket(re.compile("/calls/wire"), lambda wire: wire.close())
    client.reload()
    client.locator("[data-call-start=call]").click()
    expect(specialist.locator(".ringing")).to_have_count(1)
    expect(client.locator(".toast")).to_contain_text("Соединиться не удалось", timeout=20_000)
    expect(specialist.locator(".ringing")).to_have_count(0)
    history(company, specialist, "соединиться не удалось")


# How a wire with this ticket ends: "opened" or "refused".
WIRE = """ticket => new Promise(done => {
  const wire = new WebSocket(`/calls/wire?token=${ticket}`)
  wire.onopen = () => done("opened")
  wire.onclose = () => done("refused")
})"""
# Kinds of candidates that a relay gives for these credentials.
RELAY = """async ice => {
  const peer = new RTCPeerConnection({ iceServers: [ice], iceTransportPolicy: "relay" }), kinds = []
  peer.onicecandidate = ({ candidate }) => { if (candidate) kinds.push(candidate.type) }
  peer.createDataChannel("tried")
  await peer.setLocalDescription(await peer.createOffer())
  for (let i = 0; i < 30 && !kinds.length; i += 1) await new Promise(done => setTimeout(done, 100))
  peer.close()
  return kinds
}"""


def test_wrong_tickets_and_wrong_secrets_open_nothing(company, desks):
    told = "const Real = window.WebSocket; window.WebSocket = class extends Real { constructor(...a) { super(...a)\n" \
        "this.addEventListener('message', ({ data }) => { if (String(data).includes('welcome')) seen.welcome = JSON.parse(data).welcome }) } }"
    client, specialist = desks("Чужой билет", script=told)
    call(client, specialist, "relayed" if company.is_walled else "direct")
    assert client.evaluate(WIRE, "0" * 64) == "refused"
    # A good ticket, in the hands of another person, then used, then used again.
    panel = f"/calls/{client.locator('.call').get_attribute('data-call')}/panel?wire=1"
    ticket = specialist.evaluate("async panel => (await (await fetch(panel)).text()).match(/token=([0-9a-f]+)/)[1]", panel)
    assert client.evaluate(WIRE, ticket) == "refused"
    assert specialist.evaluate(WIRE, ticket) == "opened"
    assert specialist.evaluate(WIRE, ticket) == "refused"
    # The same person is there by the newer wire, and the page does not fight for the place.
    expect(specialist.locator(".toast", has_text="Разговор продолжается в другом окне")).to_be_visible()
    if company.is_walled:
        [ice] = client.evaluate("seen.welcome.ice")
        assert client.evaluate(RELAY, ice) == ["relay"]
        assert client.evaluate(RELAY, {**ice, "credential": "wrong"}) == []
        late = f"1:{ice['username'].split(':', 1)[1]}"
        assert client.evaluate(RELAY, {**ice, "username": late}) == []
    client.locator("[data-call-leave]").click()
    for page in (client, specialist):
        expect(page.locator(".call[data-wire]")).to_have_count(0)
