"""How much of a node's memory guests may fill."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualisation_resource_distributor.cluster.limit import MemoryLimit

SIZES = st.integers(0, 2**64)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("100%", MemoryLimit()),
        ("0%", MemoryLimit(percent=0)),
        ("95%", MemoryLimit(percent=95)),
        ("150%", MemoryLimit(percent=150)),
        ("999999%", MemoryLimit(percent=999_999)),
        ("-4GiB", MemoryLimit(reserve_bytes=4 * 2**30)),
        ("-512MiB", MemoryLimit(reserve_bytes=512 * 2**20)),
        ("-1TiB", MemoryLimit(reserve_bytes=2**40)),
        ("-0GiB", MemoryLimit()),
    ],
)
def test_a_limit_is_a_share_or_what_to_keep_free(text: str, limit: MemoryLimit) -> None:
    """Both forms are read exactly."""
    assert MemoryLimit.parse(text) == limit


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "100", "%", "100 %", " 100%", "100%\n", "-5%", "+5%", "9.5%", "1e2%", "1_0%", "١٠٠%", "1000000%"),
        *("4GiB", "-4", "-4G", "-4GB", "-4gib", "-4 GiB", "- 4GiB", "-4.5GiB", "--4GiB", "-GiB", "-٤GiB", "-4GiB-4GiB"),
        *("95%-4GiB", "-1000000000GiB", "full"),
    ],
)
def test_anything_else_is_refused_with_what_is_expected(text: str) -> None:
    """Spaces, signs, other digits and other units too."""
    with pytest.raises(ValueError, match=r"95%.*-4GiB"):
        MemoryLimit.parse(text)


@given(st.text())
def test_any_text_is_a_limit_or_refused(text: str) -> None:
    """No other exception gets out."""
    try:
        MemoryLimit.parse(text)
    except ValueError:
        return
    assert text.endswith(("%", "iB"))


@pytest.mark.parametrize(
    ("text", "size", "most"),
    [
        ("100%", 7, 7),
        ("95%", 99, 94),
        ("50%", 1, 0),
        ("150%", 3, 4),
        ("0%", 2**40, 0),
        ("-1GiB", 4 * 2**30, 3 * 2**30),
        ("-4GiB", 2**30, -3 * 2**30),
    ],
)
def test_what_guests_may_fill_is_rounded_down(text: str, size: int, most: int) -> None:
    """It may be below 0 where the reserve is larger than the node."""
    assert MemoryLimit.parse(text).of(size) == most


@given(SIZES, st.integers(0, 999_999))
def test_a_share_is_exact_for_every_size(size: int, percent: int) -> None:
    """Integers alone are used: no size is too large."""
    most = MemoryLimit.parse(f"{percent}%").of(size)
    assert most is not None
    assert 0 <= Fraction(size * percent, 100) - most < 1


@given(SIZES, SIZES, st.sampled_from(["0%", "95%", "100%", "150%", "-4GiB"]))
def test_a_larger_node_never_holds_less(size: int, more: int, text: str) -> None:
    """Rounding does not turn the order round."""
    limit = MemoryLimit.parse(text)
    smaller, larger = limit.of(size), limit.of(size + more)
    assert smaller is not None
    assert larger is not None
    assert smaller <= larger


@pytest.mark.parametrize("text", ["100%", "0%", "-4GiB"])
def test_of_an_unknown_size_the_limit_is_unknown(text: str) -> None:
    """It is not 0."""
    assert MemoryLimit.parse(text).of(None) is None
