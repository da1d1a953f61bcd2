"""A client's computer: a screen (Xvfb), a terminal on it, the agent as a person starts it, and what a person does with mouse, keys and
clipboard. A company may stand around it: then all that the agent sends begins in an office."""

import os
import pathlib
import signal
import subprocess
import time

# What the terminal runs: each line that is typed goes into a file, so does each Ctrl-C.
RECORD = 'trap \'echo INTERRUPTED >>"$0"\' INT; while :; do read -r line && printf "%s\\n" "$line" >>"$0"; done'
COLOUR = (0, 160, 255)
WIDTH, HEIGHT = 1024, 768


class Computer:
    def __init__(self, folder, company=None, office=None):
        self.home = pathlib.Path(folder)
        self.home.mkdir(parents=True, exist_ok=True)
        self.company, self.office = company, office
        self.typed_file = self.home / "typed"
        self.typed_file.touch()
        self.processes, self.agent = [], None
        screen = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-noreset"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.processes.append(screen)
        self.environment = {
            "DISPLAY": ":" + screen.stdout.readline().strip(), "HOME": str(self.home), "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8", "USER": "anna", "XDG_RUNTIME_DIR": str(self.home)}
        # Two layouts, as on a computer in Russia: a letter of the other one must arrive too.
        self.run("setxkbmap", "-layout", "us,ru", "-option", "grp:alt_shift_toggle")
        self.open(
            "xterm", "-u8", "-fa", "DejaVu Sans Mono", "-fs", "12", "-geometry", "90x30+20+60", "-e", "bash", "-c", RECORD,
            str(self.typed_file))
        # A patch of one colour, by which the picture is known again.
        self.open("xterm", "-bg", "#{:02x}{:02x}{:02x}".format(*COLOUR), "-geometry", "20x4+20+680", "-e", "sleep", "1000")
        for _ in range(100):
            if len(self.run("xdotool", "search", "--onlyvisible", "--class", "xterm").split()) >= 2:
                break
            time.sleep(0.1)
        self.run("xdotool", "mousemove", "400", "300")

    def open(self, *words):
        process = subprocess.Popen(
            words, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def run(self, *words, text=None):
        """xclip stays behind with what it was given, so nobody waits for the end of its output."""
        return subprocess.run(
            words, env=self.environment, input=text, text=True, timeout=10, stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if text else subprocess.PIPE).stdout

    def start_agent(self, program, *words):
        command = [str(program), *words]
        if self.company:
            command = self.company.inside(self.office, *command)
        self.log = self.home / "agent.log"
        self.agent = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=open(self.log, "ab"), stderr=subprocess.STDOUT,
            cwd=self.home)

    def close(self):
        for process in [self.agent, *reversed(self.processes)]:
            if process and process.poll() is None:
                process.send_signal(signal.SIGKILL if process is not self.agent else signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()

    # MARK: the person at it

    def windows(self, name):
        """Windows of the agent that are seen: consent, card, frame."""
        return self.run("xdotool", "search", "--onlyvisible", "--name", f"okno-agent: {name}").split()

    def card(self):
        """What the card says, as programs that read the screen aloud hear it."""
        return [self.run("xdotool", "getwindowname", window) for window in self.windows("card")]

    def wait(self, what, holds, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = holds()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{what}: not in {seconds} s. The agent said: {self.log.read_text()[-500:]}")

    def answer(self, allow=True):
        """Presses «Разрешить» or «Отказать» in the window of the question."""
        window = self.wait("the question", lambda: self.windows("consent"))[0]
        time.sleep(0.8)     # a click that comes at once is not meant for it
        place = dict(
            line.split("=") for line in self.run("xdotool", "getwindowgeometry", "--shell", window).split() if "=" in line)
        x, y = int(place["X"]) + (100 if allow else 320), int(place["Y"]) + int(place["HEIGHT"]) - 64
        self.run("xdotool", "mousemove", str(x), str(y), "click", "1")
        self.wait("the question goes", lambda: not self.windows("consent"))
        self.run("xdotool", "mousemove", "400", "300")

    def key(self, name):
        self.run("xdotool", "key", name)

    @property
    def typed(self):
        return self.typed_file.read_text()

    def wait_typed(self, text, seconds=10):
        self.wait(f"«{text}» in {self.typed!r}", lambda: text in self.typed, seconds)

    def copy(self, text):
        self.run("xclip", "-selection", "clipboard", "-i", text=text)

    def pasted(self):
        return self.run("xclip", "-selection", "clipboard", "-o", "-t", "UTF8_STRING") or ""
