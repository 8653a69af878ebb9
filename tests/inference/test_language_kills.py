"""A worker that is killed while a language model tags pictures: each gets one tag, and tokens are counted once."""

import time
from pathlib import Path

import pytest

from tests.inference.installed import drawn
from tests.inference.language.openai_server import KEY, serving
from tests.inference.test_kills import upload_pictures, wait_for_runs
from tests.servers import Server

IMAGES, PATIENCE = 10, 60


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_worker_tags_each_picture_once_and_leaves_no_token_reserved(tmp_path: Path):
    with serving() as language:
        language.pause = 0.15
        settings = {"MODELSHIP_JOB_LEASE_SECONDS": "2", "MODELSHIP_OUTBOUND_ALLOW": language.place}
        server = Server(tmp_path / "home", worker=True, pages=False, **settings)
        try:
            server.start()
            key = server.bootstrap()["api_key"]
            dataset = prepared(server, key, language.url)
            pictures = {f"{number:02}.png": drawn(number) for number in range(IMAGES)}
            upload_pictures(server, key, dataset, pictures)

            job = server.call("POST", f"datasets/{dataset}/classify", key, {})[1]["job"]["id"]
            wait_for_runs(server, 3)
            server.kill_worker()
            server.restart()
            state = ended(server, key, job)

            assert (state["state"], state["result"]["tagged"]) == ("succeeded", IMAGES)
            tags = server.query(
                "SELECT count(*), count(DISTINCT uid) FROM annotations_box WHERE shape = 'tag' GROUP BY canvas_id"
            )
            assert tags == [(1, 1)] * IMAGES
            [(reserved, tokens)] = server.query(
                "SELECT sum(reserved), sum(input_tokens + output_tokens) FROM inference_languageuse"
            )
            [(used,)] = server.query("SELECT used FROM usage_quota WHERE resource = 'language_tokens'")
            assert (reserved, used) == (0, tokens)
            # What was answered before the kill was not asked again, but for the one on its way.
            assert IMAGES <= len(language.asked) <= IMAGES + 2
        finally:
            server.stop()


def prepared(server: Server, key: str, url: str) -> str:
    """A project with two classes, an endpoint that is asked one thing at a time, and an empty dataset."""
    project = server.call("POST", "projects", key, {"name": "Kills"})[1]["id"]
    for name in ("boat", "crane"):
        assert server.call("POST", f"projects/{project}/classes", key, {"name": name})[0] == 201
    endpoint = {"name": "Local", "base_url": url, "model": "tiny-1", "key": KEY, "sees_images": True}
    rates = {"requests_per_minute": 60_000, "requests_at_once": 1}
    assert server.call("POST", "language-endpoints", key, {**endpoint, **rates})[0] == 201
    return str(server.call("POST", "datasets", key, {"name": "Pictures", "project": project})[1]["id"])


def ended(server: Server, key: str, job: str) -> dict:
    deadline = time.monotonic() + PATIENCE
    while (state := server.call("GET", f"jobs/{job}", key)[1])["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, f"{state}\n{server.log}"
        time.sleep(0.2)
    return state
