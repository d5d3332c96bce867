"""A worker panics, of a clock that fails under it: what it held is lost and counted, it goes on, and others notice nothing."""

import pathlib
import subprocess
import time
import urllib.request

from asking import NONE, Beside, query, udp

TITLE = "a worker panics"
SERVERS = ["meridian"]
AIMS = {
    "panics": ("20", lambda panics: panics == 20),
    "counted": ("20", lambda counted: counted == 20),
    "queries lost": ("≤ 20", lambda lost: lost <= 20),
    "of 500 UDP lost after": NONE,
}
SOURCE = pathlib.Path(__file__).with_suffix(".c")
PAGE = "127.0.0.1:5391"


def run(rig, name):
    library, order = rig.root / "panic.so", rig.root / "panic-now"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    server = rig.start(name, edit=lambda text: text + f'\n[web]\nlisten = "{PAGE}"\n',
                       environment={"LD_PRELOAD": str(library), "PANIC": str(order)})
    lost = 0
    for _ in range(20):
        order.touch()
        end = time.monotonic() + 30
        while order.exists() and time.monotonic() < end:
            try:
                udp(server.port, query("h1.example.com"), timeout=rig.either(1.0, 2.0))
            except TimeoutError:
                lost += 1
        time.sleep(0.1)  # the worker rests for 50 ms after a panic
    return {
        "panics": 20 - order.exists(),
        "counted": counted(),
        "queries lost": lost,
        "of 500 UDP lost after": Beside(server.port, connections=0).lost,
    }


def counted():
    with urllib.request.urlopen(f"http://{PAGE}/metrics", timeout=5) as page:
        lines = page.read().decode().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith('meridian_worker_panics_total{transport="udp"}'))
