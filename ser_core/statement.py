"""What a recogniser of emotions can tell, what it cannot, and what the law says: one text for pages and reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One thing to know.

    Attributes
    ----------
    title : str
        In a few words.
    text : str
        In plain sentences, without mark-up.
    """

    title: str
    text: str


TITLE = "What this can and cannot tell"

SHORT = (
    "A recogniser hears how something is said, not what somebody feels. Never decide about people by it, and tell "
    "those who are heard that it is used."
)
"""The statement in two sentences, where there is room for no more."""

TELLS = (
    Point(
        "What it tells",
        "What a voice sounds like to a model that has learned from acted speech: a label with a probability. The "
        "probability says how often such answers were right on actors the model had not heard before.",
    ),
    Point(
        "What it cannot tell",
        "What somebody feels, means or intends, nor whether somebody tells the truth. A voice can sound angry without "
        "anger, and hide it; listeners themselves often disagree. It is no ground for a decision about a person.",
    ),
    Point(
        "Where it errs more",
        "Feelings that are real instead of acted, other languages and accents, children and the old, illness, noise, "
        "distance from the microphone and telephones. Measured figures stand on the page Compare.",
    ),
)
"""What a recogniser can and cannot tell."""

LAW = (
    Point(
        "What the law forbids",
        "In the European Union, Regulation 2024/1689 (AI Act) forbids systems that infer emotions of people from "
        "their voice or face at work and in education, except for medical or safety reasons (Article 5(1)(f), which "
        "applies since 2 February 2025).",
    ),
    Point(
        "What the law asks",
        "Elsewhere such systems count as high-risk (Annex III, point 1(c)), and whoever uses one has to tell the "
        "people exposed to it (Article 50(3)). A recording of a voice is personal data: without a legal ground under "
        "the GDPR, such as consent, it may not be processed. This is a tool for research and teaching, and a summary, "
        "not legal advice.",
    ),
)
"""What the law says."""

POINTS = (*TELLS, *LAW)
"""The whole statement, in the order to be read."""
