#!/usr/bin/env python3
"""Lets a model use your tools: lists them from Patchbay, gives them to a model API, runs what it calls.

MODEL_URL (".../v1/chat/completions"), MODEL_KEY and MODEL_NAME say which model; any API of that shape will do.
PATCHBAY_URL and PATCHBAY_TOKEN (scopes mcp:read and mcp:write) say which Patchbay. The question is the argument.
"""
import json
import os
import sys
import urllib.error
import urllib.request

PATCHBAY = os.environ.get("PATCHBAY_URL", "http://127.0.0.1:8800")
MOST_TURNS = 10
MOST_TOOLS = 128  # what the API takes at once; for more, let the model use the two tools of /mcp


def ask(url, token, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=660) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        text = refused.read().decode(errors="replace")
        if refused.code in (400, 404) and url.endswith("/tools/call"):
            return {"text": text}  # a name or arguments that the model made up: it can read that and try again
        raise SystemExit(f"{url}: {refused.code} {text}") from None


def list_tools(token):
    tools, cursor = [], ""
    while cursor is not None:
        page = ask(f"{PATCHBAY}/v1/tools?format=openai&cursor={cursor}", token)
        tools, cursor = tools + page["tools"], page["next_cursor"]
    return tools[:MOST_TOOLS]


def chat(question, token):
    messages = [{"role": "user", "content": question}]
    tools = list_tools(token)
    for _ in range(MOST_TURNS):
        said = ask(os.environ["MODEL_URL"], os.environ.get("MODEL_KEY", ""),
                   {"model": os.environ.get("MODEL_NAME", "default"), "messages": messages, "tools": tools})
        message = said["choices"][0]["message"]
        messages.append(message)
        if not message.get("tool_calls"):
            return message["content"]
        for call in message["tool_calls"]:
            wanted = call["function"]
            print(f"calling {wanted['name']} {wanted['arguments']}", file=sys.stderr)
            done = ask(f"{PATCHBAY}/v1/tools/call", token, {"name": wanted["name"], "arguments": wanted["arguments"]})
            text = done["text"] or json.dumps(done["result"])
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": text})
    raise SystemExit(f"The model still wants tools after {MOST_TURNS} turns.")


if __name__ == "__main__":
    print(chat(" ".join(sys.argv[1:]), os.environ["PATCHBAY_TOKEN"]))
