"""What does this voice sound like? One clip, a recording, live, or a folder of them."""

from ui import shell
from ui.predict import page

shell.page(title="Predict", question="What does this voice sound like?", icon=shell.PREDICT.icon)
page.show()
