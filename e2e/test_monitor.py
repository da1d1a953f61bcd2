"""The monitor: what happens is seen within a second, any past minute is found again, a wall shows it until its link is revoked."""

import re
import time

from playwright.sync_api import expect

from test_main_job import ask
from test_pages import shot


def number(page, what, row="all"):
    return page.locator(f"#board tr[data-line={row}] [data-what={what}]")


def test_what_happens_is_seen_within_a_second(server, sign_in):
    manager, client = sign_in("manager"), sign_in("client")
    manager.goto(f"{server.address}/monitor")
    expect(manager.locator(".rail [aria-current=page]")).to_have_attribute("href", "/monitor")
    manager.wait_for_timeout(1500)
    before = int(number(manager, "free").inner_text().replace("\xa0", ""))
    asked = ask(client, server, "Не открывается журнал учёта")
    start = time.monotonic()
    expect(manager.locator("[data-events]").first).to_contain_text(f"№\xa0{asked}", timeout=3000)
    assert time.monotonic() - start < 2, "within a second, and some for a slow machine"
    free = int(number(manager, "free").inner_text().replace("\xa0", ""))
    assert free >= before, "a line may give it to somebody at once"
    shot(manager, "monitor-live")
    # The feed hears of it too.
    manager.goto(f"{server.address}/monitor/feed?kind=registered")
    expect(manager.locator("[data-event]").first).to_contain_text("Не открывается журнал учёта")
    asked = ask(client, server, "Не открывается второй журнал")
    expect(manager.locator("[data-event]").first).to_contain_text("Не открывается второй журнал", timeout=3000)


def test_every_number_opens_its_list(server, sign_in):
    manager = sign_in("manager")
    manager.goto(f"{server.address}/monitor")
    seen = set()
    for link in manager.eval_on_selector_all(
        "#board a.monitor-number[data-what]", "all => all.map(a => [a.dataset.what, a.textContent, a.getAttribute('href')])"
    ):
        what, count, address = link
        if (what, address.split("?")[0]) in seen:
            continue
        seen.add((what, address.split("?")[0]))
        manager.goto(server.address + address)
        rows = manager.locator("tr[data-row], [data-pick-row]").count()
        assert rows == min(50, int(count.replace("\xa0", ""))), f"{what}: {count}, but {rows} rows at {address}"
    assert len(seen) > 5
    manager.go_back()


def test_the_slider_shows_any_past_minute_and_says_so(server, sign_in):
    manager = sign_in("manager")
    manager.goto(f"{server.address}/monitor")
    expect(manager.locator("[data-past]")).to_have_count(0)
    slider = manager.get_by_label("Минута дня")
    slider.focus()
    manager.keyboard.press("ArrowLeft")
    manager.keyboard.press("ArrowLeft")
    expect(manager.locator("[data-past]")).to_contain_text("Показано прошлое")
    expect(manager).to_have_url(re.compile(r"/monitor\?at=\d{4}-\d\d-\d\dT\d\d:\d\d$"))
    shot(manager, "monitor-past")
    # The address alone brings the same back, and another day by the field.
    manager.reload()
    expect(manager.locator("[data-past]")).to_be_visible()
    now = manager.get_by_label("Какой момент показать").input_value()
    manager.get_by_label("Какой момент показать").fill(f"{int(now[:4]) - 1}{now[4:8]}15T10:30")
    manager.get_by_role("button", name="Показать").click()
    expect(manager.locator("[data-past]")).to_contain_text("в 10:30")
    manager.get_by_role("link", name="Вернуться в сейчас").click()
    expect(manager.locator("[data-past]")).to_have_count(0)


def test_a_wall_shows_the_board_until_the_link_is_revoked(server, sign_in, browser):
    manager, client = sign_in("manager"), sign_in("client")
    manager.goto(f"{server.address}/monitor")
    manager.get_by_role("link", name="На экран", exact=True).click()
    manager.get_by_label("Где экран").fill("Экран у входа")
    manager.get_by_role("button", name="Создать ссылку").click()
    address = manager.locator("#made-link").input_value()
    assert re.search(r"/tv/[0-9a-f]{64}$", address)
    context = browser.new_context(viewport={"width": 1440, "height": 810})
    wall = context.new_page()
    wall.goto(address)
    expect(wall.locator(".wall__table tbody tr").first).to_be_visible()
    assert wall.locator(".wall a").count() == 0
    assert wall.evaluate("getComputedStyle(document.querySelector('.wall')).backgroundColor") == "rgb(18, 18, 17)"
    shot(wall, "monitor-wall")
    wall.set_viewport_size({"width": 390, "height": 800})
    assert wall.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    before = wall.locator(".wall").inner_text()
    ask(client, server, "Не работает телефон в приёмной")
    wall.wait_for_function("before => document.querySelector('.wall').innerText !== before", arg=before, timeout=10000)
    manager.locator("li", has_text="Экран у входа").get_by_role("button", name="Отозвать").click()
    manager.locator("dialog .button--danger").click()
    expect(manager.locator("main")).to_contain_text("Ссылок пока нет")
    expect(wall.locator(".wall")).to_have_count(0, timeout=10000)
    assert wall.goto(address).status == 404
    context.close()


def test_a_specialist_sees_own_figures_and_a_client_nothing(server, sign_in):
    specialist, client = sign_in("specialist", width=390, height=844), sign_in("client")
    specialist.goto(f"{server.address}/monitor")
    expect(specialist.locator(".monitor-people tbody tr")).to_have_count(1)
    assert specialist.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    shot(specialist, "monitor-390")
    assert client.goto(f"{server.address}/monitor").status == 404
