"""How the synthetic demo corpus is made: a plain reading by espeak-ng, acted out by rules through the WORLD vocoder.

One file per step: `plan` says what is made, `prosody` holds the table of emotions with its sources, `espeak` reads,
`timing` and `melody` set the rhythm and the pitch, `timbre` the voice quality, `vocoder` turns it into sound,
`ogg` writes it and `measure` checks what came out. Nothing here is used by the app or by `ser_core`.
"""
