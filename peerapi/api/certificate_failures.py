"""What functions of certificates and keys fail with: codes of winerror.h that GetLastError tells."""

from __future__ import annotations

from peerapi.errors import PeerError, WrappedWin32Error

ERROR_FILE_NOT_FOUND = 2
ERROR_INVALID_PASSWORD = 86
ERROR_MORE_DATA = 234


def more_data(size: int) -> WrappedWin32Error:
    """A buffer is too small; how much is needed has been told."""
    return WrappedWin32Error(ERROR_MORE_DATA, f"The buffer is too small: {size} bytes are needed.")


class BadEncoding(PeerError):
    """The bytes are not what they should be."""

    hresult = 0x80092002
    name = "CRYPT_E_BAD_ENCODE"


class NoCertificate(PeerError):
    """There is no such certificate, or none any more."""

    hresult = 0x80092004
    name = "CRYPT_E_NOT_FOUND"


class CertificateExists(PeerError):
    """The certificate is in the store already."""

    hresult = 0x80092005
    name = "CRYPT_E_EXISTS"


class PendingClose(PeerError):
    """The store is closed; certificates of it are still in use."""

    hresult = 0x8009200F
    name = "CRYPT_E_PENDING_CLOSE"


class InvalidX500String(PeerError):
    """The text is no name as a certificate has it."""

    hresult = 0x80092023
    name = "CRYPT_E_INVALID_X500_STRING"


class NoKeyProperty(PeerError):
    """No private key is bound to the certificate."""

    hresult = 0x8009200B
    name = "CRYPT_E_NO_KEY_PROPERTY"


class NoKeyContainer(PeerError):
    """There is no key container of that name."""

    hresult = 0x80090016
    name = "NTE_BAD_KEYSET"


class KeyContainerExists(PeerError):
    """There is a key container of that name already."""

    hresult = 0x8009000F
    name = "NTE_EXISTS"


class NoKey(PeerError):
    """The container has no such key."""

    hresult = 0x8009000D
    name = "NTE_NO_KEY"


class BadFlags(PeerError):
    """Flags that do not go together, or a size that no key has."""

    hresult = 0x80090009
    name = "NTE_BAD_FLAGS"


class BadAlgorithm(PeerError):
    """The algorithm is not known here."""

    hresult = 0x80090008
    name = "NTE_BAD_ALGID"


class BadKeyType(PeerError):
    """What is asked of the provider is not known here."""

    hresult = 0x8009000A
    name = "NTE_BAD_TYPE"


class NoSuchProvider(PeerError):
    """Providers here are PROV_RSA_FULL and PROV_RSA_AES."""

    hresult = 0x80090017
    name = "NTE_PROV_TYPE_NOT_DEF"
