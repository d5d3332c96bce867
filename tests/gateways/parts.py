"""The parts of the rig: gateways, providers, a front, servers, vantages, and a client that asks over DNS."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).parent
NET = os.environ.get("GATEWAYS_NET", "127.0.0")  # another loopback /24: two rigs beside each other
REGIONS = {"us": f"{NET}.11", "eu-west": f"{NET}.12", "eu-central": f"{NET}.13"}
SILENT = f"{NET}.99"  # where nobody listens
PORT, FRONT, PROVIDER_A, PROVIDER_B = 4000, 4001, 4101, 4102
MASTER_KEY, DRAIN_TOKEN = "sk-rig-master", "rig-drain"
NAME = "api.example.com"


class Late(Exception):
    """Something did not come in time."""


def until(what, check, patience=90.0):
    """Waits until `check` gives something; what it gave."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if found := check():
                return found
        except OSError:
            pass
        time.sleep(0.05)
    raise Late(f"not in {patience:.0f} s: {what}")


class Process:
    """A child with its output in a file; ended with the rig."""

    def __init__(self, words, log, **more):
        self.log = Path(log)
        self.child = subprocess.Popen(words, stdout=self.log.open("wb"), stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, **more)

    def send(self, number):
        self.child.send_signal(number)

    def end(self, number=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.send_signal(number)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def said(self):
        return self.log.read_text(errors="replace")


def ask(address, port, method, path, body=None, headers=None, timeout=5.0):
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Region:
    """One region: a LiteLLM proxy and its two fake providers, each on the region's own address."""

    def __init__(self, name, place):
        self.name, self.address, self.place = name, REGIONS[name], place
        self.providers = [
            Process([sys.executable, HERE / "provider.py", self.address, str(port)], place / f"{name}-{port}.log")
            for port in (PROVIDER_A, PROVIDER_B)
        ]
        self.gateway = None
        self.start()

    def start(self):
        base = lambda port: f"http://{self.address}:{port}/v1"
        told = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": MASTER_KEY, "DRAIN_TOKEN": DRAIN_TOKEN,
                "PROVIDER_A_BASE": base(PROVIDER_A), "PROVIDER_B_BASE": base(PROVIDER_B),
                "PROVIDER_A_KEY": "none", "PROVIDER_B_KEY": "none"}
        program = Path(sys.executable).parent / "litellm"
        words = [program, "--config", HERE / "gateway.config.yaml", "--host", self.address, "--port", str(PORT)]
        self.gateway = Process(words, self.place / f"{self.name}.log", env=os.environ | told)

    def await_start(self):
        until(f"{self.name} lives", lambda: ask(self.address, PORT, "GET", "/health/liveliness")[0] == 200, 300)
        for model in ("probe", "chat"):  # the first completion after a start is slow
            until(f"{self.name} completes {model}", lambda: self.complete(model)[0] == 200)

    def restart(self):
        self.gateway.end(signal.SIGKILL)
        self.start()
        self.await_start()

    def complete(self, model, stream=False, timeout=40.0):
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": "ping"}], "stream": stream})
        headers = {"authorization": f"Bearer {MASTER_KEY}", "content-type": "application/json"}
        return ask(self.address, PORT, "POST", "/v1/chat/completions", body, headers, timeout)

    def drain(self):
        return ask(self.address, PORT, "GET", "/health/drain", headers={"x-drain-token": DRAIN_TOKEN})

    def provider(self, which, mode, ttft=0, share=1):
        ask(self.address, (PROVIDER_A, PROVIDER_B)[which], "GET", f"/ctl?mode={mode}&ttft={ttft}&share={share}")

    def well(self):
        for which in (0, 1):
            self.provider(which, "ok")

    def end(self):
        for process in [self.gateway, *self.providers]:
            process.end(signal.SIGKILL)


class Front:
    """A load balancer in front of every gateway, which answers a part of the completions with 502 by itself."""

    def __init__(self):
        self.shares, self.counts = dict.fromkeys(REGIONS, 0.0), dict.fromkeys(REGIONS, 0)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        for name, address in REGIONS.items():
            serve = lambda reader, writer, name=name: self.serve(name, reader, writer)
            asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, address, FRONT), self.loop).result(5)

    def fails(self, name, head):
        if not head.startswith(b"POST"):
            return False
        before, self.counts[name] = self.counts[name], self.counts[name] + 1
        return int((before + 1) * self.shares[name]) > int(before * self.shares[name])

    async def serve(self, name, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if self.fails(name, head):
                page = b"<html>502 Bad Gateway</html>"
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\nconnection: close\r\n"
                             b"content-length: %d\r\n\r\n%s" % (len(page), page))
                await writer.drain()
                return
            behind, ahead = await asyncio.open_connection(REGIONS[name], PORT)
            ahead.write(head)
            await asyncio.gather(self.pour(reader, ahead), self.pour(behind, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def pour(source, sink):
        while octets := await source.read(65536):
            sink.write(octets)
            await sink.drain()
        sink.close()


class Load:
    """Clients that keep asking a region for completions, so many at once."""

    def __init__(self, region, model, at_once):
        self.stopped, self.region, self.model = threading.Event(), region, model
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(at_once)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while not self.stopped.is_set():
            try:
                status, _ = self.region.complete(self.model, stream=True)
                time.sleep(0.2 if status == 200 else 0.5)
            except OSError:
                time.sleep(0.5)

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(45)


def query(number, subnet):
    """An A query with a client subnet of /24 (RFC 7871)."""
    name = b"".join(bytes([len(label)]) + label.encode() for label in NAME.split(".")) + b"\0"
    ecs = struct.pack("!HHHBB", 8, 7, 1, 24, 0) + socket.inet_aton(subnet)[:3]
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(ecs)) + ecs
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 1) + name + struct.pack("!HH", 1, 1) + opt


def addresses(answer):
    """The A records of an answer whose names are compressed."""
    count = struct.unpack("!H", answer[6:8])[0]
    at = 12 + len(NAME) + 2 + 4
    found = []
    for _ in range(count):
        rtype, length = struct.unpack("!H", answer[at + 2:at + 4])[0], struct.unpack("!H", answer[at + 10:at + 12])[0]
        if rtype == 1:
            found.append(socket.inet_ntoa(answer[at + 12:at + 16]))
        at += 12 + length
    return found


class Client:
    """Asks as resolvers of many subnets do."""

    def __init__(self, dns):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(dns)
        self.socket.settimeout(2)
        self.number = 0

    def ask(self, subnet):
        self.number = (self.number + 1) & 0xFFFF
        self.socket.send(query(self.number, subnet))
        while True:
            answer = self.socket.recv(4096)
            if struct.unpack("!H", answer[:2])[0] == self.number:
                return addresses(answer)

    def share(self, prefix, address, clients=128):
        """Which part of the clients in prefix.0.0/16 is answered with `address`."""
        return sum(address in self.ask(f"{prefix}.{at}.0") for at in range(clients)) / clients


class Server:
    """A running director."""

    def __init__(self, place, meridian, config):
        self.place = place
        (place / "zones").mkdir(parents=True, exist_ok=True)
        (place / "zones" / "example.com.zone").write_text("$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n")
        (place / "key").write_text(MASTER_KEY + "\n")
        self.config = place / "meridian.toml"
        self.config.write_text(config)
        self.socket = place / "run" / "meridian.sock"
        self.process = Process([meridian, "serve", "--config", self.config], place / "serve.log")
        found = until("the server serves", lambda: re.search(r"answering DNS over UDP and TCP address=(\S+):(\d+)", self.plain()), 60)
        self.client = Client((found[1], int(found[2])))

    def plain(self):
        """Its log, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.process.said())

    def status(self):
        connection = http.client.HTTPConnection("meridian", timeout=5)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(5)
        connection.sock.connect(str(self.socket))
        connection.request("GET", "/v1/status")
        body = json.loads(connection.getresponse().read())
        connection.close()
        return body

    def alarms(self):
        """Kinds of the alarms that hold."""
        return {alarm["kind"] for alarm in self.status()["alarms"]}

    def transitions(self, region):
        """Lines of the log that tell of a region's new verdict."""
        return [line for line in self.plain().splitlines() if 'kind="region"' in line and f"region {region}:" in line]

    def moment(self, line):
        """When a line was written."""
        return datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).astimezone(timezone.utc).timestamp()

    def end(self):
        self.process.end()
