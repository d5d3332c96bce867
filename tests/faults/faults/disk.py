"""The state directory is full: answers go on, an order is refused by name, and there is room again. It is read-only at a
start: that is refused by name."""

import os
import subprocess

from asking import NONE, Beside

TITLE = "disk full and read-only"
SERVERS = ["meridian"]
AIMS = {
    "of 500 UDP lost": NONE,
    "orders taken unwritten": NONE,
    "alarm": ("yes", lambda alarm: alarm == "yes"),
    "order with room again": ("taken", lambda taken: taken == "taken"),
    "start on read-only": ("refused by name", lambda said: said == "refused by name"),
}


def run(rig, name):
    def on_small_disk(text):
        state = max(rig.root.iterdir(), key=lambda path: path.stat().st_mtime_ns) / "state"
        state.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", state], check=True)
        return text

    server = rig.start(name, edit=on_small_disk)
    state, taken = server.root / "state", 0
    try:
        with open(state / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                pass
        taken += server.order("drain", "eu-west", "--reason", "full").returncode == 0
        lost = Beside(server.port, queries=250, connections=0).lost
        alarm = "yes" if server.order("status").returncode == 0 and errors(server) else "no"
        os.unlink(state / "filler")
        lost += Beside(server.port, queries=250, connections=0).lost
        again = server.order("drain", "eu-west", "--reason", "room").returncode == 0
        server.stop_only()
        subprocess.run(["mount", "-o", "remount,ro", state], check=True)
        refused = started(server)
    finally:
        server.stop()
        subprocess.run(["umount", state], check=False)
    return {
        "of 500 UDP lost": lost,
        "orders taken unwritten": taken,
        "alarm": alarm,
        "order with room again": "taken" if again else "refused",
        "start on read-only": refused,
    }


def errors(server):
    return "disk is full" in server.order("drain", "eu-west", "--reason", "again").stderr


def started(server):
    try:
        server.start(patience=15)
    except RuntimeError as refused:
        return "refused by name" if "state" in str(refused) else str(refused)
    return "served"
