from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "modelship.accounts"
    label = "accounts"
