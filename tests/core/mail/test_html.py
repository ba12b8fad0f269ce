"""HTML to the text that a reader sees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delegator.core.mail.html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("just text & more", "just text & more"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p>a</p>\n\n<p>b <i>c</i>\n d</p>", "a\n\nb c d"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<head><title>t</title><style>s</style></head><script>x</script>a", "a"),
        ('<div style="Display : NONE !important">preheader</div>a', "a"),
        ("<span hidden>b</span>a", "a"),
        ("<html hidden><p>a</p></html>", ""),
        ("<p>a</p><td>b<td>c</br>d<hr>e", "a\n\nbc\nd\ne"),
        ("<table><th>a<td>b</table>c<h2>d</h2>e", "a b\n\nc\n\nd\n\ne"),
        ("x<blockquote>a<br>b<blockquote>c</blockquote></blockquote>d", "x\n\n> a\n> b\n>\n> > c\n>\nd"),
        ("&lt;b&gt; &nbsp; &euro;", "<b> €"),
    ],
)
def test_html_to_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div hidden>",
                "<html hidden>",
                "<blockquote>",
                "</blockquote>",
                "<br>",
                "<td>",
                "x",
                "&",
                "\ue002",
            ]
        )
    ).map("".join)
)
def test_any_markup_is_text(html: str) -> None:
    """No mark of ours is left, and nothing raises."""
    assert not any("\ue000" <= character <= "\ue003" for character in html_to_text(html))


def test_a_turkish_capital_moves_no_end_of_a_style() -> None:
    """In lower case it is two characters long."""
    assert html_to_text("<p>\u0130<style>x</style>prijs</p>") == "\u0130prijs"
