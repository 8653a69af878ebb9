from django.urls import path

from modelship.jobs import views
from modelship.jobs.api.views import JobCancel, JobList, JobRetry, JobView

api = [
    path("jobs", JobList.as_view(), name="api-jobs"),
    path("jobs/<uuid:job_id>", JobView.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/cancel", JobCancel.as_view(), name="api-job-cancel"),
    path("jobs/<uuid:job_id>/retry", JobRetry.as_view(), name="api-job-retry"),
]
pages = [
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/cancel/", views.job_cancel, name="job-cancel"),
    path("jobs/<uuid:job_id>/retry/", views.job_retry, name="job-retry"),
]
