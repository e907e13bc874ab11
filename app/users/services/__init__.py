"""People and their offices: made, given, ended; passwords and one-time links."""

from app.users.services.accounts import (
    change_language,
    count_failed_sign_in,
    create_user,
    fault_of_choice,
    set_password,
)
from app.users.services.links import (
    create_sign_in_link,
    find_link_owner,
    forget_dead_links,
    may_make_link,
    use_sign_in_link,
)
from app.users.services.offices import end_office, give_office

__all__ = [
    "change_language",
    "count_failed_sign_in",
    "create_sign_in_link",
    "create_user",
    "end_office",
    "fault_of_choice",
    "find_link_owner",
    "forget_dead_links",
    "give_office",
    "may_make_link",
    "set_password",
    "use_sign_in_link",
]
