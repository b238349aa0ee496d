"""What the Explore page computes beyond counting, without drawing and without Streamlit.

One module per question, imported where it is asked: ``acoustics`` (about ninety measures of a clip that a person can
name), ``separation`` (which of them tell the emotions apart), ``means`` (the mean spectrogram of each emotion),
``listeners`` (what people heard) and ``embedding`` (clips as points of a map).
"""
