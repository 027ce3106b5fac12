"""What is done in an open group for each operation of another program, by the program that has the group open.

A program that comes to have the group open itself does it in the same way, without a socket in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peerapi.collab.local import Operation
from peerapi.engine.groups.finder import State as Stage
from peerapi.engine.groups.group import Group
from peerapi.engine.groups.group_calls import CredentialInfo
from peerapi.engine.sharing.shared_searches import shared_searches
from peerapi.errors import RecordNotFound
from peerapi.graphing.codec.records import record_id
from peerapi.graphing.graph import Graph
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.graphing.search_events import SearchLimits
from peerapi.grouping.properties import GroupProperties
from peerapi.grouping.provider import LOADED
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import decode
from peerapi.identity.keys import PublicKey
from peerapi.sharing import operations as ops
from peerapi.sharing import values
from peerapi.store.schema import Row

MOST_IN_ANSWER = 16 << 20
"Bytes of the records of one answer; one record may have more."


def perform(operation: Operation[Any, Any], group: Group, value: Any) -> Any:
    """The result, as ``operation.gives`` has it. Raises what the group does."""
    return _WORK[operation.kind](group, value)


def state(group: Group) -> values.State:
    """What programs know of the group without asking."""
    graph, finder = group.driver.graph, group.finder
    links = [link for link in list(graph.links.values()) if link.connected]
    return values.State(
        int(graph.status),
        graph.node_id,
        graph.clock.delta,
        group.stored.friendly_name,
        finder.cloud,
        group.stored.chain,
        group.owned,
        graph.topology.attributes,
        graph.addresses,
        tuple(values.Standing(link.direct, link.id, link.node_id, link.peer_id, link.remote) for link in links),
        finder.state not in (Stage.OFFLINE, Stage.CLOSED),
        finder.by_name,
        finder.named,
        tuple({address for link in links if not link.direct for address in link.addresses}),
    )


def _add(group: Group, value: values.Addition) -> bytes:
    if value.again:
        known = record_id(str(group.identity), value.seed)
        if group.driver.read(lambda graph: graph.database.outline(known)) is not None:
            return known
    return group.add_record(value.draft, value.seed)


def _add_many(group: Group, value: values.Additions) -> list[bytes]:
    if value.again and value.seeds:
        known = [record_id(str(group.identity), seed) for seed in value.seeds]
        if group.driver.read(lambda graph: graph.database.outline(known[0])) is not None:
            return known
    return group.add_records(value.drafts, value.seeds)


def _delete(group: Group, value: values.Deletion) -> None:
    try:
        group.delete_record(value.record_id)
    except RecordNotFound:
        if not value.again:
            raise


def _records(group: Group, ids: bytes) -> values.Rows:
    """As many as one answer holds; at least one is looked up."""

    def find(graph: Graph) -> values.Rows:
        rows: list[Row] = []
        size = at = 0
        while at < len(ids) and size < MOST_IN_ANSWER:
            found = graph.live_records(ids[at : at + 16])
            at += 16
            rows += found
            size += sum(len(row.wire) for row in found)
        return values.Rows(at // 16, tuple(rows))

    return group.driver.read(find)


def _members(group: Group, name: str | None) -> list[values.SharedMember]:
    return [values.SharedMember(one.name, one.chain.encode(), one.node, one.present) for one in group.members(name)]


def _invite(group: Group, value: values.Invitee) -> str:
    return group.invite(decode(value.certificate), [Role(role) for role in value.roles], value.expiration)


def _issue(group: Group, value: values.Issue) -> str:
    info = None
    if value.info is not None:
        key = None if value.info.public_key is None else PublicKey(value.info.public_key)
        info = CredentialInfo(
            value.info.friendly_name, key, value.info.not_before, value.info.not_after, value.info.roles
        )
    return group.issue(value.name, info, publish=value.publish)


def _connections(group: Group, _: None) -> list[values.Standing]:
    return [
        values.Standing(link.direct, link.id, link.node_id, link.peer_id, link.remote)
        for link in group.driver.connections()
    ]


def _group_records(group: Group, _: None) -> list[values.GroupRecord]:
    """What the group's security is made of, for graphs of another program that it guards."""

    def find(graph: Graph) -> list[values.GroupRecord]:
        rows = [row for kind in LOADED for row in graph.database.of_type(kind, live=False)]
        return [values.GroupRecord(row.wire, group.security.proof(row.id)) for row in rows]

    return group.driver.read(find)


def _set_properties(group: Group, value: GroupProperties) -> None:
    group.set_properties(value)


def _nodes(group: Group, _: None) -> list[NodeEntry]:
    return group.driver.nodes()


def _search_nodes(group: Group, value: values.Searching) -> bytes:
    limits = SearchLimits(value.max_records, value.max_bytes, value.milliseconds / 1000, value.only_local)
    return shared_searches(group.driver).begin(value.criteria, limits)


_WORK: dict[int, Callable[[Group, Any], Any]] = {
    ops.ADD.kind: _add,
    ops.ADD_MANY.kind: _add_many,
    ops.UPDATE.kind: lambda group, draft: group.update_record(draft),
    ops.DELETE.kind: _delete,
    ops.RECORD.kind: lambda group, id_: group.driver.record(id_),
    ops.RECORDS.kind: _records,
    ops.RECORD_IDS.kind: lambda group, query: group.driver.record_ids(query.type, query.creator),
    ops.SEARCH.kind: lambda group, xml: group.driver.search(xml),
    ops.STATE.kind: lambda group, _: state(group),
    ops.PROPERTIES.kind: lambda group, _: group.properties(),
    ops.SET_PROPERTIES.kind: _set_properties,
    ops.MEMBERS.kind: _members,
    ops.INVITE.kind: _invite,
    ops.INVITE_BY_PASSWORD.kind: lambda group, _: group.invite_by_password(),
    ops.ISSUE.kind: _issue,
    ops.REVOKE.kind: lambda group, one: group.revoke(one.name, one.reason),
    ops.EXPORT_CONFIG.kind: lambda group, password: group.export_config(password),
    ops.REFUSALS.kind: lambda group, _: group.refusals(),
    ops.CONNECTIONS.kind: _connections,
    ops.SEND.kind: lambda group, sent: group.driver.send_data(*sent),
    ops.UNSENT.kind: lambda group, number: group.driver.unsent(number),
    ops.CLOSE_DIRECT.kind: lambda group, number: group.driver.close_direct(number),
    ops.OPEN_DIRECT.kind: lambda group, called: group.driver.open_direct(*called),
    ops.NODES.kind: _nodes,
    ops.SET_ATTRIBUTES.kind: lambda group, text: group.driver.set_attributes(text),
    ops.EXPORT.kind: lambda group, path: group.driver.export(path),
    ops.IMPORT.kind: lambda group, path: group.driver.import_file(path),
    ops.CONNECT.kind: lambda group, _: group.connect(),
    ops.CONNECT_TO.kind: lambda group, addresses: group.connect_to(addresses),
    ops.RESUME.kind: lambda group, _: group.resume(),
    ops.PREFER_PORT.kind: lambda group, port: group.prefer_port(port),
    ops.TRY_PASSWORD.kind: lambda group, password: group.try_password(password),
    ops.REQUIRE_READY.kind: lambda group, _: group.require_ready(),
    ops.GROUP_RECORDS.kind: _group_records,
    ops.SEARCH_NODES.kind: _search_nodes,
    ops.SEARCH_NEWS.kind: lambda group, search: shared_searches(group.driver).news(search),
    ops.SEARCH_END.kind: lambda group, search: shared_searches(group.driver).end(search),
    ops.PATHS.kind: lambda group, _: [values.Path(*one) for one in group.driver.paths().items()],
}
