"""Failures of identities, peer names, groups and clouds."""

from __future__ import annotations

from peerapi.errors.system import PeerError

PEER_S_ALREADY_A_MEMBER = 0x00630006


class TooManyIdentities(PeerError):
    """This user has as many identities as there may be."""

    hresult = 0x80630202
    name = "PEER_E_TOO_MANY_IDENTITIES"


class NoKeyAccess(PeerError):
    """The files that hold the keys of this user cannot be read or written."""

    hresult = 0x80630203
    name = "PEER_E_NO_KEY_ACCESS"


class GroupsExist(PeerError):
    """The identity still has groups."""

    hresult = 0x80630204
    name = "PEER_E_GROUPS_EXIST"


class CertStoreCorrupted(PeerError):
    """The file of an identity is damaged; it has been put aside."""

    hresult = 0x80630801
    name = "PEER_E_CERT_STORE_CORRUPTED"


class InvalidPeerName(PeerError):
    """The text is not a peer name."""

    hresult = 0x80632050
    name = "PEER_E_INVALID_PEER_NAME"


class CannotConvertPeerName(PeerError):
    """The peer name is malformed, or too long for a host name."""

    hresult = 0x80634001
    name = "PEER_E_CANNOT_CONVERT_PEER_NAME"


class InvalidPeerHostName(PeerError):
    """The host name does not stand for a peer name."""

    hresult = 0x80634002
    name = "PEER_E_INVALID_PEER_HOST_NAME"


class InvitationNotTrusted(PeerError):
    """The invitation was changed, is malformed, has expired, or is meant for somebody else."""

    hresult = 0x80630701
    name = "PEER_E_INVITATION_NOT_TRUSTED"


class ChainTooLong(PeerError):
    """The chain of membership certificates has more than 24 links."""

    hresult = 0x80630703
    name = "PEER_E_CHAIN_TOO_LONG"


class InvalidTimePeriod(PeerError):
    """The credentials are not valid now, or would be valid beyond those of their issuer."""

    hresult = 0x80630705
    name = "PEER_E_INVALID_TIME_PERIOD"


class CircularChain(PeerError):
    """The chain of membership certificates returns to one of its own members."""

    hresult = 0x80630706
    name = "PEER_E_CIRCULAR_CHAIN_DETECTED"


class PasswordDoesNotMeetPolicy(PeerError):
    """The password of the group is not acceptable."""

    hresult = 0x80632021
    name = "PEER_E_PASSWORD_DOES_NOT_MEET_POLICY"


class InvalidGroupProperties(PeerError):
    """The properties are none that a group can have, or change what is fixed."""

    hresult = 0x80632040
    name = "PEER_E_INVALID_GROUP_PROPERTIES"


class InvalidClassifier(PeerError):
    """The classifier of the group's peer name is not acceptable."""

    hresult = 0x80632060
    name = "PEER_E_INVALID_CLASSIFIER"


class GroupNotReady(PeerError):
    """The group has not been synchronized yet."""

    hresult = 0x80632091
    name = "PEER_E_GROUP_NOT_READY"


class GroupInUse(PeerError):
    """The group is open, or connected."""

    hresult = 0x80632092
    name = "PEER_E_GROUP_IN_USE"


class InvalidGroup(PeerError):
    """The handle is not that of an open group."""

    hresult = 0x80632093
    name = "PEER_E_INVALID_GROUP"


class InvalidRoleProperty(PeerError):
    """The roles in a membership certificate are unknown, or not for its issuer to give."""

    hresult = 0x80632071
    name = "PEER_E_INVALID_ROLE_PROPERTY"


class InvalidClassifierProperty(PeerError):
    """The classifiers in a membership certificate are not for its issuer to give."""

    hresult = 0x80632072
    name = "PEER_E_INVALID_CLASSIFIER_PROPERTY"


class InvalidRecordExpiration(PeerError):
    """The record would outlive the membership of its publisher."""

    hresult = 0x80632080
    name = "PEER_E_INVALID_RECORD_EXPIRATION"


class InvalidCredentialInfo(PeerError):
    """The description of the credentials to be issued is not acceptable."""

    hresult = 0x80632081
    name = "PEER_E_INVALID_CREDENTIAL_INFO"


class InvalidCredential(PeerError):
    """The membership credentials do not prove what they should."""

    hresult = 0x80632082
    name = "PEER_E_INVALID_CREDENTIAL"


class IdentityNotFound(PeerError):
    """No identity of this user has that name, or the key that the peer name wants."""

    hresult = 0x80630401
    name = "PEER_E_IDENTITY_NOT_FOUND"


class NoCloud(PeerError):
    """There is no cloud of that name."""

    hresult = 0x80631001
    name = "PEER_E_NO_CLOUD"


class DuplicatePeerName(PeerError):
    """This process has registered the peer name in that cloud already."""

    hresult = 0x80634005
    name = "PEER_E_PNRP_DUPLICATE_PEER_NAME"
