"""Which model should I trust? Every run with its uncertainty, side by side, and what a leak pretends."""

from ui import shell
from ui.compare import page

shell.page(title="Compare", question=shell.COMPARE.question, icon=shell.COMPARE.icon)
page.show()
