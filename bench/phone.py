"""How much of what people write is understood, and how many taps a hundred mails cost.

    .venv/bin/python bench/phone.py [--corpora FOLDER] [--misses]

Three figures, each on what a person labelled before any code had seen it:

- sentences: owners who answer a review, backups who answer a brief or an overview (100 a round,
  tests/data/clumsy-sentences.tsv);
- proposals: how many of a hundred mails are proposed what a person would pick (tests/data/proposals.tsv;
  some are real mail of the corpora, which need --corpora or DELEGATOR_CORPORA);
- decisions: how many a hundred mails ask of the owner, and how many taps one costs. An item that is
  proposed as a person would pick goes with the rest by one button and Send, two taps for all of a review;
  one that is not costs two of its own. Newsletters and machines' mail are one decision a review.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.clumsy import outcome, sentences
from tests.proposals import Costs, costs, labelled, proposed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--corpora", default=os.environ.get("DELEGATOR_CORPORA", ""), help="the folder of real mail"
    )
    parser.add_argument("--misses", action="store_true", help="show each that is not as labelled")
    options = parser.parse_args()
    print_sentences(misses=options.misses)
    print_proposals(Path(options.corpora) if options.corpora else None, misses=options.misses)


def print_sentences(*, misses: bool) -> None:
    for round_ in dict.fromkeys(each.round for each in sentences()):
        tried = [each for each in sentences() if each.round == round_]
        found: Counter[str] = Counter()
        for sentence in tried:
            how, understood = outcome(sentence)
            found[how] += 1
            if misses and how != "right":
                print(f"  {how}: {sentence.text!r}: {sentence.expected}; understood: {understood}")
        shown = ", ".join(f"{count} {how}" for how, count in found.most_common())
        print(f"sentences, {round_} round: of {len(tried)}: {shown}")


def print_proposals(corpora: Path | None, *, misses: bool) -> None:
    for round_ in dict.fromkeys(each.round for each in labelled()):
        tried = [each for each in labelled() if each.round == round_ and (corpora or not each.path)]
        found = [(each, proposed(each, corpora)) for each in tried]
        right = sum(each.picked == proposal for each, proposal in found)
        left_out = sum(each.round == round_ for each in labelled()) - len(tried)
        print(f"proposals, {round_} round: {right} of {len(tried)} as a person would pick", end="")
        print(f" ({left_out} left out: no corpora)" if left_out else "")
        if misses:
            for each, proposal in found:
                if each.picked != proposal:
                    print(f"  {each.picked}, proposed {proposal}: {each.path or each.text[:90]!r}")
        cost: Costs = costs(tried, corpora)
        print(
            f"  {cost.mails} mails in {cost.reviews} reviews: {cost.decisions_per_100:.0f} decisions a "
            f"hundred mails, {cost.taps_per_decision:.2f} taps a decision"
        )


if __name__ == "__main__":
    main()
