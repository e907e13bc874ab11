"""People and their offices: made, given, ended; passwords and one-time links."""

from app.users.services.accounts import (
    change_language,
    count_failed_sign_in,
    create_user,
    fault_of_choice,
    set_password,
)
from app.users.services.guests import (
    Arrival,
    create_address_link,
    delete_guest_account,
    end_sessions,
    find_address_link,
    forget_address,
    use_address_link,
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
    "Arrival",
    "change_language",
    "count_failed_sign_in",
    "create_address_link",
    "create_sign_in_link",
    "create_user",
    "delete_guest_account",
    "end_office",
    "end_sessions",
    "fault_of_choice",
    "find_address_link",
    "find_link_owner",
    "forget_address",
    "forget_dead_links",
    "give_office",
    "may_make_link",
    "set_password",
    "use_address_link",
    "use_sign_in_link",
]
