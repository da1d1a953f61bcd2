"""What people are told of: the bell, short words on other pages, one click to the request, and how each chooses to be told."""

import re

from playwright.sync_api import expect

from test_main_job import ask, open_as_staff, write
from test_pages import shot


def test_an_answer_is_told_on_another_page_and_is_one_click_away(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    client.goto(f"{server.address}/notices")
    if client.locator("form[action='/notices/read']").count():
        client.locator("form[action='/notices/read'] button").click()
    number = ask(client, server, "Не открывается справочник", line="Рабочее место и связь")
    client.goto(f"{server.address}/search")
    client.wait_for_timeout(500)
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    write(specialist, "Здравствуйте, смотрю")
    toast = client.locator(".toast", has_text="Не открывается справочник").last
    expect(toast).to_be_visible(timeout=10_000)
    expect(client.locator(".bell .badge")).to_have_text(re.compile("[12]"))
    shot(client, "notice-toast")
    client.locator("a.bell").click()
    client.wait_for_url("**/notices")
    row = client.locator(".notice--unread", has_text="Новый ответ")
    expect(row).to_contain_text(f"№\u00a0{number} · Не открывается справочник")
    shot(client, "notices")
    # Live: a further answer comes into the list by itself.
    write(specialist, "Готово?")
    expect(client.locator(".notice--unread", has_text="2 новых ответа")).to_be_visible(timeout=10_000)
    client.locator(".notice--unread", has_text="2 новых ответа").click()
    client.wait_for_url(re.compile(rf"/requests/{number}$"))
    expect(client.locator(".talk")).to_contain_text("Здравствуйте, смотрю")
    # Whoever reads the request has read what is told of it.
    expect(client.locator(".bell .badge")).to_have_count(0, timeout=10_000)
    # What the person looks at is not said twice.
    write(specialist, "Ещё одно")
    expect(client.locator(".talk")).to_contain_text("Ещё одно")
    expect(client.locator(".toast")).to_have_count(0)
    # The specialist hears of the client's word on any page of theirs.
    specialist.goto(f"{server.address}/talks")
    specialist.wait_for_timeout(500)
    write(client, "Всё работает")
    expect(specialist.locator(".toast", has_text="Сообщение клиента")).to_be_visible(timeout=10_000)
    expect(specialist.locator(".rail > a[href='/notices'] .badge")).to_be_visible()


def test_all_are_read_at_once_and_that_is_taken_back(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Нужен второй монитор", line="Рабочее место и связь")
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    specialist.wait_for_timeout(300)
    client.goto(f"{server.address}/notices")
    expect(client.locator(".notice--unread").first).to_be_visible()
    unread = client.locator(".notice--unread").count()
    button = client.locator("form[action='/notices/read'] button")
    button.focus()
    client.keyboard.press("Enter")
    expect(client.locator(".notice--unread")).to_have_count(0)
    client.locator(".toast button", has_text="Отменить").click()
    expect(client.locator(".notice--unread")).to_have_count(unread)
    # On a phone the bell stands in the bar below.
    specialist.set_viewport_size({"width": 390, "height": 844})
    specialist.goto(f"{server.address}/requests")
    bar = specialist.locator(".bottom-bar > a[href='/notices']")
    expect(bar).to_be_visible()
    bar.click()
    specialist.wait_for_url("**/notices")
    assert specialist.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(specialist, "notices-phone")


def test_a_person_chooses_how_to_be_told(server, sign_in):
    client = sign_in("client")
    client.context.grant_permissions([], origin=server.address)
    client.goto(f"{server.address}/profile")
    client.locator("a[href='/profile/notices']").click()
    expect(client.locator("h1")).to_have_text("Уведомления: о чём и как")
    # Nobody was asked for permission yet; a click asks.
    client.context.grant_permissions(["notifications"], origin=server.address)
    client.reload()
    expect(client.locator("[data-browser-state=granted]")).to_be_visible()
    box = client.get_by_label("Заявку взяли в работу: На странице")
    was = box.is_checked()
    client.locator("label.check", has=box).click()
    client.fill("#quiet-from", "21:15")
    client.locator("form[action='/profile/notices'] button.button--filled").click()
    expect(client.locator(".toast", has_text="Сохранено")).to_be_visible()
    expect(client.locator("#quiet-from")).to_have_value("21:15")
    assert client.get_by_label("Заявку взяли в работу: На странице").is_checked() != was
    shot(client, "notices-settings")
    client.set_viewport_size({"width": 390, "height": 844})
    assert client.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(client, "notices-settings-phone")
    client.set_viewport_size({"width": 1440, "height": 900})
    client.fill("#quiet-until", "21:15")
    client.locator("form[action='/profile/notices'] button.button--filled").click()
    expect(client.locator(".field__error")).to_contain_text("Укажите начало и конец")
    client.goto(f"{server.address}/profile/notices")
    client.locator("label.check", has=client.get_by_label("Заявку взяли в работу: На странице")).click()
    client.locator("form[action='/profile/notices'] button.button--filled").click()


def test_the_administrator_is_told_how_mail_stands(server, sign_in):
    admin = sign_in("admin")
    admin.goto(f"{server.address}/mail")
    expect(admin.locator(".empty")).to_contain_text("Письма не отправляются")
    shot(admin, "mail")
