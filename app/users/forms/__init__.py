"""What is typed to sign in, to choose a password or a PIN, and to invite somebody."""

from app.users.forms.guests import AddressForm, ComeInForm, DeleteForm
from app.users.forms.people import (
    ROLE_NAMES,
    ROLE_TEXTS,
    EmptyForm,
    EndOfficeForm,
    InviteForm,
    SearchForm,
    WhereForm,
    read_contact,
)
from app.users.forms.signing_in import (
    SECRET_FAULTS,
    ChangeSecretForm,
    ForgotForm,
    LanguageForm,
    NewSecretForm,
    ResetForm,
    SignInForm,
)

__all__ = [
    "ROLE_NAMES",
    "ROLE_TEXTS",
    "SECRET_FAULTS",
    "AddressForm",
    "ChangeSecretForm",
    "ComeInForm",
    "DeleteForm",
    "EmptyForm",
    "EndOfficeForm",
    "ForgotForm",
    "InviteForm",
    "LanguageForm",
    "NewSecretForm",
    "ResetForm",
    "SearchForm",
    "SignInForm",
    "WhereForm",
    "read_contact",
]
