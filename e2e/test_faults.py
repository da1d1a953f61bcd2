"""Faults caused on purpose: the server killed under load, PostgreSQL stopped in the middle, a full disk, a trace of the disk."""

import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
import uuid

import pytest
from conftest import ROOT, Server
from faults import Load, Person, faults

pytestmark = pytest.mark.alone

KILLS = 20
POSTGRES = os.environ.get("OKNO_TEST_POSTGRES", "")


class Installation:
    """An installation with a demo organisation on one of the databases, and a way to ask its tables past the server."""

    def __init__(self, engine, nodes=1):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="okno-faults-"))
        self.engine, self.database = engine, f"okno_{uuid.uuid4().hex[:12]}"
        self.servers = [Server(self.folder / "data") for _ in range(nodes)]
        if engine == "postgres":
            self.psql("CREATE DATABASE " + self.database, POSTGRES)
            for server in self.servers:
                server.environment["OKNO_DATABASE"] = self.url
        self.servers[0].run("demo", "--requests", "20")
        for server in self.servers:
            server.start()
        text = (self.folder / "data/demo-sign-ins.txt").read_text()
        self.sign_ins = re.findall(r"(\S+@\S+)\s+(\S+)", text)[:4]
        self.people = [Person(server.address, *pair) for pair in self.sign_ins for server in self.servers]

    @property
    def url(self):
        return re.sub(r"/[^/?]*(\?|$)", rf"/{self.database}\1", POSTGRES)

    def psql(self, text, url=None):
        run = subprocess.run(["psql", "-X", "-At", "-F", "\x1f", "-c", text, url or self.url], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return [tuple(int(f) if re.fullmatch(r"\d+", f) else f for f in line.split("\x1f")) for line in run.stdout.splitlines()]

    def query(self, text):
        if self.engine == "postgres":
            return self.psql(text)
        with sqlite3.connect(self.folder / "data/okno.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return connection.execute(text).fetchall()

    def end(self):
        for server in self.servers:
            server.stop()
        if self.engine == "postgres":
            self.psql(f"DROP DATABASE {self.database} WITH (FORCE)", POSTGRES)
        shutil.rmtree(self.folder)


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request):
    assert request.param == "sqlite" or POSTGRES, "OKNO_TEST_POSTGRES is not set: run scripts/test"
    made = Installation(request.param, nodes=2 if request.param == "postgres" else 1)
    yield made
    made.end()


def test_nothing_acknowledged_is_lost_when_the_server_is_killed_under_load(installation):
    acknowledged = []
    for round_ in range(KILLS):
        load = Load(installation.people)
        time.sleep(random.uniform(0.2, 0.8))
        victim = installation.servers[round_ % len(installation.servers)]
        victim.stop(kill=True)
        acknowledged += load.stop()
        if len(installation.servers) == 1:
            assert not faults(installation.query, acknowledged)
        victim.start()
    for server in installation.servers:
        server.stop(kill=True)
    assert not faults(installation.query, acknowledged)
    assert len(acknowledged) > KILLS * 5
    for server in installation.servers:
        server.start()


@pytest.mark.skipif(not POSTGRES and not os.environ.get("CI"), reason="needs the private PostgreSQL of scripts/postgres")
def test_nothing_is_lost_when_postgresql_stops_at_once_and_comes_back():
    installation = Installation("postgres", nodes=2)
    try:
        acknowledged = []
        for _ in range(3):
            load = Load(installation.people)
            time.sleep(1)
            subprocess.run([ROOT / "scripts/postgres", "stop", "immediate"], check=True, capture_output=True)
            time.sleep(0.5)
            with pytest.raises(urllib.error.HTTPError) as away:
                urllib.request.urlopen(installation.servers[0].address + "/health", timeout=20)
            assert away.value.code == 503
            subprocess.run([ROOT / "scripts/postgres", "start"], check=True, capture_output=True)
            before = len(load.acknowledged)
            for _ in range(200):
                if len(load.acknowledged) > before + 5:
                    break
                time.sleep(0.1)
            assert len(load.acknowledged) > before + 5, "the server did not find the database again"
            acknowledged += load.stop()
        assert not faults(installation.query, acknowledged)
    finally:
        installation.end()


def test_the_disk_is_synchronised_before_each_answer():
    """A killed process alone proves little: the page cache survives it. A trace shows fdatasync before the answer is written."""
    installation = Installation("sqlite")
    try:
        server = installation.servers[0]
        trace = installation.folder / "trace"
        tracer = subprocess.Popen(
            ["strace", "-f", "-tt", "-e", "trace=fsync,fdatasync,write,writev,sendto,sendmsg", "-s", "64", "-o", trace,
             "-p", str(server.process.pid)], stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        import http.client
        person = installation.people[0]
        connection = http.client.HTTPConnection(person.address, timeout=60)
        for _ in range(10):
            assert person.register(connection, "След вызовов")
        tracer.terminate()
        tracer.wait(20)
        synchronised, answers = 0, 0
        for line in trace.read_text(errors="replace").splitlines():
            if re.search(r"f(data)?sync\(.*\)? = 0|<... f(data)?sync resumed.*= 0", line):
                synchronised += 1
            if "HTTP/1.1 204" in line:
                answers += 1
                assert synchronised >= 1, "an answer left before the disk was synchronised:\n" + trace.read_text(errors="replace")[:9000]
                synchronised = 0
        assert answers == 10
    finally:
        installation.end()


def test_a_full_disk_loses_nothing_and_says_so():
    disk = pathlib.Path(tempfile.mkdtemp(prefix="okno-disk-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        shutil.rmtree(disk)
        pytest.skip("may not mount here")
    installation = None
    try:
        tempfile.tempdir = str(disk)
        installation = Installation("sqlite")
        tempfile.tempdir = None
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            load = Load(installation.people, writers=2)
            time.sleep(0.5)
            try:
                while True:
                    file.write(b"x" * 65536)
                    file.flush()
            except OSError:
                pass
        time.sleep(2)
        full = len(load.acknowledged)
        filler.unlink()
        patience = time.monotonic() + 20
        while len(load.acknowledged) <= full and time.monotonic() < patience:
            time.sleep(0.1)
        acknowledged = load.stop()
        log = (installation.folder / "serve.log").read_text()[:6000]
        assert len(acknowledged) > full, f"the server did not go on when there was place again\n{log}"
        installation.servers[0].stop()
        assert not faults(installation.query, acknowledged)
    finally:
        tempfile.tempdir = None
        if installation:
            installation.end()
        subprocess.run(["umount", disk])
        shutil.rmtree(disk, ignore_errors=True)
