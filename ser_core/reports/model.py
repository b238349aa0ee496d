"""What a report says about the model behind it: how good it is, what it learned from, what it may be used for."""

from typing import TYPE_CHECKING

from ser_core.reports.blocks import Block, Facts, Heading, Text

if TYPE_CHECKING:
    from ser_core.serving import Card


def about(card: "Card") -> list[Block]:
    """The card of a model as blocks of a report."""
    items = [("Model", card.title), ("Identifier", f"{card.id}, version {card.version}")]
    metric = card.metric()
    if metric is not None:
        score = f"{metric['uar']:.3f} [{metric['uar_low']:.3f}, {metric['uar_high']:.3f}]"
        items.append(("Average recall (UAR) on voices it never heard", score))
        items.append(("Guessing would score", f"{1 / len(card.labels):.3f}"))
    if card.calibration.get("ece") is not None:
        items.append(("Calibration error (ECE)", f"{card.calibration['ece']:.3f}"))
    trained = card.training.get("corpus")
    words = [card.intended_use, card.limits, f"Licence: {card.licence}."]
    if trained:
        words.insert(0, f"Trained on {trained}, {card.training.get('clips', 'an unknown number of')} clips.")
    return [Heading("The model"), Facts(items), Text(" ".join(_sentence(each) for each in words if each))]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
