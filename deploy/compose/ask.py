"""Asks a gateway for a chat completion: `ask.py http://ADDRESS:4000`. Prints status, provider and time."""

import json
import sys
import time
import urllib.error
import urllib.request

body = json.dumps({"model": "chat", "messages": [{"role": "user", "content": "ping"}]}).encode()
headers = {"Authorization": "Bearer sk-compose", "Content-Type": "application/json"}
request = urllib.request.Request(f"{sys.argv[1]}/v1/chat/completions", body, headers)
began = time.monotonic()
try:
    answer = urllib.request.urlopen(request, timeout=60)
except urllib.error.HTTPError as error:
    answer = error
provider = answer.headers.get("x-litellm-model-id", "none")
retries = answer.headers.get("x-litellm-attempted-retries", "0")
print(f"{answer.status} from {provider}, {retries} retries, {time.monotonic() - began:.2f} s")
sys.exit(answer.status != 200)
