"""What the pages document of the functions of groups, and why some codes do not come."""

from __future__ import annotations

from tests.api.documented import Table
from tests.support.groups import Club
from tests.support.native import FUNCTIONS

IN_MEMORY = "the keys of an open group are in memory"
ONE_NAME = "no two clouds have one name here"
STAYS = "an identity that is in a group cannot be deleted (PEER_E_GROUPS_EXIST)"

TABLE: Table[Club] = Table(
    (name for name, row in FUNCTIONS.items() if row["family"] == "group"),
    {
        **{(f"PeerGroup{name}", "PEER_E_CLOUD_NAME_AMBIGUOUS"): ONE_NAME for name in ("Create", "Join", "Open")},
        ("PeerGroupPasswordJoin", "PEER_E_CLOUD_NAME_AMBIGUOUS"): ONE_NAME,
        **{
            (f"PeerGroup{name}", "PEER_E_NO_KEY_ACCESS"): IN_MEMORY
            for name in (
                "CreateInvitation",
                "CreatePasswordInvitation",
                "ExportConfig",
                "IssueCredentials",
                "OpenDirectConnection",
            )
        },
        **{
            (f"PeerGroup{name}", "PEER_E_IDENTITY_DELETED"): STAYS
            for name in ("CreateInvitation", "CreatePasswordInvitation", "IssueCredentials")
        },
        ("PeerGroupCreate", "PEER_E_INVALID_PROPERTIES"): "no header defines it",
        ("PeerGroupAddRecord", "PEER_E_INVALID_PEER_NAME"): "the names in a record that is added are not looked at",
        (
            "PeerGroupShutdown",
            "E_UNEXPECTED",
        ): "for failures within; without a startup it is PEER_E_NOT_INITIALIZED, as in the other families",
        ("PeerGroupStartup", "HRESULT_FROM_WIN32(ERROR_SERVICE_DEPENDENCY_FAIL)"): "there is no service to depend on",
    },
)
