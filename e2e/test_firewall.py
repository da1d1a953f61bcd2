"""Two offices that reach one TCP port of one server and nothing else. Where namespaces cannot be made, the reason is printed and the same
is done on this machine without a firewall, so that no test is silently left out."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import warnings

import pytest
from playwright.sync_api import expect

from conftest import FLAGS, OKNO
from firewall import HOST, Company, OpenCompany, why_not
from test_main_job import ask, write

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def company():
    folder, reason = pathlib.Path(tempfile.mkdtemp(prefix="okno-wall-")), why_not()
    if reason:
        warnings.warn(f"No firewall here ({reason}): everything was tried without it.")
    with (OpenCompany if reason else Company)(folder) as company:
        server = company.serve(folder / "data", OKNO)
        if company.is_walled:
            server.run("setup", "--certificate", HOST)
        server.run("demo", "--requests", "20")
        server.start()
        company.server = server
        yield company
    shutil.rmtree(folder)


def passwords(server):
    found = {}
    for line in (server.data / "demo-sign-ins.txt").read_text().splitlines():
        pair = re.search(r"(\S+@\S+)\s+(\S+)", line)
        role = "client" if re.search("сотрудник|клиент|client", line, re.I) else "specialist"
        if pair and re.search("сотрудник|клиент|client|специалист|specialist", line, re.I):
            found.setdefault(role, pair.groups())
    return found


@pytest.fixture
def sit(company, browser):
    """Somebody at a desk in an office, signed in. `browser` runs the one Playwright of these tests."""
    opened = []

    def sit(role, office, proxy=None, trust_all=False):
        own = company.browser(browser.playwright, office, FLAGS, proxy={"server": proxy} if proxy else None)
        opened.append(own)
        page = own.new_context(
            locale="ru-RU", timezone_id="Europe/Moscow", viewport={"width": 1440, "height": 900},
            ignore_https_errors=trust_all).new_page()
        login, password = passwords(company.server)[role]
        page.goto(f"{company.server.address}/sign-in")
        page.fill("#login", login)
        page.fill("#password", password)
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield sit
    for own in opened:
        own.close()


def begin(company, client, specialist, text):
    number = ask(client, company.server, text)
    specialist.goto(f"{company.server.address}/requests/{number}?view=all")
    specialist.locator("[data-main-act]").click()
    expect(client.locator(".request-head")).to_contain_text("В работе")
    return number


def test_only_one_port_passes(company):
    """The wall itself is tried: what a test behind it shows would be worth nothing otherwise."""
    if not company.is_walled:
        assert why_not()
        return
    look = "import socket; socket.create_connection(('10.77.1.1', {}), 1)"
    assert run_in(company, "a", look.format(443)) == 0
    server = company.inside("server", "python3", "-m", "http.server", "8000")
    other = subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        before = company.held_back()
        assert run_in(company, "a", look.format(8000)) != 0
        assert run_in(company, "a", "import socket; socket.create_connection(('10.77.2.2', 443), 1)") != 0
        assert company.held_back() > before
    finally:
        other.terminate()
        other.wait()


def run_in(company, office, code):
    return subprocess.run(company.inside(office, "python3", "-c", code), capture_output=True).returncode


def test_a_conversation_is_live_behind_the_firewall_and_over_a_cut(company, sit):
    client, specialist = sit("client", "a"), sit("specialist", "b")
    begin(company, client, specialist, "Не открывается архив за 2024 год")
    write(specialist, "Смотрю архив")
    expect(client.locator(".talk")).to_contain_text("Смотрю архив")
    company.cut("a")
    write(client, "Это письмо написано без связи")
    time.sleep(5)
    expect(specialist.locator(".talk")).not_to_contain_text("без связи")
    company.mend("a")
    expect(specialist.locator(".talk")).to_contain_text("без связи", timeout=30_000)
    expect(specialist.locator(".message", has_text="без связи")).to_have_count(1)


def behind(company, sit, client_proxy, trust_all=False):
    """Both offices reach the proxy and nothing else; a conversation goes both ways.
    Returns what the doctor says at the client's desk."""
    if company.is_walled:
        assert run_in(company, "a", "import socket; socket.create_connection(('10.77.1.1', 443), 1)") != 0
    client = sit("client", "a", client_proxy, trust_all)
    specialist = sit("specialist", "b", client_proxy.replace("10.77.1.1", "10.77.2.1"), trust_all)
    begin(company, client, specialist, "Нет доступа к общей папке отдела")
    write(specialist, "Доступ проверяю")
    expect(client.locator(".talk")).to_contain_text("Доступ проверяю")
    write(client, "Жду, спасибо")
    expect(specialist.locator(".talk")).to_contain_text("Жду, спасибо")
    return doctor(company, client, client_proxy)


def doctor(company, page, proxy=None):
    """What the command that the page shows finds out at the same desk."""
    page.goto(f"{company.server.address}/connection")
    words = shlex.split(page.locator(".connection__command code").inner_text())
    assert words[0] == "okno" and "--pass" in words
    environment = {**os.environ, **({"https_proxy": proxy, "http_proxy": proxy} if proxy else {})}
    done = subprocess.run(
        company.inside("a", str(OKNO), *words[1:]), capture_output=True, text=True, timeout=120, env=environment)
    assert "WebSocket passes" in done.stdout and "throughput: " in done.stdout, done.stdout + done.stderr
    assert "media over WebSocket: " in done.stdout, done.stdout
    return done.stdout


def test_the_doctor_measures_behind_the_firewall(company, sit):
    client = sit("client", "a")
    said = doctor(company, client)
    assert "carries: 20 of 20 packets" in said and "calls go through the relay" in said, said
    # The pass ends with the session.
    words = shlex.split(client.locator(".connection__command code").inner_text())
    client.evaluate("""() => fetch("/session", {
        method: "DELETE", headers: { "X-CSRF": document.querySelector("meta[name=csrf]").content } })""")
    again = subprocess.run(company.inside("a", str(OKNO), *words[1:]), capture_output=True, text=True, timeout=120)
    assert "FAIL the pass is not accepted" in again.stdout and again.returncode == 1, again.stdout


@pytest.fixture
def proxied(company):
    """The proxy stands with the server and knows it by name."""
    if company.is_walled:
        names = pathlib.Path("/etc/netns") / company.namespace("server") / "hosts"
        names.parent.mkdir(parents=True, exist_ok=True)
        names.write_text(f"127.0.0.1 localhost {HOST}\n")
    yield
    company.allow(443)


def test_a_proxy_that_passes_connect_alone_is_enough(company, proxied, sit, tmp_path):
    settings = tmp_path / "tinyproxy.conf"
    settings.write_text("Port 3128\nListen 0.0.0.0\nTimeout 600\nMaxClients 100\n")
    said = behind(company, sit, company.start_proxy("tinyproxy", "-d", "-c", settings, office="a", port=3128))
    assert "carries: 20 of 20 packets" in said and "calls go through the relay" in said, said


def test_a_proxy_that_opens_tls_and_passes_http_alone_is_enough_for_a_conversation(company, proxied, sit, tmp_path):
    said = behind(company, sit, company.start_proxy(
        "mitmdump", "-q", "-p", "8080", "--set", "rawtcp=false", "--set", "ssl_insecure=true",
        "--set", f"confdir={tmp_path}", office="a", port=8080), trust_all=True)
    if company.is_walled:
        assert "signed by “mitmproxy”" in said and "carries nothing" in said, said
        assert "calls go over WebSocket" in said, said


def test_the_server_killed_and_started_again_is_found_again(company, sit):
    client, specialist = sit("client", "a"), sit("specialist", "b")
    begin(company, client, specialist, "Пропал значок программы учёта")
    company.server.stop(kill=True)
    company.server.start()
    write(specialist, "Сервер вернулся")
    expect(client.locator(".talk")).to_contain_text("Сервер вернулся", timeout=30_000)
