"""A successor takes the place of a running server at 20,000 queries a second: none is lost."""

import subprocess
import time

from asking import NONE
from faults.reload import under_load

TITLE = "takeover under 20,000 queries/s"
SERVERS = ["meridian", "gdnsd"]
SHORT = False
AIMS = {
    "queries": ("> 0", lambda sent: sent > 0),
    "lost": NONE,
    "takeovers": ("> 0", lambda changes: changes > 0),
}


def run(rig, name):
    server = rig.start(name)
    more = {"meridian": ["--takeover"], "gdnsd": []}[name]
    command = server.command if name == "meridian" else ["gdnsd", "-c", str(server.root), "-R", "start"]

    def replace():
        old = server.process
        server.process = subprocess.Popen([*command, *more], stdout=server.log, stderr=server.log, cwd=server.root)
        old.wait(30)
        time.sleep(2)
        return server.process.poll() is None

    figures = under_load(rig, server, replace, rig.either(5_000, 20_000), rig.either(8, 50))
    return {"queries": figures["queries"], "lost": figures["lost"], "takeovers": figures["reloads"]}
