"""How fast pages are on a slow phone: feel.py ADDRESS SIGN_INS prints the figures of every page of a running demo.

The phone is Chromium slowed down four times; the network is this machine's. For each page the smallest and the middle of seven
visits: the server's answer, and the moment when the page is laid out and can be used (both in milliseconds since the request).
"""

import json
import pathlib
import statistics
import sys

from playwright.sync_api import sync_playwright

sys.path.append(str(pathlib.Path(__file__).parent.parent / "scripts"))

VISITS = 7
MEASURE = """() => {
    const [page] = performance.getEntriesByType('navigation')
    const paint = performance.getEntriesByName('first-contentful-paint')[0]
    return {answer: page.responseEnd - page.requestStart, ready: page.domContentLoadedEventEnd - page.requestStart,
            paint: paint ? paint.startTime - page.requestStart : null}
}"""


def visit(page, address):
    """(answer, ready, paint) of each visit, the first one, which fills the caches, left out."""
    seen = []
    for number in range(VISITS + 1):
        page.goto(address, wait_until="load")
        page.wait_for_timeout(60)
        if number:
            seen.append(page.evaluate(MEASURE))
    return seen


def figures(browser, address, people, sign_in, pages):
    """role → [(page, {answer, ready, paint: (smallest, middle)})]"""
    for role in ["client", "specialist", "admin"]:
        page = sign_in(browser, address, *people[role], viewport={"width": 390, "height": 844}, color_scheme="light")
        slow = page.context.new_cdp_session(page)
        found = pages(page, address, role)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        for place in found:
            seen = visit(page, address + place)
            row = {}
            for name in ["answer", "ready", "paint"]:
                values = [one[name] for one in seen if one[name] is not None]
                row[name] = (min(values), statistics.median(values)) if values else None
            yield role, place, row
        page.context.close()


def main(address, sign_ins_file):
    from pages import addresses
    from pictures import sign_in, sign_ins

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        print("| Page | Answer, ms | Ready, ms | First paint, ms |\n|---|---|---|---|")
        worst = 0
        for role, place, row in figures(browser, address, sign_ins(sign_ins_file), sign_in, addresses):
            cells = [f"{row[n][0]:.0f} / {row[n][1]:.0f}" if row[n] else "–" for n in ["answer", "ready", "paint"]]
            worst = max(worst, row["ready"][1])
            print(f"| {role} {place.split('?')[0] if place.count('-') > 3 else place} | {' | '.join(cells)} |", flush=True)
        print(json.dumps({"worst": round(worst)}))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
