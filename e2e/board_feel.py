"""How a board of 500 cards feels: board_feel.py prints the frame times while a card is carried about it, with the processor slowed down
four times, and what a change costs. It makes a demo of its own; OKNO_BINARY says of which program."""

import json
import pathlib
import shutil
import statistics
import tempfile

from playwright.sync_api import sync_playwright

from conftest import FLAGS, Server

CARDS = 500
WATCH = """() => {
    window.frames_ = []
    let last = performance.now()
    const step = now => { window.frames_.push(now - last); last = now; window.watching_ = requestAnimationFrame(step) }
    requestAnimationFrame(step)
}"""
REGISTER = """async count => {
    const token = document.querySelector('meta[name=csrf]').content
    const form = await (await fetch('/requests/new')).text()
    const page = new DOMParser().parseFromString(form, 'text/html')
    const line = page.querySelector('#register-line option').value
    const people = new DOMParser().parseFromString(await (await fetch('/requests/people?name=ива')).text(), 'text/html')
    const client = people.querySelector('[name=person]').value
    for (let i = 0; i < count; i += 1) {
        const fields = new URLSearchParams({id: crypto.randomUUID(), line, client, text: `Заявка ${i} для большой доски`, origin: 'phone'})
        const answer = await fetch('/requests/new', {method: 'POST', body: fields, headers: {'X-CSRF': token, 'HX-Request': 'true'}})
        if (!answer.ok) throw new Error(answer.status)
    }
    return line
}"""


def carry(page, seconds):
    """Frame times, in milliseconds, while the pointer goes over all columns with a card."""
    card = page.locator(".board-card").first.bounding_box()
    page.mouse.move(card["x"] + 20, card["y"] + 20)
    page.mouse.down()
    page.mouse.move(card["x"] + 60, card["y"] + 40, steps=4)
    page.locator(".board[data-carrying] [data-may]").first.wait_for(state="attached")
    page.evaluate(WATCH)
    width = page.viewport_size["width"]
    for turn in range(seconds):
        for step in range(60):
            page.mouse.move(80 + (width - 160) * (step if turn % 2 == 0 else 59 - step) / 59, 200 + step * 5)
    frames = page.evaluate("() => { cancelAnimationFrame(window.watching_); return window.frames_ }")
    page.keyboard.press("Escape")
    page.mouse.up()
    return frames


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="okno-board-"))
    server = Server(folder / "data")
    server.run("demo", "--requests", "200")
    server.start()
    admin = next(line.split() for line in (server.data / "demo-sign-ins.txt").read_text().splitlines() if "администратор" in line)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="ru-RU")
        page.goto(f"{server.address}/sign-in")
        page.fill("#login", admin[1])
        page.fill("#password", admin[2])
        page.press("#password", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        line = page.evaluate(REGISTER, CARDS)
        slow = page.context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        figures = {}
        page.goto(f"{server.address}/board?view=all&line={line}&wide=new", wait_until="load")
        figures["cards"] = page.locator(".board-card").count()
        figures["ready_ms"] = round(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
        frames = carry(page, 4)
        figures["frame_p50_ms"] = round(statistics.median(frames), 1)
        figures["frame_p95_ms"] = round(sorted(frames)[int(len(frames) * 0.95)], 1)
        figures["frame_max_ms"] = round(max(frames), 1)
        figures["frames"] = len(frames)
        begun = page.evaluate(
            """async () => {
                const begun = performance.now()
                const answer = await fetch(document.querySelector('[data-board]').dataset.src)
                await answer.text()
                return performance.now() - begun
            }""")
        figures["changes_ms"] = round(begun)
        print(json.dumps(figures))
        browser.close()
    server.stop()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
