"""Routes of this layer."""

from django.urls import path

from modelship.api.doors import projects, tenant

api = [
    path("auth/me", tenant.Me.as_view(), name="api-me"),
    path("auth/me/keymap", tenant.MyKeymap.as_view(), name="api-my-keymap"),
    path("tenant", tenant.TheTenant.as_view(), name="api-tenant"),
    path("tenant/members", tenant.Members.as_view(), name="api-members"),
    path("tenant/members/<uuid:user_id>", tenant.OneMember.as_view(), name="api-member"),
    path("tenant/api-keys", tenant.Keys.as_view(), name="api-keys"),
    path("tenant/api-keys/<uuid:key_id>", tenant.OneKey.as_view(), name="api-key"),
    path("projects", projects.Projects.as_view(), name="api-projects"),
    path("projects/<uuid:project_id>", projects.OneProject.as_view(), name="api-project"),
]
