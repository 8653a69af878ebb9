"""Forms of the account pages that are ours; allauth brings the others."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm

from modelship.accounts.models import User


class SetupForm(SetPasswordForm):
    """The first owner's name, address and password."""

    name = forms.CharField(label="Your name", max_length=200)
    email = forms.EmailField(label="E-mail address", max_length=254)
    field_order = ("name", "email", "new_password1", "new_password2")

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip().lower()
        if User.objects.exclude(pk=self.user.pk).filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody has an account with this address already.")
        return email

    def save(self, commit: bool = True) -> Any:
        self.user.name = self.cleaned_data["name"].strip()
        self.user.email = self.cleaned_data["email"]
        return super().save(commit)
