"""The composition root of HTTP: every app's routes, under the prefixes of the contract."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from annotations import urls as annotations
from datasets import urls as datasets
from inference import urls as inference
from modelship.accounts.views import setup
from modelship.api import urls as platform
from modelship.jobs import urls as jobs
from modelship.notices import urls as notices
from modelship.ops import failures, health
from modelship.usage import urls as usage
from modelship.web import urls as web

api = [*platform.api, *usage.api, *jobs.api, *notices.api, *datasets.api, *annotations.api, *inference.api]
pages = [*web.pages, *jobs.pages, *notices.pages, *datasets.pages, *annotations.pages, *inference.pages]

READ = ["get", "head"]
urlpatterns = [
    path("health", health.live, name="health"),
    path("health/ready", health.ready, name="health-ready"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("setup/<str:uid>/<str:token>/", setup, name="setup"),
    path("api/v1/schema", SpectacularAPIView.as_view(http_method_names=READ), name="api-schema"),
    path(
        "api/v1/docs",
        # The split one has its script at an address of its own, which the content policy asks for.
        SpectacularSwaggerSplitView.as_view(
            url_name="api-schema", template_name="api/docs.html", http_method_names=READ
        ),
        name="api-docs",
    ),
    path("api/v1/", include(api)),
    re_path(r"^api/", failures.not_found),
    *pages,
]
handler400 = failures.bad_request
handler403 = failures.forbidden
handler404 = failures.not_found
handler500 = failures.server_error
