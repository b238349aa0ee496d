"""The table of emotions: how each one changes a neutral reading, and where that is known from.

Sources, cited by initials in the table:

- [MA] Murray and Arnott, "Toward the simulation of emotion in synthetic speech", J. Acoust. Soc. Am. 93, 1097-1108
  (1993), table I (anger, happiness, sadness, fear, disgust).
- [BS] Banse and Scherer, "Acoustic profiles in vocal emotion expression", J. Pers. Soc. Psychol. 70, 614-636 (1996).
- [S] Scherer, "Vocal affect expression: a review and a model for future research", Psychol. Bull. 99, 143-165 (1986),
  and "Vocal communication of emotion", Speech Communication 40, 227-256 (2003): voice types, formants, energy.
- [JL] Juslin and Laukka, "Communication of emotions in vocal expression and music performance", Psychol. Bull. 129,
  770-814 (2003), table 11; its "tenderness" stands for calm.
- [C] Cahn, "The generation of affect in synthesized speech", J. American Voice I/O Soc. 8, 1-19 (1990): surprise.
- [P] Pell et al., "Factors in the recognition of vocally expressed emotions", J. Phonetics 37, 417-435 (2009):
  surprise has the highest and widest pitch, fear a high one.

The sources agree on directions more than on amounts; the amounts are ours, chosen within the range of what actors do.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

STRONG = 1.4
"""How much further than the normal form the strong form goes."""

SPREAD = 0.12
"""Standard deviation of the random variation of each setting between clips, relative to its distance from neutral."""


@dataclass(frozen=True)
class Prosody:
    """How a reading is acted. The defaults are the neutral reading.

    Attributes
    ----------
    pitch_st : float
        Mean pitch relative to the voice's own, semitones.
    range_log2 : float
        Size of the pitch movements relative to the neutral ones, octaves (1 doubles them).
    final_st : float
        Movement over the end of the sentence, semitones, rising if positive.
    accent_speed : float
        Speed of the accents' rise and fall, 1/s (Fujisaki's beta).
    rate_log2 : float
        Tempo relative to the voice's own, octaves (1 is twice as fast).
    pause_s : float
        Pause inside the sentence, seconds.
    drawl : float
        Extra lengthening of accented vowels, relative to their length.
    level_db : float
        Level, dB.
    accent_db : float
        Accented syllables louder than the rest, dB.
    attack_s : float
        Time in which the voice sets in, seconds.
    tilt_db : float
        Spectral slope above 500 Hz, dB per octave, shrill if positive, muffled if negative.
    breath_db : float
        Noise in the voice, dB.
    jitter : float
        Irregularity of the glottal pulses, relative standard deviation of the period.
    tremor_st : float
        Depth of a 6.5 Hz tremor, semitones.
    rough : float
        Depth of the subharmonic (growling, creaking) modulation, 0 to 1.
    formants_log2 : float
        All formants, octaves: spread lips and a raised larynx shift them up, rounded lips down.
    open_log2 : float
        First formant, octaves: a more open mouth or narrowed pharynx shifts it up.
    articulation : float
        Precision of the articulation, above 0 crisp, below 0 slurred; -1 to 1.
    """

    pitch_st: float = 0.0
    range_log2: float = 0.0
    final_st: float = -2.5
    accent_speed: float = 20.0
    rate_log2: float = 0.0
    pause_s: float = 0.0
    drawl: float = 0.10
    level_db: float = 0.0
    accent_db: float = 2.5
    attack_s: float = 0.03
    tilt_db: float = 0.0
    breath_db: float = 0.0
    jitter: float = 0.006
    tremor_st: float = 0.0
    rough: float = 0.0
    formants_log2: float = 0.0
    open_log2: float = 0.0
    articulation: float = 0.0


NEUTRAL = Prosody()

PROSODY: dict[str, Prosody] = {
    "neutral": NEUTRAL,
    # [JL] tenderness: slow, soft, little high-frequency energy, low pitch of little variation, falling, slow attacks,
    # regular. [S] relaxed: lax, warm voice.
    "calm": Prosody(
        pitch_st=-1.0,
        range_log2=-0.5,
        final_st=-3.0,
        accent_speed=13.0,
        rate_log2=-0.20,
        pause_s=0.03,
        drawl=0.10,
        level_db=-3.5,
        accent_db=1.5,
        attack_s=0.09,
        tilt_db=-1.2,
        breath_db=4.0,
        jitter=0.004,
        articulation=-0.10,
    ),
    # [MA] faster, pitch much higher and wider, smooth upward inflections, louder, breathy. [JL] fast attacks, medium
    # high-frequency energy, very regular. [S] a smile shortens the tract: formants up.
    "happy": Prosody(
        pitch_st=4.5,
        range_log2=0.85,
        final_st=2.0,
        accent_speed=16.0,
        rate_log2=0.12,
        drawl=0.15,
        level_db=3.0,
        accent_db=4.0,
        attack_s=0.02,
        tilt_db=0.6,
        breath_db=1.0,
        jitter=0.004,
        formants_log2=0.06,
        articulation=0.10,
    ),
    # [MA] slower, pitch slightly lower and narrower, downward, quieter, slurring. [JL] little high-frequency energy,
    # pauses, slow attacks, irregular. [BS] energy and high frequencies lowest of all.
    "sad": Prosody(
        pitch_st=-1.8,
        range_log2=-0.9,
        final_st=-2.0,
        accent_speed=10.0,
        rate_log2=-0.30,
        pause_s=0.12,
        drawl=0.05,
        level_db=-6.0,
        accent_db=1.0,
        attack_s=0.12,
        tilt_db=-2.2,
        breath_db=7.0,
        jitter=0.012,
        tremor_st=0.12,
        formants_log2=-0.03,
        open_log2=-0.05,
        articulation=-0.40,
    ),
    # Hot anger. [BS] energy highest, pitch high and wide, fast. [MA] abrupt on stressed syllables, tense, chest tone.
    # [JL] much high-frequency energy, fast attacks, irregular, precise. [S] first formant up.
    "angry": Prosody(
        pitch_st=3.8,
        range_log2=0.75,
        final_st=-5.0,
        accent_speed=32.0,
        rate_log2=0.14,
        drawl=0.05,
        level_db=6.0,
        accent_db=5.0,
        attack_s=0.008,
        tilt_db=2.0,
        breath_db=-3.0,
        jitter=0.012,
        rough=0.16,
        open_log2=0.14,
        articulation=0.45,
    ),
    # [MA] much faster, pitch very much higher, irregular voicing, precise. [JL] [BS] small pitch variation, rising,
    # less loud than panic, little high-frequency energy; [S] [P] tremor, high pitch, lean voice.
    "fear": Prosody(
        pitch_st=6.0,
        range_log2=-0.35,
        final_st=0.8,
        accent_speed=24.0,
        rate_log2=0.20,
        drawl=0.0,
        level_db=-1.0,
        accent_db=2.5,
        attack_s=0.02,
        tilt_db=-0.5,
        breath_db=7.0,
        jitter=0.022,
        tremor_st=0.55,
        formants_log2=0.035,
        articulation=0.15,
    ),
    # [MA] very much slower, pitch very much lower, slightly wider, wide downward terminal inflections, quieter,
    # grumbled chest tone. [S] unpleasantness narrows the pharynx: first formant up, second and third down, creak.
    "disgust": Prosody(
        pitch_st=-2.8,
        range_log2=0.35,
        final_st=-4.8,
        accent_speed=14.0,
        rate_log2=-0.28,
        pause_s=0.07,
        drawl=0.30,
        level_db=-1.5,
        accent_db=4.5,
        attack_s=0.06,
        tilt_db=0.5,
        breath_db=-1.0,
        jitter=0.016,
        rough=0.22,
        formants_log2=-0.06,
        open_log2=0.15,
        articulation=0.0,
    ),
    # [P] pitch highest and widest. [C] fast, sharply rising contour, loud; [S] sudden onset.
    "surprise": Prosody(
        pitch_st=5.2,
        range_log2=1.1,
        final_st=7.5,
        accent_speed=18.0,
        rate_log2=0.0,
        drawl=0.30,
        level_db=2.5,
        accent_db=4.0,
        attack_s=0.01,
        tilt_db=0.2,
        breath_db=3.5,
        jitter=0.006,
        formants_log2=0.02,
        open_log2=0.08,
        articulation=0.15,
    ),
}


def move(prosody: Prosody, factor: float | dict[str, float]) -> Prosody:
    """Go further from neutral (factor above 1) or less far (below 1).

    Parameters
    ----------
    prosody : Prosody
        Where to start.
    factor : float or dict
        One factor for all settings, or one by name of the setting (1 where not given).

    Returns
    -------
    Prosody
        Each setting at ``neutral + factor * (setting - neutral)``; times, the jitter and the depth of a modulation
        stay positive, the articulation within -1 and 1.
    """
    values = {}
    for field in fields(Prosody):
        scale = factor if isinstance(factor, int | float) else factor.get(field.name, 1.0)
        base = getattr(NEUTRAL, field.name)
        values[field.name] = base + scale * (getattr(prosody, field.name) - base)
    for name, low, high in (
        ("accent_speed", 6.0, 45.0),
        ("attack_s", 0.005, 0.25),
        ("jitter", 0.002, 0.05),
        ("pause_s", 0.0, 0.4),
        ("drawl", -0.1, 0.8),
        ("rough", 0.0, 0.5),
        ("articulation", -1.0, 1.0),
    ):
        values[name] = float(np.clip(values[name], low, high))
    return replace(prosody, **values)


def acted(emotion: str, *, intensity: str, expression: float, rng: np.random.Generator) -> Prosody:
    """The prosody of one clip.

    Parameters
    ----------
    emotion : str
        A key of `PROSODY`.
    intensity : str
        "normal" or "strong".
    expression : float
        How far the voice goes in every emotion, relative to the table.
    rng : np.random.Generator
        Source of the variation between clips.
    """
    degree = expression * (STRONG if intensity == "strong" else 1.0)
    names = [field.name for field in fields(Prosody)]
    factors = np.clip(rng.normal(1.0, SPREAD, len(names)), 1 - 2 * SPREAD, 1 + 2 * SPREAD)
    return move(PROSODY[emotion], {name: float(degree * f) for name, f in zip(names, factors, strict=True)})
