"""The service as its clients see it: a real process, real requests, and every way to ask wrongly."""

import hashlib
import json
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from inference.service.app import ROUTES
from tests.inference.detector_service import TOKEN, DetectorService
from tests.inference.installed import drawn
from tests.inference.models import slow_yolox, spot_yolox, tiny_yolox


@pytest.fixture
def client(service):
    with service.client() as client:
        yield client


@pytest.fixture
def spot(client, tmp_path):
    """The SHA-256 of a model that sees white squares, which the service has."""
    data = spot_yolox(tmp_path / "spot.onnx").read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    answer = client.put(f"/api/ml/models/{sha256}", content=data)
    assert answer.status_code == 201, answer.text
    return sha256


@pytest.fixture
def slow_model(client, tmp_path, is_sliced):
    """A model that takes half a second for a slice, or minutes for a picture."""
    data = slow_yolox(tmp_path / "slow.onnx", turns=30_000 if is_sliced else 20_000_000).read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    client.put(f"/api/ml/models/{sha256}", content=data).raise_for_status()
    return sha256


def look(client, data=None, **options) -> httpx.Response:
    picture = drawn(spots=((8, 16),)) if data is None else data
    return client.post(
        "/api/ml/detect", files={"file": ("p.png", picture)}, data={"options": json.dumps(options)}
    )


def check_problem(answer, status, code):
    told = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text


def test_health_tells_strangers_only_that_it_lives(service, client):
    stranger = httpx.get(f"{service.url}/api/ml/health").json()
    known = client.get("/api/ml/health").json()

    assert (stranger["status"], stranger["lanes"], stranger["versions"]) == ("ok", None, None)
    assert (known["lanes"]["limit"], known["queue"]["limit"]) == (2, 16)
    assert "onnxruntime" in known["versions"]


@pytest.mark.parametrize("said", ["", "Bearer wrong-token-wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
def test_nothing_else_is_told_without_the_token(service, said):
    with httpx.Client(base_url=service.url, headers={"Authorization": said} if said else {}) as stranger:
        answers = [
            stranger.get("/api/ml/metrics"),
            stranger.get("/api/ml/models"),
            look(stranger),
            stranger.put(f"/api/ml/models/{'0' * 64}", content=b"x"),
            stranger.get("/api/ml/nothing"),
        ]

    for answer in answers:
        check_problem(answer, 401, "unauthorized")


def test_the_built_in_model_answers_where_none_is_named(client):
    answer = look(client, confidence=0.01)

    assert (answer.status_code, answer.json()["width"], answer.json()["shape"]) == (200, 64, "box")


def test_a_model_is_named_by_its_bytes(client, spot):
    found = look(client, model=spot, confidence=0.9).json()

    assert (found["boxes"], found["class_names"]) == ([[8.0, 16.0, 16.0, 24.0]], ["spot"])
    assert spot in client.get("/api/ml/health").json()["open_models"]
    assert spot in [model["sha256"] for model in client.get("/api/ml/models").json()["results"]]


def test_open_models_are_bounded_by_the_memory_that_they_take(spot, tmp_path):
    service = DetectorService(MODELSHIP_ML_MEMORY_BYTES="1000000").start()
    try:
        with service.client() as client:
            found = look(client, confidence=0.01)
            told = client.get("/api/ml/health").json()
            numbers = client.get("/api/ml/metrics").text
    finally:
        service.drop()

    assert found.status_code == 200
    assert (told["open_models"], told["memory"]) == ([], {"now": 0, "limit": 1_000_000})
    assert "modelship_ml_models_open_bytes 0\n" in numbers
    assert "modelship_ml_models_open_most_bytes 1e+06\n" in numbers


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is measured on Linux")
def test_it_says_what_open_models_take(client, spot):
    look(client, model=spot, confidence=0.9)

    told = client.get("/api/ml/health").json()["memory"]

    assert 20 << 20 < told["now"] < told["limit"]


def lanes_busy(client) -> int:
    return client.get("/api/ml/health").json()["lanes"]["now"]


def until(holds, seconds=20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (now := holds()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return now


@pytest.mark.parametrize("is_sliced", [True, False])
def test_a_look_ends_when_its_asker_has_left(client, service, slow_model, is_sliced):
    """In the middle of slices it stops after one; a model that is at one picture for minutes loses its child."""
    cut = {"width": 64, "height": 64, "overlap": 0, "full_image": False} if is_sliced else None
    picture = drawn(size=(2048, 2048) if is_sliced else (64, 64))
    with service.client() as asker, pytest.raises(httpx.ReadTimeout):
        asker.post(
            "/api/ml/detect",
            files={"file": ("p.png", picture)},
            data={"options": json.dumps({"model": slow_model, "slice": cut})},
            timeout=httpx.Timeout(60, read=3.0),
        )
    was_busy = lanes_busy(client)

    assert was_busy == 1
    assert until(lambda: lanes_busy(client) == 0)
    assert look(client, confidence=0.01).status_code == 200


def test_an_unknown_model_is_asked_for(client):
    check_problem(look(client, model="0" * 64), 404, "model_unknown")
    check_problem(client.get(f"/api/ml/models/{'0' * 64}"), 404, "model_unknown")


def test_bytes_of_another_name_are_not_kept(client, tmp_path):
    data = tiny_yolox(tmp_path / "m.onnx").read_bytes()

    check_problem(client.put(f"/api/ml/models/{'1' * 64}", content=data), 422, "bad_checksum")
    check_problem(client.get(f"/api/ml/models/{'1' * 64}"), 404, "model_unknown")


def test_what_is_no_model_is_not_kept(client):
    sha256 = hashlib.sha256(b"no model").hexdigest()

    check_problem(client.put(f"/api/ml/models/{sha256}", content=b"no model"), 415, "not_onnx")
    check_problem(client.get(f"/api/ml/models/{sha256}"), 404, "model_unknown")


@pytest.mark.parametrize(
    "options",
    [
        "{",
        "[]",
        '"text"',
        '{"confidence": NaN}',
        '{"confidence": 1.5}',
        '{"confidence": "high"}',
        '{"iou": true}',
        '{"model": "../../etc/passwd"}',
        '{"model": 5}',
        '{"slice": {"width": 8, "height": 8}}',
        '{"slice": {"width": 64}}',
        '{"merge": {"method": "magic"}}',
        '{"region": [0, 0, 0, 5]}',
        '{"region": [0, 0, 5]}',
        '{"thresholds": {"cat": 2}}',
        '{"sessions": 0}',
        '{"group": "a/b"}',
        '{"unheard": 1}',
        "[" * 5000,
        '{"spec": 1}',
        "\ud800",
    ],
)
def test_options_that_are_wrong_are_malformed(client, options):
    data = {"options": options.encode("utf-8", "surrogatepass")}
    answer = client.post(
        "/api/ml/detect", files={"file": ("p.png", drawn()), "options": (None, data["options"])}
    )

    check_problem(answer, 400, "malformed")


def test_bodies_that_are_wrong_are_refused(client):
    check_problem(client.post("/api/ml/detect", json={}), 415, "unsupported_type")
    check_problem(client.post("/api/ml/detect", files={"options": (None, "{}")}), 400, "no_files")
    check_problem(client.post("/api/ml/detect", files={"other": b"x"}), 400, "malformed")
    broken = {"Content-Type": "multipart/form-data"}
    check_problem(client.post("/api/ml/detect", content=b"xx", headers=broken), 400, "malformed")
    check_problem(client.get("/api/ml/detect"), 405, "method_not_allowed")
    check_problem(client.get("/api/ml/models/short"), 400, "malformed")


def test_what_is_no_picture_is_refused_as_in_process(client, spot):
    check_problem(look(client, b"no picture", model=spot), 422, "bad_image")
    check_problem(look(client, model=spot, max_pixels=100), 422, "too_large")
    check_problem(look(client, model=spot, region=[900, 900, 5, 5]), 422, "bad_settings")


def test_the_correlation_id_is_taken_over_or_made(client, service):
    given = client.get("/api/ml/models", headers={"X-Request-ID": "quay-0001"})
    made = client.get("/api/ml/models", headers={"X-Request-ID": "no spaces, please"})
    lines = [json.loads(line) for line in service.log.splitlines()]

    assert given.headers["x-request-id"] == "quay-0001"
    assert len(made.headers["x-request-id"]) == 32
    assert "quay-0001" in [line.get("request_id") for line in lines]
    assert TOKEN not in service.log


def test_numbers_are_there_for_prometheus(client):
    client.get("/api/ml/nothing")
    text = client.get("/api/ml/metrics").text

    assert 'modelship_ml_requests_total{route="other",status="404"}' in text
    assert 'modelship_ml_request_seconds_bucket{route="/api/ml/health",le="+Inf"}' in text
    for name in ("queue_length", "lanes_busy", "lanes 2", "models_open", "places_taken 0"):
        assert f"modelship_ml_{name}" in text


def test_the_description_names_every_route_and_resolves(client):
    described = client.get("/api/ml/openapi.json").json()
    assert set(described["paths"]) == {route.path for route in ROUTES}
    for name in set(json.dumps(described).split("#/components/schemas/")[1:]):
        assert name.split('"')[0] in described["components"]["schemas"]


@pytest.fixture(scope="module")
def small():
    """A service with hardly any room and little patience."""
    service = DetectorService(
        MODELSHIP_ML_LANES="1",
        MODELSHIP_ML_QUEUE="1",
        MODELSHIP_ML_IDLE_SECONDS="1",
        MODELSHIP_ML_BODY_SECONDS="3",
        MODELSHIP_ML_MAX_FILE_BYTES="100000",
        MODELSHIP_ML_MAX_MODEL_BYTES="100000",
        MODELSHIP_ML_STOP_SECONDS="25",
    ).start()
    yield service
    service.drop()


def half_sent(service, length=5000) -> socket.socket:
    """A request whose body never ends."""
    line = socket.create_connection(("127.0.0.1", service.port), timeout=20)
    line.sendall(
        f"POST /api/ml/detect HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n--b\r\n".encode()
    )
    return line


def test_too_many_bytes_are_refused_before_they_are_read(small):
    with small.client() as client:
        check_problem(look(client, b"x" * 3_000_000), 413, "too_large")
        big = client.put(f"/api/ml/models/{'2' * 64}", content=b"x" * 3_000_000)
        check_problem(big, 413, "too_large")
        chunked = client.put(f"/api/ml/models/{'2' * 64}", content=iter([b"x" * 700_000] * 4))
        check_problem(chunked, 413, "too_large")


def test_a_slow_client_is_sent_away_and_a_full_house_says_when_to_come_back(small):
    lines = [half_sent(small), half_sent(small)]
    time.sleep(0.3)
    with small.client() as client:
        began = time.monotonic()
        full = look(client, b"x" * 50_000)
        took = time.monotonic() - began
    answers = [line.recv(4096) for line in lines]
    for line in lines:
        line.close()

    check_problem(full, 503, "busy")
    assert int(full.headers["Retry-After"]) >= 1
    assert took < 0.7
    assert [answer.split(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 408 Request Timeout"] * 2


def test_half_a_header_is_not_waited_for(small):
    line = socket.create_connection(("127.0.0.1", small.port), timeout=20)
    line.sendall(b"GET /api/ml/health HT")
    began = time.monotonic()

    assert line.recv(100) == b""
    assert time.monotonic() - began < 15
    line.close()


def test_sigterm_lets_work_end(small):
    with ThreadPoolExecutor(1) as threads, small.client() as client:
        answer = threads.submit(look, client, confidence=0.5)
        time.sleep(0.4)
        status = small.stop()

    assert answer.result().status_code == 200
    # Ended by the signal, after the work.
    assert status == -signal.SIGTERM
    assert "Traceback" not in small.log
