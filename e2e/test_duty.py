"""Where a specialist is, in every window at once; a request that is offered and accepted without reading the page again."""

import re

from playwright.sync_api import expect

from test_main_job import ask
from test_pages import shot

LINE = "Рабочее место и связь"


def stand(page, state):
    page.locator(f".queue .duty__states > [value={state}]").first.click()
    expect(page.locator(f".queue [data-duty={state}]")).to_be_visible()


def test_the_state_is_set_by_mouse_and_keys_and_seen_in_every_window(server, sign_in):
    one, other = sign_in("specialist"), sign_in("specialist", width=390, height=844)
    stand(one, "busy")
    stand(one, "on")
    other.goto(f"{server.address}/duty")
    expect(other.locator(".bottom-bar [data-duty=on]")).to_be_attached()
    one.locator(".queue .duty > .duty__states > [aria-pressed=true]").focus()
    one.keyboard.press("ArrowRight")
    one.keyboard.press("Enter")
    expect(one.locator(".queue [data-duty=busy]")).to_be_visible()
    expect(other.locator(".bottom-bar [data-duty=busy]")).to_be_attached()
    # One line by itself.
    one.keyboard.press("d")
    line = one.locator(".duty__line", has_text="Доступы")
    line.locator("[value=break]").click()
    expect(one.locator(".queue .duty__state[aria-pressed=true]").first).to_contain_text("1 из 2")
    # From the menu of the person, on any page.
    one.goto(f"{server.address}/talks")
    one.locator(".rail .avatar-button").click()
    one.locator(".rail .duty__item[value=on]").click()
    expect(one.locator(".rail [data-duty=on]")).to_be_attached()


def test_an_offer_comes_and_is_accepted_without_reading_the_page_again(server, sign_in):
    admin, specialist, client = sign_in("admin"), sign_in("specialist"), sign_in("client")
    stand(specialist, "on")
    # The only one on the line.
    admin.goto(f"{server.address}/duty")
    for name in ("Гусев", "Канев"):
        row = admin.locator(".duty-line", has_text="Рабочие места").locator("tr", has_text=name)
        row.locator("summary").click()
        row.locator("[value=away]").click()
        expect(row).to_contain_text("Не на месте")
    for offer in range(specialist.locator(".offer[data-left]").count()):
        specialist.locator(".offer[data-left] .button:not(.button--filled)").first.click()
        specialist.wait_for_timeout(800)
    number = ask(client, server, "Не включается монитор", line=LINE)
    offer = specialist.locator(".offer", has_text="Не включается монитор")
    expect(offer).to_be_visible(timeout=15000)
    expect(offer).to_contain_text(re.compile(r"[45]:\d\d"))
    shot(specialist, "offer")
    # Nothing lies under it.
    specialist.wait_for_function(
        """() => {
            const offers = [...document.querySelectorAll(".offer")].map(offer => offer.getBoundingClientRect())
            return [...document.querySelectorAll(".pane__scroll")].map(pane => pane.getBoundingClientRect()).every(pane =>
                offers.every(offer => pane.bottom <= offer.top || pane.right <= offer.left || pane.left >= offer.right))
        }""")
    offer.locator(".button--filled").click()
    specialist.wait_for_url(re.compile(rf"/requests/{number}\b"))
    expect(specialist.locator(".offer", has_text="Не включается монитор")).to_have_count(0)
    expect(client.locator(".request-head")).to_contain_text("В работе")
