"""How is a model made? Start a run on this machine, watch it, stop it, and see what came of it."""

from ui import shell
from ui.train import page

shell.page(title="Train", question=shell.TRAIN.question, icon=shell.TRAIN.icon)
page.show()
