import pytest
from django.test import override_settings

pytestmark = pytest.mark.django_db


def test_pages_watch_the_detector_only_where_it_is_a_service_of_its_own(alice, client):
    without = alice.browser.get("/").content
    with override_settings(MODELSHIP_ML_SERVICE_URL="http://127.0.0.1:1"):
        within = alice.browser.get("/").content
        stranger = client.get("/accounts/login/").content

    assert b"web/outage.js" in within
    assert b"outage" not in without
    assert b"outage" not in stranger
