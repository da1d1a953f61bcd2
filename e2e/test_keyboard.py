"""The whole main job with the keyboard alone, at twice the size, without movement."""

import re

from playwright.sync_api import expect

from test_main_job import ask


def focus(page, locator, limit=80):
    """Presses Tab until the element has the focus, as a person without a mouse would."""
    for _ in range(limit):
        if locator.evaluate("element => element === document.activeElement || element.contains(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{locator} is not reached by Tab")


def test_the_main_job_is_done_without_a_mouse(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    # The client asks.
    client.goto(server.address)
    client.keyboard.press("Tab")
    expect(client.locator(".skip")).to_be_focused()
    client.keyboard.press("Enter")
    focus(client, client.locator("#ask-text"))
    client.keyboard.type("Без мыши: не включается монитор")
    focus(client, client.locator("#ask-line"))
    client.keyboard.press("ArrowDown")
    focus(client, client.locator("#ask button[type=submit]"))
    client.keyboard.press("Enter")
    client.wait_for_url(re.compile(r"/requests/\d+"))
    number = re.search(r"/requests/(\d+)", client.url)[1]

    # The specialist finds it by the palette, takes it, answers, notes, solves.
    specialist.goto(f"{server.address}/requests?view=free")
    specialist.keyboard.press("Control+k")
    specialist.keyboard.type(number)
    expect(specialist.locator("#palette-list [role=option]", has_text="Без мыши").first).to_be_visible()
    specialist.keyboard.press("Enter")
    specialist.wait_for_url(re.compile(rf"/requests/{number}\b"))
    expect(specialist.locator(".request-head")).to_contain_text("Без мыши")
    specialist.keyboard.press("t")
    expect(client.locator(".request-head")).to_contain_text("В работе")
    specialist.keyboard.press("r")
    specialist.keyboard.type("Проверьте кабель питания")
    specialist.keyboard.press("Control+Enter")
    expect(client.locator(".talk")).to_contain_text("Проверьте кабель")
    specialist.keyboard.press("Escape")
    specialist.keyboard.press("m")
    specialist.keyboard.type("Монитор старый")
    specialist.keyboard.press("Control+Enter")
    expect(specialist.locator(".note")).to_contain_text("Монитор старый")

    # The client answers, and reacts by the menu of a message.
    focus(client, client.locator("textarea[data-text]"))
    client.keyboard.type("Кабель выпал, заработало")
    client.keyboard.press("Enter")
    expect(specialist.locator(".talk")).to_contain_text("заработало")
    client.keyboard.press("Shift+Tab")
    for _ in range(10):
        if client.evaluate("document.activeElement.matches('[data-message-menu]')"):
            break
        client.keyboard.press("Shift+Tab")
    client.keyboard.press("ArrowUp")
    client.keyboard.press("Enter")
    client.keyboard.press("ArrowRight")
    client.keyboard.press("Enter")
    expect(specialist.locator('.reaction[data-react="thanks"]')).to_have_count(1)

    specialist.keyboard.press("Escape")
    specialist.keyboard.press("e")
    expect(specialist.locator("#solve")).to_be_visible()
    specialist.keyboard.type("Кабель на месте")
    focus(specialist, specialist.locator("#solve button.button--filled"))
    specialist.keyboard.press("Enter")

    # The client rates.
    expect(client.locator(".rating")).to_be_visible()
    focus(client, client.locator("input[name=rating]").first)
    client.keyboard.press("Space")
    for _ in range(4):
        client.keyboard.press("ArrowRight")
    focus(client, client.locator(".when-yes button.button--filled"))
    client.keyboard.press("Enter")
    expect(client.locator(".request-head")).to_contain_text("Закрыта")
    expect(specialist.locator(".request-head")).to_contain_text("Закрыта")


def test_pages_hold_at_twice_the_size_and_at_the_narrowest(server, sign_in):
    for role, addresses in {"client": ["/"], "specialist": ["/requests?view=all", "/requests/new"]}.items():
        for width, height in [(720, 450), (360, 640)]:      # 1440 × 900 at 200 %; a small phone
            page = sign_in(role, width=width, height=height)
            page.goto(server.address + addresses[0])
            first = page.locator("a.queue-row, .request-row a").first.get_attribute("href")
            for address in addresses + [first]:
                page.goto(server.address + address)
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, f"{address} at {width}: {wide} px too wide"
                composer = page.locator("textarea[data-text]")
                if composer.count():
                    composer.first.scroll_into_view_if_needed()
                    box = composer.first.bounding_box()
                    assert box["y"] + box["height"] <= height, f"{address} at {width}: the composer is out of sight"


def test_nothing_moves_for_who_asked_for_no_movement(server, sign_in):
    page = sign_in("client")
    page.emulate_media(reduced_motion="reduce")
    page.goto(server.address)
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(element => {
            const style = getComputedStyle(element)
            return style.animationName !== 'none' && parseFloat(style.animationDuration) > 0.01
                || style.transitionProperty !== 'opacity' && parseFloat(style.transitionDuration) > 0.01
        }).map(element => element.className).slice(0, 5)""")
    assert moving == []


def test_news_is_told_to_those_who_listen(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    number = ask(client, server, "Что скажет диктор")
    specialist.goto(f"{server.address}/requests/{number}?view=all")
    specialist.locator("[data-main-act]").click()
    # A log and a status are live by their roles; nothing that changes while one reads is silent.
    for page in (client, specialist):
        expect(page.locator('.talk [role="log"]')).to_have_count(1)
        assert page.locator("#toasts").get_attribute("aria-live") or page.locator("#toasts").get_attribute("role")
    assert client.locator("[data-typing]").evaluate("e => e.closest('[aria-live], [role=status], [role=log]') !== null")
    expect(client.locator(":is([aria-live], [role=status]) .request-head__state")).to_be_visible()
