"""Tasks, reminders, requests that repeat and the calendar."""

import re

from playwright.sync_api import expect

from test_main_job import ask, open_as_staff
from test_pages import shot

LINE, STAFF_LINE = "Рабочее место и связь", "ИТ · Рабочие места"


def taken(client, specialist, server, text):
    number = ask(client, server, text, line=LINE)
    open_as_staff(specialist, server, number)
    specialist.locator("[data-main-act]").click()
    expect(specialist.locator(".request-head")).to_contain_text("В работе")
    return number


def local(page, hours):
    """As a field of a date and time has it, in Moscow."""
    return page.evaluate(
        "hours => new Date(Date.now() + hours * 3600e3 + 3 * 3600e3).toISOString().slice(0, 16)", hours)


def test_a_step_becomes_somebodys_task_with_a_deadline(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = taken(client, specialist, server, "Переезд в новый кабинет")
    panel = specialist.locator(".checklist")
    panel.locator(".checklist__add > summary").click()
    panel.locator("#check-text").fill("Перенести принтер")
    panel.locator(".checklist__add button").click()
    step = panel.locator(".checklist__item", has_text="Перенести принтер")
    expect(step).to_be_visible()
    step.locator("summary").click()
    me = specialist.evaluate("document.querySelector('[data-me]')?.dataset.me ?? ''")
    options = step.locator("select[name=person] option")
    step.locator("select[name=person]").select_option(me if me else options.nth(1).get_attribute("value"))
    step.locator("input[name=at]").fill(local(specialist, 30))
    step.locator("button.button--filled").click()
    expect(step.locator(".task__who")).to_be_visible()
    expect(step.locator(".task__due")).to_be_visible()
    shot(specialist, "task")
    specialist.goto(f"{server.address}/requests/{number}/history")
    expect(specialist.locator("main")).to_contain_text("Задача «Перенести принтер»: делает")


def test_a_reminder_to_oneself_is_listed_and_cancelled(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    taken(client, specialist, server, "Заказать мышь")
    panel = specialist.locator(".reminders")
    panel.locator("summary").click()
    panel.locator("#reminder-text").fill("Спросить у поставщика")
    panel.locator("button", has_text="Через час").click()
    expect(panel.locator(".reminder")).to_contain_text("Спросить у поставщика")
    specialist.goto(f"{server.address}/tasks")
    row = specialist.locator(".task-row", has_text="Спросить у поставщика")
    expect(row).to_be_visible()
    shot(specialist, "tasks")
    row.locator("button", has_text="Отменить").click()
    expect(row).to_have_count(0)


def test_the_demos_reminder_rings_with_a_toast_a_badge_and_a_mark(server, sign_in):
    specialist = sign_in("specialist")
    # On whatever page is open first.
    toast = specialist.locator(".toast", has_text="Позвонить в цех")
    expect(toast).to_be_visible(timeout=20000)
    expect(specialist.locator(".rail__item[href='/tasks'] .badge")).to_be_visible()
    toast.locator("a", has_text="Открыть").click()
    expect(specialist.locator(".request-head .chip--wait")).to_contain_text("Позвонить в цех")
    # It does not say it twice in this browser.
    specialist.goto(f"{server.address}/tasks")
    expect(specialist.locator(".task-row--rings", has_text="Позвонить в цех")).to_be_visible()
    specialist.wait_for_timeout(500)
    expect(toast).to_have_count(0)


def test_a_reminder_to_the_client_says_what_will_happen(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = taken(client, specialist, server, "Жду ваш номер")
    panel = specialist.locator(".reminders")
    panel.locator("summary").click()
    panel.locator("input[name=to][value=client]").check(force=True)
    expect(panel.locator(".when-client")).to_be_visible()
    expect(panel.locator("#reminder-text")).to_be_hidden()
    panel.locator("#reminder-at").fill(local(specialist, 2))
    panel.locator("button", has_text="Поставить").click()
    expect(panel.locator(".reminder")).to_contain_text("Напомнить клиенту")
    specialist.goto(f"{server.address}/requests/{number}/history")
    expect(specialist.locator("main")).to_contain_text("Попросил напомнить клиенту")
    client.reload()
    expect(client.locator("main")).not_to_contain_text("Попросил напомнить")


def test_a_request_that_repeats_is_made_paused_and_ended(server, sign_in):
    page = sign_in("specialist")
    page.goto(f"{server.address}/recurring/new")
    page.fill("#plan-subject", "Проверить огнетушители в серверной")
    page.locator("#plan-every").select_option("month")
    expect(page.locator("#plan-day")).to_be_visible()
    expect(page.locator("#plan-weekday")).to_be_hidden()
    page.fill("#plan-day", "31")
    page.fill("#plan-time", "08:15")
    page.locator("button", has_text="Сохранить").click()
    page.wait_for_url(re.compile("/recurring$"))
    row = page.locator(".recurring-row", has_text="огнетушители")
    expect(row).to_contain_text("31-го числа каждого месяца в\u00a08:15")
    expect(row).to_contain_text("Следующая")
    shot(page, "recurring")
    row.locator("button", has_text="Приостановить").click()
    expect(row).to_contain_text("Приостановлена")
    row.locator("button", has_text="Возобновить").click()
    expect(row).to_contain_text("Следующая")
    row.locator("button", has_text="Прекратить").click()
    page.locator("dialog[open] button.button--filled").click()
    expect(row).to_have_count(0)


def test_the_calendar_by_month_week_and_day_with_keys(server, sign_in):
    page = sign_in("specialist")
    page.goto(f"{server.address}/calendar")
    assert page.locator(".calendar__names span").first.inner_text() == "Пн"
    expect(page.locator(".calendar__day--today")).to_have_count(1)
    assert page.locator(".calendar__day").count() % 7 == 0
    shot(page, "calendar-month")
    today = page.locator(".calendar__day--today [data-day]")
    today.focus()
    day = today.get_attribute("data-day")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.day") > day
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"view=day&day={day}"))
    page.keyboard.press("w")
    page.wait_for_url(re.compile("view=week"))
    assert page.locator(".calendar__day").count() == 7
    shot(page, "calendar-week")
    page.keyboard.press("PageDown")
    page.wait_for_url(lambda url: f"day={day}" not in url)
    page.keyboard.press("t")
    page.wait_for_url(re.compile(f"day={day}"))
    entry = page.locator("a.entry[href^='/requests/'], a.entry[href^='/recurring/']").first
    if entry.count():
        entry.click()
        page.wait_for_url(re.compile(r"/(requests|recurring)/"))


def test_the_calendar_on_a_phone_is_a_list_of_days(server, sign_in):
    page = sign_in("specialist", width=390, height=844)
    page.goto(f"{server.address}/calendar?view=week")
    boxes = page.eval_on_selector_all(
        ".calendar__day", "all => all.map(day => day.getBoundingClientRect()).map(box => [box.top, box.bottom])")
    assert len(boxes) == 7 and all(after[0] >= before[1] - 1 for before, after in zip(boxes, boxes[1:])), boxes
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "calendar-phone")


def test_a_manager_opens_the_calendar_of_a_line(server, sign_in):
    admin = sign_in("admin")
    admin.goto(f"{server.address}/calendar")
    admin.locator("select[name=whose]").select_option(label=STAFF_LINE)
    admin.wait_for_url(re.compile("whose=line"))
    expect(admin.locator("a.entry").first).to_be_visible()
