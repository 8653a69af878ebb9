from datetime import timedelta

import pytest
from django.test import Client

from modelship.jobs import lease
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.jobs.views import figures, span
from modelship.lib.clock import now
from modelship.projects.models import Project
from tests.modelship.jobs.conftest import queue
from tests.people import Person


def test_without_jobs_the_page_says_what_they_are(alice: Person):
    page = alice.browser.get("/jobs/").content.decode()

    assert "No jobs yet" in page
    assert "Open a dataset and start one." in page


def test_the_list_shows_each_job_with_its_buttons(alice: Person, project: Project):
    waiting = queue(alice, "test.patient", project=project)
    failed = queue(alice, "test.refused")
    run_queued(["test.refused"])

    page = alice.browser.get("/jobs/").content.decode()

    assert f"/jobs/{waiting.id}/cancel/" in page
    assert f"/jobs/{failed.id}/retry/" in page
    assert "The file has no pages. Upload another one." in page


def test_a_running_job_shows_a_progress_bar(alice: Person):
    queue(alice, "test.patient")
    job = lease.claim(["test.patient"])
    lease.renew(job, done=30, total=120, message="Reading.")

    page = alice.browser.get(f"/jobs/{job.id}/").content.decode()

    assert 'value="30" max="120"' in page
    assert "30 of 120" in page


def test_tabs_narrow_the_list(alice: Person):
    waiting = queue(alice, "test.patient")
    failed = queue(alice, "test.refused")
    run_queued(["test.refused"])

    live = alice.browser.get("/jobs/?show=live").content.decode()
    broken = alice.browser.get("/jobs/?show=failed").content.decode()

    assert str(waiting.id) in live
    assert str(failed.id) not in live
    assert str(failed.id) in broken
    assert str(waiting.id) not in broken


def test_who_may_not_steer_sees_no_buttons(alice: Person, vic: Person):
    job = queue(alice, "test.patient")

    for address in ("/jobs/", f"/jobs/{job.id}/"):
        page = vic.browser.get(address).content.decode()
        assert "Test of patient" in page
        assert f"/jobs/{job.id}/cancel/" not in page


def test_a_stranger_gets_a_404_for_the_page_and_its_buttons(alice: Person, charlie: Person):
    job = queue(alice, "test.patient")

    answers = [
        charlie.browser.get(f"/jobs/{job.id}/"),
        charlie.browser.post(f"/jobs/{job.id}/cancel/"),
        charlie.browser.post(f"/jobs/{job.id}/retry/"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_the_cancel_button_works_without_scripts(alice: Person):
    job = queue(alice, "test.patient")

    answer = alice.browser.post(f"/jobs/{job.id}/cancel/", follow=True)

    assert answer.redirect_chain == [(f"/jobs/{job.id}/", 302)]
    assert "The job was cancelled." in answer.content.decode()
    assert Job.objects.get(pk=job.pk).state == "cancelled"


def test_the_retry_button_leads_back_to_the_list(alice: Person):
    job = queue(alice, "test.refused")
    run_queued()

    answer = alice.browser.post(f"/jobs/{job.id}/retry/", {"back": "list"}, follow=True)

    assert answer.redirect_chain == [("/jobs/", 302)]
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_a_button_that_comes_too_late_says_so(alice: Person):
    job = queue(alice, "test.steps", args={"units": 0})
    run_queued()

    answer = alice.browser.post(f"/jobs/{job.id}/cancel/", follow=True)

    assert "This job has already ended." in answer.content.decode()


def test_buttons_refuse_other_methods_and_a_missing_token(alice: Person):
    job = queue(alice, "test.patient")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert alice.browser.get(f"/jobs/{job.id}/cancel/").status_code == 405
    assert strict.post(f"/jobs/{job.id}/cancel/").status_code == 403
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_a_job_that_no_worker_takes_asks_for_one(alice: Person):
    job = queue(alice, "test.patient")
    Job.objects.filter(pk=job.pk).update(created_at=now() - timedelta(minutes=1))

    page = alice.browser.get(f"/jobs/{job.id}/").content.decode()

    assert "No worker has taken this yet." in page


def test_pages_send_people_without_a_session_to_sign_in(alice: Person):
    job = queue(alice, "test.patient")

    answers = [Client().get(address) for address in ("/jobs/", f"/jobs/{job.id}/")]

    assert [answer.status_code for answer in answers] == [302, 302]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (42, "42 s"), (190, "3 min"), (7300, "2 h"), (90, "2 min")]
)
def test_spans_are_told_in_their_largest_unit(seconds: float, words: str):
    assert span(seconds) == words


def test_figures_of_work_without_a_total(alice: Person):
    job = queue(alice, "test.patient")
    job.done = 1200

    assert figures(job) == "1,200 done"
