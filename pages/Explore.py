"""What is in the corpora? Counts, distributions, and every clip to hear and see."""

from ui import shell
from ui.explore import page

shell.page(title="Explore", question="What is in the corpora?", icon=shell.EXPLORE.icon)
page.show()
