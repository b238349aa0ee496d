"""Compare: which model should I trust?"""

from ui import shell

shell.page(title="Compare", question="Which model should I trust?", icon=":material/balance:")
