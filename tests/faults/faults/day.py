"""A day alone, made short by the clock: no gateway answers, the disk takes nothing, the config is gone. Answers go on."""

import subprocess
import time

from asking import NONE, Beside

TITLE = "24 hours without probes, disk and config"
SERVERS = ["meridian"]
AIMS = {
    "of 500 UDP lost": NONE,
    "of 50 TCP lost": NONE,
    "hours": ("24", lambda hours: hours == 24),
    "alarmed": ("yes", lambda said: said == "yes"),
    "memory +KiB": ("< 2,048", lambda more: more < 2048),
}


def run(rig, name):
    said = rig.root / "offset"
    said.write_text("+0\n")
    library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
    server = rig.start(name, edit=with_probes, environment={
        "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(said), "FAKETIME_NO_CACHE": "1",
    })
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,ro", "tmpfs", server.root / "state"], check=True)
    server.config.unlink()
    time.sleep(3)
    memory, lost, closed = server.resident(), 0, 0
    try:
        for hour in range(1, 25):
            said.write_text(f"+{hour * 3600}\n")
            beside = Beside(server.port, queries=20, connections=2)
            lost, closed = lost + beside.lost, closed + beside.closed
            time.sleep(0.3)
        beside = Beside(server.port, queries=20, connections=2)
        figures = {
            "of 500 UDP lost": lost + beside.lost,
            "of 50 TCP lost": closed + beside.closed,
            "hours": hour,
            "alarmed": "yes" if server.status()["alarms"] else "no",
            "memory +KiB": server.resident() - memory,
        }
    finally:
        server.stop()
        subprocess.run(["umount", server.root / "state"], check=False)
    return figures


def with_probes(text):
    """Probes of addresses where nobody is."""
    probe = '\n[probes.tcp]\nport = 9\ninterval = "1s"\ntimeout = "500ms"\n'
    return text.replace("\njurisdiction", '\nprobe = "tcp"\njurisdiction') + probe
