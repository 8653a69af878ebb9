"""The page of texts: pasted or uploaded, listed by state, and what it offers to whom."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from inference.models import Text

pytestmark = pytest.mark.django_db


def url(dataset) -> str:
    return f"/datasets/{dataset.id}/texts/"


def test_texts_are_pasted_and_uploaded(alice, dataset):
    pasted = alice.browser.post(url(dataset), {"texts": "one\n\ntwo"}, follow=True)
    file = SimpleUploadedFile("more.csv", b"key,text\nk1,three\n")
    uploaded = alice.browser.post(url(dataset), {"texts": "", "file": file}, follow=True)

    assert "2 texts added." in pasted.content.decode()
    assert "1 text added." in uploaded.content.decode()
    assert list(Text.objects.order_by("ordinal").values_list("key", "text")) == [
        ("", "one"),
        ("", "two"),
        ("k1", "three"),
    ]


@pytest.mark.parametrize("texts", ["", "x" * 20_001])
def test_what_is_no_text_is_said_and_nothing_added(alice, dataset, texts):
    page = alice.browser.post(url(dataset), {"texts": texts}, follow=True).content.decode()

    assert "Nothing was added." in page
    assert Text.objects.count() == 0


def test_the_list_is_narrowed_by_state_and_escapes_what_strangers_wrote(alice, dataset):
    Text.objects.create(dataset=dataset, ordinal=1, text="<script>alert(1)</script>")
    Text.objects.create(dataset=dataset, ordinal=2, text="a decided one", state="accepted", label="boat")

    page = alice.browser.get(url(dataset) + "?state=new").content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "a decided one" not in page
    assert "Add the endpoint of a language model." in page


def test_who_may_only_look_sees_no_form(vic, dataset):
    Text.objects.create(dataset=dataset, ordinal=1, text="one")

    page = vic.browser.get(url(dataset)).content.decode()

    assert "Add texts" not in page
    assert vic.browser.post(url(dataset), {"texts": "two"}).status_code == 403
    assert Text.objects.count() == 1
