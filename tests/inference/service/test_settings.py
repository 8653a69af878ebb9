import os
import subprocess
import sys

import pytest

from inference.service.settings import BadSetting, Settings
from tests.data import ROOT


def test_defaults_are_strict_and_have_a_lane_for_each_core():
    settings = Settings.read({})

    assert (settings.token, settings.lanes) == ("", len(os.sched_getaffinity(0)))
    assert settings.queue == settings.lanes * 8


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MODELSHIP_ML_LANES", "0"),
        ("MODELSHIP_ML_LANES", "many"),
        ("MODELSHIP_ML_QUEUE", "-1"),
        ("MODELSHIP_ML_DETECT_SECONDS", "1.5"),
        ("MODELSHIP_ML_TOKEN", "short"),
        ("MODELSHIP_ML_TOKEN", "long enough, but with spaces"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_the_setting(name, value):
    with pytest.raises(BadSetting, match=name):
        Settings.read({name: value})


def test_strangers_are_kept_out_by_a_token():
    for host in ("127.0.0.1", "::1", "localhost"):
        Settings.read({}).check_bind(host)
    Settings.read({"MODELSHIP_ML_TOKEN": "x" * 16}).check_bind("0.0.0.0")

    for host in ("0.0.0.0", "::", "192.168.1.4", "ml"):
        with pytest.raises(BadSetting, match="MODELSHIP_ML_TOKEN"):
            Settings.read({}).check_bind(host)


def test_it_does_not_start_open_to_strangers():
    command = [sys.executable, "-m", "inference.service", "--host", "0.0.0.0", "--port", "1"]
    env = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert "MODELSHIP_ML_TOKEN" in done.stderr
