"""Whether an expression may be found in a text at all, seen at a glance.

The expressions that look for the words of our languages are long lists, which `re` tries one by one at
every letter. RE2 looks for all at once, in a fiftieth of the time, but knows no assertions, and other
letters. So it is asked first, for what is surely no less: an assertion holds, a class of letters is wider.
What it does not find is not there; what it finds, `re` decides.
"""

from __future__ import annotations

import re
from typing import Any

_FIRST_TEXTS = 20
"""So many are looked through by `re` itself, as in a process that reads few mails: to begin takes long."""


class Glance:
    """An expression, or several of which any will do. of_lines: each begins where a line does."""

    def __init__(self, *expressions: re.Pattern[str], of_lines: bool = False) -> None:
        self._expressions, self._of_lines = expressions, of_lines
        self._texts = 0
        self._in_ascii: Any = None
        self._in_any: Any = None

    def may_find(self, text: str) -> bool:
        """Whether one of them may be found in a text; true where it cannot be told."""
        return self.first(text) is not None

    def finds(self, text: str) -> bool:
        """Whether one of them is found in a text."""
        first = self.first(text)
        return first is not None and any(one.search(text, first) for one in self._expressions)

    def first(self, text: str) -> int | None:
        """Where the first one may begin: none does before that. 0 where it cannot be told."""
        if self._texts < _FIRST_TEXTS:
            self._texts += 1
            return 0
        if text.isascii():
            if self._in_ascii is None:
                self._in_ascii = self._compiled(is_ascii=True)
            found = self._in_ascii.search(text.encode("ascii"))  # of octets RE2 counts faster
            return None if found is None else int(found.start())
        if self._in_any is None:
            self._in_any = self._compiled(is_ascii=False)
        if _ODD.search(text):
            return 0
        octets = text.encode()
        found = self._in_any.search(octets)
        return None if found is None else len(octets[: found.start()].decode())

    def _compiled(self, *, is_ascii: bool) -> Any:
        import re2  # which a process that reads few mails does not need

        options = re2.Options()
        options.log_errors, options.never_capture, options.max_mem = False, True, 32 * 1024 * 1024
        try:
            from .wider import wider

            sources = [wider(expression, is_ascii=is_ascii) for expression in self._expressions]
            return re2.compile(
                f"(?m:^)(?:{'|'.join(sources)})" if self._of_lines else "|".join(sources), options
            )
        except (ImportError, AttributeError, TypeError, ValueError, re2.error):
            return _ANY_TEXT  # a Python that parses otherwise, or an expression that RE2 does not know


_ANY_TEXT = re.compile(b"")
"""Is found in every text: then `re` alone decides, as it always did, only slower."""

# A capital with a dot and a small letter without one are an i to `re`; half a character is none to RE2.
_ODD = re.compile("[\u0130\u0131\ud800-\udfff]")
