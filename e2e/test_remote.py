"""Remote control as both sides have it: a client's screen with the agent on it, and the picture in a specialist's page."""

import struct
import time

import pytest
from playwright.sync_api import expect

from computer import HEIGHT, WIDTH, Computer
from test_main_job import write
from test_pages import looks_well
from visit import Keyboard, Visit, click_picture, sees

pytestmark = pytest.mark.alone


@pytest.fixture
def visit(server, sign_in, tmp_path):
    computer = Computer(tmp_path / "home")
    client, specialist = sign_in("client"), sign_in("specialist")
    specialist.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.address)

    def begin(text, *rights):
        visit = Visit(server, client, specialist, computer, text)
        visit.start_agent()
        if rights:
            visit.ask_for(*rights)
            computer.answer()
            visit.open()
        return visit

    yield begin
    computer.close()


def test_control_from_the_code_to_the_end(unanswered, visit):
    visit = visit("Не открывается отчёт в программе учёта")
    computer, page = visit.computer, visit.specialist
    # The code was good once.
    visit.ask_for("view", "control", "clipboard")
    visit.state("Ждём согласия")
    computer.answer()
    expect(page.locator(".control-bar")).to_contain_text("Разрешено")
    visit.open()
    assert len(computer.windows("frame")) == 4 and computer.windows("card")
    keys = Keyboard(page)
    click_picture(page)
    keys.type("Съешь ещё этих булок\n".replace("ё", "е"))
    computer.wait_typed("Съешь еще этих булок\n")
    keys.chord("с")
    computer.wait_typed("INTERRUPTED")

    # The clipboard: there by the person's own paste, and back.
    page.evaluate("navigator.clipboard.writeText('Ключ: ёжик № 7 — «да»')")
    click_picture(page)
    page.keyboard.press("Control+KeyV")
    computer.wait("the clipboard", lambda: computer.pasted() == "Ключ: ёжик № 7 — «да»")
    computer.copy("Обратно: щука 漢字 ✓")
    page.wait_for_function("async () => await navigator.clipboard.readText() === 'Обратно: щука 漢字 ✓'", timeout=10_000)

    # Every key goes there but one chord, which leads to the buttons; nothing stays pressed at the other computer.
    click_picture(page)
    for key, code, modifiers in [("Control", "ControlLeft", 2), ("Alt", "AltLeft", 3), ("Shift", "ShiftLeft", 11)]:
        keys.send(True, key, code, modifiers)
    expect(page.locator("[data-mode=control]")).to_be_focused()
    for key, code, modifiers in [("Shift", "ShiftLeft", 3), ("Alt", "AltLeft", 2), ("Control", "ControlLeft", 0)]:
        keys.send(False, key, code, modifiers)
    # The client is written to beside the picture.
    page.locator("[data-side=talk-side]").first.click()
    page.locator("#talk-side textarea[data-text]").fill("Вижу причину, сейчас исправлю")
    page.locator("#talk-side textarea[data-text]").press("Control+Enter")
    expect(visit.client.locator(".talk")).to_contain_text("Вижу причину, сейчас исправлю")
    page.locator("#talk-side [data-side]").click()
    expect(page.locator("#talk-side")).to_be_hidden()
    click_picture(page)
    keys.type("и дальше\n")
    computer.wait_typed("и дальше\n")

    # Pause: the picture stands and nobody types; on again, it lives.
    page.locator("[data-pause]").click()
    expect(page.locator("[data-note=paused]")).to_be_visible()
    page.locator("[data-pause]").click()
    sees(page)
    # Ended by one key at the computer: the stream is over at once, on the server's side.
    computer.key("Pause")
    pressed = time.monotonic()
    expect(page.locator("[data-note=ended]")).to_be_visible(timeout=3_000)
    assert time.monotonic() - pressed < 3
    computer.wait("the agent ends", lambda: computer.agent.poll() is not None)
    assert not computer.windows("frame")
    story = visit.history()
    for words in ["получен код", "компьютер на связи", "просит разрешить: просмотр экрана, управление, буфер обмена", "разрешено",
                  "смотрит на экран", "клиент отозвал согласие", "удалённая помощь: 1 мин"]:
        assert words in story, story


FRAMES = {"key": [4, 1, 0, 0, 0, 0, 0, 0x78], "pointer": [5, 1, 1, 144, 1, 44], "cut": [6, 0, 0, 0, 0, 0, 0, 1, 65]}


def test_who_only_looks_types_nothing_also_past_the_page(visit):
    visit = visit("Посмотрите на мой экран", "view")
    page, computer = visit.specialist, visit.computer
    expect(page.locator("[data-stage]")).to_have_attribute("data-is", "watched")
    expect(page.locator("[data-mode=control]")).to_be_hidden()
    click_picture(page)
    Keyboard(page).type("нельзя\n")
    # A page of somebody's own making: a stream that says keys nevertheless. It lives on and the keys go nowhere.
    said = page.evaluate("""async frames => {
      const { send } = await import(document.querySelector("script[type=module]").src.replace(/[^/]+$/, "net.js"))
      const where = (await (await send("POST", document.getElementById("remote").dataset.tokens)).text()).trim()
      const socket = new WebSocket(new URL(where, location.href.replace(/^http/, "ws")))
      socket.binaryType = "arraybuffer"
      let bytes = 0, wanted, wake
      socket.onmessage = event => { if (typeof event.data !== "string") { bytes += event.data.byteLength; if (bytes >= wanted) wake() } }
      const until = count => new Promise(done => { wanted = count; wake = done; if (bytes >= count) done() })
      await until(12)
      socket.send(new TextEncoder().encode("RFB 003.008\\n"))
      await until(14); socket.send(new Uint8Array([1]))
      await until(18); socket.send(new Uint8Array([1]))
      await until(40)
      for (const frame of frames) socket.send(new Uint8Array(frame))
      const before = bytes
      socket.send(new Uint8Array([3, 0, 0, 0, 0, 0, 0, 8, 0, 8]))
      await until(before + 100)
      return socket.readyState
    }""", list(FRAMES.values()))
    assert said == 1
    assert computer.typed == ""
    sees(page)


def pointer(computer):
    return tuple(int(word.split(":")[1]) for word in computer.run("xdotool", "getmouselocation").split()[:2])


def points(page, computer, x, y, at):
    """A click in the middle of what is shown is one at this place of the other screen."""
    page.mouse.click(x, y)
    computer.wait(f"the pointer at {at}", lambda: all(abs(a - b) <= 2 for a, b in zip(pointer(computer), at)))


def test_the_picture_is_shown_as_the_specialist_likes_it(visit):
    visit = visit("Мелкие буквы, ничего не видно")
    page, computer = visit.specialist, visit.computer
    visit.ask_for("view", "control")
    computer.answer()
    sent = []
    page.on("websocket", lambda wire: wire.on("framesent", lambda data: sent.append(data) if isinstance(data, bytes) else None))
    visit.open()
    stage, frame = page.locator("[data-stage]"), page.locator("[data-frame]")

    def middle(part=0.5):
        box = frame.bounding_box()
        return box["x"] + box["width"] * part, box["y"] + box["height"] / 2

    # All of it fits, and what is clicked is what was meant; then pixel by pixel.
    fitted, room = frame.bounding_box(), stage.bounding_box()
    assert fitted["height"] <= room["height"] and abs(fitted["width"] / fitted["height"] - WIDTH / HEIGHT) < 0.01
    points(page, computer, *middle(), (WIDTH // 2, HEIGHT // 2))
    page.locator("[data-zoom]").select_option("1")
    box = frame.bounding_box()
    assert (round(box["width"]), round(box["height"])) == (WIDTH, HEIGHT)
    page.mouse.move(*middle(0.25))
    stage.evaluate("stage => stage.scrollTo(0, 1000)")
    assert frame.bounding_box()["y"] + HEIGHT <= room["y"] + room["height"]
    click_picture(page, 250, 700)
    computer.wait("the pointer", lambda: abs(pointer(computer)[1] - 700) <= 2)
    page.locator("[data-zoom]").select_option("fit")

    # Two monitors of one screen, one of them shown.
    expect(page.locator("[data-screens]")).to_be_hidden()
    for name, x, output in (("left", 0, "screen"), ("right", WIDTH // 2, "none")):
        computer.run("xrandr", "--setmonitor", name, f"{WIDTH // 2}/135x{HEIGHT}/203+{x}+0", output)
    expect(page.locator("[data-screens] option")).to_have_text(["Все экраны", "Экран 1", "Экран 2"])
    page.locator("[data-screens]").select_option(page.locator("[data-screens] option[title=right]").get_attribute("value"))
    box = frame.bounding_box()
    assert abs(box["width"] / box["height"] - WIDTH / 2 / HEIGHT) < 0.01
    points(page, computer, *middle(), (WIDTH * 3 // 4, HEIGHT // 2))
    page.locator("[data-screens]").select_option("")

    # The quality goes to the program that takes the picture: as pseudo-encodings -32 to -23 in SetEncodings.
    def asked(level):
        return any(data[0] == 2 and struct.pack(">i", level - 32) in data[4:] for data in sent)
    assert asked(6) and not asked(1)
    page.locator("[data-quality]").select_option("1")
    computer.wait("the quality", lambda: asked(1))
    sees(page)

    # The conversation beside it takes room and covers nothing.
    before = frame.bounding_box()
    page.locator("[data-side=talk-side]").first.click()
    expect(page.locator("#talk-side textarea[data-text]")).to_be_visible()
    page.wait_for_function("width => document.querySelector('[data-frame]').getBoundingClientRect().right <= document.getElementById('talk-side').getBoundingClientRect().left", arg=None)
    page.locator("#talk-side [data-side]").click()
    page.wait_for_function("width => Math.abs(document.querySelector('[data-frame]').getBoundingClientRect().width - width) < 2", arg=before["width"])

    # The whole screen, with the buttons.
    page.locator("[data-full]").click()
    page.wait_for_function("() => document.fullscreenElement !== null")
    expect(page.locator("[data-pause]")).to_be_visible()
    sees(page)
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("() => document.fullscreenElement === null")
    looks_well(page, "session")


def test_refused_then_agreed_in_parts(visit):
    visit = visit("Нужна помощь, но не сразу")
    visit.ask_for("view", "control")
    visit.computer.answer(allow=False)
    visit.state("Клиент отказал")
    expect(visit.specialist.locator(".control-bar a", has_text="Открыть экран")).to_have_count(0)
    assert not visit.computer.windows("frame")
    visit.ask_for("view")
    visit.computer.answer()
    visit.open()
    page = visit.specialist
    # More is asked from the page of the session; while the person is asked, nobody presses the buttons from afar.
    page.locator(".remote__more summary").click()
    page.locator(".remote__more input[value=control]").check()
    page.locator(".remote__more button").click()
    visit.computer.answer()
    expect(page.locator("[data-stage]")).to_have_attribute("data-is", "shown")
    sees(page)
    click_picture(page)
    Keyboard(page).type("теперь можно\n")
    visit.computer.wait_typed("теперь можно")
    page.locator("form[data-end] button").click()
    visit.computer.wait("the agent ends", lambda: visit.computer.agent.poll() is not None)
    assert "в управлении отказано" in visit.history()


def test_a_broken_path_and_a_restarted_server_are_survived(visit, server):
    visit = visit("Связь рвётся", "view", "control")
    page, computer = visit.specialist, visit.computer
    # The page's path breaks; the agent's does not.
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.locator("[data-note=broken]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-stage]")).to_have_attribute("data-is", "shown", timeout=10_000)
    sees(page)
    server.stop(kill=True)
    expect(page.locator("[data-note=broken]")).to_be_visible(timeout=10_000)
    assert computer.windows("card")
    server.start()
    expect(page.locator("[data-stage]")).to_have_attribute("data-is", "shown", timeout=30_000)
    sees(page)
    click_picture(page)
    Keyboard(page).type("снова здесь\n")
    computer.wait_typed("снова здесь")


def open_and_type(page, visit, text):
    if "/control/" not in page.url:
        page.goto(f"{visit.server.address}/requests/{visit.number}?view=all")
        page.locator(".control-bar a", has_text="Открыть экран").click()
    sees(page)
    click_picture(page)
    Keyboard(page).type(text)
    visit.computer.wait_typed(text)


def invite(page, surname, instead=False):
    form = page.locator(".remote__head details")
    form.locator("summary").click()
    option = form.locator("option", has_text=surname)
    form.locator("select").select_option(option.get_attribute("value"))
    form.locator("input[name=instead]").set_checked(instead)
    form.locator("form button").click()


def test_two_at_once_and_handed_over(visit, sign_in, sign_ins):
    visit = visit("Сложный случай, нужен второй", "view", "control")
    page = visit.specialist
    names = [name.split()[0] for name in page.locator(".remote__head option").all_text_contents() if name.strip()]
    surname = next(name for name in names if name in sign_ins)
    colleague = sign_in(surname)
    computer = visit.computer
    own = computer.wait("a name on the card", computer.card)[0]
    assert surname not in own and "видит экран и управляет" in own
    # The client agrees to each of them, or does not.
    invite(page, surname)
    computer.answer(allow=False)
    expect(page.locator("[data-invitation]")).to_contain_text("Клиент не разрешил")
    colleague.goto(f"{visit.server.address}/requests/{visit.number}?view=all")
    expect(colleague.locator(".control-bar")).to_contain_text("Разрешено")
    expect(colleague.locator(".control-bar a", has_text="Открыть экран")).to_have_count(0)
    sees(page)
    invite(page, surname)
    computer.answer()
    open_and_type(colleague, visit, "второй\n")
    open_and_type(page, visit, "первый\n")
    expect(page.locator("[data-invitation]")).to_have_count(0)
    computer.wait("both names", lambda: surname in computer.card()[0] and "видят экран и управляют" in computer.card()[0])
    invite(page, surname, instead=True)
    expect(page.locator("[data-note=ended]")).to_be_visible()
    sees(colleague)
    click_picture(colleague)
    Keyboard(colleague).type("дальше один\n")
    visit.computer.wait_typed("дальше один")
    computer.wait("one name", lambda: surname in computer.card()[0] and "видит экран и управляет" in computer.card()[0])
    history = visit.history()
    assert "зовёт подключиться" in history and "передаёт управление" in history


@pytest.fixture(scope="module")
def unanswered(request, browser, server, sign_ins, tmp_path_factory):
    """A question that nobody answers: it waits while the other tests run."""
    pages = []
    for role in ("client", "specialist"):
        page = browser.new_context(locale="ru-RU", viewport={"width": 1440, "height": 900}).new_page()
        login, password = sign_ins[role]
        page.goto(f"{server.address}/sign-in")
        page.fill("#login", login)
        page.fill("#password", password)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        pages.append(page)
    computer = Computer(tmp_path_factory.mktemp("unanswered"))
    request.addfinalizer(computer.close)
    visit = Visit(server, *pages, computer, "Отошёл от компьютера")
    visit.start_agent()
    visit.ask_for("view")
    computer.wait("the question", lambda: computer.windows("consent"))
    visit.asked = time.monotonic()
    yield visit
    for page in pages:
        page.context.close()


def test_nobody_answers(unanswered):
    visit = unanswered
    expect(visit.specialist.locator(".control-bar__state")).to_contain_text("Клиент не ответил", timeout=80_000)
    assert time.monotonic() - visit.asked > 55
    assert not visit.computer.windows("consent")
    assert not visit.computer.windows("frame")
    assert visit.computer.agent.poll() is None
