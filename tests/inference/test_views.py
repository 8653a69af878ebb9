import pytest

from inference.actions.catalog import queue_install
from inference.catalog import CATALOG, entry_named
from inference.models import DetectorModel
from modelship.jobs.models import Job
from tests.inference.installed import put_in_place

pytestmark = pytest.mark.django_db


def test_the_page_shows_models_catalogue_and_upload(alice, thing):
    page = alice.browser.get("/models/").content.decode()

    assert "thing finder" in page
    assert "64×64" in page
    assert 'data-installs="yolox_nano"' in page
    assert 'data-module="model-upload"' in page
    assert "manage.py install_model --file" in page


def test_who_may_not_manage_sees_no_buttons(vic, alice, thing):
    listed = vic.browser.get("/models/").content.decode()
    single = vic.browser.get(f"/models/{thing.id}/").content.decode()

    assert "thing finder" in listed
    assert "data-installs" not in listed
    assert "model-upload" not in listed
    assert "Archive" not in single
    assert "thing" in single


def test_an_empty_page_teaches(alice):
    page = alice.browser.get("/models/").content.decode()

    assert "No models yet" in page


def test_what_a_model_does_is_told_in_the_list_and_on_its_page(alice, thing, embedder):
    listed = alice.browser.get("/models/").content.decode()
    single = alice.browser.get(f"/models/{embedder.id}/").content.decode()

    assert "finds objects" in listed
    assert "compares faces" in listed
    assert "Compares faces: face_embedding, 112×112, " in single
    assert "It can’t label pictures." in single


def test_the_catalogue_is_grouped_and_tells_what_each_entry_is(alice):
    page = alice.browser.get("/models/").content.decode()

    groups = [page.index(f"<h3>{title}</h3>") for title in ("Find objects", "Find faces", "Tell faces apart")]
    assert groups == sorted(groups)
    assert page.count('class="entry"') == len(CATALOG)
    for words in ("RGB, 0 to 1, stretched to the input", "Apache-2.0", CATALOG[0].sha256, CATALOG[0].url):
        assert words in page


def test_a_failed_installation_says_why_in_its_row_and_can_be_tried_again(alice):
    job, _ = queue_install(alice.actor, entry_named("yolox_s"), allow_unpinned=False)
    Job.objects.filter(id=job.id).update(state="failed", error={"detail": "github.com can't be reached."})

    page = alice.browser.get("/models/").content.decode()

    row = page[page.index('id="entry-yolox_s"') : page.index('id="entry-yolox_m"')]
    assert "github.com can&#x27;t be reached." in row
    assert 'data-job-action="retry"' in row
    assert "data-installs" not in row


def test_a_running_installation_is_shown(alice):
    job, _ = queue_install(alice.actor, entry_named("yolox_s"), allow_unpinned=True)

    page = alice.browser.get("/models/").content.decode()

    assert f'data-job="{job.id}"' in page


def test_an_ended_installation_is_not_shown_any_more(alice):
    job, _ = queue_install(alice.actor, entry_named("yolox_s"), allow_unpinned=True)
    Job.objects.filter(id=job.id).move("cancel")

    assert f'data-job="{job.id}"' not in alice.browser.get("/models/").content.decode()


def test_a_model_tells_how_it_is_fed_and_what_it_knows(alice, thing):
    page = alice.browser.get(f"/models/{thing.id}/").content.decode()

    for words in ("BGR", "letterbox top left", thing.sha256, "<li>thing</li>", "<li>stuff</li>"):
        assert words in page


def test_names_from_a_model_are_only_text(alice, tiny):
    model = put_in_place(tiny, "<script>x</script>", alice.tenant)
    DetectorModel.objects.update(class_names=["<img src=x>", "b"])

    for url in ("/models/", f"/models/{model.id}/"):
        page = alice.browser.get(url).content.decode()
        assert "<script>x" not in page
        assert "<img src=x>" not in page


def test_archiving_activating_and_renaming_by_form(alice, thing):
    url = f"/models/{thing.id}/"

    archived = alice.browser.post(url, {"state": "archived"})
    renamed = alice.browser.post(url, {"name": "finder"})

    assert (archived.status_code, renamed["Location"]) == (302, url)
    thing.refresh_from_db()
    assert (thing.state, thing.name) == ("archived", "finder")


@pytest.mark.parametrize("form", [{"state": "gone"}, {"name": ""}])
def test_a_refused_form_changes_nothing_and_says_why(alice, thing, form):
    answer = alice.browser.post(f"/models/{thing.id}/", form, follow=True)

    assert "must be one of" in answer.content.decode() or "Give the model a name" in answer.content.decode()
    thing.refresh_from_db()
    assert (thing.name, thing.state) == ("thing finder", "active")


@pytest.mark.django_db(transaction=True)
def test_deleting_by_form_is_for_managers(alice, bob, thing):
    url = f"/models/{thing.id}/delete/"

    assert bob.browser.post(url).status_code == 403
    assert DetectorModel.objects.count() == 1
    assert alice.browser.post(url)["Location"] == "/models/"
    assert DetectorModel.objects.count() == 0


def test_a_stranger_finds_nothing(charlie, thing):
    assert charlie.browser.get(f"/models/{thing.id}/").status_code == 404
    assert charlie.browser.post(f"/models/{thing.id}/", {"name": "mine"}).status_code == 404
    assert "thing finder" not in charlie.browser.get("/models/").content.decode()


def test_the_admin_site_shows_models_and_runs(alice, thing):
    alice.user.is_staff = alice.user.is_superuser = True
    alice.user.save()

    for page in ("detectormodel/", f"detectormodel/{thing.id}/change/", "imagerun/"):
        assert alice.browser.get(f"/admin/inference/{page}").status_code == 200
    assert alice.browser.get("/admin/inference/detectormodel/add/").status_code == 403
