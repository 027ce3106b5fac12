"""What a camera has written beside the pixels does not go to others: where a photograph was taken, and by whom."""

from __future__ import annotations

import io

import pytest
from PIL import Image as Pillow
from PIL import ImageCms, PngImagePlugin

from peerapi.whiteboard.image_kinds import look
from peerapi.whiteboard.image_metadata import without_metadata
from tests.whiteboard.pictures import SVG, made

FORMS = ["JPEG", "PNG", "WEBP"]
OWNER = "Mrs Secret"


def photograph(form: str, orientation: int = 6) -> bytes:
    """With a place, an owner, a colour profile, and which side is up."""
    exif = Pillow.Exif()
    exif[0x0112], exif[0x013B] = orientation, OWNER
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0)})
    more: dict[str, object] = {}
    if form == "PNG":
        more["pnginfo"] = words = PngImagePlugin.PngInfo()
        words.add_itxt("Author", OWNER)
        words.add_text("Comment", OWNER, zip=True)
    elif form == "JPEG":
        more["comment"] = OWNER.encode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = io.BytesIO()
    with Pillow.open(io.BytesIO(made(form))) as picture:
        xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{OWNER}</x:xmpmeta>".encode()
        more |= {"xmp": xmp} if form != "PNG" else {}
        picture.save(out, form, exif=exif, icc_profile=profile, quality=95, lossless=True, **more)
    return out.getvalue()


def opened(data: bytes) -> Pillow.Image:
    found = Pillow.open(io.BytesIO(data))
    found.load()
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_of_a_photograph_only_the_picture_is_left_and_which_side_is_up(form: str, orientation: int) -> None:
    data = photograph(form, orientation)
    before = opened(data)
    assert before.getexif().get_ifd(0x8825)[1] == "N"
    left = without_metadata(data, look(data).kind)
    after = opened(left)
    assert dict(after.getexif()) == ({} if orientation == 1 else {0x0112: orientation})
    assert after.info.get("icc_profile") == before.info["icc_profile"] != b""
    assert after.tobytes() == before.tobytes()
    assert OWNER.encode() not in left and not {"Comment", "Author", "comment", "xmp"} & after.info.keys()
    assert without_metadata(left, look(left).kind) == left


def test_behind_the_end_of_a_photograph_nothing_is_left() -> None:
    """Telephones put a film there, with its own place."""
    for more in ({}, {"progressive": True}):
        out = io.BytesIO()
        opened(made("PNG", (300, 200))).save(out, "JPEG", **more)
        assert without_metadata(out.getvalue() + b"\0\0\0\x18ftypmp42", "image/jpeg") == out.getvalue()


@pytest.mark.parametrize("form", [*FORMS, "GIF"])
def test_a_file_that_says_nothing_more_is_as_it_was(form: str) -> None:
    data = made(form)
    assert without_metadata(data, look(data).kind) == data


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp", "image/gif"])
def test_what_is_built_otherwise_is_as_it_was_and_nothing_breaks(kind: str) -> None:
    form = kind.partition("/")[2].upper()
    data = made(form) if form == "GIF" else photograph(form)
    for end in range(0, len(data), 7):
        without_metadata(data[:end], kind)
    assert without_metadata(SVG, kind) == SVG
    assert without_metadata(b"", kind) == b""
