"""A mock model provider: one model, OpenAI's chat completions, and faults on demand. Standard library only.

    GET  /ctl?mode=MODE&delay=SECONDS&ttft=SECONDS&reset=1   sets what follows; answers {mode, calls, inflight, peak}
    GET  …/models                                            the one model
    POST …/chat/completions                                  a short answer, whole or streamed

MODE: ok · an error status (500, 503, 502, 401, 400, 404, 429) · hang · slow · reset · midstream
"""

import json
import os
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

NAME = os.environ.get("PROVIDER_NAME", "provider")
STATUSES = ("500", "503", "502", "401", "400", "404", "429")
MODES = ("ok", "hang", "slow", "reset", "midstream", *STATUSES)


class State:
    """What the provider does, and how often it was called."""

    def __init__(self):
        self.lock = threading.Lock()
        self.mode, self.delay, self.ttft = "ok", 0.02, 0.02
        self.calls = self.inflight = self.peak = 0

    def report(self):
        return {"name": NAME, "mode": self.mode, "calls": self.calls, "inflight": self.inflight, "peak": self.peak}

    def __enter__(self):
        with self.lock:
            self.calls += 1
            self.inflight += 1
            self.peak = max(self.peak, self.inflight)

    def __exit__(self, *_):
        with self.lock:
            self.inflight -= 1


STATE = State()


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/ctl":
            self.control(parse_qs(url.query))
        elif url.path.endswith("/models"):
            self.send_json(200, {"object": "list", "data": [{"id": "fake-model", "object": "model", "owned_by": NAME}]})
        else:
            self.send_json(404, {"error": {"message": f"no such path: {url.path}", "type": "not_found", "code": "404"}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not urlsplit(self.path).path.endswith("/chat/completions"):
            self.send_json(404, {"error": {"message": "no such path", "type": "not_found", "code": "404"}})
            return
        try:
            request = json.loads(body)
        except ValueError:
            self.send_json(400, {"error": {"message": "no JSON", "type": "invalid_request_error", "code": "400"}})
            return
        with STATE:
            self.complete(request)

    def control(self, query):
        mode = query.get("mode", [STATE.mode])[0]
        if mode not in MODES:
            self.send_json(400, {"error": f"mode {mode!r} is unknown; there are {', '.join(MODES)}"})
            return
        try:
            delay = float(query.get("delay", [STATE.delay])[0])
            ttft = float(query.get("ttft", [STATE.ttft])[0])
        except ValueError as error:
            self.send_json(400, {"error": f"delay and ttft are seconds: {error}"})
            return
        with STATE.lock:
            STATE.mode, STATE.delay, STATE.ttft = mode, delay, ttft
            if "reset" in query:
                STATE.calls = STATE.peak = 0
            report = STATE.report()
        self.send_json(200, report)

    def complete(self, request):
        mode = STATE.mode
        if mode in STATUSES:
            self.fail(int(mode))
        elif mode == "hang":
            time.sleep(3600)
        elif mode == "reset":
            self.drop()
        elif request.get("stream"):
            self.stream(request, cut=mode == "midstream")
        elif mode == "midstream":
            self.drop()
        else:
            time.sleep(max(STATE.delay, 5.0) if mode == "slow" else STATE.delay)
            message = {"role": "assistant", "content": "pong"}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
            answer = self.envelope(request, "chat.completion", [choice]) | {"usage": usage}
            self.send_json(200, answer, {"x-ratelimit-remaining-requests": "99"})

    def stream(self, request, cut):
        time.sleep(max(STATE.ttft, 5.0) if STATE.mode == "slow" else STATE.ttft)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        deltas = [({"role": "assistant", "content": "po"}, None), ({"content": "ng"}, None), ({}, "stop")]
        for delta, reason in deltas:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            self.frame(json.dumps(self.envelope(request, "chat.completion.chunk", [choice])))
            if cut:
                self.drop()
                return
        self.frame("[DONE]")

    def frame(self, data):
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()

    def fail(self, status):
        error = {"message": f"{NAME} says {status}", "type": "server_error", "code": str(status)}
        self.send_json(status, {"error": error}, {"retry-after": "7"} if status == 429 else {})

    def drop(self):
        """Breaks the connection as a crash does: with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
        self.wfile = open(os.devnull, "wb")  # the base class flushes it once more

    def send_json(self, status, value, headers=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def envelope(request, kind, choices):
        return {
            "id": "chatcmpl-mock",
            "object": kind,
            "created": int(time.time()),
            "model": request.get("model", "fake-model"),
            "choices": choices,
        }

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    host, port = sys.argv[1:] or ("0.0.0.0", "8080")
    server = ThreadingHTTPServer((host, int(port)), Provider)
    server.daemon_threads = True
    print(f"{NAME} listens on {host}:{server.server_port}", flush=True)
    server.serve_forever()
