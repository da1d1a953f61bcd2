"""Files in a session of remote control, with the real agent: to the computer, and from it; one is cut in the middle."""

import hashlib
import time

import pytest
from playwright.sync_api import expect

from test_remote import visit  # noqa: F401  the fixture

pytestmark = pytest.mark.alone


def digest(content):
    return hashlib.sha256(content).hexdigest()


def choose(computer, *keys):
    """The person at the computer, in the window where a file is chosen."""
    computer.wait("the chooser", lambda: computer.windows("file"))
    time.sleep(0.8)     # a key that comes at once is not meant for it
    for key in keys:
        computer.key(key)


def test_files_both_ways(visit, server):  # noqa: F811
    visit = visit("Нужен файл настроек", "view", "control", "files")
    page, computer, client = visit.specialist, visit.computer, visit.client
    page.locator("[data-side=files-side]").first.click()
    panel = page.locator("#files-side")

    # To the computer: large enough to be cut in the middle by the end of the server.
    content = hashlib.sha512(b"okno").digest() * 200_000
    panel.locator("input[type=file]").set_input_files(
        {"name": "настройки.bin", "mimeType": "application/octet-stream", "buffer": content})
    row = panel.locator("[data-file]").first
    downloads = computer.home / "Downloads"
    computer.wait("a part", lambda: list(downloads.glob("*.part")) or list(downloads.glob("*.bin")))
    server.stop(kill=True)
    server.start()
    expect(row).to_have_attribute("data-state", "kept", timeout=30_000)
    expect(row).to_contain_text("Сохранён в папке загрузок")
    assert [path.name for path in downloads.iterdir()] == ["настройки.bin"]
    assert digest((downloads / "настройки.bin").read_bytes()) == digest(content)
    expect(client.locator(".talk .file", has_text="настройки.bin")).to_be_visible()

    # From it: only what the person chooses there.
    folder = computer.home / "00 Журналы"
    folder.mkdir()
    journal = b"error 7\n" * 300_000
    (folder / "журнал.log").write_bytes(journal)
    expect(page.locator("[data-stage]")).to_have_attribute("data-is", "shown", timeout=30_000)
    wish = panel.locator("button", has_text="Попросить файл")
    wish.click()
    choose(computer, "Escape")
    expect(panel.locator("[data-file]").first).to_contain_text("клиент отказался")
    wish.click()
    expect(panel).to_contain_text("Клиент выбирает файл")
    choose(computer, "Down", "Down", "Return", "Down", "Down", "Return")
    row = panel.locator("[data-file]").first
    expect(row).to_have_attribute("data-state", "kept", timeout=20_000)
    with page.expect_download() as loading:
        row.locator("a", has_text="журнал.log").click()
    with open(loading.value.path(), "rb") as file:
        assert digest(file.read()) == digest(journal)
    expect(client.locator(".talk .file", has_text="журнал.log")).to_be_visible()

    # The end stops everything; the request tells all of it.
    computer.key("Pause")
    expect(page.locator("[data-note=ended]")).to_be_visible()
    expect(panel.locator("[data-gives]")).to_be_hidden()
    story = visit.history()
    for words in ["передаёт на компьютер клиента: настройки.bin", digest(content), "сохранено на компьютере клиента",
                  "передаёт со своего компьютера: журнал.log", digest(journal), "клиент отказался"]:
        assert words in story, story
