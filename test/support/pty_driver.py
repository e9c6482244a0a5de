"""Runs a program on a pseudo-terminal and plays a user.

Arguments: a JSON list of steps, then the command. A step is `["expect", text]`, which waits until the text appears on the
terminal after what the step before saw, or `["send", text]`, which types it. Prints JSON: `exit` (negative for a signal),
`screen` (all that appeared, without control sequences) and `failed`, the step that did not come true, or null.
"""

import json
import os
import pty
import re
import select
import signal
import sys
import time

WITHIN_S = 15
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    def __init__(self, command):
        self.seen = ""
        self.at = 0
        self.exit = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execvp(command[0], command)

    def read(self, until):
        """Reads what is there; false once the program has closed the terminal or the time is over."""
        ready, _, _ = select.select([self.fd], [], [], max(0, until - time.monotonic()))
        if not ready:
            return False
        try:
            chunk = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += chunk.decode("utf-8", "replace")
        return chunk != b""

    def screen(self):
        return CONTROL.sub("", self.seen)

    def expect(self, text):
        until = time.monotonic() + WITHIN_S
        while True:
            found = self.screen().find(text, self.at)
            if found >= 0:
                self.at = found + len(text)
                return True
            if not self.read(until):
                return False

    def finish(self, is_good):
        until = time.monotonic() + (WITHIN_S if is_good else 0)
        while self.read(until):
            pass
        while self.exit is None and time.monotonic() < until:
            self.reap(os.WNOHANG)
            time.sleep(0.01)
        if self.exit is None:
            os.kill(self.pid, signal.SIGKILL)
            self.reap(0)

    def reap(self, options):
        pid, status = os.waitpid(self.pid, options)
        if pid == self.pid:
            self.exit = os.waitstatus_to_exitcode(status)


def main():
    terminal = Terminal(sys.argv[2:])
    failed = None
    try:
        for step in json.loads(sys.argv[1]):
            kind, text = step
            if kind == "send":
                os.write(terminal.fd, text.encode())
            elif not terminal.expect(text):
                failed = step
                break
    finally:
        terminal.finish(failed is None)
    json.dump({"exit": terminal.exit, "screen": terminal.screen(), "failed": failed}, sys.stdout)


main()
