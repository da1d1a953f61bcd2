"""Calls in two windows and three: voice and picture both ways, pause, the shown screen with the pen, calls
between colleagues, and the ends."""

import re

import pytest
from playwright.sync_api import expect

from calling import (  # noqa: F401 (a fixture)
    INKED, OTHER, call, choose_colleague, draw, go_on_line, hears, is_accessible, line_of, moves,
    nobody_on_the_line, pair, stands)
from test_main_job import ask

pytestmark = pytest.mark.alone

TRACKS = """
window.taken = []
const media = navigator.mediaDevices
for (const name of ["getUserMedia", "getDisplayMedia"]) {
  const real = media[name].bind(media)
  media[name] = async (...wish) => { const stream = await real(...wish); taken.push(...stream.getTracks()); return stream }
}
"""
LIVE = "taken.filter(each => each.readyState === 'live').length"


def test_a_call_with_voice_and_picture_both_ways(pair):
    client, specialist = pair("Поговорим о принтере")
    call(client, specialist, looked_at=True)
    expect(client.locator(".call")).to_have_attribute("data-way", re.compile("direct|relayed"), timeout=15_000)
    for page in (client, specialist):
        page.locator("[data-call-camera]").click()
    for page in (client, specialist):
        moves(page, f"{OTHER} video")
        # The voice is there too: a track that lives.
        assert page.evaluate(f"document.querySelector('{OTHER} video').srcObject.getAudioTracks().some(t => t.readyState === 'live' && !t.muted)")
    for page in (client, specialist):
        is_accessible(page, ".call")
    client.locator("[data-call-mute]").click()
    expect(specialist.locator(OTHER)).to_have_attribute("data-silent", "")
    # Both write while they talk.
    for writer, reader, words in ((client, specialist, "Пишу, пока говорим"), (specialist, client, "И я пишу")):
        writer.locator("textarea[data-text]").fill(words)
        writer.locator("textarea[data-text]").press("Control+Enter" if writer.locator("[data-ctrl-enter]").count() else "Enter")
        expect(reader.locator(".talk")).to_contain_text(words)
    # A pause stops what is seen and heard of who makes it, both are told, and it comes back.
    specialist.locator("[data-call-hold]").click()
    expect(specialist.locator(".call")).to_have_attribute("data-held", "")
    expect(client.locator(f"{OTHER} [data-call-state]")).to_have_text("на паузе")
    expect(client.locator(OTHER)).not_to_have_attribute("data-seen", "")
    expect(client.locator(OTHER)).to_have_attribute("data-silent", "")
    stands(client, f"{OTHER} video")
    assert specialist.evaluate(f"document.querySelector('{OTHER} video').muted")
    specialist.locator("[data-call-hold]").click()
    expect(client.locator(f"{OTHER} [data-call-state]")).to_have_text("на связи")
    expect(client.locator(OTHER)).not_to_have_attribute("data-silent", "")
    moves(client, f"{OTHER} video")
    assert not specialist.evaluate(f"document.querySelector('{OTHER} video').muted")
    specialist.locator("[data-call-leave]").click()
    expect(specialist.locator(".call[data-wire]")).to_have_count(0)
    expect(client.locator(".call[data-wire]")).to_have_count(0)
    expect(specialist.locator(".ringing")).to_have_count(0)
    specialist.goto(specialist.url.split("?")[0] + "/history")
    expect(specialist.locator("main")).to_contain_text("Звонок окончен, длился")


def test_a_call_survives_a_page_that_is_read_again(pair, server):
    client, specialist = pair("Страница обновится посреди разговора")
    call(client, specialist)
    specialist.locator("[data-call-camera]").click()
    moves(client, f"{OTHER} video")
    specialist.reload()
    expect(specialist.locator(".call")).to_be_visible()
    moves(client, f"{OTHER} video")
    hears(client)
    # Who was silent stays so.
    specialist.locator("[data-call-mute]").click()
    expect(client.locator(OTHER)).to_have_attribute("data-silent", "")
    specialist.reload()
    expect(specialist.locator("[data-call-mute]")).to_have_attribute("aria-pressed", "true")
    moves(client, f"{OTHER} video")
    expect(client.locator(OTHER)).to_have_attribute("data-silent", "")
    specialist.locator("[data-call-mute]").click()
    hears(client)
    # Whoever closes the window is not held in the call: another one may be begun at once.
    again = client.context.new_page()
    client.close()
    ask(again, server, "А теперь о другом")
    again.locator("[data-call-start=call]").click()
    expect(again.locator(".call[data-wire]")).to_be_visible(timeout=5000)
    expect(specialist.locator(".call[data-wire]")).to_have_count(0)
    again.locator("[data-call-leave]").click()


def test_a_shown_screen_with_the_pen_and_a_picture_of_it(pair):
    client, specialist = pair("Покажу экран")
    client.locator("[data-call-start=screen]").click()
    specialist.locator(".ringing [data-call-answer]").click()
    moves(specialist, "[data-screen-video]")
    draw(specialist)
    expect(client.locator(".screen__pen")).to_have_attribute("data-strokes", "1")
    client.wait_for_function(INKED)
    specialist.locator("[data-screen=full]").click()
    expect(specialist.locator("[data-call-screen]")).to_have_attribute("data-whole-size", "")
    specialist.locator("[data-screen=snapshot]").click()
    expect(specialist.locator(".uploads .upload")).to_have_count(1)
    client.locator("[data-screen=clear]").click()
    client.wait_for_function(f"() => !({INKED})()")
    specialist.wait_for_function(f"() => !({INKED})()")
    client.locator("[data-call-share]").click()
    expect(specialist.locator("[data-call-screen]")).to_be_hidden()


def test_a_connection_that_has_not_come_about_is_not_one_that_was_lost(pair):
    client, _ = pair("Соединяется")
    # Whoever was connected is waited for longer than whoever never was.
    assert client.evaluate("""async () => {
      const { Peer } = await import(new URL("call-peers.js", document.querySelector('script[src*="/js/app.js"]').src))
      const told = []
      const peer = new Peer({ ice: [], send() {}, tracks: () => ({}), offers: () => true, stream() {}, state: connected => told.push(connected) })
      peer.watch()
      peer.close()
      return told
    }""") == []


def test_a_call_moves_to_another_window_of_the_same_person(pair):
    client, specialist = pair("Перейду в другое окно")
    call(client, specialist)
    other = specialist.context.new_page()
    other.goto(specialist.url)
    other.locator("[data-call-open]").click()
    hears(other)
    expect(specialist.locator(".call")).to_have_count(0)
    expect(specialist.locator(".toast", has_text="Разговор продолжается в другом окне")).to_be_visible()
    # And it stays there.
    other.wait_for_timeout(5_000)
    expect(other.locator(".call[data-wire]")).to_be_visible()
    expect(specialist.locator(".call")).to_have_count(0)
    hears(client)
    client.locator("[data-call-leave]").click()


def test_three_talk_and_the_call_is_passed_on(pair, server, sign_in, sign_ins):
    client, specialist = pair("Специалист звонит сам")
    # A colleague is asked first: the client hears and sees nothing of it.
    specialist.locator("[data-call-colleague]").click()
    expect(specialist.locator("#call-colleague .colleague").first).to_be_visible()
    names = specialist.locator("#call-colleague .colleague b").all_text_contents()
    surname = next(name.split()[0] for name in names if name.split()[0] in sign_ins)
    colleague = sign_in(surname)
    go_on_line(colleague)
    is_accessible(specialist, "#call-colleague")
    choose_colleague(specialist, "#call-colleague", surname)
    specialist.locator("#call-colleague [type=submit]").click()
    expect(specialist.locator(".call__internal")).to_have_text("без клиента")
    colleague.locator(".ringing [data-call-answer]").click()
    expect(colleague.locator(".call__internal")).to_have_text("без клиента")
    for page in (specialist, colleague):
        expect(page.locator(OTHER)).to_have_count(1)
        expect(page.locator(".call")).to_have_attribute("data-way", re.compile("direct|relayed"), timeout=15_000)
        hears(page)     # the colleague has answered on another page
    client.reload()
    expect(client.locator("[data-call-start=call]")).to_be_visible()
    expect(client.locator(".call-bar__present, .ringing")).to_have_count(0)
    colleague.locator("[data-call-leave]").click()
    expect(specialist.locator(".call[data-wire]")).to_have_count(0)

    # Now the client, and the colleague beside: each sees both others.
    specialist.locator("[data-call-start=call]").click()
    client.locator(".ringing [data-call-answer]").click()
    specialist.locator("[data-dialog=call-others]").click()
    choose_colleague(specialist, "#call-others", surname)
    specialist.locator("#call-others button", has_text="Пригласить").click()
    colleague.locator(".ringing [data-call-answer]").click()
    everybody = (client, specialist, colleague)
    for page in everybody:
        expect(page.locator(OTHER)).to_have_count(2)
        page.locator("[data-call-camera]").click()
    for page in everybody:
        for person in page.locator(OTHER).all():
            moves(page, f'[data-member="{person.get_attribute("data-member")}"] video')
    colleague.locator("[data-call-leave]").click()
    for page in (client, specialist):
        expect(page.locator(OTHER)).to_have_count(1)

    # Passed on to the colleague, and by the colleague to the line, where only the specialist is.
    specialist.locator("[data-dialog=call-others]").click()
    choose_colleague(specialist, "#call-others", surname)
    specialist.locator("#call-others button[formaction]").click()
    colleague.locator(".ringing [data-call-answer]").click()
    expect(client.locator(OTHER)).to_contain_text(surname)
    expect(specialist.locator(".call[data-wire]")).to_have_count(0)
    number = int(re.search(r"/requests/(\d+)", client.url)[1])
    with nobody_on_the_line(server, sign_in("admin"), number):
        go_on_line(specialist)
        colleague.locator("[data-dialog=call-others]").click()
        lines = colleague.locator("#call-others [name=line]")
        lines.select_option(line_of(server, number))
        colleague.locator("#call-others form", has=colleague.locator("[name=line]")).locator("button").click()
        specialist.locator(".ringing [data-call-answer]").click()
        expect(colleague.locator(".call[data-wire]")).to_have_count(0)
        expect(client.locator(OTHER)).to_have_count(1)
        expect(client.locator(OTHER)).not_to_contain_text(surname)
    client.locator("[data-call-leave]").click()
    # Keys go on from where they were.
    expect(client.locator("[data-call-start=call]")).to_be_focused()


def test_nobody_is_free_and_the_client_is_called_back(server, sign_in):
    client, specialist, admin = sign_in("client"), sign_in("specialist"), sign_in("admin")
    number = ask(client, server, "Перезвоните, когда сможете")
    with nobody_on_the_line(server, admin, number):
        client.add_init_script(TRACKS)
        client.reload()
        client.locator("[data-call-start=call]").click()
        expect(client.locator(".call")).to_contain_text("никого нет на линии")
        # The microphone that was opened for it is let go.
        assert client.evaluate("taken.length") == 1 and client.evaluate(LIVE) == 0
        is_accessible(client, ".call")
        client.locator(".call__callback [type=submit]").click()
        expect(client.locator(".call-bar__wanted")).to_contain_text("Ждёт обратного звонка")
        specialist.locator(".toast", has_text="Клиент просит перезвонить").get_by_text("Открыть").click()
        expect(specialist.locator(".call-bar__wanted")).to_be_visible()
        specialist.locator("[data-call-start=call]").click()
        client.locator(".ringing [data-call-answer]").click()
        for page in (client, specialist):
            expect(page.locator(OTHER)).to_have_count(1)
            expect(page.locator(".call-bar__wanted")).to_have_count(0)
        client.locator("[data-call-leave]").click()


def test_where_no_screen_can_be_shown_the_camera_is_offered(pair):
    client, specialist = pair("С телефона", "MediaDevices.prototype.getDisplayMedia = undefined")
    client.reload()
    client.locator("[data-call-start=screen]").click()
    client.locator(".toast button", has_text="Показать камерой").click()
    specialist.locator(".ringing [data-call-answer]").click()
    moves(specialist, f"{OTHER} video")


def test_a_declined_call(pair):
    client, specialist = pair("Не сейчас")
    client.locator("[data-call-start=call]").click()
    specialist.locator(".ringing [data-call-decline]").click()
    expect(specialist.locator(".ringing")).to_have_count(0)
    expect(client.locator(".call")).to_contain_text("отклонён")


def test_without_a_microphone_the_person_is_told_and_nobody_is_rung(pair):
    client, specialist = pair("Нет микрофона")
    client.evaluate("() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') } }")
    client.locator("[data-call-start=call]").click()
    expect(client.locator(".toast")).to_contain_text("Микрофон не найден")
    expect(client.locator(".call")).to_have_count(0)
    expect(specialist.locator(".ringing")).to_have_count(0)


def test_devices_are_tried_before_a_call(pair):
    client, _ = pair("Проверю микрофон")
    client.locator(".call-bar [data-call-devices]").click()
    expect(client.locator("#call-devices")).to_be_visible()
    client.wait_for_function("() => document.querySelector('.devices__level').value > 0.02")
    client.wait_for_function("() => document.querySelector('.devices__picture').videoWidth > 0")
    client.locator("#call-devices [data-close]").click()
    expect(client.locator("#call-devices")).to_be_hidden()
