"""Front page: what this is, how good it is, and where to go."""

from ui import shell

shell.page(title="Home", question="How well can a machine hear emotion in a voice?", icon=":material/home:")
