"""How long a text is as an SMS: the GSM alphabet, 160 characters in one message, 153 in each part of several.

Source: 3GPP TS 23.038 (alphabet), TS 23.040 (concatenation takes seven septets of each part).
"""

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
ONE, EACH = 160, 153
MOST_PARTS = 2
LONGEST = MOST_PARTS * EACH
_INSTEAD = str.maketrans({"–": "-", "—": "-", "…": "...", "’": "'", "“": '"', "”": '"', "[": "(", "]": ")", "{": "(",
                          "}": ")", "~": "-", "^": "'", "|": "/", "\\": "/", "€": "EUR"})  # fmt: skip


def plain_gsm(text: str) -> str:
    """`text` on one line in the GSM alphabet, where every character costs one; what it lacks is a question mark."""
    told = " ".join(text.translate(_INSTEAD).split())
    return "".join(sign if sign in ALPHABET else "?" for sign in told)


def fit(text: str) -> str:
    """`text` in the GSM alphabet, in at most two parts; the end of a longer one is cut, which dots show."""
    told = plain_gsm(text)
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 3].rstrip()}..."


def parts(text: str) -> int:
    """How many SMS a text in the GSM alphabet is."""
    return 1 if len(text) <= ONE else -(-len(text) // EACH)
