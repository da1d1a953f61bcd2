"""Renders the page templates with sample contexts and takes pictures of them, without the server.

    python e2e/preview/render.py OUT [page…]        pictures: page-width-theme-lang.png
    python e2e/preview/render.py --serve [port]     the same pages by hand, e.g. /workplace?theme=dark&lang=en

Needs chevron and playwright (pip) and Chromium. The contexts beside this file are also samples of what page models give.
"""

import functools
import http.server
import json
import pathlib
import re
import sys
import threading
import urllib.parse

import chevron

HERE = pathlib.Path(__file__).parent
SHARE = HERE.parent.parent / "share/okno"
PAGES = {p.stem: json.loads(p.read_text()) for p in HERE.glob("*.json") if not p.stem.startswith("layout")}
STYLES = ["tokens", "base", "components", "shell", "conversation", "client", "workplace", "admin", "duty"]


def words(lang):
    found = {}
    for path in (SHARE / "text" / lang).glob("*.json"):
        found |= json.loads(path.read_text())
    return found


def template(name, lang):
    text = (SHARE / "templates" / f"{name}.mustache").read_text()
    known = words(lang)
    return re.sub(r"\[\[([a-z0-9.-]+)\]\]", lambda m: known[m[1]], text)


class Partials(dict):
    def __init__(self, lang):
        super().__init__()
        self.lang = lang

    def get(self, name, default=None):
        return template(name, self.lang)

    def __getitem__(self, name):
        return template(name, self.lang)


def render(name, data, lang):
    return chevron.render(template(name, lang), data, partials_dict=Partials(lang), warn=False)


def page(name, theme="auto", lang="ru"):
    sample = PAGES[name]
    frame = json.loads((HERE / f"layout-{sample['frame']}.json").read_text())
    paths = {"icons": "/static/vendor/icons.svg", "glyphs": "/static/img/glyphs.svg"}
    common = frame | paths | {"lang": lang, "csrf": "preview"}
    body = render(sample["template"], common | sample["context"], lang)
    return render("web/layout", common | {
        "theme": theme, "title": sample["title"], "body": body, "htmx": "/static/vendor/htmx-2.min.js", "favicon": "/static/img/logo.svg",
        "css": [f"/static/css/{s}.css" for s in STYLES], "js": ["/static/js/app.js"]}, lang)


class Door(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        asked = dict(urllib.parse.parse_qsl(url.query))
        name = url.path.strip("/") or "home"
        if name in PAGES:
            body = page(name, asked.get("theme", "auto"), asked.get("lang", "ru")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", "default-src 'self'")
            self.end_headers()
            self.wfile.write(body)
        elif name == "sample.svg":
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.end_headers()
            self.wfile.write((HERE / "sample.svg").read_bytes())
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


def serve(port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Door, directory=str(SHARE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def pictures(out, names, widths=(1440, 390), themes=("light", "dark"), langs=("ru",)):
    from playwright.sync_api import sync_playwright

    server = serve(0)
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in widths:
            context = browser.new_context(viewport={"width": width, "height": 900 if width > 700 else 844}, device_scale_factor=1 if width > 700 else 2, reduced_motion="reduce")
            tab = context.new_page()
            tab.on("console", lambda m: m.type == "error" and print("console:", m.text))
            tab.on("pageerror", lambda e: print("error:", e))
            for name in names:
                for theme in themes:
                    for lang in langs:
                        tab.goto(f"http://127.0.0.1:{server.server_port}/{name}?theme={theme}&lang={lang}")
                        tab.wait_for_load_state("networkidle")
                        tab.screenshot(path=str(out / f"{name}-{width}-{theme}-{lang}.png"), full_page=PAGES[name].get("full", False))
        browser.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int((sys.argv[2:3] or ["8099"])[0]))
        threading.Event().wait()
    else:
        options = dict(a[2:].split("=") for a in sys.argv[2:] if a.startswith("--"))
        names = [a for a in sys.argv[2:] if not a.startswith("--")] or list(PAGES)
        pictures(pathlib.Path(sys.argv[1]), names,
                 [int(w) for w in options.get("widths", "1440,390").split(",")],
                 options.get("themes", "light,dark").split(","), options.get("langs", "ru").split(","))
