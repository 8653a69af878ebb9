"""Routes of the shared pages."""

from django.urls import path

from modelship.web.views import classes, datasets, gallery, home, projects, settings, theme, tour, versions

pages = [
    path("", home.home, name="home"),
    path("tour/look/", tour.tour_look, name="tour-look"),
    path("tour/export/", tour.tour_export, name="tour-export"),
    path("tour/hide/", tour.tour_hide, name="tour-hide"),
    path("tour/show/", tour.tour_show, name="tour-show"),
    path("sample/add/", tour.sample_add, name="sample-add"),
    path("sample/remove/", tour.sample_remove, name="sample-remove"),
    path("theme/", theme.theme, name="theme"),
    path("projects/", projects.project_list, name="projects"),
    path("projects/new/", projects.project_new, name="project-new"),
    path("projects/<uuid:project_id>/", projects.project, name="project"),
    path("projects/<uuid:project_id>/edit/", projects.project_edit, name="project-edit"),
    path("projects/<uuid:project_id>/delete/", projects.project_delete, name="project-delete"),
    path("projects/<uuid:project_id>/classes/", classes.project_classes, name="project-classes"),
    path("projects/<uuid:project_id>/datasets/new/", datasets.dataset_new, name="dataset-new"),
    path("datasets/<uuid:dataset_id>/", gallery.gallery, name="dataset"),
    path("datasets/<uuid:dataset_id>/edit/", datasets.dataset_edit, name="dataset-edit"),
    path("datasets/<uuid:dataset_id>/delete/", datasets.dataset_delete, name="dataset-delete"),
    path("datasets/<uuid:dataset_id>/versions/", versions.dataset_versions, name="dataset-versions"),
    path("settings/members/", settings.members, name="settings-members"),
    path("settings/members/<uuid:user_id>/", settings.member_change, name="settings-member"),
    path("settings/usage/", settings.usage, name="settings-usage"),
    path("settings/api-keys/", settings.keys, name="settings-keys"),
    path("settings/api-keys/<uuid:key_id>/revoke/", settings.key_revoke, name="settings-key-revoke"),
]
