"""The wall clock jumps, an hour to twenty years in either direction: no answer and no verdict changes."""

import time

from asking import NONE, Beside

TITLE = "wall clock jumps"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "of 300 UDP lost": NONE,
    "of 60 TCP lost": NONE,
    "verdicts changed": NONE,
    "an override's end": ("as the clock says", lambda said: said == "as the clock says"),
}
JUMPS = ["+1h", "-1h", "+1d", "-1d", "+20y", "-20y"]


def run(rig, name):
    said = rig.root / "offset"
    said.write_text("+0\n")
    library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
    server = rig.start(name, environment={
        "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(said), "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    })
    figures = {"of 300 UDP lost": 0, "of 60 TCP lost": 0}
    verdicts = None
    if name == "meridian":
        server.order("drain", "eu-west", "--for", "2h", "--reason", "clock")
        verdicts = states(server)
        figures["verdicts changed"] = 0
    for jump in JUMPS:
        said.write_text(f"{seconds(jump):+d}\n")
        time.sleep(1.2)  # a tick of the server's
        beside = Beside(server.port, queries=50, connections=10)
        figures["of 300 UDP lost"] += beside.lost
        figures["of 60 TCP lost"] += beside.closed
        if verdicts is not None:
            figures["verdicts changed"] += states(server) != verdicts
    if verdicts is not None:
        # A drain of two hours outlives a jump of one, and not one of a day: its end is a time of day.
        held = server.status()["overrides"]
        figures["an override's end"] = "as the clock says" if not held else f"still {held[0]['until']}"
    return figures


def states(server):
    return {region: found["verdict"] for region, found in server.status()["regions"].items()}


def seconds(jump):
    return int(jump[:-1]) * {"h": 3600, "d": 86_400, "y": 31_557_600}[jump[-1]]
