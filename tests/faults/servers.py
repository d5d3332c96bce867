"""Servers with one policy, started afresh; looked at from outside by /proc."""

import ipaddress
import json
import os
import pathlib
import signal
import subprocess
import time

import policy
import wire
from database import Database, continents

TICK = os.sysconf("SC_CLK_TCK")
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
MERIDIAN = str((REPOSITORY / os.environ.get("MERIDIAN", "target/release/meridian")).resolve())
ECHO = ipaddress.ip_network("8.8.8.0/24")


class Server:
    """One server. `edit` changes its config's text before the start; `before` are words before its command."""

    def __init__(self, name, root, port, edit=None, before=(), environment=None, hosts=100):
        self.name, self.root, self.port = name, root, port
        database = places(root)
        self.command = getattr(policy, name)(root, port, database)
        if name == "meridian":
            self.command[0] = MERIDIAN
        zone = root / "zones" / ("example.com.zone" if name == "meridian" else "example.com")
        with zone.open("a", encoding="utf-8") as text:
            text.writelines(f"h{host} A 192.0.2.7\n" for host in range(hosts))
            text.write("big TXT " + " ".join(f'"{"x" * 200}{part}"' for part in range(4)) + "\n")
        self.zone, self.config = zone, root / {"meridian": "meridian.toml", "gdnsd": "config", "knot": "knot.conf"}[name]
        if edit:
            self.config.write_text(edit(self.config.read_text(encoding="utf-8")), encoding="utf-8")
        self.before, self.environment = list(before), {**os.environ, **(environment or {})}
        self.log = open(root / "log", "ab")
        self.start()

    def start(self, patience=60):
        self.began = time.monotonic()
        command = [*self.before, *self.command]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=self.environment, cwd=self.root)
        self.took = self.wait(patience)

    def wait(self, patience=60):
        """Seconds until it answers."""
        while time.monotonic() < self.began + patience:
            try:
                wire.ask(self.port, ECHO, timeout=0.2)
                return time.monotonic() - self.began
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.002)
        raise RuntimeError(f"{self.name} does not answer: {self.said()[-300:]}")

    def said(self):
        return (self.root / "log").read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self):
        """The server itself, below whatever was put before it."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if self.before and children else self.process.pid

    def is_alive(self):
        return self.process.poll() is None

    def cpu(self):
        """Seconds of processor so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident(self):
        """KiB of memory of its own: pages of its program come and go as the kernel likes."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def signal(self, number):
        os.kill(self.pid, number)

    def reload(self):
        """Whether it says that what it finds is good; nothing where it says nothing."""
        match self.name:
            case "meridian":
                return self.order("reload").returncode == 0
            case "gdnsd":
                return subprocess.run(["gdnsdctl", "-c", str(self.root), "reload-zones"], capture_output=True).returncode == 0
            case "knot":
                knotc = ["knotc", "-c", str(self.config), "-b", "reload"]
                return subprocess.run(knotc, capture_output=True).returncode == 0

    def order(self, *words):
        """A command of Meridian's."""
        socket = str(self.root / "run" / "meridian.sock")
        return subprocess.run([MERIDIAN, *words, "--socket", socket], capture_output=True, text=True, cwd=self.root)

    def status(self):
        return json.loads(self.order("status", "--json").stdout)

    def stop(self):
        """Ends it for good."""
        self.stop_only()
        self.log.close()

    def stop_only(self):
        """Ends it; it can be started again."""
        if self.is_alive():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def places(root):
    """A location database of the servers' own, in the schema that all of them read."""
    made = REPOSITORY / "target" / "faults-places.mmdb"
    if not made.exists():
        source = Database(REPOSITORY / "geoip/geo-whois-asn-country.mmdb", continents(REPOSITORY / "geoip/country_table.tsv"))
        source.write_nested(made)
    place = root / "places.mmdb"
    place.write_bytes(made.read_bytes())
    return place
