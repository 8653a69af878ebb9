"""Tests that train do so on one thread: beside other work, threads inside operators wait for one another."""

import pytest


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch (requirements/train)")
    torch.set_num_threads(1)
