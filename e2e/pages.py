"""Every page of Okno by who looks at it: for the check of accessibility, for the figures of speed and for the pictures."""

PAGES = {
    "stranger": ["/sign-in", "/forgotten", "/offline", "/no-such-page"],
    "client": ["/", "/?tab=finished", "/search", "/search?text=принтер", "/profile", "/notices", "/profile/notices", "/profile/computers", "/connection"],
    "specialist": [
        "/requests?view=free", "/requests?view=all", "/requests?view=mine&priority=urgent&state=waiting", "/requests/new",
        "/search?text=1С", "/talks", "/talks/new", "/quick-replies", "/profile", "/notices",
        "/profile/notices",
        "/board?view=all", "/board?view=all&by=assignee", "/board?view=mine&by=priority", "/tasks", "/calendar",
        "/calendar?view=week", "/calendar?view=day", "/recurring", "/recurring/new",
    ],
    "manager": [
        "/monitor", "/monitor/feed", "/monitor/feed?kind=hands", "/monitor/requests?what=hung", "/monitor/requests?what=open",
        "/monitor/links",
        "/reports/work?period=30-days", "/reports/deadlines?period=30-days", "/reports/plan?period=quarter",
        "/reports/speed?period=quarter", "/reports/ratings?period=quarter", "/reports/specialists?period=month",
        "/reports/load?period=quarter", "/reports/cuts?by=topic&period=quarter", "/reports/cuts?by=unit&period=year",
        "/reports/work?period=days&from=2020-01-01&until=2020-01-02", "/reports/requests?what=registered&period=quarter",
        "/reports/requests?what=hung", "/reports/requests?what=rated&period=today", "/reports/saved", "/duty?period=month",
    ],
    "admin": ["/people", "/people/new", "/lines", "/lines/new", "/lines/calendar", "/organisation", "/recordings", "/machines", "/units/new", "/requests?view=all", "/profile/keys", "/mail", "/connection", "/connection/summary", "/board?view=all&by=line", "/board?view=all&by=topic"],
}

# Pages that are reached by a link: where it stands, a selector, what is added to the link, how many.
LINKED = {
    "client": [("/?tab=finished", ".request-row a, a.request-row", "", 1), ("/", ".request-row a, a.request-row", "", 1)],
    "specialist": [
        ("/requests?view=all", "a.queue-row", "", 2), ("/requests?view=all", "a.queue-row", "/history", 1),
        ("/talks", "a.talk-row", "", 3), ("/recurring", "a[href^='/recurring/']:not([href$='/new'])", "", 1),
    ],
    "admin": [
        ("/lines", "a.lines-list__link", "/calendar", 1), ("/lines", "a.lines-list__link", "/norms", 1),
        ("/lines", "a.lines-list__link", "/conditions", 1), ("/lines", "main a[href^='/lines/']", "", 4), ("/people", "main tbody a[href^='/people/']", "", 1),
    ],
}


def addresses(page, address, role):
    """The addresses of a role's pages; `page` is signed in as that role."""
    found = list(PAGES[role])
    for place, selector, after, most in LINKED.get(role, []):
        page.goto(address + place)
        links = page.eval_on_selector_all(selector, "all => all.map(one => one.getAttribute('href'))")
        if after:
            links = [link.split("?")[0] + after for link in links]
        known = set(found)
        found += [link for link in dict.fromkeys(links) if link not in known and link not in ("/people/new", "/lines/new", "/lines/calendar")][:most]
    return found


def name_of(address):
    """A file's name for an address, without what differs between installations."""
    import re

    words = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", address)
    words = re.sub(r"/requests/\d+", "/requests/one", words)
    return re.sub(r"[^\w]+", "-", words.replace("принтер", "word").replace("1С", "word")).strip("-") or "home"
