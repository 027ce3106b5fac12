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
