"""The page of a training in a real browser: its curve, the table beside it, the scores, and the way to label."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from datasets.models import Dataset
from inference.models import DetectorModel, TrainingRun
from modelship.lib.clock import now
from tests.browsers import Watch
from tests.e2e.test_pages import sign_in
from tests.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide", "narrow"])
def screen(request, live_server: LiveServer, alice: Person, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    watch = Watch()
    context = watch.follow(
        browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 844}, color_scheme=scheme
        )
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
    assert watch.complaints == []


@pytest.fixture
def run(alice: Person, dataset: Dataset) -> TrainingRun:
    model = DetectorModel.objects.create(
        tenant=alice.tenant,
        name="harbour-nano · North quay",
        head="yolox",
        input_width=96,
        input_height=96,
        class_names=["boat", "crane"],
        sha256="2" * 64,
        size=1,
    )
    classes = {name: {"ap": 0.25, "ap50": 0.5, "count": 3} for name in ("boat", "crane")}
    scores = {look: {"ap": 0.25, "ap50": 0.5, "classes": classes} for look in ("whole", "sliced")}
    return TrainingRun.objects.create(
        tenant=alice.tenant,
        project=dataset.project,
        dataset=dataset,
        base_name="harbour-nano",
        model=model,
        options={"steps": 60, "seed": 0, "val_share": 0.2, "freeze_backbone": False},
        classes=["boat", "crane"],
        counts={"images": 5, "train": 4, "val": 1, "negatives": 0, "boxes": 10},
        history=[
            {"step": n, "loss": 9 / n, "boxes": 4 / n, "objects": 3 / n, "classes": 2 / n, "lr": 0.001}
            for n in range(1, 61)
        ],
        metrics={
            "before": {**scores, "unknown": ["crane"]},
            "after": scores,
            "pictures": 1,
            "device": "cpu",
            "training_seconds": 60.0,
        },
        finished_at=now(),
    )


def test_the_curve_is_drawn_and_told(screen: Page, run: TrainingRun):
    sign_in(screen)

    screen.goto(f"/trainings/{run.id}/")

    chart = screen.get_by_role("img", name="Loss from 9.00 at step 1 to 0.15 at step 60 of 60.")
    expect(chart).to_be_visible()
    assert chart.locator("polyline").count() == 4
    assert chart.locator("polyline.line-0").get_attribute("points").count(",") == 60
    expect(screen.locator(".legend li")).to_have_text(["Total", "Boxes", "Objects", "Classes"])
    screen.get_by_text("As a table").click()
    expect(screen.locator("[data-part=table] tbody tr").last).to_contain_text("60")
    expect(screen.get_by_text("new", exact=True).first).to_be_visible()
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_label_with_it_opens_the_form_with_the_new_model(screen: Page, run: TrainingRun):
    sign_in(screen)
    screen.goto(f"/models/{run.model_id}/")
    expect(screen.get_by_role("heading", name="Where it comes from")).to_be_visible()
    screen.get_by_role("link", name="The training").click()

    screen.get_by_role("link", name="Label with it").click()

    expect(screen.locator("#label-dialog")).to_be_visible()
    expect(screen.locator("#label-model")).to_have_value(str(run.model_id))
