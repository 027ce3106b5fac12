"""What is on disk for collaboration, as the host and the programs of a user both open it."""

from __future__ import annotations

import os
import platform
import pwd

from peerapi.collab.applications import Applications
from peerapi.collab.contacts import ContactBook
from peerapi.collab.own import default_name
from peerapi.store.collab import ApplicationStore, ContactStore, MeStore, SharedApplicationStore


def login_name() -> str:
    """What this user is called: the full name of the login, else its short one."""
    try:
        found = pwd.getpwuid(os.geteuid())
    except KeyError:
        return ""
    return found.pw_gecos.partition(",")[0].strip() or found.pw_name


def machine_name() -> str:
    """What this machine is called, which its endpoint is called too until the user says otherwise."""
    return default_name(platform.node()) or "this machine"


def contact_book() -> ContactBook:
    """Contacts and Me of the data folder that the environment names when something is asked of them."""
    return ContactBook(MeStore(), ContactStore(), login_name)


def applications() -> Applications:
    """The registered applications of the data folder that the environment names when something is asked of them."""
    return Applications(ApplicationStore(), SharedApplicationStore())
