"""A fake model provider, told from outside how to behave.

    provider.py ADDRESS PORT

POST …/chat/completions answers as OpenAI does, streamed or not. GET /ctl?mode=M&ttft=S sets the mode: `ok`, `slow`
(first token after ttft seconds), `hang` (never), `cut` (drops a stream after its first chunk), or an error status.
`share` is the part of requests that the mode is for; the others are `ok`.
"""

import asyncio
import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

STATE = {"mode": "ok", "ttft": 0.0, "share": 1.0, "calls": 0}


def misbehaves():
    """Spreads the bad ones evenly: every second one at a half, with no luck in it."""
    share = STATE["share"]
    before, STATE["calls"] = STATE["calls"], STATE["calls"] + 1
    return int((before + 1) * share) > int(before * share)


def chunk(delta, finish=None):
    body = {"id": "chatcmpl-rig", "object": "chat.completion.chunk", "created": int(time.time()), "model": "fake-model",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(body)}\n\n".encode()


def head(status, kind, length=None):
    length = f"content-length: {length}\r\n" if length is not None else ""
    return f"HTTP/1.1 {status} Rig\r\ncontent-type: {kind}\r\nconnection: close\r\n{length}\r\n".encode()


def whole(status, body):
    text = json.dumps(body).encode()
    return head(status, "application/json", len(text)) + text


async def complete(body, writer):
    mode = STATE["mode"] if misbehaves() else "ok"
    if mode == "hang":
        await asyncio.sleep(3600)
    if mode == "slow":
        await asyncio.sleep(STATE["ttft"])
    if mode.isdigit():
        error = {"message": f"the rig says {mode}", "type": "server_error", "code": mode}
        writer.write(whole(int(mode), {"error": error}))
    elif body.get("stream"):
        writer.write(head(200, "text/event-stream") + chunk({"role": "assistant", "content": "p"}))
        await writer.drain()
        if mode != "cut":
            writer.write(chunk({"content": "ong"}) + chunk({}, "stop") + b"data: [DONE]\n\n")
    else:
        writer.write(whole(200, {
            "id": "chatcmpl-rig", "object": "chat.completion", "created": int(time.time()), "model": "fake-model",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "pong"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}}))


async def serve(reader, writer):
    try:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = request.split(" ", 2)
        length = [line.split(":")[1] for line in request.lower().split("\r\n") if line.startswith("content-length:")]
        body = await reader.readexactly(int(length[0])) if length else b""
        if target.startswith("/ctl"):
            asked = {key: value[0] for key, value in parse_qs(urlsplit(target).query).items()}
            STATE.update(mode=asked.get("mode", "ok"), ttft=float(asked.get("ttft", 0)), share=float(asked.get("share", 1)))
            writer.write(whole(200, STATE))
        elif method == "POST":
            await complete(json.loads(body), writer)
        else:
            writer.write(whole(200, {"object": "list", "data": [{"id": "fake-model", "object": "model"}]}))
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main(address, port):
    server = await asyncio.start_server(serve, address, int(port))
    print("listening", flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main(*sys.argv[1:3]))
