"""Calendars, norms and conditions of a line: set by an administrator, felt by the client and the specialist."""

import re

from playwright.sync_api import expect

from test_main_job import ask, open_as_staff
from test_pages import shot

LINE = "Электронный документооборот"


def line_page(page, server, tab):
    page.goto(f"{server.address}/lines")
    page.locator("a.lines-list__link", has_text=LINE).click()
    page.locator(".line-tabs a", has_text=tab).click()


def test_a_day_of_the_lines_own_goes_before_the_week(server, sign_in):
    admin = sign_in("admin")
    line_page(admin, server, "Календарь")
    expect(admin.locator("[name=follows]")).to_be_checked()
    expect(admin.locator(".days__row").first).to_be_visible()
    admin.fill("#day", "2031-12-30")
    admin.fill("#day-hours", "с утра")
    admin.locator("form[action$='/days'] .button--filled").click()
    expect(admin.locator(".field__error")).to_contain_text("9:00–13:00")
    admin.fill("#day-hours", "10:00–14:00")
    admin.fill("#title", "Короткий день")
    admin.locator("form[action$='/days'] .button--filled").click()
    row = admin.locator("#own .days__row", has_text="Короткий день")
    expect(row).to_contain_text("10:00–14:00")
    shot(admin, "line-calendar")
    row.locator("button").click()
    expect(admin.locator("#own .days__row", has_text="Короткий день")).to_have_count(0)


def test_the_production_calendar_has_both_years(server, sign_in):
    admin = sign_in("admin", width=390, height=844)
    admin.goto(f"{server.address}/lines/calendar")
    expect(admin.locator("#y2026")).to_be_attached()
    expect(admin.locator("#y2027 .days__row", has_text="Проверьте").first).to_be_attached()
    shot(admin, "production-calendar")
    assert admin.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_norm_is_set_and_removed_by_keys(server, sign_in):
    admin = sign_in("admin")
    line_page(admin, server, "Нормы")
    admin.select_option("#priority", "urgent")
    admin.fill("#answer", "10 мин")
    admin.fill("#solution", "2 ч")
    admin.keyboard.press("Enter")
    row = admin.locator(".norms__row", has_text="срочный")
    expect(row).to_contain_text(re.compile(r"10\sмин"))
    shot(admin, "norms")
    row.locator("button").focus()
    admin.keyboard.press("Enter")
    expect(admin.locator(".norms__row", has_text="срочный")).to_have_count(0)


def test_the_line_greets_asks_and_the_specialist_sees_what_was_answered(server, sign_in):
    client, specialist, admin = sign_in("client"), sign_in("admin"), sign_in("admin")
    line_page(admin, server, "Условия")
    expect(admin.locator(".force")).to_contain_text("Если клиент молчит")
    shot(admin, "conditions")
    number = ask(client, server, "Не подписывается приказ", line=LINE)
    said = client.locator("main", has_text=re.compile("специалист ответит в течение часа|ответим утром"))
    expect(said).to_be_visible()
    row = client.locator(".own__row", has_text="Номер документа")
    row.locator("input[name=value]").fill("417-П")
    row.locator("button").click()
    expect(client.locator(".own__row", has_text="Номер документа")).to_have_count(0)
    shot(client, "own-fields")
    open_as_staff(specialist, server, number)
    expect(specialist.locator(".context__fields")).to_contain_text("417-П")
    specialist.locator(".context__fields select[name=value]").select_option("Приказ")
    open_as_staff(specialist, server, number)
    expect(specialist.locator(".context__fields select[name=value]")).to_have_value("Приказ")
