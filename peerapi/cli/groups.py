"""Which of this user's groups is meant, and looking into one without changing anything: the questions go to a copy."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from peerapi.cli import inspection, naming
from peerapi.cli.progress import Progress
from peerapi.cli.records import Reader
from peerapi.engine.graphs.node import database_path
from peerapi.engine.groups.groups import DATABASE
from peerapi.errors import NotFound, PeerError
from peerapi.grouping.roles import Role
from peerapi.python import group_values
from peerapi.store import catalog
from peerapi.store.data_folder import data_folder
from peerapi.store.groups import GroupStore, StoredGroup
from peerapi.store.identities import StoredIdentity
from peerapi.text import to_paste

if TYPE_CHECKING:
    from peerapi.engine.graphs.driver import Driver
    from peerapi.engine.sharing.shared_group import OpenGroup as Group

F = TypeVar("F", bound=Callable[..., object])


def of_a_group(command: F) -> F:
    """The parameters of a command about one group."""
    option = click.option("--identity", metavar="IDENTITY", help="Whose membership, where several have one.")
    return click.argument("group", shell_complete=completed)(option(command))


def find(group: str, identity: str | None = None) -> StoredGroup:
    """The one group that is meant. Raises NotFound, and names the choices when there are several."""
    known = GroupStore().all()
    fitting = naming.fitting(group, known, lambda one: [one.group, one.friendly_name])
    if not fitting:
        names = [name for one in known for name in (one.friendly_name, one.group)]
        raise NotFound(naming.unknown("group", group, names, listing="peerapi group list"))
    if identity is not None:
        who = identity_of(identity).peer_name
        fitting = [one for one in fitting if one.identity == who]
        if not fitting:
            raise NotFound(f"The identity {identity!r} has no group {group!r}; `peerapi group list` shows all.")
    if len(fitting) > 1:
        shown = [to_paste("", one.group, identity=one.identity).strip() for one in fitting]
        raise NotFound(f"There are several groups {group!r}: {naming.choices(shown)}")
    return fitting[0]


def identity_of(typed: str | None) -> StoredIdentity:
    """The identity that is meant, the oldest for None. Raises NotFound."""
    from peerapi.api.identity import IDENTITIES

    if typed is None:
        try:
            return IDENTITIES.default()
        except NotFound as error:
            raise NotFound(f"{error} `peerapi identity create --name NAME` makes one.") from error
    known = IDENTITIES.all()
    listing = "peerapi identity list"
    return naming.meant("identity", typed, known, lambda one: [one.peer_name, one.friendly_name], listing=listing)


def completed(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For a shell: the groups there are, by the names that people have given them."""
    try:
        found = {one.friendly_name for one in GroupStore().all()}
    except (PeerError, OSError):
        return []
    return sorted(name for name in found if name.startswith(incomplete))


def completed_identity(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For a shell: the identities there are, by the names that people have given them."""
    from peerapi.api.identity import IDENTITIES

    try:
        found = {one.friendly_name for one in IDENTITIES.all()}
    except (PeerError, OSError):
        return []
    return sorted(name for name in found if name.startswith(incomplete))


def database_of(stored: StoredGroup) -> catalog.Entry:
    """The file of a group's records; none before it has been connected."""
    path = database_path(stored.group, stored.identity, DATABASE)
    return catalog.Entry(path, DATABASE, stored.group, stored.identity)


# ---- looking into one ----


class Look:
    """A group that is open here, with everything that belongs to it, and that nobody will ever hear of."""

    def __init__(self, stored: StoredGroup, group: Group) -> None:
        self.stored = stored
        self._group = group
        names = {one.name: one.friendly_name for one in self.members()}
        self.reader = Reader(self.driver, names.get)

    @property
    def driver(self) -> Driver:
        assert self._group.taken is not None  # of a copied home, which nobody else has open
        return self._group.taken.driver

    def properties(self) -> group_values.GroupProperties:
        """Raises GroupNotReady."""
        from peerapi.api import group as api

        return group_values.properties(api.PeerGroupGetProperties(self._group))

    def members(self) -> list[group_values.Member]:
        """Everybody who belongs to it, this user first."""
        return [group_values.member(one) for one in self._group.members()]

    def invitation(self, identity_info: str | None, role: Role) -> str:
        """For the identity that ``identity_info`` is about, None: for whoever knows the password. Raises
        NotAuthorized, InvalidArgument."""
        from peerapi.api import group_members as api

        if identity_info is None:
            return str(api.PeerGroupCreatePasswordInvitation(self._group))
        return str(api.PeerGroupCreateInvitation(self._group, identity_info, None, (role.value,)))

    def membership(self, password: str) -> str:
        """What another machine of the same user needs, behind a password. Raises InvalidArgument."""
        from peerapi.api import group as api

        return str(api.PeerGroupExportConfig(self._group, password))


@contextlib.contextmanager
def looking(stored: StoredGroup) -> Iterator[Look]:
    """Raises NotFound, DatabaseAccessDenied."""
    from peerapi.api import group as api
    from peerapi.api.group_family import STARTUPS, groups, start_up

    with _copied(stored):
        start_up()
        try:
            group: Group = api.PeerGroupOpen(stored.identity, stored.group, None)
            try:
                yield Look(stored, group)
            finally:
                groups().close(group)
        finally:
            STARTUPS.shutdown()


@contextlib.contextmanager
def _copied(stored: StoredGroup) -> Iterator[None]:
    """A home with a copy of everything that the group needs. Raises PeerError."""
    entry = database_of(stored)
    if not entry.path.exists():
        raise NotFound("This group has never been connected, so there is nothing to look at.")
    own = data_folder()
    with tempfile.TemporaryDirectory(prefix="peerapi-") as folder:
        for kind in ("identities", "groups"):
            shutil.copytree(own / kind, Path(folder) / kind)
        copy = Path(folder) / entry.path.relative_to(own)
        copy.parent.mkdir(parents=True)
        try:
            with Progress("reading", "pages") as progress:
                catalog.copy(entry.path, copy, progress)
        except PeerError as error:
            look_on = f"or look on through it: `{to_paste('peerapi group watch', stored.group)}`."
            raise inspection.told(error, entry, f"End that process, {look_on}") from error
        with inspection.other_home(folder):
            yield
