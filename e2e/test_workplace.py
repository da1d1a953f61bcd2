"""A specialist's day in one window: the queue that stands still, keys in any layout, several at once, views, time, undo."""

import re
import time

from playwright.sync_api import expect

from test_main_job import ask, open_as_staff, write


def press(page, code, key):
    """A key by its place, with the letter that the Russian layout puts there."""
    page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
        [code, key])


def test_new_requests_wait_while_the_pointer_is_on_the_queue(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    client.goto(server.address)
    lines = client.eval_on_selector_all("#ask-line option", "all => all.map(one => one.value).filter(Boolean)")
    specialist.goto(f"{server.address}/requests?view=all")
    own = specialist.eval_on_selector_all("#queue-filter select[name=line] option", "all => all.map(one => one.value)")
    # The shortest queue: in a long one the new request stands on a page that is not shown.
    counts = {}
    for line in set(lines) & set(own):
        specialist.goto(f"{server.address}/requests?view=all&line={line}")
        counts[line] = specialist.locator("a.queue-row").count()
    line = min((line for line in counts if counts[line] > 1), key=counts.get)
    specialist.goto(f"{server.address}/requests?view=all&line={line}")
    row = specialist.locator("a.queue-row").nth(1)
    row.hover()
    under, place = row.get_attribute("data-id"), row.bounding_box()
    client.fill("#ask-text", "Появилась, пока смотрят")
    client.locator("#ask-line").select_option(line)
    client.locator("#ask button[type=submit]").click()
    client.wait_for_url(re.compile(r"/requests/\d+"))
    pill = specialist.locator("[data-queue-new]")
    expect(pill).to_be_visible()
    expect(pill).to_contain_text("1 новая заявка")
    assert row.get_attribute("data-id") == under and row.bounding_box() == place, "nothing moves under the pointer"
    expect(specialist.locator("a.queue-row", has_text="Появилась, пока смотрят")).to_have_count(0)
    press(specialist, "KeyN", "т")
    expect(specialist.locator("a.queue-row", has_text="Появилась, пока смотрят")).to_have_count(1)
    expect(pill).to_be_hidden()


def test_keys_work_by_their_place_in_the_russian_layout(server, sign_in):
    specialist = sign_in("specialist")
    specialist.goto(f"{server.address}/requests?view=all")
    rows = specialist.locator("a.queue-row")
    first, second = rows.nth(0).get_attribute("data-id"), rows.nth(1).get_attribute("data-id")
    press(specialist, "KeyJ", "о")
    expect(specialist.locator(f'a.queue-row[data-id="{first}"][aria-current]')).to_have_count(1)
    press(specialist, "KeyJ", "о")
    expect(specialist.locator(f'a.queue-row[data-id="{second}"][aria-current]')).to_have_count(1)
    press(specialist, "KeyK", "л")
    expect(specialist.locator(f'a.queue-row[data-id="{first}"][aria-current]')).to_have_count(1)
    press(specialist, "Digit7", "?")      # where the Russian layout has it
    expect(specialist.locator("#keys")).to_be_visible()
    listed = specialist.locator("#keys kbd").all_inner_texts()
    for key in ["J", "K", "T", "R", "M", "P", "E", "C", "X", "N", "F", "W", "O", "/", "Ctrl K", "?"]:
        assert key in listed, key
    specialist.keyboard.press("Escape")
    press(specialist, "Digit1", "1")
    specialist.wait_for_url(re.compile("view=free"))
    press(specialist, "KeyF", "а")
    expect(specialist.locator("#queue-state")).to_be_visible()


def test_a_view_is_filtered_saved_and_removed(server, sign_in):
    specialist = sign_in("specialist")
    specialist.goto(f"{server.address}/requests?view=all")
    specialist.locator(".queue__filter summary").click()
    specialist.locator("#queue-priority").select_option("normal")
    specialist.wait_for_url(re.compile("priority=normal"))
    address = specialist.url
    specialist.locator(".queue__filter summary").click()
    specialist.fill("#queue-view", "Обычные")
    specialist.keyboard.press("Enter")
    chip = specialist.locator(".queue__views .chip", has_text="Обычные")
    expect(chip).to_have_count(1)
    specialist.goto(f"{server.address}/requests?view=free")
    chip.locator("a").click()
    specialist.wait_for_url(re.compile("priority=normal"))
    rows = specialist.locator("a.queue-row").count()
    specialist.goto(address)      # the address alone is enough for a colleague
    assert specialist.locator("a.queue-row").count() == rows
    chip.locator(".chip__remove").click()
    expect(chip).to_have_count(0)
    specialist.locator(".toast button", has_text="Отменить").click()
    expect(chip).to_have_count(1)
    chip.locator(".chip__remove").click()
    expect(chip).to_have_count(0)


def test_several_are_taken_at_once_by_the_keyboard(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    for index in range(2):
        ask(client, server, f"Пакет {index}")
    specialist.goto(f"{server.address}/requests?view=free&sort=new")
    for index in range(2):
        specialist.locator("a.queue-row", has_text=f"Пакет {index}").first.focus()
        press(specialist, "KeyX", "ч")
    expect(specialist.locator("[data-several-count]")).to_contain_text("Выбраны 2 заявки")
    specialist.locator('[data-several] [value="take"]').focus()
    specialist.keyboard.press("Enter")
    expect(specialist.locator(".toast")).to_contain_text("Изменены 2 заявки")
    specialist.goto(f"{server.address}/requests?view=mine&sort=new")
    for index in range(2):
        expect(specialist.locator("a.queue-row", has_text=f"Пакет {index}").first).to_be_visible()


def test_a_quick_reply_is_put_in_by_a_slash_with_its_places_filled(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Жду быстрого ответа")
    specialist.goto(f"{server.address}/quick-replies")
    specialist.evaluate(
        """async () => fetch('/quick-replies', {method: 'POST', headers: {'X-CSRF': document.querySelector('meta[name=csrf]').content},
            body: new URLSearchParams({id: crypto.randomUUID(), title: 'Принято к работе', text: 'Заявка {номер} принята.'})})""")
    open_as_staff(specialist, server, number)
    text = specialist.locator("textarea[data-text]")
    text.press_sequentially("/принято")
    expect(specialist.locator("[data-quick] [role=option]:visible").first).to_contain_text("Принято к работе")
    text.press("Enter")
    expect(text).to_have_value(re.compile(rf"Заявка №.{number} принята\."))
    text.press("Control+Enter")
    expect(client.locator(".talk")).to_contain_text("принята.")


def test_a_caller_is_registered_in_ten_seconds(server, sign_in):
    specialist = sign_in("specialist")
    specialist.goto(f"{server.address}/requests/new")
    for part in ["чева анн", "41208", "рочева снабж"]:      # of a name, of a number, of a unit
        specialist.fill("#register-name", part)
        expect(specialist.locator("[data-pick-person]", has_text="Рочева").first).to_be_visible()
    began = time.monotonic()
    specialist.fill("#register-name", "роч")
    expect(specialist.locator("[data-pick-person]", has_text="Рочева").first).to_be_visible()
    specialist.keyboard.press("ArrowDown")
    specialist.keyboard.press("Enter")
    specialist.keyboard.type("Звонок: не открывается почта")
    specialist.keyboard.press("Control+Enter")
    specialist.wait_for_url(re.compile(r"/requests/\d+\?"))
    assert time.monotonic() - began < 10
    expect(specialist.locator(".request-head")).to_contain_text("Звонок: не открывается почта")


def test_time_is_corrected_by_one_tap_with_a_reason_and_taken_back(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Время одним касанием")
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    fact = specialist.locator("[data-fact]")
    expect(specialist.locator(".request-head")).to_contain_text("В работе")
    specialist.locator(".context__time details summary").click()
    specialist.locator(".time-menu .menu__item", has_text="15").click()
    expect(fact).to_contain_text("15")
    specialist.goto(f"{server.address}/requests/{number}/history")
    expect(specialist.locator("main")).to_contain_text(re.compile("[Зз]вонок|[Рр]азговор"))
    open_as_staff(specialist, server, number)
    specialist.locator('.context__time button[value="5"]').click()
    expect(fact).to_contain_text("20")
    specialist.locator(".toast button", has_text="Отменить").click()
    expect(fact).to_contain_text("15")


def test_taking_passing_on_and_solving_are_taken_back(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Отменить сделанное")
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    expect(client.locator(".request-head")).to_contain_text("В работе")
    specialist.locator(".toast button", has_text="Отменить").click()
    expect(client.locator(".request-head")).not_to_contain_text("В работе")
    specialist.locator("[data-main-act]").click()
    expect(client.locator(".request-head")).to_contain_text("В работе")
    specialist.locator("[data-dialog=transfer]").first.click()
    specialist.locator('#transfer input[name=to][value=line]').check(force=True)
    here = specialist.locator(".context__fields select[name=line]").input_value()
    other = specialist.locator("#transfer select[name=line] option").evaluate_all(
        "(all, here) => all.map(one => one.value).find(value => value && value !== here)", here)
    specialist.locator("#transfer select[name=line]").select_option(other)
    specialist.locator("#transfer button.button--filled").click()
    expect(client.locator(".request-head")).not_to_contain_text("В работе")
    # The client may know before the specialist's page has its answer, where the offer of the taking still stands.
    expect(specialist.locator(".toast")).to_have_text(re.compile("передана на другую линию"))
    specialist.locator(".toast button", has_text="Отменить").click()
    expect(client.locator(".request-head")).to_contain_text("В работе")
    open_as_staff(specialist, server, number)
    press(specialist, "KeyE", "у")
    specialist.locator("#solve button.button--filled").click()
    expect(client.locator(".rating")).to_be_visible()
    specialist.locator(".toast button", has_text="Отменить").click()
    expect(client.locator(".rating")).to_have_count(0)


def test_a_draft_is_deleted_and_taken_back(server, sign_in):
    client = sign_in("client")
    ask(client, server, "Черновик передумали")
    text = client.locator("textarea[data-text]")
    text.press_sequentially("Почти отправил")
    with client.expect_response(re.compile("/drafts")):
        pass
    client.locator("[data-discard-draft]").click()
    expect(text).to_have_value("")
    client.locator(".toast button", has_text="Отменить").click()
    expect(text).to_have_value("Почти отправил")
    client.locator("[data-discard-draft]").click()
    client.wait_for_timeout(500)
    client.reload()
    expect(text).to_have_value("")


def test_two_windows_on_two_requests_count_a_minute_once(server, sign_in):
    client, one = sign_in("client"), sign_in("specialist")
    numbers = [ask(client, server, f"Две вкладки {index}") for index in range(2)]
    for number in numbers:
        open_as_staff(one, server, number)
        one.locator("[data-main-act]").click()
        expect(one.locator(".request-head")).to_contain_text("В работе")
    told = one.evaluate(
        """async numbers => {
            const csrf = document.querySelector('meta[name=csrf]').content
            const tell = number => fetch(`/requests/${number}/attention`, {method: 'POST', headers: {'X-CSRF': csrf, 'HX-Request': 'true'},
                body: new URLSearchParams({ms: 80000, left: '1'})}).then(answer => answer.status)
            return Promise.all([...numbers, ...numbers].map(tell))
        }""", numbers)
    assert told == [204] * 4
    facts = []
    for number in numbers:
        open_as_staff(one, server, number)
        block = one.locator("[data-attention]")
        facts.append(int(block.get_attribute("data-fact-minutes")) * 60_000 + int(block.get_attribute("data-uncounted")))
    # Less, if the same person has just been busy with something else; never two or four times as much.
    assert 20_000 <= sum(facts) < 120_000, "80 seconds of one person, told four times, are counted once"


def test_the_icon_says_how_many_are_unread(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Значок на рабочем столе")
    client.context.add_init_script(
        "window.badges = []; navigator.setAppBadge = async n => window.badges.push(n); navigator.clearAppBadge = async () => window.badges.push(0)")
    client.goto(server.address)
    before = client.evaluate("window.badges.at(-1)")
    open_as_staff(specialist, server, number)
    write(specialist, "Ответ, которого не видели")
    client.wait_for_function("before => window.badges.at(-1) === before + 1", arg=before)


def test_an_upload_goes_on_where_the_connection_was_cut(server, sign_in, tmp_path):
    client = sign_in("client", service_workers="block")  # what passes through a worker is not seen by the route below
    ask(client, server, "Большой файл по плохой связи")
    paper = tmp_path / "схема.bin"
    paper.write_bytes(bytes(range(256)) * 4 * 9 * 1024)      # 9 MB, three pieces
    offsets = []

    def cut(route):
        offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) == 2:
            route.abort()
        else:
            route.continue_()

    client.route(re.compile("/uploads/.+"), lambda route: cut(route) if route.request.method == "PATCH" else route.continue_())
    client.set_input_files("form.composer [data-pick]", str(paper))
    expect(client.locator("form.composer [data-state]")).to_contain_text("100", timeout=30_000)
    assert offsets[0] == 0 and offsets[1] == offsets[2] > 0, "it resumes and does not begin anew"
    client.locator(".composer__send").click()
    link = client.locator(".message .file, .message a[href*='/files/']").first
    expect(link).to_be_visible()
    size = client.evaluate("href => fetch(href).then(a => a.arrayBuffer()).then(b => b.byteLength)", link.get_attribute("href") or link.locator("a").first.get_attribute("href"))
    assert size == paper.stat().st_size


def test_similar_own_requests_are_shown_while_one_writes(server, sign_in):
    client = sign_in("client")
    ask(client, server, "Не работает сканер в приёмной на третьем этаже")
    client.goto(server.address)
    client.locator("#ask-text").press_sequentially("опять сканер в приёмной")
    expect(client.locator("[data-similar]")).to_contain_text("Не работает сканер в приёмной")


def test_a_keyboard_on_the_glass_leaves_the_composer_in_sight(server, sign_in):
    client = sign_in("client", width=360, height=640)
    client.context.add_init_script(
        """const seen = new EventTarget(); seen.height = 640; seen.scale = 1
        Object.defineProperty(window, 'visualViewport', {value: seen})""")
    ask(client, server, "Пишу с телефона")
    client.locator("textarea[data-text]").focus()
    client.evaluate("() => { visualViewport.height = 340; visualViewport.dispatchEvent(new Event('resize')) }")
    box = client.locator("textarea[data-text]").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 340, "the keyboard covers nothing that one writes in"
    send = client.locator(".composer__send").bounding_box()
    assert send["y"] + send["height"] <= 340
