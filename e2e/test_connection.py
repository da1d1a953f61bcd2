"""The check of the connection: the page walks to its end, says where this chair stands, prints one page, tells the administrator."""

import re
import time

import pytest
from playwright.sync_api import expect

from test_main_job import ask, open_as_staff, write
from test_pages import shot, speak

pytestmark = pytest.mark.alone

STEPS = ["address", "certificate", "socket", "relay", "media", "microphone", "camera", "screen", "throughput"]
NO_SOCKET = "window.WebSocket = class extends EventTarget { static OPEN = 1; constructor() { super(); this.readyState = 3; setTimeout(() => this.dispatchEvent(new Event('close'))) } close() {} send() {} }"


def walked(page, server):
    page.goto(f"{server.address}/connection")
    expect(page.locator("[data-verdict]")).to_have_attribute("aria-busy", "false", timeout=60_000)
    return {step: page.locator(f"[data-step={step}]").get_attribute("data-state") for step in STEPS}


def test_every_step_is_walked(server, sign_in):
    client = sign_in("client")
    found = walked(client, server)
    assert found["address"] in ("works", "slow") and found["socket"] == "works" and found["screen"] == "works", found
    assert found["certificate"] == "insecure" and found["relay"] == "works", found
    assert found["media"] in ("works", "slow") and found["throughput"] in ("works", "slow"), found
    expect(client.locator("[data-verdict] h2")).to_contain_text("Звонки пройдут, но есть замечания")
    expect(client.locator(".ladder__rung[aria-current=step]")).to_contain_text("Через ретранслятор")
    for step in STEPS:
        expect(client.locator(f"[data-step={step}] [data-says]:visible")).to_have_count(1)
    # Devices are opened at a press of the button, and told too.
    for step in ["microphone", "camera"]:
        button = client.locator(f"[data-step={step}] [data-try]")
        if button.is_visible():
            button.click()
        expect(client.locator(f"[data-step={step}]")).to_have_attribute("data-state", "works")
    expect(client.locator("[data-level]")).to_be_visible()
    client.wait_for_function("() => document.querySelector('[data-picture]').videoWidth > 0")
    expect(client.locator(".connection__untried")).to_have_count(0)
    shot(client, "connection-walked")
    # The administrator sees who stands where.
    admin = sign_in("admin")
    admin.goto(f"{server.address}/connection/summary")
    row = admin.locator(".connection-summary__table tbody tr").first
    expect(row).to_contain_text("Ретранслятор")
    expect(row).to_contain_text("Chrome, Linux")
    shot(admin, "connection-summary")
    admin.select_option("#trouble", "certificate")
    admin.click(".connection-summary__filters button")
    expect(admin.locator(".connection-summary__table tbody tr").first).to_contain_text("Сертификат")


def test_a_broken_socket_leaves_messages_only(server, sign_in):
    client = sign_in("client")
    client.add_init_script(NO_SOCKET)
    found = walked(client, server)
    assert found["socket"] == "fails" and found["media"] == "fails", found
    expect(client.locator("[data-verdict] h2")).to_have_text("Работает только переписка")
    expect(client.locator("[data-step=socket]")).to_contain_text("Попросите разрешить переход на WebSocket")


def test_the_report_is_one_page(server, sign_in):
    client = sign_in("client")
    walked(client, server)
    client.emulate_media(media="print")
    report = client.pdf(format="A4", margin={"top": "10mm", "bottom": "10mm", "left": "12mm", "right": "12mm"})
    assert len(re.findall(rb"/Type\s*/Page\b", report)) == 1
    words = client.inner_text("main")
    for needed in [f"TCP {server.port}", "localhost", "WebSocket (RFC 6455)", "Проверил", "Chrome, Linux"]:
        assert needed in words, needed
    expect(client.locator("[data-print]")).to_be_hidden()
    shot(client, "connection-report")


@pytest.mark.parametrize("width,theme,language", [(1440, "light", "ru"), (390, "light", "en"), (390, "dark", "ru"), (1440, "dark", "en")])
def test_the_walked_page_is_whole_and_accessible(server, sign_in, width, theme, language):
    from axe_playwright_python.sync_playwright import Axe

    client = sign_in("client", width=width, theme=theme)
    speak(client, language)
    try:
        walked(client, server)
        wide = client.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        faults = [f"{fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in Axe().run(client).response["violations"]]
        assert not faults, faults
        shot(client, f"connection-{width}-{theme}-{language}")
        client.evaluate("scrollTo(0, document.body.scrollHeight)")
        shot(client, f"connection-{width}-{theme}-{language}-below")
    finally:
        speak(client, "ru")



def test_messages_are_live_where_no_socket_opens(server, sign_in):
    client, specialist = sign_in("client"), sign_in("specialist")
    client.add_init_script(NO_SOCKET)
    polls = []
    client.on("request", lambda request: polls.append(request.url) if "/live/poll" in request.url else None)
    number = ask(client, server, "Не открывается почта через прокси-сервер")
    open_as_staff(specialist, server, number)
    client.wait_for_function("() => performance.getEntriesByType('resource').some(one => one.name.includes('/live/poll'))", timeout=15_000)
    client.wait_for_timeout(1000)
    start = time.monotonic()
    write(specialist, "Вижу вашу заявку, проверяю")
    expect(client.locator(".talk")).to_contain_text("Вижу вашу заявку")
    took = time.monotonic() - start
    write(specialist, "И второе сообщение сразу за первым")
    expect(client.locator(".talk")).to_contain_text("И второе сообщение")
    expect(client.locator("#live-state")).to_be_hidden()
    assert took < 8, took
    # Requests are held and not hurried through.
    before = len(polls)
    client.wait_for_timeout(3000)
    assert len(polls) - before <= 6, polls[before:]
