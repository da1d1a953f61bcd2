"""A company behind a firewall: network namespaces where one TCP port of one server passes and nothing else.

    with Company(folder) as company:            # needs root; `why_not()` says why it cannot be
        server = company.serve(data, okno)      # okno in the server's namespace, TLS with a private authority
        browser = company.browser(playwright, "a")   # a Chromium that sits in the namespace of office a

Between the server and each office lies a wire of its own; offices do not see each other. Counters of the firewall tell what it held back.
"""

import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import time
import warnings

import conftest

ROOT = pathlib.Path(__file__).parent.parent
SERVER = {"a": "10.77.1.1", "b": "10.77.2.1"}
OFFICE = {"a": "10.77.1.2", "b": "10.77.2.2"}
HOST = "okno.example"
PORT = 443


def run(*words, check=True):
    return subprocess.run([str(word) for word in words], check=check, capture_output=True, text=True).stdout


def why_not():
    """In words, why this machine can make no namespaces; empty when it can."""
    if os.environ.get("OKNO_NO_NAMESPACES"):
        return "OKNO_NO_NAMESPACES is set"
    if os.geteuid() != 0:
        return "not root: no network namespaces can be made"
    for program in ("ip", "nft", "certutil"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return f"no {program} here"
    tried = subprocess.run(["unshare", "-n", "nft", "list", "ruleset"], capture_output=True, text=True)
    return "" if tried.returncode == 0 else f"no namespace with a firewall can be made: {tried.stderr.strip()[:200]}"


class Company:
    """Named by where the offices find the server."""

    is_walled = True
    near = SERVER

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.mark = f"okno{os.getpid() % 10000}"
        self.servers = []
        self.proxies = []

    # MARK: the network

    def namespace(self, name):
        return f"{self.mark}-{name}"

    def inside(self, name, *words):
        return ["ip", "netns", "exec", self.namespace(name), *[str(word) for word in words]]

    def __enter__(self):
        names = ["server", *OFFICE]
        for name in names:
            run("ip", "netns", "add", self.namespace(name))
            run(*self.inside(name, "ip", "link", "set", "lo", "up"))
        for office in OFFICE:
            near, far = f"{self.mark}{office}s", f"{self.mark}{office}o"
            run("ip", "link", "add", near, "netns", self.namespace("server"), "type", "veth",
                "peer", "name", far, "netns", self.namespace(office))
            for place, device, address in (("server", near, SERVER[office]), (office, far, OFFICE[office])):
                run(*self.inside(place, "ip", "address", "add", f"{address}/24", "dev", device))
                run(*self.inside(place, "ip", "link", "set", device, "up"))
            # An address that lies nowhere: the office has a way out of its own house, as offices have.
            run(*self.inside(office, "ip", "route", "add", "default", "via", SERVER[office]))
        self.allow(PORT)
        # Each office knows the server by its name, and the names of nobody else.
        for office in OFFICE:
            hosts = pathlib.Path("/etc/netns") / self.namespace(office)
            hosts.mkdir(parents=True, exist_ok=True)
            (hosts / "hosts").write_text(f"127.0.0.1 localhost\n{SERVER[office]} {HOST}\n")
            (hosts / "resolv.conf").write_text("")
        return self

    def __exit__(self, *fault):
        for server in self.servers:
            server.stop(kill=True)
        for proxy in self.proxies:
            proxy.terminate()
            proxy.wait(10)
        for name in ["server", *OFFICE]:
            run("ip", "netns", "delete", self.namespace(name), check=False)
            shutil.rmtree(pathlib.Path("/etc/netns") / self.namespace(name), ignore_errors=True)

    def allow(self, port):
        """The firewall: this port of the server and what belongs to its connections; the rest is counted and dropped."""
        rules = f"""
            flush ruleset
            table inet wall {{
                chain input {{
                    type filter hook input priority 0; policy drop;
                    iif lo accept
                    tcp dport {port} accept
                    meta l4proto udp counter drop
                    counter drop
                }}
                chain forward {{ type filter hook forward priority 0; policy drop; counter drop; }}
            }}"""
        subprocess.run(self.inside("server", "nft", "-f", "-"), input=rules, text=True, check=True)

    def held_back(self):
        """Packets that the firewall has dropped."""
        shown = json.loads(run(*self.inside("server", "nft", "-j", "list", "ruleset")))
        return sum(
            part["counter"]["packets"] for entry in shown["nftables"] for part in entry.get("rule", {}).get("expr", [])
            if "counter" in part)

    def cut(self, office):
        """Nothing passes on the wire of the office, in either direction; nobody is told."""
        run(*self.inside(office, "nft", "add table inet cut; add chain inet cut in { type filter hook input priority 0; policy drop; }; "
                         "add chain inet cut out { type filter hook output priority 0; policy drop; }"))

    def mend(self, office):
        run(*self.inside(office, "nft", "delete table inet cut"))

    def narrow(self, office, kbit, inward=False):
        """What the office sends, or is sent, passes so slowly, after a queue of half a second, as that of a modest router is. Answers whether it does."""
        tried = subprocess.run(
            self.wire(office, inward, "replace") + ["tbf", "rate", f"{kbit}kbit", "burst", "2kb", "latency", "500ms"],
            capture_output=True, text=True)
        if tried.returncode:
            warnings.warn(f"No narrow wire here ({tried.stderr.strip()[:200]}): it was tried on a wide one.")
        return tried.returncode == 0

    def widen(self, office, inward=False):
        run(*self.wire(office, inward, "delete"), check=False)

    def wire(self, office, inward, act):
        place, end = ("server", "s") if inward else (office, "o")
        return self.inside(place, "tc", "qdisc", act, "dev", f"{self.mark}{office}{end}", "root")

    # MARK: who is in it

    def serve(self, data, okno, **environment):
        server = Serving(self, pathlib.Path(data), okno, environment)
        self.servers.append(server)
        return server

    def browser(self, playwright, office, flags=(), proxy=None):
        """A Chromium whose every packet starts in the office. It trusts the server's private authority as a person's would."""
        home = self.folder / f"home-{office}-{len(list(self.folder.glob('home-*')))}"
        store = home / ".pki/nssdb"
        store.mkdir(parents=True)
        run("certutil", "-d", f"sql:{store}", "-N", "--empty-password")
        for server in self.servers:
            run("certutil", "-d", f"sql:{store}", "-A", "-t", "C,,", "-n", "okno", "-i", server.authority)
        starter = home / "chromium"
        starter.write_text(
            f'#!/bin/sh\nexport HOME={home}\nexec ip netns exec {self.namespace(office)} /usr/bin/chromium "$@"\n')
        starter.chmod(starter.stat().st_mode | stat.S_IXUSR)
        return playwright.chromium.launch(
            executable_path=str(starter), args=list(flags), proxy=proxy,
            env={key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")})

    def start_proxy(self, *words, office, port):
        """A proxy that stands with the server: the only thing that the office reaches then."""
        process = subprocess.Popen(
            self.inside("server", *words), stdout=subprocess.DEVNULL, stderr=open(self.folder / "proxy.log", "ab"))
        self.proxies.append(process)
        self.allow(port)
        for _ in range(100):
            if subprocess.run(self.inside(
                office, "python3", "-c", f"import socket; socket.create_connection(('{self.near[office]}', {port}), 1)"),
                    capture_output=True).returncode == 0:
                return f"http://{self.near[office]}:{port}"
            time.sleep(0.1)
        raise RuntimeError((self.folder / "proxy.log").read_text()[-2000:])


class OpenCompany(Company):
    """The same people on a machine that can make no namespaces: everything is on localhost, no wall stands between, and a wire is cut by
    stopping the server's process."""

    is_walled = False
    near = {"a": "127.0.0.1", "b": "127.0.0.1"}

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        for server in self.servers:
            server.stop(kill=True)
        for proxy in self.proxies:
            proxy.terminate()
            proxy.wait(10)

    def inside(self, name, *words):
        return [str(word) for word in words]

    def allow(self, port):
        pass

    def cut(self, office):
        self.servers[0].process.send_signal(signal.SIGSTOP)

    def mend(self, office):
        self.servers[0].process.send_signal(signal.SIGCONT)

    def narrow(self, office, kbit, inward=False):
        return False

    def widen(self, office, inward=False):
        pass

    def serve(self, data, okno, **environment):
        server = conftest.Server(pathlib.Path(data))
        server.environment.update(environment)
        self.servers.append(server)
        return server

    def browser(self, playwright, office, flags=(), proxy=None):
        return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(flags), proxy=proxy)


class Serving:
    """`okno serve` in the namespace of the server, with a certificate of its own authority."""

    def __init__(self, company, data, okno, environment):
        self.company, self.data, self.okno = company, data, okno
        self.address = f"https://{HOST}" + ("" if PORT == 443 else f":{PORT}")
        self.environment = {
            **os.environ, "OKNO_DATA": str(data), "OKNO_PORT": str(PORT), "OKNO_ORIGIN": self.address, **environment}
        self.process = None
        self.authority = data / "tls/ca.pem"

    def run(self, *words):
        return subprocess.run(
            [str(self.okno), *words], env=self.environment, check=True, capture_output=True, text=True).stdout

    def start(self):
        log = open(self.data.parent / "serve.log", "ab")
        self.process = subprocess.Popen(
            self.company.inside("server", self.okno, "serve"), env=self.environment, stdout=log, stderr=log)
        look = f"import socket; socket.create_connection(('127.0.0.1', {PORT}), 1)"
        for _ in range(300):
            if subprocess.run(self.company.inside("server", "python3", "-c", look), capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError((self.data.parent / "serve.log").read_text()[-4000:])

    def stop(self, kill=False):
        if self.process:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(30)
            self.process = None
