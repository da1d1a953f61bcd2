"""A computer that is known by its person: introduced once by a code, reached from another request without one."""

import re
import time

import pytest
from playwright.sync_api import expect

from computer import Computer
from test_main_job import ask, open_as_staff
from test_pages import looks_well
from visit import sees

pytestmark = pytest.mark.alone


def test_a_computer_is_introduced_once_and_reached_without_a_code(server, sign_in, tmp_path):
    computer = Computer(tmp_path / "home")
    client, specialist = sign_in("client"), sign_in("specialist")
    try:
        # From the person's own page; the second start needs no code, as after signing in at the computer.
        client.goto(f"{server.address}/profile/computers")
        client.locator("form[action='/profile/computers'] button", has_text="Получить код").click()
        code = client.locator(".control-code")
        with client.expect_download() as loading:
            code.locator("a[download]").click()
        program = computer.home / "okno-agent"
        loading.value.save_as(program)
        program.chmod(0o755)
        words = code.locator("code").inner_text().split()
        assert words[:4] == ["chmod", "+x", "okno-agent", "&&"] and words[-1] == "--autostart", words
        origin, code = words[5], words[6]
        computer.start_agent(program, origin, code, "--resident")
        secrets = computer.home / ".config/okno"
        computer.wait("the secret", lambda: secrets.exists() and list(secrets.glob("agent-*")))
        time.sleep(0.3)
        computer.agent.terminate()
        computer.agent.wait(5)
        computer.start_agent(program, origin, "--resident")

        # No code was made in this request; «Подключиться» is there because the computer is.
        number = ask(client, server, "Не печатает принтер у окна")
        bar = specialist.locator(".control-bar")
        open_as_staff(specialist, server, number)
        specialist.locator("[data-main-act]").click()
        expect(bar.locator("[data-machine]")).to_contain_text("на связи")
        bar.locator("summary", has_text="Подключиться").click()
        expect(bar).not_to_contain_text("без вопроса")
        bar.locator("form[action*='/machines/'] input[name=what][value=files]").check()
        bar.locator("form[action*='/machines/'] button", has_text="Запросить").click()
        pressed = time.monotonic()
        computer.wait("the question", lambda: computer.windows("consent"))
        asked = time.monotonic() - pressed
        computer.answer()
        specialist.locator(".control-bar a", has_text="Открыть экран").click()
        specialist.wait_for_url(re.compile("/control/"))
        sees(specialist)
        assert len(computer.windows("frame")) == 4
        # A file goes there as to any other.
        specialist.locator("[data-side=files-side]").first.click()
        specialist.locator("#files-side input[type=file]").set_input_files(
            {"name": "драйвер.bin", "mimeType": "application/octet-stream", "buffer": b"okno" * 50_000})
        expect(specialist.locator("#files-side [data-file]").first).to_have_attribute("data-state", "kept", timeout=30_000)
        assert (computer.home / "Downloads/драйвер.bin").read_bytes() == b"okno" * 50_000
        print(f"\nfrom «Запросить» to the question on the screen: {asked:.2f} s")

        administrator = sign_in("admin")
        administrator.goto(f"{server.address}/machines?q=РОЧЕВА")
        expect(administrator.locator("main")).to_contain_text("на связи")
        looks_well(administrator, "machines")
        client.goto(f"{server.address}/profile/computers")
        looks_well(client, "own-computers")

        # One key ends it; the computer stays known, and is disconnected by its person.
        computer.key("Pause")
        expect(specialist.locator("[data-note=ended]")).to_be_visible(timeout=3_000)
        computer.wait("the frame goes", lambda: not computer.windows("frame"))
        assert computer.agent.poll() is None
        specialist.goto(f"{server.address}/requests/{number}/history")
        story = specialist.locator("main").inner_text().lower()
        assert "просит разрешить" in story and "клиент отозвал согласие" in story and "получен код" not in story, story
        open_as_staff(specialist, server, number)
        expect(bar.locator("[data-machine]")).to_contain_text("на связи")
        client.goto(f"{server.address}/profile/computers")
        client.locator(".session button", has_text="Отключить").click()
        client.locator("dialog .button--danger").click()
        expect(client.locator("main")).to_contain_text("Пока ни одного")
        computer.wait("the agent ends", lambda: computer.agent.poll() is not None)
        assert not list(secrets.glob("agent-*[!k]"))
    finally:
        computer.close()
