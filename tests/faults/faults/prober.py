"""What is probed stops answering without a word (a frozen process): connections are taken by the kernel and nothing comes.
And the whole server is frozen for a while: nothing it was sent in the meantime is lost for good, no verdict falls for it."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from asking import NONE, Beside

TITLE = "a gateway frozen; the server frozen"
SERVERS = ["meridian"]
SHORT = False
AIMS = {
    "seconds to down": ("≤ 4", lambda seconds: seconds <= 4),
    "of 500 UDP lost": NONE,
    "verdicts fallen by a freeze of 5 s": NONE,
}
PORT = 8400
GATEWAY = pathlib.Path(__file__).parent.parent / "gateway.py"


def run(rig, name):
    gateways = [subprocess.Popen([sys.executable, GATEWAY, f"10.60.0.{number}", str(PORT)]) for number in (1, 2, 3, 4)]
    try:
        return probed(rig, name, gateways)
    finally:
        for gateway in gateways:
            gateway.send_signal(signal.SIGCONT)
            gateway.kill()
            gateway.wait()


def probed(rig, name, gateways):
    plan = f'\n[probes.http]\nscheme = "http"\nport = {PORT}\ninterval = "1s"\nfast_interval = "500ms"\ntimeout = "500ms"\nfall = 2\nrise = 2\nliveliness = {{ path = "/" }}\n'

    def with_probes(text):
        for number, address in enumerate(["192.0.2.10", "192.0.2.20", "192.0.2.30", "192.0.2.40"], 1):
            text = text.replace(f'endpoints = ["{address}"]', f'endpoints = ["{address}"]\nprobe_endpoints = ["10.60.0.{number}"]\nprobe = "http"')
        return text + plan

    time.sleep(0.5)
    server = rig.start(name, edit=with_probes)
    until(lambda: verdicts(server) == ["up"] * 4, 60)
    gateways[3].send_signal(signal.SIGSTOP)
    began = time.monotonic()
    until(lambda: verdicts(server)[3] == "down", 60)
    took = time.monotonic() - began
    beside = Beside(server.port)
    gateways[3].send_signal(signal.SIGCONT)
    until(lambda: verdicts(server) == ["up"] * 4, 60)
    os.kill(server.pid, signal.SIGSTOP)
    time.sleep(5)
    os.kill(server.pid, signal.SIGCONT)
    fallen, end = 0, time.monotonic() + 3
    while time.monotonic() < end:
        fallen = max(fallen, verdicts(server).count("down"))
        time.sleep(0.2)
    return {
        "seconds to down": took,
        "of 500 UDP lost": beside.lost,
        "verdicts fallen by a freeze of 5 s": fallen,
    }


def verdicts(server):
    return [found["verdict"] for found in server.status()["regions"].values()]


def until(holds, patience):
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("what was waited for did not come")
        time.sleep(0.05)
