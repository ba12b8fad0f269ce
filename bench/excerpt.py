"""How often the new text of a reply is found exactly, beside the best libraries for it, in the same run.

    python3 -m venv /tmp/rivals
    /tmp/rivals/bin/pip install talon mail-parser-reply email-reply-parser
    .venv/bin/python bench/excerpt.py --rivals /tmp/rivals/bin/python [--corpora FOLDER] [--misses]

The sets: the tests of two of these libraries, with the answers that their authors gave (a folder with
crisp-email-reply-parser and mailgun-talon in it; `--corpora`, or DELEGATOR_CORPORA), and Dutch mails of our
own, tests/data/replies-nl.txt. An answer is right if it is the same but for white space. The libraries
keep a greeting and we do not, so it is taken off every answer, the known one too. Where an answer ends in a
signature that its author kept, keeping it is right.

The libraries run in their own environment: some of them ask for old ones of what we use. One that is not
there is left out, and said to be. Exits 1 where one of them is ahead on a set.
"""

from __future__ import annotations

import argparse
import ast
import email
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from delegator.core.mail.excerpt import new_text, without_greeting

OURS = "delegator"
DUTCH = Path(__file__).parent.parent / "tests" / "data" / "replies-nl.txt"

RIVALS = r"""
import json, sys, time, warnings
warnings.filterwarnings("ignore")
texts = json.load(sys.stdin)
found = {}

def try_all(name, load):
    try:
        answer = load()
    except ImportError:
        return
    answers, started = [], time.process_time()
    for text in texts:
        try:
            answers.append(answer(text) or "")
        except Exception as error:
            answers.append("raised " + type(error).__name__)
    found[name] = [answers, time.process_time() - started]

def talon():
    from talon import quotations
    from talon.signature.bruteforce import extract_signature
    return lambda text: extract_signature(quotations.extract_from_plain(text))[0]

def parser_reply():
    from mailparser_reply import EmailReplyParser
    parser = EmailReplyParser(languages=["en", "nl", "fr", "de", "da", "es", "it", "pl", "sv"])
    return parser.parse_reply

def reply_parser():
    from email_reply_parser import EmailReplyParser
    return EmailReplyParser.parse_reply

try_all("talon", talon)
try_all("mail-parser-reply", parser_reply)
try_all("email-reply-parser", reply_parser)
json.dump(found, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One mail's text and what is new in it."""

    set: str
    name: str
    text: str
    expected: str
    sender: str = ""  # the display name, which a review knows and the libraries do not ask for


def dutch() -> Iterable[Case]:
    for block in DUTCH.read_text(encoding="utf-8").split("\n=== ")[1:]:
        name, _, rest = block.partition("\n")
        text, _, expected = rest.partition("\n--- new\n")
        name, _, sender = name.partition(" | ")
        yield Case("own, Dutch", name, text, expected, sender)


def crisp(folder: Path) -> Iterable[Case]:
    """The tests that say what the first fragment or the visible text is, or that all of it is one."""
    tests = (folder / "expected/test/test.js").read_text(encoding="utf-8")
    joined = re.search(r"COMMON_FIRST_FRAGMENT = '(.*?)';", tests, re.DOTALL)
    assert joined
    common = joined[1].replace("\\n\\\n", "\n")
    names: set[str] = set()
    for body in tests.split("export function ")[1:]:
        fixture = re.search(r'get_email\("([^"]+)"\)', body)
        if fixture is None or fixture[1] in names or "fragments[2]" in body:
            continue  # what is answered below a quote is not in their first fragment
        text = (folder / "bodies/test/fixtures" / f"{fixture[1]}.txt").read_text(encoding="utf-8")
        literal = re.search(
            r'test\.equal\(("(?:[^"\\]|\\.)*"),\s*(?:reply\.|email\.)?(?:fragments\[0\]|getVisibleText)', body
        )
        if "COMMON_FIRST_FRAGMENT" in body:
            expected = common
        elif literal:
            expected = ast.literal_eval(literal[1])
        elif "test.equal(1, fragments.length)" in body:
            expected = text
        else:
            continue
        names.add(fixture[1])
        yield Case("crisp", fixture[1], text, expected)


def talon_replies(folder: Path) -> Iterable[Case]:
    for path in sorted((folder / "messages/tests/fixtures/standard_replies").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes())
        part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
        octets = part.get_payload(decode=True)
        assert isinstance(octets, bytes)
        text = octets.decode("utf-8", "replace")
        answer = folder / "expected/tests/fixtures/standard_replies" / f"{path.stem}_reply_text"
        # Their answers keep the signatures of some programs, which theirs is not to strip: without it.
        expected = answer.read_text(encoding="utf-8").strip() if answer.exists() else "Hello"
        yield Case("talon, replies", path.stem, text, re.split(r"\n-- ?\n|\nSent from", expected)[0])


def talon_signatures(folder: Path) -> Iterable[Case]:
    for path in sorted((folder / "bodies/tests/fixtures/signature/emails/stripped").glob("*_body")):
        text = path.read_text(encoding="utf-8")
        name = path.name.removesuffix("_body")
        answer = folder / "expected/tests/fixtures/signature/emails/stripped" / f"{name}_signature"
        signature = answer.read_text(encoding="utf-8").strip()
        expected = text.rstrip().removesuffix(signature)
        yield Case("talon, signatures", name, text, expected)


def normal(text: str) -> str:
    """As answers are compared: without a greeting, and with one space for any white space."""
    return " ".join(" ".join(without_greeting(text.strip().split("\n"))).split())


def rivals(python: str | None, texts: list[str]) -> Mapping[str, tuple[list[str], float]]:
    if python is None:
        return {}
    answered = subprocess.run(
        [python, "-c", RIVALS], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    return {name: (answers, seconds) for name, (answers, seconds) in json.loads(answered.stdout).items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rivals", metavar="PYTHON", help="of the environment that has the libraries")
    parser.add_argument("--corpora", default=os.environ.get("DELEGATOR_CORPORA"), metavar="FOLDER")
    parser.add_argument("--misses", action="store_true", help="show what we get wrong")
    options = parser.parse_args()

    cases = list(dutch())
    if options.corpora:
        corpora = Path(options.corpora)
        cases += crisp(corpora / "crisp-email-reply-parser")
        cases += talon_replies(corpora / "mailgun-talon")
        cases += talon_signatures(corpora / "mailgun-talon")
    else:
        print("without the libraries' own mails: name their folder with --corpora")
    texts = [case.text for case in cases]
    started = time.process_time()
    ours = [new_text(case.text, case.sender) for case in cases]
    answers = {OURS: (ours, time.process_time() - started), **rivals(options.rivals, texts)}
    for name in ("talon", "mail-parser-reply", "email-reply-parser"):
        if name not in answers:
            print(f"without {name}: install it in an environment of its own, and name that with --rivals")

    sets = list(dict.fromkeys(case.set for case in cases))
    right = {
        (name, each): sum(
            normal(answer) == normal(case.expected)
            for answer, case in zip(found, cases, strict=True)
            if case.set == each
        )
        for name, (found, _) in answers.items()
        for each in sets
    }
    print(f"{'':20}" + "".join(f"{each:>20}" for each in sets) + f"{'CPU, ms':>10}")
    for name, (_, seconds) in answers.items():
        shown = [f"{right[name, each]}/{sum(case.set == each for case in cases)}" for each in sets]
        print(f"{name:20}" + "".join(f"{each:>20}" for each in shown) + f"{seconds * 1000:>10.0f}")
    if options.misses:
        for answer, case in zip(ours, cases, strict=True):
            if normal(answer) != normal(case.expected):
                print(
                    f"\n--- {case.set}: {case.name}\n{normal(answer)}\n--- expected\n{normal(case.expected)}"
                )
    behind = [each for each in sets for name in answers if right[name, each] > right[OURS, each]]
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main())
