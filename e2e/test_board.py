"""The board: a card is carried by mouse, by a finger and by keys, as the act of the request's page; everybody who looks sees it."""

import re

from playwright.sync_api import expect

from test_main_job import ask
from test_pages import shot

LINE, STAFF_LINE = "Рабочее место и связь", "ИТ · Рабочие места"


def column(page, key):
    return page.locator(f'[data-column="{key}"]')


def card(page, number):
    return page.locator(f'.board-card[data-number="{number}"]')


def carry(page, number, key, steps=8):
    """By mouse: down on the card, over to the column, without letting go."""
    card(page, number).scroll_into_view_if_needed()
    box, goal = card(page, number).bounding_box(), column(page, key).bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=3)
    expect(page.locator(".board-ghost")).to_be_visible()
    expect(page.locator('.board[data-carrying] [data-may]').first).to_be_attached()
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + 80, steps=steps)


def new_card(client, server, page, text, address="/board?view=all"):
    number = ask(client, server, text, line=LINE)
    # The newest deadline may lie below the fold of a long column.
    page.goto(f"{server.address}{address}")
    expect(card(page, number)).to_be_attached()
    return number


def test_a_card_is_carried_by_mouse_and_taken_back_and_everybody_sees_it(server, sign_in):
    client, specialist, admin = sign_in("client"), sign_in("specialist"), sign_in("admin")
    number = new_card(client, server, specialist, "Не видит сетевой диск")
    admin.goto(f"{server.address}/board?view=all")
    carry(specialist, number, "working")
    expect(column(specialist, "working")).to_have_attribute("data-may", "yes")
    expect(column(specialist, "working")).to_have_attribute("data-over", "")
    shot(specialist, "board-carried")
    specialist.mouse.up()
    expect(column(specialist, "working").locator(f'[data-number="{number}"]')).to_have_count(1)
    expect(column(admin, "working").locator(f'[data-number="{number}"]')).to_have_count(1)
    specialist.locator(".toast button", has_text="Отменить").click()
    expect(column(specialist, "new").locator(f'[data-number="{number}"]')).to_have_count(1)
    expect(column(admin, "new").locator(f'[data-number="{number}"]')).to_have_count(1)
    # A click is no carrying: it opens the request.
    card(specialist, number).click()
    specialist.wait_for_url(re.compile(rf"/requests/{number}\?view=all"))


def test_a_new_request_comes_to_the_board_by_itself(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    specialist.goto(f"{server.address}/board?view=all")
    number = ask(client, server, "Появилась на доске сама", line=LINE)
    expect(column(specialist, "new").locator(f'[data-number="{number}"]')).to_have_count(1)


def test_a_card_is_carried_by_keys_and_the_page_says_so(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = new_card(client, server, specialist, "Клавишами в работу")
    said = specialist.locator("#spoken")
    card(specialist, number).locator("a").focus()
    specialist.keyboard.press("Space")
    expect(said).to_contain_text("её столбец")
    specialist.keyboard.press("ArrowRight")
    expect(said).to_have_text("В работе")
    specialist.keyboard.press("Escape")
    expect(said).to_contain_text("на прежнем месте")
    expect(column(specialist, "new").locator(f'[data-number="{number}"]')).to_have_count(1)
    specialist.keyboard.press("Space")
    expect(said).to_contain_text("её столбец")
    specialist.keyboard.press("ArrowRight")
    specialist.keyboard.press("Enter")
    expect(column(specialist, "working").locator(f'[data-number="{number}"]')).to_have_count(1)
    expect(said).to_contain_text("в столбце «В работе»")
    assert specialist.evaluate("document.activeElement.closest('.board-card')?.dataset.number") == str(number)


def test_a_card_is_carried_by_a_long_press_of_a_finger(server, browser, sign_ins, sign_in):
    client = sign_in("client")
    number = ask(client, server, "Пальцем в ожидание", line=LINE)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, has_touch=True, locale="ru-RU", timezone_id="Europe/Moscow")
    page = context.new_page()
    page.goto(f"{server.address}/sign-in")
    page.fill("#login", sign_ins["specialist"][0])
    page.fill("#password", sign_ins["specialist"][1])
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{server.address}/board?view=all")
    finger = context.new_cdp_session(page)
    goal = column(page, "working").bounding_box()

    def grip():
        # In the middle of the height: on a long board the lowest card goes out of sight when the list is scrolled.
        card(page, number).evaluate("card => card.scrollIntoView({ block: 'center' })")
        box = card(page, number).bounding_box()
        return box["x"] + 30, box["y"] + 20

    def touch(kind, *points):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})

    # A short touch that moves is scrolling.
    x, y = grip()
    touch("touchStart", (x, y))
    touch("touchMove", (x, y + 30))
    touch("touchEnd")
    expect(page.locator(".board-ghost")).to_have_count(0)
    page.wait_for_timeout(400)
    x, y = grip()
    touch("touchStart", (x, y))
    expect(page.locator(".board-ghost")).to_be_visible()
    expect(page.locator(".board[data-carrying] [data-may=yes]").first).to_be_attached()
    for step in range(1, 7):
        touch("touchMove", (x + (goal["x"] + 100 - x) * step / 6, y + 10))
    touch("touchEnd")
    expect(column(page, "working").locator(f'[data-number="{number}"]')).to_have_count(1)
    context.close()


def test_what_is_not_allowed_says_why_and_the_card_returns(server, sign_in):
    client, admin = sign_in("client"), sign_in("admin")
    number = new_card(client, server, admin, "Администратору её не взять")
    carry(admin, number, "working")
    expect(column(admin, "working")).to_have_attribute("data-may", "no")
    expect(column(admin, "working").locator("[data-why]")).to_contain_text("Это делает исполнитель")
    admin.mouse.up()
    expect(admin.locator(".toast--wrong")).to_contain_text("Это делает исполнитель")
    expect(column(admin, "new").locator(f'[data-number="{number}"]')).to_have_count(1)
    expect(admin.locator(".board-ghost")).to_have_count(0)


def test_somebody_else_was_first_and_the_card_returns_with_words(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = new_card(client, server, specialist, "Кто первый возьмёт")
    carry(specialist, number, "working")
    # Meanwhile the request is cancelled by its client.
    client.evaluate(
        """async number => fetch(`/requests/${number}/cancellation`, {method: 'POST', headers: {
            'X-CSRF': document.querySelector('meta[name=csrf]').content, 'HX-Request': 'true'}})""", number)
    specialist.mouse.up()
    expect(specialist.locator(".toast--wrong")).to_be_visible()
    expect(card(specialist, number)).to_have_count(0)


def test_solving_asks_for_the_answer_in_the_same_little_form(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = new_card(client, server, specialist, "Решить с доски")
    carry(specialist, number, "solved")
    specialist.mouse.up()
    expect(specialist.locator("dialog#solve")).to_be_visible()
    specialist.keyboard.press("Escape")
    expect(column(specialist, "new").locator(f'[data-number="{number}"]')).to_have_count(1)
    carry(specialist, number, "solved")
    specialist.mouse.up()
    specialist.fill("#solve-text", "Готово, проверьте")
    specialist.locator("#solve button.button--filled").click()
    expect(column(specialist, "solved").locator(f'[data-number="{number}"]')).to_have_count(1)
    expect(client.locator(".rating")).to_be_visible()


def test_waiting_asks_for_whom_in_a_little_form(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = new_card(client, server, specialist, "Ждать поставщика с доски")
    carry(specialist, number, "waiting")
    specialist.mouse.up()
    expect(specialist.locator("dialog#wait")).to_be_visible()
    specialist.keyboard.press("Escape")
    expect(column(specialist, "new").locator(f'[data-number="{number}"]')).to_have_count(1)
    carry(specialist, number, "waiting")
    specialist.mouse.up()
    expect(specialist.locator("#wait input[value=client]")).to_be_checked()
    specialist.locator("#wait label", has_text="другую организацию").click()
    specialist.locator("#wait button.button--filled").click()
    expect(column(specialist, "waiting").locator(f'[data-number="{number}"]')).to_have_count(1)
    specialist.goto(f"{server.address}/requests/{number}?view=all")
    expect(specialist.get_by_text("Ждём другую организацию").locator("visible=true").first).to_be_visible()


def test_columns_and_filters_stand_in_the_address_and_a_limit_warns(server, sign_in):
    admin = sign_in("admin")
    admin.goto(f"{server.address}/board?view=all")
    admin.locator(".board-head select[name=by]").select_option("priority")
    admin.wait_for_url(re.compile("by=priority"))
    expect(column(admin, "urgent")).to_be_attached()
    admin.locator(".board-head select[name=line]").select_option(label=STAFF_LINE)
    admin.wait_for_url(re.compile("line=[0-9a-f-]{36}"))
    head = column(admin, "normal")
    head.locator("summary").click()
    head.locator("input[name=most]").fill("1")
    head.locator("button", has_text="Сохранить").click()
    expect(head.locator(".column__over")).to_contain_text("Больше, чем решено")
    shot(admin, "board-limit")
    admin.locator("a", has_text="Списком").click()
    admin.wait_for_url(re.compile(r"/requests\?view=all&line="))


def test_the_board_on_a_phone_is_one_column_after_another(server, sign_in):
    page = sign_in("specialist", width=390, height=844)
    page.goto(f"{server.address}/board?view=all")
    first, second = column(page, "new").bounding_box(), column(page, "working").bounding_box()
    assert 300 < first["width"] < 390 and second["x"] >= first["x"] + first["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
