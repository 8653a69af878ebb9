"""A server on loopback that speaks OpenAI's chat completions, and fails on demand as real ones do.

It answers each item by the first option whose name occurs in its text, else by the first option; pictures
by how bright they are: the first option for dark ones, the second for bright ones.
"""

import base64
import io
import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image as Picture

Body = dict[str, Any]
KEY = "sk-test-0123456789abcdef"


class LanguageServer(ThreadingHTTPServer):
    """`failures` are taken one a request, in order: names of methods of `Failures`, or functions of a request.

    `formats` are the response formats that it knows, `refuses` the fields that it answers with 400;
    `probability` is that of each label's spelling, None for a server without logprobs. `pause` passes before each answer.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Completions)
        self.asked: list[Body] = []
        self.at: list[float] = []
        self.failures: deque[Any] = deque()
        self.formats = {"json_schema", "json_object"}
        self.refuses: set[str] = set()
        self.probability: float | None = 0.8
        self.confidence: Any = 0.6
        self.pause = 0.0
        self.key = KEY
        self.tells_usage = True
        self.running = self.most_running = 0
        self.guard = threading.Lock()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/v1"

    def items_asked(self) -> list[list[Body]]:
        """What each request asked about."""
        return [items_of(body) for body in self.asked]


class Completions(BaseHTTPRequestHandler):
    server: LanguageServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.guard:
            server.asked.append(body)
            server.at.append(time.monotonic())
            failure = server.failures.popleft() if server.failures else None
            server.running += 1
            server.most_running = max(server.most_running, server.running)
        try:
            time.sleep(server.pause)
            self.answer(body, failure)
        except OSError:
            """Whoever asked has gone."""
        finally:
            with server.guard:
                server.running -= 1

    def answer(self, body: Body, failure: Any) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.server.key}":
            return self.refuse(401, "Incorrect API key provided: sk-secret-of-theirs")
        if self.path != "/v1/chat/completions":
            return self.refuse(404, "no such route")
        kind = body.get("response_format", {}).get("type")
        if kind and kind not in self.server.formats:
            return self.refuse(400, f"Invalid parameter: response_format of type {kind} is not supported")
        for field in self.server.refuses & set(body):
            return self.refuse(400, f"Unsupported parameter: {field}")
        if isinstance(failure, int):
            return self.refuse(failure, "secret words of the other side")
        if callable(failure):
            return failure(self, body)
        self.send_json(200, completed(self.server, body))

    def refuse(self, status: int, message: str, code: str = "", **headers: str) -> None:
        self.send_json(status, {"error": {"message": message, "code": code}}, **headers)

    def send_json(self, status: int, value: Any, **headers: str) -> None:
        self.send_raw(status, json.dumps(value).encode(), **headers)

    def send_raw(self, status: int, data: bytes, *, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Quiet."""


def items_of(body: Body) -> list[Body]:
    content = body["messages"][1]["content"]
    return json.loads(content if isinstance(content, str) else content[0]["text"])["items"]


def pictures_of(body: Body) -> list[Picture.Image]:
    content = body["messages"][1]["content"]
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    return [Picture.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]


def options_of(body: Body) -> list[str]:
    return json.loads(body["messages"][0]["content"].split("these options: ")[1].split("\n")[0])


def chosen(body: Body) -> list[str]:
    options = options_of(body)
    if isinstance(body["messages"][1]["content"], list):
        means = [sum(picture.convert("L").resize((1, 1)).getdata()) for picture in pictures_of(body)]
        return [options[int(mean > 127)] for mean in means]
    texts = [item["text"].lower() for item in items_of(body)]
    return [next((option for option in options if option.lower() in text), options[0]) for text in texts]


def completed(server: LanguageServer, body: Body, answers: list[Body] | None = None) -> Body:
    """The answer as it ought to be, or with the given answers in it."""
    if answers is None:
        answers = [
            {"id": item["id"], "label": label, "confidence": server.confidence}
            for item, label in zip(items_of(body), chosen(body), strict=True)
        ]
    content = json.dumps({"answers": answers})
    choice: Body = {
        "index": 0,
        "message": {"role": "assistant", "content": content, "refusal": None},
        "finish_reason": "stop",
    }
    if body.get("logprobs") and server.probability is not None:
        choice["logprobs"] = {"content": spelled(content, [one["label"] for one in answers], server)}
    usage = {
        "prompt_tokens": len(json.dumps(body["messages"])) // 4,
        "completion_tokens": len(content) // 4,
        "total_tokens": 0,
    }
    told = {"usage": usage} if server.tells_usage else {}
    return {"id": "x", "object": "chat.completion", "model": body["model"], "choices": [choice], **told}


def spelled(content: str, labels: list[str], server: LanguageServer) -> list[Body]:
    """Tokens of the content: each label in two pieces that are together as probable as is said, all else certain."""
    tokens, rest = [], content
    for label in labels:
        before, _, after = rest.partition(f'"label": "{label}"')
        tokens.append((before + '"label": "', 0.0))
        half = len(label) // 2
        tokens += [(label[:half], math.log(server.probability)), (label[half:], 0.0)]
        rest = '"' + after
    tokens.append((rest, 0.0))
    return [{"token": text, "logprob": chance} for text, chance in tokens if text]


def answers(*given: Body) -> Callable[[Completions, Body], None]:
    """An answer with exactly these verdicts."""
    return lambda page, body: page.send_json(200, completed(page.server, body, list(given)))


def labels(*names: str) -> Callable[[Completions, Body], None]:
    """An answer that names these, one after the other."""
    return answers(
        *[{"id": str(number), "label": name, "confidence": 0.9} for number, name in enumerate(names)]
    )


def content(text: str | None, **more: Any) -> Callable[[Completions, Body], None]:
    """An answer whose content is this text."""

    def send(page: Completions, body: Body) -> None:
        message = {"role": "assistant", "content": text, **more}
        page.send_json(
            200, {"choices": [{"message": message}], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
        )

    return send


def refusal(page: Completions, body: Body) -> None:
    content(None, refusal="I can't help with that.")(page, body)


def slow_down(seconds: str) -> Callable[[Completions, Body], None]:
    return lambda page, body: page.refuse(429, "too many", Retry_After=seconds)


def no_credit(page: Completions, body: Body) -> None:
    page.refuse(429, "You exceeded your current quota", "insufficient_quota")


def garbage(page: Completions, body: Body) -> None:
    page.send_raw(200, b"<html>a proxy says hello</html>")


def nonsense(page: Completions, body: Body) -> None:
    page.send_json(200, ["no", "object"])


def cut_off(page: Completions, body: Body) -> None:
    page.send_raw(200, json.dumps(completed(page.server, body)).encode()[:40], length=4000)
    page.close_connection = True


def hang(page: Completions, body: Body) -> None:
    time.sleep(3)
    page.close_connection = True


def moved(page: Completions, body: Body) -> None:
    page.send_raw(307, b"", Location="http://169.254.169.254/latest/meta-data")


@contextmanager
def serving() -> Iterator[LanguageServer]:
    server = LanguageServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
