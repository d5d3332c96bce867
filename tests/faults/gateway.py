"""A gateway that answers 200 to everything: `gateway.py ADDRESS PORT`. For faults that freeze what is probed."""

import http.server
import sys


class Gateway(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802 (the library's name)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Gateway).serve_forever()
