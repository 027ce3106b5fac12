"""Record conflict resolution, MS-PPGRH 3.1.7.32."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec.records import Record, Summary, encode_record, summarize
from peerapi.graphing.conflict import Verdict, resolve

STORED = Record(bytes(16), bytes(16), 2, "p", 5, 9, 6, "g", b"data", None, "m", b"\x01\x80")


def compare(received: Record, stored: Record) -> Verdict:
    verdict = resolve(summarize(encode_record(received)), summarize(encode_record(stored)))
    opposite = resolve(summarize(encode_record(stored)), summarize(encode_record(received)))
    assert opposite is {Verdict.NEW: Verdict.OLD, Verdict.OLD: Verdict.NEW}.get(verdict, verdict)
    return verdict


def received(**change: Any) -> Verdict:
    return compare(replace(STORED, **change), STORED)


# ---- One test a rule, each against the rules behind it ---------------------------------------------------------------


def test_the_higher_version_is_newer() -> None:
    assert received(version=3, modified_by=None, modification=5, security_data=b"") is Verdict.NEW
    assert received(version=1, modified_by="z", modification=8, security_data=b"\xff" * 9) is Verdict.OLD


def test_versions_compare_as_unsigned_numbers() -> None:
    assert received(version=0xFFFFFFFF) is Verdict.NEW


def test_an_updated_record_is_newer_than_one_never_updated() -> None:
    assert received(modified_by=None, modification=8, security_data=b"\xff" * 9) is Verdict.OLD


def test_the_higher_last_modified_by_is_newer() -> None:
    assert received(modified_by="n", modification=5, security_data=b"") is Verdict.NEW
    assert received(modified_by="l", modification=8, security_data=b"\xff" * 9) is Verdict.OLD


def test_last_modified_by_compares_by_utf16_units() -> None:  # reading A25
    assert received(modified_by="M") is Verdict.OLD
    assert received(modified_by="mm") is Verdict.NEW
    assert received(modified_by="é") is Verdict.NEW
    # U+FB01 is below U+1F600 as a character, but above its first half, D83D.
    assert compare(replace(STORED, modified_by="\ufb01"), replace(STORED, modified_by="\U0001f600")) is Verdict.NEW


def test_the_higher_last_modification_time_is_newer() -> None:
    assert received(modification=7, security_data=b"") is Verdict.NEW
    assert received(modification=5, security_data=b"\xff" * 9) is Verdict.OLD


def test_the_larger_security_data_is_newer() -> None:
    assert received(security_data=b"\x00\x00\x00") is Verdict.NEW
    assert received(security_data=b"\xff") is Verdict.OLD


def test_the_higher_security_data_is_newer() -> None:
    assert received(security_data=b"\x01\x81") is Verdict.NEW
    assert received(security_data=b"\x01\x7f") is Verdict.OLD


def test_security_data_compares_as_unsigned_bytes() -> None:
    assert received(security_data=b"\xff\x00") is Verdict.NEW


def test_otherwise_the_record_is_already_present() -> None:
    assert received() is Verdict.PRESENT
    assert received(payload=b"other", expiration=12, attributes="x") is Verdict.PRESENT


def test_a_deletion_is_judged_like_any_update() -> None:
    assert received(version=3, payload=b"", deleted=True) is Verdict.NEW
    assert received(version=1, payload=b"", deleted=True) is Verdict.OLD


# ---- Properties ------------------------------------------------------------------------------------------------------

few = st.sampled_from
summaries = (
    st.builds(
        replace,
        st.just(STORED),
        version=few((1, 2, 0xFFFFFFFF)),
        modified_by=few((None, "a", "ab", "b", "\U0001f600", "\ufb01")),
        modification=few((5, 6, 7)),
        security_data=few((b"", b"\x00", b"\x01", b"\x01\x80", b"\xff")),
    )
    .map(encode_record)
    .map(summarize)
)


@given(summaries, summaries)
def test_two_nodes_come_to_the_same_answer(a: Summary, b: Summary) -> None:
    assert {resolve(a, b), resolve(b, a)} in ({Verdict.NEW, Verdict.OLD}, {Verdict.PRESENT})


@given(summaries)
def test_a_record_is_already_present_beside_itself(a: Summary) -> None:
    assert resolve(a, a) is Verdict.PRESENT


@given(summaries, summaries, summaries)
def test_newer_than_newer_is_newer(a: Summary, b: Summary, c: Summary) -> None:
    if resolve(a, b) is Verdict.NEW and resolve(b, c) is Verdict.NEW:
        assert resolve(a, c) is Verdict.NEW
    if resolve(a, b) is Verdict.PRESENT:
        assert resolve(a, c) is resolve(b, c)


@given(st.lists(summaries, min_size=1, max_size=6), st.randoms())
def test_the_order_of_arrival_does_not_matter(arrivals: list[Summary], random: Any) -> None:
    def winner(order: list[Summary]) -> Summary:
        kept = order[0]
        for each in order[1:]:
            if resolve(each, kept) is Verdict.NEW:
                kept = each
        return kept

    shuffled = list(arrivals)
    random.shuffle(shuffled)
    assert resolve(winner(shuffled), winner(arrivals)) is Verdict.PRESENT
