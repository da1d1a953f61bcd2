"""What is done with messages beside sending them, and what must survive a bad connection, two devices and a busy minute."""

import re

from playwright.sync_api import expect

from test_main_job import ask, open_as_staff, write


def menu(page, text, item=None):
    message = page.locator(".message, .note", has_text=text).last
    message.hover()
    message.locator("[data-message-menu]").click()
    if item:
        page.locator(f'#message-menu [data-offer="{item}"]').click()
    return message


def test_a_message_is_quoted_changed_reacted_to_and_taken_away_live(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Не открывается общая папка")
    open_as_staff(specialist, server, number)
    menu(specialist, "Не открывается", "quote")
    expect(specialist.locator("[data-quoting]")).to_contain_text("Не открывается общая папка")
    write(specialist, "Какая именно?")
    expect(client.locator(".message .quote")).to_contain_text("Не открывается общая папка")

    write(client, "Папка отдила кадров")
    expect(specialist.locator(".talk")).to_contain_text("отдила")
    menu(client, "отдила", "edit")
    client.locator("[data-message-edit] textarea").fill("Папка отдела кадров")
    client.locator("[data-message-edit] textarea").press("Control+Enter")
    expect(specialist.locator(".talk")).to_contain_text("Папка отдела кадров")
    expect(specialist.locator(".talk")).not_to_contain_text("отдила")
    menu(specialist, "отдела кадров", "versions")
    expect(specialist.locator("#message-versions")).to_contain_text("отдила")
    specialist.keyboard.press("Escape")

    menu(specialist, "отдела кадров")
    specialist.locator('#message-menu [data-menu-react="looking"]').click()
    expect(client.locator('.reaction[data-react="looking"]')).to_contain_text("1")

    write(client, "Ой, не туда")
    expect(specialist.locator(".talk")).to_contain_text("Ой, не туда")
    menu(client, "Ой, не туда", "remove")
    expect(specialist.locator(".talk")).not_to_contain_text("Ой, не туда")
    client.locator(".toast button", has_text="Отменить").click()
    expect(specialist.locator(".talk")).to_contain_text("Ой, не туда")


def test_a_colleague_is_called_by_name(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Нужна помощь коллеги")
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    specialist.locator("input[name=kind][value=note]").check(force=True)
    text = specialist.locator("textarea[data-text]")
    text.press_sequentially("Посмотри, @К")
    row = specialist.locator("[data-mentions] [role=option]").first
    expect(row).to_be_visible()
    name = row.get_attribute("data-name")
    text.press("Enter")
    expect(text).to_have_value(f"Посмотри, @{name} ")
    text.press("Control+Enter")
    expect(specialist.locator(".note .mention")).to_have_text(f"@{name}")


def test_an_answer_that_was_cut_does_not_send_the_message_twice(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Связь рвётся посреди ответа")
    open_as_staff(specialist, server, number)
    cut = []

    def cut_the_answer(route):
        if route.request.method == "POST" and len(cut) < 2:
            cut.append(route.fetch())      # the server has it, the page never hears so
            route.abort()
        else:
            route.continue_()

    client.route(re.compile(r"/requests/\d+/messages$"), cut_the_answer)
    write(client, "Дойдёт один раз")
    expect(specialist.locator(".talk .message", has_text="Дойдёт один раз")).to_have_count(1)
    expect(client.locator("[data-pending]")).to_have_count(0, timeout=20_000)
    for _ in range(40):      # it is asked again although the message has come back live
        if len(cut) == 2:
            break
        client.wait_for_timeout(250)
    assert len(cut) == 2
    client.wait_for_function("me => JSON.parse(localStorage.getItem(`okno.outbox.${me}`) ?? '[]').length === 0", arg=client.locator("[data-me]").first.get_attribute("data-me"), timeout=20_000)
    for page in (client, specialist):
        expect(page.locator(".talk .message", has_text="Дойдёт один раз")).to_have_count(1)


def test_a_draft_goes_on_on_another_device_and_ends_when_it_is_sent(server, sign_in):
    desk, phone = sign_in("client"), sign_in("client", width=390, height=780)
    ask(desk, server, "Начну на компьютере")
    place = desk.url
    desk.locator("textarea[data-text]").press_sequentially("Начато на компьютере")
    with desk.expect_response(re.compile("/drafts")):
        pass
    phone.goto(place)
    expect(phone.locator("textarea[data-text]")).to_have_value("Начато на компьютере")
    phone.locator("textarea[data-text]").press_sequentially(", дописано с телефона")
    with phone.expect_response(re.compile("/drafts")):
        pass
    desk.reload()
    expect(desk.locator("textarea[data-text]")).to_have_value("Начато на компьютере, дописано с телефона")
    phone.locator(".composer__send").click()
    expect(phone.locator(".message", has_text="дописано с телефона")).to_have_count(1)
    desk.reload()
    expect(desk.locator("textarea[data-text]")).to_have_value("")


def test_two_devices_that_wrote_at_once_lose_nothing(server, sign_in):
    desk, phone = sign_in("client"), sign_in("client", width=390, height=780)
    ask(desk, server, "Пишу с двух устройств")
    place = desk.url
    desk.context.set_offline(True)
    desk.locator("textarea[data-text]").press_sequentially("Без связи на компьютере")
    desk.wait_for_timeout(300)
    phone.goto(place)
    phone.locator("textarea[data-text]").press_sequentially("Другое с телефона")
    with phone.expect_response(re.compile("/drafts")):
        pass
    desk.route(re.compile("/drafts"), lambda route: route.abort())      # the page comes before the draft is told
    desk.context.set_offline(False)
    desk.goto(place)
    expect(desk.locator("textarea[data-text]")).to_have_value("Без связи на компьютере")
    expect(desk.locator("[data-other-draft]")).to_be_visible()
    desk.locator("[data-other-draft] button").click()
    expect(desk.locator("textarea[data-text]")).to_have_value("Другое с телефона")


def test_text_focus_and_place_survive_fifty_events(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Пятьдесят событий подряд")
    for index in range(12):
        write(client, f"Сообщение для длины {index}\nи ещё строка\nи ещё одна")
    expect(client.locator(".message", has_text="длины 11")).to_have_count(1)
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    expect(client.locator(".request-head")).to_contain_text("В работе")
    scroll = specialist.locator("[data-scroll]")
    scroll.evaluate("box => { box.scrollTop = 40; box.dispatchEvent(new Event('scroll')) }")
    specialist.wait_for_timeout(200)
    text = specialist.locator("textarea[data-text]")
    text.click()
    typed = ""
    # Fifty changes by another pair of hands, while every letter is being typed.
    client.evaluate(
        """() => { window.sending = (async () => {
            const base = location.pathname, csrf = document.querySelector('meta[name=csrf]').content
            for (let i = 0; i < 50; i += 1) {
                await fetch(`${base}/messages`, {method: 'POST', headers: {'X-CSRF': csrf, 'HX-Request': 'true'},
                    body: new URLSearchParams({id: crypto.randomUUID(), text: `Событие ${i}`, kind: 'reply'})})
            }
            document.body.dataset.sent = 'yes'
        })() }""")
    for index in range(60):
        word = f"слово{index} "
        specialist.keyboard.type(word, delay=4)
        typed += word
        if client.locator("body[data-sent]").count() and index > 20:
            break
    client.locator("body[data-sent]").wait_for(timeout=30_000)
    expect(specialist.locator(".message", has_text="Событие 49")).to_have_count(1, timeout=20_000)
    expect(text).to_have_value(typed)
    expect(text).to_be_focused()
    assert abs(scroll.evaluate("box => box.scrollTop") - 40) < 8, "the reader stays where he was"
    expect(specialist.locator("[data-jump]")).to_be_visible()


def test_a_file_is_attached_to_the_first_message(server, sign_in, tmp_path):
    client = sign_in("client")
    client.goto(server.address)
    paper = tmp_path / "Акт сверки.txt"
    paper.write_text("акт")
    client.fill("#ask-text", "Прошу проверить акт")
    client.set_input_files("#ask-files", str(paper))
    expect(client.locator("#ask [data-state]")).to_contain_text("100")
    client.locator("#ask-line").select_option(index=1)
    client.locator("#ask button[type=submit]").click()
    client.wait_for_url(re.compile(r"/requests/\d+"))
    expect(client.locator(".message .file")).to_contain_text("Акт сверки.txt")


def test_a_screenshot_is_marked_and_attached_in_the_page(server, sign_in):
    client = sign_in("client")
    ask(client, server, "Покажу снимком")
    client.locator("form.composer [data-capture]").click()
    canvas = client.locator("#capture canvas")
    expect(canvas).to_be_visible()
    box = canvas.bounding_box()
    before = canvas.evaluate("c => c.toDataURL().length")
    client.mouse.move(box["x"] + 40, box["y"] + 40)
    client.mouse.down()
    client.mouse.move(box["x"] + 160, box["y"] + 120, steps=5)
    client.mouse.up()
    assert canvas.evaluate("c => c.toDataURL().length") != before
    client.locator("[data-capture-attach]").click()
    expect(client.locator("form.composer .upload")).to_contain_text("Снимок экрана")
    expect(client.locator("form.composer [data-state]")).to_contain_text("100")
    client.locator(".composer__send").click()
    expect(client.locator(".message .picture img")).to_have_count(1)


def test_a_voice_message_is_recorded_and_heard(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Скажу голосом")
    client.locator("form.composer [data-record]").click()
    expect(client.locator("[data-voice]")).to_be_visible()
    client.wait_for_timeout(2200)
    client.locator("[data-voice-attach]").click()
    expect(client.locator("form.composer .upload")).to_contain_text("Голосовое сообщение")
    expect(client.locator("form.composer [data-state]")).to_contain_text("100")
    client.locator(".composer__send").click()
    open_as_staff(specialist, server, number)
    sound = specialist.locator(".message audio")
    expect(sound).to_have_count(1)
    length = sound.evaluate(
        """audio => new Promise((done, failed) => {
            audio.addEventListener('error', () => failed(new Error('cannot be played')))
            audio.addEventListener('canplay', () => done(true))
            audio.preload = 'auto'
            audio.load()
        })""")
    assert length


def test_steps_feed_the_progress_that_the_client_sees(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Новое рабочее место")
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    specialist.locator(".checklist__add summary").click()
    specialist.fill("#check-text", "Стол\nКомпьютер")
    specialist.locator(".checklist__add form button").click()
    specialist.locator(".checklist .step", has_text="Стол").click()
    expect(client.locator(".request-brief")).to_contain_text("50")
    expect(specialist.locator(".checklist .step", has_text="Стол")).to_have_attribute("aria-checked", "true")


def test_the_timer_runs_while_the_specialist_is_active(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Сколько это займёт")
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    timer = specialist.locator("[data-timer]")
    expect(timer).to_have_attribute("data-state", "on")
    specialist.mouse.move(300, 300)
    specialist.wait_for_timeout(2500)
    with specialist.expect_request(re.compile("/attention$")) as told:
        specialist.locator("a.queue-row:not([aria-current])").first.click()
    assert 1500 < int(re.search(r"ms=(\d+)", told.value.post_data)[1]) < 60_000
    open_as_staff(specialist, server, number)
    timer.click()
    expect(timer).to_have_attribute("data-state", "off")


def test_the_page_is_a_program_and_says_so_without_a_connection(server, sign_in):
    client = sign_in("client")
    client.goto(server.address)
    manifest = client.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(a => a.json())")
    assert manifest["display"] == "standalone" and manifest["start_url"] == "/"
    for icon in manifest["icons"]:
        assert client.evaluate("src => fetch(src).then(a => a.status)", icon["src"]) == 200
    client.evaluate("navigator.serviceWorker.ready.then(() => true)")
    client.reload()
    client.context.set_offline(True)
    client.goto(server.address + "/profile", wait_until="domcontentloaded")
    expect(client.locator("h1")).to_have_text("Нет связи")
    client.context.set_offline(False)
    client.locator("[data-reload]").click()
    expect(client.locator("h1")).not_to_have_text("Нет связи")
