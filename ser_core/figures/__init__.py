"""Data -> plotly figures, nothing else: no files, no computation beyond what drawing needs, no Streamlit.

One module per subject, imported where it is drawn: ``from ser_core.figures import audio`` for waveplots and
spectrograms, ``corpus`` for counts and distributions. `style` holds what all share.
"""
