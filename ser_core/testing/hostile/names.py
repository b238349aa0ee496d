"""Names that lead elsewhere, that systems read as devices, or that no system agrees on."""

import numpy as np

_SCRIPTS = (
    *("голос", "φωνή", "صوت", "קול", "आवाज़", "声音", "こえ", "목소리", "เสียง", "ድምፅ", "ձայն", "ხმა", "குரல்"),
    *("གསུང", "ហសំឡេង", "ᠳᠠᠭᠤᠨ", "ᏧᏬᏂ", "𐌰𐌱𐌲", "𓂀𓆣", "voix déjà vue", "Ärger", "e\u0301", "ﬁle", "Ｆｕｌｌ"),
)
_TRAVERSAL = (
    *("../up", "../../../../../../tmp/up", "..", ".", "a/../../up", "/etc/passwd", "//server/share", "~/up", "~root"),
    *("..\\up", "C:\\up", "C:up", "\\\\?\\C:\\up", "file:///etc/passwd", "%2e%2e%2fup", "..%2fup", "....//up"),
)
_DEVICES = (
    *("CON", "con.wav", "NUL", "nul.txt.wav", "aux", "COM1", "lpt9.wav", "PRN ", "CLOCK$"),
    *("/dev/zero", "/dev/urandom", "/dev/stdin", "/dev/fd/0", "/proc/self/mem", "/proc/self/environ"),
)
_ODD = (
    *(
        "",
        " ",
        ".hidden",
        "-rf",
        "--help",
        "a\0b",
        "\0",
        "a\nb",
        "a\rb\x1b[31m",
        "\x7f",
        "a:b",
        "a*?b",
        'a"b|c',
        "trail. ",
    ),
    *(
        "\u202egnp.wav",
        "\ufeffname",
        "zero\u200bwidth",
        "\u2028line",
        "\ud800",
        "\udcff\udc80",
        "\U0010ffff",
        "a" * 300,
    ),
    *(
        "d/" * 200 + "x",
        "é" * 200,
        "\u0301" * 64,
        "{name}",
        "%s%n",
        "${HOME}",
        "$(id)",
        "`id`",
        "'; DROP TABLE clips;--",
    ),
    *(
        "<script>alert(1)</script>",
        "=1+1",
        "default",
        "__proto__",
        "None",
        "1e999",
        "\U0001f600\U0001f3f4\u200d\u2620\ufe0f",
    ),
)

NAMES = (*_SCRIPTS, *_TRAVERSAL, *_DEVICES, *_ODD)
"""All of them, without an ending."""


def _plain(rng: np.random.Generator) -> str:
    return NAMES[int(rng.integers(len(NAMES)))]


def _joined(rng: np.random.Generator) -> str:
    """Several below or beside each other."""
    parts = [_plain(rng) for _ in range(int(rng.integers(2, 5)))]
    return ("/", "\\", "", "\0", " ")[int(rng.integers(5))].join(parts)


def _ended(rng: np.random.Generator) -> str:
    endings = (".wav", ".WAV", ".mp3", ".wav.exe", ".tar.gz", ".", "..", ".wav\0.png", ".onnx", ".json")
    return _plain(rng) + endings[int(rng.integers(len(endings)))]


def _drawn(rng: np.random.Generator) -> str:
    """Characters from anywhere in Unicode, lone surrogates included."""
    planes = (0x80, 0x800, 0x10000, 0x110000)
    return "".join(chr(int(rng.integers(planes[int(rng.integers(4))]))) for _ in range(int(rng.integers(1, 40))))


WAYS = {"plain": _plain, "joined": _joined, "ended": _ended, "drawn": _drawn}
