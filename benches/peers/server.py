"""One server at work on processor 0: started, asked, looked at from outside, stopped."""

import os
import pathlib
import subprocess
import sys
import time

import wire

TICK = os.sysconf("SC_CLK_TCK")


class Server:
    def __init__(self, name, command, port, root):
        self.name, self.port, self.command = name, port, command
        self.log = open(root / "log", "w+", encoding="utf-8")
        self.start()

    def start(self):
        self.began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", "0", *self.command], stdout=self.log, stderr=self.log)

    def await_answer(self, subnet):
        """Seconds from the start to the first answer."""
        while time.monotonic() < self.began + 30:
            try:
                wire.ask(self.port, subnet, timeout=0.1)
                return time.monotonic() - self.began
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.001)
        self.log.seek(0)
        sys.exit(f"{self.name} does not answer:\n{self.log.read()}")

    def cpu(self):
        """Seconds of user and of system time so far."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        fields = stat.rsplit(")", 1)[1].split()
        return int(fields[11]) / TICK, int(fields[12]) / TICK

    def resident(self):
        """MiB in memory."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
