"""A writer that keeps every acknowledgement, and the questions asked of the database afterwards."""

import http.cookiejar
import http.client
import random
import re
import threading
import time
import urllib.parse
import urllib.request
import uuid


class Person:
    """A signed-in browser without a window."""

    def __init__(self, address, login, password):
        self.address = urllib.parse.urlparse(address).netloc
        jar = http.cookiejar.CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        form = urllib.parse.urlencode({"login": login, "password": password}).encode()
        page = opener.open(f"{address}/sign-in", form).read().decode()
        self.cookie = "; ".join(f"{each.name}={each.value}" for each in jar)
        page = opener.open(f"{address}/").read().decode()
        self.csrf = re.search(r'name="csrf" content="([0-9a-f]+)"', page)[1]
        self.lines = re.findall(r'data-choose-line="([0-9a-f-]{36})"', page)

    def headers(self):
        return {"Cookie": self.cookie, "X-CSRF": self.csrf, "HX-Request": "true",
                "Content-Type": "application/x-www-form-urlencoded"}

    def register(self, connection, text):
        """One registration; its id when the server has said yes, None when the connection broke."""
        made = str(uuid.uuid4())
        form = urllib.parse.urlencode({"id": made, "line": random.choice(self.lines), "text": text})
        connection.request("POST", "/requests", form, self.headers())
        answer = connection.getresponse()
        answer.read()
        return made if answer.status in (204, 303) else None


class Load:
    """Several writers at once until they are told to stop; what was acknowledged is kept."""

    def __init__(self, people, writers=6):
        self.acknowledged, self.going = [], True
        self.threads = [threading.Thread(target=self.write, args=(people[i % len(people)],)) for i in range(writers)]
        for thread in self.threads:
            thread.start()

    def write(self, person):
        connection = http.client.HTTPConnection(person.address, timeout=15)
        while self.going:
            try:
                made = person.register(connection, "Проверка на прочность " + "слово " * random.randint(1, 30))
                if made:
                    self.acknowledged.append(made)
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.02)

    def stop(self):
        self.going = False
        for thread in self.threads:
            thread.join(30)
        return self.acknowledged


def faults(query, acknowledged):
    """Sentences about what is wrong; an empty list when nothing was lost, doubled or skipped."""
    found = []
    kept = {row[0] for row in query("SELECT id FROM message")}
    lost = [made for made in acknowledged if made not in kept]
    if lost:
        found.append(f"{len(lost)} of {len(acknowledged)} acknowledged writes are missing")
    for lane, count, first, last in query("SELECT lane, COUNT(*), MIN(number), MAX(number) FROM event GROUP BY lane"):
        if (count, first) != (last, 1):
            found.append(f"events of {lane or 'the installation'}: {count} rows, numbers {first} to {last}")
    for organisation, count, last in query("SELECT organisation_id, COUNT(*), MAX(number) FROM request GROUP BY organisation_id"):
        if count != last:
            found.append(f"requests of {organisation}: {count} rows, last number {last}")
    alone = query("""SELECT COUNT(*) FROM request WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.request_id = request.id)
        OR NOT EXISTS (SELECT 1 FROM party WHERE party.request_id = request.id)
        OR NOT EXISTS (SELECT 1 FROM message WHERE message.request_id = request.id)""")[0][0]
    if alone:
        found.append(f"{alone} requests without their event, party or message")
    return found
