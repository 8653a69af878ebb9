from django.urls import path

from modelship.notices import views
from modelship.notices.api.notices import Notifications, NotificationSettings, NotificationsRead

api = [
    path("notifications", Notifications.as_view(), name="api-notifications"),
    path("notifications/read", NotificationsRead.as_view(), name="api-notifications-read"),
    path("notifications/settings", NotificationSettings.as_view(), name="api-notifications-settings"),
]
pages = [
    path("notifications/", views.notices, name="notices"),
    path("notifications/read/", views.notices_read, name="notices-read"),
    path("notifications/mail/", views.notices_mail, name="notices-mail"),
    path("notifications/<uuid:notice_id>/", views.notice, name="notice"),
]
